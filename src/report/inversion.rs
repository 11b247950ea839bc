//! A search for the code of a picture, as plain data.

use serde::{Deserialize, Serialize};

use super::PixelMetrics;
use crate::image_buf::ImageBuf;

/// Numbers of a search.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InversionConfig {
    /// Steps down the gradient.
    pub steps: usize,
    /// Factor of the negative logarithm of the density of codes beside the squared error: the larger, the likelier the
    /// code and the coarser the likeness.
    pub prior_weight: f64,
    /// Of the draws that a model without an encoder begins at.
    pub seed: u64,
}

impl Default for InversionConfig {
    fn default() -> Self {
        InversionConfig { steps: 100, prior_weight: 0.05, seed: 0 }
    }
}

/// A picture with noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoisyInput {
    /// As the model saw it.
    pub image: ImageBuf,
    /// Its agreement with the clean one: the baseline of a model.
    pub metrics: PixelMetrics,
}

/// News of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InversionProgress {
    /// Steps gone.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// The picture that is sought, at the model's size.
    pub input: ImageBuf,
    /// Seen by the search in place of `input`, where that was noisy.
    pub noisy: Option<NoisyInput>,
    /// Picture of the best code so far.
    pub output: ImageBuf,
    /// Absolute difference of the two per pixel, averaged over the channels, in [0, 1]; height × width.
    pub difference: Vec<f32>,
    /// The code; under a learned prior with noise, once the search is over, the noise that it comes from.
    pub code: Vec<f32>,
    /// Added to the code of that noise, it is the code that was found; empty where nothing is lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub residual: Vec<f32>,
    /// Agreement where the search began: at the encoder's code, or at the best of centre and draws.
    pub start: PixelMetrics,
    /// Agreement now.
    pub metrics: PixelMetrics,
    /// RE after each step, the first one before any.
    pub curve: Vec<f32>,
    /// Distance of the code from the centre of the prior in standard deviations, a root mean square over its numbers;
    /// about 1 for draws.
    pub prior_distance: f64,
    /// Time since the search began.
    pub seconds: f64,
}

impl InversionProgress {
    /// Whether it is over.
    pub fn is_finished(&self) -> bool {
        self.step >= self.steps
    }
}
