//! A way through the window that comes by every screen in several states.

#![allow(dead_code, reason = "each test uses the parts that it needs")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use morphospace::gui::app::{App, WorkerLink};
use morphospace::gui::language::{Language, tr};
use morphospace::gui::state::train::run::Phase;
use morphospace::gui::state::{Settings, State};
use morphospace::worker::Worker;

use super::dropped::{self, Dropped};
use super::look::Windowed;
use super::pictures::folder_of_pictures;
use super::tiny::tiny_run;

const PATIENCE: Duration = Duration::from_secs(180);

/// A name of the window in the language in use; those of settings are made of words that begin with a small letter.
fn in_use(name: &str) -> String {
    let whole = tr(name);
    if whole != name {
        return whole.into_owned();
    }
    let first = |text: &str, change: fn(char) -> String| {
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |letter| change(letter) + letters.as_str())
    };
    let small = first(name, |letter| letter.to_lowercase().to_string());
    first(&tr(&small), |letter| letter.to_uppercase().to_string())
}

/// The way. `stop` is called at every state with its name.
pub struct Tour<F> {
    harness: Windowed,
    stop: F,
    data: tempfile::TempDir,
    /// Where runs are kept.
    _runs: tempfile::TempDir,
}

impl<F: FnMut(&str, &mut Windowed)> Tour<F> {
    pub fn go(stop: F) {
        Self::way(stop, Language::English, false);
    }

    /// The same where the window system delivers no drops.
    pub fn without_drops(stop: F) {
        Self::way(stop, Language::English, true);
    }

    /// The same in another language. The whole program speaks it from then on.
    pub fn speaking(language: Language, stop: F) {
        Self::way(stop, language, false);
    }

