//! The models as a whole: shapes at every image size, gradients, and that each kind can learn.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

use std::ops::ControlFlow;

use candle_core::{Device, Tensor, Var};
use morphospace::config::{CodeUnits, ModelConfig, ModelKind, Normalization, Sparsity};
use morphospace::latent::pca::Pca;
use morphospace::losses::objective::Objective;
use morphospace::models::{Model, TrainForward};
use morphospace::nn::{AdamWConfig, Optimizer, Parameters, backward};
use morphospace::train::step::{StepSettings, update};
use morphospace::{losses, random};

/// The kinds, a sparse one with each of its penalties.
const KINDS: [(ModelKind, Option<Sparsity>); 5] = [
    (ModelKind::Ae, None),
    (ModelKind::Sae, Some(Sparsity::Kl { target: 0.2, weight: 1.0 })),
    (ModelKind::Sae, Some(Sparsity::L1 { weight: 1.0 })),
    (ModelKind::Dae, None),
    (ModelKind::Vae, None),
];
const CPU: Device = Device::Cpu;

fn config(
    (kind, sparsity): (ModelKind, Option<Sparsity>),
    image_size: usize,
    normalization: Normalization,
) -> ModelConfig {
    let code_units = sparsity.map_or(CodeUnits::Linear, Sparsity::units);
    ModelConfig {
        channels: 3,
        imported: None,
        kind,
        image_size,
        latent_dim: 6,
        latent_grid: None,
        linear: false,
        base_width: 4,
        normalization,
        code_units,
    }
}

fn build(config: &ModelConfig) -> (Parameters, Model) {
    let parameters = Parameters::seeded(3, &CPU);
    let model = Model::new(config, parameters.var_builder()).unwrap();
    (parameters, model)
}

/// Smooth pictures: a few waves of different direction and colour.
fn pictures(n: usize, size: usize) -> Tensor {
    let wave = |i: usize, y: usize, x: usize, c: usize| {
        let (x, y) = (x as f32 / size as f32, y as f32 / size as f32);
        0.5 + 0.4 * (6.0 * (x * (i as f32).cos() + y * (i as f32).sin()) + c as f32 + i as f32).sin()
    };
    let values: Vec<f32> = (0..n * size * size * 3)
        .map(|k| wave(k / (size * size * 3), k / (size * 3) % size, k / 3 % size, k % 3))
        .collect();
    Tensor::from_vec(values, (n, size, size, 3), &CPU).unwrap()
}

fn standard_normal(stream: u64, n: usize, latent_dim: usize) -> Tensor {
    Tensor::from_vec(random::standard_normal(0, stream, n * latent_dim), (n, latent_dim), &CPU).unwrap()
}

#[test]
fn every_kind_takes_every_image_size() {
    for kind in KINDS {
        for image_size in [32, 64, 128, 256] {
            let config = config(kind, image_size, Normalization::Batch);
            config.validate().unwrap();
            let (_, model) = build(&config);
            let posterior = model.encode(&pictures(1, image_size)).unwrap();
            assert_eq!(posterior.mu.dims(), [1, 6]);
            assert_eq!(posterior.log_var.is_some(), kind.0.is_variational());
            let codes = posterior.mu.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert!(codes.iter().all(|z| config.code_units.clamp(*z) == *z), "{kind:?}: {codes:?}");
            let decoded = model.decode(&posterior.mu).unwrap();
            assert_eq!(decoded.dims(), [1, image_size, image_size, 3]);
            let values = decoded.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert!(values.iter().all(|v| (0.0..=1.0).contains(v)));
        }
    }
}

