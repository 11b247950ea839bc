//! Runs of a folder on the Compare screen, found by role and label: with a real worker, and with its events fed by hand.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;
#[path = "common/window.rs"]
mod window;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use morphospace::config::{ModelKind, Setting, defaults_of};
use morphospace::gui::app::{App, WorkerLink};
use morphospace::gui::state::compare::Mode;
use morphospace::gui::state::compare::runs::shown::ShownRuns;
use morphospace::gui::state::{Screen, Settings};
use morphospace::report::{LastReading, RunQuantity, RunRecord, RunSet};
use morphospace::worker::Worker;
use morphospace::worker::protocol::{Command, Event, ModelSource, RequestId};

use dropped::Dropped;
use window::Window;

const PATIENCE: Duration = Duration::from_secs(120);
/// A folder that is there.
const PLACE: &str = env!("CARGO_TARGET_TMPDIR");

/// A VAE whose PSNR falls with its KL weight.
fn run(weight: f64, seed: u64) -> RunRecord {
    let mut config = defaults_of(ModelKind::Vae);
    (config.kl_weight, config.seed) = (weight, seed);
    let name = format!("kl-weight={weight}_seed={seed}");
    let read = |quantity: RunQuantity, value: f64| {
        let column = quantity.about().column.to_owned();
        LastReading { column, step: config.steps, value: value.into() }
    };
    let psnr = 24.0 - weight.log10() - seed as f64 * 0.1;
    let last = vec![read(RunQuantity::ValidationLoss, 60.0 + weight), read(RunQuantity::Psnr, psnr)];
    RunRecord { folder: Path::new(PLACE).join(&name), name, step: config.steps, config, last }
}

/// A window with six runs, and the request that they answer.
fn with_runs() -> Window {
    let mut window = Window::with_model();
    // So tall that nothing has to be scrolled.
    window.harness.set_size(egui::vec2(1280.0, 1400.0));
    window.key(Modifiers::NONE, Key::Num6);
    window.click(Role::RadioButton, "Runs");
    assert!(window.harness.query_by_label_contains("Choose the folder in which runs stand").is_some());
    let dropped: egui::DroppedFileHandle = Arc::new(Dropped(PLACE.into()));
    window.harness.input_mut().dropped_files.push(dropped);
    dropped::look(&mut window.harness);
    let request = opens(&window).expect("the folder is read");
    let runs = [(0.01, 0), (0.1, 0), (1.0, 0), (0.01, 1), (0.1, 1), (1.0, 1)].map(|(w, s)| run(w, s));
    let set = RunSet::new(PLACE.into(), runs.to_vec(), Vec::new());
    window.reply(request, Event::RunsOpened(Box::new(set)));
    window
}

fn opens(window: &Window) -> Option<RequestId> {
    let is = |command: &Command| *command == Command::OpenRuns(PLACE.into());
    window.requests.try_iter().find(|request| is(&request.command)).map(|request| request.id)
}

fn shown(window: &Window) -> &ShownRuns {
    window.harness.state().state().compare.runs.shown.as_ref().unwrap()
}

fn rows(window: &Window) -> Vec<String> {
    let rows = window.harness.query_all_by_role(Role::Row);
    let label = |row: egui_kittest::Node<'_>| row.accesskit_node().label().map(|label| label.to_string());
    rows.filter_map(label).map(|row| row.split(", ").next().unwrap().to_owned()).collect()
}

/// The place of an axis where a value stands, by the part of it from the bottom.
fn on_axis(window: &Window, name: &str, part: f32) -> Pos2 {
    // Beyond the axis itself, by which it can be held.
    let rect = window.harness.get_by_role_and_label(Role::Button, &format!("Filter by {name}")).rect();
    let line = rect.expand2(egui::vec2(0.0, -6.0));
    egui::pos2(line.center().x, line.bottom() - part * line.height())
}

/// Drags from one place to another as a hand does, by way of the middle.
fn drag_along(window: &mut Window, [from, to]: [Pos2; 2]) {
    window.harness.drag_at(from);
    window.harness.run_steps(2);
    for part in [0.5, 1.0] {
        window.harness.hover_at(from.lerp(to, part));
        window.harness.run_steps(2);
    }
    window.harness.drop_at(to);
    window.harness.run_steps(3);
}

fn click_at(window: &mut Window, at: Pos2) {
    window.harness.drag_at(at);
    window.harness.run_steps(1);
    window.harness.drop_at(at);
    window.harness.run_steps(3);
}

