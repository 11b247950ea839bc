//! Adam, AdamW and Muon: the steps of PyTorch's, and a state that saves and resumes exactly.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor, Var};
use morphospace::nn::{
    self, Activation, AdamW, AdamWConfig, BatchNorm2d, Conv2d, ConvConfig, ConvTranspose2d, Linear,
    Optimizer, Parameters, Stack, squared_error_sum,
};
use morphospace::random;

use crate::cases::{Tensors, assert_close, backward, case, reference};

#[test]
fn steps_equal_those_of_pytorchs_adam_and_adamw() {
    let all = reference();
    let other = AdamWConfig { beta1: 0.8, beta2: 0.95, eps: 1e-6, weight_decay: 0.1 };
    for (name, cfg, rate) in [("adam", AdamWConfig::default(), 1e-2), ("adamw", other, 3e-3)] {
        for (dtype, tolerance) in [(DType::F32, 1e-6), (DType::F64, 1e-12)] {
            let tensors = case(&all, name, dtype);
            let var = Var::from_tensor(&tensors["value0"]).unwrap();
            let mut optimizer = AdamW::new(vec![("v".into(), var.clone())], cfg).unwrap();
            for step in 1..8 {
                let grad = &tensors[&format!("grad{step}")];
                let norm = optimizer.step(&backward(&var, grad), rate).unwrap();
                let squares = grad.sqr().unwrap().sum_all().unwrap().to_dtype(DType::F64).unwrap();
                let wanted = squares.to_scalar::<f64>().unwrap().sqrt();
                assert!((norm - wanted).abs() < 1e-5 * wanted, "{name}: norm {norm} instead of {wanted}");
                assert_close(name, &var, &tensors[&format!("value{step}")], tolerance);
            }
            assert_eq!(optimizer.steps(), 7);
            let state: HashMap<_, _> = optimizer.state().unwrap().into_iter().collect();
            assert_close(name, &state["exp_avg.v"], &tensors["exp_avg"], tolerance);
            assert_close(name, &state["exp_avg_sq.v"], &tensors["exp_avg_sq"], tolerance);
        }
    }
}

/// As from an optimiser that always had it.
#[test]
fn a_weight_decay_that_changes_acts_on_the_next_step() {
    type Make = fn(Vec<(String, Var)>, AdamWConfig) -> candle_core::Result<Optimizer>;
    for make in [Optimizer::adamw as Make, Optimizer::muon as Make] {
        for on_cpu in [DType::F32, DType::F64] {
            let values = Tensor::arange(1f32, 33.0, &Device::Cpu).unwrap().reshape((4, 8)).unwrap();
            let values = values.to_dtype(on_cpu).unwrap();
            let stepped = |began: f64, changed: f64| {
                let var = Var::from_tensor(&values).unwrap();
                let cfg = AdamWConfig { weight_decay: began, ..AdamWConfig::default() };
                let mut optimizer = make(vec![("v".into(), var.clone())], cfg).unwrap();
                optimizer.set_weight_decay(changed);
                optimizer.step(&backward(&var, &values), 1e-2).unwrap();
                var.flatten_all().unwrap().to_dtype(DType::F64).unwrap().to_vec1::<f64>().unwrap()
            };
            assert_eq!(stepped(0.0, 0.5), stepped(0.5, 0.5));
            assert_eq!(stepped(0.5, 0.0), stepped(0.0, 0.0));
            assert_ne!(stepped(0.5, 0.5), stepped(0.0, 0.0));
        }
    }
}

#[test]
fn steps_equal_those_of_pytorchs_muon() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/muon.safetensors");
    let all = candle_core::safetensors::load(file, &Device::Cpu).unwrap();
    let cfg = AdamWConfig { weight_decay: 0.1, ..AdamWConfig::default() };
    for name in ["wide", "tall", "convolution", "transposed"] {
        for (dtype, tolerance) in [(DType::F32, 1e-5), (DType::F64, 1e-7)] {
            let tensors = case(&all, name, dtype);
            let var = Var::from_tensor(&tensors["value0"]).unwrap();
            let mut optimizer = Optimizer::muon(vec![("v".into(), var.clone())], cfg).unwrap();
            for step in 1..=8 {
                let grad = &tensors[&format!("grad{step}")];
                let norm = optimizer.step(&backward(&var, grad), 2e-3).unwrap();
                let squares = grad.sqr().unwrap().sum_all().unwrap().to_dtype(DType::F64).unwrap();
                let wanted = squares.to_scalar::<f64>().unwrap().sqrt();
                assert!((norm - wanted).abs() < 1e-5 * wanted, "{name}: norm {norm} instead of {wanted}");
            }
            assert_close(name, &var, &tensors["value8"], tolerance);
            let state: HashMap<_, _> = optimizer.state().unwrap().into_iter().collect();
            assert_eq!(state.len(), 1, "a matrix has no state of AdamW");
            assert_close(name, &state["momentum_buffer.v"], &tensors["momentum_buffer"], tolerance);
        }
    }
}

