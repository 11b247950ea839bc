//! The code whose picture is nearest to a given one, found by going down the gradient through the decoder, whose
//! weights stay as they are: any photo in any model, one without an encoder too (Zhu et al. 2016,
//! <https://arxiv.org/abs/1609.03552>; Creswell & Bharath 2018, <https://arxiv.org/abs/1611.05644>).
//!
//! Its loss is `Σ (picture − target)² + prior_weight · ½ Σ ((code − center) / scale)²`: the squared error over pixels
//! and channels, as in training, and the negative logarithm of the density that codes have, less a constant. With the
//! KL weight that a VAE was trained with as `prior_weight` it is the likeliest code (MAP) under its own loss.

use candle_core::{Tensor, Var};

use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::latent::sampling;
use crate::nn::{AdamW, AdamWConfig, backward};
use crate::report::LatentInfo;
use crate::run::TrainedModel;

/// Adam's first learning rate, in standard deviations of a code; it falls to a tenth along half a cosine.
const LEARNING_RATE: f64 = 0.1;
/// Adam forgets fast, since the gradient is exact and the steps are few.
const ADAM: AdamWConfig = AdamWConfig { beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.0 };
/// Codes that a search begins at where there is no encoder: the centre and draws.
const STARTS: usize = 8;
/// Part of the steps that all of them go, before the best goes on alone.
const TOGETHER: f64 = 0.25;

/// A search for a code, some steps at a time.
pub struct Inversion<'a> {
    model: &'a TrainedModel,
    prior: LatentInfo,
    prior_weight: f64,
    /// (1, size, size, 3) in [0, 1].
    target: Tensor,
    /// (starts, latent_dim), in standard deviations from the centre.
    positions: Var,
    /// The sum of the losses there, to go back from.
    loss: Tensor,
    adam: AdamW,
    steps: usize,
    done: usize,
    best: Found,
}

/// A code of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The code.
    pub code: Vec<f32>,
    /// Mean squared error per pixel and channel of its picture.
    pub re: f64,
    /// Loss of the search.
    pub loss: f64,
}

impl<'a> Inversion<'a> {
    /// A search in so many steps, from the code that the encoder gives, or without one from the centre and seven draws
    /// of `seed`. `target` is a square of the model's size.
    ///
    /// # Errors
    /// No steps, a weight that is no finite number from 0, a picture of another size, a model that fails.
    pub fn new(
        model: &'a TrainedModel,
        target: &ImageBuf,
        steps: usize,
        prior_weight: f64,
        seed: u64,
    ) -> Result<Self> {
        if steps == 0 {
            return Err(Error::Invalid("an inversion needs at least 1 step".into()));
        }
        if !(prior_weight >= 0.0 && prior_weight.is_finite()) {
            return Err(Error::Invalid(format!(
                "a prior weight of {prior_weight} is not a number from 0 on"
            )));
        }
        if !model.shape().has_gradients() {
            return Err(Error::Invalid(
                "a code is sought along gradients, and the runtime of other programs' models has none; photos go in by \
                 an encoder"
                    .into(),
            ));
        }
        let ((width, height), dim) = (model.shape().picture_size(), model.latent_dim());
        if (target.width(), target.height()) != (width, height) {
            return Err(Error::Invalid(format!(
                "this model makes pictures of {width}×{height} pixels; one of {}×{} cannot be sought",
                target.width(),
                target.height()
            )));
        }
        let prior = model.code_space().clone();
        let codes = match model.meta.config.model.kind.has_encoder() {
            true => model.encode(std::slice::from_ref(target))?.mu,
            false => {
                let draws = sampling::sample(&prior, STARTS - 1, seed);
                std::iter::once(prior.center.clone()).chain(draws).collect()
            }
        };
        let device = model.device();
        let floats = target.to_unit_floats();
        let positions: Vec<f32> = codes.iter().flat_map(|code| positions_of(code, &prior)).collect();
        let positions = Var::from_tensor(&Tensor::from_vec(positions, (codes.len(), dim), device)?)?;
        let mut inversion = Self {
            loss: positions.as_detached_tensor(),
            model,
            prior,
            prior_weight,
            target: Tensor::from_vec(floats, (1, height, width, 3), device)?,
            adam: AdamW::new(vec![("code".into(), positions.clone())], ADAM)?,
            positions,
            steps,
            done: 0,
            best: Found { code: Vec::new(), re: f64::INFINITY, loss: f64::INFINITY },
        };
        inversion.look()?;
        Ok(inversion)
    }

