//! Sharpness of pictures: the variance of their Laplacian, and the power of their spatial frequencies.
//!
//! Both are of the luma Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) with values in [0, 1], and say nothing about
//! what is on a picture: noise is sharp.

use std::f64::consts::PI;

use crate::error::{Error, Result};

/// Weights of red, green and blue in the luma.
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];
/// Side below which a picture has too few frequencies to speak of.
const LEAST_SIDE: usize = 8;

/// Variance over the pixels of the Laplacian with the kernel 0 1 0 / 1 −4 1 / 0 1 0, the border mirrored with its last
/// pixel repeated (Pech-Pacheco et al. 2000, doi:10.1109/ICPR.2000.903548): `scipy.ndimage.laplace(luma).var()`.
///
/// `pixels`: height × width × RGB in [0, 1].
pub fn laplacian_variance(pixels: &[f32], width: usize, height: usize) -> f64 {
    let luma = luma(pixels);
    let at = |x: usize, y: usize| luma[y * width + x];
    let (mut sum, mut squares) = (0.0, 0.0);
    for y in 0..height {
        let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
        for x in 0..width {
            let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
            let value = at(left, y) + at(right, y) + at(x, above) + at(x, below) - 4.0 * at(x, y);
            sum += value;
            squares += value * value;
        }
    }
    let n = luma.len().max(1) as f64;
    squares / n - (sum / n).powi(2)
}

fn luma(pixels: &[f32]) -> Vec<f64> {
    let weigh =
        |pixel: &[f32; 3]| pixel.iter().zip(LUMA).map(|(value, weight)| f64::from(*value) * weight).sum();
    pixels.as_chunks::<3>().0.iter().map(weigh).collect()
}

/// Measures power spectra of square pictures of one size.
pub struct Spectra {
    side: usize,
    /// Weights of the pixels along a side: a Hann window, which keeps what meets at opposite borders out.
    window: Vec<f64>,
    /// cos and sin of 2πj / side.
    turns: Vec<[f64; 2]>,
}

/// The radially averaged power spectrum of some pictures, mean over them.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// Mean of |F|² over the frequencies whose distance from 0 rounds to 0, 1, 2, … cycles per picture, up to half the
    /// side.
    pub power: Vec<f64>,
    /// Number of these frequencies.
    pub frequencies: Vec<usize>,
    /// Pictures.
    pub n: usize,
}

impl Spectra {
    /// The spectra of pictures of `side` × `side` pixels.
    ///
    /// # Errors
    /// Pictures too small to have frequencies.
    pub fn new(side: usize) -> Result<Self> {
        if side < LEAST_SIDE {
            return Err(Error::Invalid(format!(
                "pictures of {side}×{side} pixels have no spectrum; {LEAST_SIDE}×{LEAST_SIDE} are the least"
            )));
        }
        let turn = |at: usize| 2.0 * PI * at as f64 / side as f64;
        let turns = (0..side).map(|at| [turn(at).cos(), turn(at).sin()]).collect();
        // The periodic window, which is 0 at one end alone: `scipy.signal.windows.hann(side, sym=False)`.
        let window = (0..side).map(|at| 0.5 - 0.5 * turn(at).cos()).collect();
        Ok(Spectra { side, window, turns })
    }

