//! Layers with inputs that are not plain f32 in order: strided ones, other float types, and those that
//! they cannot take.

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::VarBuilder;
use morphospace::nn::{
    Activation, BatchNorm2d, Conv2d, ConvConfig, ConvTranspose2d, Linear, Parameters, Stack,
    squared_error_sum,
};

use crate::cases::{
    KINDS, Layer, Tensors, assert_close, backward, build, case, every_name, normal, reference, scalar, wide,
};

const CFG: ConvConfig = ConvConfig { kernel: 4, stride: 2, padding: 1 };

/// `t` with the same content in other orders of memory: dimensions swapped, a part of something larger,
/// and each value lying between others.
fn strided(t: &Tensor) -> Vec<Tensor> {
    let last = t.rank() - 1;
    let turned = t.transpose(0, last).unwrap().contiguous().unwrap().transpose(0, last).unwrap();
    let part = t.pad_with_zeros(last, 2, 3).unwrap().narrow(last, 2, t.dims()[last]).unwrap();
    let lower = t.pad_with_zeros(0, 1, 1).unwrap().narrow(0, 1, t.dims()[0]).unwrap();
    let between = Tensor::stack(&[t, &t.ones_like().unwrap()], last + 1).unwrap();
    let between = between.narrow(last + 1, 0, 1).unwrap().squeeze(last + 1).unwrap();
    vec![turned, part, lower, between]
}

/// Inputs, gradients and weights in every order of memory, in the fast operations and in candle's.
#[test]
fn strided_tensors_give_what_plain_ones_give() {
    let all = reference();
    for kind in KINDS {
        let name =
            every_name(&all).into_iter().find(|n| n.starts_with(kind) && !n.ends_with("none")).unwrap();
        for (dtype, tolerance) in [(DType::F32, 1e-5), (DType::F64, 1e-12)] {
            let tensors = case(&all, &name, dtype);
            let (layer, parameters, _) = build(&name, &tensors);
            let check = |x: &Tensor, gy: &Tensor| {
                let x = Var::from_tensor(x).unwrap();
                let y = layer.forward(&x).unwrap();
                assert_close(&name, &y, &tensors["y"], tolerance);
                let grads = backward(&y, gy);
                assert_close(&name, grads.get(&x).unwrap(), &tensors["dx"], tolerance);
                for (key, var) in parameters.trainable() {
                    let expected = &tensors[&format!("d{key}")];
                    assert_close(&format!("{name} d{key}"), grads.get(&var).unwrap(), expected, tolerance);
                }
            };
            for (x, gy) in strided(&tensors["x"]).iter().zip(strided(&tensors["gy"])) {
                check(x, &gy);
            }
            for order in 0..4 {
                let weights: Tensors =
                    tensors.iter().map(|(name, t)| (name.clone(), strided(t).swap_remove(order))).collect();
                let (given, ..) = build(&name, &weights);
                let vb = VarBuilder::from_tensors(weights.clone(), dtype, &Device::Cpu);
                let frozen = Parameters::frozen(weights.clone(), &Device::Cpu);
                let frozen = Layer::new(&name, &tensors, frozen.var_builder().to_dtype(dtype));
                for layer in [given, Layer::new(&name, &tensors, vb), frozen] {
                    let expected = if let Layer::Norm(_) = layer { "y_eval" } else { "y" };
                    let y = layer.forward_eval(&tensors["x"]).unwrap();
                    assert_close(&name, &y, &tensors[expected], tolerance);
                }
            }
        }
    }
}

