//! The layers of a card against the fast ones, on the processor, in the shapes that the models have.

use candle_core::{DType, Device, Result, Tensor, Var};

use super::*;
use crate::nn::{ConvConfig, dispatch, ops};
use crate::random;

const HALVING: ConvConfig = ConvConfig { kernel: 4, stride: 2, padding: 1 };
const WHOLE: ConvConfig = ConvConfig { kernel: 4, stride: 1, padding: 0 };
const AROUND: ConvConfig = ConvConfig { kernel: 3, stride: 1, padding: 1 };
const LEAKY: Activation = Activation::LeakyRelu(0.2);

fn normal(stream: u64, shape: &[usize], scale: f32) -> Tensor {
    let values = random::standard_normal(5, stream, shape.iter().product());
    let values: Vec<f32> = values.into_iter().map(|v| v * scale).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// Largest difference, relative to the largest value.
fn difference(a: &Tensor, b: &Tensor) -> f32 {
    assert_eq!(a.dims(), b.dims());
    let largest = |t: &Tensor| t.abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar().unwrap();
    let (difference, size): (f32, f32) = (largest(&(a - b).unwrap()), largest(b));
    assert!(size.is_finite() && difference.is_finite());
    difference / size.max(1e-6)
}

/// Results and gradients of two ways to compute the same from these arguments.
fn compare(
    what: &str,
    arguments: &[Tensor],
    card: impl Fn(&[&Tensor]) -> Result<Tensor>,
    fast: impl Fn(&[&Tensor]) -> Result<Tensor>,
) {
    let vars: Vec<Var> = arguments.iter().map(|t| Var::from_tensor(t).unwrap()).collect();
    let tensors: Vec<&Tensor> = vars.iter().map(|var| var.as_tensor()).collect();
    let [found, expected] = [card(&tensors).unwrap(), fast(&tensors).unwrap()];
    let off = difference(&found, &expected);
    assert!(off < 1e-5, "{what}: the result is off by {off:e}");
    let direction = normal(99, expected.dims(), 1.0);
    let [found, expected] =
        [found, expected].map(|y| (y * &direction).unwrap().sum_all().unwrap().backward().unwrap());
    for (number, var) in vars.iter().enumerate() {
        match (found.get(var), expected.get(var)) {
            (Some(found), Some(expected)) => {
                let off = difference(found, expected);
                assert!(off < 1e-5, "{what}: gradient {number} is off by {off:e}");
            }
            (None, None) => (),
            _ => panic!("{what}: only one way has gradient {number}"),
        }
    }
}

fn check_conv(
    cfg: ConvConfig,
    transposed: bool,
    activation: Activation,
    bias: bool,
    [n, side, from, to]: [usize; 4],
) {
    let op = ops::ConvOp { cfg, transposed, activation, packed: None };
    let weight = if transposed { [from, to] } else { [to, from] };
    let weight = normal(2, &[weight[0], weight[1], cfg.kernel, cfg.kernel], 0.2);
    let mut arguments = vec![normal(1, &[n, side, side, from], 1.0), weight];
    arguments.extend(bias.then(|| normal(3, &[to], 0.5)));
    let what = format!("{cfg:?}, transposed {transposed}, {activation:?}, {n}×{side}² of {from} to {to}");
    let card = |t: &[&Tensor]| {
        let geometry = op.geometry(t[0].dims(), t[1].dims())?;
        conv(t[0], t[1], t.get(2).copied(), &geometry, transposed, activation)
    };
    compare(&what, &arguments, card, |t| dispatch::conv(t[0], t[1], t.get(2).copied(), &op));
}

#[test]
#[cfg_attr(miri, ignore = "no unsafe code, and slow")]
fn convolutions_of_every_model_equal_the_fast_ones() {
    // Encoders and discriminators, downwards; decoders and generators, upwards.
    for [side, from, to] in [[64, 3, 8], [32, 3, 32], [32, 8, 16], [16, 16, 32], [8, 32, 64], [8, 64, 64]] {
        check_conv(HALVING, false, Activation::None, false, [3, side, from, to]);
        check_conv(HALVING, false, LEAKY, true, [2, side, from, to]);
        check_conv(HALVING, true, Activation::None, false, [3, side / 2, to, from]);
        check_conv(HALVING, true, Activation::Relu, true, [2, side / 2, to, from]);
    }
    check_conv(HALVING, true, Activation::Sigmoid, true, [2, 32, 16, 3]);
    check_conv(HALVING, true, Activation::Tanh, false, [2, 32, 16, 3]);
    // The ends of DCGAN and discriminator.
    check_conv(WHOLE, true, Activation::None, false, [5, 1, 100, 64]);
    check_conv(WHOLE, false, Activation::None, false, [5, 4, 64, 1]);
    check_conv(WHOLE, false, Activation::None, true, [5, 4, 64, 1]);
    // The first stage of the embedded extractor.
    check_conv(AROUND, false, Activation::None, false, [2, 32, 3, 16]);
}

#[test]
#[cfg_attr(miri, ignore = "no unsafe code, and slow")]
fn the_other_layers_equal_the_fast_ones() {
    for activation in
        [Activation::None, Activation::Relu, LEAKY, Activation::LeakyRelu(1.5), Activation::Sigmoid]
    {
        let arguments = [normal(1, &[16, 256], 1.0), normal(2, &[32, 256], 0.1), normal(3, &[32], 0.5)];
        compare(
            &format!("linear, {activation:?}"),
            &arguments,
            |t| linear(t[0], t[1], t[2], activation),
            |t| dispatch::linear(t[0], t[1], t[2], activation),
        );
        // Sums over 4096 rows are taken in parts, over 12 at once.
        for shape in [vec![4, 32, 32, 8], vec![3, 2, 2, 16], vec![64, 24]] {
            let channels = shape[shape.len() - 1];
            let x = normal(4, &shape, 2.0).affine(1.0, 3.0).unwrap();
            let arguments =
                [x, normal(5, &[channels], 0.3).affine(1.0, 1.0).unwrap(), normal(6, &[channels], 0.5)];
            let what = format!("batch norm of {shape:?}, {activation:?}");
            compare(
                &what,
                &arguments,
                |t| Ok(batch_norm_train(t[0], t[1], t[2], activation)?.0),
                |t| Ok(dispatch::batch_norm_train(t[0], t[1], t[2], activation)?.0),
            );
            let moments = |t: &[&Tensor]| -> Result<[(Tensor, Tensor); 2]> {
                let (_, found) = batch_norm_train(t[0], t[1], t[2], activation)?;
                let (_, fast) = dispatch::batch_norm_train(t[0], t[1], t[2], activation)?;
                assert_eq!(found.values, fast.values);
                Ok([(found.mean, fast.mean), (found.variance, fast.variance)])
            };
            for (found, expected) in moments(&arguments.each_ref()).unwrap() {
                assert!(difference(&found, &expected) < 1e-5, "{what}: moments");
            }
            let (mean, variance) = (normal(7, &[channels], 1.0), normal(8, &[channels], 1.0).sqr().unwrap());
            compare(
                &format!("given moments, {what}"),
                &arguments,
                |t| batch_norm_eval(t[0], &mean, &variance, t[1], t[2], activation),
                |t| dispatch::batch_norm_eval(t[0], &mean, &variance, t[1], t[2], activation),
            );
        }
    }
    let arguments = [normal(1, &[4, 16, 16, 3], 1.0), normal(2, &[4, 16, 16, 3], 1.0)];
    compare(
        "squared error",
        &arguments,
        |t| squared_error_sum(t[0], t[1]),
        |t| dispatch::squared_error_sum(t[0], t[1]),
    );
}

/// The linear layers of an inactive unit and of a black picture: zeros, where derivatives have their kinks.
#[test]
fn derivatives_at_zero_are_those_of_the_fast_ones() {
    for activation in [Activation::Relu, LEAKY] {
        let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
        let (arguments, weight, bias) = ([zeros(&[2, 3])], normal(1, &[4, 3], 1.0), zeros(&[4]));
        compare(
            "linear at zero",
            &arguments,
            |t| linear(t[0], &weight, &bias, activation),
            |t| dispatch::linear(t[0], &weight, &bias, activation),
        );
    }
}

#[test]
fn what_nobody_asks_for_is_not_in_the_graph() {
    let x = normal(1, &[2, 8, 8, 3], 1.0);
    let weight = Var::from_tensor(&normal(2, &[4, 3, 4, 4], 1.0)).unwrap();
    let op = ops::ConvOp { cfg: HALVING, transposed: false, activation: LEAKY, packed: None };
    let geometry = op.geometry(x.dims(), weight.dims()).unwrap();
    let y = conv(&x, &weight.detach(), None, &geometry, false, LEAKY).unwrap();
    assert!(!y.track_op(), "nothing here takes a gradient");
    let y = conv(&x, &weight, None, &geometry, false, LEAKY).unwrap();
    let gradients = y.sum_all().unwrap().backward().unwrap();
    assert!(gradients.get(&weight).is_some() && gradients.get(&x).is_none());
}
