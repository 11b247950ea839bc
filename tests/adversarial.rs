//! The DCGAN and its update: shapes, names, PyTorch's numbers, and that the two sides learn.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use morphospace::config::{DiscriminatorNorm, Side};
use morphospace::models::{DcganConfig, Discriminator, Generator};
use morphospace::nn::{Parameters, backward};
use morphospace::random;
use morphospace::report::AdversarialTerms;
use morphospace::train::adversarial::{Optimizers, UpdateOptions, update};

const CPU: Device = Device::Cpu;
const TINY: DcganConfig = DcganConfig { image_size: 32, latent_dim: 8, base_width: 4, channels: 3 };

/// Both networks with their optimisers.
struct Pair {
    parameters: [Parameters; 2],
    generator: Generator,
    discriminator: Discriminator,
    optimizers: Optimizers,
}

impl Pair {
    fn new(config: DcganConfig, parameters: [Parameters; 2]) -> Self {
        let [for_generator, for_discriminator] = &parameters;
        let generator = Generator::new(config, for_generator.var_builder()).unwrap();
        let discriminator =
            Discriminator::new(config, DiscriminatorNorm::Batch, for_discriminator.var_builder()).unwrap();
        let optimizers = Optimizers::new(for_generator, for_discriminator).unwrap();
        Self { parameters, generator, discriminator, optimizers }
    }

    fn seeded(config: DcganConfig) -> Self {
        Self::new(config, [1, 2].map(|seed| Parameters::seeded(seed, &CPU)))
    }

    fn update(&mut self, images: &Tensor, codes: &Tensor, learning_rate: f64) -> AdversarialTerms {
        let Self { generator, discriminator, optimizers, .. } = self;
        update(generator, discriminator, optimizers, images, codes, &UpdateOptions::paper(learning_rate))
            .unwrap()
            .0
    }
}

fn codes(stream: u64, n: usize, latent_dim: usize) -> Tensor {
    Tensor::from_vec(random::standard_normal(0, stream, n * latent_dim), (n, latent_dim), &CPU).unwrap()
}

