//! Training of a flow on whitened codes, saved as it goes on.

use std::collections::HashMap;

use candle_core::{Device, Result as TensorResult, Tensor};

use super::state::FlowState;
use crate::config::FlowShape;
use crate::error::{Error, Result};
use crate::latent::statistics::Encoded;
use crate::nn::{AdamW, AdamWConfig, Parameters, backward};
use crate::priors::flow::{FlowNet, matching_loss};
use crate::priors::{Basis, Flow, Stored};
use crate::random::{self, RandomStream, streams};

const BATCH_SIZE: usize = 256;
const LEARNING_RATE: f64 = 1e-3;
const WARM_UP: usize = 200;
/// The learning rate ends at this part of the highest.
const LOWEST: f64 = 0.03;
const ADAM: AdamWConfig = AdamWConfig { beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.01 };
const EMA: f64 = 0.999;
/// Part of a block's units that an update leaves out.
const DROPOUT: f64 = 0.1;
/// Times that each held-out code is looked at, each at its own time and with its own noise.
const LOOKS: usize = 8;
/// Updates between two looks at the held-out codes.
pub const LOOK_EVERY: usize = 25;
/// It ends when the loss on the held-out codes was lowest so many updates ago.
const PATIENCE: usize = 500;

/// The step that no training comes to, by whose streams the held-out codes are looked at.
const LOOK: usize = 1 << 50;

/// Training codes as the flow is given them.
struct CodeRows {
    mu: Tensor,
    /// (rows, d); deviations of the posterior, if the codes are distributions.
    sigma: Option<Tensor>,
}

impl CodeRows {
    fn new(encoded: &Encoded, device: &Device) -> TensorResult<Self> {
        let rows = (encoded.mu.len(), encoded.mu.first().map_or(0, Vec::len));
        let sigma =
            |log_var: &Vec<Vec<f32>>| (Tensor::from_vec(log_var.concat(), rows, device)? * 0.5)?.exp();
        Ok(Self {
            mu: Tensor::from_vec(encoded.mu.concat(), rows, device)?,
            sigma: encoded.log_var.as_ref().map(sigma).transpose()?,
        })
    }
}

/// A flow in training.
pub struct FlowTraining<'a> {
    basis: &'a Basis,
    shape: FlowShape,
    steps: usize,
    seed: u64,
    spread: Tensor,
    rows: CodeRows,
    /// Codes, noise and times that the loss on held-out codes is taken of.
    looks: [Tensor; 3],
    raw: Parameters,
    net: FlowNet,
    mean: Parameters,
    mean_net: FlowNet,
    optimizer: AdamW,
    device: Device,
    /// Updates done.
    pub step: usize,
    /// Mean weights when the held-out loss was lowest, after how many updates, and that loss.
    best: (HashMap<String, Tensor>, usize, f64),
}

impl<'a> FlowTraining<'a> {
    /// Begins, or goes on from `state`. `held_out`: codes that are not trained on.
    pub fn new(
        basis: &'a Basis,
        (shape, steps, seed): (FlowShape, usize, u64),
        train: &Encoded,
        held_out: &[Vec<f32>],
        state: Option<FlowState>,
        device: &Device,
    ) -> Result<Self> {
        let components = shape.components;
        let deviations = basis.deviations()?;
        let spread = Flow::spread(&deviations[..components]);
        let spread = Tensor::from_vec(spread, (1, components), device)?;
        let state_part = |prefix: &str| -> HashMap<String, Tensor> {
            state.as_ref().map(|state| state.tensors.under(prefix)).unwrap_or_default()
        };
        let parameters = |prefix: &str| match &state {
            Some(_) => Parameters::from_tensors(state_part(prefix), device),
            None => Parameters::seeded(seed, device),
        };
        let (raw, mean) = (parameters("raw."), parameters("mean."));
        let net = FlowNet::new(shape, raw.var_builder())?;
        let mean_net = FlowNet::new(shape, mean.var_builder())?;
        let mut optimizer = AdamW::new(raw.trainable(), ADAM)?;
        let mut best = (copies(&mean)?, 0, f64::INFINITY);
        let mut step = 0;
        if let Some(state) = &state {
            optimizer.load_state(&state_part("optimizer."), state.step)?;
            best = (state_part("best."), state.best_step, state.best_loss);
            step = state.step;
        }
        let looks = looks_at(held_out, basis, &spread, seed)?;
        Ok(Self {
            basis,
            shape,
            steps,
            seed,
            spread,
            rows: CodeRows::new(train, device)?,
            looks,
            raw,
            net,
            mean,
            mean_net,
            optimizer,
            device: device.clone(),
            step,
            best,
        })
    }