/// Weights that read or paint three colours, and those that are no matrices, have the state of AdamW.
#[test]
fn muon_takes_the_matrices_between_hidden_layers() {
    let parameters = Run::new(Parameters::seeded(1, &Device::Cpu), false).parameters;
    let vb = parameters.var_builder();
    let cfg = ConvConfig { kernel: 4, stride: 2, padding: 1 };
    Conv2d::new(6, 8, cfg, true, Activation::None, vb.pp("hidden")).unwrap();
    Linear::new(8, 5, Activation::None, vb.pp("fc")).unwrap();
    let optimizer = Optimizer::muon(parameters.trainable(), AdamWConfig::default()).unwrap();
    let mut of_muon: Vec<String> = optimizer.state().unwrap().into_iter().map(|(name, _)| name).collect();
    of_muon.retain(|name| name.starts_with("momentum_buffer."));
    of_muon.sort();
    let hidden = ["between", "fc", "hidden"].map(|layer| format!("momentum_buffer.{layer}.weight"));
    assert_eq!(of_muon, hidden);
}

/// A small model with every layer, its parameters and its optimiser.
struct Run {
    stack: Stack,
    up: ConvTranspose2d,
    parameters: Parameters,
    optimizer: Optimizer,
}

impl Run {
    fn new(parameters: Parameters, muon: bool) -> Self {
        let vb = parameters.var_builder();
        let cfg = ConvConfig { kernel: 4, stride: 2, padding: 1 };
        let conv = Conv2d::new(3, 6, cfg, false, Activation::None, vb.pp("conv")).unwrap();
        let norm = BatchNorm2d::new(6, Activation::LeakyRelu(0.2), vb.pp("norm")).unwrap();
        let up = ConvTranspose2d::new(6, 3, cfg, true, Activation::Sigmoid, vb.pp("up")).unwrap();
        let flat = ConvConfig { kernel: 3, stride: 1, padding: 1 };
        let hidden = Conv2d::new(6, 6, flat, true, Activation::Tanh, vb.pp("between")).unwrap();
        let stack = Stack::from_iter([(conv, Some(norm)), (hidden, None)]);
        let make = if muon { Optimizer::muon } else { Optimizer::adamw };
        let optimizer = make(parameters.trainable(), AdamWConfig::default()).unwrap();
        Self { stack, up, parameters, optimizer }
    }

    fn step(&mut self, seed: u64) -> f32 {
        let noise = random::uniform(seed, 1, 8 * 8 * 8 * 3);
        let x = Tensor::from_vec(noise, (8, 8, 8, 3), &Device::Cpu).unwrap();
        let hidden = self.stack.forward(&x, true).unwrap();
        let loss = squared_error_sum(&self.up.forward(&hidden).unwrap(), &x).unwrap();
        self.optimizer.step(&nn::backward(&loss).unwrap(), 1e-2).unwrap();
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
    for muon in [false, true] {
        goes_on_bit_for_bit(muon);
    }
}

fn goes_on_bit_for_bit(muon: bool) {
    let mut whole = Run::new(Parameters::seeded(1, &Device::Cpu), muon);
    for seed in 0..5 {
        whole.step(seed);
    }
    let folder = tempfile::tempdir().unwrap();
    let through_a_file = |tensors: Tensors| {
        let file = folder.path().join("tensors.safetensors");
        candle_core::safetensors::save(&tensors, &file).unwrap();
        candle_core::safetensors::load(&file, &Device::Cpu).unwrap()
    };
    let weights = whole.parameters.all().into_iter().map(|(name, var)| (name, var.into_inner())).collect();
    let weights = through_a_file(weights);
    let state = through_a_file(whole.optimizer.state().unwrap().into_iter().collect());
    let rest: Vec<f32> = (5..10).map(|seed| whole.step(seed)).collect();

    let mut resumed = Run::new(Parameters::from_tensors(weights, &Device::Cpu), muon);
    resumed.optimizer.load_state(&state, 5).unwrap();
    assert_eq!((5..10).map(|seed| resumed.step(seed)).collect::<Vec<_>>(), rest);
    assert_eq!(resumed.bits(), whole.bits());
    assert!(rest[4] < rest[0], "it learns: {rest:?}");
}

#[test]
fn a_state_that_does_not_fit_is_refused_by_name() {
    let mut run = Run::new(Parameters::seeded(1, &Device::Cpu), false);
    run.step(0);
    let before = run.optimizer.state().unwrap();
    let mut state: HashMap<_, _> = before.iter().cloned().collect();
    state.remove("exp_avg_sq.up.bias");
    let message = run.optimizer.load_state(&state, 9).unwrap_err().to_string();
    assert!(message.contains("'exp_avg_sq.up.bias' is missing"), "{message}");
    state.insert("exp_avg_sq.up.bias".into(), Tensor::zeros(4, DType::F32, &Device::Cpu).unwrap());
    let message = run.optimizer.load_state(&state, 9).unwrap_err().to_string();
    assert!(message.contains("'exp_avg_sq.up.bias' has the shape [4] instead of [3]"), "{message}");
    // It goes on as one of which nothing was asked.
    let mut other = Run::new(Parameters::seeded(1, &Device::Cpu), false);
    other.step(0);
    assert_eq!(run.step(1), other.step(1));
    assert_eq!(run.bits(), other.bits());
}

#[test]
fn a_tensor_that_does_not_fit_is_refused_by_name() {
    let parameters = Run::new(Parameters::seeded(1, &Device::Cpu), false).parameters;
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
        let mut run = Run::new(Parameters::seeded(seed, &Device::Cpu), false);
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
