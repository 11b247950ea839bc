//! Sweeps as a person runs them: grids, kills, processes beside each other, a job array of Slurm, files that are wrong.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use pictures::folder_of_pictures;

const PATIENCE: Duration = Duration::from_secs(240);
const NAMES: [&str; 4] =
    ["kl-weight=0.1_seed=0", "kl-weight=0.1_seed=1", "kl-weight=2_seed=0", "kl-weight=2_seed=1"];
/// The smallest model there is, saved so often that a kill meets it between checkpoints.
const SMALL: &str = "image-size = 32\nlatent-dim = 8\nbase-width = 4\nbatch-size = 8\nsave-every = 3\n\
    validate-every = 7\nsample-every = 50\n";
const GRID: &str = "[grid]\nkl-weight = [0.1, 2]\nseed = [0, 1]\n";

/// A folder with pictures and files of sweeps.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::rename(folder_of_pictures(24).keep(), folder.path().join("pictures")).unwrap();
        Place { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file whose runs lie in the folder `out`.
    fn file(&self, out: &str, rest: &str) -> PathBuf {
        let file = self.path(&format!("{out}.toml"));
        std::fs::write(&file, format!("data = \"pictures\"\nout = \"{out}\"\n{rest}")).unwrap();
        file
    }

    fn grid(&self, out: &str, steps: usize) -> PathBuf {
        self.file(out, &format!("[settings]\nmodel = \"vae\"\nsteps = {steps}\n{SMALL}{GRID}"))
    }
}