    /// The spectrum of one picture: its luma less the mean, times the window along both sides, |FFT|² averaged over
    /// rings (Durall et al. 2020, <https://arxiv.org/abs/2003.01826>, section 3).
    ///
    /// `pixels`: side × side × RGB in [0, 1].
    ///
    /// # Errors
    /// Another number of pixels.
    pub fn of(&self, pixels: &[f32]) -> Result<Spectrum> {
        let side = self.side;
        if pixels.len() != side * side * 3 {
            return Err(Error::Invalid(format!(
                "{} values are not a picture of {side}×{side} pixels",
                pixels.len()
            )));
        }
        let mut luma = luma(pixels);
        let mean = luma.iter().sum::<f64>() / luma.len() as f64;
        for (row, down) in luma.chunks_exact_mut(side).zip(&self.window) {
            row.iter_mut()
                .zip(&self.window)
                .for_each(|(value, across)| *value = (*value - mean) * down * across);
        }
        // Frequencies across up to half the side: the others are their mirror images.
        let half = side / 2;
        let mut rows = vec![[0.0; 2]; side * (half + 1)];
        for (row, out) in luma.chunks_exact(side).zip(rows.chunks_exact_mut(half + 1)) {
            for (frequency, out) in out.iter_mut().enumerate() {
                let mut turn = 0;
                for value in row {
                    let [cos, sin] = self.turns[turn];
                    *out = [out[0] + value * cos, out[1] - value * sin];
                    turn = (turn + frequency) % side;
                }
            }
        }
        let mut power = vec![0.0; half + 1];
        let mut frequencies = vec![0; half + 1];
        for across in 0..=half {
            // Each stands for its mirror image too, but for those that are their own.
            let times = if across == 0 || 2 * across == side { 1 } else { 2 };
            for down in 0..side {
                let distance = (across as f64).hypot(down.min(side - down) as f64);
                let ring = distance.round() as usize;
                if ring > half {
                    continue;
                }
                let (mut re, mut im, mut turn) = (0.0, 0.0, 0);
                for row in rows.chunks_exact(half + 1) {
                    let ([a, b], [cos, sin]) = (row[across], self.turns[turn]);
                    re += a * cos + b * sin;
                    im += b * cos - a * sin;
                    turn = (turn + down) % side;
                }
                power[ring] += f64::from(times) * (re * re + im * im);
                frequencies[ring] += times as usize;
            }
        }
        power.iter_mut().zip(&frequencies).for_each(|(power, count)| *power /= (*count).max(1) as f64);
        Ok(Spectrum { power, frequencies, n: 1 })
    }
}

impl Spectrum {
    /// The mean spectrum of several sets of pictures, each counting as its pictures do; none of nothing.
    pub fn mean(spectra: &[Spectrum]) -> Option<Spectrum> {
        let first = spectra.first()?;
        let n: usize = spectra.iter().map(|spectrum| spectrum.n).sum();
        let mut power = vec![0.0; first.power.len()];
        for spectrum in spectra {
            let share = spectrum.n as f64 / n.max(1) as f64;
            power.iter_mut().zip(&spectrum.power).for_each(|(sum, power)| *sum += share * power);
        }
        Some(Spectrum { power, frequencies: first.frequencies.clone(), n })
    }

    /// Power of each frequency beside that of another spectrum in dB, from one cycle per picture on.
    pub fn decibels_over(&self, other: &Spectrum) -> Vec<f64> {
        let pairs = self.power.iter().zip(&other.power).skip(1);
        pairs.map(|(own, other)| 10.0 * (own.max(TINY) / other.max(TINY)).log10()).collect()
    }

    /// Log-spectral distance in dB: the root of the mean square of [`Spectrum::decibels_over`] (Gray & Markel 1976,
    /// doi:10.1109/TASSP.1976.1162849). 0 for equal spectra.
    pub fn distance(&self, other: &Spectrum) -> f64 {
        let decibels = self.decibels_over(other);
        (decibels.iter().map(|d| d * d).sum::<f64>() / decibels.len().max(1) as f64).sqrt()
    }

    /// Energy of the upper half of the frequencies, those of a quarter of the side and more.
    pub fn high(&self) -> f64 {
        let each = self.power.iter().zip(&self.frequencies);
        each.skip((self.power.len() - 1) / 2).map(|(power, count)| power * *count as f64).sum()
    }
}

