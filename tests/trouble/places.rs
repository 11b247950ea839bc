//! Places that cannot be written to: none at all, those of others, full ones.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::pictures::folder_of_pictures;
use super::{apart, morphospace, names, refusal, sentence, steps_saved, succeeds, text, training};

/// A user who owns nothing.
const NOBODY: u32 = 65534;

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn with_no_home_and_no_place_for_temporary_files_what_needs_neither_works() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let nowhere = |mut command: Command| {
        for variable in ["XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MORPHOSPACE_CACHE_DIR"] {
            command.env_remove(variable);
        }
        command.env("HOME", "/proc/nowhere").env("TMPDIR", "/proc/nowhere");
        command
    };
    let (run, picture, codes) =
        (folder.path().join("run"), folder.path().join("a.png"), folder.path().join("codes.npy"));
    let mut train = nowhere(morphospace());
    let said = succeeds(train.args(training(data.path(), &run, &["--steps", "3"])));
    // What it read could not be kept for the next time, which is said and costs nothing else.
    assert!(said.contains("/proc/nowhere"), "{said}");
    succeeds(nowhere(morphospace()).args(["sample", text(&run), "-n", "2", "--out", text(&picture)]));
    let export = ["export", text(&run), "--codes", text(data.path()), "--out", text(&codes)];
    succeeds(nowhere(morphospace()).args(export));
    succeeds(nowhere(morphospace()).args(["cache", "list"]));
    succeeds(nowhere(morphospace()).args(["info", text(&run)]));
    // A variable that is not set at all, as in a container.
    let mut bare = morphospace();
    succeeds(bare.env_clear().env("MORPHOSPACE_CACHE_DIR", "").args(["info", text(&run)]));

    // What needs a place for what passes by says which variable names one.
    let collapse = ["experiment", "collapse", "--quick", "--data", text(data.path())];
    let output = nowhere(morphospace()).args(collapse).output().unwrap();
    refusal(&output, &["/proc/nowhere", "temporary files", "TMPDIR"]);
    let serve = nowhere(morphospace()).args(["serve", "--stdio", "--attached"]).output().unwrap();
    refusal(&serve, &["/proc/nowhere", "temporary files", "TMPDIR"]);
    let output = nowhere(morphospace()).args(["serve", "--listen", "/proc/nowhere/s"]).output().unwrap();
    refusal(&output, &["/proc/nowhere"]);
}

/// The program as a user who owns nothing, or as whoever runs the tests if that is not root. None where it cannot be
/// started so, as from a folder that only root may enter.
fn as_nobody(command: &mut Command) -> bool {
    // SAFETY: takes nothing and cannot fail.
    if unsafe { libc::geteuid() } != 0 {
        return true;
    }
    let mut probe = morphospace();
    command.uid(NOBODY).gid(NOBODY);
    let can = probe.uid(NOBODY).gid(NOBODY).arg("--version").output();
    let can = can.is_ok_and(|output| output.status.success());
    if !can {
        eprintln!("skipped: another user cannot start the program where it lies");
    }
    can
}

/// What others may read.
fn readable(folder: &Path) {
    for entry in walk(folder) {
        set_mode(&entry, if entry.is_dir() { 0o755 } else { 0o644 });
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] });
    below.chain([folder.to_owned()]).collect()
}

#[test]
fn what_belongs_to_others_is_read_and_a_place_that_is_theirs_is_named() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let run = folder.path().join("run");
    succeeds(morphospace().args(training(data.path(), &run, &["--steps", "3", "--sample-every", "2"])));
    readable(folder.path());
    readable(data.path());
    // A file and a model that this user may not read.
    let secret = data.path().join("secret.png");
    std::fs::copy(data.path().join("000.png"), &secret).unwrap();
    let model = folder.path().join("secret.safetensors");
    std::fs::copy(run.join("checkpoint.safetensors"), &model).unwrap();
    for file in [&secret, &model] {
        set_mode(file, 0);
    }
    let own = tempfile::tempdir().unwrap();
    set_mode(own.path(), 0o777);
    let theirs = |name: &str| folder.path().join(name);
    let program = |arguments: &[&str]| {
        let mut command = apart(own.path());
        command.args(arguments);
        as_nobody(&mut command).then_some(command)
    };
    let Some(mut info) = program(&["info", text(&run)]) else { return };
    // SAFETY: takes nothing and cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    if !root {
        set_mode(folder.path(), 0o555);
        set_mode(&run, 0o555);
    }
    succeeds(&mut info);
    succeeds(
        &mut program(&["sample", text(&run), "-n", "2", "--out", text(&own.path().join("a.png"))]).unwrap(),
    );

    let (out, data) = (theirs("new"), text(data.path()));
    let portrait = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/portrait.jpg");
    let models = theirs("a.onnx");
    let (pictures, features) = (theirs("a.png"), theirs("f.npy"));
    for line in [
        vec!["train", "--resume", text(&run), "--steps", "9"],
        vec!["train", "--data", data, "--out", text(&out)],
        vec!["train", "--fork", text(&run), "--out", text(&out), "--steps", "9"],
        vec!["prior", text(&run), "--kind", "gaussian"],
        vec!["export", text(&run), "--out", text(&models)],
        vec!["sample", text(&run), "--out", text(&pictures)],
        vec!["faces", "--count", "3", "--out", text(&out)],
        vec!["reconstruct", text(&run), portrait, "--out", text(&out)],
        vec!["features", data, "--out", text(&features)],
    ] {
        let output = program(&line).unwrap().output().unwrap();
        refusal(&output, &[text(folder.path()), "ermission denied"]);
    }
    assert_eq!(names(folder.path()), ["run", "secret.safetensors"]);
    assert_eq!(steps_saved(&run), 3);

    let output = program(&["info", text(&model)]).unwrap().output().unwrap();
    refusal(&output, &[text(&model), "ermission denied"]);
    // A picture that may not be read is left out and named.
    let mine = own.path().join("mine");
    let line = ["train", "--data", data, "--out", text(&mine), "--steps", "2", "--image-size", "32"];
    let said = succeeds(&mut program(&line).unwrap());
    assert!(said.contains("secret.png") && said.contains("ermission denied"), "{said}");
    // A cache that is another's.
    let cache = theirs("run");
    let other = own.path().join("other");
    let line = ["train", "--data", data, "--out", text(&other), "--steps", "2"];
    let mut command = program(&[&line[..], &["--image-size", "32"]].concat()).unwrap();
    let said = succeeds(command.env("MORPHOSPACE_CACHE_DIR", cache));
    assert!(said.contains("ermission denied") && said.contains("cache"), "{said}");
    if !root {
        set_mode(folder.path(), 0o755);
        set_mode(&run, 0o755);
    }
}

