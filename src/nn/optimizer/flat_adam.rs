//! AdamW in candle's operations, for all variables of a type at once: laid end to end they take a few passes,
//! where one by one they take some fifteen small kernels each, whose starts alone would cost a card more than the
//! rest of the step.

use candle_core::{DType, Result, Tensor, Var};

use crate::nn::reduce::total;

/// The numbers of a step.
#[derive(Clone, Copy)]
pub struct Rates {
    pub beta1: f64,
    pub beta2: f64,
    pub eps: f64,
    /// Factor of a weight.
    pub decay: f64,
    /// The learning rate, the first mean's correction included.
    pub step_size: f64,
    /// The second mean's correction.
    pub square_correction: f64,
}

/// Both means of some variables, end to end.
pub struct Flat {
    /// Numbers of the variables, as whoever keeps them has it.
    members: Vec<usize>,
    moments: [Tensor; 2],
}

/// A variable in a step.
pub struct Member<'a> {
    pub number: usize,
    pub var: &'a Var,
    pub grad: &'a Tensor,
    pub moments: &'a mut [Tensor; 2],
}

fn end_to_end<'a>(tensors: impl Iterator<Item = &'a Tensor>) -> Result<Tensor> {
    let flat = tensors.map(|t| t.detach().flatten_all()?.contiguous()).collect::<Result<Vec<_>>>()?;
    Tensor::cat(&flat, 0)
}

/// Moves the variables, all of one type on one device, and their moments. Returns the sum of the squares of all
/// gradients, a scalar in f32 on the device, and what to give the next step as `before`.
pub fn step(members: &mut [Member<'_>], before: Option<Flat>, rates: &Rates) -> Result<(Tensor, Flat)> {
    let Rates { beta1, beta2, eps, decay, step_size, square_correction } = *rates;
    let numbers: Vec<usize> = members.iter().map(|member| member.number).collect();
    let [m, v] = match before {
        // The very ones that the last step has left, of which each variable has its part.
        Some(flat) if flat.members == numbers => flat.moments,
        _ => {
            let laid = |moment: usize| end_to_end(members.iter().map(|member| &member.moments[moment]));
            [laid(0)?, laid(1)?]
        }
    };
    let grad = end_to_end(members.iter().map(|member| member.grad))?;
    let weights = end_to_end(members.iter().map(|member| member.var.as_tensor()))?;
    let square = grad.sqr()?;
    let sum = total(&square)?.to_dtype(DType::F32)?;
    let m = ((m * beta1)? + (grad * (1.0 - beta1))?)?;
    let v = ((v * beta2)? + (square * (1.0 - beta2))?)?;
    let direction = (&m / ((&v * square_correction)?.sqrt()? + eps)?)?;
    let weights = ((weights * decay)? - (direction * step_size)?)?;
    let mut from = 0;
    for Member { var, moments, .. } in members {
        let length = var.elem_count();
        let part = |all: &Tensor| all.narrow(0, from, length)?.reshape(var.shape());
        var.set(&part(&weights)?)?;
        **moments = [part(&m)?, part(&v)?];
        from += length;
    }
    Ok((sum, Flat { members: numbers, moments: [m, v] }))
}
