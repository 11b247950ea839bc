//! Training of all kinds, with saves, histories and sheets of pictures: a run that is killed at any moment ends as one
//! that never was.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use morphospace::run::checkpoint::Checkpoint;
use tempfile::TempDir;

use super::pictures::folder_of_pictures;
use super::{Life, Said, Work, duration_of, json, morphospace, names, storm, succeeds, text, unfinished};

const STEPS: u64 = 400;
const SMALL: [&str; 8] =
    ["--image-size", "32", "--latent-dim", "8", "--base-width", "4", "--batch-size", "8"];

/// Each kind of model with the options that make its run remember as much as it can.
const KINDS: [&[&str]; 6] = [
    &["--model", "ae", "--normalization", "none"],
    &["--model", "sae", "--sparsity", "kl:0.1,1"],
    &["--model", "dae", "--noise", "salt-pepper:0.2"],
    &["--model", "vae", "--kl-schedule", "cyclical:3,0.5", "--free-bits", "0.1"],
    &["--model", "dcgan", "--augment", "shift:2,color:0.1,mix:0.5"],
    &["--model", "vae-gan", "--kl-schedule", "cyclical:3,0.5", "--recipe", "r3gan", "--r1", "0.5"],
];

/// What is left of a run that may have been killed, as it is looked at between its lives.
pub struct WatchedRun {
    pub path: PathBuf,
    /// The last checkpoint that was announced, and the last that was seen.
    announced: u64,
}

impl WatchedRun {
    pub fn new(path: PathBuf) -> Self {
        WatchedRun { path, announced: 0 }
    }

    /// Whether it can be gone on with.
    pub fn is_begun(&self) -> bool {
        self.path.join("config.json").exists()
    }

    /// Whether it has written its last checkpoint.
    pub fn is_complete(&self) -> bool {
        self.steps() == Some(STEPS)
    }

    fn steps(&self) -> Option<u64> {
        let file = self.path.join("checkpoint.safetensors");
        // Every tensor is read, and has to be of numbers.
        file.exists().then(|| Checkpoint::read(&file).unwrap().meta.steps as u64)
    }

    /// It was killed, after it had announced the checkpoint of a step. Whether in the middle of writing a file.
    pub fn killed(&mut self, announced: u64, place: &Path) -> bool {
        self.announced = self.announced.max(announced);
        let steps = self.steps().unwrap_or_default();
        assert!(steps >= self.announced, "step {} was announced, and {steps} is there", self.announced);
        self.announced = steps;
        if self.is_begun() {
            let mut info = morphospace(place);
            info.args(["info", text(&self.path)]);
            assert_eq!(json(info)["steps"], steps);
        } else {
            assert_eq!(steps, 0, "settings come first");
        }
        self.look_at_history(steps);
        for sheet in names(&self.path.join("samples")).iter().filter(|name| name.ends_with(".png")) {
            let sheet = self.path.join("samples").join(sheet);
            morphospace::data::decode_image(&sheet, std::fs::read(&sheet).unwrap()).unwrap();
        }
        unfinished(&self.path, 1) + unfinished(&self.path.join("samples"), 1) > 0
    }

    /// A line for each step, in order, up to the checkpoint's at least; the last line may be cut off.
    fn look_at_history(&self, steps: u64) {
        let history = std::fs::read_to_string(self.path.join("history.csv")).unwrap_or_default();
        let whole = &history[..history.rfind('\n').map_or(0, |end| end + 1)];
        let in_history: Vec<u64> =
            whole.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
        assert!(in_history.iter().copied().eq(1..=in_history.len() as u64), "{in_history:?}");
        assert!(in_history.len() as u64 >= steps, "{} lines and {steps} steps", in_history.len());
    }

    /// Takes it away, so that it begins again.
    pub fn begin_again(&mut self) {
        std::fs::remove_dir_all(&self.path).unwrap();
        self.announced = 0;
    }
}

/// The last checkpoint that a program has announced on its standard error.
fn last_announced(said: &Said) -> u64 {
    let saved = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words[..], ["step", _, "saved", ..]).then(|| words[1].parse().unwrap())
    };
    said.errors.lines().filter_map(saved).max().unwrap_or_default()
}

