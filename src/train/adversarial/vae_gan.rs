//! One update of a VAE-GAN (Larsen et al. 2016, "Autoencoding beyond pixels using a learned similarity
//! metric", <https://arxiv.org/abs/1512.09300>, algorithm 1).
//!
//! Three losses, three networks:
//!
//! * encoder: `kl_weight · KL + L_features`, where `L_features` is half the squared distance of picture and
//!   reconstruction in a layer of the discriminator, summed over its values;
//! * decoder: `γ · L_features − log D(x̃) − log D(x_p)`, its adversarial part non-saturating and a mean over
//!   reconstructions x̃ and draws x_p;
//! * discriminator: real pictures against reconstructions and draws. Where it compares pairs, the partner of a
//!   reconstruction is its own picture, and that of a draw a picture of the batch.

use candle_core::{Tensor, Var};

use super::{Optimizers, TO_FOOL, UpdateOptions, discriminate, fooling, partners, scalar};
use crate::config::Side;
use crate::error::Result;
use crate::losses;
use crate::losses::objective::{Objective, Terms};
use crate::models::{Discriminator, Posterior, Vae, reparameterize};
use crate::nn::{backward, backward_keeping_graph, sum_gradients};
use crate::report::AdversarialTerms;
use crate::train::step::weigh;

/// Outcome of an update.
pub struct VaeGanOutcome {
    /// Pixel reconstruction, KL, and what the encoder minimises.
    pub terms: Terms,
    /// The two sides.
    pub adversarial: AdversarialTerms,
    /// Euclidean norm of encoder's and decoder's gradient; NaN if a loss was not finite.
    pub gradient_norm: f64,
}

