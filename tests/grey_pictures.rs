//! Models of grey pictures at the size of MNIST's, with digits that the tests draw.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/arrays.rs"]
#[allow(dead_code)]
mod arrays;
#[path = "common/own_cache.rs"]
mod own_cache;
#[path = "common/program.rs"]
mod program;

use std::path::{Path, PathBuf};

use arrays::{SIDE, digits, idx};
use own_cache::own_cache;
use program::{json, morphospace, text};
use tempfile::TempDir;

fn mnist(folder: &Path, count: usize) -> PathBuf {
    let data = folder.join("train-images-idx3-ubyte");
    std::fs::write(&data, idx(8, &[count, SIDE, SIDE], &digits(count))).unwrap();
    data
}

fn train(folder: &Path, data: &Path, name: &str, more: &[&str]) -> String {
    let run = text(&folder.join(name)).to_owned();
    let smallest = [
        "--image-size",
        "28",
        "--channels",
        "1",
        "--base-width",
        "8",
        "--batch-size",
        "16",
        "--flip",
        "false",
    ];
    json(
        &[&["train", "--data", text(data), "--out", &run, "--latent-dim", "4"], &smallest[..], more].concat(),
    );
    run
}

#[test]
fn a_vae_of_digits_has_a_likelihood_in_nats_that_training_lowers() {
    own_cache();
    let folder = TempDir::new().unwrap();
    let data = mnist(folder.path(), 400);
    let bernoulli = ["--model", "vae", "--likelihood", "bernoulli"];
    let nll = |steps: &str, name: &str| {
        let run = train(folder.path(), &data, name, &[&bernoulli[..], &["--steps", steps]].concat());
        let row = json(&["evaluate", &run, "--data", text(&data), "--likelihood", "64"]);
        let (nelbo, nll) =
            (row["likelihood"]["nelbo"].as_f64().unwrap(), row["likelihood"]["nll"].as_f64().unwrap());
        assert!(nll <= nelbo + 0.01 && nll > 0.0, "{row}");
        (run, nll)
    };
    let ((_, before), (run, after)) = (nll("1", "begun"), nll("150", "trained"));
    assert!(after < before / 2.0, "{before} {after}");
    // A picture that is drawn is grey.
    let sheet = folder.path().join("sheet.png");
    json(&["sample", &run, "-n", "4", "--out", text(&sheet)]);
    let sheet = image::open(&sheet).unwrap().to_rgb8();
    assert!(sheet.pixels().filter(|p| p.0 != [24, 24, 27]).all(|p| p.0[0] == p.0[1] && p.0[1] == p.0[2]));
    // What is compared in colour elsewhere says that it cannot be.
    let said = morphospace(&["experiment", "smoothness", "--quick", "--models", &run, "--data", text(&data)]);
    assert!(!said.status.success() && String::from_utf8_lossy(&said.stderr).contains("grey"));
    // Its export is grey too, and opens again.
    let onnx = folder.path().join("digits.onnx");
    json(&["export", &run, "--out", text(&onnx)]);
    if cfg!(feature = "onnx") {
        let info = json(&["info", text(&folder.path().join("digits.decoder.onnx"))]);
        assert_eq!(info["config"]["imported"]["channels"], 1);
        assert_eq!(info["config"]["imported"]["width"], 28);
    }
}

#[test]
fn every_kind_trains_on_grey_pictures() {
    own_cache();
    let folder = TempDir::new().unwrap();
    let data = mnist(folder.path(), 64);
    for kind in ["ae", "sae", "dae", "vae", "dcgan", "vae-gan"] {
        let run = train(folder.path(), &data, kind, &["--model", kind, "--steps", "3"]);
        let info = json(&["info", &run]);
        assert_eq!(info["config"]["channels"], 1, "{kind}");
        json(&["train", "--resume", &run, "--steps", "4"]);
    }
    let run = train(folder.path(), &data, "linear", &["--model", "ae", "--linear", "true", "--steps", "3"]);
    json(&["evaluate", &run, "--data", text(&data), "--split", "all", "--pca"]);
}

#[test]
fn what_is_no_picture_of_black_and_white_has_no_bernoulli_likelihood() {
    own_cache();
    let folder = TempDir::new().unwrap();
    let data = mnist(folder.path(), 20);
    let refusal = |more: &[&str]| {
        let output = morphospace(&[&["train", "--data", text(&data), "--out", "nowhere"], more].concat());
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refusal(&["--likelihood", "bernoulli"]).contains("--channels 1"));
    assert!(refusal(&["--channels", "2"]).contains("3 channels, or 1"));
    assert!(refusal(&["--channels", "1", "--feature-loss", "embedded"]).contains("colours"));
    assert!(refusal(&["--image-size", "28", "--latent-grid", "7"]).contains("no grid"));
}
