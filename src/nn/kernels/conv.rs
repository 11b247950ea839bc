//! Convolution and its transpose as products of patch matrices. With the weight as small × patch:
//!
//! ```text
//!   down:   small = col(big) · Wᵀ            convolution; input gradient of the transposed one
//!   up:     big   = col2im(small · W)        transposed convolution; input gradient of the convolution
//!   dW            = smallᵀ · col(big)        both
//! ```
//!
//! Images are handled a few at a time, from patches to activation, so that all of it stays in cache.

use std::ops::Range;

use rayon::prelude::*;

use super::batch_norm::{NormBackward, Normalised};
use super::elementwise::{CHUNK, activate, activation_backward, add_bias_activate, add_column_sums, add_to};
use super::im2col::{add_col2im, im2col, unpack_weight};
use crate::nn::activation::Activation;
use crate::nn::geometry::Geometry;
use crate::nn::matmul::{Matrix, matmul, matmul_shared};
use crate::nn::memory::{build, build_runs, give_back, take, with_scratch};

/// The input of a convolution.
#[derive(Clone, Copy)]
pub enum ConvInput<'a> {
    /// Numbers in memory.
    Plain(&'a [f32]),
    /// The result of a batch normalisation, which is computed when it is read, a group of images at a time.
    Normalised(Normalised<'a>),
}

impl ConvInput<'_> {
    fn len(&self) -> usize {
        match self {
            ConvInput::Plain(data) => data.len(),
            ConvInput::Normalised(norm) => norm.x.len(),
        }
    }

    /// The scratch that [`ConvInput::of`] needs for so many floats.
    fn scratch(&self, len: usize) -> usize {
        if matches!(self, ConvInput::Plain(_)) { 0 } else { len }
    }

    /// A range that begins and ends with a row.
    fn of<'b>(&'b self, range: Range<usize>, memory: &'b mut [f32]) -> &'b [f32] {
        match self {
            ConvInput::Plain(data) => &data[range],
            ConvInput::Normalised(norm) => {
                norm.of(range, memory);
                memory
            }
        }
    }
}

/// `small = activation(col(big) · Wᵀ + bias)` of a batch; `weight` from `pack_weight_transposed`.
pub fn down(
    g: &Geometry,
    big: ConvInput<'_>,
    weight: &[f32],
    bias: Option<&[f32]>,
    activation: Activation,
) -> Vec<f32> {
    let batch = big.len() / g.big();
    let group = g.group(batch);
    build(batch * g.small(), group * g.small(), |index, out| {
        let images = out.len() / g.small();
        let (rows, patch, input) = (images * g.rows(), g.patch(), images * g.big());
        with_scratch([rows * patch, big.scratch(input)], |[col, own]| {
            let first = index * group * g.big();
            take_patches(g, big.of(first..first + input, own), col);
            let (a, b) = (Matrix::rows(col, patch), Matrix::rows(weight, g.small_channels));
            if batch <= group {
                matmul_shared(rows, g.small_channels, patch, a, b, out, g.small_channels);
            } else {
                matmul(rows, g.small_channels, patch, a, b, out, g.small_channels, false);
            }
            finish(out, bias, activation);
        });
    })
}

/// `big = activation(col2im(small · W) + bias)` of a batch; `weight` from `pack_weight`.
pub fn up(
    g: &Geometry,
    small: ConvInput<'_>,
    weight: &[f32],
    bias: Option<&[f32]>,
    activation: Activation,
) -> Vec<f32> {
    let batch = small.len() / g.small();
    let group = g.group(batch);
    build(batch * g.big(), group * g.big(), |index, out| {
        let images = out.len() / g.big();
        let (rows, patch, input) = (images * g.rows(), g.patch(), images * g.small());
        with_scratch([rows * patch, small.scratch(input)], |[col, own]| {
            let first = index * group * g.small();
            let small = small.of(first..first + input, own);
            let (a, b) = (Matrix::rows(small, g.small_channels), Matrix::rows(weight, patch));
            if batch <= group {
                matmul_shared(rows, patch, g.small_channels, a, b, col, patch);
            } else {
                matmul(rows, patch, g.small_channels, a, b, col, patch, false);
            }
            for (col, image) in col.chunks(g.rows() * patch).zip(out.chunks_mut(g.big())) {
                image.fill(0.0);
                add_col2im(g, col, image);
                finish(image, bias, activation);
            }
        });
    })
}

fn take_patches(g: &Geometry, big: &[f32], col: &mut [f32]) {
    for (image, col) in big.chunks(g.big()).zip(col.chunks_mut(g.rows() * g.patch())) {
        im2col(g, image, col);
    }
}

fn finish(out: &mut [f32], bias: Option<&[f32]>, activation: Activation) {
    match bias {
        Some(bias) => add_bias_activate(out, bias, activation),
        None if activation == Activation::None => {}
        None => activate(out, activation),
    }
}

/// The gradients that a backward pass is to compute.
#[derive(Clone, Copy, Debug)]
pub struct WantedGradients {
    pub x: bool,
    pub weight: bool,
    pub bias: bool,
}

/// Gradients of a convolution, where wanted: of the input, the weight in PyTorch's layout, the bias.
pub struct Gradients {
    pub x: Option<Vec<f32>>,
    pub weight: Option<Vec<f32>>,
    pub bias: Option<Vec<f32>>,
}

/// The layer whose gradients are wanted.
pub struct BackwardArguments<'a> {
    pub geometry: &'a Geometry,
    /// Whether x is the small side and y the big one.
    pub transposed: bool,
    pub x: ConvInput<'a>,
    /// From `pack_weight` for a convolution, `pack_weight_transposed` for the transposed one.
    pub weight: &'a [f32],
    /// The gradient of what the convolution itself computed, and how to get it.
    pub gradient: Gradient<'a>,
}

