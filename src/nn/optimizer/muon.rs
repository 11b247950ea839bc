//! Muon (Jordan et al. 2024, <https://kellerjordan.github.io/posts/muon/>): momentum whose matrix is brought near
//! the closest one with orthonormal rows before it moves the weights, so that rare directions are learnt as fast
//! as frequent ones. That is what an autoencoder's fine detail is made of.
//!
//! The step is that of `torch.optim.Muon` with `adjust_lr_fn="match_rms_adamw"` (Liu et al. 2025,
//! <https://arxiv.org/abs/2502.16982>), which makes learning rates those of AdamW. A convolution's weight is taken
//! as the matrix of its first dimension by the others. A matrix whose shorter side is longer than 512 is cut into
//! blocks along that side, each a matrix of its own: the cost grows with the square of the side, and would be many
//! times that of the rest of the update.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, InplaceOp2, Layout, Result, Tensor, Var, bail};

use super::adamw::find_state;
use super::divided;
use crate::nn::dispatch;
use crate::nn::kernels::momentum::momentum;
use crate::nn::ops::floats;
use crate::nn::reduce::total;

/// Share of the past in the running mean of gradients.
const MOMENTUM: f64 = 0.95;
/// Of the quintic a·x + b·x³ + c·x⁵, which draws singular values to about 1, the small ones fast.
const COEFFICIENTS: [f64; 3] = [3.4445, -4.7750, 2.0315];
/// Times that the quintic is applied.
const ROUNDS: usize = 5;
/// Least norm that a matrix is divided by.
const EPS: f64 = 1e-7;
/// Longest shorter side of a matrix that is taken whole.
const LONGEST: usize = 512;
/// Root mean square of an update of AdamW, in learning rates.
const RMS: f64 = 0.2;

struct MuonState {
    name: String,
    var: Var,
    /// Running mean of gradients, shaped like the variable.
    momentum: Tensor,
}

/// The optimiser of matrices.
pub struct Muon {
    slots: Vec<MuonState>,
    weight_decay: f64,
}

impl Muon {
    /// An optimiser of these variables of two or more dimensions, with a state of zeros.
    pub fn new(vars: Vec<(String, Var)>, weight_decay: f64) -> Result<Self> {
        let slot = |(name, var): (String, Var)| {
            let momentum = var.as_detached_tensor().zeros_like()?;
            Ok(MuonState { name, var, momentum })
        };
        Ok(Self { slots: vars.into_iter().map(slot).collect::<Result<_>>()?, weight_decay })
    }

    /// The variables that it moves.
    pub fn vars(&self) -> impl Iterator<Item = &Var> {
        self.slots.iter().map(|slot| &slot.var)
    }

    /// Takes away this share of a weight from the next step on.
    pub fn set_weight_decay(&mut self, weight_decay: f64) {
        self.weight_decay = weight_decay;
    }

    /// Moves every variable that has a gradient, and returns the Euclidean norm of all these gradients together.
    pub fn step(&mut self, grads: &GradStore, learning_rate: f64) -> Result<f64> {
        let decay = 1.0 - learning_rate * self.weight_decay;
        let mut squares = 0.0;
        // Added up where they are, so that a device is waited for once.
        let mut elsewhere: Option<Tensor> = None;
        let mut matrices = Vec::with_capacity(self.slots.len());
        for MuonState { var, momentum, .. } in &mut self.slots {
            let Some(grad) = grads.get(var) else { continue };
            let (ahead, sum) = advance(momentum, grad)?;
            match (sum, &elsewhere) {
                (Squares::Known(sum), _) => squares += sum,
                (Squares::Elsewhere(sum), Some(sums)) => elsewhere = Some((sums + sum)?),
                (Squares::Elsewhere(sum), None) => elsewhere = Some(sum),
            }
            let rows = var.dim(0)?;
            matrices.push((&*var, ahead.reshape((rows, var.elem_count() / rows))?));
        }
        let aheads: Vec<&Tensor> = matrices.iter().map(|(_, ahead)| ahead).collect();
        let changes = divided::over_ranks(&aheads, |ahead| change(ahead, learning_rate))?;
        for ((var, _), change) in matrices.into_iter().zip(changes) {
            let weight = var.as_detached_tensor();
            let weight = if decay == 1.0 { weight } else { (weight * decay)? };
            var.set(&(weight - change.reshape(var.shape())?.to_dtype(var.dtype())?)?)?;
        }
        if let Some(sums) = elsewhere {
            squares += f64::from(sums.to_scalar::<f32>()?);
        }
        Ok(squares.sqrt())
    }

