//! Layers in a stack against the same layers one after another, and the rules of its backward pass.

use std::collections::HashMap;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};
use morphospace::nn::{
    self, Activation, BatchNorm2d, Conv2d, ConvConfig, ConvTranspose2d, Parameters, Stack,
};

use crate::cases::{assert_close, normal};

const HALVING: ConvConfig = ConvConfig { kernel: 4, stride: 2, padding: 1 };
const AROUND: ConvConfig = ConvConfig { kernel: 3, stride: 1, padding: 1 };

/// Layers that take images of 4 channels, and give 5.
struct Layers {
    down: Vec<(Conv2d, Option<BatchNorm2d>)>,
    up: Vec<(ConvTranspose2d, Option<BatchNorm2d>)>,
    parameters: Parameters,
}

/// With every neighbourhood: an input, a bias or a normalisation before a layer, each activation, a
/// normalisation at the end of the one stack and none at that of the other.
fn layers(dtype: DType) -> Layers {
    let parameters = Parameters::seeded(6, &Device::Cpu);
    let vb = parameters.var_builder().to_dtype(dtype);
    let none = Activation::None;
    let leaky = Activation::LeakyRelu(0.2);
    let conv =
        |at: usize, from, to, cfg, bias, act| Conv2d::new(from, to, cfg, bias, act, vb.pp(at)).unwrap();
    let norm = |at: usize, of, act| Some(BatchNorm2d::new(of, act, vb.pp(at)).unwrap());
    let down = vec![
        (conv(0, 4, 17, HALVING, false, none), norm(1, 17, leaky)),
        (conv(2, 17, 9, AROUND, true, Activation::Tanh), None),
        (conv(3, 9, 18, HALVING, false, none), norm(4, 18, Activation::Sigmoid)),
        (conv(5, 18, 20, AROUND, false, none), norm(6, 20, none)),
    ];
    let up = |at: usize, from, to, bias, act| {
        ConvTranspose2d::new(from, to, HALVING, bias, act, vb.pp(at)).unwrap()
    };
    let up = vec![
        (up(7, 20, 18, true, Activation::Relu), None),
        (up(8, 18, 16, false, none), norm(9, 16, Activation::Relu)),
        (up(10, 16, 5, true, Activation::Sigmoid), None),
    ];
    for (index, (name, var)) in parameters.all().into_iter().enumerate() {
        if name.ends_with("running_mean") || name.ends_with("bias") {
            var.set(&normal(index as u64, var.dims(), dtype)).unwrap();
        }
    }
    Layers { down, up, parameters }
}

impl Layers {
    fn stacks(&self) -> [Stack; 2] {
        [self.down.iter().cloned().collect(), self.up.iter().cloned().collect()]
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let [down, up] = self.stacks();
        up.forward(&down.forward(x, true).unwrap(), true).unwrap()
    }

    fn forward_apart(&self, x: &Tensor) -> Tensor {
        let norm = |y: Tensor, norm: &Option<BatchNorm2d>| match norm {
            Some(norm) => norm.forward(&y, true).unwrap(),
            None => y,
        };
        let x = self.down.iter().fold(x.clone(), |x, (conv, n)| norm(conv.forward(&x).unwrap(), n));
        self.up.iter().fold(x, |x, (conv, n)| norm(conv.forward(&x).unwrap(), n))
    }

    /// Result, gradients of input and weights, running moments.
    fn everything(&self, x: &Var, y: &Tensor) -> Vec<(String, Tensor)> {
        let grads = nn::backward(&weighed(y)).unwrap();
        let mut all = vec![("y".to_string(), y.detach()), ("dx".into(), grads.get(x).unwrap().clone())];
        all.extend(self.gradients(&grads));
        all.extend(self.parameters.all().into_iter().map(|(n, v)| (n, v.as_detached_tensor())));
        all
    }

    fn gradients(&self, grads: &GradStore) -> Vec<(String, Tensor)> {
        let of = |(name, var): (String, Var)| (format!("d{name}"), grads.get(&var).unwrap().clone());
        self.parameters.trainable().into_iter().map(of).collect()
    }
}

/// A scalar whose gradient is no number for all of `y`.
fn weighed(y: &Tensor) -> Tensor {
    (y * normal(11, y.dims(), y.dtype()).detach()).unwrap().sum_all().unwrap()
}

fn images(n: usize, dtype: DType) -> Var {
    Var::from_tensor(&normal(10, &[n, 12, 20, 4], dtype)).unwrap()
}

fn bits(t: &Tensor) -> Vec<u32> {
    t.flatten_all().unwrap().to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
}

