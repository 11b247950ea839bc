//! A long time with the real window: training, clicks, keys, wheel, drags, drops, sizes and themes as a seeded
//! generator has them, while its memory, threads, open files and frames are watched.
//!
//! `cargo test --release --test soak -- --ignored --nocapture` takes two hours and ends with a report. Variables of
//! the environment change what it does:
//!
//! * `MORPHOSPACE_SOAK_SECONDS`: how long;
//! * `MORPHOSPACE_SOAK_SEED`: another order of things;
//! * `MORPHOSPACE_SOAK_FACES`: a folder of photos in place of drawn pictures;
//! * `MORPHOSPACE_SOAK_PROGRAM`: another build of the program;
//! * `MORPHOSPACE_SOAK_REPORT`: a file for what it prints at its end.
#![allow(clippy::print_stdout, reason = "the report is read by people")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]
#![cfg(all(feature = "gui", target_os = "linux"))]

#[path = "common/desk.rs"]
mod desk;
#[path = "soak/person.rs"]
mod person;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "soak/watch.rs"]
mod watch;
#[path = "common/x11.rs"]
mod x11;

use std::env;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use desk::{Desk, is_possible};
use person::Person;
use watch::Watch;

/// Room for windows of several sizes.
const DISPLAY: (u32, u32) = (1600, 1000);
/// The least memory of five minutes may grow so fast over the second half, in MiB an hour.
const SLOPE: f64 = 64.0;
/// A run that goes on is saved in this time.
const CLOSING: Duration = Duration::from_secs(180);

fn number(name: &str, usual: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
#[ignore = "two hours"]
fn the_window_stays_as_it_is_for_hours() {
    if !is_possible() {
        return;
    }
    let length = Duration::from_secs(number("MORPHOSPACE_SOAK_SECONDS", 7200));
    let drawn =
        pictures::folder_of_pictures(if env::var_os("MORPHOSPACE_SOAK_FACES").is_none() { 200 } else { 0 });
    let faces = env::var_os("MORPHOSPACE_SOAK_FACES").map_or(drawn.path().to_owned(), PathBuf::from);
    let mut desk = Desk::of_size(DISPLAY.0, DISPLAY.1);
    if let Some(program) = env::var_os("MORPHOSPACE_SOAK_PROGRAM") {
        desk.program = program.into();
    }
    desk.open(&[&faces]);
    let process = desk.window.as_ref().unwrap().id();
    let mut watch = Watch::over(process, desk.folder.path());
    let mut person = Person::new(number("MORPHOSPACE_SOAK_SEED", 1), &faces, desk.folder.path());
    desk.wait_widgets("the first screen", |widgets| (!widgets.is_empty()).then_some(()));

    let began = Instant::now();
    while began.elapsed() < length && desk.is_alive() {
        person.act(&mut desk);
        watch.look(&desk, &person.deeds);
    }
    let lived = began.elapsed();
    let alive = desk.is_alive();
    let closed = alive.then(|| person.leave(&mut desk, CLOSING)).flatten();
    let said = desk.said();
    let panics = said.lines().filter(|line| line.contains("panicked")).count();

    let mut report = watch.report(&person.deeds, lived);
    report += &format!("panics: {panics}\n");
    report += &match &closed {
        Some((code, time)) => format!("closed with {code:?} after {:.1} s\n", time.as_secs_f64()),
        None => format!("did not close by itself (alive: {alive})\n"),
    };
    report += &format!("on the terminal: {} lines\n{}", said.lines().count(), last(&said));
    let slope = watch.slope_of_the_least();
    let passed =
        alive && panics == 0 && closed.as_ref().is_some_and(|(code, _)| *code == Some(0)) && slope < SLOPE;
    report += if passed { "PASSED\n" } else { "FAILED\n" };
    println!("{report}");
    if let Some(file) = env::var_os("MORPHOSPACE_SOAK_REPORT") {
        std::fs::write(file, &report).unwrap();
    }
    assert!(passed, "see above; the limit of the slope is {SLOPE} MiB an hour");
}

/// The end of a long text.
fn last(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].iter().map(|line| format!("    {line}\n")).collect()
}
