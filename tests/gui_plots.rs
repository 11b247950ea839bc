//! The plots of runs, read and zoomed as with a pointer, with no window and no worker.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

use eframe::egui::accesskit::Role;
use eframe::egui::{
    self, Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, pos2, vec2,
};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use morphospace::config::ModelKind;
use morphospace::gui::state::curves::{Curves, RunQuantity};
use morphospace::gui::state::plot_view::PlotsView;
use morphospace::gui::theme;
use morphospace::gui::widgets::loss_plot::{
    Mark, Planned, PlotSpec, RunCurves, controls, nothing_to_plot, notice, plot,
};
use morphospace::report::PixelMetrics;
use morphospace::worker::protocol::{StepReport, ValidationReport};

const SIZE: [f32; 2] = [900.0, 600.0];

/// Two plots of some runs.
struct Screen {
    view: PlotsView,
    runs: Vec<(String, Curves, bool)>,
    marks: Vec<Mark>,
    plan: Vec<[f64; 2]>,
    tables: usize,
    dressed: bool,
    /// The run that is looked at.
    front: Option<usize>,
}

fn show(ui: &mut egui::Ui, screen: &mut Screen) {
    if !std::mem::replace(&mut screen.dressed, true) {
        // Typefaces are there from the next frame on.
        return theme::install(ui.ctx());
    }
    let Screen { view, runs, marks, plan, tables, front, .. } = screen;
    let runs: Vec<RunCurves<'_>> = (runs.iter().enumerate())
        .map(|(index, (name, curves, visible))| RunCurves {
            name,
            color: theme::run_color(ui, index),
            visible: *visible,
            front: *front == Some(index),
            curves,
            marks,
        })
        .collect();
    if let Some(words) = nothing_to_plot(&runs) {
        let place = ui.available_rect_before_wrap();
        return notice(ui, place, &words);
    }
    let planned = if plan.is_empty() { vec![] } else { vec![Planned { run: 0, points: plan }] };
    controls(ui, view);
    for (id, title, quantities, planned) in [
        ("loss", "Loss", &[RunQuantity::Loss, RunQuantity::ValidationLoss][..], &[][..]),
        ("kl", "KL weight", &[RunQuantity::KlWeight][..], &planned[..]),
    ] {
        let spec = PlotSpec { id, title, quantities, runs: &runs, planned, height: 250.0 };
        *tables += usize::from(plot(ui, view, &spec));
    }
}

fn open(runs: Vec<(&str, Curves)>) -> Harness<'static, Screen> {
    let mut view = PlotsView::default();
    view.smoothing = 0.0;
    let screen = Screen {
        view,
        runs: runs.into_iter().map(|(name, curves)| (name.to_owned(), curves, true)).collect(),
        marks: Vec::new(),
        plan: Vec::new(),
        tables: 0,
        dressed: false,
        front: None,
    };
    let mut harness =
        Harness::builder().with_size(SIZE).with_step_dt(1.0 / 60.0).build_ui_state(show, screen);
    harness.run_steps(4);
    harness
}

fn step(step: usize, loss: f64) -> StepReport {
    StepReport {
        step,
        steps: 1000,
        reconstruction: loss,
        re: loss,
        kl: loss,
        kl_weight: 0.5,
        loss,
        learning_rate: 1e-3,
        gradient_norm: 1.0,
        images_per_second: 300.0,
        ..StepReport::default()
    }
}

/// A run whose loss is `factor` times its step, measured on validation images every 100 steps.
fn run(steps: usize, factor: f64) -> Curves {
    let mut curves = Curves::new(ModelKind::Vae);
    curves.add_steps(&(1..=steps).map(|i| step(i, factor * i as f64)).collect::<Vec<_>>());
    for i in 1..=steps / 100 {
        curves.add_validation(&ValidationReport {
            step: 100 * i,
            loss: 10_000.0 + i as f64,
            reconstruction: 0.0,
            kl: 0.0,
            sparsity: None,
            feature_reconstruction: None,
            active_units: Some(12),
            re_shuffled: None,
            metrics: PixelMetrics { re: 0.1, psnr: 20.0, ssim: 0.5, n: 9, identical: 0 },
            noisy_input: None,
        });
    }
    curves
}

/// Description of a plot for those who listen.
fn read(harness: &Harness<'_, Screen>, plot: &str) -> String {
    let label = format!("Plot of {plot}");
    let node = harness.get_by_role_and_label(Role::Image, &label);
    node.accesskit_node().value().unwrap_or_default()
}

/// A place in the drawing of a plot, from its left top to its right bottom.
fn place(harness: &Harness<'_, Screen>, plot: &str, x: f32, y: f32) -> Pos2 {
    let label = format!("Plot of {plot}");
    let rect = harness.get_by_role_and_label(Role::Image, &label).rect();
    rect.lerp_inside(vec2(x, y))
}