    /// Components of a code that flow.
    pub fn components(&self) -> usize {
        self.shape.components
    }

    /// Whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        self.step >= self.steps || self.step >= self.best.1 + PATIENCE
    }

    /// Updates until the weights that are kept, and their loss on the held-out codes.
    pub fn best(&self) -> (usize, f64) {
        (self.best.1, self.best.2)
    }

    /// One update. Returns its loss.
    ///
    /// # Errors
    /// [`Error::Diverged`] when the loss is no number.
    pub fn update(&mut self) -> Result<f64> {
        let (codes, noise, times, masks) = self.batch()?;
        let loss = matching_loss(&self.net, &codes, &noise, &times, Some(&masks))?;
        let value = f64::from(loss.to_scalar::<f32>()?);
        if !value.is_finite() {
            let step = self.step;
            let message = format!("after {step} updates the loss of the flow is no number; try another seed");
            return Err(Error::Diverged(message));
        }
        let warm = ((self.step + 1) as f64 / WARM_UP as f64).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * self.step as f64 / self.steps as f64).cos());
        let learning_rate = LEARNING_RATE * warm * (LOWEST + (1.0 - LOWEST) * cosine);
        self.optimizer.step(&backward(&loss)?, learning_rate)?;
        self.mean.follow(&self.raw, EMA, self.step)?;
        self.step += 1;
        Ok(value)
    }

    /// Codes drawn from the images', noise, times and what is left out, by the seed and the step alone.
    fn batch(&self) -> TensorResult<(Tensor, Tensor, Tensor, Vec<Tensor>)> {
        let FlowShape { components, width, blocks } = self.shape;
        let (n, rows, d) = (BATCH_SIZE, self.rows.mu.dim(0)?, self.basis.latent_dim());
        let stream = |part| streams::flow_training(self.step, part);
        let normal = |part, columns: usize| {
            let values = random::standard_normal(self.seed, stream(part), n * columns);
            Tensor::from_vec(values, (n, columns), &self.device)
        };
        let mut random = RandomStream::of_stream(self.seed, stream(0));
        let chosen: Vec<u32> = (0..n).map(|_| (random.next_u64() % rows as u64) as u32).collect();
        let times: Vec<f32> = (0..n).map(|i| (i as f32 + random.unit()) / n as f32).collect();
        let chosen = Tensor::from_vec(chosen, n, &self.device)?;
        let mut codes = self.rows.mu.index_select(&chosen, 0)?;
        if let Some(sigma) = &self.rows.sigma {
            codes = (codes + (sigma.index_select(&chosen, 0)? * normal(1, d)?)?)?;
        }
        let mask = |block: usize| {
            let mut random = RandomStream::of_stream(self.seed, stream(3 + block));
            // A byte is fine enough a die.
            let least = (256.0 * DROPOUT).round() as u8;
            let kept = (1.0 / (1.0 - f64::from(least) / 256.0)) as f32;
            let mut values = Vec::with_capacity(n * 2 * width);
            while values.len() < n * 2 * width {
                let bytes = random.next_u64().to_le_bytes();
                values.extend(bytes.map(|byte| if byte < least { 0.0 } else { kept }));
            }
            values.truncate(n * 2 * width);
            Tensor::from_vec(values, (n, 2 * width), &self.device)
        };
        let masks = (0..blocks).map(mask).collect::<TensorResult<_>>()?;
        let times = Tensor::from_vec(times, (n, 1), &self.device)?;
        Ok((flowing(&codes, self.basis, &self.spread)?, normal(2, components)?, times, masks))
    }

    /// Loss of the mean weights on the held-out codes; keeps the weights if it is the lowest so far.
    pub fn look(&mut self) -> Result<f64> {
        let [codes, noise, times] = &self.looks;
        let loss = matching_loss(&self.mean_net, codes, noise, times, None)?;
        let loss = f64::from(loss.detach().to_scalar::<f32>()?);
        if loss < self.best.2 {
            self.best = (copies(&self.mean)?, self.step, loss);
        }
        Ok(loss)
    }

    /// The flow by the mean weights as they are now.
    pub fn now(&self) -> Result<Flow> {
        self.flow_of(copies(&self.mean)?)
    }

    /// The flow by the best mean weights so far.
    pub fn finished(&self) -> Result<Flow> {
        self.flow_of(self.best.0.clone())
    }

    fn flow_of(&self, weights: HashMap<String, Tensor>) -> Result<Flow> {
        let mut stored: Stored =
            weights.into_iter().map(|(name, tensor)| (format!("flow.{name}"), tensor)).collect();
        stored.put("spread", self.spread.clone());
        Ok(Flow::load(&stored, self.shape, &self.device)?)
    }

    /// All that it goes on from.
    pub fn state(&self) -> Result<FlowState> {
        let mut tensors = Stored::default();
        for (prefix, parameters) in [("raw.", &self.raw), ("mean.", &self.mean)] {
            for (name, var) in parameters.all() {
                tensors.put(&format!("{prefix}{name}"), var.as_detached_tensor());
            }
        }
        for (name, tensor) in self.optimizer.state()? {
            tensors.put(&format!("optimizer.{name}"), tensor);
        }
        for (name, tensor) in &self.best.0 {
            tensors.put(&format!("best.{name}"), tensor.clone());
        }
        Ok(FlowState { tensors, step: self.step, best_step: self.best.1, best_loss: self.best.2 })
    }
}

