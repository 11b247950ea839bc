//! Models of other programs: what PyTorch computes of them, and what is said of files that are none.
//!
//! The files are from `tests/reference/imports.py`, each exported by two exporters of PyTorch: `NAME.onnx` by that of
//! today, `NAME.old.onnx` by that of before.
#![cfg(feature = "onnx")]
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

mod commands;
mod hostile;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use morphospace::config::{CodeOutput, ExtraKind, ImportedConfig, PictureLayout, ValueRange};
use morphospace::models::imported::recognise;
use morphospace::run::TrainedModel;

/// The largest difference from PyTorch's numbers.
const TOLERANCE: f32 = 1e-4;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/imports")
}

/// The two exports of a model.
fn exports(name: &str) -> [PathBuf; 2] {
    [format!("{name}.onnx"), format!("{name}.old.onnx")].map(|name| folder().join(name))
}

/// What PyTorch says of it.
fn reference(name: &str) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(folder().join(format!("{name}.safetensors")), &Device::Cpu).unwrap()
}

/// Pictures of another program as (n, height, width, 3) in [0, 1].
fn pictures(array: &Tensor, config: &ImportedConfig, range: ValueRange) -> Vec<f32> {
    let n = array.dim(0).unwrap();
    let (width, height, channels) = (config.width, config.height, config.channels);
    let array: Vec<f32> = array.flatten_all().unwrap().to_vec1().unwrap();
    let value = |v: f32| match range {
        ValueRange::Unit => v,
        ValueRange::Signed => (v + 1.0) / 2.0,
        ValueRange::Logits => 1.0 / (1.0 + (-v).exp()),
        other => panic!("{other:?}"),
    };
    let mut all = Vec::new();
    for picture in 0..n {
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            for channel in 0..3 {
                let channel = channel % channels;
                let at = match config.layout {
                    PictureLayout::ChannelsLast => (y * width + x) * channels + channel,
                    _ => (channel * height + y) * width + x,
                };
                all.push(value(array[picture * width * height * channels + at]).clamp(0.0, 1.0));
            }
        }
    }
    all
}

fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn check(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let off = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off <= TOLERANCE, "{what}: off by {off}");
    assert!(ours.iter().any(|v| (v - ours[0]).abs() > 1e-3), "{what}: nothing is in it");
}

/// A model with its reading.
fn open(path: &Path) -> (TrainedModel, ImportedConfig) {
    let model = TrainedModel::open(path, &Device::Cpu).unwrap_or_else(|error| panic!("{error}"));
    let config = model.shape().imported.as_deref().unwrap().clone();
    (model, config)
}

/// Holds what a decoder makes of PyTorch's codes against PyTorch's pictures.
fn check_decoder(path: &Path, name: &str, [code, picture]: [&str; 2]) -> ImportedConfig {
    let arrays = reference(name);
    let (model, config) = open(path);
    let range = config.decoder.as_ref().unwrap().range;
    let codes = arrays[code].flatten_from(1).unwrap();
    assert_eq!(codes.dim(1).unwrap(), model.latent_dim());
    let decoded = model.network().decode(&codes).unwrap();
    check(&flat(&decoded), &pictures(&arrays[picture], &config, range), &path.display().to_string());
    config
}

/// Holds what an encoder makes of PyTorch's pictures against PyTorch's codes.
fn check_encoder(path: &Path, name: &str, picture: &str, outputs: &[&str]) -> ImportedConfig {
    let arrays = reference(name);
    let (model, config) = open(path);
    let range = config.encoder.as_ref().unwrap().range;
    let sides = (arrays[picture].dim(0).unwrap(), config.height, config.width, 3);
    let images = Tensor::from_vec(pictures(&arrays[picture], &config, range), sides, &Device::Cpu).unwrap();
    let posterior = model.network().encode(&images).unwrap();
    let ours = [Some(posterior.mu), posterior.log_var];
    assert_eq!(ours.iter().flatten().count(), outputs.len());
    for (ours, output) in ours.iter().flatten().zip(outputs) {
        check(&flat(ours), &flat(&arrays[*output]), &format!("{} {output}", path.display()));
    }
    config
}

