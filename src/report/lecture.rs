//! The lecture's numbers, and what came of repeating its tables, as plain data.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::metrics::{PixelMetrics, SetMetrics};
use super::quantities::{PSNR, RE, SSIM};
use crate::config::{Corruption, ModelKind, Split};
use crate::table::{Measure, Quantity, Table};

/// The lecture's numbers for the reconstructions of a kind of model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LectureReconstruction {
    /// Mean squared error per pixel and channel.
    pub re: f64,
    /// In dB.
    pub psnr: f64,
    /// Structural similarity.
    pub ssim: f64,
}

/// The lecture's numbers for the draws of a kind of model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LectureDraws {
    /// Of the generated images.
    pub precision: f64,
    /// Of the real ones.
    pub recall: f64,
    /// Fréchet distance.
    pub fid: f64,
}

impl LectureReconstruction {
    /// Measures in the order and with the digits of the lecture.
    pub const MEASURES: &[Measure<Self>] = &[
        Measure::new(Quantity { label: "lecture's RE", ..RE }.digits(4, 4), |said| said.re.into()),
        Measure::new(Quantity { label: "lecture's PSNR", ..PSNR }.digits(2, 2), |said| said.psnr.into()),
        Measure::new(Quantity { label: "lecture's SSIM", ..SSIM }.digits(3, 3), |said| said.ssim.into()),
    ];

    /// The row of a kind; none where the lecture has no row for it.
    pub fn of(kind: ModelKind) -> Option<Self> {
        let [re, psnr, ssim] = match kind {
            ModelKind::Ae => [0.0036, 24.83, 0.807],
            ModelKind::Sae => [0.0039, 24.50, 0.795],
            ModelKind::Dae => [0.0011, 29.85, 0.939],
            ModelKind::Vae => [0.0047, 23.61, 0.778],
            ModelKind::Dcgan | ModelKind::VaeGan => return None,
        };
        Some(Self { re, psnr, ssim })
    }
}

impl LectureDraws {
    /// Measures in the order and with the digits of the lecture.
    pub const MEASURES: &[Measure<Self>] = &[
        Measure::new(
            Quantity::new("precision", "lecture's precision", "As the lecture has it.").up().digits(4, 4),
            |said| said.precision.into(),
        ),
        Measure::new(
            Quantity::new("recall", "lecture's recall", "As the lecture has it.").up().digits(4, 4),
            |said| said.recall.into(),
        ),
        Measure::new(
            Quantity::new("fid", "lecture's FID", "As the lecture has it.").down().digits(1, 1),
            |said| said.fid.into(),
        ),
    ];

    /// The row of a kind; none where the lecture has no row for it.
    pub fn of(kind: ModelKind) -> Option<Self> {
        let [precision, recall, fid] = match kind {
            ModelKind::Vae => [0.0042, 0.0011, 327.2],
            ModelKind::Dcgan => [0.0924, 0.0192, 149.5],
            ModelKind::VaeGan => [0.0040, 0.007, 303.6],
            ModelKind::Ae | ModelKind::Sae | ModelKind::Dae => return None,
        };
        Some(Self { precision, recall, fid })
    }
}

/// A line of the lecture's first table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReconstructionRow {
    /// The model.
    pub name: String,
    /// Its kind; none for PCA.
    pub kind: Option<ModelKind>,
    /// Side of its images in pixels.
    pub image_size: usize,
    /// Numbers in a code.
    pub latent_dim: usize,
    /// Numbers in the model that were fitted.
    pub weights: usize,
    /// Updates it was trained for; none for PCA.
    pub steps: Option<usize>,
    /// The part of the data that the images are.
    pub split: Split,
    /// The numbers.
    #[serde(flatten)]
    pub metrics: PixelMetrics,
    /// Noise on what the model was given; the numbers are against the clean images.
    pub noise: Option<Corruption>,
    /// The numbers of the noisy images themselves: the baseline.
    pub noisy_input: Option<PixelMetrics>,
    /// As in [`EvaluationRow`](super::EvaluationRow).
    #[serde(default)]
    pub trained_on: Option<usize>,
    /// The lecture's numbers.
    pub lecture: Option<LectureReconstruction>,
}

/// A line of the lecture's second table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawsRow {
    /// The model.
    pub name: String,
    /// Its kind.
    pub kind: ModelKind,
    /// Side of its images in pixels.
    pub image_size: usize,
    /// The part of the data that the real images are.
    pub split: Split,
    /// Images in the smaller of the two sets.
    pub n: usize,
    /// The numbers.
    #[serde(flatten)]
    pub metrics: SetMetrics,
    /// As in [`SampleRow`](super::SampleRow).
    #[serde(default)]
    pub trained_on: Option<usize>,
    /// The lecture's numbers.
    pub lecture: Option<LectureDraws>,
}

/// The lecture's tables, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LectureReport {
    /// The first table.
    pub reconstruction: Vec<ReconstructionRow>,
    /// The second table.
    pub draws: Vec<DrawsRow>,
    /// Both beside the lecture's numbers, with what explains the differences.
    pub tables: Vec<Table>,
    /// The files they were written to.
    pub files: Vec<PathBuf>,
}
