//! A run that is killed again and again, at moments that nobody chose, ends as one that never was.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pictures::folder_of_pictures;

/// Times that each run is killed.
const KILLS: usize = 12;
const STEPS: u64 = 400;

/// Each kind of model with the options that make its run remember as much as it can.
const KINDS: [&[&str]; 6] = [
    &["--model", "ae", "--normalization", "none"],
    &["--model", "sae", "--sparsity", "kl:0.1,1"],
    &["--model", "dae", "--noise", "salt-pepper:0.2"],
    &["--model", "vae", "--kl-schedule", "cyclical:3,0.5", "--free-bits", "0.1"],
    &["--model", "dcgan", "--augment", "shift:2,color:0.1,mix:0.5"],
    &["--model", "vae-gan", "--kl-schedule", "cyclical:3,0.5", "--recipe", "r3gan", "--r1", "0.5"],
];

fn train(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_morphospace"));
    // Sums over threads are added in the same order only for the same number of them.
    command.arg("train").args(arguments).env("RAYON_NUM_THREADS", "2");
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Goes on with the run in a folder, or begins it.
fn go_on(run: &Path, kind: &[&str], data: &Path) -> Command {
    let run_name = run.to_str().unwrap();
    if run.join("checkpoint.safetensors").exists() {
        return train(&["--resume", run_name]);
    }
    let steps = STEPS.to_string();
    let options = ["--data", data.to_str().unwrap(), "--out", run_name, "--steps", &steps];
    let small = ["--image-size", "32", "--latent-dim", "8", "--base-width", "4", "--batch-size", "8"];
    let often = ["--save-every", "3", "--validate-every", "7", "--sample-every", "50"];
    train(&[kind, &options, &small, &often].concat())
}

fn finish(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Every tensor of a run's checkpoint by name, the optimiser's among them, and its history.
fn outcome(run: &Path) -> (HashMap<String, Vec<u8>>, String) {
    let bytes = std::fs::read(run.join("checkpoint.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.iter().map(|(name, t)| (name.to_owned(), t.data().to_vec())).collect();
    (tensors, std::fs::read_to_string(run.join("history.csv")).unwrap())
}

/// The files of a run: a sheet for each step that has one, and nothing that a killed program was writing.
fn names(run: &Path) -> Vec<String> {
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let mut all = [names(run), names(&run.join("samples"))].concat();
    all.sort();
    all
}

/// Lives of the runs before they are killed, up to half of what a `whole` one takes: from before its first
/// checkpoint to some way into its steps. Drawn from the clock, so that every time the test runs it tries
/// others. A failure prints them.
fn moments(whole: Duration) -> Vec<Duration> {
    let mut state = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        whole.mul_f64(0.5 * (state >> 11) as f64 / (1u64 << 53) as f64)
    };
    (0..KILLS).map(|_| next()).collect()
}

/// Goes on with a run and kills it, once for each of the moments, at most until it is complete. Returns how often it
/// was not done by itself.
fn killed_early(run: &Path, goes_on: impl Fn(&Path) -> Command, moments: &[Duration]) -> usize {
    let mut ended_early = 0;
    for moment in moments {
        let mut child = goes_on(run).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(*moment);
        // SIGKILL on Unix, TerminateProcess on Windows: nothing of the program runs after it.
        let _ = child.kill();
        ended_early += usize::from(!child.wait().unwrap().success());
        if outcome_is_complete(run) {
            break;
        }
    }
    ended_early
}

#[test]
fn a_run_killed_at_any_moment_ends_as_one_that_never_was() {
    let data = folder_of_pictures(40);
    for kind in KINDS {
        let folder = tempfile::tempdir().unwrap();
        let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
        let goes_on = |run: &Path| go_on(run, kind, data.path());
        let began = Instant::now();
        finish(goes_on(&whole));

        let mut moments = moments(began.elapsed());
        // On a busy machine the whole one may have taken many times as long as the others take: then these are done
        // before they are killed, and begin again to live for shorter.
        while killed_early(&killed, goes_on, &moments) == 0 {
            assert!(
                moments[0] > Duration::from_nanos(1),
                "{kind:?}: a run is always done before it is killed"
            );
            std::fs::remove_dir_all(&killed).unwrap();
            moments.iter_mut().for_each(|moment| *moment /= 2);
        }
        if !outcome_is_complete(&killed) {
            finish(goes_on(&killed));
        }
        let runs = (names(&whole), names(&killed));
        let (whole, killed) = (outcome(&whole), outcome(&killed));
        assert!(whole.1 == killed.1, "{kind:?}: the losses differ after kills at {moments:?}");
        assert_eq!(whole.0.len(), killed.0.len());
        for (name, values) in whole.0 {
            assert!(killed.0[&name] == values, "{kind:?}: {name} differs after kills at {moments:?}");
        }
        assert!(runs.0 == runs.1, "{kind:?}: other files are left after kills at {moments:?}: {runs:?}");
    }
}

/// Settings that were changed while a run went on are changed at the very same steps each time that it goes on
/// after a kill, as its `events.csv` says.
#[test]
fn changes_are_made_again_at_the_same_steps_after_kills_at_any_moment() {
    const CHANGES: &str = "step,setting,value,updates\n20,kl_weight,0.30000000000000004,\n\
        90,learning_rate,0.002345678901234568,\n91,free_bits,0.1,\n150,kl_anneal,4,60\n300,kl_planned,,\n";
    let data = folder_of_pictures(40);
    let folder = tempfile::tempdir().unwrap();
    let runs = ["whole", "killed"].map(|name| folder.path().join(name));
    let goes_on = |run: &Path| train(&["--resume", run.to_str().unwrap(), "--steps", &STEPS.to_string()]);
    for run in &runs {
        let (data, out) = (data.path().to_str().unwrap(), run.to_str().unwrap());
        let small = ["--image-size", "32", "--latent-dim", "8", "--base-width", "4", "--batch-size", "8"];
        let begun =
            ["--data", data, "--out", out, "--steps", "2", "--save-every", "3", "--validate-every", "7"];
        finish(train(&[&begun[..], &small, &["--kl-schedule", "cyclical:1,0.5"]].concat()));
        std::fs::write(run.join("events.csv"), CHANGES).unwrap();
    }
    let [whole, killed] = &runs;
    let began = Instant::now();
    finish(goes_on(whole));
    let moments = moments(began.elapsed());
    killed_early(killed, goes_on, &moments);
    if !outcome_is_complete(killed) {
        finish(goes_on(killed));
    }
    let ((wanted, history), (values, own)) = (outcome(whole), outcome(killed));
    assert!(history == own, "the losses differ after kills at {moments:?}");
    assert!(wanted == values, "the weights differ after kills at {moments:?}");
    for run in &runs {
        assert_eq!(std::fs::read_to_string(run.join("events.csv")).unwrap(), CHANGES);
    }
    assert!(history.lines().nth(21).unwrap().contains("0.30000000000000004"));
}

/// Whether the run has written its last checkpoint.
fn outcome_is_complete(run: &Path) -> bool {
    let Ok(bytes) = std::fs::read(run.join("checkpoint.safetensors")) else { return false };
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let meta: serde_json::Value =
        serde_json::from_str(&header.metadata().as_ref().unwrap()["morphospace"]).unwrap();
    meta["steps"] == STEPS
}