fn floats(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

fn names(parameters: &Parameters) -> Vec<String> {
    parameters.all().into_iter().map(|(name, _)| name).collect()
}

#[test]
fn every_image_size_has_its_networks() {
    for image_size in [32, 64, 128, 256] {
        let Pair { generator, discriminator, .. } = Pair::seeded(DcganConfig { image_size, ..TINY });
        let images = generator.forward(&codes(0, 2, 8), true).unwrap();
        assert_eq!(images.dims(), [2, image_size, image_size, 3]);
        assert!(floats(&images).iter().all(|v| (0.0..=1.0).contains(v)));
        assert_eq!(discriminator.forward(&images, true).unwrap().dims(), [2]);
    }
}

/// Tensors of `Generator().state_dict()` and `Discriminator().state_dict()` of PyTorch's DCGAN tutorial,
/// but for the counters `num_batches_tracked`.
#[test]
fn names_and_shapes_are_those_of_the_tutorial() {
    let Pair { parameters, .. } = Pair::seeded(DcganConfig { base_width: 4, ..DcganConfig::default() });
    let expected = |convolutions: &[usize], norms: &[usize]| {
        let norm = |at| ["weight", "bias", "running_mean", "running_var"].map(|t| format!("main.{at}.{t}"));
        let mut names: Vec<String> = convolutions.iter().map(|at| format!("main.{at}.weight")).collect();
        names.extend(norms.iter().flat_map(norm));
        names.sort();
        names
    };
    assert_eq!(names(&parameters[0]), expected(&[0, 3, 6, 9, 12], &[1, 4, 7, 10]));
    assert_eq!(names(&parameters[1]), expected(&[0, 2, 5, 8, 11], &[3, 6, 9]));
    let shape = |side: usize, name: &str| {
        parameters[side].all().into_iter().find(|(n, _)| n == name).unwrap().1.dims().to_vec()
    };
    assert_eq!(shape(0, "main.0.weight"), [100, 32, 4, 4]);
    assert_eq!(shape(0, "main.12.weight"), [4, 3, 4, 4]);
    assert_eq!(shape(1, "main.0.weight"), [4, 3, 4, 4]);
    assert_eq!(shape(1, "main.11.weight"), [1, 32, 4, 4]);
}

/// Mean and standard deviation of the paper: N(0, 0.02) for convolutions, N(1, 0.02) in batch norm.
#[test]
fn first_weights_are_drawn_as_in_the_paper() {
    let Pair { parameters, .. } = Pair::seeded(DcganConfig { base_width: 16, ..DcganConfig::default() });
    for (name, var) in parameters.iter().flat_map(Parameters::trainable) {
        let values = floats(var.as_tensor());
        let n = values.len() as f64;
        let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let deviation = (values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n).sqrt();
        if name.ends_with("bias") {
            assert!(values.iter().all(|v| *v == 0.0), "{name}");
            continue;
        }
        let centre = if var.dims().len() == 1 { 1.0 } else { 0.0 };
        // Five standard errors.
        assert!((mean - centre).abs() < 5.0 * 0.02 / n.sqrt(), "{name}: mean {mean}");
        assert!((deviation - 0.02).abs() < 5.0 * 0.02 / (2.0 * n).sqrt(), "{name}: deviation {deviation}");
    }
}

/// Two whole updates against PyTorch in f64; `reference/dcgan.py` made the numbers.
#[test]
fn two_updates_agree_with_pytorch() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/dcgan.safetensors");
    let reference = candle_core::safetensors::load(file, &CPU).unwrap();
    let part = |prefix: &str| -> HashMap<String, Tensor> {
        let named = |(name, t): (&String, &Tensor)| Some((name.strip_prefix(prefix)?.to_owned(), t.clone()));
        reference.iter().filter_map(named).collect()
    };
    let sides = ["generator", "discriminator"];
    let start = sides.map(|side| Parameters::from_tensors(part(&format!("before/{side}.")), &CPU));
    let mut pair = Pair::new(TINY, start);
    let of_update = |i: usize| reference["codes"].get(i).unwrap();

    let fakes = floats(&pair.generator.forward(&of_update(0), true).unwrap());
    let worst = |ours: &[f32], theirs: &[f32]| {
        assert_eq!(ours.len(), theirs.len());
        ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    let off = worst(&fakes, &floats(&reference["fakes"]));
    assert!(off < 1e-5, "generated images are off by {off:e}");

    // Anew: looking has moved the running moments.
    let start = sides.map(|side| Parameters::from_tensors(part(&format!("before/{side}.")), &CPU));
    pair = Pair::new(TINY, start);
    for update in 0..2 {
        let terms = pair.update(&reference["images"], &of_update(update), 2e-4);
        let ours = [terms.real, terms.fake, terms.generator].map(|v| v as f32);
        let off = worst(&ours, &floats(&reference["losses"].get(update).unwrap()));
        assert!(off < 2e-5, "losses of update {update} are off by {off:e}: {ours:?}");
    }
    for (side, parameters) in sides.iter().zip(&pair.parameters) {
        let after = part(&format!("after/{side}."));
        assert_eq!(after.len(), parameters.all().len());
        for (name, var) in parameters.all() {
            let off = worst(&floats(var.as_tensor()), &floats(&after[&name]));
            // A tenth of what one of Adam's updates moves.
            assert!(off < 2e-5, "{side}.{name} is off by {off:e}");
        }
    }
}

#[test]
fn a_detached_discriminator_judges_alike_and_takes_no_gradient() {
    let Pair { parameters, generator, discriminator, .. } = Pair::seeded(TINY);
    let judge = |discriminator: &Discriminator| {
        let fakes = generator.forward(&codes(0, 4, 8), true).unwrap();
        let loss = discriminator.forward(&fakes, true).unwrap().sum_all().unwrap();
        (loss.to_scalar::<f32>().unwrap(), backward(&loss).unwrap())
    };
    let ((loss, grads), (detached_loss, detached)) =
        (judge(&discriminator), judge(&discriminator.detached()));
    assert_eq!(loss, detached_loss);
    for (_, var) in parameters[1].trainable() {
        assert!(grads.get(&var).is_some() && detached.get(&var).is_none());
    }
    for (name, var) in parameters[0].trainable() {
        assert_eq!(floats(grads.get(&var).unwrap()), floats(detached.get(&var).unwrap()), "{name}");
    }
}

/// Real images of one colour: the generator has to find it.
#[test]
fn generated_images_take_on_the_colour_of_real_ones() {
    let mut pair = Pair::seeded(TINY);
    let colour = [0.2f32, 0.5, 0.8];
    let pixels: Vec<f32> = random::uniform(0, 0, 8 * 32 * 32 * 3)
        .into_iter()
        .enumerate()
        .map(|(i, noise)| colour[i % 3] + 0.1 * (noise - 0.5))
        .collect();
    let images = Tensor::from_vec(pixels, (8, 32, 32, 3), &CPU).unwrap();
    let distance = |generator: &Generator| {
        let made = generator.forward(&codes(99, 16, 8), true).unwrap();
        let mean = floats(&made.mean((0, 1, 2)).unwrap());
        mean.iter().zip(colour).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    let before = distance(&pair.generator);
    let mut terms = Vec::new();
    for step in 0..200 {
        terms.push(pair.update(&images, &codes(step, 8, 8), 2e-3));
    }
    assert!(terms.iter().all(|t| t.real.is_finite() && t.fake.is_finite() && t.generator.is_finite()));
    let after = distance(&pair.generator);
    assert!(before > 0.25 && after < 0.1, "{before} to {after}");
}

#[test]
fn losses_that_are_no_numbers_move_nothing() {
    let mut pair = Pair::seeded(TINY);
    let weights = |pair: &Pair| -> Vec<Vec<f32>> {
        let vars = pair.parameters.iter().flat_map(Parameters::trainable);
        vars.map(|(_, var)| floats(var.as_tensor())).collect()
    };
    let before = weights(&pair);
    let images = Tensor::full(f32::NAN, (4, 32, 32, 3), &CPU).unwrap();
    let terms = pair.update(&images, &codes(0, 4, 8), 1e-3);
    assert!(terms.real.is_nan());
    assert_eq!(before, weights(&pair));
}

/// `torch.nn.utils.spectral_norm` on every convolution of a discriminator with biases and no batch norm.
#[test]
fn a_spectral_discriminator_has_the_names_of_pytorch_and_stretches_nothing() {
    let parameters = Parameters::seeded(4, &CPU);
    let discriminator =
        Discriminator::new(TINY, DiscriminatorNorm::Spectral, parameters.var_builder()).unwrap();
    let tensor = |at| ["bias", "weight_orig", "weight_u", "weight_v"].map(|t| format!("main.{at}.{t}"));
    let expected: Vec<String> = [0, 2, 4, 6].into_iter().flat_map(tensor).collect();
    assert_eq!(names(&parameters), expected);
    let images = Tensor::from_vec(random::uniform(0, 0, 2 * 32 * 32 * 3), (2, 32, 32, 3), &CPU).unwrap();
    for _ in 0..30 {
        discriminator.forward(&images, true).unwrap();
    }
    // Overlapping kernels of 4 with stride 2 see each pixel four times at most: no more than twice the norm.
    let other = (&images * 0.9).unwrap();
    let [a, b] = [&images, &other].map(|i| floats(&discriminator.forward(i, false).unwrap()));
    let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
    let pictures = 2.0 * distance(&floats(&images), &floats(&other));
    assert!(distance(&a, &b) <= pictures * 2f32.powi(4), "{a:?} {b:?}");
}

/// The extras change what is learned, and a side that sits out does not move.
#[test]
fn one_side_moves_alone_when_asked_to() {
    for (only, moving) in [(Side::Generator, [true, false]), (Side::Discriminator, [false, true])] {
        let mut pair = Pair::seeded(TINY);
        let weights = |pair: &Pair, side: usize| -> Vec<Vec<f32>> {
            pair.parameters[side].trainable().iter().map(|(_, var)| floats(var.as_tensor())).collect()
        };
        let before = [0, 1].map(|side| weights(&pair, side));
        let images = Tensor::from_vec(random::uniform(0, 0, 4 * 32 * 32 * 3), (4, 32, 32, 3), &CPU).unwrap();
        let options = UpdateOptions { only: Some(only), ..UpdateOptions::paper(1e-3) };
        let Pair { generator, discriminator, optimizers, .. } = &mut pair;
        update(generator, discriminator, optimizers, &images, &codes(0, 4, 8), &options).unwrap();
        for side in [0, 1] {
            assert_eq!(before[side] != weights(&pair, side), moving[side], "{only:?}");
        }
    }
}