/// One image seen many times without being copied, and the gradient of a sum: strides of zero.
#[test]
fn broadcast_inputs_and_gradients_are_understood() {
    let run = |kind: &str, dtype: DType| {
        let vb = Parameters::seeded(2, &Device::Cpu).var_builder().to_dtype(dtype);
        let x = Var::from_tensor(&normal(1, &[5, 6, 3], dtype)).unwrap();
        let many = x.broadcast_as((4, 5, 6, 3)).unwrap();
        let y = match kind {
            "conv" => Conv2d::new(3, 4, CFG, true, Activation::Tanh, vb).unwrap().forward(&many),
            "transposed" => {
                ConvTranspose2d::new(3, 4, CFG, true, Activation::Tanh, vb).unwrap().forward(&many)
            }
            "linear" => {
                let rows = x.narrow(0, 0, 1).unwrap().flatten_all().unwrap().broadcast_as((7, 18)).unwrap();
                Linear::new(18, 4, Activation::Tanh, vb).unwrap().forward(&rows)
            }
            _ => BatchNorm2d::new(3, Activation::Tanh, vb).unwrap().forward(&many, true),
        };
        let y = y.unwrap();
        // Not the plain sum, which normalisation keeps at zero.
        let weights = normal(3, &y.dims()[y.rank() - 1..], dtype).broadcast_as(y.shape()).unwrap();
        let loss = (y.sqr().unwrap() * weights).unwrap().sum_all().unwrap();
        let grads = loss.backward().unwrap();
        (y, grads.get(&x).unwrap().clone())
    };
    for kind in KINDS {
        let ((y, dx), (y64, dx64)) = (run(kind, DType::F32), run(kind, DType::F64));
        assert_close(&format!("{kind} y"), &y, &y64, 1e-5);
        assert_close(&format!("{kind} dx"), &dx, &dx64, 1e-5);
    }
}

/// f16 and bf16 against f64 on the same rounded numbers; only the results are rounded once more.
#[test]
fn half_precision_is_computed_in_full_and_rounded_once() {
    let all = reference();
    for (half, tolerance) in [(DType::F16, 1e-3), (DType::BF16, 8e-3)] {
        for name in every_name(&all) {
            let tensors = case(&all, &name, half);
            let exact: Tensors = tensors.iter().map(|(k, t)| (k.clone(), wide(t))).collect();
            let ((layer, parameters, x), (layer64, parameters64, x64)) =
                (build(&name, &tensors), build(&name, &exact));
            let (eval, eval64) = (layer.forward_eval(&x).unwrap(), layer64.forward_eval(&x64).unwrap());
            assert_close(&format!("{name} in use"), &eval, &eval64, tolerance);
            let (y, y64) = (layer.forward(&x).unwrap(), layer64.forward(&x64).unwrap());
            assert_eq!(y.dtype(), half);
            assert_close(&name, &y, &y64, tolerance);
            let (grads, grads64) = (backward(&y, &tensors["gy"]), backward(&y64, &exact["gy"]));
            let vars = parameters.trainable().into_iter().zip(parameters64.trainable());
            let vars = vars.map(|((key, var), (_, var64))| (key, var, var64));
            for (key, var, var64) in vars.chain([("x".to_string(), x, x64)]) {
                let (found, expected) = (grads.get(&var).unwrap(), grads64.get(&var64).unwrap());
                assert_close(&format!("{name} d{key} in {half:?}"), found, expected, tolerance);
            }
            for ((key, var), (_, var64)) in parameters.all().iter().zip(parameters64.all()) {
                assert_close(&format!("{name} {key} afterwards"), var, &var64, tolerance);
            }
        }
        // A sum far beyond the largest f16.
        let x =
            Var::from_tensor(&(Tensor::ones(90_000, half, &Device::Cpu).unwrap() * 2.0).unwrap()).unwrap();
        let loss = squared_error_sum(&x, &x.zeros_like().unwrap()).unwrap();
        assert_eq!(scalar(&loss), 360_000.0);
        let dx = loss.backward().unwrap().get(&x).unwrap().to_dtype(DType::F32).unwrap();
        assert!(dx.to_vec1::<f32>().unwrap().iter().all(|v| *v == 4.0));
    }
}