/// Power that stands for none in a ratio.
const TINY: f64 = 1e-30;

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::filters::Filter;
    use crate::random;

    #[derive(Deserialize)]
    struct Reference {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        side: usize,
        seed: i64,
        laplacian_variance: f64,
        power: Vec<f64>,
    }

    /// The picture of `sharpness.py`: waves and an edge from integers.
    fn picture(side: usize, seed: i64) -> Vec<f32> {
        let value = |at: usize| {
            let (y, x, c) = ((at / 3 / side) as i64, (at / 3 % side) as i64, (at % 3) as i64);
            let wave = (x * (3 + c) + y * 5 + seed * 17) % 64 + (x * y + 7 * c * seed) % 29;
            let edge = if 2 * x > y + 9 { 90 } else { 0 };
            (wave + edge) as f32 / 255.0
        };
        (0..side * side * 3).map(value).collect()
    }

    #[test]
    fn variance_and_spectrum_agree_with_scipy_and_numpy() {
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/sharpness.json"));
        let cases = serde_json::from_str::<Reference>(text).unwrap().cases;
        for Case { side, seed, laplacian_variance: theirs, power } in &cases {
            let picture = picture(*side, *seed);
            let ours = laplacian_variance(&picture, *side, *side);
            assert!((ours / theirs - 1.0).abs() < 1e-9, "{side} {seed}: {ours} {theirs}");
            let spectrum = Spectra::new(*side).unwrap().of(&picture).unwrap();
            assert_eq!(spectrum.power.len(), power.len());
            for (ring, (ours, theirs)) in spectrum.power.iter().zip(power).enumerate() {
                assert!(
                    (ours - theirs).abs() < 1e-9 * theirs.max(1e-6),
                    "{side} {seed} {ring}: {ours} {theirs}"
                );
            }
        }
        assert_eq!(cases.len(), 6);
    }

    const SIDE: usize = 32;

    fn spectrum(pixels: &[f32]) -> Spectrum {
        Spectra::new(SIDE).unwrap().of(pixels).unwrap()
    }

    #[test]
    fn a_blurred_picture_is_less_sharp_and_noise_is_too_sharp() {
        let picture = picture(SIDE, 1);
        let blurred = Filter::Gaussian { sigma: 1.0 }.apply(&picture, SIDE, SIDE).unwrap();
        let noise = random::uniform(0, 0, picture.len());
        let variance = |pixels: &[f32]| laplacian_variance(pixels, SIDE, SIDE);
        assert!(variance(&blurred) < 0.5 * variance(&picture) && variance(&picture) < 0.5 * variance(&noise));
        let [real, blurred, noise] = [&picture, &blurred, &noise].map(|pixels| spectrum(pixels));
        assert!(blurred.high() < 0.5 * real.high() && real.high() < 0.5 * noise.high());
        assert!(blurred.distance(&real) > 3.0 && noise.distance(&real) > 3.0 && real.distance(&real) == 0.0);
    }

    /// Half the values have a quarter of the power: −6.02 dB at every frequency.
    #[test]
    fn contrast_moves_all_frequencies_alike_and_one_colour_has_no_power() {
        let picture = picture(SIDE, 2);
        let faint: Vec<f32> = picture.iter().map(|value| value / 2.0).collect();
        let (real, faint) = (spectrum(&picture), spectrum(&faint));
        assert!(faint.decibels_over(&real).iter().all(|d| (d + 20.0 * 2f64.log10()).abs() < 1e-4));
        assert!((faint.distance(&real) - 20.0 * 2f64.log10()).abs() < 1e-4);
        assert!((faint.high() / real.high() - 0.25).abs() < 1e-5);
        let grey = vec![0.5; SIDE * SIDE * 3];
        assert!(spectrum(&grey).power.iter().all(|power| *power < 1e-12));
        assert!(laplacian_variance(&grey, SIDE, SIDE) < 1e-12);
    }

    #[test]
    fn a_wave_stands_at_its_frequency() {
        let wave =
            |at: usize| 0.5 + 0.4 * (2.0 * PI * 6.0 * (at / 3 % SIDE) as f64 / SIDE as f64).sin() as f32;
        let found = spectrum(&(0..SIDE * SIDE * 3).map(wave).collect::<Vec<f32>>());
        let top = (0..found.power.len()).max_by(|a, b| found.power[*a].total_cmp(&found.power[*b]));
        assert_eq!(top, Some(6));
    }

    #[test]
    fn a_mean_counts_pictures() {
        let of = |seed| spectrum(&picture(SIDE, seed));
        let all = Spectrum::mean(&[of(1), of(2), of(3)]).unwrap();
        let first = Spectrum::mean(&[of(1), of(2)]).unwrap();
        let again = Spectrum::mean(&[first, of(3)]).unwrap();
        assert_eq!((again.n, Spectrum::mean(&[])), (3, None));
        assert!(all.power.iter().zip(&again.power).all(|(a, b)| (a - b).abs() < 1e-9 * a.max(1e-9)));
        assert!(Spectra::new(4).is_err() && Spectra::new(SIDE).unwrap().of(&[0.0; 12]).is_err());
    }
}
