//! Priors that were learned for the codes of a model, as plain data.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{FlowShape, PriorKind};
use crate::image_buf::ImageBuf;

/// A prior as its file describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriorInfo {
    /// The density.
    pub kind: PriorKind,
    /// Of a flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<FlowShape>,
    /// Principal components of a code that a mixture describes; the others are Gaussian.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mixed: Option<usize>,
    /// Images whose codes it was fitted to.
    pub images: usize,
    /// Images whose codes it was measured on, which it was not fitted to.
    pub held_out: usize,
    /// Negative log-likelihood of the codes of those images in nats per number of a code.
    pub nll: f64,
    /// Their negative log-likelihood under the density that the model drew from before.
    pub standard_nll: f64,
    /// Updates of a flow until its loss on the held-out codes was lowest, whose weights these are; rounds of a mixture.
    pub steps: usize,
    /// Time that it took to learn it, in seconds.
    pub seconds: f64,
    /// Seed of the weights, the noise and the order of the codes.
    pub seed: u64,
    /// Steps of a flow's solver from noise to code.
    pub solver_steps: usize,
    /// Factor on the noise of draws: 1 draws from the density itself, less draws likelier codes that differ less (the
    /// truncation of Brock et al. 2019 and Karras et al. 2019, as a temperature).
    pub truncation: f64,
}

impl PriorInfo {
    /// One of this kind of which nothing is measured.
    pub fn unmeasured(kind: PriorKind) -> Self {
        PriorInfo {
            kind,
            shape: None,
            mixed: None,
            images: 0,
            held_out: 0,
            nll: 0.0,
            standard_nll: 0.0,
            steps: 0,
            seconds: 0.0,
            seed: 0,
            solver_steps: 8,
            truncation: 1.0,
        }
    }

    /// Deviation of each number of the noise in draws: [`PriorInfo::truncation`], and 0 for what is Gaussian beside a
    /// flow, which would add grain to a picture and nothing that one could name.
    pub fn spread(&self, latent_dim: usize) -> Vec<f32> {
        let drawn = self.shape.map_or(latent_dim, |shape| shape.components);
        (0..latent_dim).map(|number| if number < drawn { self.truncation as f32 } else { 0.0 }).collect()
    }

    /// Whether sliders, walks and seeds move in its noise, N(0, I), and not in the code itself.
    pub fn has_noise(&self) -> bool {
        matches!(self.kind, PriorKind::Gaussian | PriorKind::Flow)
    }
}

/// News of a flow that is being trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriorProgress {
    /// Updates done.
    pub step: usize,
    /// Updates in all.
    pub steps: usize,
    /// Mean loss of the updates since the last news: mean squared error of the velocity.
    pub loss: f64,
    /// Loss of the mean weights on codes of images that it is not fitted to.
    pub validation_loss: f64,
    /// Draws by the mean weights, decoded.
    pub draws: Vec<ImageBuf>,
}

/// A prior that was learned and stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriorLearned {
    /// As its file describes it.
    #[serde(flatten)]
    pub info: PriorInfo,
    /// The file.
    #[serde(serialize_with = "crate::text::path")]
    pub checkpoint: PathBuf,
}
