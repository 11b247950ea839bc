//! Checkpoints that are cut short, of another program, or made to harm: each is refused with one sentence
//! that names the file, by the command line and by the worker that the window asks.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use morphospace::train::train;
use morphospace::worker::Worker;
use morphospace::worker::protocol::{Command as Order, Event, ModelSource, Request};
use pictures::folder_of_pictures;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use settings::config;
use tempfile::TempDir;

/// A checkpoint taken apart: tensors by name as shape and values, and the JSON beside them.
struct Parts {
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
    meta: Value,
}

impl Parts {
    fn of_sound() -> Self {
        let bytes = whole();
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        let meta = serde_json::from_str(&header.metadata().as_ref().unwrap()["morphospace"]).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let floats = |data: &[u8]| data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        // What is remembered of the training images is in bytes.
        let tensors = file.iter().filter(|(_, tensor)| tensor.dtype() == Dtype::F32);
        let tensors = tensors.map(|(name, t)| (name.to_owned(), (t.shape().to_vec(), floats(t.data()))));
        Self { tensors: tensors.collect(), meta }
    }

    fn put_together(&self) -> Vec<u8> {
        let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        let data: Vec<_> = self.tensors.iter().map(|(name, (shape, v))| (name, shape, bytes(v))).collect();
        let views = data
            .iter()
            .map(|(name, shape, data)| (*name, TensorView::new(Dtype::F32, (*shape).clone(), data).unwrap()));
        let metadata = HashMap::from([("morphospace".to_owned(), self.meta.to_string())]);
        safetensors::serialize(views, Some(metadata)).unwrap()
    }
}

/// A folder with the pictures and the run of a small VAE. Made once.
fn sound() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = folder_of_pictures(24);
        train(&config(folder.path(), &["--steps", "3"]), &folder.path().join("run"), &mut ()).unwrap();
        folder
    });
    folder.path()
}

fn whole() -> Vec<u8> {
    std::fs::read(sound().join("run/checkpoint.safetensors")).unwrap()
}

/// [`Parts::of_sound`] after a change.
fn changed(change: impl FnOnce(&mut Parts)) -> Vec<u8> {
    let mut parts = Parts::of_sound();
    change(&mut parts);
    parts.put_together()
}

