//! Numbers of a check whether draws are copies of training images; [`crate::metrics::copying`] measures them.

use serde::{Deserialize, Serialize};

/// Numbers by which a copy check compares images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CopySpace {
    /// The features that the sets are compared on.
    Features,
    /// The codes that the model's own encoder gives the pictures, drawn ones too.
    Codes,
}

impl CopySpace {
    /// Word for it, as in JSON.
    pub fn label(self) -> &'static str {
        match self {
            CopySpace::Features => "features",
            CopySpace::Codes => "codes",
        }
    }
}

/// Nearness of draws to training images, beside that of real images that the model was not trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CopyCheck {
    /// Numbers that the distances are between.
    pub space: CopySpace,
    /// Distance of a draw to the nearest training image, median over the draws.
    pub nearest: f64,
    /// Distance of an unseen image to the nearest training image, likewise.
    pub nearest_unseen: f64,
    /// Share of the draws that are nearer to a training image than the nearest hundredth of the unseen images, or the
    /// nearest one if they are fewer than a hundred.
    pub copied: f64,
    /// Z of the distances of draws being larger than those of unseen images (Meehan et al. 2020, Z_U).
    pub copy_z: f64,
    /// Training images.
    pub n_train: usize,
    /// Unseen images.
    pub n_unseen: usize,
    /// Draws.
    pub n_drawn: usize,
}

/// Standard deviations beyond which it is not by chance that draws are near training images.
const TOO_MANY: f64 = 4.0;

impl CopyCheck {
    /// Unseen images as near as which a draw has to be to count as copied.
    pub fn nearest_of_unseen(n_unseen: usize) -> usize {
        n_unseen.div_ceil(100).max(1)
    }

    /// Share of draws that would count as copied if they were more unseen images, and its standard deviation: the
    /// order statistic of the unseen images has a beta distribution, the number of draws below it a binomial one.
    pub fn expected_copied(&self) -> (f64, f64) {
        let (n, k) = (self.n_unseen as f64, Self::nearest_of_unseen(self.n_unseen) as f64);
        let mean = k / (n + 1.0);
        let variance = mean * (1.0 - mean) * (1.0 / (n + 2.0) + 1.0 / self.n_drawn as f64);
        (mean, variance.sqrt())
    }

    /// Whether draws are nearer to training images than unseen images are, all in all or some of them.
    pub fn is_suspicious(&self) -> bool {
        let (mean, deviation) = self.expected_copied();
        self.copy_z < -TOO_MANY || self.copied > mean + TOO_MANY * deviation
    }

    /// Sentence beside the numbers of a model whose draws are near training images.
    pub fn caution(&self) -> Option<String> {
        let Self { copied, copy_z, .. } = self;
        let (mean, _) = self.expected_copied();
        let space = self.space.label();
        self.is_suspicious().then(|| {
            format!(
                "by their {space} its draws lie nearer to training images than unseen images do (Z {copy_z:.1}; \
                 {:.1} % of them as near as the nearest {:.1} % of those): they may be copies, or leave out what is \
                 rare",
                copied * 100.0,
                mean * 100.0
            )
        })
    }
}
