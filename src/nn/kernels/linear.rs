//! `y = activation(x · Wᵀ + b)` with W out × in, as PyTorch keeps it.

use super::conv::{Gradients, WantedGradients};
use super::elementwise::{activation_backward, add_bias_activate, add_column_sums};
use crate::nn::activation::Activation;
use crate::nn::matmul::{Matrix, matmul_shared};

/// `x` is batch × inputs; returns batch × `bias.len()`.
pub fn forward(x: &[f32], inputs: usize, weight: &[f32], bias: &[f32], activation: Activation) -> Vec<f32> {
    let (batch, outputs) = (x.len() / inputs, bias.len());
    let mut y = vec![0.0; batch * outputs];
    let (a, b) = (Matrix::rows(x, inputs), Matrix::transposed(weight, inputs));
    matmul_shared(batch, outputs, inputs, a, b, &mut y, outputs);
    add_bias_activate(&mut y, bias, activation);
    y
}

/// Gradients, given the result `y` (batch × outputs) and its gradient.
#[allow(clippy::too_many_arguments)]
pub fn backward(
    x: &[f32],
    inputs: usize,
    weight: &[f32],
    outputs: usize,
    y: &[f32],
    grad: &[f32],
    activation: Activation,
    wanted: WantedGradients,
) -> Gradients {
    let batch = x.len() / inputs;
    let mut before = Vec::new();
    let grad = if activation == Activation::None {
        grad
    } else {
        before.resize(grad.len(), 0.0);
        activation_backward(grad, y, &mut before, activation);
        &before
    };
    let dx = wanted.x.then(|| {
        let mut dx = vec![0.0; batch * inputs];
        let (a, b) = (Matrix::rows(grad, outputs), Matrix::rows(weight, inputs));
        matmul_shared(batch, inputs, outputs, a, b, &mut dx, inputs);
        dx
    });
    let dw = wanted.weight.then(|| {
        let mut dw = vec![0.0; outputs * inputs];
        let (a, b) = (Matrix::transposed(grad, outputs), Matrix::rows(x, inputs));
        matmul_shared(outputs, inputs, batch, a, b, &mut dw, inputs);
        dw
    });
    let db = wanted.bias.then(|| {
        let mut db = vec![0.0; outputs];
        add_column_sums(grad, &mut db);
        db
    });
    Gradients { x: dx, weight: dw, bias: db }
}
