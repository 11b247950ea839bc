#![allow(clippy::unwrap_used)] // A test may panic.

//! The layers and the optimiser against PyTorch in float64 (`reference/nn_ops.py`), in f32 (the fast
//! operations) and in f64 (candle's own).

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};
use morphospace::nn::{
    Activation, AdamW, AdamWConfig, BatchNorm2d, Conv2d, ConvConfig, ConvTranspose2d, Linear, Parameters,
    squared_error_sum,
};

type Tensors = HashMap<String, Tensor>;

fn reference() -> Tensors {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/nn_ops.safetensors");
    candle_core::safetensors::load(file, &Device::Cpu).unwrap()
}

/// The tensors of one case, without its name, in `dtype`.
fn case(all: &Tensors, name: &str, dtype: DType) -> Tensors {
    let strip = |(key, t): (&String, &Tensor)| {
        let (case, key) = key.split_once('/')?;
        (case == name).then(|| (key.to_string(), t.to_dtype(dtype).unwrap()))
    };
    all.iter().filter_map(strip).collect()
}

fn names(all: &Tensors, kind: &str) -> BTreeSet<String> {
    let names: BTreeSet<_> = all
        .keys()
        .filter_map(|key| Some(key.split_once('/')?.0.to_string()))
        .filter(|n| n.starts_with(kind))
        .collect();
    assert!(!names.is_empty(), "the reference has no case of {kind}");
    names
}

/// What a case's name says: kernel, stride, padding and activation.
fn settings(name: &str) -> (ConvConfig, Activation) {
    let parts: Vec<&str> = name.split('-').collect();
    let number = |part: &str| part[1..].parse().unwrap();
    let activation = match parts[5] {
        "none" => Activation::None,
        "relu" => Activation::Relu,
        "leaky" => Activation::LeakyRelu(0.2),
        "sigmoid" => Activation::Sigmoid,
        "tanh" => Activation::Tanh,
        other => panic!("{other}"),
    };
    (ConvConfig { kernel: number(parts[2]), stride: number(parts[3]), padding: number(parts[4]) }, activation)
}

/// Largest difference, relative to the largest element of the reference.
fn error(found: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(found.dims(), expected.dims());
    let largest =
        |t: &Tensor| t.abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f64>().unwrap();
    let (found, expected) = (found.to_dtype(DType::F64).unwrap(), expected.to_dtype(DType::F64).unwrap());
    largest(&(found - &expected).unwrap()) / largest(&expected).max(1e-6)
}

fn assert_close(what: &str, found: &Tensor, expected: &Tensor, tolerance: f64) {
    let error = error(found, expected);
    assert!(error < tolerance, "{what} is off by {error:.1e}");
}

/// Runs a layer, and compares its result and every gradient with the reference.
fn check(
    name: &str,
    reference: &Tensors,
    parameters: &Parameters,
    tolerance: f64,
    forward: impl FnOnce(&Tensor) -> candle_core::Result<Tensor>,
) {
    let x = Var::from_tensor(&reference["x"]).unwrap();
    let y = forward(&x).unwrap();
    assert_close(&format!("{name} y"), &y, &reference["y"], tolerance);
    let grads = (y * &reference["gy"]).unwrap().sum_all().unwrap().backward().unwrap();
    assert_close(&format!("{name} dx"), grads.get(&x).unwrap(), &reference["dx"], tolerance);
    for (key, var) in parameters.trainable() {
        let expected = &reference[&format!("d{key}")];
        assert_close(&format!("{name} d{key}"), grads.get(&var).unwrap(), expected, tolerance);
    }
}