    /// Steps gone.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Whether all steps are gone.
    pub fn is_finished(&self) -> bool {
        self.done == self.steps
    }

    /// The code of the least loss so far; before the first step that where the search begins.
    pub fn best(&self) -> &Found {
        &self.best
    }

    /// Distance of its code from the centre in standard deviations, a root mean square over its numbers: about 1 for
    /// codes that the prior draws.
    pub fn prior_distance(&self) -> f64 {
        let squares = positions_of(&self.best.code, &self.prior).into_iter().map(|v| f64::from(v).powi(2));
        (squares.sum::<f64>() / self.best.code.len().max(1) as f64).sqrt()
    }

    /// Goes one step, unless all are gone.
    ///
    /// # Errors
    /// A model whose pictures or gradients are not finite.
    pub fn step(&mut self) -> Result<()> {
        if self.is_finished() {
            return Ok(());
        }
        let part = self.done as f64 / self.steps as f64;
        let rate = LEARNING_RATE * (0.55 + 0.45 * (std::f64::consts::PI * part).cos());
        self.adam.step(&backward(&self.loss)?, rate)?;
        self.done += 1;
        let (best, starts) = self.look()?;
        if starts > 1 && self.done as f64 >= TOGETHER * self.steps as f64 {
            let position = self.positions.as_detached_tensor().narrow(0, best, 1)?.copy()?;
            self.positions = Var::from_tensor(&position)?;
            self.adam = AdamW::new(vec![("code".into(), self.positions.clone())], ADAM)?;
            self.look()?;
        }
        Ok(())
    }

    /// Finds the losses where the search stands, and keeps the best of the starts. Returns its number, and theirs.
    fn look(&mut self) -> Result<(usize, usize)> {
        let (loss, errors) = self.losses()?;
        self.loss = loss;
        Ok((self.keep_best(&errors)?, errors.len()))
    }

    /// The sum of the losses of all starts, a scalar, and the squared error and the loss of each.
    fn losses(&self) -> Result<(Tensor, Vec<[f64; 2]>)> {
        let device = self.model.device();
        let row = |values: &[f32]| Tensor::from_slice(values, (1, values.len()), device);
        let positions = self.positions.as_tensor();
        let codes =
            positions.broadcast_mul(&row(&self.prior.scale)?)?.broadcast_add(&row(&self.prior.center)?)?;
        let pictures = self.model.network().decode(&codes)?;
        let errors = pictures.broadcast_sub(&self.target)?.sqr()?.flatten_from(1)?.sum(1)?;
        let losses = (&errors + (positions.sqr()?.sum(1)? * (0.5 * self.prior_weight))?)?;
        let pairs = errors.to_vec1::<f32>()?.into_iter().zip(losses.to_vec1::<f32>()?);
        let pairs: Vec<[f64; 2]> = pairs.map(|(a, b)| [a, b].map(f64::from)).collect();
        if pairs.iter().flatten().any(|value| !value.is_finite()) {
            return Err(Error::Invalid(
                "the model gave a picture whose values are not finite numbers".into(),
            ));
        }
        Ok((losses.sum_all()?, pairs))
    }

    /// Keeps the best of the starts if it is better than what was found before. Returns its number.
    fn keep_best(&mut self, errors: &[[f64; 2]]) -> Result<usize> {
        let losses = errors.iter().enumerate();
        let Some((best, [error, loss])) = losses.min_by(|(_, a), (_, b)| a[1].total_cmp(&b[1])) else {
            return Ok(0);
        };
        if *loss < self.best.loss {
            let position = self.positions.as_detached_tensor().get(best)?.to_vec1::<f32>()?;
            let LatentInfo { center, scale, units, .. } = &self.prior;
            let numbers = position.iter().zip(center).zip(scale);
            let code = numbers.map(|((position, c), s)| units.clamp(c + s * position)).collect();
            self.best = Found { code, re: error / self.target.elem_count() as f64, loss: *loss };
        }
        Ok(best)
    }
}

