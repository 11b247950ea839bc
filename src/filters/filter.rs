//! Filters by their settings.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;

use super::border::CHANNELS;
use super::{gaussian, median, non_local_means};

/// Reach of the largest filter that makes sense for pictures as small as the models'.
const FARTHEST: usize = 64;

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
}

/// A filter with its settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// The median of a square around each pixel, each channel by itself, pixels at the border repeated: as
    /// `skimage.filters.median` with a square footprint.
    Median {
        /// Side of the square in pixels, odd.
        size: usize,
    },
    /// A Gaussian blur, each channel by itself, cut off after four standard deviations, the border mirrored with its
    /// last pixel repeated: as `scipy.ndimage.gaussian_filter`.
    Gaussian {
        /// Standard deviation in pixels.
        sigma: f64,
    },
    /// Non-local means (Buades et al. 2005) of all channels together, in the fast form of Darbon et al. 2008: each
    /// pixel becomes the mean of those whose surroundings look like its own, as `skimage.restoration.denoise_nl_means`.
    NonLocalMeans {
        /// Size of the squares that are compared, in pixels, odd and at least 3: scikit-image's `patch_size`.
        patch: usize,
        /// Pixels of a side that they are looked for within.
        distance: usize,
        /// Difference that they may have: the larger, the smoother.
        h: f64,
        /// Standard deviation of the noise, whose part of their difference is not counted.
        sigma: f64,
    },
}

impl Filter {
    /// The filter's kind.
    pub fn kind(self) -> FilterKind {
        match self {
            Filter::Median { .. } => FilterKind::Median,
            Filter::Gaussian { .. } => FilterKind::Gaussian,
            Filter::NonLocalMeans { .. } => FilterKind::NonLocalMeans,
        }
    }

    /// Its settings in words, as in "3 × 3".
    pub fn settings(self) -> String {
        match self {
            Filter::Median { size } => format!("{size} × {size}"),
            Filter::Gaussian { sigma } => format!("σ {}", short(sigma)),
            Filter::NonLocalMeans { patch, distance, h, sigma } => {
                let sigma = if sigma > 0.0 { format!(", σ {}", short(sigma)) } else { String::new() };
                format!("patches {patch} × {patch} within {distance}, h {}{sigma}", short(h))
            }
        }
    }

    /// Kind and settings in words, as in "median 3 × 3".
    pub fn label(self) -> String {
        format!("{} {}", self.kind().label(), self.settings())
    }

    /// Says in one sentence what is wrong with the settings, if anything is.
    pub fn validate(self) -> std::result::Result<(), String> {
        let odd = |side: usize| side % 2 == 1 && side <= FARTHEST;
        let number = |value: f64| value.is_finite() && value >= 0.0;
        let fine = match self {
            Filter::Median { size } => odd(size),
            Filter::Gaussian { sigma } => number(sigma) && sigma <= FARTHEST as f64,
            Filter::NonLocalMeans { patch, distance, h, sigma } => {
                odd(patch) && patch > 1 && distance <= FARTHEST && number(h) && h > 0.0 && number(sigma)
            }
        };
        if fine {
            return Ok(());
        }
        Err(format!(
            "a filter with {} is not possible; sides are odd and at most {FARTHEST}, deviations and h above 0",
            self.label()
        ))
    }

    /// The filtered picture: height × width × RGB in [0, 1], as what is given.
    ///
    /// # Errors
    /// Settings that make no sense; values that are not such a picture.
    pub fn apply(self, pixels: &[f32], width: usize, height: usize) -> Result<Vec<f32>> {
        self.validate().map_err(Error::Invalid)?;
        if pixels.is_empty() || pixels.len() != width * height * CHANNELS {
            return Err(Error::Invalid(format!(
                "{} values are not a picture of {width}×{height} pixels in RGB",
                pixels.len()
            )));
        }
        Ok(match self {
            Filter::Median { size } => median::median(pixels, width, height, size),
            Filter::Gaussian { sigma } => gaussian::blur(pixels, width, height, sigma),
            Filter::NonLocalMeans { patch, distance, h, sigma } => {
                let settings = non_local_means::Settings { patch, distance, h, sigma };
                non_local_means::means(pixels, width, height, settings)
            }
        })
    }

    /// The filtered picture in 8 bits.
    ///
    /// # Errors
    /// Settings that make no sense.
    pub fn apply_to(self, image: &ImageBuf) -> Result<ImageBuf> {
        let (width, height) = (image.width(), image.height());
        let filtered = self.apply(&image.to_unit_floats(), width, height)?;
        ImageBuf::from_unit_floats(width, height, &filtered)
            .ok_or_else(|| Error::Fault("a filtered picture has another size; please report this".into()))
    }
}