fn every_layer(dtype: DType, tolerance: f64) {
    let all = reference();
    for kind in ["conv", "transposed", "linear", "norm"] {
        for name in names(&all, kind) {
            let tensors = case(&all, &name, dtype);
            let (cfg, act) = settings(&name);
            let parameters = Parameters::from_tensors(tensors.clone(), &Device::Cpu);
            let vb = parameters.var_builder().to_dtype(dtype);
            let bias = tensors.contains_key("bias");
            let dims = tensors["weight"].dims();
            match kind {
                "conv" => {
                    let layer = Conv2d::new(dims[1], dims[0], cfg, bias, act, vb).unwrap();
                    check(&name, &tensors, &parameters, tolerance, |x| layer.forward(x));
                }
                "transposed" => {
                    let layer = ConvTranspose2d::new(dims[0], dims[1], cfg, bias, act, vb).unwrap();
                    check(&name, &tensors, &parameters, tolerance, |x| layer.forward(x));
                }
                "linear" => {
                    let layer = Linear::new(dims[1], dims[0], act, vb).unwrap();
                    check(&name, &tensors, &parameters, tolerance, |x| layer.forward(x));
                }
                _ => {
                    let layer = BatchNorm2d::new(dims[0], act, vb).unwrap();
                    let eval = layer.forward(&tensors["x"], false).unwrap();
                    assert_close(&format!("{name} eval"), &eval, &tensors["y_eval"], tolerance);
                    check(&name, &tensors, &parameters, tolerance, |x| layer.forward(x, true));
                    let running: HashMap<_, _> = parameters.all().into_iter().collect();
                    assert_close("running_mean", &running["running_mean"], &tensors["next_mean"], tolerance);
                    assert_close("running_var", &running["running_var"], &tensors["next_var"], tolerance);
                }
            }
        }
    }
}

#[test]
fn fast_layers_equal_pytorch() {
    every_layer(DType::F32, 1e-5);
}

/// The fallback, and with it the claim that fast and fallback compute the same. The reference itself is
/// rounded to f32.
#[test]
fn layers_of_candle_operations_equal_pytorch() {
    every_layer(DType::F64, 2e-6);
}

/// Constants instead of variables: packed weights, no graph; the same pictures.
#[test]
fn a_frozen_layer_computes_the_same_without_a_graph() {
    let all = reference();
    for name in names(&all, "conv").into_iter().chain(names(&all, "transposed")) {
        let tensors = case(&all, &name, DType::F32);
        let (cfg, act) = settings(&name);
        let parameters = Parameters::frozen(tensors.clone(), &Device::Cpu);
        let (vb, bias, dims) =
            (parameters.var_builder(), tensors.contains_key("bias"), tensors["weight"].dims());
        let y = if name.starts_with("conv") {
            Conv2d::new(dims[1], dims[0], cfg, bias, act, vb).unwrap().forward(&tensors["x"])
        } else {
            ConvTranspose2d::new(dims[0], dims[1], cfg, bias, act, vb).unwrap().forward(&tensors["x"])
        };
        let y = y.unwrap();
        assert_close(&name, &y, &tensors["y"], 1e-5);
        assert!(!y.track_op() && parameters.all().is_empty());
    }
}

