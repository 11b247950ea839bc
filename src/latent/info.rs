//! What is known about a code space, as plain data.

use serde::{Deserialize, Serialize};

/// A code space as measured on validation images, or on others where there are none. All vectors are `latent_dim` long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatentInfo {
    /// Centre of the distribution that samples are drawn from: 0 for a variational model, the mean of
    /// the codes for the others.
    pub center: Vec<f32>,
    /// Its standard deviation: 1 for a variational model, that of the codes for the others. The unit
    /// of the sliders.
    pub scale: Vec<f32>,
    /// How much each dimension matters: mean squared change of a pixel when it moves from −1 to +1
    /// standard deviation around the centre.
    pub effect: Vec<f32>,
    /// KL to the prior in nats, mean over images; empty for a model without a prior.
    pub kl: Vec<f32>,
    /// Variance over images of the code (`mu`); a dimension is active above 0.01 (Burda et al. 2016).
    pub variance: Vec<f32>,
    /// Images it was measured on; 0 means not measured, and the vectors hold defaults.
    pub images: usize,
}

impl LatentInfo {
    /// Variance of the code above which a dimension counts as active (Burda et al. 2016).
    pub const ACTIVE_VARIANCE: f32 = 0.01;

    /// What can be said without measuring: a standard normal code space.
    pub fn unmeasured(latent_dim: usize) -> Self {
        LatentInfo {
            center: vec![0.0; latent_dim],
            scale: vec![1.0; latent_dim],
            effect: vec![0.0; latent_dim],
            kl: Vec::new(),
            variance: vec![1.0; latent_dim],
            images: 0,
        }
    }

    /// Whether a dimension carries information.
    pub fn is_active(&self, dim: usize) -> bool {
        self.variance.get(dim).is_some_and(|v| *v > Self::ACTIVE_VARIANCE)
    }

    /// Dimensions that carry information.
    pub fn active_units(&self) -> usize {
        (0..self.variance.len()).filter(|&dim| self.is_active(dim)).count()
    }

    /// Dimensions from the one that matters most to the one that matters least.
    pub fn by_effect(&self) -> Vec<usize> {
        let mut dims: Vec<usize> = (0..self.effect.len()).collect();
        dims.sort_by(|&a, &b| self.effect[b].total_cmp(&self.effect[a]));
        dims
    }
}