    fn way(stop: F, language: Language, no_drops: bool) {
        let runs = tempfile::tempdir().unwrap();
        let runs_folder = Some(runs.path().to_owned());
        let settings = Settings { runs_folder, language: Some(language), ..Settings::default() };
        let build = move |context: &mut eframe::CreationContext<'static>| {
            let connect = || {
                let worker = Worker::spawn(|| ());
                WorkerLink::here(worker)
            };
            let mut app = App::new(&context.egui_ctx, connect, &[], Vec::new());
            app.restore(&context.egui_ctx, settings);
            app.takes_no_drops(no_drops);
            app
        };
        let harness = Harness::builder().with_size(egui::vec2(1280.0, 800.0)).build_eframe(build);
        let mut tour = Tour { harness, stop, data: folder_of_pictures(40), _runs: runs };
        tour.empty_screens();
        tour.explore();
        tour.reconstruct();
        tour.interpolate();
        tour.atlas();
        tour.train();
        tour.compare();
        tour.dialogs();
    }

    fn stop(&mut self, name: &str) {
        self.harness.run_steps(4);
        (self.stop)(name, &mut self.harness);
    }

    fn state(&self) -> &State {
        self.harness.state().state()
    }

    fn key(&mut self, key: Key) {
        self.harness.key_press_modifiers(Modifiers::NONE, key);
        self.harness.run_steps(3);
    }

    fn click(&mut self, role: Role, name: &str) {
        self.harness.get_by_role_and_label(role, &in_use(name)).click_accesskit();
        self.harness.run_steps(3);
    }

    fn drop(&mut self, paths: &[&Path]) {
        for path in paths {
            let dropped: egui::DroppedFileHandle = Arc::new(Dropped(path.to_path_buf()));
            self.harness.input_mut().dropped_files.push(dropped);
        }
        dropped::look(&mut self.harness);
    }

    fn until(&mut self, what: &str, wanted: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(self.state()) {
            let messages = &self.state().messages;
            assert!(Instant::now() < deadline, "waited in vain for {what}: {messages:?}");
            sleep(Duration::from_millis(5));
            self.harness.run_steps(1);
        }
        self.harness.run_steps(3);
    }

    fn empty_screens(&mut self) {
        for (key, name) in [
            (Key::Num1, "Explore without a model"),
            (Key::Num2, "Reconstruct without a photo"),
            (Key::Num3, "Interpolate without a model"),
            (Key::Num4, "Atlas at first"),
            (Key::Num5, "Train at first"),
            (Key::Num6, "Compare without a model"),
        ] {
            self.key(key);
            self.stop(name);
            // From now on without the welcome.
            self.key(Key::Escape);
        }
    }

    fn explore(&mut self) {
        self.key(Key::Num1);
        self.drop(&[tiny_run()]);
        self.until("a face", |state| state.explore().is_some_and(|explore| explore.picture.is_some()));
        self.stop("Explore");
    }

    fn reconstruct(&mut self) {
        self.key(Key::Num2);
        let photos: Vec<PathBuf> = (0..2).map(|k| self.data.path().join(format!("{k:03}.png"))).collect();
        self.drop(&photos.iter().map(PathBuf::as_path).collect::<Vec<_>>());
        self.until("two photos", |state| state.reconstruct.photos.len() == 2);
        self.until("a reconstruction", |state| {
            state.models.iter().any(|model| state.reconstruct.shown(model.id).is_some())
        });
        self.stop("Reconstruct");
        self.click(Role::RadioButton, "All photos");
        self.stop("Reconstruct, all photos");
        self.click(Role::RadioButton, "This photo");
    }

    fn interpolate(&mut self) {
        self.key(Key::Num3);
        self.until("a walk", State::walk_is_ready);
        self.stop("Interpolate");
    }

    fn atlas(&mut self) {
        self.key(Key::Num4);
        let data = self.data.path().to_owned();
        self.drop(&[&data]);
        self.click(Role::RadioButton, "PCA");
        self.stop("Atlas, the form");
        self.click(Role::Button, "Draw map");
        self.until("a map", |state| state.atlas.shown.is_some());
        self.stop("Atlas, a map");
    }

    fn train(&mut self) {
        self.key(Key::Num5);
        let data = self.data.path().to_owned();
        self.drop(&[&data]);
        self.click(Role::Button, "Quick look");
        for (name, value) in [("Base width", 4.0), ("Batch size", 8.0), ("Steps", 100_000.0)] {
            self.harness.get_by_role_and_label(Role::SpinButton, &in_use(name)).set_value_accesskit(value);
            self.harness.run_steps(2);
        }
        self.stop("Train, the form");
        self.click(Role::Button, "Start training");
        self.until("a run", |state| {
            state.train.run().is_some_and(|run| run.phase == Phase::Training && run.step > 4)
        });
        self.click(Role::Button, "Pause");
        self.until("a held run", |state| state.train.run().is_some_and(|run| run.phase == Phase::Held));
        for view in ["Curves", "Pictures", "Collapse"] {
            self.click(Role::RadioButton, view);
            self.stop(&format!("Train, {view}"));
        }
        self.click(Role::Button, "New run");
        self.stop("Train, the form beside a run");
        self.click(Role::Button, "New prior");
        self.stop("Train, the form of a prior");
    }

    fn compare(&mut self) {
        self.key(Key::Num6);
        for mode in ["Claims", "Runs", "Two sets", "Models"] {
            self.click(Role::RadioButton, mode);
            self.stop(&format!("Compare, {mode}"));
        }
    }

    fn dialogs(&mut self) {
        self.key(Key::Num1);
        for (intent, name) in [
            ("Help and keyboard shortcuts", "Help"),
            ("About Morphospace", "About"),
            ("Take the tour", "The tour"),
        ] {
            self.harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
            self.harness.run_steps(3);
            self.harness
                .get_by_role_and_label(Role::TextInput, &in_use("Find anything"))
                .type_text(&in_use(intent));
            self.harness.run_steps(3);
            if name == "Help" {
                self.stop("The palette");
            }
            self.key(Key::Enter);
            self.stop(name);
            self.key(Key::Escape);
        }
        self.click(Role::Button, "Connect…");
        self.stop("Connect");
        self.key(Key::Escape);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/imports/autoencoder.onnx");
        self.drop(&[&file]);
        self.until("a reading", |state| state.imports.dialog.is_some());
        self.stop("A model of another program");
        self.key(Key::Escape);
        self.key(Key::Num5);
        let viewport = self.harness.input_mut().viewports.get_mut(&ViewportId::ROOT).unwrap();
        viewport.events.push(ViewportEvent::Close);
        self.harness.run_steps(3);
        self.stop("The question before leaving");
    }
}