/// Every layer with weights in `weights` on `x`, in training and in use.
fn every_layer_on(x: &Tensor, weights: DType) -> Vec<(&'static str, Result<Tensor>)> {
    let vb = Parameters::seeded(0, &Device::Cpu).var_builder().to_dtype(weights);
    let none = Activation::None;
    let conv = Conv2d::new(3, 4, CFG, true, none, vb.pp("conv")).unwrap();
    let plain = Conv2d::new(3, 4, CFG, false, none, vb.pp("plain")).unwrap();
    let up = ConvTranspose2d::new(3, 4, CFG, true, none, vb.pp("up")).unwrap();
    let linear = Linear::new(3, 4, none, vb.pp("linear")).unwrap();
    let norm = BatchNorm2d::new(3, none, vb.pp("norm")).unwrap();
    let after = BatchNorm2d::new(4, none, vb.pp("after")).unwrap();
    let stack = Stack::from_iter([(plain, Some(after))]);
    vec![
        ("conv", conv.forward(x)),
        ("conv, norm", stack.forward(x, true)),
        ("conv, norm in use", stack.forward(x, false)),
        ("up", up.forward(x)),
        ("linear", linear.forward(x)),
        ("norm", norm.forward(x, true)),
        ("norm in use", norm.forward(x, false)),
    ]
}

#[test]
fn what_a_layer_cannot_take_is_an_error() {
    let takes = |shape: &[usize], dtype: DType| -> Vec<&str> {
        let x = Tensor::zeros(shape, dtype, &Device::Cpu).unwrap();
        every_layer_on(&x, dtype).into_iter().filter_map(|(name, y)| y.is_ok().then_some(name)).collect()
    };
    const CONVOLUTIONS: [&str; 4] = ["conv", "conv, norm", "conv, norm in use", "up"];
    for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
        let good = [&CONVOLUTIONS[..], &["norm", "norm in use"]].concat();
        assert_eq!(takes(&[1, 8, 8, 3], dtype), good, "{dtype:?}");
        assert_eq!(takes(&[2, 3], dtype), ["linear", "norm", "norm in use"], "{dtype:?}");
        // Channels first, a side too short for the kernel, no images, no rows, too few dimensions.
        assert!(takes(&[1, 3, 8, 8], dtype).is_empty(), "{dtype:?}");
        assert_eq!(takes(&[2, 1, 8, 3], dtype), ["up", "norm", "norm in use"], "{dtype:?}");
        for shape in [&[0, 8, 8, 3][..], &[1, 0, 8, 3], &[8, 8, 3], &[3]] {
            let taken = takes(shape, dtype);
            assert!(
                taken.iter().all(|n| !CONVOLUTIONS.contains(n) && *n != "linear"),
                "{shape:?}: {taken:?}"
            );
        }
        assert!(takes(&[2, 4], dtype).is_empty() && takes(&[], dtype).is_empty(), "{dtype:?}");
        // One value a channel has no variance.
        assert_eq!(takes(&[1, 1, 1, 3], dtype), ["up", "norm in use"], "{dtype:?}");
    }
}

/// Types that differ, and whole numbers: an error and not a panic.
#[test]
fn mixed_types_are_an_error() {
    for (x, weights) in [
        (DType::F32, DType::F64),
        (DType::F64, DType::F32),
        (DType::F16, DType::F32),
        (DType::BF16, DType::F16),
        (DType::U8, DType::F32),
        (DType::U32, DType::F64),
    ] {
        for shape in [&[1, 8, 8, 3][..], &[2, 3]] {
            let input = Tensor::ones(shape, x, &Device::Cpu).unwrap();
            for (name, y) in every_layer_on(&input, weights) {
                assert!(y.is_err(), "{name} of {x:?} by {weights:?}");
            }
        }
        let (a, b) = (Tensor::zeros(3, x, &Device::Cpu), Tensor::zeros(3, weights, &Device::Cpu));
        assert!(squared_error_sum(&a.unwrap(), &b.unwrap()).is_err(), "{x:?} {weights:?}");
    }
}
