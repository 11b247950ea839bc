//! Settings that suit a noise.

use super::filter::{Filter, FilterKind};
use crate::config::Corruption;

impl FilterKind {
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
                let mut all = Vec::new();
                for h in [0.4, 0.6, 0.8, 1.0, 1.3, 1.8] {
                    for (patch, distance) in [(3, 4), (3, 6), (5, 4), (5, 6)] {
                        // Of strong noise, or noise that is not normal, less is left when nothing is taken off.
                        for sigma in [0.0, deviation] {
                            all.push(means((patch, distance), h * deviation, sigma));
                        }
                    }
                }
                all
            }
        }
    }

    /// Settings that suit this noise, without a look at pictures: about those that were best on two dozen faces of 64
    /// pixels a side.
    pub fn usual(self, noise: Corruption) -> Filter {
        let (strength, is_normal) = (noise.strength(), matches!(noise, Corruption::Gaussian(_)));
        match self {
            FilterKind::Median => {
                let (small, large) = if is_normal { (0.15, 0.25) } else { (0.2, 0.4) };
                let size = match strength {
                    strength if strength <= small => 3,
                    strength if strength <= large => 5,
                    _ => 7,
                };
                Filter::Median { size }
            }
            FilterKind::Gaussian if is_normal => Filter::Gaussian { sigma: 2.4 * strength.powf(0.42) },
            FilterKind::Gaussian => Filter::Gaussian { sigma: 2.3 * strength.powf(0.3) },
            FilterKind::NonLocalMeans if is_normal => {
                let sigma = if strength <= 0.2 { strength } else { 0.0 };
                means((5, 6), 0.6 * strength, sigma)
            }
            // About the root of the mean squared error of so many black or white pixels.
            FilterKind::NonLocalMeans => means((5, 6), 0.55 * strength.sqrt(), 0.0),
        }
    }
}

/// Non-local means of patches of a size within a distance.
fn means((patch, distance): (usize, usize), h: f64, sigma: f64) -> Filter {
    // Without noise there is nothing to remove, and a width of 0 is none.
    Filter::NonLocalMeans { patch, distance, h: h.max(1e-3), sigma }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_possible_and_of_its_kind() {
        for kind in FilterKind::ALL {
            for strength in [0.0, 0.01, 0.1, 0.3, 1.0] {
                let noises = [Corruption::Gaussian, Corruption::SaltPepper, Corruption::Mask];
                let usual = noises.map(|noise| kind.usual(noise(strength)));
                for filter in kind.candidates(strength).into_iter().chain(usual) {
                    filter.validate().unwrap();
                    assert_eq!(filter.kind(), kind);
                }
            }
        }
    }
}
