//! What the lecture's tables say.

use crate::config::ModelKind;
use crate::train::report::{LectureDraws, LectureReconstruction};

/// RE, PSNR and SSIM of a kind's reconstructions.
pub fn reconstruction(kind: ModelKind) -> Option<LectureReconstruction> {
    let [re, psnr, ssim] = match kind {
        ModelKind::Ae => [0.0036, 24.83, 0.807],
        ModelKind::Sae => [0.0039, 24.50, 0.795],
        ModelKind::Dae => [0.0011, 29.85, 0.939],
        ModelKind::Vae => [0.0047, 23.61, 0.778],
        ModelKind::Dcgan | ModelKind::VaeGan => return None,
    };
    Some(LectureReconstruction { re, psnr, ssim })
}

/// Precision, recall and FID of a kind's draws.
pub fn draws(kind: ModelKind) -> Option<LectureDraws> {
    let [precision, recall, fid] = match kind {
        ModelKind::Vae => [0.0042, 0.0011, 327.2],
        ModelKind::Dcgan => [0.0924, 0.0192, 149.5],
        ModelKind::VaeGan => [0.0040, 0.007, 303.6],
        ModelKind::Ae | ModelKind::Sae | ModelKind::Dae => return None,
    };
    Some(LectureDraws { precision, recall, fid })
}
