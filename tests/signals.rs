//! A run that is asked to end, or loses its folder, keeps what was done.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pictures::folder_of_pictures;
use serde_json::Value;

const SMALL: [&str; 8] =
    ["--image-size", "32", "--latent-dim", "8", "--base-width", "4", "--batch-size", "8"];
/// More than any of these runs does.
const MANY: &str = "1000000";
/// Generous: the machine may be busy compiling.
const PATIENCE: Duration = Duration::from_secs(120);

fn morphospace(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_morphospace"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    // Whoever runs the tests may ignore signals.
    signals_as_by_default(&mut command);
    command
}

fn signals_as_by_default(command: &mut Command) {
    let restore = || {
        for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
            // SAFETY: may be called between fork and exec.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        Ok(())
    };
    // SAFETY: nothing is called but what may be there.
    unsafe { command.pre_exec(restore) };
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn training<'a>(data: &'a Path, run: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    [&["train", "--data", text(data), "--out", text(run)], &SMALL[..], more].concat()
}

/// The signal is sent by then and may not have come: the program could still see that its folder is gone.
fn wait_until_stopped(child: &Child) {
    let stat = format!("/proc/{}/stat", child.id());
    for _ in 0..500 {
        // The state stands behind the name, which is in brackets.
        match std::fs::read_to_string(&stat) {
            Ok(stat) if stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T')) => return,
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn kill(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn info(run: &Path) -> Value {
    let output = morphospace(&["info", text(run), "--json"]).stdout(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn steps_saved(run: &Path) -> u64 {
    info(run)["steps"].as_u64().unwrap()
}

/// Lines of the history: the header and a line a step, as far as they are written.
fn steps_in_history(run: &Path) -> usize {
    std::fs::read_to_string(run.join("history.csv")).unwrap_or_default().lines().count().saturating_sub(1)
}

fn wait_until(what: &str, child: &mut Child, wanted: impl Fn() -> bool) {
    let began = Instant::now();
    while !wanted() {
        assert!(child.try_wait().unwrap().is_none(), "it has ended before {what}");
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Starts a run that has been saved at its start alone and has done some steps since.
fn begun(run: &Path, data: &Path, command: impl FnOnce(Vec<&str>) -> Command) -> Child {
    let never = ["--steps", MANY, "--save-every", MANY, "--validate-every", MANY, "--sample-every", MANY];
    let mut child = command(training(data, run, &never)).spawn().unwrap();
    wait_until("its steps", &mut child, || steps_in_history(run) > 0);
    child
}

#[test]
fn signals_that_come_together_end_a_run_when_it_is_saved() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    // A terminal that closes, `timeout` that tells a program and its group, a hand that presses twice, all at once.
    for (number, signals) in [
        ["-TERM", "-HUP", "-HUP"],
        ["-TERM", "-TERM", "-TERM"],
        ["-INT", "-INT", "-INT"],
        ["-HUP", "-TERM", "-INT"],
    ]
    .into_iter()
    .enumerate()
    {
        let run = folder.path().join(number.to_string());
        let child = begun(&run, data.path(), |arguments| morphospace(&arguments));
        let pid = child.id().to_string();
        for signal in signals {
            // It may be done by the last one.
            let _ = Command::new("kill").args([signal, &pid]).stderr(Stdio::null()).status();
            std::thread::sleep(Duration::from_millis(20));
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{signals:?}: {}", said(&output));
        assert!(said(&output).contains("saving…; press Ctrl-C again"), "{}", said(&output));
        let steps = steps_saved(&run);
        assert!(steps > 0 && steps as usize == steps_in_history(&run), "{signals:?}: {steps}");
    }
}

#[test]
fn a_hang_up_under_nohup_ends_nothing() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let run = folder.path().join("run");
    let mut child = begun(&run, data.path(), |arguments| {
        let mut command = Command::new("nohup");
        command.arg(env!("CARGO_BIN_EXE_morphospace")).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        signals_as_by_default(&mut command);
        command
    });
    kill("-HUP", &child);
    let steps = steps_in_history(&run);
    wait_until("more steps", &mut child, || steps_in_history(&run) > steps);
    kill("-TERM", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(steps_saved(&run) as usize > steps);
}

/// At a real keyboard, which `script` gives the program. A second Ctrl-C counts only after the first has been answered
/// and a moment has passed; the update of this run takes longer than that.
#[cfg(target_os = "linux")]
#[test]
fn a_second_ctrl_c_at_the_keyboard_hurries_once_it_was_said_what_it_costs() {
    if !Command::new("script").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return eprintln!("skipped: script (of util-linux) is missing");
    }
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let run = folder.path().join("run");
    let slow = ["--steps", MANY, "--image-size", "256", "--base-width", "32", "--batch-size", "16"];
    let (data, out) = (text(data.path()), text(&run));
    let line = [&[env!("CARGO_BIN_EXE_morphospace"), "train", "--data", data, "--out", out], &slow[..]];
    let mut command = Command::new("script");
    command.args(["-qefc", &line.concat().join(" "), "/dev/null"]);
    signals_as_by_default(&mut command);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    // What a terminal shows ends in no line break as long as a bar moves: it is read as it comes.
    let mut screen = child.stdout.take().unwrap();
    let shown = Arc::new(Mutex::new(Vec::new()));
    let reader = std::thread::spawn({
        let shown = Arc::clone(&shown);
        move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                shown.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        }
    });
    let shows = |words: &str| String::from_utf8_lossy(&shown.lock().unwrap()).contains(words);
    wait_until("its first checkpoint", &mut child, || shows("saved"));
    keyboard.write_all(b"\x03").unwrap();
    let warned = || shows("press Ctrl-C again to lose");
    wait_until("the sentence", &mut child, warned);
    std::thread::sleep(Duration::from_millis(1500));
    // The program may have been faster and be gone.
    let _ = keyboard.write_all(b"\x03");
    reader.join().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(info(&run)["steps"].as_u64().is_some(), "what was saved is whole");
}

#[test]
fn a_run_whose_planned_saves_are_far_apart_saves_itself_by_the_clock() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let run = folder.path().join("run");
    let mut child = begun(&run, data.path(), |arguments| {
        let mut command = morphospace(&arguments);
        command.env("MORPHOSPACE_SAVE_SECONDS", "0.2").stderr(Stdio::null());
        command
    });
    wait_until("a save", &mut child, || steps_saved(&run) > 0);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_that_was_ended_before_it_was_saved_says_so_and_begins_again() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let [whole, ended] = ["whole", "ended"].map(|name| folder.path().join(name));
    let steps = ["--steps", "6", "--kl-weight", "0.5"];
    let output = morphospace(&training(data.path(), &whole, &steps)).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    // As it is killed between its settings and its first checkpoint.
    std::fs::create_dir(&ended).unwrap();
    for name in [".lock", "config.json"] {
        std::fs::copy(whole.join(name), ended.join(name)).unwrap();
    }
    let about = info(&ended);
    assert_eq!((&about["steps"], &about["train"]["steps"]), (&0.into(), &6.into()));
    let again = morphospace(&["train", "--resume", text(&ended)]).output().unwrap();
    assert!(again.status.success(), "{}", said(&again));
    let history = |run: &Path| std::fs::read_to_string(run.join("history.csv")).unwrap();
    assert_eq!(history(&ended), history(&whole));

    // Killed after it was told to go on for longer and before it was saved as such: it goes on for longer.
    let config = std::fs::read_to_string(ended.join("config.json")).unwrap();
    std::fs::write(ended.join("config.json"), config.replace("\"steps\": 6", "\"steps\": 9")).unwrap();
    let longer = morphospace(&["train", "--resume", text(&ended)]).output().unwrap();
    assert!(longer.status.success(), "{}", said(&longer));
    assert_eq!(steps_saved(&ended), 9);
    let done = morphospace(&["train", "--resume", text(&ended)]).output().unwrap();
    assert!(said(&done).contains("has done its 9 steps"), "{}", said(&done));

    // A fork has no beginning of its own.
    let fork = folder.path().join("fork");
    std::fs::create_dir(&fork).unwrap();
    let config = config.replacen('{', &format!("{{\"forked_from\": {:?},", text(&whole)), 1);
    std::fs::write(fork.join("config.json"), config).unwrap();
    let refused = morphospace(&["train", "--resume", text(&fork)]).output().unwrap();
    assert!(said(&refused).contains("fork that one again"), "{}", said(&refused));
    let forked = ["train", "--fork", text(&whole), "--out", text(&fork), "--steps", "8"];
    let forked = morphospace(&forked).output().unwrap();
    assert!(forked.status.success(), "{}", said(&forked));
}

#[test]
fn a_folder_that_is_taken_away_is_made_again_with_its_lock_or_left_to_another() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let run = folder.path().join("run");
    let mut child = begun(&run, data.path(), |arguments| morphospace(&arguments));
    // To the program that is the same as if it were removed.
    std::fs::rename(&run, folder.path().join("trash")).unwrap();
    wait_until("the folder", &mut child, || run.join("checkpoint.safetensors").exists());
    let steps = steps_saved(&run);
    assert!(steps > 0, "it begins anew");
    let second = morphospace(&["train", "--resume", text(&run)]).output().unwrap();
    assert!(said(&second).contains("another Morphospace is training in this folder"), "{}", said(&second));

    // Another run takes the place of a folder that was moved away.
    let away = folder.path().join("away");
    kill("-STOP", &child);
    wait_until_stopped(&child);
    std::fs::rename(&run, &away).unwrap();
    let other = morphospace(&training(data.path(), &run, &["--steps", "3"])).output().unwrap();
    assert!(other.status.success(), "{}", said(&other));
    kill("-CONT", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = said(&output);
    assert!(words.contains("it is made again") && words.contains("another one has begun there"), "{words}");
    assert_eq!((steps_saved(&run), steps_in_history(&run)), (3, 3), "the other run is whole");
    assert!(steps_saved(&away) >= steps);
}
