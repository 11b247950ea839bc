//! The feature loss: PyTorch's numbers, that it does what it is for, and how a run keeps it; and a VAE that goes on as
//! a VAE-GAN.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor, Var};
use morphospace::config::{FeatureLoss, ModelKind, TrainConfig};
use morphospace::models::PerceptualNet;
use morphospace::nn::{Activation, Conv2d, ConvConfig, FeatureDistance, Parameters};
use morphospace::run::checkpoint::{Checkpoint, Moves};
use morphospace::train::{Changes, fork, resume, train};
use pictures::folder_of_pictures;
use settings::config;
use tempfile::TempDir;

const CPU: Device = Device::Cpu;

fn floats(t: &Tensor) -> Vec<f32> {
    t.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn reference() -> HashMap<String, Tensor> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/feature_loss.safetensors");
    candle_core::safetensors::load(file, &CPU).unwrap()
}

/// `tests/reference/feature_loss.py` made the numbers, in double precision.
#[test]
fn distance_and_gradient_agree_with_pytorch() {
    let reference = reference();
    let conv = |name: &str, cfg: ConvConfig, activation| {
        let part = |end: &str| (end.to_owned(), reference[&format!("{name}.{end}")].clone());
        let frozen = Parameters::frozen([part("weight"), part("bias")].into(), &CPU);
        let (outs, ins, ..) = reference[&format!("{name}.weight")].dims4().unwrap();
        Conv2d::new(ins, outs, cfg, true, activation, frozen.var_builder()).unwrap()
    };
    let cfg = |kernel, stride, padding| ConvConfig { kernel, stride, padding };
    let leaky = Activation::LeakyRelu(0.2);
    let network = FeatureDistance::default()
        .conv(conv("a", cfg(3, 2, 0), Activation::Relu), true)
        .and_then(|network| network.conv(conv("b", cfg(3, 1, 1), leaky), false)?.max_pool())
        .and_then(|network| network.conv(conv("c", cfg(4, 2, 1), leaky), true))
        .unwrap();
    let x = Var::from_tensor(&reference["x"]).unwrap();
    let distance = network.between(&x, &reference["target"]).unwrap();
    let gradient = distance.backward().unwrap().get(&x).unwrap().clone();
    let (ours, theirs) = (distance.to_scalar::<f32>().unwrap(), floats(&reference["distance"])[0]);
    assert!((ours / theirs - 1.0).abs() < 1e-5, "{ours} instead of {theirs}");
    let expected = floats(&reference["gradient"]);
    let largest = expected.iter().fold(0.0, |most: f32, v| most.max(v.abs()));
    for (ours, theirs) in floats(&gradient).iter().zip(&expected) {
        assert!((ours - theirs).abs() < 2e-5 * largest, "{ours} instead of {theirs} of {largest}");
    }
}

fn inception() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/inception");
    let file = folder.join("inception_v3_nsfwjs_fid_layout.safetensors");
    if !file.is_file() {
        eprintln!("skipped: there are no weights of Inception in {}", folder.display());
        return None;
    }
    Some(file)
}

/// By `tests/reference/feature_loss.py --inception FOLDER`: the eight images in it against each other.
const INCEPTION_DISTANCE: f32 = 0.483_869_65;

#[test]
fn the_first_layers_of_inception_agree_with_pytorch() {
    let Some(file) = inception() else { return };
    let images = candle_core::safetensors::load(file.with_file_name("expected_features.safetensors"), &CPU);
    let images = images.unwrap()["images_u8"].permute((0, 2, 3, 1)).unwrap().contiguous().unwrap();
    let images = (images.to_dtype(DType::F32).unwrap() / 255.0).unwrap();
    let tensors = candle_core::safetensors::load(&file, &CPU).unwrap();
    let network = PerceptualNet::inception(&Parameters::frozen(tensors, &CPU).var_builder(), &CPU).unwrap();
    let [half, other] = [0, 4].map(|first| images.narrow(0, first, 4).unwrap());
    let ours = network.distance(&half, &other).unwrap().to_scalar::<f32>().unwrap();
    assert!((ours / INCEPTION_DISTANCE - 1.0).abs() < 1e-4, "{ours}");
}

/// A run of the smallest VAE in a folder of its own.
struct Run {
    folder: TempDir,
    data: TempDir,
}

impl Run {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), data: folder_of_pictures(30) }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self, more: &[&str]) -> TrainConfig {
        config(self.data.path(), more)
    }

    fn train(&self, name: &str, more: &[&str]) -> PathBuf {
        train(&self.config(more), &self.at(name), &mut ()).unwrap();
        self.at(name)
    }
}

fn column(run: &Path, name: &str) -> Vec<f64> {
    let history = std::fs::read_to_string(run.join("history.csv")).unwrap();
    let place = history.lines().next().unwrap().split(',').position(|n| n == name).unwrap();
    let cell = |line: &str| line.split(',').nth(place).unwrap().parse().unwrap_or(f64::NAN);
    history.lines().skip(1).map(cell).collect()
}

fn checkpoint(run: &Path) -> Checkpoint {
    Checkpoint::read(&run.join("checkpoint.safetensors")).unwrap()
}

