//! Pictures without colours, and without greys.

use crate::data::batches::BatchPlace;
use crate::image_buf::LUMA;
use crate::random::{self, streams};

/// One number a pixel from red, green and blue; a pixel that is grey keeps its number.
pub(crate) fn grey(pixels: &[f32]) -> Vec<f32> {
    let one = |[r, g, b]: &[f32; 3]| match r == g && g == b {
        true => *r,
        false => LUMA[0] * r + LUMA[1] * g + LUMA[2] * b,
    };
    pixels.as_chunks::<3>().0.iter().map(one).collect()
}

/// Pictures of an update with each pixel drawn white with the probability that its grey says, by the seed and their
/// place alone.
///
/// `pixels`: pictures of `image_len` numbers in [0, 1], one after another
pub(crate) fn binarize_batch(pixels: &mut [f32], image_len: usize, seed: u64, place: BatchPlace) {
    let first = streams::training_pixels(place.step, place.of) + place.first as u64;
    binarize(pixels, image_len, seed, first);
}

/// Pictures to be measured as [`binarize_batch`]; `first` is the number of the first one in its set. A picture is always
/// drawn alike.
pub(crate) fn binarize_measured(pixels: &mut [f32], image_len: usize, first: usize) {
    binarize(pixels, image_len, 0, streams::measured_pixels(first));
}

fn binarize(pixels: &mut [f32], image_len: usize, seed: u64, first: u64) {
    for (stream, image) in (first..).zip(pixels.chunks_exact_mut(image_len.max(1))) {
        let draws = random::uniform(seed, stream, image.len());
        image.iter_mut().zip(draws).for_each(|(value, draw)| *value = f32::from(u8::from(draw < *value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_pixels_stay_and_colours_become_their_luma() {
        assert_eq!(grey(&[0.25, 0.25, 0.25, 1.0, 0.0, 0.0]), [0.25, 0.299]);
    }

    #[test]
    fn black_and_white_stay_and_greys_are_drawn_by_their_probability() {
        let mut pixels: Vec<f32> = [0.0, 1.0].into_iter().chain([0.25; 9_998]).collect();
        let grey = pixels.clone();
        binarize_measured(&mut pixels, 10_000, 3);
        assert_eq!(pixels[..2], [0.0, 1.0]);
        let white = pixels[2..].iter().sum::<f32>() / 9_998.0;
        assert!((white - 0.25).abs() < 0.02 && pixels.iter().all(|v| [0.0, 1.0].contains(v)), "{white}");
        let mut again = grey.clone();
        binarize_measured(&mut again, 10_000, 3);
        assert_eq!(again, pixels);
        let [mut first, mut second] = [grey.clone(), grey];
        let at = |step| BatchPlace { step, first: 0, of: 1 };
        binarize_batch(&mut first, 10_000, 0, at(1));
        binarize_batch(&mut second, 10_000, 0, at(2));
        assert_ne!(first, second, "each update draws anew");
    }

    #[test]
    fn parts_of_a_batch_are_drawn_as_the_batch() {
        let mut whole = vec![0.5; 30];
        let mut part = whole[10..].to_vec();
        binarize_batch(&mut whole, 10, 1, BatchPlace { step: 4, first: 0, of: 3 });
        binarize_batch(&mut part, 10, 1, BatchPlace { step: 4, first: 1, of: 3 });
        assert_eq!(whole[10..], part);
    }
}