/// On a grid each number of a code comes from its own part of the picture and goes to it.
#[test]
fn a_code_on_a_grid_knows_where_its_numbers_are() {
    const SIDE: usize = 8;
    for kind in [ModelKind::Ae, ModelKind::Vae, ModelKind::VaeGan] {
        for image_size in [32, 64, 128] {
            let config = ModelConfig {
                latent_dim: 3 * SIDE * SIDE,
                latent_grid: Some(SIDE),
                ..config((kind, None), image_size, Normalization::Batch)
            };
            config.validate().unwrap();
            let (_, model) = build(&config);
            let picture = pictures(1, image_size);
            let code = |picture: &Tensor| {
                let posterior = model.encode(picture).unwrap();
                assert_eq!(posterior.mu.dims(), [1, config.latent_dim]);
                assert_eq!(posterior.log_var.is_some(), kind.is_variational());
                posterior.mu.flatten_all().unwrap().to_vec1::<f32>().unwrap()
            };
            let pixels = |codes: Vec<f32>| {
                let codes = Tensor::from_vec(codes, (1, config.latent_dim), &CPU).unwrap();
                model.decode(&codes).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
            };

            // Row 2, column 5 of the grid, and the middle of its part of the picture.
            let (row, column, part) = (2, 5, image_size / SIDE);
            let middle = |place: usize| place * part + part / 2;
            let near = |place: usize, other: usize| place.abs_diff(other) <= 1;

            let mut changed = picture.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            changed[(middle(row) * image_size + middle(column)) * 3] += 0.5;
            let changed = Tensor::from_vec(changed, picture.shape(), &CPU).unwrap();
            let (before, after) = (code(&picture), code(&changed));
            let moved: Vec<usize> = (0..config.latent_dim).filter(|i| before[*i] != after[*i]).collect();
            let place = |i: usize| (i % (SIDE * SIDE) / SIDE, i % SIDE);
            assert!(moved.iter().any(|i| place(*i) == (row, column)), "{kind:?} {image_size}: {moved:?}");
            for i in moved {
                assert!(near(place(i).0, row) && near(place(i).1, column), "{kind:?} {image_size}: {i}");
            }

            for channel in 0..3 {
                let mut codes = before.clone();
                codes[channel * SIDE * SIDE + row * SIDE + column] += 5.0;
                let (from, to) = (pixels(before.clone()), pixels(codes));
                let moved: Vec<usize> = (0..from.len()).filter(|i| from[*i] != to[*i]).collect();
                assert!(!moved.is_empty(), "{kind:?} {image_size}: nothing moved");
                for i in moved {
                    let (y, x) = (i / 3 / image_size / part, i / 3 % image_size / part);
                    assert!(near(y, row) && near(x, column), "{kind:?} {image_size}: {y} {x}");
                }
            }
        }
    }
}

#[test]
fn a_grid_that_cannot_be_is_refused_in_words() {
    let grid = |kind, latent_dim, side| {
        let config = config((kind, None), 64, Normalization::Batch);
        ModelConfig { latent_dim, latent_grid: Some(side), ..config }.validate()
    };
    assert_eq!(grid(ModelKind::Vae, 2048, 8), Ok(()));
    assert_eq!(grid(ModelKind::Vae, 1024, 32), Ok(()));
    for (kind, latent_dim, side, told) in [
        (ModelKind::Ae, 2000, 8, "multiple of 64"),
        (ModelKind::Ae, 144, 12, "power of two from 4 to 32"),
        (ModelKind::Ae, 4096, 64, "power of two from 4 to 32"),
        (ModelKind::Dcgan, 128, 8, "one vector"),
    ] {
        assert!(grid(kind, latent_dim, side).unwrap_err().contains(told));
    }
}