#[test]
fn the_generator_of_the_dcgan_example() {
    for path in exports("dcgan") {
        let config = check_decoder(&path, "dcgan", ["input", "output"]);
        let decoder = config.decoder.unwrap();
        assert_eq!((config.width, config.height, config.channels), (64, 64, 3));
        assert_eq!((decoder.code_shape, decoder.range), (vec![100, 1, 1], ValueRange::Signed));
        assert!(config.encoder.is_none());
    }
}

#[test]
fn a_vae_in_two_files_is_one_model() {
    for ending in ["onnx", "old.onnx"] {
        let path = |part: &str| folder().join(format!("vae.{part}.{ending}"));
        let config = check_decoder(&path("decoder"), "vae.decoder", ["z", "picture"]);
        assert!(config.encoder.is_some(), "the encoder beside it is found");
        let config = check_encoder(&path("encoder"), "vae.encoder", "x", &["mu", "logvar"]);
        let encoder = config.encoder.unwrap();
        assert!(matches!(&encoder.code, CodeOutput::Gaussian { mu, .. } if mu == "mu"), "{:?}", encoder.code);
        assert_eq!(config.decoder.unwrap().range, ValueRange::Unit);
        let pair = recognise(&[path("encoder"), path("decoder")]).unwrap().config;
        assert!(pair.encoder.is_some() && pair.decoder.is_some());
        let error = recognise(&[path("decoder"), exports("dcgan")[0].clone()]).unwrap_err().to_string();
        assert!(error.contains("no pair"), "{error}");
    }
}

#[test]
fn decoders_of_upsampling_and_convolutions() {
    for name in ["upsample", "bilinear"] {
        for path in exports(name) {
            assert_eq!(
                check_decoder(&path, name, ["z", "picture"]).decoder.unwrap().range,
                ValueRange::Signed
            );
        }
    }
}

#[test]
fn a_class_is_given_by_its_number_or_as_a_vector() {
    for (name, input, kind) in [("labels", "labels", ExtraKind::Label), ("one_hot", "c", ExtraKind::OneHot)] {
        for path in exports(name) {
            let mut config = recognise(std::slice::from_ref(&path)).unwrap().config;
            let extra = &mut config.decoder.as_mut().unwrap().extra;
            assert_eq!((extra.len(), extra[0].name.as_str(), extra[0].kind), (1, input, kind));
            let decode = |config: &ImportedConfig| {
                let model = morphospace::models::ImportedModel::open(config).unwrap();
                flat(&model.decode(&reference(name)["z"]).unwrap())
            };
            let first = decode(&config);
            config.decoder.as_mut().unwrap().extra[0].value = 3.0;
            let expected = pictures(&reference(name)["picture"], &config, ValueRange::Unit);
            check(&decode(&config), &expected, &path.display().to_string());
            assert!(
                first.iter().zip(&expected).any(|(a, b)| (a - b).abs() > 0.01),
                "the class changes the picture"
            );
        }
    }
}

#[test]
fn an_autoencoder_in_one_piece_is_taken_apart_at_its_code() {
    for path in exports("autoencoder") {
        let (model, config) = open(&path);
        assert_eq!((model.latent_dim(), config.width), (10, 32), "{}", path.display());
        let arrays = reference("autoencoder");
        let images = pictures(&arrays["x"], &config, ValueRange::Unit);
        let images = Tensor::from_vec(images, (2, 32, 32, 3), &Device::Cpu).unwrap();
        let codes = model.network().encode(&images).unwrap().mu;
        assert_eq!(codes.dims(), [2, 10]);
        let back = flat(&model.network().decode(&codes).unwrap());
        check(&back, &pictures(&arrays["reconstruction"], &config, ValueRange::Unit), "reconstruction");
    }
}

#[test]
fn a_vae_in_one_piece_gives_the_mean_as_its_code() {
    for path in exports("whole_vae") {
        let config = check_encoder(&path, "whole_vae", "x", &["mu", "log_var"]);
        assert_eq!(config.decoder.unwrap().code_shape, [16]);
        check_decoder(&path, "whole_vae", ["mu", "reconstruction"]);
    }
}

