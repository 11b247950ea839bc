//! Which filters there are, and which settings suit which noise.

use serde::{Deserialize, Serialize};

use super::Filter;
use crate::config::Corruption;

/// A kind of filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilterKind {
    /// The median of a square.
    Median,
    /// A Gaussian blur.
    Gaussian,
    /// Non-local means.
    NonLocalMeans,
}

impl FilterKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [FilterKind; 3] = [FilterKind::Median, FilterKind::Gaussian, FilterKind::NonLocalMeans];

    /// Its name in the literature.
    pub fn label(self) -> &'static str {
        match self {
            FilterKind::Median => "median",
            FilterKind::Gaussian => "Gaussian",
            FilterKind::NonLocalMeans => "non-local means",
        }
    }

    /// Settings to choose from for this noise, of which `deviation` is the standard deviation: what it changes the
    /// values of pixels by, which for noise on single pixels depends on the pictures. From weak to strong.
    pub fn candidates(self, deviation: f64) -> Vec<Filter> {
        match self {
            FilterKind::Median => [1, 3, 5, 7].map(|size| Filter::Median { size }).to_vec(),
            FilterKind::Gaussian => {
                // From next to nothing up in steps of a fifth.
                (0..14).map(|step| Filter::Gaussian { sigma: 0.3 * 1.2f64.powi(step) }).collect()
            }
            FilterKind::NonLocalMeans => {
                let h = [0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2];
                let settings = [3, 5].into_iter().flat_map(|patch| h.map(|h| (patch, h)));
                settings.map(|(patch, h)| means(patch, h, deviation)).collect()
            }
        }
    }

    /// Settings that suit this noise, without a look at pictures.
    pub fn usual(self, noise: Corruption) -> Filter {
        let strength = noise.strength();
        match (self, noise) {
            (FilterKind::Median, Corruption::Gaussian(_)) => {
                Filter::Median { size: if strength < 0.25 { 3 } else { 5 } }
            }
            (FilterKind::Median, _) => Filter::Median { size: if strength < 0.3 { 3 } else { 5 } },
            (FilterKind::Gaussian, Corruption::Gaussian(_)) => {
                Filter::Gaussian { sigma: (2.2 * strength.sqrt()).clamp(0.3, 3.0) }
            }
            (FilterKind::Gaussian, _) => Filter::Gaussian { sigma: (2.2 * strength.sqrt()).clamp(0.3, 3.0) },
            (FilterKind::NonLocalMeans, Corruption::Gaussian(_)) => means(3, 0.8, strength),
            // Half of the range of the values, on so many pixels.
            (FilterKind::NonLocalMeans, _) => means(3, 0.8, 0.5 * strength.sqrt()),
        }
    }
}

/// Non-local means for noise of this deviation.
fn means(patch: usize, h: f64, deviation: f64) -> Filter {
    // Without noise there is nothing to remove, and a width of 0 is none.
    let h = (h * deviation).max(1e-3);
    Filter::NonLocalMeans { patch, distance: 6, h, sigma: deviation }
}
