//! Faces found in photos and in folders of them, by the program as a person or a script runs it. The portrait is NASA's
//! of Eileen Collins (public domain).
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/own_cache.rs"]
mod own_cache;
#[path = "common/program.rs"]
mod program;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use image::imageops::{FilterType, crop_imm, resize};
use image::{Rgb, RgbImage};
use morphospace::config::{Alignment, DataSource, Split};
use morphospace::data::Dataset;
use program::{json, morphospace, text};
use serde_json::Value;

fn portrait() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/portrait.jpg")
}

fn waves(path: &Path) {
    RgbImage::from_fn(200, 150, |x, y| Rgb([x as u8, y as u8, (x + y) as u8])).save(path).unwrap();
}

/// Cuts of the portrait that all show its face, elsewhere in each, and a picture that shows none.
fn album(count: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let whole = image::open(portrait()).unwrap().to_rgb8();
    for number in 0..count {
        let (left, top) = (number % 5 * 8, number % 3 * 2);
        let cut = crop_imm(&whole, left, top, 230 + number % 7 * 6, 250 + number % 4 * 10).to_image();
        cut.save(folder.path().join(format!("{number:03}.png"))).unwrap();
    }
    waves(&folder.path().join("waves.png"));
    folder
}

fn crop_of(row: &Value) -> [f64; 4] {
    ["center_x", "center_y", "size", "angle"].map(|name| row["crop"][name].as_f64().unwrap_or(0.0))
}