/// A disk of its own, of so many bytes. None where none can be mounted.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new(bytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={bytes}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs", text(folder.path())])
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("skipped: no disk can be mounted here");
        }
        mounted.then_some(SmallDisk(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves so many bytes free.
    fn fill(&self, bytes: usize, leave: usize) {
        std::fs::write(self.path().join("others"), vec![7; bytes - leave]).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l", text(self.path())]).status();
    }
}

#[test]
fn a_full_disk_is_named_and_keeps_what_it_had() {
    const SIZE: usize = 4 << 20;
    let Some(disk) = SmallDisk::new(SIZE) else { return };
    let data = folder_of_pictures(60);
    let run = disk.path().join("run");
    succeeds(morphospace().args(training(data.path(), &run, &["--steps", "3"])));
    let old = disk.path().join("draws.png");
    succeeds(morphospace().args(["sample", text(&run), "-n", "1", "--out", text(&old)]));
    let before = [std::fs::read(&old).unwrap(), std::fs::read(run.join("checkpoint.safetensors")).unwrap()];
    let used: usize = [&run, &run.join("samples"), &disk.path().to_owned()]
        .iter()
        .flat_map(|folder| names(folder).into_iter().map(|name| folder.join(name)))
        .filter(|file| file.is_file())
        .map(|file| file.metadata().unwrap().len().next_multiple_of(4096) as usize)
        .sum();
    disk.fill(SIZE, used + (24 << 10));
    let there = names(disk.path());

    let at = |name: &str| disk.path().join(name);
    let (model, onnx, codes) = (at("a.safetensors"), at("a.onnx"), at("codes.npy"));
    let (data, faces) = (text(data.path()), at("faces"));
    for line in [
        vec!["sample", text(&run), "-n", "100", "--out", text(&old)],
        vec!["export", "vae-faces-64", "--out", text(&model)],
        vec!["export", "vae-faces-64", "--out", text(&onnx)],
        vec!["export", "vae-faces-64", "--codes", data, "--out", text(&codes)],
        vec!["train", "--resume", text(&run), "--steps", "9"],
    ] {
        let output = morphospace().args(&line).output().unwrap();
        refusal(&output, &[text(disk.path()), "No space left"]);
        assert_eq!(names(disk.path()), there, "{line:?} leaves nothing behind");
    }
    let after = [std::fs::read(&old).unwrap(), std::fs::read(run.join("checkpoint.safetensors")).unwrap()];
    assert!(before == after, "what was there is whole");
    assert_eq!(steps_saved(&run), 3);
    let line = ["faces", "--count", "40", "--image-size", "128", "--out", text(&faces)];
    refusal(&morphospace().args(line).output().unwrap(), &["No space left", text(&faces)]);

    // Images that cannot be cached are kept in memory, and nothing of them stays on the disk.
    let cache = at("cache");
    let mut train = morphospace();
    let elsewhere = tempfile::tempdir().unwrap();
    let more =
        ["--data", data, "--steps", "2", "--image-size", "128", "--base-width", "4", "--batch-size", "8"];
    train.arg("train").args(more).args(["--out", text(&elsewhere.path().join("run"))]);
    let said = succeeds(train.env("MORPHOSPACE_CACHE_DIR", &cache));
    assert!(said.contains("No space left") && said.contains(text(&cache)), "{said}");
    assert_eq!(names(&cache), [] as [String; 0]);

    // Once there is room all of it goes on.
    std::fs::remove_file(at("others")).unwrap();
    succeeds(morphospace().args(["train", "--resume", text(&run), "--steps", "9"]));
    assert_eq!(steps_saved(&run), 9);
    succeeds(morphospace().args(line));
    assert_eq!(names(&faces).len(), 41);
}

#[test]
fn a_prior_is_learned_on_while_the_disk_is_full() {
    const SIZE: usize = 3 << 20;
    let Some(disk) = SmallDisk::new(SIZE) else { return };
    let data = folder_of_pictures(60);
    let run = disk.path().join("run");
    succeeds(morphospace().args(training(data.path(), &run, &["--steps", "3"])));
    // The state of the flow does not fit; whether its model does in the end is another matter.
    std::fs::write(disk.path().join("others"), vec![7; 1 << 20]).unwrap();
    let line = ["prior", text(&run), "--data", text(data.path()), "--kind", "flow", "--steps", "40"];
    let output = morphospace().args(line).env("MORPHOSPACE_SAVE_SECONDS", "0").output().unwrap();
    let said = sentence(&output);
    assert!(said.contains("is not saved") && said.contains("goes on and tries again"), "{said}");
    assert_eq!(steps_saved(&run), 3, "the model is whole");
}