#[test]
fn a_stack_equals_its_layers_apart() {
    for n in [1, 2, 37] {
        let run = |stacked: bool, dtype: DType| {
            let (layers, x) = (layers(dtype), images(n, dtype));
            let y = if stacked { layers.forward(&x) } else { layers.forward_apart(&x) };
            assert_eq!(y.dims(), [n, 24, 40, 5]);
            layers.everything(&x, &y)
        };
        let exact = run(false, DType::F64);
        for other in [run(true, DType::F32), run(true, DType::F64)] {
            assert_eq!(other.len(), exact.len());
            for ((name, found), (_, expected)) in other.iter().zip(&exact) {
                // What a normalisation takes away again has no gradient but rounding.
                assert_close(&format!("{name} of {n}"), found, expected, 3e-5);
            }
        }
    }
}

/// Buffers that go round carry nothing over, whatever batches they come from.
#[test]
fn the_same_step_gives_the_same_bits_again() {
    let step = |n: usize| -> Vec<Vec<u32>> {
        let (layers, x) = (layers(DType::F32), images(n, DType::F32));
        layers.everything(&x, &layers.forward(&x)).iter().map(|(_, t)| bits(t)).collect()
    };
    let first = step(9);
    for n in [4, 9, 30, 9] {
        let again = step(n);
        assert!(n != 9 || again == first, "something was left over");
    }
}

#[test]
fn a_second_backward_pass_is_an_error_unless_the_graph_was_kept() {
    let (layers, x) = (layers(DType::F32), images(3, DType::F32));
    let y = layers.forward(&x);
    let loss = weighed(&y);
    let first = nn::backward_keeping_graph(&loss).unwrap();
    let second = nn::backward(&loss).unwrap();
    for ((name, a), (_, b)) in layers.gradients(&first).iter().zip(&layers.gradients(&second)) {
        assert_eq!(bits(a), bits(b), "{name}");
    }
    let error = nn::backward(&loss).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("has gone through these layers before"), "{error}");
    // The failed pass is over: another graph goes through.
    nn::backward(&weighed(&layers.forward(&x))).unwrap();
}

#[test]
fn weights_without_the_pass_that_collects_their_gradients_are_an_error() {
    let (layers, x) = (layers(DType::F32), images(3, DType::F32));
    let error = weighed(&layers.forward(&x)).backward().map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("nn::backward"), "{error}");
}

#[test]
fn a_stack_that_is_used_twice_has_the_sum_of_both_gradients() {
    let (layers, x) = (layers(DType::F32), images(3, DType::F32));
    let [down, up] = layers.stacks();
    let other = Var::from_tensor(&normal(12, &[5, 12, 20, 4], DType::F32)).unwrap();
    let loss = |x: &Var| weighed(&up.forward(&down.forward(x, true).unwrap(), true).unwrap());
    let apart = [&x, &other].map(|x| layers.gradients(&nn::backward(&loss(x)).unwrap()));
    let both = nn::backward(&(loss(&x) + loss(&other)).unwrap()).unwrap();
    let apart: HashMap<&String, Tensor> =
        apart[0].iter().zip(&apart[1]).map(|((name, a), (_, b))| (name, (a + b).unwrap())).collect();
    for (name, sum) in layers.gradients(&both) {
        assert_close(&name, &sum, &apart[&name], 1e-5);
    }
}

/// Of a network that only judges: its input has the same gradient, its weights have none, and candle's own
/// pass will do.
#[test]
fn a_stack_of_constants_has_a_gradient_for_its_input_alone() {
    let (layers, x) = (layers(DType::F32), images(3, DType::F32));
    let expected = nn::backward(&weighed(&layers.forward(&x))).unwrap().get(&x).unwrap().clone();
    let down: Stack =
        layers.down.iter().map(|(c, n)| (c.detached(), n.as_ref().map(|n| n.detached()))).collect();
    let [_, up] = layers.stacks();
    let y = up.forward(&down.forward(&x, true).unwrap(), true).unwrap();
    let grads = nn::backward(&weighed(&y)).unwrap();
    assert_eq!(bits(grads.get(&x).unwrap()), bits(&expected));
    for (name, var) in layers.parameters.trainable() {
        let of_down = name.split('.').next().unwrap().parse::<usize>().unwrap() < 7;
        assert_eq!(grads.get(&var).is_none(), of_down, "{name}");
    }
    let grads = weighed(&down.forward(&x, true).unwrap()).backward().unwrap();
    assert!(grads.get(&x).is_some());
    // Nothing follows what depends on no variable.
    assert!(!down.forward(&x.as_detached_tensor(), true).unwrap().track_op());
}
