//! The cockpit with made-up reports, found by role and label as a screen reader finds it.

use eframe::egui::accesskit::Role;
use eframe::egui::{Ui, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use crate::config::{Adjustment, Change, ModelKind, Setting};
use crate::gui::state::State;
use crate::gui::state::train::samples;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::worker::protocol::{CollapseReport, JobEvent};

type Window = Harness<'static, (State, Textures)>;

fn window(state: State) -> Window {
    let mut is_dressed = false;
    let show = move |ui: &mut Ui, (state, textures): &mut (State, Textures)| {
        // Typefaces come with the next frame.
        if !std::mem::replace(&mut is_dressed, true) {
            return theme::install(ui.ctx());
        }
        super::show(ui, state, textures);
        textures.end_frame();
    };
    let mut window =
        Harness::builder().with_size(vec2(700.0, 600.0)).build_ui_state(show, (state, Textures::default()));
    window.run_steps(3);
    window
}

/// A run of this kind that has told these active units, one report every 100 steps.
fn state(kind: ModelKind, dims: usize, active: &[usize]) -> State {
    let mut state = State::default();
    let run = samples::run(&mut state.train, kind, dims);
    for (index, active) in active.iter().enumerate() {
        let report = CollapseReport { images: 48, ..samples::report(300 + 100 * index, dims, *active) };
        run.apply(&JobEvent::Collapse(Box::new(report)));
    }
    state
}

fn apply(window: &mut Window, event: JobEvent) {
    window.state_mut().0.train.run_mut().unwrap().apply(&event);
    window.run_steps(3);
}

#[test]
fn every_part_says_what_it_shows() {
    let mut state = state(ModelKind::Vae, 32, &[30, 30, 30, 30, 30, 30, 9]);
    let run = state.train.run_mut().unwrap();
    run.apply(&JobEvent::Changed(Change { step: 750, adjustment: Adjustment::to(Setting::KlWeight, 8.0) }));
    run.apply(&JobEvent::Pictures(Box::new(samples::pictures(900, 0, 0))));
    let window = window(state);
    let sentence = "9 of 32 dimensions are active, 21 fewer than a moment ago: the posterior is collapsing";
    window.get_by_label_contains(sentence);
    for title in ["KL per dimension", "Active units", "Rate and distortion", "Codes", "Decoder probe"] {
        window.get_by_role_and_label(Role::Label, title);
    }
    window.get_by_label("9 of 32");
    let image = |part: &str| {
        let images = window.query_all_by_role(Role::Image);
        let labels = images.filter_map(|node| node.accesskit_node().label());
        labels.into_iter().find(|label| label.starts_with(part)).unwrap_or_else(|| panic!("no {part}"))
    };
    assert!(image("KL per dimension").starts_with("KL per dimension, 9 of 32 active, "));
    assert_eq!(image("Active units"), "Active units over the steps, now 9 of 32");
    assert!(image("Path of rate").contains(" nats, RE 0.0"));
    assert!(image("Histogram").contains("against N(0, 1)"));
    image("From another image's code 1");
    let report = samples::report(900, 32, 9);
    window.get_by_label(&format!("RE {:.4}", report.re));
    window.get_by_label(&format!("RE {:.4}", report.re_shuffled));
}

#[test]
fn a_collapse_is_seen_in_every_part() {
    let mut reports = vec![30; 8];
    reports.extend([0; 8]);
    let window = window(state(ModelKind::Vae, 32, &reports));
    window
        .get_by_label("All 32 dimensions have collapsed: every image is decoded to the same average picture");
    window.get_by_label("0 of 32");
    window.get_by_label("another image's code does as well");
}

#[test]
fn any_number_of_dimensions_on_both_scales() {
    for dims in [8, 128, 4096] {
        let mut window = window(state(ModelKind::Vae, dims, &[dims / 2, dims / 2]));
        let bars = format!("KL per dimension, {} of {dims} active", dims / 2);
        let found = |window: &Window| {
            let images = window.query_all_by_role(Role::Image);
            images.filter_map(|node| node.accesskit_node().label()).any(|label| label.starts_with(&bars))
        };
        assert!(found(&window), "{dims}");
        window.get_by_role_and_label(Role::RadioButton, "Log").click();
        window.run_steps(3);
        let log = window.get_by_role_and_label(Role::RadioButton, "Log").accesskit_node().toggled();
        assert!(found(&window) && log == Some(eframe::egui::accesskit::Toggled::True), "{dims}");
    }
}

#[test]
fn the_pointer_reads_the_bars() {
    let mut window = window(state(ModelKind::Vae, 8, &[3, 3]));
    let bars = window
        .query_all_by_role(Role::Image)
        .find(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with("KL per")))
        .unwrap()
        .rect();
    let ranking = window.state().0.train.run().unwrap().insight.ranking.clone();
    // The numbers at the left take some points; the first of eight bars is up to 40 wide.
    window.hover_at(bars.left_bottom() + vec2(38.0, -4.0));
    window.run_steps(60);
    let (dim, kl) = ranking[0];
    window.get_by_label(&format!("z{dim} · {kl:.3} nats · active"));
}

#[test]
fn without_a_prior_it_says_so_and_without_a_measurement_too() {
    let empty = window(state(ModelKind::Vae, 32, &[]));
    empty.get_by_label("Nothing has been measured yet");
    assert!(empty.query_by_label("Codes").is_none());
    let mut ae = window(state(ModelKind::Ae, 32, &[]));
    let report = CollapseReport { kl_per_dim: Vec::new(), ..samples::report(400, 32, 31) };
    apply(&mut ae, JobEvent::Collapse(Box::new(report)));
    ae.get_by_label(
        "This autoencoder has no prior to collapse to; 31 of 32 dimensions vary from image to image",
    );
    assert!(ae.query_by_label("KL per dimension").is_none());
    ae.get_by_role_and_label(Role::Label, "Decoder probe");
}

#[test]
fn a_broken_report_does_not_end_the_window() {
    let mut window = window(state(ModelKind::Vae, 8, &[4, 4]));
    let report = CollapseReport {
        kl_per_dim: vec![f32::NAN; 8],
        histogram: Vec::new(),
        re: f64::NAN,
        re_shuffled: f64::INFINITY,
        active_units: 99,
        ..samples::report(900, 8, 4)
    };
    apply(&mut window, JobEvent::Collapse(Box::new(report)));
    window.get_by_role_and_label(Role::Label, "KL per dimension");
}
