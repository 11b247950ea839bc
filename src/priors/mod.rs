//! Priors: densities of the codes of a trained model, learned after it (ex-post density estimation, Ghosh et al.
//! 2020, <https://arxiv.org/abs/1903.12436>; the second stage of Dai & Wipf 2019 and of Rombach et al. 2022). With
//! one, any model with an encoder draws new images, and the holes between its codes are left out.
//!
//! A Gaussian and a flow are maps from noise, N(0, I), to codes: sliders, walks and seeds then move in the noise, in
//! which a straight way crosses no hole. A mixture is drawn from, and leaves the codes as they are.

mod basis;
pub mod flow;
mod mixture;
mod stored;

use std::ops::ControlFlow;

use candle_core::{DType, Device, Result as TensorResult, Tensor};
use faer::Mat;

use crate::config::PriorKind;
use crate::error::{Error, Result};
use crate::random::{RandomStream, streams};
use crate::report::{LatentInfo, PriorInfo};

pub use basis::Basis;
pub use flow::Flow;
pub use mixture::Mixture;
pub use stored::Stored;

/// Principal components that a mixture describes, at most; beyond them its covariances would have more numbers than
/// there are codes to fit them to.
pub const MIXED: usize = 192;
/// Rounds of correction on the way from a code to its noise, see [`Prior::noise_of`].
const CORRECTIONS: usize = 3;

/// The density of whitened codes.
pub enum Density {
    /// N(0, I).
    Gaussian,
    /// Of the first components; the others are N(0, 1).
    Mixture(Mixture),
    /// Of the first components; the others are N(0, 1).
    Flow(Flow),
}

/// A prior that is ready to be asked.
pub struct Prior {
    basis: Basis,
    density: Density,
    device: Device,
    latent_dim: usize,
}

impl Prior {
    /// The prior of this density in this basis.
    pub fn new(basis: Basis, density: Density, device: &Device) -> Self {
        Self { latent_dim: basis.latent_dim(), basis, density, device: device.clone() }
    }

    /// A prior from the tensors of a file, for codes of `latent_dim` numbers.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape.
    pub fn load(stored: &Stored, info: &PriorInfo, latent_dim: usize, device: &Device) -> TensorResult<Self> {
        let basis = Basis::load(stored, latent_dim, device)?;
        let density = match info.kind {
            PriorKind::Standard => candle_core::bail!("a standard prior has no tensors"),
            PriorKind::Gaussian => Density::Gaussian,
            PriorKind::Mixture(count) => {
                let mixed = info.mixed.filter(|mixed| (1..=latent_dim).contains(mixed));
                let Some(mixed) = mixed else {
                    candle_core::bail!("a mixture says how many components it has")
                };
                Density::Mixture(Mixture::load(stored, count, mixed)?)
            }
            PriorKind::Flow => {
                let shape = info.shape.filter(|shape| shape.components <= latent_dim);
                let Some(shape) = shape else { candle_core::bail!("a flow says its shape") };
                shape.validate().map_err(candle_core::Error::Msg)?;
                Density::Flow(Flow::load(stored, shape, device)?)
            }
        };
        Ok(Self::new(basis, density, device))
    }

    /// Its tensors, for a file.
    pub fn store(&self) -> TensorResult<Stored> {
        let mut stored = Stored::default();
        self.basis.store(&mut stored);
        match &self.density {
            Density::Gaussian => (),
            Density::Mixture(mixture) => mixture.store(&mut stored)?,
            Density::Flow(flow) => flow.store(&mut stored),
        }
        Ok(stored)
    }

    /// Codes of noise, a row each; `steps` of a flow's solver. A mixture, which has no noise, leaves codes as they are.
    pub fn codes_of(&self, noise: &[Vec<f32>], steps: usize) -> Result<Vec<Vec<f32>>> {
        match self.density {
            Density::Mixture(_) => Ok(noise.to_vec()),
            _ => Ok(self.to_codes(&self.tensor(noise)?, steps)?.to_vec2()?),
        }
    }

    /// Noise of codes, a row each, so that [`Prior::codes_of`] gives them back: against the flow, and then towards
    /// what the flow with that number of steps makes of it, since the way back misses the way there a little.
    pub fn noise_of(&self, codes: &[Vec<f32>], steps: usize) -> Result<Vec<Vec<f32>>> {
        let codes = match self.density {
            Density::Mixture(_) => return Ok(codes.to_vec()),
            _ => self.tensor(codes)?,
        };
        let first = self.to_noise(&codes, steps)?;
        let mut noise = first.clone();
        if matches!(self.density, Density::Flow(_)) {
            for _ in 0..CORRECTIONS {
                let missed = (&first - self.to_noise(&self.to_codes(&noise, steps)?, steps)?)?;
                noise = (noise + missed)?;
            }
        }
        Ok(noise.to_vec2()?)
    }

    fn to_codes(&self, noise: &Tensor, steps: usize) -> TensorResult<Tensor> {
        self.basis.color(&self.through_flow(noise, |flow, part| flow.forward(part, steps))?)
    }

    fn to_noise(&self, codes: &Tensor, steps: usize) -> TensorResult<Tensor> {
        self.through_flow(&self.basis.whiten(codes)?, |flow, part| flow.backward(part, steps))
    }

