//! The real window, on a display of its own, driven with mouse and keyboard as a person would.
//!
//! It needs Xvfb, xdotool, ImageMagick's `import` and a software Vulkan. Where one of them is missing it says
//! so and passes, unless `MORPHOSPACE_REQUIRE_WINDOW` is set. With `MORPHOSPACE_SCREENSHOTS` set to a folder
//! the pictures that it takes are kept there.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do
#![cfg(all(feature = "gui", target_os = "linux"))]

#[path = "common/pictures.rs"]
mod pictures;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use image::RgbImage;
use tempfile::TempDir;

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 800;
/// Generous: the machine may be busy compiling.
const PATIENCE: Duration = Duration::from_secs(60);

/// A display, and the window on it.
struct Desk {
    display: String,
    server: Child,
    window: Option<Child>,
    folder: TempDir,
    shots: usize,
}

impl Drop for Desk {
    fn drop(&mut self) {
        for child in self.window.iter_mut().chain([&mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Requirement that is missing to run here, if any is.
fn missing() -> Option<&'static str> {
    let runs = |program: &str| {
        let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
        found.is_ok_and(|output| output.status.success())
    };
    let drivers = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let software_vulkan = drivers.iter().flat_map(std::fs::read_dir).flatten().flatten().any(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        name.starts_with("lvp") || name.contains("swiftshader")
    });
    if !runs("Xvfb") {
        return Some("Xvfb");
    }
    if !runs("xdotool") {
        return Some("xdotool");
    }
    if !runs("import") {
        return Some("ImageMagick's import");
    }
    (!software_vulkan).then_some("a software Vulkan driver (mesa-vulkan-drivers)")
}

impl Desk {
    fn new() -> Self {
        // Xvfb finds a free display itself and writes its number to the pipe.
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{WIDTH}x{HEIGHT}x24"), "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        use std::io::{BufRead, BufReader};
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let display = format!(":{}", line.trim());
        Self { display, server, window: None, folder: TempDir::new().unwrap(), shots: 0 }
    }

    /// Starts the program as from a shell; nothing of the person's own settings is read or written.
    fn open(&mut self, arguments: &[&Path]) {
        let window = Command::new(env!("CARGO_BIN_EXE_morphospace"))
            .args(arguments)
            .env("DISPLAY", &self.display)
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", self.folder.path())
            .env("XDG_DATA_HOME", self.folder.path().join("data"))
            .spawn();
        self.window = Some(window.unwrap());
        // There is no window manager here that would give it the keyboard.
        self.xdotool(&["search", "--sync", "--onlyvisible", "--name", "^Morphospace$", "windowfocus"]);
    }

    fn close(&mut self) {
        let mut window = self.window.take().unwrap();
        window.kill().unwrap();
        window.wait().unwrap();
    }

    fn xdotool(&self, arguments: &[&str]) {
        let status = Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).status();
        assert!(status.unwrap().success(), "xdotool {arguments:?}");
    }

    fn key(&self, key: &str) {
        self.xdotool(&["key", key]);
    }

    fn point(&self, (x, y): (u32, u32)) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
    }

    /// Drags with the left button, slowly enough to be seen as a drag.
    fn drag(&self, from: (u32, u32), to: (u32, u32)) {
        self.point(from);
        self.xdotool(&["mousedown", "1"]);
        // A press and a release in one frame of a busy machine would be a click.
        std::thread::sleep(Duration::from_millis(200));
        for step in 1..=8 {
            let at = |a: u32, b: u32| (i64::from(a) + (i64::from(b) - i64::from(a)) * step / 8) as u32;
            self.point((at(from.0, to.0), at(from.1, to.1)));
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(200));
        self.xdotool(&["mouseup", "1"]);
    }

    fn screenshot(&mut self) -> RgbImage {
        let file = self.folder.path().join("shot.png");
        let status = Command::new("import")
            .args(["-window", "root", file.to_str().unwrap()])
            .env("DISPLAY", &self.display)
            .status();
        assert!(status.unwrap().success(), "no screenshot");
        image::open(&file).unwrap().into_rgb8()
    }

