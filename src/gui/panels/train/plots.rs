//! The curves of the runs, quantity by quantity.

use std::borrow::Cow;

use eframe::egui::{Align, Layout, ScrollArea, Ui, Vec2, vec2};
use rust_i18n::t;

use crate::config::{Plan, Setting, TrainConfig};
use crate::gui::intents::Intent;
use crate::gui::state::curves::RunQuantity;
use crate::gui::state::train::run::Run;
use crate::gui::state::train::{Train, in_words};
use crate::gui::state::{Effect, Pick, Save, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::loss_plot::{
    Mark, Planned, PlotSpec, RunCurves, controls, nothing_to_plot, notice, plot,
};

/// Lowest a plot gets.
const LOWEST: f32 = 150.0;
/// Highest a plot gets.
const HIGHEST: f32 = 480.0;
/// Narrowest a plot beside others gets.
const NARROWEST: f32 = 300.0;
/// Most plots beside each other.
const MOST_COLUMNS: usize = 5;
/// Points of a planned curve.
const POINTS: usize = 200;

/// A plot: its id, and what it shows of each run.
#[derive(Clone, Copy)]
struct Figure {
    id: &'static str,
    quantities: &'static [RunQuantity],
}

const fn figure(id: &'static str, quantities: &'static [RunQuantity]) -> Figure {
    Figure { id, quantities }
}

/// All of them, in the order in which they are shown.
const FIGURES: &[Figure] = {
    use RunQuantity::*;
    &[
        figure("adversarial", &[GeneratorLoss, DiscriminatorLossReal, DiscriminatorLossFake]),
        figure("belief", &[DReal, DFake]),
        figure("loss", &[Loss, ValidationLoss]),
        figure("reconstruction", &[Reconstruction, ValidationReconstruction]),
        figure("features", &[FeatureReconstruction, ValidationFeatureReconstruction]),
        figure("feature weight", &[FeatureWeight]),
        figure("kl", &[Kl, ValidationKl]),
        figure("kl weight", &[KlWeight]),
        figure("sparsity", &[Sparsity, ValidationSparsity]),
        figure("inactive", &[InactiveShare, ValidationInactiveShare]),
        figure("re", &[Re, ValidationRe]),
        figure("active units", &[ActiveUnits]),
        figure("penalty", &[R1, R2]),
        figure("learning rate", &[LearningRate]),
        figure("gradient", &[GradientNorm]),
        figure("speed", &[ImagesPerSecond]),
    ]
};

impl Figure {
    fn title(&self) -> Cow<'static, str> {
        match self.id {
            "adversarial" => t!("Adversarial loss"),
            "belief" => "D(image)".into(),
            "penalty" => t!("Gradient penalty"),
            _ => self.quantities.first().map_or(Cow::Borrowed(""), |q| in_words::title(q.about()).into()),
        }
    }
}

/// The plots of the visible runs: those that at least one of them has all quantities of.
fn figures(train: &Train) -> Vec<Figure> {
    let configs: Vec<&TrainConfig> =
        train.runs.iter().filter(|run| run.visible).filter_map(Run::config).collect();
    let has_penalty =
        configs.iter().any(|config| config.adversarial.settled(config.model.kind).has_penalty());
    let shown = |figure: &&Figure| {
        let mut having = configs.iter().filter(|config| figure.quantities.iter().all(|q| q.is_of(config)));
        match figure.id {
            // They say that a posterior has collapsed.
            "active units" => having.any(|config| config.model.kind.is_variational()),
            "penalty" => has_penalty,
            // A VAE-GAN is not measured so on the validation images.
            "features" => configs.iter().any(|config| RunQuantity::FeatureReconstruction.is_of(config)),
            _ => having.next().is_some(),
        }
    };
    FIGURES.iter().filter(shown).copied().collect()
}

