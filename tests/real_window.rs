//! The real window, on a display of its own, driven with mouse and keyboard as a person would.
//!
//! Where something is missing that this needs (see `common/desk.rs`) it says so and passes, unless
//! `MORPHOSPACE_REQUIRE_WINDOW` is set.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do
#![cfg(all(feature = "gui", target_os = "linux"))]

#[path = "common/desk.rs"]
mod desk;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;
#[path = "common/tiny.rs"]
mod tiny;
#[path = "common/x11.rs"]
mod x11;

use std::path::{Path, PathBuf};
use std::process::Command;

use desk::{Desk, HEIGHT, WIDTH, Widget, changed, everything, is_possible, middle, warm};
use image::RgbImage;
use tiny::tiny_run;
use x11::DragSource;

#[test]
fn a_person_explores_reconstructs_and_walks() {
    if !is_possible() {
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
    let slider = desk.reach("a slider", |widget| widget.role == "Slider" && widget.name.starts_with('z'));
    desk.drag(slider, (slider.0 + 40, slider.1));
    let moved = desk.wait_for("a moved slider", |shot| changed(&home, shot, middle()) > 0.05);

    // Interpolate: two draws are there at once, Space plays the walk between them.
    desk.key("3");
    desk.wait_for("interpolate", |shot| changed(&moved, shot, everything()) > 0.1);
    let still = desk.settled("a walk");
    desk.key("space");
    desk.wait_for("a playing walk", |shot| changed(&still, shot, middle()) > 0.01);
    desk.key("space");
    desk.settled("a paused walk");

    // Reconstruct: a photo given on the command line. The wheel over it with Ctrl makes the crop smaller.
    desk.close();
    desk.open(&[&photo]);
    desk.wait_for("a reconstruction", |shot| changed(&still, shot, everything()) > 0.1);
    let whole = desk.settled("reconstruct");
    let photo = desk.reach("the crop", |widget| widget.name == "Crop of the photo");
    // Without Ctrl the panel scrolls.
    desk.xdotool(&["keydown", "ctrl"]);
    desk.wheel(photo, "5", 6);
    desk.xdotool(&["keyup", "ctrl"]);
    desk.wait_for("a smaller crop", |shot| changed(&whole, shot, middle()) > 0.05);
    desk.close();

    // And by itself: the benchmark of the start closes the window when a face is there.
    let bench = desk.command().args(["bench", "start", "--repeat", "1", "--json"]).output().unwrap();
    assert!(bench.status.success(), "{}", String::from_utf8_lossy(&bench.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&bench.stdout).unwrap();
    assert!(figures["milliseconds"].as_f64().unwrap() > 0.0);
}

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
    desk.click("Quick look");
    desk.wait_for("a preset", |shot| changed(&form, shot, everything()) > 0.0005);
    desk.click("Start training");
    let runs = desk.folder.path().join("data/morphospace/runs");
    desk.wait_until("a run in its folder", || only_run(&runs).is_some());
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
    if !is_possible() {
        return;
    }
    let photos = pictures::folder_of_pictures(40);
    for end in ["TERM and HUP", "INT", "the display"] {
        let mut desk = Desk::new();
        let (_, runs) = start_a_run(&mut desk, photos.path());
        let run = only_run(&runs).unwrap();
        let history = || column(&run.join("history.csv"), "step").len();
        desk.wait_until("some steps", || history() > 0);
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

#[test]
fn a_person_trains_and_turns_the_kl_weight() {
    if !is_possible() {
        return;
    }
    let photos = pictures::folder_of_pictures(40);
    let mut desk = Desk::new();
    let (form, runs) = start_a_run(&mut desk, photos.path());
    let folder = || only_run(&runs);
    let weights = || folder().map_or(Vec::new(), |run| column(&run.join("history.csv"), "kl_weight"));
    // The weight is moved while the run goes on, and the history has it from the very next step.
    let weight = |widget: &Widget| widget.role == "Slider" && widget.name == "KL weight";
    let knob = desk.reach("the KL weight", weight);
    let [left, _, width, _] = desk.widgets().iter().find(|widget| weight(widget)).unwrap().whole;
    desk.drag(knob, ((left + width) as u32 - 8, knob.1));
    let events = || folder().map_or(Vec::new(), |run| column(&run.join("events.csv"), "setting"));
    desk.wait_until("a change of the KL weight", || events().contains(&"kl_weight".to_owned()));
    let effect = || weights().iter().any(|weight| weight.parse::<f64>().is_ok_and(|weight| weight > 10.0));
    desk.wait_until("steps with the new KL weight", effect);
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

/// Drags files from another program onto the middle of the window and lets go of them there.
fn drop_files(desk: &Desk, files: &[&Path]) {
    let source = DragSource::of(&desk.display, files);
    assert!(source.hover((WIDTH / 2, HEIGHT / 2)), "the window takes no files");
    assert!(source.release(), "the window has not taken {files:?}");
}

fn wait_screen(desk: &mut Desk, name: &str) {
    let is_it = |widget: &Widget| widget.role == "Tab" && widget.name == name && widget.on == Some(true);
    desk.wait_widgets(name, |widgets| widgets.iter().any(is_it).then_some(()));
}

/// Waits until a picture, card or button has this name.
fn wait_named(desk: &mut Desk, name: &str) {
    let is_it = |widget: &Widget| widget.role != "Label" && widget.name == name;
    desk.wait_widgets(name, |widgets| widgets.iter().any(is_it).then_some(()));
}

#[test]
fn files_are_dropped_by_another_program() {
    if !is_possible() {
        return;
    }
    let photos = pictures::folder_of_pictures(5);
    let photo = |number: usize| photos.path().join(format!("{number:03}.png"));
    let mut desk = Desk::new();
    desk.open(&[]);
    desk.wait_for("the first face", |shot| warm(shot, middle()) > 0.1);
    let face = desk.settled("before a drag");

    // Over the window a cover says what will come of it; when the file leaves, the cover goes.
    let source = DragSource::of(&desk.display, &[&photo(0)]);
    assert!(source.hover((WIDTH / 2, HEIGHT / 2)));
    desk.wait_for("a cover", |shot| changed(&face, shot, everything()) > 0.3);
    source.leave();
    desk.wait_for("no cover", |shot| changed(&face, shot, everything()) < 0.05);

    // A photo is reconstructed, several become one list.
    drop_files(&desk, &[&photo(0)]);
    wait_screen(&mut desk, "Reconstruct");
    wait_named(&mut desk, "000.png");
    wait_named(&mut desk, "Crop of the photo");
    let files = [photo(1), photo(2), photo(3)];
    drop_files(&desk, &files.each_ref().map(|file| file.as_path()));
    for name in ["001.png", "002.png", "003.png"] {
        wait_named(&mut desk, name);
    }

    // Names as people give them.
    let named = photos.path().join("chân dung 100% (größer) %20 #1 ☺.png");
    std::fs::copy(photo(4), &named).unwrap();
    drop_files(&desk, &[&named]);
    wait_named(&mut desk, "chân dung 100% (größer) %20 #1 ☺.png");

    // No picture: a sentence with the file's name, and the window goes on.
    let words = photos.path().join("words.png");
    std::fs::write(&words, "these are words").unwrap();
    drop_files(&desk, &[&words]);
    desk.wait_text("words.png");

    // The folder of a run, and a checkpoint, are models.
    desk.key("1");
    wait_screen(&mut desk, "Explore");
    drop_files(&desk, &[tiny_run()]);
    wait_named(&mut desk, "VAE · tiny");
    let checkpoint = photos.path().join("kept.safetensors");
    std::fs::copy(tiny_run().join("checkpoint.safetensors"), &checkpoint).unwrap();
    drop_files(&desk, &[&checkpoint]);
    wait_named(&mut desk, "VAE · kept");
    desk.close();
}

#[test]
fn every_screen_is_worked_by_mouse_and_keys() {
    if !is_possible() {
        return;
    }
    // So many that some fall into the test split.
    let photos = pictures::folder_of_pictures(160);
    let photo = photos.path().join("000.png");
    let mut desk = Desk::new();
    desk.open(&[tiny_run()]);
    wait_named(&mut desk, "VAE · tiny");
    // Every screen is there by mouse and by keys.
    let names = ["Explore", "Reconstruct", "Interpolate", "Atlas", "Train", "Compare"];
    for name in names {
        desk.click_on(name, |widget| widget.role == "Tab" && widget.name == name);
        wait_screen(&mut desk, name);
    }
    for (number, name) in names.iter().enumerate() {
        desk.key(&(number + 1).to_string());
        wait_screen(&mut desk, name);
    }

    desk.key("1");
    wait_screen(&mut desk, "Explore");
    // The tiny model gives nearly the same picture for every code.
    desk.click("VAE · built-in faces 64");
    let before = desk.settled("explore by mouse");
    desk.click("Random");
    desk.wait_for("another picture", |shot| changed(&before, shot, middle()) > 0.03);

    desk.key("2");
    drop_files(&desk, &[&photo]);
    wait_named(&mut desk, "Crop of the photo");
    let before = desk.settled("reconstruct by mouse");
    desk.click("Difference");
    desk.wait_for("differences", |shot| changed(&before, shot, middle()) > 0.03);

    desk.key("3");
    wait_screen(&mut desk, "Interpolate");
    let still = desk.settled("a walk by keys");
    desk.key("space");
    desk.wait_for("a walk that plays", |shot| changed(&still, shot, middle()) > 0.01);
    desk.key("space");
    // Where there is no dialog, it is saved in a place of its own.
    desk.key("ctrl+s");
    let saved = desk.folder.path().join("Morphospace");
    desk.wait_until("a walk that is saved", || {
        std::fs::read_dir(&saved).is_ok_and(|files| files.count() > 0)
    });

    desk.key("4");
    wait_screen(&mut desk, "Atlas");
    drop_files(&desk, &[photos.path()]);
    desk.click("PCA");
    let form = desk.settled("the form of a map");
    desk.click("Draw map");
    let drawn = |widgets: &[Widget]| {
        widgets.iter().any(|widget| widget.name == "Save map…" && widget.enabled).then_some(())
    };
    desk.wait_widgets("a map", drawn);
    desk.wait_for("points", |shot| changed(&form, shot, middle()) > 0.005);

    desk.key("6");
    wait_screen(&mut desk, "Compare");
    drop_files(&desk, &[photos.path()]);
    desk.click("Measure");
    let measured = |widgets: &[Widget]| {
        let is_row = |widget: &&Widget| widget.role == "Row" && widget.name.contains("tiny");
        widgets.iter().any(|widget| is_row(&widget)).then_some(())
    };
    desk.wait_widgets("a row of numbers", measured);

    desk.key("5");
    wait_screen(&mut desk, "Train");
    drop_files(&desk, &[photos.path()]);
    desk.click("Quick look");
    desk.click("Start training");
    let runs = desk.folder.path().join("data/morphospace/runs");
    let steps = || only_run(&runs).map_or(0, |run| column(&run.join("history.csv"), "step").len());
    desk.wait_until("some steps", || steps() > 3);
    desk.click("Stop");
    desk.wait_text("· stopped");
    let saved = steps_saved(&only_run(&runs).unwrap());
    assert!(saved > 3 && saved == steps(), "{saved} steps of {}", steps());

    // Asked as a window manager asks, it closes at once.
    x11::ask_to_close(&desk.display);
    let status = desk.wait_end();
    assert_eq!(status.code(), Some(0), "{}", desk.said());
}

/// A display with nothing that could draw on it: no Vulkan driver, and OpenGL switched off.
#[test]
fn no_graphics_driver_is_a_sentence() {
    if !is_possible() {
        return;
    }
    let desk = Desk::new();
    let output = desk
        .command()
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