/// A code in standard deviations from the centre; 0 where codes do not vary.
fn positions_of(code: &[f32], prior: &LatentInfo) -> Vec<f32> {
    let numbers = code.iter().zip(&prior.center).zip(&prior.scale);
    numbers.map(|((z, c), s)| if *s > f32::EPSILON { (z - c) / s } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use candle_core::Device;

    fn shipped(name: &str) -> TrainedModel {
        TrainedModel::open(Path::new(name), &Device::Cpu).unwrap()
    }

    /// A picture that the model can make: what a search has to come near to.
    fn own_picture(model: &TrainedModel) -> ImageBuf {
        let code = model.codes_of(&model.sample(1, 5).unwrap()).unwrap();
        model.decode(&code).unwrap().remove(0)
    }

    #[test]
    fn the_gradient_of_the_codes_is_that_of_finite_differences() {
        let model = shipped("vae-faces-64");
        let mut inversion = Inversion::new(&model, &own_picture(&model), 1, 0.5, 0).unwrap();
        let gradients = backward(&inversion.loss).unwrap();
        let gradient = gradients.get(&inversion.positions).unwrap().to_vec2::<f32>().unwrap().remove(0);
        let at = inversion.positions.as_detached_tensor().copy().unwrap();
        for dim in 0..4 {
            let mut beside = |step: f32| {
                let mut values = at.to_vec2::<f32>().unwrap().remove(0);
                values[dim] += step;
                let moved = Tensor::from_vec(values, at.shape(), &Device::Cpu).unwrap();
                inversion.positions = Var::from_tensor(&moved).unwrap();
                inversion.losses().unwrap().1[0][1]
            };
            let expected = (beside(1e-2) - beside(-1e-2)) / 2e-2;
            let found = f64::from(gradient[dim]);
            let near = (found - expected).abs() <= 0.02 * expected.abs().max(gradient_scale(&gradient));
            assert!(near, "{dim}: {found} is not {expected}");
        }
    }

    fn gradient_scale(gradient: &[f32]) -> f64 {
        gradient.iter().map(|v| f64::from(v.abs())).fold(0.0, f64::max)
    }

    #[test]
    fn a_search_never_ends_worse_than_it_began_and_comes_near_a_picture_of_the_model() {
        for name in ["vae-faces-64", "dcgan-ffhq-64"] {
            let model = shipped(name);
            let mut inversion = Inversion::new(&model, &own_picture(&model), 60, 0.0, 0).unwrap();
            let start = inversion.best().clone();
            let mut last = start.loss;
            while !inversion.is_finished() {
                inversion.step().unwrap();
                assert!(inversion.best().loss <= last);
                last = inversion.best().loss;
            }
            let found = inversion.best();
            assert!(found.re < 0.5 * start.re, "{name}: {} after {}", found.re, start.re);
            let picture = model.decode(std::slice::from_ref(&found.code)).unwrap().remove(0);
            let re = crate::metrics::pixel_metrics(&[(picture, own_picture(&model))]).unwrap().re;
            assert!((re - found.re).abs() < 1e-4, "{name}: {re} is not {}", found.re);
        }
    }

    #[test]
    fn a_large_prior_weight_holds_the_code_near_the_centre() {
        let model = shipped("vae-faces-64");
        let far = |weight| {
            let mut inversion = Inversion::new(&model, &own_picture(&model), 40, weight, 0).unwrap();
            while !inversion.is_finished() {
                inversion.step().unwrap();
            }
            inversion.prior_distance()
        };
        let (free, held) = (far(0.0), far(1e4));
        assert!(held < 0.5 * free, "{held} is not far below {free}");
    }

    #[test]
    fn nonsense_is_refused() {
        let model = shipped("vae-faces-64");
        let picture = ImageBuf::filled(64, 64, [9; 3]);
        assert!(Inversion::new(&model, &picture, 0, 0.0, 0).is_err());
        assert!(Inversion::new(&model, &picture, 9, f64::NAN, 0).is_err());
        assert!(Inversion::new(&model, &picture, 9, -1.0, 0).is_err());
        let small = ImageBuf::filled(32, 32, [9; 3]);
        let refused = Inversion::new(&model, &small, 9, 0.0, 0).err().map(|e| e.to_string());
        assert!(refused.is_some_and(|words| words.contains("64×64")));
    }
}
