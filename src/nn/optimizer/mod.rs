//! Optimisers: AdamW for all weights, or Muon for the matrices between hidden layers.

mod adamw;
mod divided;
mod flat_adam;
mod muon;

use std::collections::HashMap;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};

pub use adamw::{AdamW, AdamWConfig};
use muon::Muon;

/// An optimiser whose state can be saved and loaded.
pub struct Optimizer {
    adamw: AdamW,
    muon: Option<Muon>,
}

impl Optimizer {
    /// AdamW for all variables.
    pub fn adamw(vars: Vec<(String, Var)>, cfg: AdamWConfig) -> Result<Self> {
        Ok(Self { adamw: AdamW::new(vars, cfg)?, muon: None })
    }

    /// Muon for the matrices between hidden layers; AdamW for the rest, which is biases, the gains of
    /// normalisations, and what reads or paints pixels. Both take the same learning rate and weight decay.
    pub fn muon(vars: Vec<(String, Var)>, cfg: AdamWConfig) -> Result<Self> {
        let (hidden, rest) = vars.into_iter().partition(|(_, var)| is_between_hidden_layers(var));
        Ok(Self { adamw: AdamW::new(rest, cfg)?, muon: Some(Muon::new(hidden, cfg.weight_decay)?) })
    }

    /// The variables that it moves.
    pub fn vars(&self) -> Vec<Var> {
        let matrices = self.muon.iter().flat_map(Muon::vars);
        self.adamw.vars().chain(matrices).cloned().collect()
    }

    /// Decays the weights by this from the next step on.
    pub fn set_weight_decay(&mut self, weight_decay: f64) {
        self.adamw.set_weight_decay(weight_decay);
        if let Some(muon) = &mut self.muon {
            muon.set_weight_decay(weight_decay);
        }
    }

    /// Moves every variable that has a gradient, and returns the Euclidean norm of all these gradients together.
    pub fn step(&mut self, grads: &GradStore, learning_rate: f64) -> Result<f64> {
        let norm = self.adamw.step(grads, learning_rate)?;
        match &mut self.muon {
            Some(muon) => Ok(norm.hypot(muon.step(grads, learning_rate)?)),
            None => Ok(norm),
        }
    }

    /// The state as tensors: `exp_avg.<name>` and `exp_avg_sq.<name>`, or `momentum_buffer.<name>`, each shaped
    /// like its variable. With the number of steps it is all there is.
    pub fn state(&self) -> Result<Vec<(String, Tensor)>> {
        let mut state = self.adamw.state()?;
        if let Some(muon) = &self.muon {
            state.extend(muon.state()?);
        }
        Ok(state)
    }

    /// Takes a state from [`Optimizer::state`] after so many steps; further tensors may be in `tensors`.
    /// A tensor that is missing or has another shape is an error that names it.
    pub fn load_state(&mut self, tensors: &HashMap<String, Tensor>, steps: usize) -> Result<()> {
        if let Some(muon) = &mut self.muon {
            muon.load_state(tensors)?;
        }
        self.adamw.load_state(tensors, steps)
    }
}

/// Weights of convolutions and linear layers but those of which one side is the three colours, which is the
/// second dimension of the first convolution and of the last transposed one alike.
fn is_between_hidden_layers(var: &Var) -> bool {
    matches!(var.dims(), [_, second, ..] if *second > 3)
}
