//! Activations, fused into the layer before them.

use candle_core::{Result, Tensor};

/// The activation after a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// The identity.
    None,
    /// max(0, v); derivative 0 at 0.
    Relu,
    /// v above 0, slope · v elsewhere, for a slope above 0 (Maas et al. 2013).
    LeakyRelu(f32),
    /// 1 / (1 + exp(−v)).
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// The activation of `v`.
    #[inline(always)]
    pub(super) fn apply(self, v: f32) -> f32 {
        match self {
            Activation::None => v,
            // Not `max`, which would turn NaN into 0.
            Activation::Relu => {
                if v <= 0.0 {
                    0.0
                } else {
                    v
                }
            }
            Activation::LeakyRelu(slope) => {
                if v > 0.0 {
                    v
                } else {
                    v * slope
                }
            }
            Activation::Sigmoid => 1.0 / (1.0 + exp(-v)),
            Activation::Tanh => {
                // The odd function from the positive side; the quotient loses all digits near 0, where
                // the series is exact to f32.
                let square = v * v;
                let series =
                    v * (1.0 + square * (-1.0 / 3.0 + square * (2.0 / 15.0 - square * (17.0 / 315.0))));
                let e = exp(-2.0 * v.abs());
                let quotient = ((1.0 - e) / (1.0 + e)).copysign(v);
                if square < 0.03 { series } else { quotient }
            }
        }
    }

    /// The derivative at the point whose activation is `y`.
    #[inline(always)]
    pub(super) fn derivative(self, y: f32) -> f32 {
        match self {
            Activation::None => 1.0,
            Activation::Relu => f32::from(y > 0.0),
            Activation::LeakyRelu(slope) => {
                if y > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Activation::Sigmoid => y * (1.0 - y),
            Activation::Tanh => 1.0 - y * y,
        }
    }

    /// The activation made of candle's own operations.
    pub(super) fn apply_tensor(self, x: &Tensor) -> Result<Tensor> {
        match self {
            Activation::None => Ok(x.clone()),
            Activation::Relu => x.relu(),
            Activation::LeakyRelu(slope) if slope <= 1.0 => x.maximum(&(x * f64::from(slope))?),
            Activation::LeakyRelu(slope) => x.minimum(&(x * f64::from(slope))?),
            Activation::Sigmoid => candle_nn::ops::sigmoid(x),
            Activation::Tanh => x.tanh(),
        }
    }

    /// The gradient before the activation, in one piece, given its result `y` and the gradient of that; made of
    /// candle's own operations.
    pub(super) fn back_tensor(self, y: &Tensor, grad: &Tensor) -> Result<Tensor> {
        match self {
            Activation::None => grad.contiguous(),
            Activation::Relu => y.sign()?.mul(grad),
            Activation::LeakyRelu(slope) => {
                // 1 above 0 and else the slope.
                let slope = f64::from(slope);
                y.relu()?.sign()?.affine(1.0 - slope, slope)?.mul(grad)
            }
            Activation::Sigmoid => (y - y.sqr()?)?.mul(grad),
            Activation::Tanh => y.sqr()?.affine(-1.0, 1.0)?.mul(grad),
        }
    }
}

/// Runs an expression with the activation as a constant, so that the loop inside has no branch on it.
macro_rules! per_activation {
    ($activation:expr, |$name:ident| $body:expr) => {
        match $activation {
            Activation::None => {
                let $name = Activation::None;
                $body
            }
            Activation::Relu => {
                let $name = Activation::Relu;
                $body
            }
            Activation::LeakyRelu(slope) => {
                let $name = Activation::LeakyRelu(slope);
                $body
            }
            Activation::Sigmoid => {
                let $name = Activation::Sigmoid;
                $body
            }
            Activation::Tanh => {
                let $name = Activation::Tanh;
                $body
            }
        }
    };
}
pub(super) use per_activation;

/// exp in f32 as in Cephes (`expf`), relative error below 2e-7, without branches so that it vectorises.
/// Arguments outside about ±87 give the value there; NaN stays NaN.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let n = (x * std::f32::consts::LOG2_E).round_ties_even();
    // ln 2 in two parts.
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let p = 1.987_569_1e-4_f32;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 5e-1;
    let y = p * r * r + r + 1.0;
    // Times 2^n through the exponent bits.
    f32::from_bits((y.to_bits() as i32).wrapping_add((n as i32) << 23) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoid_and_tanh_are_exact_to_a_few_ulp() {
        // Miri is slow, and here is nothing that it could find.
        for i in (-200_000..=200_000).step_by(if cfg!(miri) { 4001 } else { 1 }) {
            let v = i as f32 * 1e-4;
            let wide = f64::from(v);
            let sigmoid = 1.0 / (1.0 + (-wide).exp());
            let error = (f64::from(Activation::Sigmoid.apply(v)) - sigmoid).abs() / sigmoid;
            assert!(error < 4e-7, "sigmoid({v}) is off by {error:e}");
            let error = (f64::from(Activation::Tanh.apply(v)) - wide.tanh()).abs();
            assert!(error <= 1e-6 * wide.tanh().abs(), "tanh({v}) is off by {error:e}");
        }
    }

    #[test]
    fn extremes_stay_in_range_and_nan_stays_nan() {
        for v in [-1e30, -1e3, -89.0, 89.0, 1e3, 1e30, f32::INFINITY, f32::NEG_INFINITY] {
            let (s, t) = (Activation::Sigmoid.apply(v), Activation::Tanh.apply(v));
            assert!((0.0..=1.0).contains(&s), "sigmoid({v}) = {s}");
            assert_eq!(t, v.signum());
        }
        for activation in
            [Activation::Sigmoid, Activation::Tanh, Activation::Relu, Activation::LeakyRelu(0.2)]
        {
            assert!(activation.apply(f32::NAN).is_nan());
        }
    }
}
