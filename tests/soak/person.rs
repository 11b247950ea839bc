//! A person without a plan, by a seeded generator.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::desk::{Desk, Widget};
use crate::watch::Deeds;
use crate::x11::{self, DragSource};

/// Sizes of the window, from the smallest.
const SIZES: [(u32, u32); 6] =
    [(900, 600), (1024, 700), (1280, 800), (1440, 900), (1600, 1000), (1100, 1000)];
/// Keys that do something somewhere.
const KEYS: [&str; 38] = [
    "r",
    "n",
    "Home",
    "space",
    "x",
    "p",
    "t",
    "ctrl+z",
    "ctrl+shift+z",
    "Tab",
    "Tab",
    "Tab",
    "shift+Tab",
    "Left",
    "Right",
    "Up",
    "Down",
    "Left",
    "Right",
    "Escape",
    "Escape",
    "Return",
    "question",
    "ctrl+s",
    "ctrl+k",
    "F6",
    "slash",
    "Page_Down",
    "Page_Up",
    "End",
    "ctrl+c",
    "ctrl+v",
    "Delete",
    "1",
    "5",
    "7",
    "ctrl+plus",
    "ctrl+0",
];
/// Buttons that start what takes long (it starts that itself, with small settings), that leave, that reach for other
/// computers, or make everything large for good.
const LEFT_ALONE: [&str; 16] = [
    "Start training",
    "Add to the queue",
    "Start fork",
    "Add fork to the queue",
    "Measure",
    "Draw map",
    "Connect",
    "Connect…",
    "Close without waiting",
    "Close without saving",
    "Save and close",
    "Keep runs elsewhere…",
    "Learn the prior",
    "Check the claims",
    "Restart",
    "Thorough",
];
const KINDS: [&str; 6] = ["AE", "SAE", "DAE", "VAE", "VAE-GAN", "DCGAN"];
/// Runs in the list, of which the last are taken out again.
const RUNS: usize = 5;
const CLOSED_AT_ONCE: usize = 3;
/// Deeds between two looks at the language.
const LANGUAGE_EVERY: usize = 25;

pub struct Person {
    chance: ChaCha8Rng,
    faces: PathBuf,
    photos: Vec<PathBuf>,
    no_photo: PathBuf,
    runs: PathBuf,
    pub deeds: Deeds,
}

impl Person {
    pub fn new(seed: u64, faces: &Path, home: &Path) -> Self {
        let is_photo = |path: &PathBuf| path.extension().is_some_and(|e| e == "jpg" || e == "png");
        let mut photos: Vec<PathBuf> =
            fs::read_dir(faces).unwrap().flatten().map(|entry| entry.path()).filter(is_photo).collect();
        photos.sort();
        // One of the same file takes the place of the last, so that they do not pile up.
        photos.truncate(12);
        let no_photo = home.join("no photo.jpg");
        fs::write(&no_photo, "words").unwrap();
        let runs = home.join("data/morphospace/runs");
        let chance = ChaCha8Rng::seed_from_u64(seed);
        Person { chance, faces: faces.to_owned(), photos, no_photo, runs, deeds: Deeds::new() }
    }