/// A file whose header says what it likes, followed by `data` bytes.
fn lying(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

fn tensor_header(shape: &str, end: u64) -> String {
    format!(r#"{{"mu.weight":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{end}]}}}}"#)
}

/// Every way of being bad that we could think of, with a word that the sentence about it has.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let cut = |share: usize| {
        let mut bytes = whole();
        bytes.truncate(bytes.len() * share / 100);
        bytes
    };
    let with_weight = |value: f32| changed(|p| p.tensors.get_mut("mu.weight").unwrap().1[3] = value);
    let with_config = |key: &str, value: Value| changed(|p| p.meta["config"][key] = value);
    let with_change = |adjustment: &str, step: u64| {
        let changes = format!(
            r#"[{{"step":0,"adjustment":{{"kl-weight":0.5}}}},{{"step":{step},"adjustment":{adjustment}}}]"#
        );
        changed(|p| p.meta["changes"] = serde_json::from_str(&changes).unwrap())
    };
    vec![
        ("empty", Vec::new(), "empty"),
        ("five bytes", b"hello".to_vec(), "another kind"),
        ("a text", b"not a checkpoint at all, but a longer text".to_vec(), "another kind"),
        ("a picture", std::fs::read("assets/screens/explore.png").unwrap(), "another kind"),
        (
            "a gigabyte of header",
            lying("{}", 0).tap(|b| b[..8].copy_from_slice(&(1u64 << 30).to_le_bytes())),
            "another kind",
        ),
        ("all the header there can be", lying("{}", 0).tap(|b| b[..8].fill(0xff)), "another kind"),
        ("a header that is not JSON", lying("{\"mu.weight\":", 0), "damaged"),
        ("nested without end", lying(&"[".repeat(1 << 20), 0), "damaged"),
        ("cut in the header", cut(1), "damaged"),
        ("cut in the tensors", cut(60), "cut short"),
        ("one byte short", whole().tap(|b| b.truncate(b.len() - 1)), "cut short"),
        ("one byte long", whole().tap(|b| b.push(0)), "more in it"),
        ("petabytes of tensor", lying(&tensor_header("[1099511627776]", 4 << 40), 16), "larger"),
        (
            "a shape that overflows",
            lying(&tensor_header("[4294967296,4294967296,4294967296]", 16), 16),
            "damaged",
        ),
        ("a shape that lies", lying(&tensor_header("[1000,1000]", 16), 16), "damaged"),
        ("of another program", lying(&tensor_header("[2,2]", 16), 16), "another program"),
        ("not a number", with_weight(f32::NAN), "mu.weight"),
        ("infinite", with_weight(f32::INFINITY), "mu.weight"),
        ("a newer format", changed(|p| p.meta["format"] = 99.into()), "format 99"),
        ("no settings", changed(|p| p.meta = serde_json::json!({ "format": 1 })), "config"),
        ("an unknown kind", with_config("kind", "transformer".into()), "transformer"),
        ("another kind of model", with_config("kind", "ae".into()), "do not fit"),
        ("an impossible code", with_config("latent_dim", 0.into()), "latent size"),
        ("a code beyond all memory", with_config("latent_dim", u64::MAX.into()), "latent size"),
        ("another code", with_config("latent_dim", 9.into()), "latent."),
        ("another width", with_config("base_width", 5.into()), "do not fit"),
        ("a picture beyond all memory", with_config("image_size", (1u64 << 40).into()), "image size"),
        ("a negative weight", with_config("kl_weight", (-1.0).into()), "KL weight"),
        ("no rate", with_config("learning_rate", 0.0.into()), "learning rate"),
        ("a length without end", with_config("steps", (1u64 << 63).into()), "number of steps"),
        (
            "a setting of another kind",
            with_config("noise", serde_json::json!({"mask": 0.1})),
            "--noise goes with",
        ),
        ("more steps than there are", changed(|p| p.meta["steps"] = (1u64 << 63).into()), "no run gets to"),
        (
            "a change to nothing",
            with_change(r#"{"learning-rate":0.0}"#, 1),
            "change 2 of its settings: 0 is not",
        ),
        (
            "a change of another kind",
            with_change(r#"{"setting":"noise_strength","value":0.1}"#, 1),
            "change 2",
        ),
        (
            "a change beyond all steps",
            with_change(r#"{"kl-weight":1.0}"#, 1 << 63),
            "change 2 of its settings: no run",
        ),
        ("an unknown change", with_change(r#"{"setting":"kl_wieght","value":0.1}"#, 1), "kl_wieght"),
        ("a change that is none", with_change("7", 1), "a change of its settings"),
        ("a tensor missing", changed(|p| drop(p.tensors.remove("mu.bias"))), "mu.bias"),
        ("a tensor turned", changed(|p| p.tensors.get_mut("mu.weight").unwrap().0.reverse()), "mu.weight"),
        (
            "a code space of another size",
            changed(|p| drop(p.tensors.insert("latent.scale".into(), (vec![2], vec![1.0; 2])))),
            "latent.scale",
        ),
    ]
}

/// Changes a value in passing.
trait Tap: Sized {
    fn tap(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}
impl Tap for Vec<u8> {}

fn check_sentence(what: &str, sentence: &str, file: &Path, word: &str) {
    assert!(sentence.contains(file.to_str().unwrap()), "{what} does not name the file: {sentence}");
    assert!(sentence.contains(word), "{what} does not say '{word}': {sentence}");
    assert_eq!(sentence.trim_end().lines().count(), 1, "{what}: {sentence}");
}

#[test]
fn the_command_line_refuses_each_with_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for (what, bytes, word) in bad_files() {
        let file = folder.path().join(format!("{what}.safetensors"));
        std::fs::write(&file, bytes).unwrap();
        let out = folder.path().join("sheet.png");
        let arguments = ["sample", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
        let output = Command::new(env!("CARGO_BIN_EXE_morphospace"))
            .args(arguments)
            // Not even then is it more than a sentence.
            .env("RUST_BACKTRACE", "1")
            .output()
            .unwrap();
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}: {sentence}");
        check_sentence(what, &sentence, &file, word);
        assert!(!out.exists(), "{what}");
    }
}

#[test]
fn the_worker_tells_each_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let worker = Worker::spawn(|| {});
    let next = || loop {
        match worker.events().recv_timeout(Duration::from_secs(60)).unwrap().event {
            Event::Busy { .. } | Event::Idle => {}
            event => return event,
        }
    };
    let open = |file: &Path| {
        let command = Order::OpenModel(ModelSource::File(file.to_owned()));
        worker.send(Request { id: 1, command });
    };
    for (what, bytes, word) in bad_files() {
        let file = folder.path().join(format!("{what}.safetensors"));
        std::fs::write(&file, bytes).unwrap();
        open(&file);
        match next() {
            Event::Failed { message } => check_sentence(what, &message, &file, word),
            other => panic!("{what}: {other:?}"),
        }
    }
    open(&sound().join("run"));
    assert!(matches!(next(), Event::ModelOpened(_)));
}

/// A run goes on only from a checkpoint whose optimiser fits, too.
#[test]
fn a_run_does_not_go_on_from_a_checkpoint_that_does_not_fit() {
    // Those of the run.
    let data = folder_of_pictures(24);
    for (what, bytes, word) in [
        (
            "moments missing",
            changed(|p| drop(p.tensors.remove("optimizer.exp_avg.mu.weight"))),
            "exp_avg.mu.weight",
        ),
        (
            "moments of another shape",
            changed(|p| p.tensors.get_mut("optimizer.exp_avg.mu.weight").unwrap().0.reverse()),
            "exp_avg.mu.weight",
        ),
        ("a foreign file", b"not a checkpoint at all, but a text".to_vec(), "another kind"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checkpoint.safetensors");
        std::fs::write(&file, &bytes).unwrap();
        let (run, data) = (folder.path().to_str().unwrap(), data.path().to_str().unwrap());
        let arguments = ["train", "--resume", run, "--data", data, "--steps", "9"];
        let output = Command::new(env!("CARGO_BIN_EXE_morphospace"))
            .args(arguments)
            // Not even then is it more than a sentence.
            .env("RUST_BACKTRACE", "1")
            .output()
            .unwrap();
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}: {sentence}");
        assert!(sentence.contains(word), "{what}: {sentence}");
        assert!(std::fs::read(&file).unwrap() == bytes, "{what}: the checkpoint was changed");
    }
}

/// Opening a pipe that nobody writes into would never return.
#[cfg(unix)]
#[test]
fn what_is_not_a_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.safetensors");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.as_path(), Path::new("/dev/zero")] {
        let output = Command::new(env!("CARGO_BIN_EXE_morphospace")).arg("info").arg(path).output().unwrap();
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{sentence}");
        assert!(sentence.contains("it is not a file"), "{sentence}");
    }
}