/// Both runs are measured by the embedded network; one is trained by it.
#[test]
fn a_vae_with_the_term_comes_nearer_in_features_than_one_without() {
    let folder = TempDir::new().unwrap();
    let unlike = |name: &str, weight: &str| {
        let settings = ["--steps", "120", "--validate-every", "120", "--kl-weight", "0.1", "--lr", "3e-3"];
        let judged = ["--base-width", "8", "--feature-loss", "embedded", "--feature-weight", weight];
        let config = config(Path::new("builtin:faces"), &[&settings[..], &judged].concat());
        let run = folder.path().join(name);
        train(&config, &run, &mut ()).unwrap();
        *column(&run, "validation_feature_reconstruction").last().unwrap()
    };
    let (with, without) = (unlike("with", "2"), unlike("without", "0"));
    assert!(with < 0.9 * without, "{with} with the term and {without} without");
}

#[test]
fn a_run_with_the_term_goes_on_as_if_it_had_never_stopped() {
    let run = Run::new();
    let judged = ["--lr-schedule", "constant", "--feature-loss", "embedded", "--feature-weight", "0.5"];
    let whole = run.train("whole", &[&judged[..], &["--steps", "6"]].concat());
    let halved = run.train("halved", &[&judged[..], &["--steps", "3"]].concat());
    resume(&halved, Changes { steps: Some(6), ..Changes::default() }, &mut ()).unwrap();
    for name in ["loss", "feature_reconstruction", "feature_weight"] {
        assert_eq!(column(&whole, name), column(&halved, name), "{name}");
    }
    assert!(column(&whole, "feature_reconstruction").iter().all(|term| *term > 0.0));
    let [whole, halved] = [whole, halved].map(|run| checkpoint(&run));
    assert_eq!(whole.meta.config.feature_loss, FeatureLoss::Embedded);
    for (name, tensor) in &whole.weights {
        assert_eq!(floats(tensor), floats(&halved.weights[name]), "{name}");
    }
}

#[test]
fn a_fork_can_switch_the_term_on() {
    let run = Run::new();
    let plain = run.train("plain", &["--steps", "3"]);
    let judged = run.config(&["--steps", "5", "--feature-loss", "embedded"]);
    fork(&plain, &judged, &run.at("judged"), &mut ()).unwrap();
    let terms = column(&run.at("judged"), "feature_reconstruction");
    assert!(
        terms[..3].iter().all(|term| term.is_nan()) && terms[3..].iter().all(|term| *term > 0.0),
        "{terms:?}"
    );
    assert_eq!(column(&run.at("judged"), "loss")[..3], column(&plain, "loss")[..]);
}

#[test]
fn weights_that_are_not_there_are_told_before_a_folder_is_made() {
    let run = Run::new();
    let missing = run.at("moved.pth");
    let refused = |loss: &Path| {
        let judged = run.config(&["--feature-loss", &format!("inception:{}", loss.display())]);
        let error = train(&judged, &run.at("none"), &mut ()).unwrap_err().to_string();
        assert!(error.contains(loss.to_str().unwrap()) && !error.contains('\n'), "{error}");
        assert!(!run.at("none").exists());
        error
    };
    assert!(refused(&missing).contains("--feature-loss inception:FILE"));
    std::fs::write(&missing, "no weights").unwrap();
    assert!(refused(&missing).contains("neither a .safetensors nor a .pth"));
    let foreign = run.train("vae", &["--steps", "2"]).join("checkpoint.safetensors");
    assert!(refused(&foreign).contains("'Conv2d_1a_3x3.conv.weight' is missing"));
}

/// On a grid, which a VAE-GAN takes as well.
#[test]
fn a_vae_goes_on_as_a_vae_gan_with_its_weights() {
    let run = Run::new();
    let grid = ["--latent-grid", "4", "--latent-dim", "32", "--kl-weight", "0.003"];
    let began = ["--steps", "4", "--feature-loss", "embedded", "--optimizer", "muon"];
    let vae = run.train("vae", &[&grid[..], &began].concat());
    let adversarial =
        run.config(&[&grid[..], &["--model", "vae-gan", "--steps", "5", "--lr", "1e-9"]].concat());
    let out = run.at("gan");
    fork(&vae, &adversarial, &out, &mut ()).unwrap();
    let [before, after] = [&vae, &out].map(|run| checkpoint(run));
    assert_eq!((after.meta.config.model.kind, after.meta.steps), (ModelKind::VaeGan, 5));
    assert_eq!(after.meta.moves, Some(Moves::both(1)));
    assert!(after.weights.keys().any(|name| name.starts_with("discriminator.")));
    for (name, tensor) in before.weights.iter().filter(|(name, _)| !name.contains("running")) {
        let pairs = floats(tensor).into_iter().zip(floats(&after.weights[name]));
        let off = pairs.map(|(before, after)| (before - after).abs()).fold(0.0, f32::max);
        assert!(off < 1e-6, "{name} is off by {off:e}");
    }
    assert_eq!(column(&out, "kl")[..4], column(&vae, "kl")[..]);
    resume(&out, Changes { steps: Some(7), ..Changes::default() }, &mut ()).unwrap();
    assert_eq!(checkpoint(&out).meta.moves, Some(Moves::both(3)));
    let back = run.config(&[&grid[..], &["--steps", "9"]].concat());
    let error = fork(&out, &back, &run.at("back"), &mut ()).unwrap_err().to_string();
    assert!(error.contains("a run forked from it cannot train a VAE"), "{error}");
}
