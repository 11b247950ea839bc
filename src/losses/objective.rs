//! The objective of an update, for every kind of model.

use candle_core::Tensor;

use crate::config::{CodeUnits, Sparsity, TrainConfig};
use crate::error::Result;
use crate::losses;
use crate::models::Posterior;
use crate::report::SparsityReport;

/// The loss is the reconstruction term, plus `kl_weight` times the KL where there is a prior, plus the
/// weighted sparsity penalty where there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// Weight of the KL.
    pub kl_weight: f64,
    /// Nats of KL that each dimension may have at no cost.
    pub free_bits: f64,
    /// The penalty on the code.
    pub sparsity: Option<Sparsity>,
}

/// The terms of one step, see [`crate::losses`] for units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Reconstruction term.
    pub reconstruction: f64,
    /// KL in nats, whatever of it is free; 0 without a prior.
    pub kl: f64,
    /// Sparsity of the codes, where it is an aim.
    pub sparsity: Option<SparsityReport>,
    /// Feature term before its weight, where there is one.
    pub features: Option<f64>,
    /// The loss.
    pub loss: f64,
}

impl Terms {
    /// Every term, to be read or changed.
    pub(crate) fn numbers(&mut self) -> Vec<&mut f64> {
        let Self { reconstruction, kl, sparsity, features, loss } = self;
        let mut numbers = vec![reconstruction, kl, loss];
        numbers.extend(features);
        if let Some(SparsityReport { penalty, mean_activity, inactive_share }) = sparsity {
            numbers.extend([penalty, mean_activity, inactive_share]);
        }
        numbers
    }
}

impl Objective {
    /// The objective of settings as they stand, with the full KL weight: those of
    /// [`Plan::at`](crate::config::Plan::at) a step, or of the beginning.
    pub fn full(config: &TrainConfig) -> Self {
        Self { kl_weight: config.kl_weight, free_bits: config.free_bits, sparsity: config.sparsity }
    }

    /// The loss as a scalar to differentiate, and its terms. `reconstruction` is the term, a scalar.
    pub fn loss(&self, reconstruction: &Tensor, posterior: &Posterior) -> Result<(Tensor, Terms)> {
        let scalar = |t: &Tensor| t.to_scalar::<f32>().map(f64::from);
        let mut loss = reconstruction.clone();
        let mut kl = 0.0;
        if let Some(log_var) = &posterior.log_var {
            let whole = losses::gaussian_kl(&posterior.mu, log_var)?;
            kl = scalar(&whole)?;
            let counted = match self.free_bits > 0.0 {
                true => losses::free_bits_kl(&posterior.mu, log_var, self.free_bits)?,
                false => whole,
            };
            loss = (loss + counted.affine(self.kl_weight, 0.0)?)?;
        }
        let mut report = None;
        if let Some(sparsity) = self.sparsity {
            let penalty = match sparsity {
                Sparsity::Kl { target, .. } => losses::sparsity_kl(&posterior.mu, target)?,
                Sparsity::L1 { .. } => losses::sparsity_l1(&posterior.mu)?,
            };
            report = Some(sparsity_of(&posterior.mu, sparsity.units(), scalar(&penalty)?)?);
            loss = (loss + penalty.affine(sparsity.weight(), 0.0)?)?;
        }
        let reconstruction = scalar(reconstruction)?;
        let terms = Terms { reconstruction, kl, sparsity: report, features: None, loss: scalar(&loss)? };
        Ok((loss, terms))
    }
}

/// Measures codes (n, latent_dim).
fn sparsity_of(codes: &Tensor, units: CodeUnits, penalty: f64) -> Result<SparsityReport> {
    let codes = codes.flatten_all()?.to_vec1::<f32>()?;
    let n = codes.len() as f64;
    let inactive = codes.iter().filter(|activity| units.is_inactive(**activity)).count();
    Ok(SparsityReport {
        penalty,
        mean_activity: codes.iter().map(|activity| f64::from(*activity)).sum::<f64>() / n,
        inactive_share: inactive as f64 / n,
    })
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn tensor(rows: [[f32; 2]; 2]) -> Tensor {
        Tensor::new(&rows, &Device::Cpu).unwrap()
    }

    #[test]
    fn each_kind_has_its_terms() {
        let reconstruction = Tensor::new(10f32, &Device::Cpu).unwrap();
        let of = |objective: Objective, mu: [[f32; 2]; 2], log_var: Option<[[f32; 2]; 2]>| {
            let posterior = Posterior { mu: tensor(mu), log_var: log_var.map(tensor) };
            objective.loss(&reconstruction, &posterior).unwrap().1
        };
        let plain = Objective { kl_weight: 2.0, free_bits: 0.0, sparsity: None };
        let codes = [[1.0, 0.0], [0.0, 0.0]];
        let ae = of(plain, codes, None);
        assert_eq!((ae.loss, ae.kl, ae.sparsity), (10.0, 0.0, None));
        // KL ½·1 for one of four numbers: 0.25 nats a picture, 2 · 0.25 in the loss.
        let vae = of(plain, codes, Some([[0.0; 2]; 2]));
        assert_eq!((vae.loss, vae.kl), (10.5, 0.25));
        // 0.3 free nats in each of two dimensions; the KL that is told stays the true one.
        let free = of(Objective { free_bits: 0.3, ..plain }, codes, Some([[0.0; 2]; 2]));
        assert!((free.loss - 11.2).abs() < 1e-5 && free.kl == 0.25, "{free:?}");
        let l1 = Objective { sparsity: Some(Sparsity::L1 { weight: 4.0 }), ..plain };
        let sae = of(l1, codes, None);
        let report = SparsityReport { penalty: 0.5, mean_activity: 0.25, inactive_share: 0.75 };
        assert_eq!((sae.loss, sae.sparsity), (12.0, Some(report)));
        let kl = Objective { sparsity: Some(Sparsity::Kl { target: 0.5, weight: 4.0 }), ..plain };
        let sae = of(kl, [[1.0, 0.4], [0.0, 0.6]], None);
        assert!((sae.loss - 10.0).abs() < 1e-5, "every unit has its target: {sae:?}");
        assert_eq!(sae.sparsity.unwrap().inactive_share, 0.25);
    }
}