/// Codes (n, d) as the components that flow (n, components).
fn flowing(codes: &Tensor, basis: &Basis, spread: &Tensor) -> TensorResult<Tensor> {
    let whitened = basis.whiten(codes)?.narrow(1, 0, spread.elem_count())?;
    whitened.contiguous()?.broadcast_mul(spread)
}

/// Codes, noise and times that the loss on held-out codes is taken of, the same each time.
fn looks_at(held_out: &[Vec<f32>], basis: &Basis, spread: &Tensor, seed: u64) -> TensorResult<[Tensor; 3]> {
    let (components, device) = (spread.elem_count(), spread.device());
    let codes = Tensor::from_vec(held_out.concat(), (held_out.len(), basis.latent_dim()), device)?;
    let codes = flowing(&codes, basis, spread)?.repeat((LOOKS, 1))?;
    let n = codes.dim(0)?;
    let part = |part| streams::flow_training(LOOK, part);
    let noise = random::standard_normal(seed, part(0), n * components);
    let noise = Tensor::from_vec(noise, (n, components), device)?;
    // Evenly over all times, in an order that has nothing to do with that of the codes.
    let mut times: Vec<f32> = (0..n).map(|i| (i as f32 + 0.5) / n as f32).collect();
    let mut random = RandomStream::of_stream(seed, part(1));
    for i in (1..n).rev() {
        times.swap(i, (random.next_u64() % (i as u64 + 1)) as usize);
    }
    Ok([codes, noise, Tensor::from_vec(times, (n, 1), device)?])
}

fn copies(parameters: &Parameters) -> TensorResult<HashMap<String, Tensor>> {
    parameters.all().into_iter().map(|(name, var)| Ok((name, var.as_detached_tensor().copy()?))).collect()
}