fn point(harness: &mut Harness<'_, Screen>, at: Pos2) {
    harness.event(Event::PointerMoved(at));
    harness.run_steps(3);
}

fn drag(harness: &mut Harness<'_, Screen>, button: PointerButton, from: Pos2, to: Pos2) {
    let press = |pos, pressed| Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE };
    point(harness, from);
    harness.event(press(from, true));
    harness.run_steps(1);
    for part in [0.3, 0.6, 1.0] {
        harness.event(Event::PointerMoved(from + (to - from) * part));
        harness.run_steps(1);
    }
    harness.event(press(to, false));
    harness.run_steps(3);
}

fn steps(harness: &Harness<'_, Screen>) -> (f64, f64) {
    let curves = harness.state().runs.iter().map(|(_, curves, _)| curves);
    harness.state().view.steps_in_view(curves).into_inner()
}

#[test]
fn the_pointer_reads_every_visible_run_in_every_plot() {
    let mut harness = open(vec![("run 1", run(1000, 1.0)), ("run 2", run(1000, 3.0))]);
    // Without the pointer, the last values.
    assert_eq!(
        read(&harness, "Loss"),
        "step 1,000, run 1 1000, run 1 validation 10010, run 2 3000, run 2 validation 10010"
    );
    let at = place(&harness, "Loss", 0.5, 0.5);
    point(&mut harness, at);
    let step = harness.state().view.cursor.as_ref().unwrap().step;
    assert!((step - 500.0).abs() < 2.0, "{step}");
    let loss = read(&harness, "Loss");
    for (name, wanted) in [("run 1 ", step), ("run 2 ", 3.0 * step), ("run 1 validation ", 10_005.0)] {
        // The names of the measurements begin as those of the runs do.
        let after = loss.split(name).find_map(|text| text.split(',').next()?.parse::<f64>().ok());
        assert!(after.is_some_and(|value| (value / wanted - 1.0).abs() < 2e-3), "{name}{wanted}: {loss}");
    }
    assert!(read(&harness, "KL weight").ends_with(", run 1 0.5000, run 2 0.5000"));

    harness.state_mut().runs[0].2 = false;
    harness.run_steps(2);
    assert!(read(&harness, "KL weight").ends_with("00, run 2 0.5000"));
    point(&mut harness, pos2(1.0, 1.0));
    assert_eq!(harness.state().view.cursor, None);
}

#[test]
fn the_run_that_is_looked_at_is_read_first() {
    let mut harness = open(vec![("run 1", run(1000, 1.0)), ("run 2", run(1000, 3.0))]);
    harness.state_mut().front = Some(1);
    harness.run_steps(2);
    assert_eq!(read(&harness, "KL weight"), "step 1,000, run 2 0.5000, run 1 0.5000");
}

#[test]
fn the_arrow_keys_read_a_plot_that_has_the_focus() {
    let mut harness = open(vec![("run 1", run(1000, 1.0))]);
    harness.get_by_role_and_label(Role::Image, "Plot of Loss").focus();
    harness.run_steps(2);
    assert!(read(&harness, "Loss").starts_with("step 1,000, "));
    (0..2).for_each(|_press| {
        harness.key_press(egui::Key::ArrowLeft);
        harness.run_steps(2);
    });
    assert!(read(&harness, "Loss").starts_with("step 980, run 1 980"), "{}", read(&harness, "Loss"));
}

#[test]
fn the_wheel_scrolls_a_page_that_has_to_scroll() {
    let mut harness = open(vec![("run 1", run(1000, 1.0))]);
    harness.state_mut().view.wheel_scrolls = true;
    let at = place(&harness, "Loss", 0.25, 0.5);
    point(&mut harness, at);
    for (modifiers, zooms) in [(Modifiers::NONE, false), (Modifiers::COMMAND, true)] {
        harness.event(Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: vec2(0.0, 200.0),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
            modifiers,
        });
        harness.run_steps(30);
        assert_eq!(harness.state().view.steps.is_some(), zooms, "{modifiers:?}");
    }
}