/// Every tensor of a run's checkpoint by name, the optimiser's among them, and its history.
fn outcome(run: &Path) -> (HashMap<String, Vec<u8>>, String) {
    let bytes = std::fs::read(run.join("checkpoint.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.iter().map(|(name, t)| (name.to_owned(), t.data().to_vec())).collect();
    (tensors, std::fs::read_to_string(run.join("history.csv")).unwrap())
}

/// The files of a run: a sheet for each step that has one, and nothing that a killed program was writing.
fn files(run: &Path) -> Vec<String> {
    [names(run), names(&run.join("samples"))].concat()
}

fn assert_same_outcome(whole: &Path, killed: &Path) {
    let (names, ours) = (files(whole), files(killed));
    assert!(names == ours, "other files are left: {ours:?} instead of {names:?}");
    let ((wanted, history), (values, own)) = (outcome(whole), outcome(killed));
    assert!(history == own, "the losses differ");
    assert_eq!(wanted.len(), values.len());
    for (name, wanted) in wanted {
        assert!(values[&name] == wanted, "{name} differs");
    }
}

/// A run that is killed, beside one that never was.
struct Training {
    place: TempDir,
    kind: &'static [&'static str],
    data: TempDir,
    run: WatchedRun,
    whole: PathBuf,
    whole_took: Duration,
}

impl Training {
    fn new(kind: &'static [&'static str]) -> Self {
        let (place, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(40));
        let [whole, killed] = ["whole", "killed"].map(|name| place.path().join(name));
        let mut training =
            Training { place, kind, data, run: WatchedRun::new(killed), whole, whole_took: Duration::ZERO };
        training.whole_took = duration_of(training.begin(&training.whole));
        training
    }

    fn train(&self) -> Command {
        let mut command = morphospace(self.place.path());
        command.arg("train");
        command
    }

    fn begin(&self, run: &Path) -> Command {
        let mut command = self.train();
        command.args(self.kind).args(SMALL).args(["--data", text(self.data.path()), "--out", text(run)]);
        command.args(["--steps", &STEPS.to_string(), "--save-every", "3", "--validate-every", "7"]);
        command.args(["--sample-every", "50"]);
        command
    }
}

impl Work for Training {
    fn name(&self) -> String {
        format!("training {}", self.kind[1])
    }

    fn start(&mut self) -> Life {
        if !self.run.is_begun() {
            return Life::of(self.begin(&self.run.path));
        }
        if self.run.is_complete() {
            self.look_at_the_outcome();
            return Life::of(self.begin(&self.run.path));
        }
        let mut command = self.train();
        command.args(["--resume", text(&self.run.path)]);
        Life::of(command)
    }

    fn killed(&mut self, said: &Said) -> bool {
        self.run.killed(last_announced(said), self.place.path())
    }

    fn done(&mut self, _: &Said) {
        assert!(self.run.is_complete());
        self.look_at_the_outcome();
    }

    fn longest(&self) -> Duration {
        self.whole_took / 2
    }
}

impl Training {
    fn look_at_the_outcome(&mut self) {
        // One that was killed when all was done may have left a file of the history's last lines alone.
        assert_same_outcome(&self.whole, &self.run.path);
        self.run.begin_again();
    }
}

#[test]
fn a_run_killed_at_any_moment_ends_as_one_that_never_was() {
    for kind in KINDS {
        storm(&mut Training::new(kind));
    }
}

/// Settings that were changed while a run went on are changed at the very same steps each time that it goes on
/// after a kill, as its `events.csv` says.
#[test]
fn changes_are_made_again_at_the_same_steps_after_kills_at_any_moment() {
    const CHANGES: &str = "step,setting,value,updates\n20,kl_weight,0.30000000000000004,\n\
        90,learning_rate,0.002345678901234568,\n91,free_bits,0.1,\n150,kl_anneal,4,60\n300,kl_planned,,\n";
    let (place, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(40));
    let runs = ["whole", "killed"].map(|name| place.path().join(name));
    let train = |arguments: &[&str]| {
        let mut command = morphospace(place.path());
        command.arg("train").args(arguments);
        command
    };
    let goes_on = |run: &Path| train(&["--resume", text(run), "--steps", &STEPS.to_string()]);
    for run in &runs {
        let begun = ["--data", text(data.path()), "--out", text(run), "--steps", "2", "--save-every", "3"];
        let more = ["--validate-every", "7", "--kl-schedule", "cyclical:1,0.5"];
        succeeds(train(&[&begun[..], &SMALL, &more].concat()));
        std::fs::write(run.join("events.csv"), CHANGES).unwrap();
    }
    let [whole, killed] = &runs;
    let longest = duration_of(goes_on(whole)) / 2;
    let (mut run, mut chance) = (WatchedRun::new(killed.clone()), super::Chance::new());
    for _ in 0..8 {
        if run.is_complete() {
            break;
        }
        let mut life = Life::of(goes_on(killed));
        std::thread::sleep(longest.mul_f64(chance.part()));
        let _ = life.child.kill();
        let said = life.end();
        run.killed(last_announced(&said), place.path());
    }
    if !run.is_complete() {
        succeeds(goes_on(killed));
    }
    assert_same_outcome(whole, killed);
    for run in &runs {
        assert_eq!(std::fs::read_to_string(run.join("events.csv")).unwrap(), CHANGES);
    }
    assert!(outcome(killed).1.lines().nth(21).unwrap().contains("0.30000000000000004"));
}