    /// Takes pictures until one is as expected; keeps it if asked to.
    fn wait_for(&mut self, what: &str, wanted: impl Fn(&RgbImage) -> bool) -> RgbImage {
        let began = Instant::now();
        loop {
            let shot = self.screenshot();
            let alive = self.window.as_mut().is_none_or(|w| w.try_wait().unwrap().is_none());
            assert!(alive, "the window closed while waiting for {what}");
            let good = wanted(&shot);
            let late = began.elapsed() > PATIENCE;
            if good || late {
                self.keep(&shot, what);
            }
            assert!(!late || good, "waited in vain for {what}");
            if good {
                return shot;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn keep(&mut self, shot: &RgbImage, what: &str) {
        let Some(folder) = std::env::var_os("MORPHOSPACE_SCREENSHOTS").map(PathBuf::from) else { return };
        std::fs::create_dir_all(&folder).unwrap();
        self.shots += 1;
        shot.save(folder.join(format!("{:02} {what}.png", self.shots))).unwrap();
    }

    /// Two pictures in a row that are the same: nothing moves any more.
    fn settled(&mut self, what: &str) -> RgbImage {
        let mut before = self.screenshot();
        let began = Instant::now();
        loop {
            std::thread::sleep(Duration::from_millis(300));
            let now = self.screenshot();
            if changed(&before, &now, everything()) == 0.0 {
                self.keep(&now, what);
                return now;
            }
            assert!(began.elapsed() < PATIENCE, "{what}: the window does not come to rest");
            before = now;
        }
    }
}

/// The middle of the first slider's rail, and where the photo with its crop lies, in the window at its first size.
const FIRST_SLIDER: (u32, u32) = (1128, 444);
const PHOTO: (u32, u32) = (1120, 220);

/// x, y, width, height.
type Area = (u32, u32, u32, u32);

fn everything() -> Area {
    (0, 0, WIDTH, HEIGHT)
}

/// Between the lists at the left and the settings at the right: where the pictures are.
fn middle() -> Area {
    (WIDTH * 3 / 10, HEIGHT / 10, WIDTH * 4 / 10, HEIGHT * 8 / 10)
}

fn pixels(shot: &RgbImage, (x, y, width, height): Area) -> impl Iterator<Item = [u8; 3]> + '_ {
    (y..y + height).flat_map(move |y| (x..x + width).map(move |x| shot.get_pixel(x, y).0))
}

/// Share of the pixels of an area that differ visibly.
fn changed(a: &RgbImage, b: &RgbImage, area: Area) -> f64 {
    let differ = |(a, b): &([u8; 3], [u8; 3])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 12);
    let count = pixels(a, area).zip(pixels(b, area)).filter(differ).count();
    count as f64 / f64::from(area.2 * area.3)
}

/// Share of the pixels of an area with the warm colours of skin and hair: red over green over blue.
fn warm(shot: &RgbImage, area: Area) -> f64 {
    let is_warm = |[r, g, b]: &[u8; 3]| *r > 60 && r.saturating_sub(*g) > 8 && g.saturating_sub(*b) > 2;
    pixels(shot, area).filter(is_warm).count() as f64 / f64::from(area.2 * area.3)
}

#[test]
fn a_person_explores_reconstructs_and_walks() {
    if let Some(what) = missing() {
        assert!(std::env::var_os("MORPHOSPACE_REQUIRE_WINDOW").is_none(), "{what} is missing");
        eprintln!("skipped: {what} is missing");
        return;
    }
    let photo = pictures::folder_of_pictures(1);
    let photo = photo.path().join("000.png");
    let mut desk = Desk::new();

    // Explore: a face comes up by itself, random draws another, Home and undo come back.
    desk.open(&[]);
    desk.wait_for("the first face", |shot| warm(shot, middle()) > 0.1);
    let start = desk.settled("explore");
    desk.key("r");
    let drawn = desk.wait_for("another face", |shot| changed(&start, shot, middle()) > 0.05);
    desk.key("ctrl+z");
    desk.wait_for("the first face again", |shot| changed(&start, shot, middle()) < 0.01);
    desk.key("ctrl+shift+z");
    desk.wait_for("the other face again", |shot| changed(&drawn, shot, middle()) < 0.01);

    // The slider of the dimension that matters most.
    desk.key("Home");
    desk.wait_for("the face of the beginning", |shot| changed(&drawn, shot, middle()) > 0.05);
    let home = desk.settled("home");
    desk.drag(FIRST_SLIDER, (FIRST_SLIDER.0 + 60, FIRST_SLIDER.1));
    let moved = desk.wait_for("a moved slider", |shot| changed(&home, shot, middle()) > 0.05);

    // Interpolate: two draws are there at once, Space plays the walk between them.
    desk.key("3");
    desk.wait_for("interpolate", |shot| changed(&moved, shot, everything()) > 0.1);
    let still = desk.settled("a walk");
    desk.key("space");
    desk.wait_for("a playing walk", |shot| changed(&still, shot, middle()) > 0.01);
    desk.key("space");
    desk.settled("a paused walk");

    // Reconstruct: a photo given on the command line. The wheel over it makes the crop smaller.
    desk.close();
    desk.open(&[&photo]);
    desk.wait_for("a reconstruction", |shot| changed(&still, shot, everything()) > 0.1);
    let whole = desk.settled("reconstruct");
    desk.point(PHOTO);
    for _ in 0..6 {
        desk.xdotool(&["click", "5"]);
    }
    desk.wait_for("a smaller crop", |shot| changed(&whole, shot, middle()) > 0.05);
    desk.close();

    // And by itself: the benchmark of the start closes the window when a face is there.
    let bench = Command::new(env!("CARGO_BIN_EXE_morphospace"))
        .args(["bench", "start", "--repeat", "1", "--json"])
        .env("DISPLAY", &desk.display)
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", desk.folder.path())
        .output()
        .unwrap();
    assert!(bench.status.success(), "{}", String::from_utf8_lossy(&bench.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&bench.stdout).unwrap();
    assert!(figures["milliseconds"].as_f64().unwrap() > 0.0);
}

/// The form's button for a small model and the one that starts, then the KL weight's knob at 1 and the right end
/// of its rail, in the window at its first size.
const QUICK_LOOK: (u32, u32) = (966, 105);
const START: (u32, u32) = (974, 729);
const KL_WEIGHT: (u32, u32) = (1074, 137);
const KL_WEIGHT_END: (u32, u32) = (1180, 137);

/// The cells of a column of a CSV file, from the top.
fn column(file: &Path, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut lines = text.lines();
    let place = lines.next().and_then(|head| head.split(',').position(|title| title == name));
    let cell = |line: &str| line.split(',').nth(place?).map(str::to_owned);
    lines.filter_map(cell).collect()
}

/// Starts the small run that the form offers on some photos, and waits until it trains. Returns the form's picture and
/// where runs are kept.
fn start_a_run(desk: &mut Desk, photos: &Path) -> (RgbImage, PathBuf) {
    // A folder of images is data to train on.
    desk.open(&[photos]);
    desk.wait_for("the form", |shot| warm(shot, everything()) < 0.5);
    let form = desk.settled("the form at rest");
    desk.point(QUICK_LOOK);
    desk.xdotool(&["click", "1"]);
    desk.wait_for("a preset", |shot| changed(&form, shot, everything()) > 0.0005);
    desk.point(START);
    desk.xdotool(&["click", "1"]);
    let runs = desk.folder.path().join("data/morphospace/runs");
    wait_until(desk, "a run in its folder", || only_run(&runs).is_some());
    desk.wait_for("a run that trains", |shot| changed(&form, shot, middle()) > 0.05);
    (form, runs)
}

fn only_run(runs: &Path) -> Option<PathBuf> {
    std::fs::read_dir(runs).ok()?.flatten().next().map(|entry| entry.path())
}

/// Steps in a run's checkpoint.
fn steps_saved(run: &Path) -> usize {
    let bytes = std::fs::read(run.join("checkpoint.safetensors")).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let about = &header.metadata().as_ref().unwrap()["morphospace"];
    serde_json::from_str::<serde_json::Value>(about).unwrap()["steps"].as_u64().unwrap() as usize
}

/// Signals, and a display that goes away, end the window when the run that goes on is saved.
#[test]
fn whatever_ends_the_window_the_run_is_saved() {
    if let Some(what) = missing() {
        assert!(std::env::var_os("MORPHOSPACE_REQUIRE_WINDOW").is_none(), "{what} is missing");
        return eprintln!("skipped: {what} is missing");
    }
    let photos = pictures::folder_of_pictures(40);
    for end in ["TERM and HUP", "INT", "the display"] {
        let mut desk = Desk::new();
        let (_, runs) = start_a_run(&mut desk, photos.path());
        let run = only_run(&runs).unwrap();
        let history = || column(&run.join("history.csv"), "step").len();
        wait_until(&mut desk, "some steps", || history() > 0);
        let mut window = desk.window.take().unwrap();
        match end {
            "the display" => desk.server.kill().unwrap(),
            signals => {
                for signal in signals.split(" and ") {
                    Command::new("kill")
                        .args([format!("-{signal}"), window.id().to_string()])
                        .status()
                        .unwrap();
                }
            }
        }
        let code = window.wait().unwrap().code();
        assert_eq!(code, Some(if end == "the display" { 1 } else { 130 }), "{end}");
        let saved = steps_saved(&run);
        assert!(saved > 0 && saved == history(), "{end}: {saved} steps of {}", history());
    }
}

/// Waits until what a run writes is as expected.
fn wait_until(desk: &mut Desk, what: &str, wanted: impl Fn() -> bool) {
    let began = Instant::now();
    while !wanted() {
        let shot = desk.screenshot();
        let alive = desk.window.as_mut().is_some_and(|w| w.try_wait().unwrap().is_none());
        if !alive || began.elapsed() > PATIENCE {
            desk.keep(&shot, what);
            panic!("waited in vain for {what}");
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_person_trains_and_turns_the_kl_weight() {
    if let Some(what) = missing() {
        assert!(std::env::var_os("MORPHOSPACE_REQUIRE_WINDOW").is_none(), "{what} is missing");
        return eprintln!("skipped: {what} is missing");
    }
    let photos = pictures::folder_of_pictures(40);
    let mut desk = Desk::new();
    let (form, runs) = start_a_run(&mut desk, photos.path());
    let folder = || only_run(&runs);
    let weights = || folder().map_or(Vec::new(), |run| column(&run.join("history.csv"), "kl_weight"));
    // The weight is moved while the run goes on, and the history has it from the very next step.
    desk.drag(KL_WEIGHT, KL_WEIGHT_END);
    let events = || folder().map_or(Vec::new(), |run| column(&run.join("events.csv"), "setting"));
    wait_until(&mut desk, "a change of the KL weight", || events().contains(&"kl_weight".to_owned()));
    let effect = || weights().iter().any(|weight| weight.parse::<f64>().is_ok_and(|weight| weight > 10.0));
    wait_until(&mut desk, "steps with the new KL weight", effect);
    let shot = desk.screenshot();
    desk.keep(&shot, "training");

    // Killed, it is offered at the next start.
    desk.close();
    desk.open(&[]);
    desk.wait_for("the face behind the offer", |shot| warm(shot, middle()) > 0.1);
    desk.key("5");
    let offered = desk.settled("an interrupted run");
    assert!(changed(&form, &offered, everything()) > 0.01, "nothing is offered");
    desk.close();
}

/// A display with nothing that could draw on it: no Vulkan driver, and OpenGL switched off.
#[test]
fn no_graphics_driver_is_a_sentence() {
    if let Some(what) = missing() {
        assert!(std::env::var_os("MORPHOSPACE_REQUIRE_WINDOW").is_none(), "{what} is missing");
        return eprintln!("skipped: {what} is missing");
    }
    let desk = Desk::new();
    let output = Command::new(env!("CARGO_BIN_EXE_morphospace"))
        .env("DISPLAY", &desk.display)
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", desk.folder.path())
        .envs([
            ("WGPU_BACKEND", "vulkan"),
            ("VK_DRIVER_FILES", "/nonexistent"),
            ("VK_ICD_FILENAMES", "/nonexistent"),
        ])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("graphics driver") && said.contains("mesa-vulkan-drivers"), "{said}");
}
