//! Noise on pictures: what a denoising autoencoder learns to remove (Vincent et al. 2010, "Stacked denoising
//! autoencoders", JMLR 11, section 3.3).
//!
//! A corrupted pixel stays a pixel: values are cut to [0, 1], so that the noise of training is the noise
//! that is seen on screen and in files. (Vincent et al. do not cut Gaussian noise.) Salt-and-pepper and mask
//! noise hit whole pixels, each with the same probability, rather than a fixed number of channels.

use rayon::prelude::*;

use crate::config::{Corruption, Noise};
use crate::data::batches::BatchPlace;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::random::{self, streams};

/// Corrupts pictures of an update; depends on the seed and their place alone.
///
/// `pixels`: pictures of `image_len` numbers in [0, 1], RGB by pixel, one after another.
pub(crate) fn corrupt_batch(pixels: &mut [f32], image_len: usize, noise: Noise, place: BatchPlace) {
    corrupt(pixels, image_len, noise, streams::training_noise(place.step, place.of) + place.first as u64);
}

/// Corrupts pictures to be measured or looked at; `first` is the number of the first one in its set. The
/// noise of a picture depends on the seed and its number alone.
pub fn corrupt_measured(pixels: &mut [f32], image_len: usize, noise: Noise, first: usize) {
    corrupt(pixels, image_len, noise, streams::measured_noise(first));
}

/// A picture with the noise that the one of this `number` in a set has.
///
/// # Errors
/// None that a picture can cause.
pub fn corrupted(image: &ImageBuf, noise: Noise, number: usize) -> Result<ImageBuf> {
    let mut pixels = image.to_unit_floats();
    let length = pixels.len();
    corrupt_measured(&mut pixels, length, noise, number);
    ImageBuf::from_unit_floats(image.width(), image.height(), &pixels)
        .ok_or_else(|| Error::Invalid("the noisy picture has the wrong size".into()))
}

/// Picture `k` draws from the stream `first + k`.
fn corrupt(pixels: &mut [f32], image_len: usize, noise: Noise, first: u64) {
    let images = pixels.par_chunks_exact_mut(image_len.max(1)).enumerate();
    images.for_each(|(k, image)| corrupt_image(image, noise, first + k as u64));
}

fn corrupt_image(image: &mut [f32], Noise { corruption, seed }: Noise, stream: u64) {
    // One draw a pixel decides: the pixels that stronger noise hits include those that weaker noise hits.
    let hit = |image: &mut [f32], value: &dyn Fn(f64) -> Option<f32>| {
        let draws = random::uniform(seed, stream, image.len() / 3);
        for (pixel, draw) in image.chunks_exact_mut(3).zip(draws) {
            if let Some(value) = value(f64::from(draw)) {
                pixel.fill(value);
            }
        }
    };
    match corruption {
        Corruption::Gaussian(sigma) => {
            let draws = random::standard_normal(seed, stream, image.len());
            for (value, draw) in image.iter_mut().zip(draws) {
                *value = (*value + sigma as f32 * draw).clamp(0.0, 1.0);
            }
        }
        // Pepper at the lower end of the draws' range, salt at the upper one.
        Corruption::SaltPepper(part) => hit(image, &|draw| match () {
            () if draw < part / 2.0 => Some(0.0),
            () if draw >= 1.0 - part / 2.0 => Some(1.0),
            () => None,
        }),
        Corruption::Mask(part) => hit(image, &|draw| (draw < part).then_some(0.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEN: usize = 48 * 48 * 3;

    fn noisy(corruption: Corruption, seed: u64) -> Vec<f32> {
        let mut pixels = vec![0.5; 4 * LEN];
        corrupt_batch(&mut pixels, LEN, Noise { corruption, seed }, at(7));
        pixels
    }

    /// Four pictures, all of an update.
    fn at(step: usize) -> BatchPlace {
        BatchPlace { step, first: 0, of: 4 }
    }

    /// Share of the values for which `is` holds, with the five standard errors that it may be off by.
    fn share(pixels: &[f32], is: impl Fn(f32) -> bool, expected: f64) -> (f64, f64) {
        let n = pixels.len() as f64;
        let found = pixels.iter().filter(|v| is(**v)).count() as f64 / n;
        // The three channels of a pixel are one draw.
        (found - expected, 5.0 * (expected * (1.0 - expected) / (n / 3.0)).sqrt())
    }

    #[test]
    fn gaussian_noise_has_its_standard_deviation_and_stays_in_range() {
        let pixels = noisy(Corruption::Gaussian(0.1), 1);
        let n = pixels.len() as f64;
        let mean = pixels.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let variance = pixels.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
        assert!((mean - 0.5).abs() < 5.0 * 0.1 / n.sqrt(), "{mean}");
        assert!((variance - 0.01).abs() < 5.0 * 0.01 * (2.0 / n).sqrt(), "{variance}");
        assert!(noisy(Corruption::Gaussian(1.0), 1).iter().all(|v| (0.0..=1.0).contains(v)));
    }

    #[test]
    fn salt_and_pepper_are_as_likely_and_hit_whole_pixels() {
        let pixels = noisy(Corruption::SaltPepper(0.3), 1);
        for (is, expected) in [(0.0, 0.15), (1.0, 0.15), (0.5, 0.7)] {
            let (off, tolerance) = share(&pixels, |v| v == is, expected);
            assert!(off.abs() < tolerance, "{is}: {off}");
        }
        assert!(pixels.chunks(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    }

    #[test]
    fn a_mask_blackens_its_part_and_a_stronger_one_the_same_pixels_and_more() {
        let pixels = noisy(Corruption::Mask(0.25), 1);
        let (off, tolerance) = share(&pixels, |v| v == 0.0, 0.25);
        assert!(off.abs() < tolerance, "{off}");
        let more = noisy(Corruption::Mask(0.5), 1);
        assert!(pixels.iter().zip(&more).all(|(weak, strong)| *weak != 0.0 || *strong == 0.0));
        assert_eq!(noisy(Corruption::Mask(0.0), 1), vec![0.5; 4 * LEN]);
        assert_eq!(noisy(Corruption::Mask(1.0), 1), vec![0.0; 4 * LEN]);
    }

    #[test]
    fn noise_depends_on_seed_and_number_alone() {
        let corruption = Corruption::Gaussian(0.2);
        let noise = Noise { corruption, seed: 3 };
        assert_eq!(noisy(corruption, 3), noisy(corruption, 3));
        assert_ne!(noisy(corruption, 3), noisy(corruption, 4));
        let measured = |first: usize, count: usize| {
            let mut pixels = vec![0.5; count * LEN];
            corrupt_measured(&mut pixels, LEN, noise, first);
            pixels
        };
        assert_eq!(measured(0, 4)[LEN..], measured(1, 3), "the cut into batches does not matter");
        assert_ne!(measured(0, 1), measured(1, 1), "every picture has noise of its own");
        let mut next_step = vec![0.5; 4 * LEN];
        corrupt_batch(&mut next_step, LEN, noise, at(8));
        assert_ne!(next_step, noisy(corruption, 3));
    }
}
