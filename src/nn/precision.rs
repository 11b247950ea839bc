//! The matrix products of the layers on a graphics card, as exact as was asked for.
//!
//! Weights, sums and everything else stay in f32 (mixed precision as in Micikevicius et al. 2018,
//! <https://arxiv.org/abs/1710.03740>; bf16 has the range of f32, so that no loss needs to be scaled). On the
//! processor, where tests compute as a card would, the operands are rounded and then multiplied in f32, which is
//! what a card's units do.

use std::sync::atomic::{AtomicU8, Ordering};

use candle_core::{DType, Result, Tensor};

use crate::config::Precision;

static PRECISION: AtomicU8 = AtomicU8::new(Precision::F32 as u8);

/// Has cards multiply like this from now on, in the whole process, which is how candle keeps it too.
pub fn multiply_in(precision: Precision) {
    PRECISION.store(precision as u8, Ordering::Relaxed);
    candle_core::cuda::set_gemm_reduced_precision_f32(precision == Precision::Tf32);
}

/// `a · b` of two matrices. Only those in f32 are rounded.
pub fn product(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let precision = PRECISION.load(Ordering::Relaxed);
    if a.dtype() != DType::F32 || precision == Precision::F32 as u8 {
        return a.matmul(b);
    }
    let is_bf16 = precision == Precision::Bf16 as u8;
    match (is_bf16, a.device().is_cpu()) {
        (true, true) => to_bf16_and_back(&to_bf16_and_back(a)?.matmul(&to_bf16_and_back(b)?)?),
        (true, false) => to_bf16(a)?.matmul(&to_bf16(b)?)?.to_dtype(DType::F32),
        (false, true) => to_tf32(a)?.matmul(&to_tf32(b)?),
        // The card rounds by itself.
        (false, false) => a.matmul(b),
    }
}

/// A transposed matrix is converted as it lies in memory, which is many times faster than in its order.
fn to_bf16(x: &Tensor) -> Result<Tensor> {
    if !x.is_contiguous() && x.t()?.is_contiguous() {
        return x.t()?.to_dtype(DType::BF16)?.t();
    }
    x.contiguous()?.to_dtype(DType::BF16)
}

fn to_bf16_and_back(x: &Tensor) -> Result<Tensor> {
    to_bf16(x)?.to_dtype(DType::F32)
}

/// Bits of an f32's mantissa that TF32 leaves out.
const LEFT_OUT: i32 = 13;

/// Rounds to 10 bits of mantissa, by Veltkamp's splitting.
fn to_tf32(x: &Tensor) -> Result<Tensor> {
    let shifted = (x * (f64::from(1 << LEFT_OUT) + 1.0))?;
    &shifted - (&shifted - x)?
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn numbers_are_rounded_to_their_bits() {
        // 2⁻⁷ and 2⁻¹⁰ are the last bits beside 1; half of them goes to the even neighbour.
        let values =
            [1.0, 1.0 + 0.4 / 128.0, 1.0 + 0.6 / 128.0, -3.0 - 1.2 / 1024.0, 1.0 + 0.6 / 1024.0, 0.0];
        let x = Tensor::from_slice(&values, (1, 6), &Device::Cpu).unwrap().to_dtype(DType::F32).unwrap();
        let of = |x: Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let bf16 = of(to_bf16_and_back(&x).unwrap());
        assert_eq!(bf16, [1.0, 1.0, 1.0 + 1.0 / 128.0, -3.0, 1.0, 0.0]);
        let tf32 = of(to_tf32(&x).unwrap());
        assert_eq!(
            tf32,
            [1.0, 1.0 + 3.0 / 1024.0, 1.0 + 5.0 / 1024.0, -3.0 - 2.0 / 1024.0, 1.0 + 1.0 / 1024.0, 0.0]
        );
    }

    #[test]
    fn a_transposed_matrix_keeps_its_order() {
        let x = Tensor::arange(0f32, 6.0, &Device::Cpu).unwrap().reshape((2, 3)).unwrap();
        for x in [x.t().unwrap(), x.narrow(1, 1, 2).unwrap(), x] {
            let rounded = to_bf16_and_back(&x).unwrap();
            assert_eq!(rounded.to_vec2::<f32>().unwrap(), x.to_vec2::<f32>().unwrap());
        }
    }
}
