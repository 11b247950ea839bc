//! The real window on a display of its own, with a mouse and a keyboard.
//!
//! It needs Xvfb, xdotool, ImageMagick's `import` and a software Vulkan. With `MORPHOSPACE_SCREENSHOTS` set to a
//! folder the pictures that it takes are kept there. The window says itself where its widgets are and what they show
//! (see `src/gui/witness.rs`), so that no test has to know how its screens are laid out.
#![allow(dead_code, reason = "each test uses the parts that it needs")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use image::RgbImage;
use serde::Deserialize;
use tempfile::TempDir;

pub const WIDTH: u32 = 1280;
pub const HEIGHT: u32 = 800;
/// Generous: the machine may be busy compiling.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// A display, and the window on it.
pub struct Desk {
    pub display: String,
    pub server: Child,
    pub window: Option<Child>,
    pub folder: TempDir,
    pub program: PathBuf,
    shots: usize,
}

/// A widget as the window tells of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Widget {
    pub role: String,
    pub name: String,
    #[serde(default)]
    pub value: String,
    /// Left, top, width and height of the part that is to be seen.
    pub seen: Option<[f32; 4]>,
    pub whole: [f32; 4],
    pub on: Option<bool>,
    pub clickable: bool,
    pub focused: bool,
    pub enabled: bool,
}

impl Widget {
    /// The middle of what is to be seen of it, if that is most of it.
    pub fn middle(&self) -> Option<(u32, u32)> {
        let [left, top, width, height] = self.seen?;
        let whole = self.whole[2] * self.whole[3];
        let (x, y) = (left + width / 2.0, top + height / 2.0);
        (width * height > 0.6 * whole && x >= 0.0 && y >= 0.0).then_some((x as u32, y as u32))
    }

    /// Whether a click on it does something.
    pub fn is_open(&self) -> bool {
        self.clickable && self.enabled && self.role != "Label"
    }

    pub fn says(&self, text: &str) -> bool {
        self.name.contains(text) || self.value.contains(text)
    }

