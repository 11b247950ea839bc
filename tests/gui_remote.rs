//! The window with its worker on another computer: the dialogs, and how the line is told.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/place.rs"]
mod place;

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use morphospace::gui::app::{App, WorkerLink};
use morphospace::gui::state::Settings;
use morphospace::gui::state::remote::LineState;
use morphospace::remote::link::Launcher;
use morphospace::worker::Worker;
use place::Place;

const PATIENCE: Duration = Duration::from_secs(120);

fn window() -> Harness<'static, App> {
    let build = |context: &mut eframe::CreationContext<'static>| {
        let connect = |place: Option<&Launcher>| match place {
            Some(launcher) => WorkerLink::far(launcher, || ()),
            None => WorkerLink::here(Worker::spawn(|| ())),
        };
        let mut app = App::at(&context.egui_ctx, connect, None, &[], Vec::new());
        app.apply_settings(&context.egui_ctx, Settings::default());
        app
    };
    Harness::builder().with_size(egui::vec2(1280.0, 800.0)).build_eframe(build)
}

fn click(window: &mut Harness<'static, App>, role: Role, label: &str) {
    window.get_by_role_and_label(role, label).click();
    window.run_steps(3);
}

fn wait(window: &mut Harness<'static, App>, what: &str, until: impl Fn(&Harness<'static, App>) -> bool) {
    let begun = Instant::now();
    while !until(window) {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        window.run_steps(2);
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn line(window: &Harness<'static, App>) -> Option<LineState> {
    window.state().state().remote.as_ref().map(|remote| remote.line.clone())
}

/// The first button with such words.
fn button(window: &Harness<'static, App>, fits: impl Fn(&str) -> bool) -> Option<String> {
    let labels = window.query_all_by_role(Role::Button).filter_map(|button| button.accesskit_node().label());
    labels.map(|label| label.to_string()).find(|label| fits(label))
}

fn connect(window: &mut Harness<'static, App>, command: &str) {
    click(window, Role::Button, "Connect…");
    window.get_by_label("Train and measure on another computer");
    click(window, Role::Button, "By another command");
    click(window, Role::TextInput, "Command line");
    window.get_by_role_and_label(Role::TextInput, "Command line").type_text(command);
    window.run_steps(3);
    click(window, Role::Button, "Connect");
}

#[test]
fn a_person_connects_chooses_a_folder_there_and_comes_back() {
    let place = Place::new();
    std::fs::create_dir_all(place.folder.path().join("photos of ada")).unwrap();
    let mut window = window();
    window.run_steps(3);
    connect(&mut window, &place.command());
    wait(&mut window, "it connects", |window| line(window) == Some(LineState::Stands));

    window.key_press(Key::Num5);
    window.run_steps(3);
    click(&mut window, Role::Button, "Folder…");
    wait(&mut window, "the home folder is listed", |window| window.query_by_label("photos of ada").is_some());
    click(&mut window, Role::Button, "photos of ada");
    click(&mut window, Role::Button, "Choose folder");
    let chosen = window.state().state().train.form.config().dataset.source.to_string();
    assert!(chosen.ends_with("photos of ada"), "{chosen}");

    place.cut();
    wait(&mut window, "the loss is seen", |window| matches!(line(window), Some(LineState::Lost { .. })));
    window.run_steps(2);
    assert!(button(&window, |label| label.contains("lost, trying again")).is_some());
    wait(&mut window, "the line is back", |window| line(window) == Some(LineState::Stands));

    wait(&mut window, "the latency is shown", |window| {
        button(window, |label| label.ends_with(" ms")).is_some()
    });
    let label = button(&window, |label| label.ends_with(" ms")).unwrap();
    click(&mut window, Role::Button, &label);
    click(&mut window, Role::Button, "Back to this computer");
    wait(&mut window, "it is back", |window| {
        window.query_by_role_and_label(Role::Button, "Connect…").is_some()
    });
}

#[test]
fn what_cannot_be_reached_says_why() {
    let mut window = window();
    window.run_steps(3);
    click(&mut window, Role::Button, "Connect…");
    click(&mut window, Role::Button, "Connect");
    window.get_by_label("Name a computer, as in user@host");
    click(&mut window, Role::Button, "Cancel");
    connect(&mut window, "echo this account has no key >&2; exit 255");
    wait(&mut window, "the reason is shown", |window| {
        window
            .state()
            .state()
            .messages
            .banners
            .iter()
            .any(|banner| banner.notice.message.contains("has no key"))
    });
}