    fn one_of<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.chance.random_range(0..of.len().max(1)))
    }

    fn place(&mut self) -> (u32, u32) {
        (self.chance.random_range(0..1280), self.chance.random_range(0..800))
    }

    fn did(&mut self, kind: &'static str) {
        *self.deeds.entry(kind).or_default() += 1;
    }

    /// Does one thing.
    pub fn act(&mut self, desk: &mut Desk) {
        if self.deeds.values().sum::<usize>().is_multiple_of(LANGUAGE_EVERY) {
            self.speak_english(desk);
        }
        match self.chance.random_range(0..100) {
            0..8 => {
                let screen = self.chance.random_range(1..=6);
                self.key(desk, &screen.to_string());
                self.did("screen");
            }
            8..44 => self.click_something(desk),
            44..54 => self.turn_a_slider(desk),
            54..61 => {
                let (at, side) = (self.place(), if self.chance.random_bool(0.5) { "4" } else { "5" });
                quietly(desk, &["mousemove", &at.0.to_string(), &at.1.to_string()]);
                quietly(desk, &["click", "--repeat", "5", "--delay", "15", side]);
                self.did("wheel");
            }
            61..65 => self.click_anywhere(desk),
            65..67 => {
                let (from, to) = (self.place(), self.place());
                self.drag(desk, from, to);
                self.did("drag");
            }
            67..81 => {
                let key = *self.one_of(&KEYS).unwrap();
                self.key(desk, key);
                self.did("key");
            }
            81..88 => self.drop_something(desk),
            88..90 => {
                let (width, height) = *self.one_of(&SIZES).unwrap();
                let size = [width.to_string(), height.to_string()];
                quietly(desk, &["search", "--name", "^Morphospace$", "windowsize", &size[0], &size[1]]);
                self.did("size");
            }
            90..97 => self.train(desk),
            97..99 => self.start_a_job(desk),
            _ => self.tidy_up(desk),
        }
        let pause = self.chance.random_range(20..200);
        sleep(Duration::from_millis(pause));
    }

    fn key(&mut self, desk: &Desk, key: &str) {
        quietly(desk, &["key", key]);
    }

    /// The widgets that a click would reach.
    fn reachable(desk: &Desk, wanted: impl Fn(&Widget) -> bool) -> Vec<(String, (u32, u32))> {
        let there = desk.widgets().into_iter().filter(|widget| widget.is_open() && wanted(widget));
        there.filter_map(|widget| Some((widget.name.clone(), widget.middle()?))).collect()
    }

    fn click_at(&mut self, desk: &Desk, at: (u32, u32), button: &str) {
        quietly(desk, &["mousemove", &at.0.to_string(), &at.1.to_string(), "click", button]);
    }

    /// Clicks the widget of this name, if it is in sight.
    fn click(&mut self, desk: &Desk, name: &str) -> bool {
        let found = Self::reachable(desk, |widget| widget.name == name);
        if let Some((_, at)) = found.first() {
            self.click_at(desk, *at, "1");
            sleep(Duration::from_millis(150));
        }
        !found.is_empty()
    }

    fn click_something(&mut self, desk: &Desk) {
        let found = Self::reachable(desk, |widget| !LEFT_ALONE.contains(&widget.name.as_str()));
        if let Some((_, at)) = self.one_of(&found) {
            self.click_at(desk, *at, "1");
            self.did("click on a widget");
        }
    }

    fn click_anywhere(&mut self, desk: &Desk) {
        let at = self.place();
        let covered = Self::reachable(desk, |widget| LEFT_ALONE.contains(&widget.name.as_str()));
        if covered.iter().any(|(_, other)| other.0.abs_diff(at.0) < 150 && other.1.abs_diff(at.1) < 30) {
            return;
        }
        let button = *self.one_of(&["1", "1", "3"]).unwrap();
        self.click_at(desk, at, button);
        if self.chance.random_bool(0.3) {
            self.click_at(desk, at, button);
        }
        self.did("click anywhere");
    }

    fn drag(&mut self, desk: &Desk, from: (u32, u32), to: (u32, u32)) {
        quietly(desk, &["mousemove", &from.0.to_string(), &from.1.to_string(), "mousedown", "1"]);
        for part in 1..=4 {
            let between = |a: u32, b: u32| (a * (4 - part) + b * part) / 4;
            let (x, y) = (between(from.0, to.0), between(from.1, to.1));
            quietly(desk, &["mousemove", &x.to_string(), &y.to_string()]);
            sleep(Duration::from_millis(20));
        }
        quietly(desk, &["mouseup", "1"]);
    }

    fn turn_a_slider(&mut self, desk: &Desk) {
        let found = Self::reachable(desk, |widget| widget.role == "Slider");
        let Some((_, from)) = self.one_of(&found).cloned() else { return };
        let to = (from.0 + self.chance.random_range(0..160)).saturating_sub(80);
        self.drag(desk, from, (to, from.1));
        self.did("slider");
    }

    fn drop_something(&mut self, desk: &Desk) {
        let run = fs::read_dir(&self.runs).into_iter().flatten().flatten().map(|entry| entry.path());
        let runs: Vec<PathBuf> = run.filter(|run| run.join("checkpoint.safetensors").exists()).collect();
        let (kind, files) = match self.chance.random_range(0..10) {
            0..5 => ("drop of a photo", self.one_of(&self.photos.clone()).cloned().into_iter().collect()),
            5 => ("drop of photos", self.photos.clone()),
            6..8 => ("drop of a run", self.one_of(&runs).cloned().into_iter().collect()),
            8 => ("drop of a folder", vec![self.faces.clone()]),
            _ => ("drop of no photo", vec![self.no_photo.clone()]),
        };
        let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        if files.is_empty() {
            return;
        }
        let source = DragSource::of(&desk.display, &files);
        let at = self.place();
        if source.hover(at) {
            match self.chance.random_bool(0.9) {
                true => drop(source.release()),
                false => source.leave(),
            }
            self.did(kind);
        } else {
            self.did("drag without an answer");
        }
    }

    /// Starts a run of some kind, or does something to the one that goes on.
    fn train(&mut self, desk: &Desk) {
        self.key(desk, "Escape");
        self.key(desk, "5");
        sleep(Duration::from_millis(400));
        let deed = self
            .one_of(&[
                "Pause", "Continue", "Continue", "Resume", "Step", "Stop", "Fork…", "New run", "New run",
            ])
            .copied()
            .unwrap();
        if !self.click(desk, deed) {
            return;
        }
        self.did(match deed {
            "Pause" => "run held",
            "Continue" | "Resume" => "run goes on",
            "Step" => "step of a run",
            "Stop" => "run stopped",
            "Fork…" => "fork",
            _ => "run",
        });
        sleep(Duration::from_millis(400));
        match deed {
            "Fork…" => {
                let began = self.click(desk, "Start fork") || self.click(desk, "Add fork to the queue");
                let key = if began { "End" } else { "Escape" };
                self.key(desk, key);
            }
            "New run" => {
                self.click(desk, "Quick look");
                let kind = *self.one_of(&KINDS).unwrap();
                self.click(desk, kind);
                self.click(desk, "32");
                // No queue that grows.
                self.click(desk, "Start training");
            }
            _ => (),
        }
    }

    /// Has something measured or mapped, or lets it be.
    fn start_a_job(&mut self, desk: &Desk) {
        self.key(desk, "Escape");
        if self.click(desk, "Cancel job") {
            return self.did("job cancelled");
        }
        let (key, button) = *self.one_of(&[("4", "Draw map"), ("6", "Measure")]).unwrap();
        self.key(desk, key);
        sleep(Duration::from_millis(400));
        if self.click(desk, button) {
            self.did(if key == "4" { "map" } else { "measurement" });
        }
    }

    /// Takes runs out of the list again, and closes a model.
    fn tidy_up(&mut self, desk: &Desk) {
        self.key(desk, "Escape");
        self.key(desk, "5");
        sleep(Duration::from_millis(400));
        let names: Vec<String> = fs::read_dir(&self.runs)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let cards = Self::reachable(desk, |widget| widget.role == "Button" && names.contains(&widget.name));
        if let Some((_, at)) = cards.get(RUNS) {
            self.click_at(desk, *at, "3");
            sleep(Duration::from_millis(200));
            self.click(desk, "Remove from the list");
            self.did("run taken out");
        }
        self.key(desk, "1");
        sleep(Duration::from_millis(300));
        let closed =
            Self::reachable(desk, |widget| widget.name.starts_with("Open ") && !widget.name.contains('…'));
        if self.chance.random_bool(0.5)
            && let Some((_, at)) = self.one_of(&closed)
        {
            self.click_at(desk, *at, "1");
            return self.did("model opened");
        }
        // Runs are opened by drops and buttons, too, and would pile up.
        for _ in 0..CLOSED_AT_ONCE {
            let open = Self::reachable(desk, |widget| {
                widget.name.starts_with("Close ") && widget.name != "Close message"
            });
            let Some((_, at)) = self.one_of(&open) else { break };
            self.click_at(desk, *at, "1");
            self.did("model closed");
            sleep(Duration::from_millis(300));
        }
    }

    /// Has the window speak English again, by whose words everything is found here.
    fn speak_english(&mut self, desk: &Desk) {
        let widgets = desk.widgets();
        if widgets.is_empty() || widgets.iter().any(|widget| widget.name == "Reconstruct") {
            return;
        }
        self.key(desk, "Escape");
        self.key(desk, "ctrl+k");
        sleep(Duration::from_millis(400));
        quietly(desk, &["type", "English"]);
        sleep(Duration::from_millis(400));
        self.key(desk, "Return");
        self.did("English again");
    }

    /// Asks the window to close and lets a run be saved. Returns the exit code and how long it took, if it has closed.
    pub fn leave(&mut self, desk: &mut Desk, patience: Duration) -> Option<(Option<i32>, Duration)> {
        let began = Instant::now();
        let mut asked = None::<Instant>;
        while began.elapsed() < patience {
            if let Some(status) = desk.window.as_mut()?.try_wait().unwrap() {
                return Some((status.code(), began.elapsed()));
            }
            if self.click(desk, "Save and close") {
                sleep(Duration::from_secs(1));
            } else if asked.is_none_or(|asked| asked.elapsed() > Duration::from_secs(20)) {
                // A dialog that is open takes Escape, and so would the question itself.
                self.key(desk, "Escape");
                sleep(Duration::from_secs(3));
                x11::ask_to_close(&desk.display);
                asked = Some(Instant::now());
            }
            sleep(Duration::from_millis(200));
        }
        None
    }
}

/// Has xdotool do this; what it could not do, as on a window that ends, is seen elsewhere.
fn quietly(desk: &Desk, arguments: &[&str]) {
    let _ = Command::new("xdotool").args(arguments).env("DISPLAY", &desk.display).output();
}
