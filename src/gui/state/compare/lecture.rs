//! The numbers of the lecture that this program grew from, as a yardstick.

use crate::config::ModelKind;
use crate::worker::protocol::{LectureDraws, LectureReconstruction};

/// What is to be known about them.
pub const ABOUT: &str = "The lecture's numbers were measured on other data, at other sizes of images and models, and \
                         with other Inception features. They are a yardstick, not a rival";

/// RE, PSNR in dB and SSIM of reconstructions, by kind of model, with the lecture's digits.
pub fn pixels() -> impl Iterator<Item = (ModelKind, [String; 3])> {
    ModelKind::ALL.into_iter().filter_map(|kind| {
        let LectureReconstruction { re, psnr, ssim } = LectureReconstruction::of(kind)?;
        Some((kind, [format!("{re:.4}"), format!("{psnr:.2}"), format!("{ssim:.3}")]))
    })
}

/// FID, precision and recall of draws, by kind of model, with the lecture's digits.
pub fn draws() -> impl Iterator<Item = (ModelKind, [String; 3])> {
    ModelKind::ALL.into_iter().filter_map(|kind| {
        let LectureDraws { fid, precision, recall } = LectureDraws::of(kind)?;
        Some((kind, [format!("{fid:.1}"), format!("{precision:.4}"), format!("{recall:.4}")]))
    })
}