    /// Changes the components that flow.
    fn through_flow(
        &self,
        rows: &Tensor,
        change: impl Fn(&Flow, &Tensor) -> TensorResult<Tensor>,
    ) -> TensorResult<Tensor> {
        let Density::Flow(flow) = &self.density else { return Ok(rows.clone()) };
        let flowing = flow.shape().components;
        let changed = change(flow, &rows.narrow(1, 0, flowing)?.contiguous()?)?;
        match self.latent_dim - flowing {
            0 => Ok(changed),
            rest => Tensor::cat(&[&changed, &rows.narrow(1, flowing, rest)?], 1)?.contiguous(),
        }
    }

    /// `count` draws: noise with this [spread](PriorInfo::spread), or codes of a mixture. Draw `i` depends on the seed
    /// and `i` alone.
    pub fn sample(&self, spread: &[f32], count: usize, seed: u64) -> Result<Vec<Vec<f32>>> {
        let Density::Mixture(mixture) = &self.density else {
            let space = LatentInfo { scale: spread.to_vec(), ..LatentInfo::unmeasured(self.latent_dim) };
            return Ok(crate::latent::sampling::sample(&space, count, seed));
        };
        let rest = self.latent_dim - mixture.dim();
        let draw = |index: usize| {
            let mut random = RandomStream::of_stream(seed, streams::sample(index));
            let mut code = mixture.draw(&mut random);
            code.extend((0..rest).map(|_| random.normal::<f32>()));
            code
        };
        let drawn: Vec<Vec<f32>> = (0..count).map(draw).collect();
        if drawn.is_empty() {
            return Ok(drawn);
        }
        Ok(self.basis.color(&self.tensor(&drawn)?)?.to_vec2()?)
    }

    /// Mean negative log-likelihood of codes, in nats per number of a code. Codes that are compared under several
    /// priors are compared by it.
    pub fn nll(&self, codes: &[Vec<f32>], seed: u64) -> Result<f64> {
        let whitened = self.basis.whiten(&self.tensor(codes)?)?;
        let described = match &self.density {
            Density::Gaussian => 0,
            Density::Mixture(mixture) => mixture.dim(),
            Density::Flow(flow) => flow.shape().components,
        };
        let rows = whitened.to_vec2::<f32>()?;
        let gaussian = |row: &Vec<f32>| -> f64 {
            let constant = 0.5 * (2.0 * std::f64::consts::PI).ln();
            row[described..].iter().map(|&value| -0.5 * f64::from(value).powi(2) - constant).sum()
        };
        let mut sum: f64 = rows.iter().map(gaussian).sum();
        match &self.density {
            Density::Gaussian => (),
            Density::Mixture(mixture) => {
                let first = Mat::from_fn(rows.len(), described, |row, column| f64::from(rows[row][column]));
                sum += mixture.log_likelihood(first.as_ref()).iter().sum::<f64>();
            }
            Density::Flow(flow) => {
                let first = whitened.narrow(1, 0, described)?.contiguous()?;
                sum += flow.log_likelihood(&first, seed)?.iter().sum::<f64>();
            }
        }
        let per_code = sum / rows.len() as f64 - self.basis.log_volume()?;
        Ok(-per_code / self.latent_dim as f64)
    }

    fn tensor(&self, rows: &[Vec<f32>]) -> Result<Tensor> {
        if let Some(row) = rows.iter().find(|row| row.len() != self.latent_dim) {
            return Err(Error::Invalid(format!(
                "this model's codes have {} numbers, not {}",
                self.latent_dim,
                row.len()
            )));
        }
        Ok(Tensor::from_vec(rows.concat(), (rows.len(), self.latent_dim), &self.device)?
            .to_dtype(DType::F32)?)
    }
}

/// Fits a mixture of `count` Gaussians to the first [`MIXED`] whitened components of `codes`. `watch` as for
/// [`Mixture::fit`].
///
/// # Errors
/// As for [`Mixture::fit`].
pub fn fit_mixture(
    basis: &Basis,
    codes: &[Vec<f32>],
    count: usize,
    seed: u64,
    watch: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<Mixture> {
    let d = basis.latent_dim();
    let mixed = MIXED.min(d).min((codes.len() / 4).max(1));
    let tensor = Tensor::from_vec(codes.concat(), (codes.len(), d), basis.device())?;
    let whitened = basis.whiten(&tensor)?.narrow(1, 0, mixed)?.to_vec2::<f32>()?;
    let whitened = Mat::from_fn(codes.len(), mixed, |row, column| f64::from(whitened[row][column]));
    Mixture::fit(whitened.as_ref(), count, seed, watch)
}

/// Mean negative log-likelihood of codes under independent Gaussians of this centre and scale, which a model draws
/// from as long as it has no learned prior, in nats per number of a code.
pub fn standard_nll(info: &LatentInfo, codes: &[Vec<f32>]) -> f64 {
    let constant = 0.5 * (2.0 * std::f64::consts::PI).ln();
    let of_number = |((&value, &center), &scale): ((&f32, &f32), &f32)| {
        let scale = f64::from(scale).max(f64::from(f32::MIN_POSITIVE));
        0.5 * ((f64::from(value) - f64::from(center)) / scale).powi(2) + scale.ln() + constant
    };
    let of_code = |code: &Vec<f32>| -> f64 {
        code.iter().zip(&info.center).zip(&info.scale).map(of_number).sum::<f64>() / code.len() as f64
    };
    codes.iter().map(of_code).sum::<f64>() / codes.len() as f64
}

#[cfg(test)]
mod tests;