/// The slope of the loss along a direction, by central differences in f64.
#[test]
fn gradients_equal_finite_differences() {
    let parameters = Parameters::seeded(3, &Device::Cpu);
    let vb = parameters.var_builder().to_dtype(DType::F64);
    let cfg = ConvConfig { kernel: 4, stride: 2, padding: 1 };
    let conv = Conv2d::new(3, 5, cfg, false, Activation::None, vb.pp("conv")).unwrap();
    let norm = BatchNorm2d::new(5, Activation::Tanh, vb.pp("norm")).unwrap();
    let up = ConvTranspose2d::new(5, 3, cfg, true, Activation::Sigmoid, vb.pp("up")).unwrap();
    let noise = morphospace::nn::noise::uniform(9, 0, 2 * 8 * 8 * 3);
    let x = Tensor::from_vec(noise, (2, 8, 8, 3), &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap();
    let loss = || {
        let y = up.forward(&norm.forward(&conv.forward(&x).unwrap(), true).unwrap()).unwrap();
        squared_error_sum(&y, &x).unwrap()
    };
    let value = || loss().to_scalar::<f64>().unwrap();
    let grads = loss().backward().unwrap();
    for (stream, (name, var)) in parameters.trainable().into_iter().enumerate() {
        let direction = morphospace::nn::noise::standard_normal(5, stream as u64, var.elem_count());
        let direction =
            Tensor::from_vec(direction, var.shape(), &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap();
        let slope =
            (grads.get(&var).unwrap() * &direction).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap();
        let start = var.as_detached_tensor().copy().unwrap();
        let at = |step: f64| {
            var.set(&(&start + (&direction * step).unwrap()).unwrap()).unwrap();
            value()
        };
        let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
        var.set(&start).unwrap();
        assert!((slope - difference).abs() < 1e-6 * slope.abs().max(1.0), "{name}: {slope} and {difference}");
    }
}

/// A convolution fused with the normalisation after it against the two apart: the result, all gradients
/// and the running moments.
#[test]
fn fused_normalisation_equals_the_two_layers_apart() {
    for transposed in [false, true] {
        let run = |fused: bool, dtype: DType| {
            let tensor = |stream: u64, shape: &[usize]| {
                let values = morphospace::nn::noise::standard_normal(8, stream, shape.iter().product());
                Tensor::from_vec(values, shape, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
            };
            let parameters = Parameters::seeded(6, &Device::Cpu);
            let vb = parameters.var_builder().to_dtype(dtype);
            let cfg = ConvConfig { kernel: 4, stride: 2, padding: 1 };
            let norm = BatchNorm2d::new(18, Activation::LeakyRelu(0.2), vb.pp("norm")).unwrap();
            for (index, (_, var)) in parameters.all().into_iter().enumerate() {
                var.set(&tensor(index as u64, &[18])).unwrap();
            }
            let x = Var::from_tensor(&tensor(10, &[70, 6, 6, 4])).unwrap();
            let y = if transposed {
                let conv = ConvTranspose2d::new(4, 18, cfg, false, Activation::None, vb.pp("conv")).unwrap();
                if fused {
                    conv.forward_norm(&x, &norm, true)
                } else {
                    norm.forward(&conv.forward(&x).unwrap(), true)
                }
            } else {
                let conv = Conv2d::new(4, 18, cfg, false, Activation::None, vb.pp("conv")).unwrap();
                if fused {
                    conv.forward_norm(&x, &norm, true)
                } else {
                    norm.forward(&conv.forward(&x).unwrap(), true)
                }
            };
            let y = y.unwrap();
            let grads = (&y * tensor(11, y.dims())).unwrap().sum_all().unwrap().backward().unwrap();
            let mut found =
                vec![("y".to_string(), y.detach()), ("dx".into(), grads.get(&x).unwrap().clone())];
            found
                .extend(parameters.trainable().into_iter().map(|(n, v)| (n, grads.get(&v).unwrap().clone())));
            found.extend(parameters.all().into_iter().map(|(n, v)| (n, v.as_detached_tensor())));
            found
        };
        let exact = run(false, DType::F64);
        for other in [run(true, DType::F32), run(false, DType::F32), run(true, DType::F64)] {
            assert_eq!(other.len(), exact.len());
            for ((name, found), (_, expected)) in other.iter().zip(&exact) {
                assert_close(name, found, expected, 2e-5);
            }
        }
    }
}

/// In use the running moments are constants, for the gradients too; and they stay as they are.
#[test]
fn normalisation_by_running_moments_has_gradients() {
    let all = reference();
    let run = |dtype: DType| {
        let tensors = case(&all, "norm-0-k0-s0-p0-relu", dtype);
        let parameters = Parameters::from_tensors(tensors.clone(), &Device::Cpu);
        let vb = parameters.var_builder().to_dtype(dtype);
        let norm = BatchNorm2d::new(4, Activation::Sigmoid, vb).unwrap();
        let x = Var::from_tensor(&tensors["x"]).unwrap();
        let y = norm.forward(&x, false).unwrap();
        let grads = (y * &tensors["gy"]).unwrap().sum_all().unwrap().backward().unwrap();
        let mut found = vec![grads.get(&x).unwrap().clone()];
        found.extend(parameters.trainable().iter().map(|(_, var)| grads.get(var).unwrap().clone()));
        let all: HashMap<_, _> = parameters.all().into_iter().collect();
        assert_eq!(error(&all["running_mean"], &tensors["running_mean"]), 0.0);
        found
    };
    for (found, expected) in run(DType::F32).iter().zip(run(DType::F64)) {
        assert_close("a gradient", found, &expected, 1e-5);
    }
}

#[test]
fn the_squared_error_and_its_gradient_are_exact() {
    for dtype in [DType::F32, DType::F64] {
        // More than one chunk, and an odd rest. Quarters are exact in f32.
        let n = 40_003u32;
        let ramp = |m: u32| (0..n).map(|i| f64::from(i % m) * 0.25).collect::<Vec<_>>();
        let tensor = |v: Vec<f64>| Tensor::new(v, &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
        let (x, target) =
            (Var::from_tensor(&tensor(ramp(7))).unwrap(), Var::from_tensor(&tensor(ramp(5))).unwrap());
        let loss = (squared_error_sum(&x, &target).unwrap() * 0.5).unwrap();
        let expected: f64 = ramp(7).iter().zip(ramp(5)).map(|(a, b)| (a - b) * (a - b)).sum();
        assert_eq!(loss.to_dtype(DType::F64).unwrap().to_scalar::<f64>().unwrap(), 0.5 * expected);
        let grads = loss.backward().unwrap();
        let error = (grads.get(&x).unwrap() - (x.as_tensor() - target.as_tensor()).unwrap()).unwrap();
        assert_eq!(
            error.sqr().unwrap().sum_all().unwrap().to_dtype(DType::F64).unwrap().to_scalar::<f64>().unwrap(),
            0.0
        );
        assert!(grads.get(&target).is_none());
    }
    let (a, b) = (
        Tensor::zeros(3, DType::F32, &Device::Cpu).unwrap(),
        Tensor::zeros(4, DType::F32, &Device::Cpu).unwrap(),
    );
    assert!(squared_error_sum(&a, &b).is_err());
}

/// A gradient store that holds `grad` for `var`.
fn gradient(var: &Var, grad: &Tensor) -> GradStore {
    (var.as_tensor() * grad).unwrap().sum_all().unwrap().backward().unwrap()
}

#[test]
fn adamw_follows_pytorch() {
    let all = reference();
    let other = AdamWConfig { beta1: 0.8, beta2: 0.95, eps: 1e-6, weight_decay: 0.1 };
    for (name, cfg, rate) in [("adam", AdamWConfig::default(), 1e-2), ("adamw", other, 3e-3)] {
        for (dtype, tolerance) in [(DType::F32, 1e-6), (DType::F64, 2e-7)] {
            let tensors = case(&all, name, dtype);
            let var = Var::from_tensor(&tensors["value0"]).unwrap();
            let mut optimizer = AdamW::new(vec![("v".into(), var.clone())], cfg).unwrap();
            for step in 1..8 {
                optimizer.step(&gradient(&var, &tensors[&format!("grad{step}")]), rate).unwrap();
                assert_close(name, &var, &tensors[&format!("value{step}")], tolerance);
            }
            assert_eq!(optimizer.steps(), 7);
            let state: HashMap<_, _> = optimizer.state().unwrap().into_iter().collect();
            assert_close(name, &state["exp_avg.v"], &tensors["exp_avg"], tolerance);
            assert_close(name, &state["exp_avg_sq.v"], &tensors["exp_avg_sq"], tolerance);
        }
    }
}

/// A small model with every layer, its parameters and its optimiser.
struct Run {
    conv: Conv2d,
    norm: BatchNorm2d,
    up: ConvTranspose2d,
    parameters: Parameters,
    optimizer: AdamW,
}

impl Run {
    fn new(parameters: Parameters) -> Self {
        let vb = parameters.var_builder();
        let cfg = ConvConfig { kernel: 4, stride: 2, padding: 1 };
        let conv = Conv2d::new(3, 6, cfg, false, Activation::None, vb.pp("conv")).unwrap();
        let norm = BatchNorm2d::new(6, Activation::LeakyRelu(0.2), vb.pp("norm")).unwrap();
        let up = ConvTranspose2d::new(6, 3, cfg, true, Activation::Sigmoid, vb.pp("up")).unwrap();
        let optimizer = AdamW::new(parameters.trainable(), AdamWConfig::default()).unwrap();
        Self { conv, norm, up, parameters, optimizer }
    }

    fn step(&mut self, seed: u64) -> f32 {
        let noise = morphospace::nn::noise::uniform(seed, 1, 8 * 8 * 8 * 3);
        let x = Tensor::from_vec(noise, (8, 8, 8, 3), &Device::Cpu).unwrap();
        let hidden = self.conv.forward_norm(&x, &self.norm, true).unwrap();
        let loss = squared_error_sum(&self.up.forward(&hidden).unwrap(), &x).unwrap();
        self.optimizer.step(&loss.backward().unwrap(), 1e-2).unwrap();
        loss.to_scalar().unwrap()
    }

    fn bits(&self) -> Vec<(String, Vec<u32>)> {
        let bits = |v: Var| {
            v.flatten_all().unwrap().to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
        };
        self.parameters.all().into_iter().map(|(name, var)| (name, bits(var))).collect()
    }
}

#[test]
fn a_saved_run_goes_on_bit_for_bit() {
    let mut whole = Run::new(Parameters::seeded(1, &Device::Cpu));
    for seed in 0..5 {
        whole.step(seed);
    }
    let weights = whole.parameters.all().into_iter().map(|(name, var)| (name, var.copy().unwrap())).collect();
    let (state, steps) = (whole.optimizer.state().unwrap().into_iter().collect(), whole.optimizer.steps());
    let rest: Vec<f32> = (5..10).map(|seed| whole.step(seed)).collect();

    let mut resumed = Run::new(Parameters::from_tensors(weights, &Device::Cpu));
    resumed.optimizer.load_state(&state, steps).unwrap();
    assert_eq!((5..10).map(|seed| resumed.step(seed)).collect::<Vec<_>>(), rest);
    assert_eq!(resumed.bits(), whole.bits());
    assert!(rest[4] < rest[0], "it learns: {rest:?}");
}

#[test]
fn a_state_that_does_not_fit_is_refused_by_name() {
    let mut run = Run::new(Parameters::seeded(1, &Device::Cpu));
    run.step(0);
    let before = run.optimizer.state().unwrap();
    let mut state: HashMap<_, _> = before.iter().cloned().collect();
    state.remove("exp_avg_sq.up.bias");
    let message = run.optimizer.load_state(&state, 9).unwrap_err().to_string();
    assert!(message.contains("'exp_avg_sq.up.bias' is missing"), "{message}");
    state.insert("exp_avg_sq.up.bias".into(), Tensor::zeros(4, DType::F32, &Device::Cpu).unwrap());
    let message = run.optimizer.load_state(&state, 9).unwrap_err().to_string();
    assert!(message.contains("'exp_avg_sq.up.bias' has the shape [4] instead of [3]"), "{message}");
    assert_eq!(run.optimizer.steps(), 1);
}

#[test]
fn a_tensor_that_does_not_fit_is_refused_by_name() {
    let parameters = Run::new(Parameters::seeded(1, &Device::Cpu)).parameters;
    let mut tensors: Tensors =
        parameters.all().into_iter().map(|(name, var)| (name, var.into_inner())).collect();
    let build = |tensors: &Tensors| {
        let given = Parameters::from_tensors(tensors.clone(), &Device::Cpu);
        BatchNorm2d::new(6, Activation::None, given.var_builder().pp("norm")).map(|_| ())
    };
    build(&tensors).unwrap();
    tensors.remove("norm.running_var");
    let message = build(&tensors).unwrap_err().to_string();
    assert!(message.contains("'norm.running_var' is missing"), "{message}");
    tensors.insert("norm.running_var".into(), Tensor::zeros(7, DType::F32, &Device::Cpu).unwrap());
    let message = build(&tensors).unwrap_err().to_string();
    assert!(message.contains("'norm.running_var' has the shape [7] instead of [6]"), "{message}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut run = Run::new(Parameters::seeded(seed, &Device::Cpu));
        let losses: Vec<f32> = (0..3).map(|seed| run.step(seed)).collect();
        (losses, run.bits())
    };
    assert!(run(4) == run(4));
    assert!(run(4).0 != run(5).0);
}

#[test]
fn initial_values_depend_on_seed_and_name_only_and_fill_pytorchs_range() {
    let cfg = ConvConfig { kernel: 4, stride: 2, padding: 1 };
    let draw = |seed: u64, order: &[&str]| -> HashMap<String, Vec<f32>> {
        let parameters = Parameters::seeded(seed, &Device::Cpu);
        let vb = parameters.var_builder();
        for name in order {
            let vb = vb.pp(name);
            match *name {
                "conv" => drop(Conv2d::new(3, 50, cfg, true, Activation::None, vb).unwrap()),
                "up" => drop(ConvTranspose2d::new(50, 3, cfg, true, Activation::None, vb).unwrap()),
                _ => drop(Linear::new(100, 60, Activation::None, vb).unwrap()),
            }
        }
        let values = |v: Var| v.flatten_all().unwrap().to_vec1().unwrap();
        parameters.all().into_iter().map(|(name, var)| (name, values(var))).collect()
    };
    let first = draw(1, &["conv", "up", "fc"]);
    assert!(first == draw(1, &["fc", "conv", "up"]));
    assert!(first["conv.weight"] != draw(2, &["conv"])["conv.weight"]);
    // kaiming_uniform_(a = √5): U(±1/√fan_in), fan_in = size(1) · k · k for both convolutions.
    for (name, fan_in) in [("conv.weight", 48f32), ("up.weight", 48.0), ("fc.weight", 100.0)] {
        let bound = fan_in.sqrt().recip();
        let largest = first[name].iter().fold(0f32, |m, v| m.max(v.abs()));
        let mean_square = first[name].iter().map(|v| v * v).sum::<f32>() / first[name].len() as f32;
        assert!(largest <= bound && largest > 0.98 * bound, "{name}: {largest} of {bound}");
        assert!((mean_square * 3.0 / (bound * bound) - 1.0).abs() < 0.1, "{name}: {mean_square}");
    }
}

#[test]
fn what_a_layer_cannot_take_is_an_error() {
    let parameters = Parameters::seeded(0, &Device::Cpu);
    let vb = parameters.var_builder();
    let cfg = ConvConfig { kernel: 4, stride: 2, padding: 1 };
    let zeros = |shape: (usize, usize, usize, usize)| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
    let conv = Conv2d::new(3, 4, cfg, true, Activation::None, vb.pp("conv")).unwrap();
    for shape in [(1, 3, 8, 8), (1, 1, 8, 3), (0, 8, 8, 3)] {
        assert!(conv.forward(&zeros(shape)).is_err(), "{shape:?}");
    }
    let up = ConvTranspose2d::new(3, 4, cfg, true, Activation::None, vb.pp("up")).unwrap();
    assert!(up.forward(&zeros((1, 3, 8, 8))).is_err());
    let linear = Linear::new(3, 4, Activation::None, vb.pp("linear")).unwrap();
    assert!(linear.forward(&Tensor::zeros((2, 4), DType::F32, &Device::Cpu).unwrap()).is_err());
    let norm = BatchNorm2d::new(3, Activation::None, vb.pp("norm")).unwrap();
    assert!(norm.forward(&zeros((1, 1, 1, 3)), true).is_err());
    assert!(norm.forward(&zeros((1, 2, 2, 4)), true).is_err());
    assert!(norm.forward(&zeros((1, 1, 1, 3)), false).is_ok());
    assert!(norm.forward(&zeros((1, 2, 2, 4)), false).is_err());
}

/// A transposed view goes in, and gradients come in broadcast: both are strided.
#[test]
fn strided_inputs_and_gradients_are_understood() {
    let cfg = ConvConfig { kernel: 3, stride: 1, padding: 1 };
    let build = |dtype| {
        let vb = Parameters::seeded(2, &Device::Cpu).var_builder().to_dtype(dtype);
        Conv2d::new(3, 4, cfg, true, Activation::Tanh, vb).unwrap()
    };
    let run = |dtype| {
        let noise = morphospace::nn::noise::uniform(1, 0, 2 * 3 * 5 * 5);
        let nchw = Tensor::from_vec(noise, (2, 3, 5, 5), &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
        let nchw = Var::from_tensor(&nchw).unwrap();
        let y = build(dtype).forward(&nchw.permute((0, 2, 3, 1)).unwrap()).unwrap();
        let grads = y.sum((1, 2)).unwrap().sum_all().unwrap().backward().unwrap();
        (y, grads.get(&nchw).unwrap().clone())
    };
    let ((y, dx), (y64, dx64)) = (run(DType::F32), run(DType::F64));
    assert_close("y", &y, &y64, 1e-5);
    assert_close("dx", &dx, &dx64, 1e-5);
}