#[test]
fn an_empty_view_and_a_folder_that_cannot_be_read_say_what_to_do() {
    let mut window = Window::with_model();
    window.key(Modifiers::NONE, Key::Num6);
    window.click(Role::RadioButton, "Runs");
    let button = window.harness.get_by_role_and_label(Role::Button, "Read again");
    assert!(button.accesskit_node().is_disabled());
    let dropped: egui::DroppedFileHandle = Arc::new(Dropped(PLACE.into()));
    window.harness.input_mut().dropped_files.push(dropped);
    dropped::look(&mut window.harness);
    let request = opens(&window).unwrap();
    window.reply(request, Event::Failed { message: "cannot list /runs: it is gone".into() });
    assert!(window.harness.query_all_by_label_contains("cannot list /runs").next().is_some());
    // It may be there again by now.
    window.click(Role::Button, "Read again");
    let request = opens(&window).unwrap();
    window.reply(request, Event::RunsOpened(Box::new(RunSet { folder: PLACE.into(), ..RunSet::default() })));
    assert!(window.harness.query_all_by_label_contains("There is no run in").next().is_some());
    assert!(window.harness.state().state().messages.banners.is_empty());
}

#[test]
fn rows_are_sorted_filtered_and_chosen_and_a_chosen_run_opens() {
    let mut window = with_runs();
    assert_eq!(rows(&window).len(), 6);
    assert_eq!(rows(&window)[0], "kl-weight=0.01_seed=0", "by settings at first");
    window.click(Role::Button, "PSNR (dB), higher is better");
    assert_eq!(rows(&window)[0], "kl-weight=0.01_seed=0", "best first");
    window.click(Role::Button, "PSNR (dB), higher is better");
    assert_eq!(rows(&window)[0], "kl-weight=1_seed=1");
    window.click(Role::Button, "KL weight");
    assert_eq!(rows(&window)[5], "kl-weight=1_seed=1");

    // Dragged along an axis from above the middle to its end: what passes there stays.
    let (from, to) = (on_axis(&window, "KL weight", 0.4), on_axis(&window, "KL weight", 1.0));
    drag_along(&mut window, [from, to]);
    assert_eq!(shown(&window).passing().count(), 4);
    assert_eq!(rows(&window).len(), 4);
    assert!(window.harness.query_by_label_contains("4 of 6 runs in").is_some());
    window.click(Role::Button, "Clear filters");
    assert_eq!(rows(&window).len(), 6);

    assert!(
        window.harness.query_by_role_and_label(Role::Button, "Open in Explore").is_none(),
        "none is chosen"
    );
    window.click(Role::Button, "Point of kl-weight=0.1_seed=1");
    let chosen = shown(&window).selected.unwrap();
    assert_eq!(shown(&window).set.runs[chosen].name, "kl-weight=0.1_seed=1");
    window.commands();
    window.click(Role::Button, "Open in Explore");
    let model = Command::OpenModel(ModelSource::File(Path::new(PLACE).join("kl-weight=0.1_seed=1")));
    assert!(window.commands().contains(&model));
    assert_eq!(window.screen(), Screen::Explore);
    window.key(Modifiers::NONE, Key::Num6);
    window.click(Role::Button, "Open on Train");
    assert!(window.commands().contains(&Command::OpenRun(Path::new(PLACE).join("kl-weight=0.1_seed=1"))));
    assert_eq!(window.screen(), Screen::Train);
}

#[test]
fn a_line_is_chosen_where_it_runs_and_a_click_on_a_filtered_axis_frees_it() {
    let mut window = with_runs();
    // A quarter of the way from the highest weight to the first seed no other line is near.
    let on_line = on_axis(&window, "KL weight", 1.0).lerp(on_axis(&window, "Seed", 0.0), 0.25);
    let hovered = |window: &Window| shown(window).hovered.map(|run| shown(window).set.runs[run].name.clone());
    window.harness.hover_at(on_line);
    window.harness.run_steps(2);
    assert_eq!(hovered(&window).as_deref(), Some("kl-weight=1_seed=0"));
    click_at(&mut window, on_line);
    let chosen = shown(&window).selected.unwrap();
    assert_eq!(shown(&window).set.runs[chosen].name, "kl-weight=1_seed=0");
    window.click(Role::Button, "Choose none");
    assert_eq!(shown(&window).selected, None);
    // Far from all lines there is nothing to point at.
    window.harness.hover_at(on_line - egui::vec2(0.0, 40.0));
    window.harness.run_steps(2);
    assert_eq!(hovered(&window), None);

    let drag = [on_axis(&window, "Seed", 0.0), on_axis(&window, "Seed", 0.4)];
    drag_along(&mut window, drag);
    assert_eq!(shown(&window).passing().count(), 3, "one of two seeds");
    click_at(&mut window, drag[0].lerp(drag[1], 0.5));
    assert_eq!(shown(&window).passing().count(), 6);
}

