//! Sharpness of a set of pictures.

use rayon::prelude::*;

use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::metrics::sharpness::{Spectra, Spectrum, laplacian_variance};

/// Sharpness of a set of pictures.
pub struct Sharpness {
    /// Variance of the Laplacian, mean over the pictures.
    pub variance: f64,
    pub spectrum: Spectrum,
}

impl Sharpness {
    /// Measures pictures of the size of the spectra.
    ///
    /// # Errors
    /// No picture; one of another size.
    pub fn of(images: &[ImageBuf], spectra: &Spectra) -> Result<Self> {
        let of_one = |image: &ImageBuf| {
            let pixels = image.to_unit_floats();
            let spectrum = spectra.of(&pixels)?;
            Ok((laplacian_variance(&pixels, image.width(), image.height()), spectrum))
        };
        let of_each = in_pool(|| images.par_iter().map(of_one).collect::<Result<Vec<_>>>())?;
        let (variances, spectra): (Vec<f64>, Vec<Spectrum>) = of_each.into_iter().unzip();
        let nothing = || Error::Invalid("there are no pictures to measure".into());
        Ok(Sharpness {
            variance: variances.iter().sum::<f64>() / variances.len().max(1) as f64,
            spectrum: Spectrum::mean(&spectra).ok_or_else(nothing)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::{SharpnessRow, Source};
    use super::*;
    use crate::filters::Filter;
    use crate::random;

    /// The answer is known: a blurred copy is less sharp than the pictures, noise is sharper, and the lowest
    /// frequencies hardly tell a blur.
    #[test]
    fn blur_lowers_sharpness_and_noise_raises_it() {
        let side = 32;
        let picture = |at: usize| {
            let draws = random::uniform(at as u64, 0, side * side * 3);
            let coarse = Filter::Gaussian { sigma: 2.0 }.apply(&draws, side, side).unwrap();
            let sharp: Vec<f32> = coarse.iter().map(|v| if *v > 0.5 { 0.8 } else { 0.2 }).collect();
            ImageBuf::from_unit_floats(side, side, &sharp).unwrap()
        };
        let real: Vec<ImageBuf> = (0..12).map(picture).collect();
        let blurred: Vec<ImageBuf> =
            real.iter().map(|image| Filter::Gaussian { sigma: 1.0 }.apply_to(image).unwrap()).collect();
        let noise = |at: usize| {
            ImageBuf::from_unit_floats(side, side, &random::uniform(at as u64, 1, side * side * 3))
        };
        let noise: Vec<ImageBuf> = (0..12).map(|at| noise(at).unwrap()).collect();
        let spectra = Spectra::new(side).unwrap();
        let of = |images: &[ImageBuf]| Sharpness::of(images, &spectra).unwrap();
        let (real, blurred, noise) = (of(&real), of(&blurred), of(&noise));
        let row = |sharpness: &Sharpness| SharpnessRow::new("a", Source::Draws, None, sharpness, &real);
        let (same, blurred, noise) = (row(&real), row(&blurred), row(&noise));
        assert_eq!((same.sharpness, same.distance, same.high), (1.0, 0.0, 1.0));
        assert!(blurred.sharpness < 0.5 && blurred.high < 0.5 && blurred.distance > 3.0, "{blurred:?}");
        assert!(noise.sharpness > 2.0 && noise.distance > 3.0, "{noise:?}");
    }
}