fn stderr(arguments: &[&str]) -> String {
    let output = morphospace(arguments);
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn photos_are_aligned_unless_something_else_is_said() {
    own_cache::own_cache();
    let folder = tempfile::tempdir().unwrap();
    let (out, photo, portrait) = (folder.path().join("out"), folder.path().join("large.png"), portrait());
    let small = image::open(&portrait).unwrap().to_rgb8();
    // Wide, the portrait at its right.
    let mut wide = RgbImage::from_pixel(900, 400, Rgb([80, 90, 70]));
    image::imageops::overlay(&mut wide, &small, 520, 40);
    wide.save(&photo).unwrap();

    let made = json(&["reconstruct", "ae-ffhq-64", text(&portrait), text(&photo), "--out", text(&out)]);
    let [alone, beside] = [0, 1].map(|row| crop_of(&made["rows"][row]));
    assert!((0.3..0.6).contains(&alone[2]), "{alone:?}");
    let expected = [(520.0 + 320.0 * alone[0]) / 900.0, (40.0 + 320.0 * alone[1]) / 400.0, 0.8 * alone[2]];
    for (found, expected) in beside.iter().zip(expected) {
        assert!((found - expected).abs() < 0.02, "{beside:?}, not {expected}");
    }
    assert!((beside[3] - alone[3]).abs() < 4.0, "{beside:?} {alone:?}");

    // The same said by hand gives the same.
    let [x, y, size, angle] = alone;
    let crop = format!("{x},{y},{size},{angle}");
    let by_hand = json(&["reconstruct", "ae-ffhq-64", text(&portrait), "--crop", &crop, "--out", text(&out)]);
    assert_eq!(by_hand["rows"][0]["re"], made["rows"][0]["re"]);
    let middle =
        json(&["reconstruct", "ae-ffhq-64", text(&portrait), "--align", "none", "--out", text(&out)]);
    assert_eq!(crop_of(&middle["rows"][0]), [0.5, 0.5, 1.0, 0.0]);
    let re = |made: &Value| made["rows"][0]["re"].as_f64().unwrap();
    assert!(re(&middle) > 1.5 * re(&made), "{} {}", re(&middle), re(&made));

    let none = folder.path().join("waves.png");
    waves(&none);
    let said = stderr(&["reconstruct", "ae-ffhq-64", text(&none), "--out", text(&out)]);
    assert!(
        said.contains("waves.png: No face was found in it, so that the middle square is taken"),
        "{said}"
    );
    let said = stderr(&["reconstruct", "ae-ffhq-64", text(&none), "--align", "none", "--out", text(&out)]);
    assert!(!said.contains("face"), "{said}");

    for wrong in ["0.5,0.5,1.2", "0.5,0.5,1,200", "0.5,0.5,2.5,10", "0.5,0.5,1,1,1"] {
        let output =
            morphospace(&["reconstruct", "ae-ffhq-64", text(&portrait), "--crop", wrong, "--out", "x"]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
    let grid = folder.path().join("grid.png");
    let walk = folder.path().join("walk.gif");
    let ends = ["interpolate", "ae-ffhq-64", text(&portrait), text(&photo), "--frames", "3"];
    json(&[&ends[..], &["--out", text(&walk)]].concat());
    json(&["traverse", "ae-ffhq-64", "--image", text(&portrait), "--dims", "0", "--out", text(&grid)]);
    for command in [["traverse", "--dims", "0"], ["directions", "apply", "--set=smile=1"]] {
        let tail = ["ae-ffhq-64", "--crop", "0.5,0.5,1", "--out", text(&grid)];
        assert_eq!(morphospace(&[&command[..], &tail].concat()).status.code(), Some(2), "{command:?}");
    }
}

#[test]
fn a_folder_of_photos_becomes_aligned_training_data_and_a_run_remembers_it() {
    own_cache::own_cache();
    let (album, folder) = (album(40), tempfile::tempdir().unwrap());
    let (data, run) = (text(album.path()), folder.path().join("run"));
    let small = ["--image-size", "32", "--latent-dim", "8", "--base-width", "4", "--batch-size", "8"];
    let order = ["train", "--model", "ae", "--data", data, "--align", "face", "--steps", "4"];
    let said = stderr(&[&order[..], &small, &["--out", text(&run)]].concat());
    assert!(said.contains("waves.png: no face was found in it"), "{said}");
    let config = std::fs::read_to_string(run.join("config.json")).unwrap();
    assert!(config.contains("\"aligned:"), "{config}");
    assert!(json(&["info", text(&run)])["train"].to_string().contains("aligned:"));
    let resumed = json(&["train", "--resume", text(&run), "--steps", "6"]);
    assert_eq!(resumed["steps"], 6);
    let otherwise = morphospace(&["train", "--resume", text(&run), "--steps", "8", "--data", data]);
    let said = String::from_utf8_lossy(&otherwise.stderr);
    assert!(!otherwise.status.success() && said.contains("--align face"), "{said}");
    let fine = ["train", "--resume", text(&run), "--steps", "8", "--data", data, "--align", "face"];
    assert_eq!(json(&fine)["steps"], 8);

    let count =
        |tail: &[&str]| json(&[&["evaluate", text(&run), "--split", "all"][..], tail].concat())["n"].clone();
    assert_eq!(count(&["--data", data, "--align", "face"]), 40);
    assert_eq!(count(&["--data", &format!("aligned:{data}")]), 40);
    assert_eq!(count(&["--data", data]), 41);
    let said = stderr(&["evaluate", text(&run), "--split", "all", "--data", data]);
    assert!(said.contains("trained on faces cut out of photos"), "{said}");
    let said = stderr(&["evaluate", text(&run), "--split", "all", "--data", data, "--align", "face"]);
    assert!(!said.contains("trained on faces") && said.contains("waves.png"), "{said}");
    let alone = morphospace(&["train", "--align", "face", "--resume", text(&run)]);
    assert_eq!(alone.status.code(), Some(2));
}

#[test]
fn aligned_folders_are_data_sets_of_their_own_in_the_cache_too() {
    own_cache::own_cache();
    let album = album(8);
    let path = album.path();
    let cache = tempfile::tempdir().unwrap();
    let mut go_on = |_| ControlFlow::Continue(());
    let mut load = |folder: Option<&Path>, alignment: Alignment| {
        Dataset::load_aligned(folder, path, alignment, 48, &mut go_on).unwrap()
    };
    let files = || std::fs::read_dir(cache.path()).unwrap().count();
    let squares = load(Some(cache.path()), Alignment::None);
    let faces = load(Some(cache.path()), Alignment::Face);
    assert_eq!((squares.len(), faces.len(), files()), (9, 8, 2));
    assert_eq!(faces.skipped()[0].reason, "no face was found in it");
    assert_ne!(squares.fingerprint(), faces.fingerprint());
    assert_ne!(squares.pixels(0).unwrap(), faces.pixels(0).unwrap());
    // All cuts show one face: as it is aligned they are alike.
    let difference = |data: &Dataset| {
        let (a, b) = (data.pixels(0).unwrap(), data.pixels(3).unwrap());
        a.iter().zip(b.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() / a.len() as u64
    };
    assert!(difference(&faces) < 15 && difference(&squares) > 2 * difference(&faces));
    // The parts are those of the files, whatever is cut out of them.
    let names = |data: &Dataset, split| {
        data.indices(split).into_iter().map(|index| data.name(index).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&faces, Split::Train), {
        let mut all = names(&squares, Split::Train);
        all.retain(|name| name != "waves.png");
        all
    });
    for alignment in [Alignment::Face, Alignment::None, Alignment::Face] {
        let again = load(Some(cache.path()), alignment);
        let first = if alignment == Alignment::Face { &faces } else { &squares };
        assert_eq!((again.fingerprint(), again.is_cached(), files()), (first.fingerprint(), true, 2));
    }
    assert_eq!(load(None, Alignment::Face).fingerprint(), faces.fingerprint());
    let source = DataSource::Folder(path.to_owned()).aligned(Alignment::Face);
    let opened = Dataset::open(&source, 48, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(opened.fingerprint(), faces.fingerprint());
    // A picture that comes makes both anew, and each takes the place of its own.
    let whole = image::open(portrait()).unwrap().to_rgb8();
    resize(&whole, 200, 200, FilterType::Triangle).save(path.join("100.png")).unwrap();
    assert_eq!(load(Some(cache.path()), Alignment::Face).len(), 9);
    assert_eq!((load(Some(cache.path()), Alignment::None).len(), files()), (10, 2));
}