    /// The state as tensors named `momentum_buffer.<name>`, each shaped like its variable.
    pub fn state(&self) -> Result<Vec<(String, Tensor)>> {
        let state = |slot: &MuonState| Ok((key(&slot.name), slot.momentum.copy()?));
        self.slots.iter().map(state).collect()
    }

    /// Takes a state from [`Muon::state`]. A tensor that is missing or has another shape is an error that names
    /// it, and changes nothing.
    pub fn load_state(&mut self, tensors: &HashMap<String, Tensor>) -> Result<()> {
        let find = |slot: &MuonState| find_state(tensors, &key(&slot.name), &slot.var);
        let found = self.slots.iter().map(find).collect::<Result<Vec<_>>>()?;
        self.slots.iter_mut().zip(found).for_each(|(slot, found)| slot.momentum = found);
        Ok(())
    }
}

fn key(name: &str) -> String {
    format!("momentum_buffer.{name}")
}

/// Σ grad² of a gradient.
enum Squares {
    Known(f64),
    /// A scalar in f32.
    Elsewhere(Tensor),
}

/// Takes the gradient into the running mean. Returns Nesterov's look ahead, the mean as it will be if the gradient
/// stays, in f32 or f64; and Σ grad².
fn advance(mean: &mut Tensor, grad: &Tensor) -> Result<(Tensor, Squares)> {
    if dispatch::is_fast(&[mean, grad]) {
        let advance = Advance { ahead: RefCell::default(), squares: Cell::new(0.0) };
        mean.inplace_op2(&grad.contiguous()?, &advance)?;
        let ahead = Tensor::from_vec(advance.ahead.take(), mean.shape(), mean.device())?;
        return Ok((ahead, Squares::Known(advance.squares.get())));
    }
    let rest = (grad * (1.0 - MOMENTUM))?;
    *mean = ((&*mean * MOMENTUM)? + &rest)?.detach();
    let ahead = ((&*mean * MOMENTUM)? + rest)?.detach();
    let ahead = if ahead.dtype() == DType::F64 { ahead } else { ahead.to_dtype(DType::F32)? };
    let squares = total(&grad.to_dtype(DType::F32)?.sqr()?)?.detach();
    Ok((ahead, Squares::Elsewhere(squares)))
}

/// [`momentum`] on tensors.
struct Advance {
    ahead: RefCell<Vec<f32>>,
    squares: Cell<f64>,
}

impl InplaceOp2 for Advance {
    fn name(&self) -> &'static str {
        "momentum"
    }

    fn cpu_fwd(&self, mean: &mut CpuStorage, l1: &Layout, grad: &CpuStorage, l2: &Layout) -> Result<()> {
        let grad = floats(grad, l2)?;
        let (CpuStorage::F32(mean), Some((from, to))) = (mean, l1.contiguous_offsets()) else {
            bail!("the running mean of gradients is contiguous f32");
        };
        let (ahead, squares) = momentum(&mut mean[from..to], grad, MOMENTUM as f32);
        self.ahead.replace(ahead);
        self.squares.set(squares);
        Ok(())
    }
}