/// One update: of the discriminator, then of encoder and decoder. Weights whose loss is not finite do not
/// move.
///
/// * `images`: (n, size, size, 3) in [0, 1]
/// * `eps`: standard normal, (n, latent_dim), for the draw from q(z|x)
/// * `codes`: standard normal, (n, latent_dim), for pictures from the prior
pub fn update(
    vae: &Vae,
    discriminator: &Discriminator,
    optimizers: &mut Optimizers,
    images: &Tensor,
    [eps, codes]: [&Tensor; 2],
    objective: &Objective,
    options: &UpdateOptions,
) -> Result<VaeGanOutcome> {
    let (mu, log_var) = vae.encode(images, true)?;
    let posterior = Posterior { mu, log_var: Some(log_var.clone()) };
    let drawn = reparameterize(&posterior.mu, &log_var, eps)?;
    // A leaf: the adversarial loss is none of the encoder's.
    let z = Var::from_tensor(&drawn.detach())?;
    let reconstruction = vae.decode(&z, true)?;
    let fakes = Tensor::cat(&[&reconstruction, &vae.decode(codes, true)?], 0)?;
    let mut terms = discriminate(discriminator, &mut optimizers.discriminator, images, &fakes, options)?;

    // Reconstructions and the pictures themselves are augmented alike, so that they can be compared.
    let critic = discriminator.detached();
    let n = images.dim(0)?;
    let seen = critic.evaluate(&options.augmented(&fakes, TO_FOOL)?, true)?;
    let target = critic.evaluate(&options.augmented(images, TO_FOOL)?, true)?;
    let features =
        losses::reconstruction(&seen.features.narrow(0, 0, n)?.contiguous()?, &target.features.detach())?;
    let features = features.affine(0.5, 0.0)?;
    let fooling = match options.settings.relativistic {
        true => fooling(&(&seen.logits - partners(&target.logits, &seen.logits)?)?)?,
        false => fooling(&seen.logits)?,
    };
    // The features reach the encoder by the code.
    let (prior, mut encoder_terms) = objective.loss(&features.detach(), &posterior)?;
    terms.generator = scalar(&fooling)?;
    let mut pixels = scalar(&losses::reconstruction(&reconstruction.detach(), images)?)?;
    weigh(n, encoder_terms.numbers().into_iter().chain([&mut terms.generator, &mut pixels]));
    terms.feature_reconstruction = Some(encoder_terms.reconstruction);
    let mut updated = VaeGanOutcome {
        terms: Terms { reconstruction: pixels, ..encoder_terms },
        adversarial: terms,
        gradient_norm: f64::NAN,
    };
    if !(terms.real + terms.fake + terms.generator + encoder_terms.loss).is_finite() {
        return Ok(updated);
    }
    updated.gradient_norm = 0.0;
    if options.moves(Side::Generator) {
        let by_features = backward_keeping_graph(&options.part_of(features)?)?;
        let mut grads = backward(&options.part_of(fooling)?)?;
        grads.remove(&z);
        let by_code = by_features.get(&z).map_or_else(|| z.zeros_like(), |g| Ok(g.detach()))?;
        let of_encoder = backward(&((drawn * by_code)?.sum_all()? + options.part_of(prior)?)?)?;
        let gamma = options.settings.reconstruction_weight;
        let vars = optimizers.of_generator();
        for var in &vars {
            if let Some(gradient) = by_features.get(var) {
                let weighed = gradient.affine(gamma, 0.0)?;
                let sum = match grads.get(var) {
                    Some(adversarial) => (adversarial + weighed)?,
                    None => weighed,
                };
                grads.insert(var, sum);
            } else if let Some(gradient) = of_encoder.get(var) {
                grads.insert(var, gradient.clone());
            }
        }
        let grads = sum_gradients(grads, &vars)?;
        updated.gradient_norm = optimizers.move_generator(&grads, options)?;
    }
    Ok(updated)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use candle_core::Device;

    use super::*;
    use crate::config::{CodeUnits, DiscriminatorNorm, ModelConfig, ModelKind, Normalization};
    use crate::models::DcganConfig;
    use crate::nn::Parameters;
    use crate::train::adversarial::UpdateOptions;

    /// Two whole updates against PyTorch in f64; `tests/reference/vae_gan.py` made the numbers.
    #[test]
    fn two_updates_agree_with_pytorch() {
        let device = Device::Cpu;
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/vae_gan.safetensors");
        let reference = candle_core::safetensors::load(file, &device).unwrap();
        let part = |prefix: &str| -> HashMap<String, Tensor> {
            let named =
                |(name, t): (&String, &Tensor)| Some((name.strip_prefix(prefix)?.to_owned(), t.clone()));
            reference.iter().filter_map(named).collect()
        };
        let config = ModelConfig {
            kind: ModelKind::VaeGan,
            image_size: 32,
            latent_dim: 6,
            latent_grid: None,
            linear: false,
            base_width: 4,
            normalization: Normalization::Batch,
            code_units: CodeUnits::Linear,
            channels: 3,
            imported: None,
        };
        let sides = ["vae", "discriminator"];
        let parameters =
            sides.map(|side| Parameters::from_tensors(part(&format!("before/{side}.")), &device));
        let vae = Vae::new(&config, parameters[0].var_builder()).unwrap();
        let shape = DcganConfig { image_size: 32, latent_dim: 6, base_width: 4, channels: 3 };
        let discriminator =
            Discriminator::new(shape, DiscriminatorNorm::Batch, parameters[1].var_builder()).unwrap();
        let mut optimizers = Optimizers::new(&parameters[0], &parameters[1]).unwrap();
        let mut options = UpdateOptions::paper(2e-4);
        options.settings.reconstruction_weight = 0.25;
        let objective = Objective { kl_weight: 1.0, free_bits: 0.0, sparsity: None };
        let floats = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for step in 0..2 {
            let noise = reference["noise"].get(step).unwrap();
            let noise = [0, 1].map(|row| noise.get(row).unwrap().contiguous().unwrap());
            let images = &reference["images"];
            let [eps, codes] = &noise;
            let updated =
                update(&vae, &discriminator, &mut optimizers, images, [eps, codes], &objective, &options)
                    .unwrap();
            let terms = updated.adversarial;
            let features = terms.feature_reconstruction.unwrap();
            let ours = [terms.real, terms.fake, terms.generator, features, updated.terms.kl];
            let theirs = floats(&reference["losses"].get(step).unwrap());
            for (ours, theirs) in ours.iter().zip(theirs) {
                let off = (ours - f64::from(theirs)).abs();
                assert!(off < 2e-5 * f64::from(theirs).max(1.0), "update {step}: {ours} instead of {theirs}");
            }
        }
        for (side, parameters) in sides.iter().zip(&parameters) {
            let after = part(&format!("after/{side}."));
            assert_eq!(after.len(), parameters.all().len());
            for (name, var) in parameters.all() {
                let pairs = floats(var.as_tensor()).into_iter().zip(floats(&after[&name]));
                let off = pairs.map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f32::max);
                // A tenth of what one of Adam's updates moves.
                assert!(off < 2e-5, "{side}.{name} is off by {off:e}");
            }
        }
    }
}