#[test]
fn axes_colours_and_columns_are_chosen() {
    let mut window = with_runs();
    window.click(Role::ComboBox, "Horizontal axis");
    window.click(Role::Button, "Validation loss");
    assert_eq!(shown(&window).x, RunQuantity::ValidationLoss.about().column);
    window.click(Role::ComboBox, "Colour by");
    window.click(Role::Button, "PSNR");
    assert_eq!(shown(&window).hue, Some(RunQuantity::Psnr.about().column));
    assert!(window.harness.query_by_role_and_label(Role::Button, "Filter by PSNR").is_some());
    window.click(Role::CheckBox, "PSNR");
    assert!(window.harness.query_by_role_and_label(Role::Button, "Filter by PSNR").is_none());
    let heads = shown(&window).sheet().heads.len();
    assert_eq!(heads, 3, "two settings and the loss");
}

#[test]
fn the_view_fits_small_windows_in_both_themes() {
    let mut window = with_runs();
    for (width, height) in [(1024.0, 700.0), (900.0, 600.0)] {
        window.harness.set_size(egui::vec2(width, height));
        for _ in 0..2 {
            window.harness.run_steps(4);
            let harness = &window.harness;
            let again = harness.get_by_role_and_label(Role::Button, "Read again").rect();
            assert!(again.bottom() <= height - 28.0, "{again:?} is not above the status bar");
            for tool in ["Copy command", "Copy as Markdown", "Save tables…"] {
                let rect = harness.get_by_role_and_label(Role::Button, tool).rect();
                assert!(rect.right() <= width && rect.left() > again.right(), "{tool} at {rect:?}");
            }
            window.key(Modifiers::NONE, Key::T);
        }
    }
}

#[test]
fn a_real_folder_of_runs_is_read_by_the_worker_and_the_copied_line_shows_the_same() {
    let data = pictures::folder_of_pictures(24);
    let runs = tempfile::tempdir().unwrap();
    for (name, more) in [("a", ["--kl-weight", "0.1"]), ("b", ["--kl-weight", "4"])] {
        let config =
            settings::config(data.path(), &[&["--steps", "6", "--validate-every", "3"], &more[..]].concat());
        morphospace::train::train(&config, &runs.path().join(name), &mut ()).unwrap();
    }
    std::fs::create_dir(runs.path().join("no run")).unwrap();
    let folder = runs.path().to_owned();
    let build = move |context: &mut eframe::CreationContext<'static>| {
        let connect = || {
            let worker = Worker::spawn(|| ());
            WorkerLink::here(worker)
        };
        let mut app = App::new(&context.egui_ctx, connect, &[], vec![folder]);
        app.apply_settings(&context.egui_ctx, Settings::default());
        app
    };
    let mut harness: Harness<'static, App> =
        Harness::builder().with_size(egui::vec2(1280.0, 800.0)).build_eframe(build);
    let deadline = Instant::now() + PATIENCE;
    while harness.state().state().compare.runs.shown.is_none() {
        let compare = &harness.state().state().compare;
        assert!(Instant::now() < deadline, "{:?}", compare.runs);
        std::thread::sleep(Duration::from_millis(5));
        harness.run_steps(1);
    }
    harness.run_steps(2);
    let state = harness.state().state();
    assert_eq!((state.screen, state.compare.mode), (Screen::Compare, Mode::Runs));
    let shown = state.compare.runs.shown.as_ref().unwrap();
    assert_eq!(shown.set.runs.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(shown.set.varying(), [Setting::KlWeight]);
    let psnr = shown.column(RunQuantity::Psnr.about().column).unwrap().cells[0].number().unwrap();
    harness.get_by_role_and_label(Role::Button, "Copy command").click();
    let mut line = None;
    for _ in 0..3 {
        harness.run_steps(1);
        for command in &harness.output().platform_output.commands {
            if let egui::OutputCommand::CopyText(text) = command {
                line = Some(text.clone());
            }
        }
    }
    let program = format!("'{}'", env!("CARGO_BIN_EXE_morphospace"));
    let line = line.unwrap().replacen("morphospace", &program, 1) + " --json";
    let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["rows"][0]["validation_psnr"], psnr);
    assert_eq!(found["rows"][1]["settings"]["kl-weight"], 4.0);
}
