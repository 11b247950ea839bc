//! AdamW whose state can be saved and loaded, so that a resumed run is the run that was stopped.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Tensor, Var, bail};

use super::flat_adam::{self, Flat, Member, Rates};
use crate::nn::dispatch;
use crate::nn::kernels::adam::{AdamStep, adam};
use crate::nn::ops::floats;

/// Adam's numbers (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamWConfig {
    /// Decay of the mean of gradients, in [0, 1).
    pub beta1: f64,
    /// Decay of the mean of squared gradients, in [0, 1).
    pub beta2: f64,
    /// Added to the root of the second mean.
    pub eps: f64,
    /// Share of a weight taken away each step, times the learning rate.
    pub weight_decay: f64,
}

impl Default for AdamWConfig {
    /// PyTorch's Adam: no weight decay.
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 }
    }
}

/// The two moments of a variable.
enum AdamMoments {
    /// For the fused pass. The lock is never contended: it only lets the in-place operation, which
    /// candle hands out shared, write.
    Fast(Mutex<[Vec<f32>; 2]>),
    /// For candle's operations; after a step they are parts of one tensor, see [`flat_adam`].
    Tensors([Tensor; 2]),
}

struct AdamState {
    name: String,
    var: Var,
    moments: AdamMoments,
}

/// The optimiser. Steps are bit-exact repeats of each other for equal gradients and state.
pub struct AdamW {
    slots: Vec<AdamState>,
    /// Buffers that the last step has left of [`AdamMoments::Tensors`], by type.
    flats: HashMap<String, Flat>,
    cfg: AdamWConfig,
    steps: usize,
}

const STATE_NAMES: [&str; 2] = ["exp_avg", "exp_avg_sq"];

impl AdamW {
    /// An optimiser of these variables, with a state of zeros.
    pub fn new(vars: Vec<(String, Var)>, cfg: AdamWConfig) -> Result<Self> {
        let slot = |(name, var): (String, Var)| {
            let zeros = var.as_detached_tensor().zeros_like()?;
            Ok(AdamState { moments: moments(&var, [zeros.clone(), zeros])?, name, var })
        };
        let slots = vars.into_iter().map(slot).collect::<Result<_>>()?;
        Ok(Self { slots, flats: HashMap::new(), cfg, steps: 0 })
    }

    /// Steps taken, those before a [`AdamW::load_state`] included.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The variables that it moves.
    pub fn vars(&self) -> impl Iterator<Item = &Var> {
        self.slots.iter().map(|slot| &slot.var)
    }

    /// Remembers gradients and their squares by these decays from the next step on.
    pub fn set_betas(&mut self, beta1: f64, beta2: f64) {
        (self.cfg.beta1, self.cfg.beta2) = (beta1, beta2);
    }

    /// Takes away this share of a weight from the next step on.
    pub fn set_weight_decay(&mut self, weight_decay: f64) {
        self.cfg.weight_decay = weight_decay;
    }

    /// Moves every variable that has a gradient, and returns the Euclidean norm of all these gradients
    /// together. The fused pass sums it up on its way.
    pub fn step(&mut self, grads: &GradStore, learning_rate: f64) -> Result<f64> {
        self.steps += 1;
        let AdamWConfig { beta1, beta2, eps, weight_decay } = self.cfg;
        let correction = |beta: f64| 1.0 - beta.powf(self.steps as f64);
        let decay = 1.0 - learning_rate * weight_decay;
        let step_size = learning_rate / correction(beta1);
        let square_correction = 1.0 / correction(beta2);
        let fast = AdamStep {
            beta1: beta1 as f32,
            rest1: (1.0 - beta1) as f32,
            beta2: beta2 as f32,
            rest2: (1.0 - beta2) as f32,
            decay: decay as f32,
            step_size: step_size as f32,
            square_correction: square_correction as f32,
            eps: eps as f32,
        };
        let mut squares = 0.0;
        // By type, since only tensors of one can lie end to end.
        let mut elsewhere: BTreeMap<&str, Vec<Member<'_>>> = BTreeMap::new();
        for (number, AdamState { var, moments, .. }) in self.slots.iter_mut().enumerate() {
            let Some(grad) = grads.get(var) else { continue };
            match moments {
                AdamMoments::Fast(moments) => {
                    let update = Update { moments, step: fast, squares: Cell::new(0.0) };
                    var.inplace_op2(&grad.contiguous()?, &update)?;
                    squares += update.squares.get();
                }
                AdamMoments::Tensors(moments) => {
                    let members = elsewhere.entry(var.dtype().as_str()).or_default();
                    members.push(Member { number, var, grad, moments });
                }
            }
        }
        let rates = Rates { beta1, beta2, eps, decay, step_size, square_correction };
        // Added up where they are, so that a device is waited for once.
        let mut sums: Option<Tensor> = None;
        let mut kept = std::mem::take(&mut self.flats);
        for (dtype, members) in &mut elsewhere {
            let (sum, flat) = flat_adam::step(members, kept.remove(*dtype), &rates)?;
            self.flats.insert((*dtype).to_owned(), flat);
            sums = Some(match sums {
                Some(sums) => (sums + sum)?,
                None => sum,
            });
        }
        if let Some(sums) = sums {
            squares += f64::from(sums.to_scalar::<f32>()?);
        }
        Ok(squares.sqrt())
    }

