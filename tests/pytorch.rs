//! Our checkpoints in plain PyTorch: `pytorch_module.py` loads a file of ours into `torch.nn` layers, and
//! both must compute the same. Its recorded output is always compared; where there is a Python with torch
//! (`MORPHOSPACE_PYTHON`, or `python3`), it also runs.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use candle_core::{DType, Device, Tensor};
use morphospace::models::{Model, shipped};
use morphospace::nn::Parameters;
use morphospace::run::checkpoint::Checkpoint;

const TOLERANCE: f64 = 1e-5;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shipped_file(name: &str) -> PathBuf {
    root().join("models").join(format!("{name}.safetensors"))
}

fn read_tensors(file: &Path) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(file, &Device::Cpu).unwrap()
}

/// PyTorch's results from the checkpoint against ours, in f32.
fn assert_same(checkpoint: &Path, pytorch: &HashMap<String, Tensor>) {
    let Checkpoint { meta, weights, .. } = Checkpoint::read(checkpoint).unwrap();
    let parameters = Parameters::frozen(weights, &Device::Cpu);
    let model = Model::new(&meta.config.model, parameters.var_builder()).unwrap();
    let pictures = (pytorch["pictures"].to_dtype(DType::F32).unwrap() / 255.0).unwrap();
    let posterior = model.encode(&pictures).unwrap();
    let decoded = model.decode(&pytorch["codes"]).unwrap();
    for (what, ours) in
        [("mu", &posterior.mu), ("log_var", &posterior.log_var.unwrap()), ("decoded", &decoded)]
    {
        let wide = |t: &Tensor| t.to_dtype(DType::F64).unwrap();
        let off = (wide(ours) - wide(&pytorch[what])).unwrap().abs().unwrap().flatten_all().unwrap();
        let worst = off.max(0).unwrap().to_scalar::<f64>().unwrap();
        eprintln!("{} {what}: off by at most {worst:.1e}", checkpoint.display());
        assert!(worst < TOLERANCE, "{what} of {} is off by {worst:.1e}", checkpoint.display());
    }
}

/// The shipped model again as a checkpoint in f32, its weights times `factor`.
fn in_full_precision(folder: &Path, factor: f64) -> PathBuf {
    let mut checkpoint = Checkpoint::read(&shipped_file("vae-ffhq-64")).unwrap();
    for tensor in checkpoint.weights.values_mut() {
        *tensor = (&*tensor * factor).unwrap();
    }
    let file = folder.join(format!("times-{factor}.safetensors"));
    checkpoint.write(&file).unwrap();
    assert!(read_tensors(&file).values().all(|t| t.dtype() == DType::F32));
    file
}

#[test]
fn our_models_compute_what_pytorch_recorded() {
    let recorded = read_tensors(&root().join("tests/reference/pytorch_module.safetensors"));
    assert_eq!(recorded["decoded"].dims(), [3, 64, 64, 3]);
    assert_same(&shipped_file("vae-ffhq-64"), &recorded);
    // The same numbers in the form that a run saves them in.
    let folder = tempfile::tempdir().unwrap();
    assert_same(&in_full_precision(folder.path(), 1.0), &recorded);
}

#[test]
fn pytorch_loads_our_checkpoints() {
    let python = std::env::var("MORPHOSPACE_PYTHON").unwrap_or_else(|_| "python3".into());
    let has_torch = Command::new(&python).args(["-c", "import torch, safetensors, numpy"]).output();
    if !has_torch.is_ok_and(|found| found.status.success()) {
        eprintln!(
            "skipped: {python} has no torch, safetensors and numpy; MORPHOSPACE_PYTHON can name one that has"
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<PathBuf> = shipped::names().into_iter().map(shipped_file).collect();
    // Weights that f16 could not hold.
    files.push(in_full_precision(folder.path(), 0.999));
    for file in files {
        let out = folder.path().join("out.safetensors");
        let script = Command::new(&python)
            .arg(root().join("tests/pytorch_module.py"))
            .args([&file, &out])
            .output()
            .unwrap();
        assert!(script.status.success(), "{}", String::from_utf8_lossy(&script.stderr));
        assert_same(&file, &read_tensors(&out));
    }
}
