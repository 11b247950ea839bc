//! Principal components of the codes of a model (Pearson 1901): the coordinates in which their densities are
//! described.

use candle_core::{Device, Result as TensorResult, Tensor};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par, Side};

use super::stored::Stored;
use crate::error::{Error, Result};

/// Longest codes: the work grows with the third power of their length.
pub const LONGEST_CODE: usize = 4096;
/// Smallest deviation along a component, in parts of the largest one: below it there is rounding and no code.
const FLATTEST: f64 = 1e-4;

/// A whitened basis: `code = mean + unit · Σ_k component_k · deviation_k · w_k`, in which the codes have the mean 0
/// and the covariance 1.
#[derive(Clone)]
pub struct Basis {
    /// (1, d)
    mean: Tensor,
    /// (1, d)
    unit: Tensor,
    /// (d, d): a row a component, orthonormal, the one of largest deviation first.
    components: Tensor,
    /// (1, d), falling.
    deviation: Tensor,
}

impl Basis {
    /// Fits it to `codes`, each as long as `unit`. The components are found after each number was divided by its
    /// `unit`: for codes that are known up to a deviation (the posterior's), that deviation, so that what matters to
    /// the decoder weighs alike; else 1.
    ///
    /// # Errors
    /// Codes that are too long, fewer than two, or not finite.
    pub fn fit(codes: &[Vec<f32>], unit: &[f32], device: &Device) -> Result<Self> {
        let (n, d) = (codes.len(), unit.len());
        if d > LONGEST_CODE {
            return Err(Error::Invalid(format!(
                "a prior can be learned for codes of up to {LONGEST_CODE} numbers; this model's have {d}"
            )));
        }
        if n < 2 {
            return Err(Error::Invalid("a prior needs the codes of at least 2 images".into()));
        }
        let mut mean = vec![0.0f64; d];
        for code in codes {
            mean.iter_mut().zip(code).for_each(|(mean, &value)| *mean += f64::from(value) / n as f64);
        }
        let centred = Mat::from_fn(n, d, |row, column| {
            (f64::from(codes[row][column]) - mean[column]) / f64::from(unit[column])
        });
        let mut scatter = Mat::<f64>::zeros(d, d);
        matmul(&mut scatter, Accum::Replace, centred.transpose(), &centred, 1.0 / n as f64, Par::rayon(0));
        let unfit = || Error::Invalid("the principal components of the codes could not be found".into());
        let eigen = scatter.self_adjoint_eigen(Side::Lower).map_err(|_| unfit())?;
        // Its values rise.
        let (vectors, values) = (eigen.U(), eigen.S());
        let deviations: Vec<f64> = (0..d).map(|k| values[d - 1 - k].max(0.0).sqrt()).collect();
        let least = (FLATTEST * deviations[0]).max(f64::from(f32::MIN_POSITIVE));
        if !least.is_finite() {
            return Err(unfit());
        }
        // Of the two directions of a component the one whose largest number is positive, so that it is the same
        // each time.
        let sign = |k: usize| {
            let largest =
                (0..d).map(|row| vectors[(row, d - 1 - k)]).max_by(|a, b| a.abs().total_cmp(&b.abs()));
            largest.map_or(1.0, f64::signum)
        };
        let mut components = Vec::with_capacity(d * d);
        for k in 0..d {
            let sign = sign(k);
            components.extend((0..d).map(|row| (sign * vectors[(row, d - 1 - k)]) as f32));
        }
        let row = |values: Vec<f32>| Tensor::from_vec(values, (1, d), device);
        Ok(Self {
            mean: row(mean.iter().map(|&value| value as f32).collect())?,
            unit: row(unit.to_vec())?,
            components: Tensor::from_vec(components, (d, d), device)?,
            deviation: row(deviations.iter().map(|&value| value.max(least) as f32).collect())?,
        })
    }

    /// Codes (n, d) as whitened numbers (n, d).
    pub fn whiten(&self, codes: &Tensor) -> TensorResult<Tensor> {
        let centred = codes.broadcast_sub(&self.mean)?.broadcast_div(&self.unit)?;
        centred.matmul(&self.components.t()?)?.broadcast_div(&self.deviation)
    }

    /// Whitened numbers (n, d) as codes (n, d).
    pub fn color(&self, whitened: &Tensor) -> TensorResult<Tensor> {
        let centred = whitened.broadcast_mul(&self.deviation)?.matmul(&self.components)?;
        centred.broadcast_mul(&self.unit)?.broadcast_add(&self.mean)
    }

    /// Device that its tensors are on.
    pub fn device(&self) -> &Device {
        self.mean.device()
    }

    /// Numbers in a code.
    pub fn latent_dim(&self) -> usize {
        self.mean.elem_count()
    }

    /// Standard deviation of the codes along each component, in units; falling.
    pub fn deviations(&self) -> TensorResult<Vec<f32>> {
        self.deviation.flatten_all()?.to_vec1()
    }

    /// Logarithm of the volume of a code's cell beside that of a whitened one: Σ ln deviation + Σ ln unit.
    pub fn log_volume(&self) -> TensorResult<f64> {
        let sum = |t: &Tensor| -> TensorResult<f64> {
            Ok(t.flatten_all()?.to_vec1::<f32>()?.iter().map(|&v| f64::from(v).ln()).sum())
        };
        Ok(sum(&self.deviation)? + sum(&self.unit)?)
    }

    /// Its tensors, for a file.
    pub fn store(&self, stored: &mut Stored) {
        for (name, tensor) in [
            ("basis.mean", &self.mean),
            ("basis.unit", &self.unit),
            ("basis.components", &self.components),
            ("basis.deviation", &self.deviation),
        ] {
            stored.put(name, tensor.clone());
        }
    }

    /// A basis from the tensors of a file, for codes of `d` numbers.
    pub fn load(stored: &Stored, d: usize, device: &Device) -> TensorResult<Self> {
        Ok(Self {
            mean: stored.get("basis.mean", &[1, d], device)?,
            unit: stored.get("basis.unit", &[1, d], device)?,
            components: stored.get("basis.components", &[d, d], device)?,
            deviation: stored.get("basis.deviation", &[1, d], device)?,
        })
    }
}
