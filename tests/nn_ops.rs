#![allow(clippy::unwrap_used)] // A test may panic.

//! The layers and the optimiser against PyTorch in float64 (`reference/nn_ops.py`), in f32 (the fast
//! operations) and in f64 (candle's own).

#[path = "nn_ops/cases.rs"]
mod cases;
#[path = "nn_ops/inputs.rs"]
mod inputs;
#[path = "nn_ops/optimizer.rs"]
mod optimizer;
#[path = "nn_ops/stack.rs"]
mod stack;

use std::collections::{BTreeSet, HashMap};

use candle_core::{DType, Device, Tensor, Var};
use cases::{
    Layer, Tensors, assert_close, backward, build, case, error, every_name, names, normal, reference, scalar,
    settings, wide,
};
use morphospace::nn::{Activation, Parameters, squared_error_sum};

/// The reference holds what the tests below claim to have compared.
#[test]
fn the_reference_has_every_kernel_stride_activation_and_shape() {
    let all = reference();
    let activations = ["none", "relu", "leaky", "sigmoid", "tanh"];
    for kind in ["conv", "transposed"] {
        let mut found = BTreeSet::new();
        for name in names(&all, kind) {
            let (_, cfg, _) = settings(&name);
            let (tensors, activation) = (case(&all, &name, DType::F32), name.rsplit('-').next().unwrap());
            found.insert(format!("kernel {} stride {}", cfg.kernel, cfg.stride));
            found.insert(format!("padding {}", cfg.padding));
            found.insert(format!("{activation}, bias {}", tensors.contains_key("bias")));
            let dims = tensors["x"].dims();
            found.insert(format!("batch {}", dims[0]));
            found.insert(format!("odd side {}", dims[1] % 2 == 1 && dims[2] % 2 == 1));
            if kind == "conv" {
                let over = |side: usize| (side + 2 * cfg.padding - cfg.kernel) % cfg.stride;
                found.insert(format!("rows left over {}, columns {}", over(dims[1]), over(dims[2])));
            }
            found.insert(format!("17 channels {}", tensors["y"].dims()[3] == 17));
        }
        let mut wanted: Vec<String> =
            ["batch 1", "batch 2", "batch 37", "odd side true", "odd side false", "17 channels true"]
                .map(String::from)
                .into();
        wanted.extend((0..3).map(|padding| format!("padding {padding}")));
        if kind == "conv" {
            wanted.extend(["rows left over 0, columns 1", "rows left over 1, columns 0"].map(String::from));
        }
        for kernel in 1..=5 {
            wanted.extend([1, 2].map(|stride| format!("kernel {kernel} stride {stride}")));
        }
        for activation in activations {
            wanted.extend([true, false].map(|bias| format!("{activation}, bias {bias}")));
        }
        for wanted in wanted {
            assert!(found.contains(&wanted), "no {kind} with {wanted}");
        }
    }
    for kind in ["linear", "norm"] {
        let names = names(&all, kind);
        for activation in activations {
            assert!(names.iter().any(|n| n.ends_with(activation)), "no {kind} with {activation}");
        }
        assert!(names.iter().any(|n| case(&all, n, DType::F32)["x"].dims()[0] == 1), "no {kind} of one");
    }
}

/// Compares a layer's result and every gradient with the reference; `mode` ends the names of the numbers.
fn check(
    name: &str,
    mode: &str,
    reference: &Tensors,
    (layer, parameters, x): &(Layer, Parameters, Var),
    tolerance: f64,
) {
    let y = if mode == "_eval" { layer.forward_eval(x) } else { layer.forward(x) }.unwrap();
    assert_close(&format!("{name} y{mode}"), &y, &reference[&format!("y{mode}")], tolerance);
    let grads = backward(&y, &reference["gy"]);
    let vars = [("x".to_string(), x.clone())].into_iter().chain(parameters.trainable());
    for (key, var) in vars {
        let expected = &reference[&format!("d{key}{mode}")];
        assert_close(&format!("{name} d{key}{mode}"), grads.get(&var).unwrap(), expected, tolerance);
    }
}

