//! A flow from noise to codes: the solution of `dx/dt = v(x, t)` from N(0, I) at `t = 0` to the codes at `t = 1`. The
//! velocity is learned as that of straight paths from noise to codes (flow matching, Lipman et al. 2023,
//! <https://arxiv.org/abs/2210.02747>; rectified flow, Liu et al. 2023, <https://arxiv.org/abs/2209.03003>).

mod net;

use candle_core::{D, Device, Result as TensorResult, Tensor, Var};

use super::stored::Stored;
use crate::config::FlowShape;
use crate::error::Result;
use crate::nn::{self, Parameters};
use crate::random::{self, streams};

pub use net::{DropoutMasks, FlowNet};

/// Steps by which a log-likelihood is integrated.
const LIKELIHOOD_STEPS: usize = 32;
/// Up to so many numbers the divergence of the velocity is computed exactly, beyond that estimated.
const EXACT_DIVERGENCE: usize = 16;

/// Loss of flow matching: mean over all numbers of `(v((1 − t)·x₀ + t·x₁, t) − (x₁ − x₀))²`.
///
/// * `codes` (`x₁`), `noise` (`x₀`, standard normal): (n, components)
/// * `times`: (n, 1) in [0, 1]
/// * returns a scalar
pub fn matching_loss(
    net: &FlowNet,
    codes: &Tensor,
    noise: &Tensor,
    times: &Tensor,
    dropout: Option<&DropoutMasks>,
) -> TensorResult<Tensor> {
    let velocity = (codes - noise)?;
    let between = (noise + velocity.broadcast_mul(times)?)?;
    let found = net.forward(&between, times, dropout)?;
    nn::squared_error_sum(&found, &velocity)?.affine(1.0 / velocity.elem_count() as f64, 0.0)
}

/// A flow that is ready to be asked.
pub struct Flow {
    net: FlowNet,
    /// Factors from whitened components to those of the flow: (1, components). Halfway between whitened and as
    /// they are, so that the large components weigh more in the loss, and the small ones are not lost.
    spread: Tensor,
    shape: FlowShape,
    weights: Stored,
}

impl Flow {
    /// The factors from whitened components to those that flow, by the deviations of the codes: `√deviation`, such
    /// that their mean square is 1.
    pub fn spread(deviations: &[f32]) -> Vec<f32> {
        let mean = deviations.iter().map(|&d| f64::from(d)).sum::<f64>() / deviations.len() as f64;
        deviations.iter().map(|&d| (f64::from(d) / mean).sqrt() as f32).collect()
    }

    /// A flow from the tensors of a file, or of training.
    pub fn load(stored: &Stored, shape: FlowShape, device: &Device) -> TensorResult<Self> {
        let weights = stored.under("flow.");
        let parameters = Parameters::frozen(weights.clone(), device);
        Ok(Self {
            net: FlowNet::new(shape, parameters.var_builder())?,
            spread: stored.get("spread", &[1, shape.components], device)?,
            shape,
            weights: weights.into_iter().collect(),
        })
    }

    /// Its tensors, for a file.
    pub fn store(&self, stored: &mut Stored) {
        for (name, tensor) in self.weights.iter() {
            stored.put(&format!("flow.{name}"), tensor.clone());
        }
        stored.put("spread", self.spread.clone());
    }

    /// Its network's shape.
    pub fn shape(&self) -> FlowShape {
        self.shape
    }

    /// Noise (n, components) to whitened components (n, components).
    pub fn forward(&self, noise: &Tensor, steps: usize) -> TensorResult<Tensor> {
        self.solve(noise, steps, false)?.broadcast_div(&self.spread)
    }

    /// Whitened components (n, components) to the noise that they come from.
    pub fn backward(&self, whitened: &Tensor, steps: usize) -> TensorResult<Tensor> {
        self.solve(&whitened.broadcast_mul(&self.spread)?, steps, true)
    }

    /// Solves by the method of Adams and Bashforth of second order, which asks for one velocity a step; its first step
    /// is Heun's.
    fn solve(&self, start: &Tensor, steps: usize, backwards: bool) -> TensorResult<Tensor> {
        let steps = steps.max(1);
        let h = 1.0 / steps as f64;
        let time = |step: usize| {
            let t = step as f64 * h;
            if backwards { 1.0 - t } else { t }
        };
        let h = if backwards { -h } else { h };
        let mut x = start.clone();
        let mut before: Option<Tensor> = None;
        for step in 0..steps {
            let now = self.velocity(&x, time(step))?;
            x = match &before {
                Some(before) => (x + ((&now * (1.5 * h))? - (before * (0.5 * h))?)?)?,
                None => {
                    let guess = (&x + (&now * h)?)?;
                    let next = self.velocity(&guess, time(step + 1))?;
                    (x + ((&now + next)? * (0.5 * h))?)?
                }
            };
            before = Some(now);
        }
        Ok(x)
    }

