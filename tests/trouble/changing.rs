//! A folder that changes while it is read: files vanish, are replaced, grow, come. What is read is what was there at
//! some time, and the next start sees what is there then.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use morphospace::data::Dataset;
use morphospace::export::write_png;

use super::pictures::{folder_of_pictures, picture};
use super::{apart, sentence, text};

/// Changes a picture in one of the ways.
fn change(folder: &Path, number: usize) {
    let file = folder.join(format!("{:03}.png", number % 60));
    match number % 5 {
        0 => drop(std::fs::remove_file(&file)),
        1 => write_png(&picture(50, 50, number), &file).unwrap(),
        // It grows behind its end, or is cut off as by a copy that has just begun.
        2 => {
            let bytes = std::fs::read(&file).unwrap_or_default();
            std::fs::write(&file, [&bytes[..], &[0; 4000]].concat()).unwrap();
        }
        3 => {
            let bytes = std::fs::read(&file).unwrap_or_default();
            std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
        }
        _ => write_png(&picture(40, 36, number), &folder.join(format!("new-{number}.png"))).unwrap(),
    }
}

#[test]
fn a_folder_that_changes_while_it_is_read_is_read_as_far_as_it_is_there() {
    let (data, place) = (folder_of_pictures(60), tempfile::tempdir().unwrap());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0;
            while !done.load(Ordering::Relaxed) {
                change(data.path(), number);
                number += 1;
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        });
        for round in 0..8 {
            let run = place.path().join(format!("run-{round}"));
            let mut train = apart(place.path());
            train.args(["train", "--data", text(data.path()), "--out", text(&run), "--steps", "2"]);
            train.args(["--image-size", "32", "--latent-dim", "4", "--base-width", "4", "--batch-size", "4"]);
            let output = train.output().unwrap();
            assert!(output.status.success(), "round {round}: {}", sentence(&output));
        }
        done.store(true, Ordering::Relaxed);
    });
    // Now that it is quiet, what the cache gives is what is there.
    let go_on = &mut |_| ControlFlow::Continue(());
    let cache = place.path().join("cache");
    let cached = Dataset::load_with(Some(&cache), data.path(), 32, go_on).unwrap();
    let again = Dataset::load_with(Some(&cache), data.path(), 32, go_on).unwrap();
    let fresh = Dataset::load_with(None, data.path(), 32, go_on).unwrap();
    assert_eq!(cached.fingerprint(), fresh.fingerprint());
    assert_eq!(again.fingerprint(), fresh.fingerprint());
    assert_eq!(cached.skipped(), fresh.skipped());
}

#[test]
fn a_run_whose_images_are_gone_says_so_and_keeps_what_it_had() {
    let (data, place) = (folder_of_pictures(40), tempfile::tempdir().unwrap());
    let run = place.path().join("run");
    let line = |steps: &str| {
        let mut train = apart(place.path());
        train.args(super::training(data.path(), &run, &["--steps", steps]));
        train
    };
    super::succeeds(&mut line("3"));
    for entry in std::fs::read_dir(data.path()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let mut resume = apart(place.path());
    let output = resume.args(["train", "--resume", text(&run), "--steps", "6"]).output().unwrap();
    super::refusal(&output, &[text(data.path()), "holds no images"]);
    assert_eq!(super::steps_saved(&run), 3, "what was saved is whole");
}