fn every_layer(dtype: DType, tolerance: f64) {
    let all = reference();
    for name in every_name(&all) {
        let tensors = case(&all, &name, dtype);
        let built = build(&name, &tensors);
        if let Layer::Norm(_) = built.0 {
            // In use the running moments are constants, for the gradients too; and they stay as they are.
            check(&name, "_eval", &tensors, &built, tolerance);
            let running = |moment: &str| -> Tensor {
                let all: HashMap<_, _> = built.1.all().into_iter().collect();
                all[moment].as_detached_tensor().copy().unwrap()
            };
            assert_eq!(error(&running("running_mean"), &tensors["running_mean"]), 0.0);
            assert_eq!(error(&running("running_var"), &tensors["running_var"]), 0.0);
            check(&name, "", &tensors, &built, tolerance);
            assert_close("running_mean", &running("running_mean"), &tensors["next_mean"], tolerance);
            assert_close("running_var", &running("running_var"), &tensors["next_var"], tolerance);
        } else {
            check(&name, "", &tensors, &built, tolerance);
        }
    }
}

#[test]
fn fast_layers_equal_pytorch() {
    every_layer(DType::F32, 1e-5);
}

/// The layers made of candle's operations, which other devices use too, and with it the claim that fast
/// and fallback compute the same.
#[test]
fn layers_of_candle_operations_equal_pytorch() {
    every_layer(DType::F64, 1e-12);
}

/// Runs the tests of this file again with the kernels held to each lesser instruction set.
#[test]
#[cfg(target_arch = "x86_64")] // Elsewhere there is but one.
fn layers_equal_pytorch_on_every_instruction_set() {
    const LIMIT: &str = "MORPHOSPACE_SIMD";
    if std::env::var_os(LIMIT).is_some() {
        return;
    }
    for limit in ["portable", "avx2"] {
        let tests = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--skip", "layers_equal_pytorch_on_every_instruction_set"])
            .env(LIMIT, limit)
            .output()
            .unwrap();
        let report = String::from_utf8_lossy(&tests.stdout);
        assert!(tests.status.success(), "{limit}:\n{report}");
        assert!(report.contains("fast_layers_equal_pytorch ... ok"), "{limit}:\n{report}");
    }
}

/// Constants instead of variables: packed weights, no graph; the same results.
#[test]
fn a_frozen_layer_computes_the_same_without_a_graph() {
    let all = reference();
    for name in every_name(&all) {
        let tensors = case(&all, &name, DType::F32);
        let parameters = Parameters::frozen(tensors.clone(), &Device::Cpu);
        let layer = Layer::new(&name, &tensors, parameters.var_builder());
        let y = layer.forward_eval(&tensors["x"]).unwrap();
        let expected = if let Layer::Norm(_) = layer { "y_eval" } else { "y" };
        assert_close(&name, &y, &tensors[expected], 1e-5);
        assert!(!y.track_op() && parameters.all().is_empty());
    }
}

