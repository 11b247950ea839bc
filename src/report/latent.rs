//! Knowledge about a code space, as plain data.

use serde::{Deserialize, Serialize};

use crate::config::CodeUnits;

/// A code space as measured on validation images, or on others where there are none. All vectors are `latent_dim` long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatentInfo {
    /// Centre of the distribution that samples are drawn from: 0 for a variational model, the mean of
    /// the codes for the others.
    pub center: Vec<f32>,
    /// Its standard deviation: 1 for a variational model, that of the codes for the others. The unit
    /// of the sliders.
    pub scale: Vec<f32>,
    /// Effect of each dimension: mean squared change of a pixel when it moves from −1 to +1
    /// standard deviation around the centre.
    pub effect: Vec<f32>,
    /// KL to the prior in nats, mean over images; empty for a model without a prior.
    pub kl: Vec<f32>,
    /// Variance over images of the code (`mu`).
    pub variance: Vec<f32>,
    /// Part of the images on which each unit is inactive ([`CodeUnits::is_inactive`]); empty for linear
    /// units, which never are.
    pub inactive: Vec<f32>,
    /// Range of the numbers of a code.
    pub units: CodeUnits,
    /// Images it was measured on; 0 means not measured, and the vectors hold defaults.
    pub images: usize,
}

impl LatentInfo {
    /// Variance of the code above which a dimension counts as active (Burda et al. 2016).
    const ACTIVE_VARIANCE: f32 = 0.01;
    /// Under a sparsity penalty a code is as small as the penalty makes it: there a dimension counts as active
    /// above this part of the largest variance.
    const ACTIVE_PART: f32 = 1e-4;

    /// An unmeasured code space: a standard normal one.
    pub fn unmeasured(latent_dim: usize) -> Self {
        LatentInfo {
            center: vec![0.0; latent_dim],
            scale: vec![1.0; latent_dim],
            effect: vec![0.0; latent_dim],
            kl: Vec::new(),
            variance: vec![1.0; latent_dim],
            inactive: Vec::new(),
            units: CodeUnits::Linear,
            images: 0,
        }
    }

    /// Dimensions that carry information.
    pub fn active(&self) -> Vec<bool> {
        let least = match self.units {
            CodeUnits::Linear => Self::ACTIVE_VARIANCE,
            CodeUnits::Relu | CodeUnits::Sigmoid => {
                Self::ACTIVE_PART * self.variance.iter().copied().fold(0.0, f32::max)
            }
        };
        self.variance.iter().map(|variance| *variance > least).collect()
    }

    /// Number of dimensions that carry information; none where that was not measured: without images, or on a
    /// single one, over which nothing varies.
    pub fn active_units(&self) -> Option<usize> {
        (self.images >= 2).then(|| self.active().into_iter().filter(|active| *active).count())
    }

    /// [`LatentInfo::active`] in words.
    pub fn active_rule(&self) -> &'static str {
        match self.units {
            CodeUnits::Linear => {
                "A dimension is active when the variance of its code over images is above 0.01 \
                 (Burda et al. 2016)"
            }
            CodeUnits::Relu | CodeUnits::Sigmoid => {
                "A dimension is active when the standard deviation of its code over images is above a \
                 hundredth of the largest one"
            }
        }
    }

    /// Mean activity and part of the units that are inactive, over units and images; none for linear units.
    pub fn sparsity(&self) -> Option<(f64, f64)> {
        let mean = |values: &[f32]| values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64;
        (!self.inactive.is_empty()).then(|| (mean(&self.center), mean(&self.inactive)))
    }

    /// Dimensions from the one that matters most to the one that matters least.
    pub fn by_effect(&self) -> Vec<usize> {
        let mut dims: Vec<usize> = (0..self.effect.len()).collect();
        dims.sort_by(|&a, &b| self.effect[b].total_cmp(&self.effect[a]));
        dims
    }
}
