//! Spectral normalisation (Miyato et al. 2018, <https://arxiv.org/abs/1802.05957>): a layer's weight divided by
//! its largest singular value, so that the layer stretches nothing. As `torch.nn.utils.spectral_norm`, whose
//! names and defaults these are: one power iteration a training pass, eps 1e-12.

use candle_core::{Result, Tensor, Var};
use candle_nn::{Init, VarBuilder};

const EPS: f64 = 1e-12;
/// Power iterations in a training pass.
const ITERATIONS: usize = 1;

/// The vectors of the power iteration for a weight with `rows` outputs.
#[derive(Clone)]
pub(super) struct Spectral {
    /// Left singular vector: (rows).
    u: Tensor,
    /// Right singular vector: (columns).
    v: Tensor,
}

impl Spectral {
    /// Reads or creates `weight_u` and `weight_v`.
    pub fn new(rows: usize, columns: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        // Of about unit length, as PyTorch has them exactly; the first iteration sees to that.
        let get = |length: usize, name| {
            vb.get_with_hints(length, name, Init::Randn { mean: 0.0, stdev: 1.0 / (length as f64).sqrt() })
        };
        Ok(Self { u: get(rows, "weight_u")?, v: get(columns, "weight_v")? })
    }

    /// `weight / σ`, through which the gradient flows to `weight`, σ's part included (equation 12 of the
    /// paper; the vectors count as constants). With `train` the vectors first come closer to the singular
    /// ones.
    ///
    /// * `weight`: (rows, …), all but the first dimension are columns
    pub fn normalize(&self, weight: &Tensor, train: bool) -> Result<Tensor> {
        let matrix = weight.flatten_from(1)?;
        if train {
            self.iterate(&matrix.detach())?;
        }
        // Copies, as PyTorch makes: another pass moves the vectors before this one has gone backward.
        let (u, v) = (self.u.detach().copy()?, self.v.detach().copy()?);
        let sigma = matrix.matmul(&v.unsqueeze(1)?)?.squeeze(1)?.mul(&u)?.sum_all()?;
        weight.broadcast_div(&sigma)
    }

    fn iterate(&self, matrix: &Tensor) -> Result<()> {
        let transposed = matrix.t()?;
        for _ in 0..ITERATIONS {
            let v = unit(&transposed.matmul(&self.u.detach().unsqueeze(1)?)?.squeeze(1)?)?;
            Var::from_tensor(&self.v)?.set(&v)?;
            let u = unit(&matrix.matmul(&v.unsqueeze(1)?)?.squeeze(1)?)?;
            Var::from_tensor(&self.u)?.set(&u)?;
        }
        Ok(())
    }
}

/// The vector with length 1.
fn unit(vector: &Tensor) -> Result<Tensor> {
    let length = vector.sqr()?.sum_all()?.sqrt()?;
    vector.broadcast_div(&(length + EPS)?)
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};

    use super::*;
    use crate::nn::Parameters;

    /// A matrix whose singular values are known: 3, 2 and 0.5 between orthogonal directions.
    fn matrix() -> Tensor {
        let rows = [[0f32, 3.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.5]];
        Tensor::new(&rows, &Device::Cpu).unwrap()
    }

    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code of ours; candle asks the machine for its processors")]
    fn the_largest_singular_value_becomes_one() {
        let parameters = Parameters::seeded(1, &Device::Cpu);
        let spectral = Spectral::new(3, 4, &parameters.var_builder()).unwrap();
        let weight = Var::from_tensor(&matrix()).unwrap();
        for _ in 0..60 {
            spectral.normalize(&weight, true).unwrap();
        }
        let normalized = spectral.normalize(&weight, false).unwrap().to_vec2::<f32>().unwrap();
        assert!((normalized[0][1] - 1.0).abs() < 1e-5, "{normalized:?}");
        assert!((normalized[1][0] - 2.0 / 3.0).abs() < 1e-5);
        let names: Vec<String> = parameters.trainable().into_iter().map(|(name, _)| name).collect();
        assert!(names.is_empty(), "the vectors are no weights: {names:?}");
    }

    /// d/dW of Σ (a ∘ W/σ) with σ = uᵀWv is a/σ − (Σ a∘W)/σ² · u vᵀ.
    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code of ours; candle asks the machine for its processors")]
    fn the_gradient_goes_through_sigma() {
        let parameters = Parameters::seeded(1, &Device::Cpu);
        let spectral = Spectral::new(3, 4, &parameters.var_builder()).unwrap();
        let weight = Var::from_tensor(&matrix()).unwrap();
        for _ in 0..60 {
            spectral.normalize(&weight, true).unwrap();
        }
        let a = (Tensor::arange(0f32, 12.0, &Device::Cpu).unwrap() * 0.1).unwrap().reshape((3, 4)).unwrap();
        let sum = (spectral.normalize(&weight, false).unwrap() * &a).unwrap().sum_all().unwrap();
        let gradient = sum.backward().unwrap().get(&weight).unwrap().to_vec2::<f32>().unwrap();
        let whole = (&a * weight.as_tensor()).unwrap().sum_all().unwrap().to_dtype(DType::F32).unwrap();
        let whole = whole.to_scalar::<f32>().unwrap();
        // The first right singular vector is the second column, the first left one the first row.
        for (row, line) in gradient.iter().enumerate() {
            for (column, value) in line.iter().enumerate() {
                let direct = (row * 4 + column) as f32 * 0.1 / 3.0;
                let through = if (row, column) == (0, 1) { whole / 9.0 } else { 0.0 };
                assert!((value - (direct - through)).abs() < 1e-5, "{row} {column}: {value}");
            }
        }
    }
}