#[test]
fn wheel_box_and_drag_move_all_plots_and_a_double_click_brings_everything_back() {
    let mut harness = open(vec![("run 1", run(1000, 1.0))]);
    assert_eq!(steps(&harness), (0.0, 1000.0));
    let at = place(&harness, "Loss", 0.25, 0.5);
    point(&mut harness, at);
    harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(30);
    let (from, to) = steps(&harness);
    assert!(to - from < 800.0 && (from..to).contains(&250.0), "{from} to {to}");
    // What was under the pointer still is.
    assert!(((250.0 - from) / (to - from) - 0.25).abs() < 0.01, "{from} to {to}");

    let ends = [place(&harness, "KL weight", 0.5, 0.5), place(&harness, "KL weight", 0.25, 0.5)];
    drag(&mut harness, PointerButton::Secondary, ends[0], ends[1]);
    let (moved, _) = steps(&harness);
    assert!(moved > from + 0.15 * (to - from), "{from} then {moved}");

    let twice = place(&harness, "Loss", 0.5, 0.5);
    point(&mut harness, twice);
    for _click in 0..2 {
        for pressed in [true, false] {
            let button = PointerButton::Primary;
            harness.event(Event::PointerButton { pos: twice, button, pressed, modifiers: Modifiers::NONE });
        }
        harness.run_steps(1);
    }
    harness.run_steps(3);
    assert_eq!(steps(&harness), (0.0, 1000.0));
    assert!(harness.state().view.is_whole());

    let ends = [place(&harness, "Loss", 0.2, 0.2), place(&harness, "Loss", 0.6, 0.8)];
    drag(&mut harness, PointerButton::Primary, ends[0], ends[1]);
    let (from, to) = steps(&harness);
    assert!((from - 200.0).abs() < 10.0 && (to - 600.0).abs() < 10.0, "{from} to {to}");
    assert!(harness.state_mut().view.plot("loss").values.is_some());
    assert!(harness.state_mut().view.plot("kl").values.is_none());
    harness.get_by_role_and_label(Role::Button, "Reset zoom").click();
    harness.run_steps(3);
    assert_eq!(steps(&harness), (0.0, 1000.0));
}

#[test]
fn plots_follow_a_growing_run_until_somebody_zooms() {
    let mut harness = open(vec![("run 1", run(1000, 1.0))]);
    let grow = |harness: &mut Harness<'_, Screen>, from: usize| {
        let reports: Vec<_> = (from + 1..=from + 500).map(|i| step(i, i as f64)).collect();
        harness.state_mut().runs[0].1.add_steps(&reports);
        harness.run_steps(2);
    };
    grow(&mut harness, 1000);
    assert_eq!(steps(&harness), (0.0, 1500.0));
    harness.state_mut().view.steps = Some(100.0..=200.0);
    grow(&mut harness, 1500);
    assert_eq!(steps(&harness), (100.0, 200.0));
}

#[test]
fn a_logarithmic_axis_reads_the_same_values_and_bears_what_is_not_on_it() {
    let mut curves = run(1000, 1.0);
    curves.add_steps(&[step(1001, 0.0), step(1002, -5.0), step(1003, f64::NAN), step(1004, 8.0)]);
    let mut harness = open(vec![("run 1", curves)]);
    let before = read(&harness, "Loss");
    harness.state_mut().view.plot("loss").values = Some(0.0..=5.0);
    harness.get_by_role_and_label(Role::CheckBox, "Logarithmic Loss").click();
    harness.run_steps(3);
    assert!(harness.state_mut().view.plot("loss").log);
    assert_eq!(harness.state_mut().view.plot("loss").values, None);
    assert_eq!(read(&harness, "Loss"), before);
    assert!(!harness.state_mut().view.plot("kl").log);
}

#[test]
fn what_is_planned_is_in_view_a_part_ahead() {
    let mut harness = open(vec![("run 1", run(1000, 1.0))]);
    harness.state_mut().plan = vec![[1000.0, 0.5], [5000.0, 1.0]];
    harness.state_mut().marks = vec![Mark { step: 300, label: "KL weight 4".into() }];
    harness.run_steps(3);
    assert_eq!(steps(&harness), (0.0, 1200.0));
}

#[test]
fn an_empty_plot_says_what_to_do() {
    let mut harness = open(vec![]);
    assert_eq!(harness.get_all_by_label_contains("Start a training run").count(), 1, "it is said once");
    harness.state_mut().runs.push(("run 1".into(), Curves::new(ModelKind::Vae), true));
    harness.run_steps(2);
    assert_eq!(harness.get_all_by_label_contains("first training steps").count(), 1);
    harness.state_mut().runs[0] = ("run 1".into(), run(100, 1.0), false);
    harness.run_steps(2);
    assert_eq!(harness.get_all_by_label_contains("Every run is hidden").count(), 1);
}

#[test]
fn smoothing_can_be_set_and_the_numbers_can_be_asked_for() {
    let mut harness = open(vec![("run 1", run(1000, 1.0))]);
    let slider = harness.get_by_role_and_label(Role::Slider, "Smoothing");
    slider.focus();
    harness.run_steps(2);
    harness.key_press(egui::Key::ArrowRight);
    harness.run_steps(3);
    assert!((harness.state().view.smoothing - 0.01).abs() < 1e-6, "{}", harness.state().view.smoothing);
    harness.get_by_role_and_label(Role::Button, "Save the numbers of Loss…").click();
    harness.run_steps(3);
    assert_eq!(harness.state().tables, 1);
}