/// The command, where sums over threads are added in the same order each time.
fn sweep(file: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_morphospace"));
    command.arg("sweep").arg(file).args(more).env("RAYON_NUM_THREADS", "2");
    command
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(mut command: Command) -> Value {
    let output = command.arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    words(&output)
}

/// Every tensor of a run's checkpoint by name, the optimiser's among them, and its history.
fn outcome(run: &Path) -> (HashMap<String, Vec<u8>>, String) {
    let bytes = std::fs::read(run.join("checkpoint.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.iter().map(|(name, t)| (name.to_owned(), t.data().to_vec())).collect();
    (tensors, std::fs::read_to_string(run.join("history.csv")).unwrap())
}

fn same(a: &Path, b: &Path) {
    for name in NAMES {
        let (a, b) = (outcome(&a.join(name)), outcome(&b.join(name)));
        assert!(a.1 == b.1, "{name}: the losses differ");
        assert!(a.0 == b.0, "{name}: the weights differ");
    }
}

fn until(what: &str, is: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn states(file: &Path) -> Vec<String> {
    let found = json(sweep(file, &["--dry-run"]));
    found["rows"].as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_sweep_that_is_killed_and_interrupted_ends_as_one_that_never_was() {
    const STEPS: usize = 240;
    let place = Place::new();
    let whole = json(sweep(&place.grid("whole", STEPS), &[]));
    let rows = whole["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>(), NAMES);
    for (row, weight) in rows.iter().zip([0.1, 0.1, 2.0, 2.0]) {
        assert_eq!((&row["settings"]["kl-weight"], &row["state"]), (&weight.into(), &"done".into()), "{row}");
        for quantity in ["validation_loss", "validation_psnr", "validation_ssim", "validation_kl"] {
            assert!(row[quantity].as_f64().is_some_and(f64::is_finite), "{quantity} of {row}");
        }
    }
    // The numbers are those of the last measurement in the run's own history.
    let history = std::fs::read_to_string(place.path("whole").join(NAMES[2]).join("history.csv")).unwrap();
    let column =
        history.lines().next().unwrap().split(',').position(|name| name == "validation_psnr").unwrap();
    let cells = history.lines().skip(1).map(|line| line.split(',').nth(column).unwrap().to_owned());
    let last: f64 = cells.filter(|cell| !cell.is_empty()).last().unwrap().parse().unwrap();
    assert_eq!(rows[2]["validation_psnr"], last);
    for ending in ["md", "csv", "tex"] {
        assert!(place.path("whole").join(format!("sweep.{ending}")).is_file());
    }

    let file = place.grid("killed", STEPS);
    assert_eq!(states(&file), ["new"; 4]);
    let mut child = sweep(&file, &[]).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let second = place.path("killed").join(NAMES[1]);
    until("the second run", || second.join("checkpoint.safetensors").is_file());
    // SIGKILL on Unix: nothing of the program runs after it, but its run saves itself.
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(states(&file)[0], "done");
    assert_ne!(states(&file)[3], "done");
    let first = place.path("killed").join(NAMES[0]).join("checkpoint.safetensors");
    let written = || std::fs::metadata(&first).unwrap().modified().unwrap();
    let before = written();

    #[cfg(unix)]
    {
        // Ctrl-C, told to the sweep alone.
        let child = sweep(&file, &[]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let third = place.path("killed").join(NAMES[2]);
        until("the third run", || third.join("checkpoint.safetensors").is_file());
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{}", words(&output));
        assert!(words(&output).contains("1 of 4 runs are done already"), "{}", words(&output));
        assert_eq!(states(&file)[3], "new", "no other run is begun");
    }
    let output = sweep(&file, &[]).output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(states(&file), ["done"; 4]);
    assert_eq!(written(), before, "what is done is left alone");
    same(&place.path("whole"), &place.path("killed"));
    // Once more there is nothing to do but the table.
    let output = sweep(&file, &[]).output().unwrap();
    assert!(output.status.success() && words(&output).contains("4 of 4 runs are done already"));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("Validation loss ↓") && table.contains(NAMES[3]), "{table}");
}

#[test]
fn runs_beside_each_other_and_tasks_of_a_job_array_come_to_the_same() {
    const STEPS: usize = 20;
    let place = Place::new();
    json(sweep(&place.grid("one", STEPS), &[]));
    // Four threads for two processes are two for each, as above.
    let file = place.grid("two", STEPS);
    let mut command = sweep(&file, &["--parallel", "2"]);
    command.env("RAYON_NUM_THREADS", "4");
    json(command);
    same(&place.path("one"), &place.path("two"));

    // A name that a shell would take apart, if it were let.
    let file = place.grid("it's $HOME", STEPS);
    let output = sweep(&file, &["--slurm", "--device", "cpu"]).output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
    let script = String::from_utf8(output.stdout).unwrap();
    assert!(script.starts_with("#!/bin/bash\n") && script.contains("\n#SBATCH --array=0-3\n"), "{script}");
    let saved = place.path("array.sh");
    std::fs::write(&saved, &script).unwrap();
    let task = |number: &str| {
        let mut bash = Command::new("bash");
        bash.arg(&saved).env("SLURM_ARRAY_TASK_ID", number).env("SLURM_CPUS_PER_TASK", "2");
        bash.env_remove("RAYON_NUM_THREADS").output()
    };
    let Ok(beyond) = task("4") else { return eprintln!("skipped: there is no bash here") };
    assert_eq!(beyond.status.code(), Some(2), "{}", words(&beyond));
    for number in ["2", "0", "3", "1"] {
        let output = task(number).unwrap();
        assert!(output.status.success(), "{number}: {}", words(&output));
    }
    same(&place.path("one"), &place.path("it's $HOME"));
    let words = refused(sweep(&file, &["--slurm"]));
    assert!(words.contains("all 4 runs are done"), "{words}");
    // A run that was interrupted is gone on with.
    let longer = place.grid("longer", 30);
    let run = place.path("longer").join(NAMES[0]);
    std::fs::create_dir_all(place.path("longer")).unwrap();
    let shorter = place.file("shorter", &format!("[settings]\nkl-weight = 0.1\nsteps = 30\n{SMALL}"));
    let mut child = sweep(&shorter, &[]).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    until("a checkpoint", || place.path("shorter/run/checkpoint.safetensors").is_file());
    child.kill().unwrap();
    child.wait().unwrap();
    until("its run's end", || !morphospace::worker::protocol::is_in_use(&place.path("shorter/run")));
    std::fs::rename(place.path("shorter/run"), &run).unwrap();
    let script = sweep(&longer, &["--slurm"]).output().unwrap().stdout;
    std::fs::write(&saved, script).unwrap();
    if states(&longer)[0] == "begun" {
        let output = task("0").unwrap();
        assert!(output.status.success(), "{}", self::words(&output));
    }
    assert_eq!(states(&longer), ["done", "new", "new", "new"]);
}

#[test]
fn a_list_is_combined_with_a_grid_and_a_run_that_fails_ends_no_other() {
    let place = Place::new();
    let list =
        "[[runs]]\nmodel = \"ae\"\n[[runs]]\nmodel = \"dcgan\"\nlatent-dim = 6\n[grid]\nseed = [3, 4]\n";
    let settings = SMALL.replace("latent-dim = 8\n", "");
    let file = place.file("list", &format!("[settings]\nepochs = 1\n{settings}{list}"));
    let names = [
        "model=ae_seed=3",
        "model=ae_seed=4",
        "model=dcgan_latent-dim=6_seed=3",
        "model=dcgan_latent-dim=6_seed=4",
    ];
    let blocked = place.path("list").join(names[1]);
    std::fs::create_dir_all(&blocked).unwrap();
    std::fs::write(blocked.join("history.csv"), "mine\n").unwrap();
    let output = sweep(&file, &["--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains("1 of 4 runs failed: model=ae_seed=4"), "{}", words(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>(), names);
    assert!(rows[1]["error"].as_str().unwrap().contains("something else"), "{}", rows[1]);
    assert_eq!(rows[1]["state"], "failed");
    assert!(rows[0]["validation_psnr"].is_number() && rows[2].get("validation_psnr").is_none());
    assert!(rows[2]["d_real"].is_number(), "a GAN is told by its two sides: {}", rows[2]);
    assert_eq!(std::fs::read_to_string(blocked.join("history.csv")).unwrap(), "mine\n");
    // With the obstacle out of the way the same command does the rest.
    std::fs::remove_file(blocked.join("history.csv")).unwrap();
    let found = json(sweep(&file, &[]));
    assert!(found["rows"].as_array().unwrap().iter().all(|row| row["state"] == "done"), "{found}");
    // The folder says the same by itself.
    let shown = json(sweep(&place.path("list"), &[]));
    assert_eq!(shown["rows"].as_array().unwrap().len(), 4);
    let output = sweep(&place.path("list"), &[]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("model=ae_seed=4"));
}

#[test]
fn a_folder_with_other_settings_is_refused_and_a_wider_grid_keeps_what_is_done() {
    let place = Place::new();
    let settings = format!("[settings]\nsteps = 4\n{SMALL}");
    let file = place.file("runs", &format!("{settings}[grid]\nkl-weight = [0.5, 1]\n"));
    json(sweep(&file, &[]));
    place.file("runs", &format!("{settings}free-bits = 0.1\n[grid]\nkl-weight = [0.5, 1]\n"));
    let words = refused(sweep(&file, &[]));
    assert!(
        words.contains("kl-weight=0.5") && words.contains("free-bits 0, and") && words.contains("says 0.1"),
        "{words}"
    );
    // The same runs are known by their settings, though their names would be others now.
    place.file("runs", &format!("{settings}[grid]\nkl-weight = [0.5, 1]\nseed = [0, 1]\n"));
    assert_eq!(states(&file), ["done", "new", "done", "new"]);
    let found = json(sweep(&file, &["--parallel", "3"]));
    let names: Vec<&str> =
        found["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["kl-weight=0.5", "kl-weight=0.5_seed=1", "kl-weight=1", "kl-weight=1_seed=1"]);
    // A run that cannot be read is told, and nothing is begun.
    std::fs::write(place.path("runs").join(names[1]).join("checkpoint.safetensors"), "no tensors").unwrap();
    let words = refused(sweep(&file, &[]));
    assert!(words.contains("kl-weight=0.5_seed=1") && words.contains("move this folder away"), "{words}");
}

#[test]
fn a_file_that_is_wrong_is_told_by_its_key_before_anything_is_done() {
    let place = Place::new();
    let whole = |rest: &str| format!("data = \"pictures\"\nout = \"runs\"\n{rest}");
    let cases = [
        ("data = \"pictures\"\n".to_owned(), "out is missing"),
        (whole("settings = 3"), "[settings] has to be a table"),
        (
            whole("[settings]\nkl_weight = 1"),
            "[settings] kl_weight: there is no such setting; the nearest is kl-weight",
        ),
        (whole("[settings]\nsteps = \"many\""), "[settings] steps: invalid value 'many'"),
        (whole("[settings]\nlr = [1, 2]"), "lists go under [grid]"),
        (whole("[settings]\ndevice = \"cpu\""), "give it to morphospace sweep: --device"),
        (whole("[grid]\nseed = 1"), "[grid] seed: a list of values is wanted"),
        (whole("[grid]\nseed = [1, 1.5]"), "[grid] seed: invalid value '1.5'"),
        (whole("[grid]\nkl-weight = [1, 1.0]"), "[grid] kl-weight: 1 is there twice"),
        (whole("[grid]\nkl-weight = [1, -1]"), "kl-weight=-1: "),
        (
            whole("[settings]\nmodel = \"ae\"\n[grid]\nkl-weight = [1, 2]"),
            "kl-weight=1: an AE has no KL weight",
        ),
        (whole("[settings]\nseed = 1\n[grid]\nseed = [1]"), "seed is the same for all runs and in [grid]"),
        (whole("[[runs]]\nseed = 1\n[[runs]]\nseed = 1"), "runs 1 and 2 are the same"),
        (
            whole("[[runs]]\nseeed = 1"),
            "[[runs]] number 1 seeed: there is no such setting; the nearest is seed",
        ),
        (whole("seed = 1"), "seed stands above the tables"),
        (whole("sweep = 1"), "there is no key sweep"),
        (whole("[settings\n"), "line 3"),
        ("out = \"runs\"".into(), "data is missing"),
        ("data = \"nowhere\"\nout = \"runs\"".into(), "data: "),
    ];
    for (text, reason) in cases {
        let file = place.path("bad.toml");
        std::fs::write(&file, &text).unwrap();
        for more in [&["--dry-run"][..], &[], &["--slurm"]] {
            let words = refused(sweep(&file, more));
            assert!(words.contains(reason) && words.contains("bad.toml"), "{text}: {words}");
            assert_eq!(words.lines().filter(|line| line.starts_with("morphospace: ")).count(), 1, "{words}");
        }
        assert!(!place.path("runs").exists(), "{text}");
    }
    let words = refused(sweep(&place.path("pictures"), &["--dry-run"]));
    assert!(words.contains("this is a folder"), "{words}");
    let words = refused(sweep(&place.path("pictures"), &[]));
    assert!(words.contains("no run in this folder"), "{words}");
    let words = refused(sweep(&place.path("none.toml"), &[]));
    assert!(words.contains("cannot read") && words.contains("none.toml"), "{words}");
}