/// At most three digits after the point.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Corruption, Noise};
    use crate::data::corruption::corrupt_measured;
    use crate::metrics::re::mse;

    const SIDE: usize = 40;

    /// Grey but for the noise.
    fn noisy(corruption: Corruption) -> Vec<f32> {
        let mut pixels = vec![0.5; SIDE * SIDE * CHANNELS];
        corrupt_measured(&mut pixels, SIDE * SIDE * CHANNELS, Noise { corruption, seed: 1 }, 0);
        pixels
    }

    fn left(filter: Filter, corruption: Corruption) -> f64 {
        let filtered = filter.apply(&noisy(corruption), SIDE, SIDE).unwrap();
        mse(&filtered, &vec![0.5; SIDE * SIDE * CHANNELS])
    }

    const MEDIAN: Filter = Filter::Median { size: 3 };
    const GAUSSIAN: Filter = Filter::Gaussian { sigma: 1.0 };
    const MEANS: Filter = Filter::NonLocalMeans { patch: 3, distance: 5, h: 0.2, sigma: 0.1 };

    /// Of normal noise on one colour a mean leaves the least: of the mean of nine draws of variance v there is v/9
    /// left, of their median some 1.4 times that.
    #[test]
    fn means_remove_normal_noise_better_than_a_median() {
        let noise = Corruption::Gaussian(0.1);
        let [median, gaussian, means] = [MEDIAN, GAUSSIAN, MEANS].map(|filter| left(filter, noise));
        assert!((median / (0.01 * 1.5 / 9.0) - 1.0).abs() < 0.25, "{median}");
        // Σ of the squared weights of a Gaussian of deviation 1 over the plane is 1/(4π).
        assert!((gaussian / (0.01 / (4.0 * std::f64::consts::PI)) - 1.0).abs() < 0.25, "{gaussian}");
        assert!(means < gaussian && gaussian < median, "{means} {gaussian} {median}");
    }

    #[test]
    fn a_median_removes_salt_and_pepper_and_a_mean_spreads_it() {
        let noise = Corruption::SaltPepper(0.1);
        let [median, gaussian] = [MEDIAN, GAUSSIAN].map(|filter| left(filter, noise));
        assert!(median < 0.3 * gaussian, "{median} {gaussian}");
    }

    #[test]
    fn one_colour_stays_as_it_is_and_an_edge_survives_the_median() {
        let grey = vec![0.25; SIDE * SIDE * CHANNELS];
        for filter in [MEDIAN, GAUSSIAN, MEANS] {
            let filtered = filter.apply(&grey, SIDE, SIDE).unwrap();
            assert!(filtered.iter().all(|v| (v - 0.25).abs() < 1e-6), "{}", filter.label());
        }
        let edge: Vec<f32> =
            (0..SIDE * SIDE).flat_map(|at| [f32::from(u8::from(at % SIDE >= SIDE / 2)); 3]).collect();
        assert_eq!(MEDIAN.apply(&edge, SIDE, SIDE).unwrap(), edge);
        assert!(mse(&GAUSSIAN.apply(&edge, SIDE, SIDE).unwrap(), &edge) > 1e-3);
        let means = Filter::NonLocalMeans { patch: 3, distance: 5, h: 0.1, sigma: 0.0 };
        assert!(mse(&means.apply(&edge, SIDE, SIDE).unwrap(), &edge) < 1e-12, "both sides are unlike");
    }

    #[test]
    fn a_blur_of_no_width_changes_nothing() {
        let pixels = noisy(Corruption::Gaussian(0.3));
        assert_eq!(Filter::Gaussian { sigma: 0.0 }.apply(&pixels, SIDE, SIDE).unwrap(), pixels);
        assert_eq!(Filter::Median { size: 1 }.apply(&pixels, SIDE, SIDE).unwrap(), pixels);
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_a_sentence() {
        for filter in [
            Filter::Median { size: 4 },
            Filter::Gaussian { sigma: f64::NAN },
            Filter::NonLocalMeans { patch: 3, distance: 5, h: 0.0, sigma: 0.0 },
            Filter::NonLocalMeans { patch: 3, distance: 500, h: 0.1, sigma: 0.0 },
        ] {
            let message = filter.apply(&[0.0; 12], 2, 2).unwrap_err().to_string();
            assert!(message.contains("is not possible"), "{message}");
        }
        assert!(MEDIAN.apply(&[0.0; 11], 2, 2).is_err() && MEDIAN.apply(&[], 0, 0).is_err());
    }

    /// One pixel has neither neighbours nor other patches.
    #[test]
    fn the_smallest_picture_comes_back() {
        for filter in [MEDIAN, GAUSSIAN, MEANS] {
            let filtered = filter.apply(&[0.1, 0.5, 0.9], 1, 1).unwrap();
            let off = filtered.iter().zip([0.1, 0.5, 0.9]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off < 1e-6, "{filtered:?}");
        }
        let image = ImageBuf::filled(5, 3, [9, 99, 250]);
        assert_eq!(MEANS.apply_to(&image).unwrap(), image);
    }
}
