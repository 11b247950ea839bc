//! The plots of a long training without a window, to time their frames: input, layout, shapes and triangles,
//! everything that the processor does before a graphics driver paints. For `morphospace bench plot`.

use std::time::{Duration, Instant};

use eframe::egui::{CentralPanel, Context, Event, PointerButton, Ui, pos2, vec2};

use super::input::{FRAME, SIZE, button, input, wheel};
use crate::config::ModelKind;
use crate::gui::state::curves::{Curves, RunQuantity};
use crate::gui::state::plot_view::PlotsView;
use crate::gui::theme;
use crate::gui::widgets::loss_plot::{Mark, PlotSpec, RunCurves, controls, plot};
use crate::report::PixelMetrics;
use crate::worker::protocol::{StepReport, ValidationReport};

/// Runs beside each other.
const RUNS: usize = 2;
/// Steps from one validation to the next.
const VALIDATION: usize = 500;
/// Training steps that arrive with every frame.
const STEPS_A_FRAME: usize = 2;
/// The plots, three in a row.
const PLOTS: [(&str, &[RunQuantity]); 9] = [
    ("Loss", &[RunQuantity::Loss, RunQuantity::ValidationLoss]),
    ("Reconstruction", &[RunQuantity::Reconstruction, RunQuantity::ValidationReconstruction]),
    ("KL", &[RunQuantity::Kl, RunQuantity::ValidationKl]),
    ("RE", &[RunQuantity::Re, RunQuantity::ValidationRe]),
    ("KL weight", &[RunQuantity::KlWeight]),
    ("Learning rate", &[RunQuantity::LearningRate]),
    ("Gradient norm", &[RunQuantity::GradientNorm]),
    ("Speed", &[RunQuantity::ImagesPerSecond]),
    ("PSNR", &[RunQuantity::Psnr]),
];

/// A motion of a person while the runs grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Watches.
    Follow,
    /// Reads values.
    Hover,
    /// Turns the wheel, in and out.
    Zoom,
    /// Drags the plots to and fro.
    Pan,
    /// Moves the smoothing.
    Smooth,
}

impl Motion {
    /// All of them.
    pub const ALL: [Motion; 5] = [Motion::Follow, Motion::Hover, Motion::Zoom, Motion::Pan, Motion::Smooth];

    /// A word for it.
    pub fn label(self) -> &'static str {
        match self {
            Motion::Follow => "follow",
            Motion::Hover => "hover",
            Motion::Zoom => "zoom",
            Motion::Pan => "pan",
            Motion::Smooth => "smooth",
        }
    }
}

/// Nine plots of two runs.
pub struct PlotPanel {
    ctx: Context,
    runs: Vec<Curves>,
    view: PlotsView,
    steps: usize,
    motion: Motion,
    /// Frames of this motion.
    frames: usize,
    time: f64,
    vertices: usize,
}

