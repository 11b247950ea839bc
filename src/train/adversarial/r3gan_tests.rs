//! Two whole updates by the recipe of R3GAN against PyTorch in f64 with double backward;
//! `tests/reference/r3gan.py` made the numbers.

use std::collections::HashMap;

use candle_core::{Device, Tensor};

use super::{Optimizers, UpdateOptions, update, vae_gan};
use crate::config::{Adversarial, CodeUnits, DiscriminatorNorm, ModelConfig, ModelKind, Normalization};
use crate::losses::objective::Objective;
use crate::models::{DcganConfig, Discriminator, Generator, Vae};
use crate::nn::Parameters;

const CONFIG: ModelConfig = ModelConfig {
    channels: 3,
    imported: None,
    kind: ModelKind::VaeGan,
    image_size: 32,
    latent_dim: 6,
    latent_grid: None,
    linear: false,
    base_width: 4,
    normalization: Normalization::Batch,
    code_units: CodeUnits::Linear,
};

fn floats(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1::<f32>().unwrap()
}

/// Its gradient is 0, since it is in both logits of a pair: Adam makes steps of what rounding leaves of that.
const LAST_BIAS: &str = "main.6.bias";

/// One kind of model in the reference.
struct Reference {
    tensors: HashMap<String, Tensor>,
    numbers: Vec<f32>,
    parameters: [Parameters; 2],
    discriminator: Discriminator,
}

const SIDES: [&str; 2] = ["generator", "discriminator"];

fn part(tensors: &HashMap<String, Tensor>, prefix: &str) -> HashMap<String, Tensor> {
    let named = |(name, t): (&String, &Tensor)| Some((name.strip_prefix(prefix)?.to_owned(), t.clone()));
    tensors.iter().filter_map(named).collect()
}

impl Reference {
    fn of(kind: &str) -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/r3gan.safetensors");
        let all = candle_core::safetensors::load(file, &Device::Cpu).unwrap();
        let numbers = floats(&all["numbers"]);
        let tensors = part(&all, &format!("{kind}/"));
        let begin = |side| Parameters::from_tensors(part(&tensors, &format!("before/{side}.")), &Device::Cpu);
        let parameters = SIDES.map(begin);
        let vb = parameters[1].var_builder();
        let discriminator = Discriminator::new((&CONFIG).into(), DiscriminatorNorm::None, vb).unwrap();
        Self { tensors, numbers, parameters, discriminator }
    }

    /// Of an update: both penalties in each, as the numbers of the file say.
    fn options(&self, step: usize) -> UpdateOptions {
        let number = |at: usize| f64::from(self.numbers[at]);
        let settings = Adversarial {
            relativistic: true,
            discriminator_norm: DiscriminatorNorm::None,
            r1: number(step),
            r2: number(2 + step),
            penalty_every: 1,
            beta1: 0.0,
            beta2: number(4 + step),
            reconstruction_weight: number(7),
            ..Adversarial::NONE
        };
        UpdateOptions { settings, step, ..UpdateOptions::paper(number(6)) }
    }

    fn noise(&self, step: usize) -> Tensor {
        self.tensors["noise"].get(step).unwrap().contiguous().unwrap()
    }

    fn check_losses(&self, step: usize, ours: &[f64]) {
        let theirs = floats(&self.tensors["losses"].get(step).unwrap());
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs.into_iter().map(f64::from)) {
            let off = (ours - theirs).abs();
            assert!(off < 2e-5 * theirs.max(1.0), "update {step}: {ours} instead of {theirs}");
        }
    }

    fn check_weights(&self) {
        for (side, parameters) in SIDES.iter().zip(&self.parameters) {
            let after = part(&self.tensors, &format!("after/{side}."));
            assert_eq!(after.len(), parameters.all().len());
            for (name, var) in parameters.all() {
                if name == LAST_BIAS {
                    continue;
                }
                let pairs = floats(var.as_tensor()).into_iter().zip(floats(&after[&name]));
                let off = pairs.map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f32::max);
                // A tenth of what one of Adam's updates moves.
                assert!(off < 2e-5, "{side}.{name} is off by {off:e}");
            }
        }
    }
}

#[test]
fn two_updates_of_a_dcgan_agree_with_pytorch() {
    let reference = Reference::of("dcgan");
    let [of_generator, of_discriminator] = &reference.parameters;
    let generator = Generator::new(DcganConfig::from(&CONFIG), of_generator.var_builder()).unwrap();
    let mut optimizers = Optimizers::new(of_generator, of_discriminator).unwrap();
    let images = &reference.tensors["images"];
    for step in 0..2 {
        let (codes, options) = (reference.noise(step), reference.options(step));
        let (discriminator, optimizers) = (&reference.discriminator, &mut optimizers);
        let (terms, _) = update(&generator, discriminator, optimizers, images, &codes, &options).unwrap();
        assert_eq!((terms.real, terms.d_real), (terms.fake, 1.0 - terms.d_fake));
        let ours = [terms.real, terms.generator, terms.r1.unwrap(), terms.r2.unwrap()];
        reference.check_losses(step, &ours);
    }
    reference.check_weights();
}

#[test]
fn two_updates_of_a_vae_gan_agree_with_pytorch() {
    let reference = Reference::of("vae-gan");
    let [of_generator, of_discriminator] = &reference.parameters;
    let vae = Vae::new(&CONFIG, of_generator.var_builder()).unwrap();
    let mut optimizers = Optimizers::new(of_generator, of_discriminator).unwrap();
    let objective = Objective { kl_weight: 1.0, free_bits: 0.0, sparsity: None };
    let images = &reference.tensors["images"];
    for step in 0..2 {
        let (noise, options) = (reference.noise(step), reference.options(step));
        let [eps, codes] = [0, 1].map(|row| noise.get(row).unwrap().contiguous().unwrap());
        let (discriminator, optimizers) = (&reference.discriminator, &mut optimizers);
        let noise = [&eps, &codes];
        let updated =
            vae_gan::update(&vae, discriminator, optimizers, images, noise, &objective, &options).unwrap();
        let terms = updated.adversarial;
        let features = terms.feature_reconstruction.unwrap();
        let [r1, r2] = [terms.r1, terms.r2].map(Option::unwrap);
        reference.check_losses(step, &[terms.real, terms.generator, r1, r2, features, updated.terms.kl]);
    }
    reference.check_weights();
}