    /// The area of it that is to be seen.
    pub fn area(&self) -> Option<Area> {
        let [left, top, width, height] = self.seen?.map(|side| side.max(0.0) as u32);
        Some((left, top, width, height))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        for child in self.window.iter_mut().chain([&mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("the window said:\n{}", self.said());
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
    let software_vulkan = drivers.iter().flat_map(fs::read_dir).flatten().flatten().any(|file| {
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

/// Whether there is all that a window needs here. Where something is missing it says so, and fails if
/// `MORPHOSPACE_REQUIRE_WINDOW` is set.
pub fn is_possible() -> bool {
    let missing = missing();
    if let Some(what) = missing {
        assert!(std::env::var_os("MORPHOSPACE_REQUIRE_WINDOW").is_none(), "{what} is missing");
        eprintln!("skipped: {what} is missing");
    }
    missing.is_none()
}

impl Desk {
    pub fn new() -> Self {
        Self::of_size(WIDTH, HEIGHT)
    }

    /// A display of this size.
    pub fn of_size(width: u32, height: u32) -> Self {
        // Xvfb finds a free display itself and writes its number to the pipe.
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let display = format!(":{}", line.trim());
        let program = PathBuf::from(env!("CARGO_BIN_EXE_morphospace"));
        Self { display, server, window: None, folder: TempDir::new().unwrap(), program, shots: 0 }
    }

    /// The program on this display and in English; nothing of the person's own settings is read or written.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("DISPLAY", &self.display)
            .env("HOME", self.folder.path())
            .env("XDG_DATA_HOME", self.folder.path().join("data"))
            .env("LC_ALL", "en_US.UTF-8");
        for other in ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XDG_CONFIG_HOME", "LANGUAGE"] {
            command.env_remove(other);
        }
        command
    }

    /// Opens the window as from a shell.
    pub fn open(&mut self, arguments: &[&Path]) {
        let account = self.folder.path().join("witness");
        let _ = fs::remove_dir_all(&account);
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut window = self.command();
        window.args(arguments).env("MORPHOSPACE_WITNESS", account).stderr(log);
        self.window = Some(window.spawn().unwrap());
        // There is no window manager here that would give it the keyboard.
        self.xdotool(&["search", "--sync", "--onlyvisible", "--name", "^Morphospace$", "windowfocus"]);
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("stderr.txt")
    }

    /// Everything that the window has written to the terminal.
    pub fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Kills the window.
    pub fn close(&mut self) {
        let mut window = self.window.take().unwrap();
        window.kill().unwrap();
        window.wait().unwrap();
    }

    pub fn is_alive(&mut self) -> bool {
        self.window.as_mut().is_none_or(|window| window.try_wait().unwrap().is_none())
    }

    pub fn xdotool(&self, arguments: &[&str]) {
        let status = Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).status();
        assert!(status.unwrap().success(), "xdotool {arguments:?}");
    }

    pub fn key(&self, key: &str) {
        self.xdotool(&["key", key]);
    }

    pub fn point(&self, (x, y): (u32, u32)) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
    }

    /// Turns the wheel here: 4 is up, 5 is down.
    pub fn wheel(&self, at: (u32, u32), button: &str, times: usize) {
        self.point(at);
        self.xdotool(&["click", "--repeat", &times.to_string(), "--delay", "20", button]);
    }

    /// Drags with the left button, slowly enough to be seen as a drag.
    pub fn drag(&self, from: (u32, u32), to: (u32, u32)) {
        self.point(from);
        self.xdotool(&["mousedown", "1"]);
        // A press and a release in one frame of a busy machine would be a click.
        sleep(Duration::from_millis(200));
        for step in 1..=8 {
            let at = |a: u32, b: u32| (i64::from(a) + (i64::from(b) - i64::from(a)) * step / 8) as u32;
            self.point((at(from.0, to.0), at(from.1, to.1)));
            sleep(Duration::from_millis(20));
        }
        sleep(Duration::from_millis(200));
        self.xdotool(&["mouseup", "1"]);
    }

    /// The widgets of the last frame.
    pub fn widgets(&self) -> Vec<Widget> {
        let file = self.folder.path().join("witness/widgets.json");
        fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Waits until the widgets are as expected.
    pub fn wait_widgets<R>(&mut self, what: &str, wanted: impl Fn(&[Widget]) -> Option<R>) -> R {
        let began = Instant::now();
        loop {
            let widgets = self.widgets();
            if let Some(found) = wanted(&widgets) {
                return found;
            }
            let alive = self.is_alive();
            if !alive || began.elapsed() > PATIENCE {
                let shot = self.screenshot();
                self.keep(&shot, what);
                let there: Vec<String> =
                    widgets.iter().map(|w| format!("{} “{}” {}", w.role, w.name, w.value)).collect();
                panic!("waited in vain for {what} (alive: {alive}); there is\n{}", there.join("\n"));
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// Waits until something in the window says this.
    pub fn wait_text(&mut self, text: &str) -> Widget {
        self.wait_widgets(text, |widgets| widgets.iter().find(|widget| widget.says(text)).cloned())
    }

    /// Clicks the widget of this name, scrolling to it where need be.
    pub fn click(&mut self, name: &str) {
        self.click_on(name, |widget| widget.name == name);
    }

    pub fn click_on(&mut self, what: &str, wanted: impl Fn(&Widget) -> bool) {
        let at = self.reach(what, |widget| widget.is_open() && wanted(widget));
        self.point(at);
        self.xdotool(&["click", "1"]);
    }

    /// The middle of a widget, once it is to be seen and rests.
    pub fn reach(&mut self, what: &str, wanted: impl Fn(&Widget) -> bool) -> (u32, u32) {
        let find = |widgets: &[Widget]| {
            let mut fitting = widgets.iter().filter(|widget| wanted(widget));
            let first = fitting.next()?.clone();
            Some(
                fitting
                    .find(|widget| first.middle().is_none() && widget.middle().is_some())
                    .cloned()
                    .unwrap_or(first),
            )
        };
        for _ in 0..60 {
            let widget = self.wait_widgets(what, find);
            sleep(Duration::from_millis(120));
            match (widget.middle(), find(&self.widgets()).and_then(|again| again.middle())) {
                (Some(at), Some(again)) if at == again => return at,
                (None, None) => {
                    let [left, top, width, _] = widget.whole;
                    let side = if top as u32 > HEIGHT / 2 { "5" } else { "4" };
                    let x = (left + width / 2.0).clamp(0.0, WIDTH as f32 - 8.0) as u32;
                    self.wheel((x, HEIGHT / 2), side, 2);
                }
                _ => (),
            }
        }
        panic!("{what} does not come into view");
    }

    pub fn screenshot(&self) -> RgbImage {
        let file = self.folder.path().join("shot.png");
        let status = Command::new("import")
            .args(["-window", "root", file.to_str().unwrap()])
            .env("DISPLAY", &self.display)
            .status();
        assert!(status.unwrap().success(), "no screenshot");
        image::open(&file).unwrap().into_rgb8()
    }

    /// Takes pictures until one is as expected; keeps it if asked to.
    pub fn wait_for(&mut self, what: &str, wanted: impl Fn(&RgbImage) -> bool) -> RgbImage {
        let began = Instant::now();
        loop {
            let shot = self.screenshot();
            let alive = self.is_alive();
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
            sleep(Duration::from_millis(100));
        }
    }

    pub fn keep(&mut self, shot: &RgbImage, what: &str) {
        let Some(folder) = std::env::var_os("MORPHOSPACE_SCREENSHOTS").map(PathBuf::from) else { return };
        fs::create_dir_all(&folder).unwrap();
        self.shots += 1;
        shot.save(folder.join(format!("{:02} {what}.png", self.shots))).unwrap();
    }

    /// Two pictures in a row that are the same: nothing moves any more.
    pub fn settled(&mut self, what: &str) -> RgbImage {
        let mut before = self.screenshot();
        let began = Instant::now();
        loop {
            sleep(Duration::from_millis(300));
            let now = self.screenshot();
            if changed(&before, &now, everything()) == 0.0 {
                self.keep(&now, what);
                return now;
            }
            assert!(began.elapsed() < PATIENCE, "{what}: the window does not come to rest");
            before = now;
        }
    }

    /// Waits until the window has closed by itself.
    pub fn wait_end(&mut self) -> std::process::ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.window.as_mut().unwrap().try_wait().unwrap() {
                return status;
            }
            if began.elapsed() > PATIENCE {
                let shot = self.screenshot();
                self.keep(&shot, "the end");
                panic!("the window does not close");
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// Waits until what the program writes is as expected.
    pub fn wait_until(&mut self, what: &str, wanted: impl Fn() -> bool) {
        let began = Instant::now();
        while !wanted() {
            let shot = self.screenshot();
            let alive = self.window.as_mut().is_some_and(|w| w.try_wait().unwrap().is_none());
            if !alive || began.elapsed() > PATIENCE {
                self.keep(&shot, what);
                panic!("waited in vain for {what}");
            }
            sleep(Duration::from_millis(200));
        }
    }
}

/// x, y, width, height.
pub type Area = (u32, u32, u32, u32);

pub fn everything() -> Area {
    (0, 0, WIDTH, HEIGHT)
}

/// Between the lists at the left and the settings at the right: where the pictures are.
pub fn middle() -> Area {
    (WIDTH * 3 / 10, HEIGHT / 10, WIDTH * 4 / 10, HEIGHT * 8 / 10)
}

fn pixels(shot: &RgbImage, (x, y, width, height): Area) -> impl Iterator<Item = [u8; 3]> + '_ {
    (y..y + height).flat_map(move |y| (x..x + width).map(move |x| shot.get_pixel(x, y).0))
}

/// Share of the pixels of an area that differ visibly.
pub fn changed(a: &RgbImage, b: &RgbImage, area: Area) -> f64 {
    let differ = |(a, b): &([u8; 3], [u8; 3])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 12);
    let count = pixels(a, area).zip(pixels(b, area)).filter(differ).count();
    count as f64 / f64::from(area.2 * area.3)
}

/// Share of the pixels of an area with the warm colours of skin and hair: red over green over blue.
pub fn warm(shot: &RgbImage, area: Area) -> f64 {
    let is_warm = |[r, g, b]: &[u8; 3]| *r > 60 && r.saturating_sub(*g) > 8 && g.saturating_sub(*b) > 2;
    pixels(shot, area).filter(is_warm).count() as f64 / f64::from(area.2 * area.3)
}