/// Shows the plots over the rest of the middle.
pub fn show(ui: &mut Ui, state: &mut State) {
    let runs = &state.train.runs;
    let seen: Vec<PlottedRun> = runs.iter().map(|run| PlottedRun::new(ui, run)).collect();
    let curves: Vec<RunCurves<'_>> = (runs.iter().zip(&seen))
        .map(|(run, seen)| RunCurves {
            name: &seen.name,
            color: seen.color,
            visible: run.visible,
            front: state.train.selected == Some(run.key),
            curves: &run.curves,
            marks: &seen.marks,
        })
        .collect();
    if let Some(words) = nothing_to_plot(&curves) {
        let place = ui.available_rect_before_wrap();
        return notice(ui, place, &words);
    }
    let mut saved = false;
    ui.horizontal(|ui| {
        controls(ui, &mut state.train.plots);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = Icon::Save.button(ui, &t!("Save plots…"));
            saved = button.on_hover_text(t!("Save the plots as they are seen, as a PNG file")).clicked();
        });
    });
    let figures = figures(&state.train);
    let gap = theme::GAP;
    let grid = Grid::fit(ui.available_size(), figures.len());
    state.train.plots.wheel_scrolls = grid.scrolls;
    let area = ui.available_rect_before_wrap();
    state.train.plots_area = [area.left(), area.top(), area.width(), area.height()];
    let mut wanted = None;
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(gap * 1.5, gap);
        for row in figures.chunks(grid.columns) {
            ui.horizontal_top(|ui| {
                for figure in row {
                    let Figure { id, quantities } = *figure;
                    let planned: Vec<Planned<'_>> = (seen.iter().enumerate())
                        .filter_map(|(run, seen)| Some(Planned { run, points: seen.planned(quantities)? }))
                        .collect();
                    let [width, height] = grid.plot;
                    ui.allocate_ui(vec2(width, height), |ui| {
                        ui.set_width(width);
                        let title = figure.title();
                        let spec = PlotSpec {
                            id,
                            title: &title,
                            quantities,
                            runs: &curves,
                            planned: &planned,
                            height,
                        };
                        if plot(ui, &mut state.train.plots, &spec) {
                            wanted = Some(quantities);
                        }
                    });
                }
            });
        }
    });
    if saved {
        Intent::Save.run(state);
    }
    if let Some(quantities) = wanted {
        state.effects.push(Effect::Pick(Pick::File(Save::Numbers(quantities))));
    }
}

/// Places of the plots.
struct Grid {
    columns: usize,
    /// Width and height of a plot.
    plot: [f32; 2],
    /// Whether there are more than fit.
    scrolls: bool,
}

impl Grid {
    /// As large as fits: of all numbers of columns the one whose plots fill the room best without being too flat.
    fn fit(room: Vec2, count: usize) -> Self {
        let count = count.max(1);
        let most = (((room.x + theme::GAP) / (NARROWEST + theme::GAP)) as usize).clamp(1, MOST_COLUMNS);
        let with = |columns: usize| {
            let rows = count.div_ceil(columns) as f32;
            // A bar that scrolls lies over the right edge.
            let left = room.x - theme::GAP - 1.5 * theme::GAP * (columns - 1) as f32;
            let width = (left / columns as f32).floor();
            let height = ((room.y - theme::GAP * (rows - 1.0)) / rows).floor();
            (columns, width, height)
        };
        let fits = |(_, _, height): &(usize, f32, f32)| *height >= LOWEST;
        // The fewest columns that fit into the height have the widest plots.
        let (columns, width, height) = (1..=most).map(with).find(fits).unwrap_or_else(|| with(most));
        Grid { columns, plot: [width, height.clamp(LOWEST, HIGHEST)], scrolls: height < LOWEST }
    }
}

/// Parts of a run that the plots need beside its curves.
struct PlottedRun {
    name: String,
    color: eframe::egui::Color32,
    marks: Vec<Mark>,
    kl_weight: Vec<[f64; 2]>,
    learning_rate: Vec<[f64; 2]>,
}

impl PlottedRun {
    fn new(ui: &Ui, run: &Run) -> Self {
        let plan = run.plan.as_ref().filter(|_| run.visible);
        let marks = plan.map_or(&[][..], Plan::changes).iter();
        let marks =
            marks.map(|change| Mark { step: change.step, label: in_words::change(change.adjustment) });
        // A run that is over has nothing ahead.
        let plan = plan.filter(|_| run.job.is_some() || run.can_resume());
        let ahead = |setting: Setting| {
            let Some(plan) = plan.filter(|plan| setting.belongs_to(plan.config().model.kind)) else {
                return Vec::new();
            };
            let left = run.steps().saturating_sub(run.step);
            // A run may be planned for more steps than can be multiplied.
            let step_of = |index: usize| run.step + (left as u128 * index as u128 / POINTS as u128) as usize;
            (0..=POINTS).map(|index| [step_of(index) as f64, plan.value(setting, step_of(index))]).collect()
        };
        PlottedRun {
            name: run.name(),
            color: theme::run_color(ui, run.color),
            marks: marks.collect(),
            kl_weight: ahead(Setting::KlWeight),
            learning_rate: ahead(Setting::LearningRate),
        }
    }

    /// The curve that is planned of what a plot shows, if there is one.
    fn planned(&self, quantities: &[RunQuantity]) -> Option<&[[f64; 2]]> {
        let points = match quantities {
            [RunQuantity::KlWeight] => &self.kl_weight,
            [RunQuantity::LearningRate] => &self.learning_rate,
            _ => return None,
        };
        (!points.is_empty()).then_some(points)
    }
}