/// The way from the gradient of a layer's result to that of the convolution in it. It is gone a group
/// of images at a time, so that the latter need never lie in memory as a whole.
pub enum Gradient<'a> {
    /// Through the activation, with the layer's result and its gradient.
    Activation { y: &'a [f32], grad: &'a [f32], activation: Activation },
    /// Through a batch normalisation and its activation.
    Norm(&'a NormBackward<'a>),
}

impl Gradient<'_> {
    fn len(&self) -> usize {
        match self {
            Gradient::Activation { grad, .. } => grad.len(),
            Gradient::Norm(norm) => norm.grad.len(),
        }
    }

    /// Whether the gradient that came in is the convolution's own.
    fn is_direct(&self) -> bool {
        matches!(self, Gradient::Activation { activation: Activation::None, .. })
    }

    /// A range of it; `memory` is as long as the range, unless the gradient is direct.
    fn of<'b>(&'b self, range: Range<usize>, memory: &'b mut [f32]) -> &'b [f32] {
        match self {
            Gradient::Activation { grad, activation: Activation::None, .. } => &grad[range],
            Gradient::Activation { y, grad, activation } => {
                activation_backward(&grad[range.clone()], &y[range], memory, *activation);
                memory
            }
            Gradient::Norm(norm) => {
                norm.input(range, memory);
                memory
            }
        }
    }
}

/// Sums over the images of one run.
struct Sums {
    weight: Vec<f32>,
    bias: Vec<f32>,
    begun: bool,
}

/// Backward pass of a convolution or a transposed convolution.
pub fn backward(layer: &BackwardArguments<'_>, wanted: WantedGradients) -> Gradients {
    let g = layer.geometry;
    let (x_size, y_size, y_channels) = if layer.transposed {
        (g.small(), g.big(), g.channels)
    } else {
        (g.big(), g.small(), g.small_channels)
    };
    let batch = layer.x.len() / x_size;
    assert_eq!(layer.gradient.len(), batch * y_size, "one result an image");
    let group = g.group(batch);
    let (dx_len, dx_chunk) = if wanted.x { (batch * x_size, group * x_size) } else { (0, 0) };
    let weight_len = if wanted.weight { g.small_channels * g.patch() } else { 0 };
    // The first product of a run is written, not added.
    let start = || Sums { weight: take(weight_len), bias: vec![0.0; y_channels], begun: false };
    let (dx, sums) = build_runs(dx_len, dx_chunk, batch.div_ceil(group), start, |groups, dx, sums| {
        let mut dx = dx.chunks_mut(dx_chunk.max(1));
        for index in groups {
            let first = index * group;
            let images = first..first + group.min(batch - first);
            backward_group(layer, wanted, images, dx.next().unwrap_or_default(), sums);
        }
    });
    let mut sums = sums.into_iter();
    let Some(mut total) = sums.next() else {
        unreachable!("a geometry is never of an empty batch");
    };
    for other in sums {
        total
            .weight
            .par_chunks_mut(CHUNK)
            .zip(other.weight.par_chunks(CHUNK))
            .for_each(|(total, other)| add_to(total, other));
        add_to(&mut total.bias, &other.bias);
        give_back(other.weight);
    }
    let weight = wanted.weight.then(|| unpack_weight(&total.weight, g.weight()));
    give_back(total.weight);
    Gradients { x: wanted.x.then_some(dx), weight, bias: wanted.bias.then_some(total.bias) }
}

/// Of some `images`, whose part of the input's gradient is `dx` (empty if it is not wanted).
fn backward_group(
    layer: &BackwardArguments<'_>,
    wanted: WantedGradients,
    images: Range<usize>,
    dx: &mut [f32],
    sums: &mut Sums,
) {
    let g = layer.geometry;
    let (rows, patch, small_channels) = (images.len() * g.rows(), g.patch(), g.small_channels);
    let of_images = |size: usize| images.start * size..images.end * size;
    let (x, y) = match layer.transposed {
        true => (of_images(g.small()), of_images(g.big())),
        false => (of_images(g.big()), of_images(g.small())),
    };
    let own_y = if layer.gradient.is_direct() { 0 } else { y.len() };
    let own_x = if wanted.weight { layer.x.scratch(x.len()) } else { 0 };
    let dcol_len = if wanted.x && !layer.transposed { rows * patch } else { 0 };
    with_scratch([rows * patch, own_y, own_x, dcol_len], |[col, own_y, own_x, dcol]| {
        let grad = layer.gradient.of(y, own_y);
        if wanted.bias {
            add_column_sums(grad, &mut sums.bias);
        }
        if layer.transposed {
            // Both products need them.
            take_patches(g, grad, col);
        }
        if wanted.weight {
            let x = layer.x.of(x, own_x);
            let small = if layer.transposed {
                x
            } else {
                take_patches(g, x, col);
                grad
            };
            let (a, b) = (Matrix::transposed(small, small_channels), Matrix::rows(col, patch));
            matmul(small_channels, patch, rows, a, b, &mut sums.weight, patch, sums.begun);
            sums.begun = true;
        }
        if !wanted.x {
            return;
        }
        if layer.transposed {
            let (a, b) = (Matrix::rows(col, patch), Matrix::rows(layer.weight, small_channels));
            matmul(rows, small_channels, patch, a, b, dx, small_channels, false);
        } else {
            let (a, b) = (Matrix::rows(grad, small_channels), Matrix::rows(layer.weight, patch));
            matmul(rows, patch, small_channels, a, b, dcol, patch, false);
            for (dcol, dx) in dcol.chunks(g.rows() * patch).zip(dx.chunks_mut(g.big())) {
                dx.fill(0.0);
                add_col2im(g, dcol, dx);
            }
        }
    });
}