/// The change that is taken from a weight, both (rows, cols).
fn change(ahead: &Tensor, learning_rate: f64) -> Result<Tensor> {
    let (rows, cols) = ahead.dims2()?;
    let (side, short) = if rows <= cols { (0, rows) } else { (1, cols) };
    if short <= LONGEST {
        let rate = learning_rate * RMS * (rows.max(cols) as f64).sqrt();
        // The polynomial is taken on the shorter side, where it is cheap.
        return if rows <= cols {
            (orthogonalizer(ahead)? * rate)?.matmul(ahead)
        } else {
            ahead.matmul(&(orthogonalizer(&ahead.t()?)? * rate)?)
        };
    }
    let step = short.div_ceil(short.div_ceil(LONGEST));
    let block =
        |from| change(&ahead.narrow(side, from, step.min(short - from))?.contiguous()?, learning_rate);
    Tensor::cat(&(0..short).step_by(step).map(block).collect::<Result<Vec<_>>>()?, side)
}

/// The symmetric matrix P that makes the rows of `u` (m, n) with m ≤ n nearly orthonormal as P · u: Newton–Schulz
/// rounds of the quintic. Each of them multiplies from the left by a polynomial of u · uᵀ, so they are gathered in
/// (m, m), which is cheaper than on `u` itself.
fn orthogonalizer(u: &Tensor) -> Result<Tensor> {
    let [a, b, c] = COEFFICIENTS;
    let gram = u.matmul(&u.t()?)?;
    let eye = Tensor::eye(gram.dim(0)?, gram.dtype(), gram.device())?;
    // The trace of the Gram matrix is the square of the Frobenius norm of `u`.
    let scale = total(&(&gram * &eye)?)?.sqrt()?.maximum(EPS)?.recip()?;
    let mut gram = gram.broadcast_mul(&scale.sqr()?)?;
    let linear = (eye * a)?;
    let mut all: Option<Tensor> = None;
    for round in 0..ROUNDS {
        let quintic = ((&linear + (&gram * b)?)? + (gram.matmul(&gram)? * c)?)?;
        if round + 1 < ROUNDS {
            gram = quintic.matmul(&gram)?.matmul(&quintic)?;
        }
        all = Some(match all {
            Some(all) => quintic.matmul(&all)?,
            None => quintic,
        });
    }
    match all {
        Some(all) => all.broadcast_mul(&scale),
        None => bail!("no round of Newton–Schulz"),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::random;

    /// Wide and tall, whole and in blocks: rows or columns of each block are nearly orthonormal, and the root mean
    /// square is that of an update of AdamW.
    #[test]
    fn a_change_is_nearly_orthonormal_in_blocks_of_at_most_the_longest_side() {
        for (rows, cols) in [(24, 40), (40, 24), (2 * LONGEST, 2 * LONGEST + 8), (LONGEST + 6, LONGEST + 2)] {
            let values = random::standard_normal(0, 0, rows * cols);
            let ahead = Tensor::from_vec(values, (rows, cols), &Device::Cpu).unwrap();
            let change = change(&ahead, 1.0).unwrap();
            assert_eq!(change.dims(), [rows, cols]);
            let wide = if rows <= cols { change } else { change.t().unwrap() };
            let (short, long) = wide.dims2().unwrap();
            let step = short.div_ceil(short.div_ceil(LONGEST));
            let block = (wide.narrow(0, 0, step).unwrap() / (RMS * (long as f64).sqrt())).unwrap();
            let gram = block.matmul(&block.t().unwrap()).unwrap().to_vec2::<f32>().unwrap();
            for (r, row) in gram.iter().enumerate() {
                let off: f32 = row.iter().enumerate().filter(|(c, _)| *c != r).map(|(_, v)| v * v).sum();
                assert!(
                    (0.4..1.5).contains(&row[r]) && off.sqrt() < 0.7,
                    "{rows}×{cols}, row {r}: {}, {off}",
                    row[r]
                );
            }
            let mean = wide.sqr().unwrap().mean_all().unwrap().to_scalar::<f32>().unwrap();
            assert!((0.7 * RMS..1.2 * RMS).contains(&f64::from(mean.sqrt())), "{rows}×{cols}: {mean}");
        }
    }
}