impl PlotPanel {
    /// Runs of so many steps each, with noise as that of training.
    pub fn new(steps: usize) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        let mut panel = Self {
            ctx,
            runs: vec![Curves::new(ModelKind::Vae); RUNS],
            view: PlotsView::default(),
            steps: 0,
            motion: Motion::Follow,
            frames: 0,
            time: 0.0,
            vertices: 0,
        };
        panel.grow(steps);
        panel
    }

    /// Numbers that the plots are made of.
    pub fn numbers(&self) -> usize {
        let count =
            |curves: &Curves| -> usize { RunQuantity::ALL.iter().map(|q| curves.series(*q).len()).sum() };
        self.runs.iter().map(count).sum()
    }

    /// Corners of the triangles of the last frame.
    pub fn vertices(&self) -> usize {
        self.vertices
    }

    /// Draws the next frame of a motion and says how long it took.
    pub fn frame(&mut self, motion: Motion) -> Duration {
        self.grow(STEPS_A_FRAME);
        if motion != self.motion {
            self.motion = motion;
            self.frames = 0;
            self.view = PlotsView::default();
            // To pan, there has to be something on both sides.
            let whole = self.steps as f64;
            self.view.steps = (motion == Motion::Pan).then_some(0.3 * whole..=0.7 * whole);
        }
        self.frames += 1;
        self.time += FRAME;
        let input = input(self.time, self.events(motion));
        let began = Instant::now();
        let ctx = self.ctx.clone();
        let output = ctx.run_ui(input, |ui| self.show(ui));
        let triangles = ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = began.elapsed();
        self.vertices = triangles
            .iter()
            .map(|part| match &part.primitive {
                eframe::egui::epaint::Primitive::Mesh(mesh) => mesh.vertices.len(),
                eframe::egui::epaint::Primitive::Callback(_) => 0,
            })
            .sum();
        took
    }

    fn events(&mut self, motion: Motion) -> Vec<Event> {
        let phase = self.frames as f32 / 60.0 * std::f32::consts::TAU;
        // Within the plot on the left.
        let at = pos2(SIZE[0] * (0.18 + 0.12 * (phase / 3.0).sin()), SIZE[1] * 0.25);
        let moved = Event::PointerMoved(at);
        let button = |pressed| button(at, PointerButton::Secondary, pressed);
        match motion {
            Motion::Follow => vec![Event::PointerGone],
            Motion::Hover => vec![moved],
            Motion::Zoom => {
                // In by some hundred times and out again, around one step.
                let moved = Event::PointerMoved(pos2(SIZE[0] * 0.2, SIZE[1] * 0.3));
                vec![moved, wheel(phase)]
            }
            // A button that is down stays down; once a second it is let go.
            Motion::Pan if self.frames.is_multiple_of(60) => vec![button(false), moved],
            Motion::Pan if self.frames % 60 == 1 => vec![moved, button(true)],
            Motion::Pan => vec![moved],
            Motion::Smooth => {
                self.view.smoothing = 0.5 + 0.49 * f64::from(phase.sin());
                vec![moved]
            }
        }
    }

    fn show(&mut self, ui: &mut Ui) {
        let marks = [Mark { step: self.steps / 3, label: "KL weight 4".into() }];
        let names = ["run 1", "run 2"];
        let runs: Vec<RunCurves<'_>> = (self.runs.iter().zip(names).enumerate())
            .map(|(index, (curves, name))| RunCurves {
                name,
                color: theme::run_color(ui, index),
                visible: true,
                front: false,
                curves,
                marks: &marks,
            })
            .collect();
        let view = &mut self.view;
        CentralPanel::default().show(ui, |ui| {
            controls(ui, view);
            let width = (ui.available_width() - 2.0 * theme::GAP) / 3.0;
            let height = (ui.available_height() - 2.0 * theme::GAP) / 3.0;
            for row in PLOTS.chunks(3) {
                ui.horizontal_top(|ui| {
                    for (title, quantities) in row {
                        ui.allocate_ui(vec2(width, height), |ui| {
                            let spec =
                                PlotSpec { id: title, title, quantities, runs: &runs, planned: &[], height };
                            plot(ui, view, &spec);
                        });
                    }
                });
            }
        });
    }

    /// Lets every run do so many steps more.
    fn grow(&mut self, steps: usize) {
        for (run, curves) in self.runs.iter_mut().enumerate() {
            // In pieces, as a worker tells them.
            for start in (self.steps..self.steps + steps).step_by(1024) {
                let end = (start + 1024).min(self.steps + steps);
                let reports: Vec<StepReport> = (start + 1..=end).map(|step| report(run, step)).collect();
                curves.add_steps(&reports);
                reports.iter().filter(|report| report.step.is_multiple_of(VALIDATION)).for_each(|report| {
                    curves.add_validation(&validation(report));
                });
            }
        }
        self.steps += steps;
    }
}

/// Falls as losses do, with noise from a hash of the step.
fn report(run: usize, step: usize) -> StepReport {
    let hash = (step as u64 * 2 + run as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let noise = (hash >> 40) as f64 / f64::from(1u32 << 24) - 0.5;
    let fall = (1.0 + step as f64 / 500.0).powf(-0.4) * (1.0 + 0.2 * run as f64);
    let reconstruction = 400.0 * fall * (1.0 + 0.3 * noise) + 60.0;
    let kl = 40.0 * (1.0 - fall) * (1.0 + 0.1 * noise);
    StepReport {
        step,
        steps: step,
        reconstruction,
        re: reconstruction / 12_288.0,
        kl,
        kl_weight: (step as f64 / 1e5).min(1.0),
        loss: reconstruction + kl,
        learning_rate: 1e-3 / (1.0 + step as f64 / 1e5),
        gradient_norm: 30.0 * fall * (1.0 + noise),
        images_per_second: 640.0 + 40.0 * noise,
        ..StepReport::default()
    }
}

fn validation(step: &StepReport) -> ValidationReport {
    let re = step.re * 1.05;
    ValidationReport {
        step: step.step,
        loss: step.loss * 1.05,
        reconstruction: step.reconstruction * 1.05,
        kl: step.kl,
        sparsity: None,
        feature_reconstruction: None,
        active_units: Some(12),
        re_shuffled: None,
        metrics: PixelMetrics { re, psnr: -10.0 * re.log10(), ssim: 0.8, n: 1000, identical: 0 },
        noisy_input: None,
    }
}