    /// The state as tensors named `exp_avg.<name>` and `exp_avg_sq.<name>`, each shaped like its
    /// variable. With [`AdamW::steps`] it is all there is.
    pub fn state(&self) -> Result<Vec<(String, Tensor)>> {
        let mut state = Vec::with_capacity(2 * self.slots.len());
        for AdamState { name, var, moments } in &self.slots {
            let tensors = match moments {
                AdamMoments::Fast(moments) => {
                    let [m, v] = &*moments.lock().unwrap_or_else(PoisonError::into_inner);
                    [m, v].map(|data| Tensor::from_slice(data, var.shape(), var.device()))
                }
                // Parts of what all lie in, of which a copy would copy all.
                AdamMoments::Tensors([m, v]) => [m.force_contiguous(), v.force_contiguous()],
            };
            for (kind, tensor) in STATE_NAMES.iter().zip(tensors) {
                state.push((format!("{kind}.{name}"), tensor?));
            }
        }
        Ok(state)
    }

    /// Takes a state from [`AdamW::state`] and [`AdamW::steps`]; further tensors may be in `tensors`.
    /// A tensor that is missing or has another shape is an error that names it, and changes nothing.
    pub fn load_state(&mut self, tensors: &HashMap<String, Tensor>, steps: usize) -> Result<()> {
        let mut loaded = Vec::with_capacity(self.slots.len());
        for AdamState { name, var, .. } in &self.slots {
            let find = |kind: &str| find_state(tensors, &format!("{kind}.{name}"), var);
            loaded.push(moments(var, [find(STATE_NAMES[0])?, find(STATE_NAMES[1])?])?);
        }
        for (slot, moments) in self.slots.iter_mut().zip(loaded) {
            slot.moments = moments;
        }
        self.flats.clear();
        self.steps = steps;
        Ok(())
    }
}

fn moments(var: &Var, [m, v]: [Tensor; 2]) -> Result<AdamMoments> {
    if !dispatch::is_fast(&[var]) {
        return Ok(AdamMoments::Tensors([m, v]));
    }
    let data = |t: Tensor| t.flatten_all()?.to_vec1::<f32>();
    Ok(AdamMoments::Fast(Mutex::new([data(m)?, data(v)?])))
}

/// One step of one variable, in place.
struct Update<'a> {
    moments: &'a Mutex<[Vec<f32>; 2]>,
    step: AdamStep,
    /// Σ grad², once it is done.
    squares: Cell<f64>,
}

impl InplaceOp2 for Update<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, value: &mut CpuStorage, l1: &Layout, grad: &CpuStorage, l2: &Layout) -> Result<()> {
        let grad = floats(grad, l2)?;
        let (CpuStorage::F32(value), Some((from, to))) = (value, l1.contiguous_offsets()) else {
            bail!("the optimiser moves contiguous f32 variables");
        };
        let [m, v] = &mut *self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        self.squares.set(adam(&mut value[from..to], m, v, grad, self.step));
        Ok(())
    }
}

/// A copy of the tensor `key`, which has to have the shape of `var`, where `var` is.
pub(super) fn find_state(tensors: &HashMap<String, Tensor>, key: &str, var: &Var) -> Result<Tensor> {
    match tensors.get(key) {
        Some(tensor) if tensor.shape() == var.shape() => {
            tensor.to_device(var.device())?.to_dtype(var.dtype())?.detach().copy()
        }
        Some(tensor) => {
            bail!("the tensor '{key}' has the shape {:?} instead of {:?}", tensor.dims(), var.dims())
        }
        None => bail!("the tensor '{key}' is missing"),
    }
}
