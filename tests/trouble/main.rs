//! Trouble around a run: numbers that explode, a disk that is full or gone, folders that are another's, no memory, no
//! handles, two programs in one place, files that change beneath their reader, no display. Each is one sentence, and
//! nothing that was saved is lost.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[cfg(unix)]
mod changing;
#[path = "../common/folder.rs"]
mod folder;
#[cfg(target_os = "linux")]
mod limits;
#[path = "../common/pictures.rs"]
mod pictures;
#[cfg(target_os = "linux")]
mod places;
#[cfg(unix)]
mod sharing;

use std::path::Path;
use std::process::{Command, Output};

use folder::names;
use pictures::folder_of_pictures;
use serde_json::Value;

fn morphospace() -> Command {
    Command::new(env!("CARGO_BIN_EXE_morphospace"))
}

fn training(data: &Path, out: &Path, more: &[&str]) -> Vec<String> {
    let (data, out) = (data.to_str().unwrap(), out.to_str().unwrap());
    let small = ["--image-size", "32", "--latent-dim", "8", "--base-width", "4", "--batch-size", "8"];
    let all = [&["train", "--data", data, "--out", out], &small[..], more].concat();
    all.into_iter().map(str::to_owned).collect()
}

/// The program with its own files, and those of the cache, in `place`.
fn apart(place: &Path) -> Command {
    let mut command = morphospace();
    for variable in ["XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
        command.env_remove(variable);
    }
    command.env("HOME", place.join("home")).env("MORPHOSPACE_CACHE_DIR", place.join("cache"));
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The one sentence of a program that has failed, which has all these words in it.
fn refusal(output: &Output, words: &[&str]) -> String {
    let said = sentence(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let refusals: Vec<&str> = said.lines().filter(|line| line.starts_with("morphospace: ")).collect();
    assert_eq!(refusals.len(), 1, "{said}");
    for word in words {
        assert!(refusals[0].contains(word), "'{word}' is missing: {said}");
    }
    refusals[0].to_owned()
}

fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = sentence(&output);
    assert!(output.status.success(), "{said}");
    said
}

fn sentence(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn steps_saved(run: &Path) -> u64 {
    let output = morphospace().args(["info", run.to_str().unwrap(), "--json"]).output().unwrap();
    assert!(output.status.success(), "{}", sentence(&output));
    serde_json::from_slice::<Value>(&output.stdout).unwrap()["steps"].as_u64().unwrap()
}

#[test]
fn a_run_that_explodes_stops_at_its_last_good_checkpoint() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    // The weights themselves become infinite, or only what is computed from them.
    for (rate, weight) in [("1e38", "1"), ("1e-3", "1e300")] {
        let run = folder.path().join(rate.to_owned() + weight);
        let more = ["--lr", rate, "--kl-weight", weight, "--steps", "200", "--save-every", "1"];
        let more = [&more[..], &["--lr-schedule", "constant", "--normalization", "none"]].concat();
        let output = morphospace().args(training(data.path(), &run, &more)).output().unwrap();
        let said = sentence(&output);
        assert_eq!(output.status.code(), Some(1), "lr {rate}, KL weight {weight}: {said}");
        let last = said.lines().last().unwrap();
        assert!(last.contains("diverged") && last.contains("--lr") && last.contains("--kl-weight"), "{last}");
        // Opening a checkpoint refuses values that are not numbers.
        assert!(steps_saved(&run) < 200);
    }
}

#[test]
fn a_place_that_cannot_be_written_to_is_named_at_once() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let file = folder.path().join("a file");
    std::fs::write(&file, "mine").unwrap();
    let mut places = vec![file.clone(), file.join("below it")];
    if cfg!(target_os = "linux") {
        places.push("/proc/morphospace".into());
    }
    for place in places {
        let output = morphospace().args(training(data.path(), &place, &[])).output().unwrap();
        let said = sentence(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.lines().last().unwrap().contains(place.to_str().unwrap()), "{said}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
}

/// A limit on the size of files acts as a full disk does: writes fail in the middle.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_does_not_stop_training_and_costs_nothing_once_there_is_room() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let run = folder.path().join("run");
    // The shell makes the program ignore the signal that comes with that limit.
    let mut child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_morphospace")])
        .args(training(data.path(), &run, &["--steps", "3000", "--save-every", "50"]))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (pid, stderr) = (child.id().to_string(), child.stderr.take().unwrap());
    let limit = |bytes: &str| {
        let set =
            Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")]).status();
        assert!(set.unwrap().success());
    };
    let mut warned = 0;
    let mut before = Vec::new();
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        if line.contains("saved") && line.contains(" 100 ") {
            before = std::fs::read(run.join("checkpoint.safetensors")).unwrap();
            limit("20000");
        }
        if line.contains("tries again") {
            assert!(line.contains("checkpoint.safetensors") || line.contains("history.csv"), "{line}");
            // What was there before is still whole.
            assert!(
                !before.is_empty() && before == std::fs::read(run.join("checkpoint.safetensors")).unwrap()
            );
            warned += 1;
            if warned == 3 {
                limit("unlimited");
            }
        }
    }
    assert!(child.wait().unwrap().success());
    assert!(warned >= 3, "{warned} warnings");
    assert_eq!(steps_saved(&run), 3000);
    let history = std::fs::read_to_string(run.join("history.csv")).unwrap();
    let steps: Vec<u64> =
        history.lines().skip(1).map(|l| l.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(steps, (1..=3000).collect::<Vec<_>>(), "the history has every step once");
}

#[cfg(all(feature = "gui", target_os = "linux"))]
#[test]
fn no_display_and_one_that_does_not_answer_are_sentences() {
    for (display, word) in [(None, "no display"), (Some(":9271"), "DISPLAY=:9271")] {
        let mut command = morphospace();
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(variable);
        }
        let output = command.envs(display.map(|d| ("DISPLAY", d))).output().unwrap();
        let said = sentence(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(word) && said.contains("--help") && said.lines().count() == 1, "{said}");
        assert!(!said.contains(".rs"), "a person has no use for source files: {said}");
    }
}
