//! Two programs in one place: a run is one program's at a time, a cache and a place for exports are everybody's.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use super::pictures::folder_of_pictures;
use super::{apart, morphospace, names, refusal, steps_saved, succeeds, text, training};

/// A training without end that has been saved at a later step than its first.
fn at_work(data: &Path, run: &Path) -> Child {
    let steps = ["--steps", "1000000", "--save-every", "2"];
    let mut child = morphospace()
        .args(training(data, run, &steps))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    lines
        .find(|line| line.as_ref().is_ok_and(|line| line.contains("saved") && line.contains(" 4 ")))
        .unwrap()
        .unwrap();
    // Nobody reads on; the program does not mind.
    child
}

#[test]
fn a_run_is_one_program_s_at_a_time_however_it_is_named() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let run = folder.path().join("run");
    let mut first = at_work(data.path(), &run);
    let checkpoint = run.join("checkpoint.safetensors");
    let data = text(data.path());
    for line in [
        vec!["train", "--resume", text(&run)],
        vec!["train", "--resume", text(&checkpoint), "--steps", "9"],
        vec!["prior", text(&run), "--data", data, "--kind", "gaussian"],
        vec!["prior", text(&checkpoint), "--data", data, "--kind", "gaussian"],
    ] {
        let output = morphospace().args(&line).output().unwrap();
        refusal(&output, &[text(&run), "another Morphospace is training", "wait for it or stop it"]);
    }
    let new = morphospace().args(["train", "--data", data, "--out", text(&run)]).output().unwrap();
    refusal(&new, &[text(&run), "a run is already in this folder", "--resume"]);
    // Looking and copying is everybody's.
    succeeds(morphospace().args(["info", text(&run)]));
    let copy = folder.path().join("model.safetensors");
    succeeds(morphospace().args(["export", text(&run), "--out", text(&copy)]));
    assert!(first.try_wait().unwrap().is_none(), "it goes on all the while");

    // Its lock goes with it, also when it is killed.
    first.kill().unwrap();
    first.wait().unwrap();
    let steps = steps_saved(&run);
    let more = (steps + 2).to_string();
    succeeds(morphospace().args(["train", "--resume", text(&run), "--steps", &more]));
    assert_eq!(steps_saved(&run), steps + 2);
}

#[test]
fn two_that_write_to_one_place_leave_it_whole() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("model.onnx");
    let spawn = |model: &str| {
        let mut command = apart(place.path());
        command.args(["export", model, "--out", text(&out)]).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    for _ in 0..2 {
        let both: Vec<Child> = ["vae-faces-64", "vae-faces-64"].map(spawn).into();
        for child in both {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert_eq!(names(place.path()), ["model.decoder.onnx", "model.encoder.onnx"]);
}