#[test]
fn a_conditional_vae_in_one_piece_is_told_its_class_once() {
    for path in exports("conditional_vae") {
        let mut config = recognise(std::slice::from_ref(&path)).unwrap().config;
        assert_eq!(config.extra().count(), 1, "{}", path.display());
        config.extra_mut().for_each(|extra| extra.value = 2.0);
        let model = morphospace::models::ImportedModel::open(&config).unwrap();
        let arrays = reference("conditional_vae");
        let images = pictures(&arrays["x"], &config, ValueRange::Unit);
        let images = Tensor::from_vec(images, (2, 32, 32, 3), &Device::Cpu).unwrap();
        let posterior = model.encode(&images).unwrap();
        check(&flat(&posterior.mu), &flat(&arrays["mu"]), "mu");
        let back = flat(&model.decode(&posterior.mu).unwrap());
        check(&back, &pictures(&arrays["reconstruction"], &config, ValueRange::Unit), "reconstruction");
    }
}

#[test]
fn mean_and_spread_may_come_one_after_the_other() {
    for ending in ["onnx", "old.onnx"] {
        let path = |part: &str| folder().join(format!("halves.{part}.{ending}"));
        let config = recognise(&[path("encoder"), path("decoder")]).unwrap().config;
        assert!(matches!(config.encoder.as_ref().unwrap().code, CodeOutput::Halves(_)));
        let model = morphospace::models::ImportedModel::open(&config).unwrap();
        let arrays = reference("halves.encoder");
        let images = pictures(&arrays["x"], &config, ValueRange::Unit);
        let images = Tensor::from_vec(images, (2, 32, 32, 3), &Device::Cpu).unwrap();
        let posterior = model.encode(&images).unwrap();
        let moments = Tensor::cat(&[&posterior.mu, posterior.log_var.as_ref().unwrap()], 1).unwrap();
        check(&flat(&moments), &flat(&arrays["moments"]), "moments");
    }
}

#[test]
fn pictures_may_be_flat_grey_wide_or_have_their_channels_last() {
    for ending in ["onnx", "old.onnx"] {
        let path = |name: &str| folder().join(format!("{name}.{ending}"));
        let config = check_decoder(&path("mnist.decoder"), "mnist.decoder", ["z", "picture"]);
        assert_eq!((config.width, config.channels, config.layout), (28, 1, PictureLayout::Flat));
        check_encoder(&path("mnist.encoder"), "mnist.encoder", "x", &["mu", "logvar"]);
        let config = check_decoder(&path("wide_grey"), "wide_grey", ["z", "picture"]);
        assert_eq!((config.width, config.height, config.channels), (40, 24, 1));
        let config = check_decoder(&path("channels_last"), "channels_last", ["z", "picture"]);
        assert_eq!(config.layout, PictureLayout::ChannelsLast);
    }
}

#[test]
fn state_dicts_of_stacks_that_are_known() {
    let file = |name: &str| folder().join(format!("{name}.pt"));
    check_decoder(&file("legacy_checkpoint"), "legacy_checkpoint", ["code", "picture"]);
    check_decoder(&file("dcgan_checkpoint"), "dcgan_checkpoint", ["code", "picture"]);
    let notes = recognise(&[file("dcgan_checkpoint")]).unwrap().notes.join(" ");
    assert!(notes.contains("g_ema") && notes.contains("DCGAN"), "{notes}");
    for (name, side, channels, heads) in [
        ("pytorch_vae", 64, 3, 2),
        ("pythae_mlp", 28, 1, 2),
        ("pythae_mnist", 28, 1, 2),
        ("pythae_cifar", 32, 3, 1),
        ("pythae_celeba", 64, 3, 2),
        ("mnist_example", 28, 1, 2),
    ] {
        let config = check_decoder(&file(name), name, ["code", "picture"]);
        assert_eq!((config.width, config.height, config.channels), (side, side, channels), "{name}");
        check_encoder(&file(name), name, "x", &["mu", "log_var"][..heads]);
    }
}
