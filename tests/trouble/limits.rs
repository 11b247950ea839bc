//! A system that gives no more memory, or no more handles of files: the program does what it can, or ends in a
//! sentence, and what was saved is whole.

use std::path::Path;
use std::process::{Command, Output};

use super::pictures::folder_of_pictures;
use super::{morphospace, names, sentence, steps_saved, succeeds, text, training};

/// The program under a limit of the shell, as in `ulimit -v 100000`.
fn limited(limit: &str, arguments: &[String]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit {limit}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_morphospace")]);
    command.args(arguments).env("MORPHOSPACE_CACHE_DIR", "").output().unwrap()
}

fn owned(line: &[&str]) -> Vec<String> {
    line.iter().map(|word| (*word).to_owned()).collect()
}

/// What the program makes of less and less. Of each limit whether it came to its end.
fn under_limits(limits: &[String], has_words: impl Fn(&Output) -> bool) -> Vec<bool> {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let run = folder.path().join("run");
    succeeds(morphospace().args(training(data.path(), &run, &["--steps", "3"])));
    let mut steps = 3;
    let mut went_well = Vec::new();
    for limit in limits {
        let line = owned(&["train", "--resume", text(&run), "--steps", &(steps + 3).to_string()]);
        let output = limited(limit, &line);
        if !output.status.success() {
            assert!(has_words(&output), "ulimit {limit}: {:?} {}", output.status, sentence(&output));
        }
        let saved = steps_saved(&run);
        assert!(saved == steps || saved == steps + 3, "ulimit {limit}: {saved}");
        assert!(saved == steps + 3 || !output.status.success());
        steps = saved;
        went_well.push(output.status.success());

        let sheet = folder.path().join("draws.png");
        let _ = std::fs::remove_file(&sheet);
        let output = limited(limit, &owned(&["sample", text(&run), "-n", "4", "--out", text(&sheet)]));
        if output.status.success() {
            look_at(&sheet);
        } else {
            assert!(has_words(&output), "ulimit {limit}: {:?} {}", output.status, sentence(&output));
        }
    }
    // Without the limit all goes on, and nothing is left of what was begun.
    succeeds(morphospace().args(["train", "--resume", text(&run), "--steps", &(steps + 3).to_string()]));
    assert_eq!(steps_saved(&run), steps + 3);
    assert!(names(&run).iter().all(|name| !name.ends_with(".tmp")), "{:?}", names(&run));
    went_well
}

fn look_at(picture: &Path) {
    morphospace::data::decode_image(picture, std::fs::read(picture).unwrap()).unwrap();
}

#[test]
fn without_handles_it_ends_in_a_sentence_or_does_its_work() {
    let limits: Vec<String> = [3, 4, 5, 6, 8, 10, 12, 16, 24, 64].map(|count| format!("-n {count}")).into();
    let in_words = |output: &Output| {
        let said = sentence(output);
        // With so few the system cannot even load it.
        said.contains("error while loading shared libraries")
            || (output.status.code() == Some(1) && said.contains("Too many open files"))
    };
    let went_well = under_limits(&limits, in_words);
    assert!(!went_well[0] && went_well[went_well.len() - 1], "{went_well:?}");
}

#[test]
fn without_memory_it_ends_and_what_was_saved_is_whole() {
    let limits: Vec<String> = [20, 60, 100, 140, 180, 220, 260, 300, 400, 600, 1000, 4000]
        .map(|mb| format!("-v {}", mb * 1024))
        .into();
    let in_words = |output: &Output| {
        let said = sentence(output);
        // An allocation that fails ends the program, as everywhere in Rust.
        let is_told =
            ["memory", "allocat", "shared libraries", "thread"].iter().any(|word| said.contains(word));
        is_told || output.status.code().is_none() && said.is_empty()
    };
    let went_well = under_limits(&limits, in_words);
    assert!(!went_well[0] && went_well[went_well.len() - 1], "{went_well:?}");
}
