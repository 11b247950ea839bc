//! One update of a generator and its discriminator (Goodfellow et al. 2014,
//! <https://arxiv.org/abs/1406.2661>), with the generator's non-saturating loss.

use candle_core::Tensor;

use crate::error::Result;
use crate::losses::bce_with_logits;
use crate::models::{Discriminator, Generator};
use crate::nn::{AdamW, AdamWConfig, Parameters};

/// Adam's numbers for adversarial training (Radford et al. 2016); the learning rate there is 2e-4.
pub const ADAM: AdamWConfig = AdamWConfig { beta1: 0.5, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 };

/// What the two sides lost in one update, in nats, each a mean over the batch. At a draw each is ln 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdversarialTerms {
    /// The discriminator on real images: −log D(x).
    pub real: f64,
    /// The discriminator on generated images: −log(1 − D(G(z))).
    pub fake: f64,
    /// The generator, judged by the discriminator after its update: −log D(G(z)). NaN when the
    /// discriminator's loss was not finite and nothing moved.
    pub generator: f64,
}

/// The two optimisers.
pub struct Optimizers {
    /// Of the generator's weights.
    pub generator: AdamW,
    /// Of the discriminator's weights.
    pub discriminator: AdamW,
}

impl Optimizers {
    /// With [`ADAM`] and states of zeros.
    pub fn new(generator: &Parameters, discriminator: &Parameters) -> Result<Self> {
        Ok(Self {
            generator: AdamW::new(generator.trainable(), ADAM)?,
            discriminator: AdamW::new(discriminator.trainable(), ADAM)?,
        })
    }
}

/// One update of the discriminator on a batch of real and a batch of generated images (each with its own
/// moments in batch norm), then one of the generator on the same codes. Weights whose loss is not finite
/// do not move.
///
/// * `images`: (n, size, size, 3) in [0, 1]
/// * `codes`: standard normal, (n, latent_dim)
pub fn update(
    generator: &Generator,
    discriminator: &Discriminator,
    optimizers: &mut Optimizers,
    images: &Tensor,
    codes: &Tensor,
    learning_rate: f64,
) -> Result<AdversarialTerms> {
    let scalar = |t: &Tensor| t.to_scalar::<f32>().map(f64::from);
    let fakes = generator.forward(codes, true)?;

    // One after the other, so that only one graph is in memory besides the generator's.
    let logits = discriminator.forward(images, true)?;
    let loss = bce_with_logits(&logits, &logits.ones_like()?)?;
    let (real, mut grads) = (scalar(&loss)?, loss.backward()?);
    let logits = discriminator.forward(&fakes.detach(), true)?;
    let loss = bce_with_logits(&logits, &logits.zeros_like()?)?;
    let fake = scalar(&loss)?;
    if !(real + fake).is_finite() {
        return Ok(AdversarialTerms { real, fake, generator: f64::NAN });
    }
    grads.extend(loss.backward()?)?;
    optimizers.discriminator.step(&grads, learning_rate)?;

    let logits = discriminator.detached().forward(&fakes, true)?;
    let loss = bce_with_logits(&logits, &logits.ones_like()?)?;
    let terms = AdversarialTerms { real, fake, generator: scalar(&loss)? };
    if terms.generator.is_finite() {
        optimizers.generator.step(&loss.backward()?, learning_rate)?;
    }
    Ok(terms)
}