    fn velocity(&self, x: &Tensor, time: f64) -> TensorResult<Tensor> {
        let time = Tensor::full(time as f32, (1, 1), x.device())?;
        self.net.forward(x, &time, None)
    }

    /// Log-density of whitened components (n, components) in nats: `ln N(x₀; 0, I) − ∫ div v dt`, the change of
    /// variables along the path (Chen et al. 2018; the estimate of the divergence is that of Grathwohl et al. 2019, by
    /// a row of signs for each path).
    pub fn log_likelihood(&self, whitened: &Tensor, seed: u64) -> Result<Vec<f64>> {
        let (n, components) = whitened.dims2()?;
        if components <= EXACT_DIVERGENCE {
            return self.integrate(whitened, None);
        }
        let signs: Vec<f32> = random::uniform(seed, streams::LIKELIHOOD, n * components)
            .into_iter()
            .map(|u| if u < 0.5 { -1.0 } else { 1.0 })
            .collect();
        self.integrate(whitened, Some(&Tensor::from_vec(signs, (n, components), whitened.device())?))
    }

    /// The log-likelihood with the divergence estimated along `signs`, or exact.
    fn integrate(&self, whitened: &Tensor, signs: Option<&Tensor>) -> Result<Vec<f64>> {
        let (n, components) = whitened.dims2()?;
        let mut x = whitened.broadcast_mul(&self.spread)?;
        let h = 1.0 / LIKELIHOOD_STEPS as f64;
        let mut divergence = vec![0.0; n];
        for step in 0..LIKELIHOOD_STEPS {
            let time = 1.0 - step as f64 * h;
            // The midpoint rule, for both integrals.
            let half = (&x - (self.velocity(&x, time)? * (0.5 * h))?)?;
            let (velocity, here) = self.velocity_and_divergence(&half, time - 0.5 * h, signs)?;
            x = (x - (velocity * h)?)?;
            divergence.iter_mut().zip(here).for_each(|(sum, here)| *sum += h * f64::from(here));
        }
        let squares = x.sqr()?.sum(D::Minus1)?.to_vec1::<f32>()?;
        let constant = 0.5 * components as f64 * (2.0 * std::f64::consts::PI).ln();
        let log_spread: f64 =
            self.spread.flatten_all()?.to_vec1::<f32>()?.iter().map(|&s| f64::from(s).ln()).sum();
        let value =
            |(square, divergence): (f32, f64)| -0.5 * f64::from(square) - constant - divergence + log_spread;
        Ok(squares.into_iter().zip(divergence).map(value).collect())
    }

    /// The velocity, and for each row the trace of its derivative with respect to the row.
    fn velocity_and_divergence(
        &self,
        x: &Tensor,
        time: f64,
        signs: Option<&Tensor>,
    ) -> TensorResult<(Tensor, Vec<f32>)> {
        let (n, components) = x.dims2()?;
        let x = Var::from_tensor(&x.detach())?;
        let velocity = self.velocity(&x, time)?;
        let along = |direction: &Tensor| -> TensorResult<Tensor> {
            let grads = nn::backward_keeping_graph(&(&velocity * direction)?.sum_all()?)?;
            match grads.get(&x) {
                Some(gradient) => (gradient * direction)?.sum(D::Minus1),
                // A velocity that is the same everywhere, as at first.
                None => Tensor::zeros(n, x.dtype(), x.device()),
            }
        };
        let trace = match signs {
            Some(signs) => along(signs)?,
            None => {
                let mut trace = Tensor::zeros(n, x.dtype(), x.device())?;
                for component in 0..components {
                    let unit = Tensor::eye(components, x.dtype(), x.device())?.narrow(0, component, 1)?;
                    trace = (trace + along(&unit.broadcast_as((n, components))?.contiguous()?)?)?;
                }
                trace
            }
        };
        Ok((velocity.detach(), trace.to_vec1::<f32>()?))
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::some_flow;