/// Baldi & Hornik 1989: the error of two linear layers has no minimum below that of a PCA, and training comes to it.
#[test]
fn a_linear_autoencoder_becomes_a_pca() {
    let (n, size, k) = (40, 32, 6);
    let (images, dim) = (pictures(n, size), size * size * 3);
    let values = images.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let mut rows = |range: std::ops::Range<usize>, out: &mut [f32]| {
        out.copy_from_slice(&values[range.start * dim..range.end * dim]);
        Ok(())
    };
    let pca = Pca::fit((n, dim), k, 0, &mut rows, &mut |_, _| ControlFlow::Continue(())).unwrap();
    let back =
        Tensor::from_vec(pca.decode(&pca.encode(&values).unwrap()).unwrap(), images.shape(), &CPU).unwrap();
    let best = losses::reconstruction(&back, &images).unwrap().to_scalar::<f32>().unwrap();

    let config = ModelConfig { linear: true, ..config((ModelKind::Ae, None), size, Normalization::Batch) };
    config.validate().unwrap();
    let (parameters, model) = build(&config);
    let mut optimizer = Optimizer::muon(parameters.trainable(), AdamWConfig::default()).unwrap();
    let settings = |learning_rate| {
        StepSettings::plain(Objective { kl_weight: 0.0, free_bits: 0.0, sparsity: None }, learning_rate)
    };
    let eps = standard_normal(0, n, k);
    let mut step = |i: usize| {
        let rate = 0.02 * (1.0 - i as f64 / 300.0);
        update(&model, &mut optimizer, &images, &images, &eps, None, settings(rate))
            .unwrap()
            .terms
            .reconstruction
    };
    let last = (0..300).map(&mut step).last().unwrap();
    assert!(last >= f64::from(best) * 0.9999 && last < f64::from(best) * 1.01, "{last} of {best}");
    // Outside of training pictures are cut to the range of pixels.
    let far = (standard_normal(1, 1, k) * 1e3).unwrap();
    let decoded = model.decode(&far).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert!(decoded.iter().all(|v| (0.0..=1.0).contains(v)));
    for wrong in [
        ModelConfig { kind: ModelKind::Vae, ..config.clone() },
        ModelConfig { latent_dim: 16, latent_grid: Some(4), ..config.clone() },
    ] {
        assert!(wrong.validate().unwrap_err().contains("--linear"));
    }
}

#[test]
fn every_kind_overfits_one_batch() {
    for kind in KINDS {
        for normalization in [Normalization::Batch, Normalization::None] {
            let config = config(kind, 32, normalization);
            let (parameters, model) = build(&config);
            let mut optimizer = Optimizer::adamw(parameters.trainable(), AdamWConfig::default()).unwrap();
            let images = pictures(4, 32);
            // Small weights: neither prior nor penalty must keep a model from remembering four pictures.
            let sparsity = kind.1.map(|sparsity| match sparsity {
                Sparsity::Kl { target, .. } => Sparsity::Kl { target, weight: 1e-3 },
                Sparsity::L1 { .. } => Sparsity::L1 { weight: 1e-3 },
            });
            let objective = Objective { kl_weight: 1e-3, free_bits: 0.0, sparsity };
            // Sigmoids all begin near ½: their codes part slowly, and large steps leave a plain decoder dead.
            let slow = config.code_units == CodeUnits::Sigmoid;
            let (learning_rate, steps) = if slow { (1e-3, 1500) } else { (3e-3, 800) };
            let settings = StepSettings::plain(objective, learning_rate);
            // A denoising one sees them with noise that is new each time.
            let sigma = if kind.0 == ModelKind::Dae { 0.05 } else { 0.0 };
            let mut step = |i: u64| {
                let noise = random::standard_normal(1, i, images.elem_count());
                let noise = Tensor::from_vec(noise, images.shape(), &CPU).unwrap();
                let input = (&images + (noise * sigma).unwrap()).unwrap();
                let eps = standard_normal(i, 4, 6);
                update(&model, &mut optimizer, &input, &images, &eps, None, settings).unwrap().terms
            };
            let first = step(0).reconstruction;
            let last = (1..steps).map(&mut step).last().unwrap().reconstruction;
            assert!(last < first / 50.0, "{kind:?} {normalization:?}: {first} to {last}");
        }
    }
}