/// Slopes of Σ gy · y along random directions of the input and of every parameter, by central
/// differences. Only smooth activations where the `step` is so long that a kink would matter.
fn finite_differences(dtype: DType, step: f64, smooth: bool, tolerance: f64) {
    let all = reference();
    for name in every_name(&all) {
        if smooth && matches!(settings(&name).2, Activation::Relu | Activation::LeakyRelu(_)) {
            continue;
        }
        let tensors = case(&all, &name, dtype);
        let (layer, parameters, x) = build(&name, &tensors);
        let value = || {
            let y = wide(&layer.forward(&x).unwrap());
            scalar(&(y * wide(&tensors["gy"])).unwrap().sum_all().unwrap())
        };
        let grads = backward(&layer.forward(&x).unwrap(), &tensors["gy"]);
        let vars = [("x".to_string(), x.clone())].into_iter().chain(parameters.trainable());
        for (stream, (key, var)) in vars.enumerate() {
            let direction = normal(stream as u64, var.dims(), dtype);
            let grad = wide(grads.get(&var).unwrap());
            let slope = scalar(&(&grad * wide(&direction)).unwrap().sum_all().unwrap());
            let start = var.as_detached_tensor().copy().unwrap();
            let at = |step: f64| {
                var.set(&(&start + (&direction * step).unwrap()).unwrap()).unwrap();
                value()
            };
            let difference = (at(step) - at(-step)) / (2.0 * step);
            var.set(&start).unwrap();
            // The slope along a random direction is of the order of the gradient's length.
            let length = scalar(&grad.sqr().unwrap().sum_all().unwrap()).sqrt();
            let off = (slope - difference).abs() / length.max(slope.abs()).max(0.1);
            assert!(off < tolerance, "{name} d{key}: {slope} and {difference} differ by {off:.1e}");
        }
    }
}

#[test]
fn gradients_of_candle_operations_equal_finite_differences() {
    finite_differences(DType::F64, 1e-6, false, 1e-6);
}

#[test]
fn gradients_of_fast_layers_equal_finite_differences() {
    finite_differences(DType::F32, 1e-2, true, 5e-3);
}

/// More than one task of every kernel, and sides and widths that divide by nothing.
#[test]
fn large_odd_layers_equal_those_of_candle_operations() {
    let run = |name: &str, weight: &[usize], x: &[usize], dtype: DType| {
        let (outputs, inputs) = match (settings(name).0, weight) {
            ("transposed", [inputs, outputs, ..]) => (*outputs, *inputs),
            (_, [outputs, inputs @ ..]) => (*outputs, inputs.iter().product::<usize>()),
            _ => unreachable!("every weight has a dimension"),
        };
        let mut tensors = Tensors::from([
            // About as large as weights are, for sums that are about 1.
            ("weight".to_string(), (normal(1, weight, dtype) * (inputs as f64).powf(-0.5)).unwrap()),
            ("x".to_string(), normal(3, x, dtype)),
        ]);
        for (key, stream) in [("bias", 2), ("running_mean", 4)] {
            tensors.insert(key.to_string(), normal(stream, &[outputs], dtype));
        }
        tensors.insert("running_var".to_string(), Tensor::ones(outputs, dtype, &Device::Cpu).unwrap());
        let (layer, parameters, x) = build(name, &tensors);
        let y = layer.forward(&x).unwrap();
        let grads = backward(&y, &normal(5, y.dims(), dtype));
        let mut found = vec![("y".to_string(), y.detach()), ("dx".into(), grads.get(&x).unwrap().clone())];
        found.extend(parameters.trainable().into_iter().map(|(n, v)| (n, grads.get(&v).unwrap().clone())));
        found
    };
    for (name, weight, x) in [
        ("conv-0-k5-s2-p2-leaky", &[21, 19, 5, 5][..], &[9, 33, 31, 19][..]),
        ("conv-0-k3-s1-p1-sigmoid", &[5, 7, 3, 3], &[3, 67, 61, 7]),
        ("transposed-0-k4-s2-p1-tanh", &[23, 13, 4, 4], &[7, 17, 15, 23]),
        ("transposed-0-k3-s2-p1-relu", &[9, 3, 3, 3], &[11, 29, 31, 9]),
        ("linear-0-k0-s0-p0-tanh", &[301, 517], &[67, 517]),
        ("norm-0-k0-s0-p0-leaky", &[37], &[11, 23, 29, 37]),
        ("norm-0-k0-s0-p0-none", &[3], &[13, 47, 43, 3]),
    ] {
        for ((what, fast), (_, exact)) in
            run(name, weight, x, DType::F32).iter().zip(run(name, weight, x, DType::F64))
        {
            assert_close(&format!("{name} {what}"), fast, &exact, 1e-5);
        }
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
