//! Programs that are killed again and again, at moments that nobody chose: nothing that was announced is lost, and
//! nothing is half written.
//!
//! A few kills of each kind of work are part of the ordinary tests. `MORPHOSPACE_STORM_KILLS` asks for more: so many
//! over all kinds, each having its share, as in
//!
//! ```text
//! MORPHOSPACE_STORM_KILLS=1000 cargo test --release --test storm -- --nocapture
//! ```
//!
//! Each kind prints how often it was killed, how often in the middle of writing a file, and how often it was done
//! before that.
#![cfg(unix)]
#![allow(clippy::print_stdout, reason = "the counts of a storm are read by people")]
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

mod exports;
#[path = "../common/folder.rs"]
mod folder;
#[path = "../common/pictures.rs"]
mod pictures;
mod priors;
mod serving;
mod sets;
mod training;

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use folder::names;
use serde_json::Value;

/// Environment variable with the number of kills over all kinds of work.
const KILLS: &str = "MORPHOSPACE_STORM_KILLS";
/// Kills of each kind of work if nobody says.
const FEW: usize = 4;
/// Kinds of work: six of training, two of data sets, aligning, exporting, faces, priors, two of serving.
const KINDS: usize = 14;

/// A kind of work that may be killed at any moment.
trait Work {
    /// Its name, for people.
    fn name(&self) -> String;
    /// Starts it, from the beginning or where it was killed.
    fn start(&mut self) -> Life;
    /// Looks at what a killed one has left. Whether it was killed in the middle of writing a file.
    fn killed(&mut self, said: &Said) -> bool;
    /// It came to its end before it could be killed: looks at the outcome, and makes room for the next.
    fn done(&mut self, said: &Said);
    /// The longest that it is let live.
    fn longest(&self) -> Duration;

    /// Lets what was killed last go on to its end.
    fn finish(&mut self) {
        let said = self.start().end();
        assert!(said.success, "{}: {}", self.name(), said.errors);
        self.done(&said);
    }
}

/// A program at work.
struct Life {
    child: Child,
    out: JoinHandle<Vec<u8>>,
    errors: JoinHandle<Vec<u8>>,
}

/// Words of a program that has ended.
struct Said {
    out: Vec<u8>,
    errors: String,
    success: bool,
}

impl Life {
    fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = read_all(child.stdout.take().unwrap());
        Life { errors: read_all(child.stderr.take().unwrap()), child, out }
    }

    /// Waits for its end.
    fn end(mut self) -> Said {
        let success = self.child.wait().unwrap().success();
        let errors = String::from_utf8(self.errors.join().unwrap()).unwrap();
        Said { out: self.out.join().unwrap(), errors, success }
    }
}

/// Reads to the end, which comes with that of the program.
fn read_all(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What has come before a stream breaks is what was said.
        let _ = stream.read_to_end(&mut bytes);
        bytes
    })
}

/// Draws moments from the clock, so that every time the tests run they try others.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        Chance(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64 | 1)
    }

    /// From 0 to 1.
    fn part(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, count: usize) -> usize {
        (self.part() * count as f64) as usize
    }
}

/// Says which kill it was when a look at what it has left fails.
struct Failing<'a>(&'a str, usize, Duration);

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: after kill {}, {:?} into its life", self.0, self.1, self.2);
        }
    }
}

/// Kills a kind of work as often as is asked for.
fn storm(work: &mut dyn Work) {
    let asked = std::env::var(KILLS).ok().map(|kills| kills.parse::<usize>().unwrap().div_ceil(KINDS));
    let wanted = asked.unwrap_or(FEW);
    let name = work.name();
    let (mut chance, began) = (Chance::new(), Instant::now());
    let mut longest = work.longest();
    let (mut kills, mut struck, mut done, mut done_in_a_row) = (0, 0, 0, 0);
    while kills < wanted {
        let mut life = work.start();
        let moment = longest.mul_f64(chance.part());
        std::thread::sleep(moment);
        let _ = life.child.kill();
        let said = life.end();
        let _failing = Failing(&name, kills, moment);
        if said.success {
            work.done(&said);
            (done, done_in_a_row) = (done + 1, done_in_a_row + 1);
            // On a machine that was busy before, work takes a part of the time that was measured.
            if done_in_a_row > 2 {
                longest = longest.mul_f64(0.7);
            }
        } else {
            assert!(!said.errors.contains("morphospace: "), "it has failed by itself: {}", said.errors);
            (kills, done_in_a_row) = (kills + 1, 0);
            struck += usize::from(work.killed(&said));
        }
    }
    work.finish();
    println!(
        "{name}: killed {kills} times, {struck} times in the middle of writing a file; {done} times done before that; \
         {:.0} s",
        began.elapsed().as_secs_f64()
    );
}

/// The program with a place of its own for everything that it keeps.
fn morphospace(place: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_morphospace"));
    for folder in ["home", "tmp"] {
        std::fs::create_dir_all(place.join(folder)).unwrap();
    }
    command.env("HOME", place.join("home")).env("TMPDIR", place.join("tmp"));
    command.env("MORPHOSPACE_CACHE_DIR", place.join("cache"));
    command.env_remove("XDG_DATA_HOME").env_remove("XDG_CACHE_HOME").env_remove("XDG_CONFIG_HOME");
    // Sums over threads are added in the same order only for the same number of them.
    command.env("RAYON_NUM_THREADS", "2");
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn succeeds(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn json(mut command: Command) -> Value {
    command.arg("--json");
    serde_json::from_slice(&succeeds(command).stdout).unwrap()
}

/// Number of files in a folder that a program was writing, of which there may be as many as one program writes at
/// once: those of the one before it are cleared away.
fn unfinished(folder: &Path, at_once: usize) -> usize {
    let names = names(folder);
    let is_unfinished =
        |name: &&String| ["building-", ".morphospace-", ".tmp"].iter().any(|part| name.starts_with(part));
    let count = names.iter().filter(is_unfinished).count();
    assert!(count <= at_once, "they pile up: {names:?}");
    count
}

/// How long a program takes to its end.
fn duration_of(command: Command) -> Duration {
    let began = Instant::now();
    succeeds(command);
    began.elapsed()
}