/// The derivative of the loss along the gradient's own direction, and along a random one, against central
/// differences. (Every operation on its own is held to PyTorch in f64 by `nn_ops.rs`.)
#[test]
fn gradients_agree_with_finite_differences() {
    let ways = KINDS.into_iter().flat_map(|kind| [(kind, None), (kind, Some(4))]);
    for (kind, latent_grid) in ways {
        for normalization in [Normalization::Batch, Normalization::None] {
            let config = config(kind, 32, normalization);
            let latent_dim = latent_grid.map_or(config.latent_dim, |side| 2 * side * side);
            let config = ModelConfig { latent_dim, latent_grid, ..config };
            let (parameters, model) = build(&config);
            let (images, eps) = (pictures(4, 32), standard_normal(9, 4, latent_dim));
            let loss = || -> Tensor {
                let TrainForward { reconstruction, posterior } = model.forward_train(&images, &eps).unwrap();
                let reconstruction = losses::reconstruction(&reconstruction, &images).unwrap();
                let objective = Objective { kl_weight: 1.0, free_bits: 0.1, sparsity: kind.1 };
                objective.loss(&reconstruction, &posterior).unwrap().0
            };
            let grads = backward(&loss()).unwrap();
            let vars: Vec<(String, Var)> = parameters.trainable();
            let gradient: Vec<Tensor> = vars.iter().map(|(_, v)| grads.get(v).unwrap().clone()).collect();
            let start: Vec<Tensor> = vars.iter().map(|(_, v)| v.as_tensor().copy().unwrap()).collect();
            let dot = |a: &Tensor, b: &Tensor| -> f64 {
                f64::from((a * b).unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap())
            };
            let random: Vec<Tensor> = vars
                .iter()
                .enumerate()
                .map(|(i, (_, v))| {
                    let values = random::standard_normal(1, i as u64, v.elem_count());
                    Tensor::from_vec(values, v.shape(), &CPU).unwrap()
                })
                .collect();
            for (name, direction) in [("gradient", &gradient), ("random", &random)] {
                let norm = direction.iter().map(|d| dot(d, d)).sum::<f64>().sqrt();
                let analytic = direction.iter().zip(&gradient).map(|(d, g)| dot(d, g)).sum::<f64>() / norm;
                // Short enough for the curvature, long enough for f32.
                let length = 2e-3;
                let at = |sign: f64| {
                    for (((_, var), start), d) in vars.iter().zip(&start).zip(direction) {
                        let moved = (start + (d * (sign * length / norm)).unwrap()).unwrap();
                        var.set(&moved).unwrap();
                    }
                    f64::from(loss().to_scalar::<f32>().unwrap())
                };
                let numeric = (at(1.0) - at(-1.0)) / (2.0 * length);
                let scale = gradient.iter().map(|g| dot(g, g)).sum::<f64>().sqrt();
                assert!(
                    (numeric - analytic).abs() < 0.02 * scale.min(analytic.abs().max(0.1 * scale)),
                    "{kind:?} {latent_grid:?} {normalization:?} {name}: {numeric} against {analytic}, norm {scale}"
                );
                at(0.0);
            }
        }
    }
}

/// A decoder has never seen what its encoder cannot give: beyond the ends of a unit nothing changes.
#[test]
fn codes_out_of_range_are_decoded_as_their_nearest_possible_ones() {
    for (kind, beyond, end) in [(KINDS[1], 1.7, 1.0), (KINDS[1], -0.4, 0.0), (KINDS[2], -3.0, 0.0)] {
        let (_, model) = build(&config(kind, 32, Normalization::None));
        let picture = |value: f32| {
            let codes = Tensor::full(value, (1, 6), &CPU).unwrap();
            model.decode(&codes).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        assert_eq!(picture(beyond), picture(end), "{kind:?}");
        assert_ne!(picture(end), picture(0.5));
    }
}
