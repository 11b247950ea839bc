//! The convolution kernels against each other, in integers and so exactly: `up` is the transpose of
//! `down`, and the backward passes are what follows from that.

use super::conv::{BackwardArguments, ConvInput, Gradient, Gradients, WantedGradients, backward, down, up};
use super::im2col::{pack_weight, pack_weight_transposed};
use super::linear;
use crate::nn::activation::Activation;
use crate::nn::geometry::{ConvConfig, Geometry};

/// More images than one task handles at once.
const BATCH: usize = if cfg!(miri) { 4 } else { 9 };

fn ramp(len: usize, step: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * step + 3) % 7) as f32 - 3.0).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn geometries() -> Vec<Geometry> {
    let (height, width) = if cfg!(miri) { (3, 4) } else { (9, 8) };
    let of = |(kernel, stride, padding)| {
        Geometry::of_conv(&[BATCH, height, width, 2], &[3, 2], ConvConfig { kernel, stride, padding })
            .unwrap()
    };
    let all = [(4, 2, 1), (1, 2, 0), (3, 1, 1), (5, 2, 2)];
    // Miri takes many seconds for each.
    all.into_iter().take(if cfg!(miri) { 2 } else { 4 }).map(of).collect()
}

fn whole_backward(g: &Geometry, transposed: bool, x: &[f32], weight: &[f32], grad: &[f32]) -> Gradients {
    let packed = if transposed { pack_weight_transposed } else { pack_weight }(weight, g.weight());
    // Of no consequence: the activation is the identity.
    let gradient = Gradient::Activation { y: grad, grad, activation: Activation::None };
    let layer =
        BackwardArguments { geometry: g, transposed, x: ConvInput::Plain(x), weight: &packed, gradient };
    backward(&layer, WantedGradients { x: true, weight: true, bias: true })
}

/// Both are bilinear in input and weight, so the slope along the input or the weight itself is the result.
#[test]
fn gradients_are_the_transposes_of_the_forward_pass() {
    for g in geometries() {
        let weight = ramp(g.small_channels * g.patch(), 5);
        let (big, small) = (ramp(BATCH * g.big(), 3), ramp(BATCH * g.small(), 2));
        let down = down(
            &g,
            ConvInput::Plain(&big),
            &pack_weight_transposed(&weight, g.weight()),
            None,
            Activation::None,
        );
        let up = up(&g, ConvInput::Plain(&small), &pack_weight(&weight, g.weight()), None, Activation::None);
        let product = dot(&down, &small);
        assert_eq!(product, dot(&big, &up), "{g:?}");
        for (transposed, x, grad, dx) in [(false, &big, &small, &up), (true, &small, &big, &down)] {
            let found = whole_backward(&g, transposed, x, &weight, grad);
            assert_eq!(found.x.as_ref(), Some(dx), "{g:?}");
            assert_eq!(dot(&found.weight.unwrap(), &weight), product, "{g:?}");
            let channels = if transposed { g.channels } else { g.small_channels };
            let column = |c| grad.iter().skip(c).step_by(channels).sum::<f32>();
            assert_eq!(found.bias.unwrap(), (0..channels).map(column).collect::<Vec<_>>(), "{g:?}");
        }
    }
}

#[test]
fn linear_gradients_are_the_transposes_of_the_forward_pass() {
    let (inputs, outputs) = (7, 5);
    let (x, weight) = (ramp(BATCH * inputs, 3), ramp(outputs * inputs, 5));
    let grad = ramp(BATCH * outputs, 2);
    let y = linear::forward(&x, inputs, &weight, &[0.0; 5], Activation::None);
    let wanted = WantedGradients { x: true, weight: true, bias: false };
    let found = linear::backward(&x, inputs, &weight, outputs, &y, &grad, Activation::None, wanted);
    let product = dot(&y, &grad);
    assert_eq!(dot(&found.x.unwrap(), &x), product);
    assert_eq!(dot(&found.weight.unwrap(), &weight), product);
    assert!(found.bias.is_none());
}
