//! Ways to remove noise, and the pictures that they are tried on.

use candle_core::Tensor;
use rayon::prelude::*;

use crate::config::{Noise, NoiseKind};
use crate::data::corruption::corrupt_measured;
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::filters::{Filter, FilterKind};
use crate::image_buf::ImageBuf;
use crate::metrics::PixelMetricsSum;
use crate::metrics::re::mse;
use crate::run::TrainedModel;

/// A way to remove noise.
pub enum Method<'a> {
    /// The noisy picture as it is.
    Nothing,
    /// A filter.
    Filter(Filter),
    /// A model with an encoder, by its name and one that is shorter.
    Model(&'a str, String, &'a TrainedModel),
}

/// Pictures with and without noise: each height × width × RGB, one after another.
pub struct Pictures {
    pub clean: Vec<f32>,
    pub noisy: Vec<f32>,
    size: usize,
}

impl Pictures {
    /// Images of a data set; `first` is the number of the first one's noise.
    pub fn new(dataset: &Dataset, indices: &[usize], noise: Noise, first: usize) -> Result<Self> {
        let size = dataset.image_size();
        let mut clean = Vec::with_capacity(indices.len() * size * size * 3);
        for index in indices {
            clean.extend(dataset.pixels(*index)?.iter().map(|value| f32::from(*value) / 255.0));
        }
        let mut noisy = clean.clone();
        corrupt_measured(&mut noisy, size * size * 3, noise, first);
        Ok(Pictures { clean, noisy, size })
    }

    /// Numbers of a picture.
    fn length(&self) -> usize {
        self.size * self.size * 3
    }

    /// Pictures in 8 bits.
    pub fn images(&self, pixels: &[f32]) -> Result<Vec<ImageBuf>> {
        let image = |pixels| ImageBuf::from_unit_floats(self.size, self.size, pixels);
        let wrong = || Error::Fault("a picture came back with another size; please report this".into());
        pixels.chunks_exact(self.length()).map(|pixels| image(pixels).ok_or_else(wrong)).collect()
    }
}

impl Method<'_> {
    /// Its name in tables.
    pub fn name(&self) -> String {
        match self {
            Method::Nothing => "noisy picture".into(),
            Method::Filter(filter) => filter.kind().label().into(),
            Method::Model(name, ..) => (*name).to_owned(),
        }
    }

    /// Its name where there is little room.
    pub fn short(&self) -> String {
        match self {
            Method::Nothing => "noisy".into(),
            Method::Filter(filter) if filter.kind() == FilterKind::NonLocalMeans => "NL means".into(),
            Method::Filter(filter) => filter.kind().label().into(),
            Method::Model(_, short, _) => short.clone(),
        }
    }

    /// Its settings, or the pictures that it learned from, in words.
    pub fn settings(&self) -> String {
        match self {
            Method::Nothing => String::new(),
            Method::Filter(filter) => filter.settings(),
            Method::Model(.., model) => match model.meta.config.noise {
                Some(noise) => format!("trained on {noise}"),
                None => "trained on clean pictures".into(),
            },
        }
    }

    /// The noisy pictures without noise, as far as it can.
    ///
    /// # Errors
    /// A computation that fails.
    pub fn apply(&self, pictures: &Pictures) -> Result<Vec<f32>> {
        match self {
            Method::Nothing => Ok(pictures.noisy.clone()),
            Method::Filter(filter) => filtered(*filter, pictures),
            Method::Model(.., model) => {
                let size = pictures.size;
                let shape = (pictures.noisy.len() / pictures.length(), size, size, 3);
                let batch = Tensor::from_vec(pictures.noisy.clone(), shape, model.device())?;
                let network = model.network();
                Ok(network.decode(&network.encode(&batch)?.mu)?.flatten_all()?.to_vec1()?)
            }
        }
    }
}

fn filtered(filter: Filter, pictures: &Pictures) -> Result<Vec<f32>> {
    let size = pictures.size;
    let each = pictures.noisy.par_chunks_exact(pictures.length());
    Ok(each.map(|picture| filter.apply(picture, size, size)).collect::<Result<Vec<_>>>()?.concat())
}

/// The filter of a kind that does best, by mean PSNR, on these pictures. Non-local means may know how strong the noise
/// is: the standard deviation of Gaussian noise, of other noise the root of its mean squared error on these pictures.
///
/// # Errors
/// No pictures.
pub fn tuned(kind: FilterKind, pictures: &Pictures, noise: NoiseKind, strength: f64) -> Result<Filter> {
    let deviation = match noise {
        NoiseKind::Gaussian => strength,
        NoiseKind::SaltPepper | NoiseKind::Mask => mse(&pictures.clean, &pictures.noisy).sqrt(),
    };
    let mut best: Option<(f64, Filter)> = None;
    for filter in kind.candidates(deviation) {
        let mut sum = PixelMetricsSum::default();
        sum.add(&pictures.clean, &filtered(filter, pictures)?, pictures.size, pictures.size)?;
        let psnr = sum.finish().map_or(f64::NEG_INFINITY, |metrics| metrics.psnr);
        if best.is_none_or(|(known, _)| psnr > known) {
            best = Some((psnr, filter));
        }
    }
    best.map(|(_, filter)| filter).ok_or_else(|| Error::Invalid("there is no filter to choose from".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 32;

    /// Pictures of one colour each, or with an edge, and noise on them.
    fn pictures(noise: NoiseKind, strength: f64, edge: bool) -> Pictures {
        let value = |at: usize| {
            let (picture, x) = (at / (SIZE * SIZE * 3), at / 3 % SIZE);
            0.3 + 0.1 * picture as f32 + if edge && x >= SIZE / 2 { 0.3 } else { 0.0 }
        };
        let clean: Vec<f32> = (0..4 * SIZE * SIZE * 3).map(value).collect();
        let mut noisy = clean.clone();
        corrupt_measured(&mut noisy, SIZE * SIZE * 3, Noise { corruption: noise.of(strength), seed: 0 }, 0);
        Pictures { clean, noisy, size: SIZE }
    }

    fn psnr(kind: FilterKind, pictures: &Pictures, noise: NoiseKind, strength: f64) -> f64 {
        let filter = tuned(kind, pictures, noise, strength).unwrap();
        let mut sum = PixelMetricsSum::default();
        sum.add(&pictures.clean, &filtered(filter, pictures).unwrap(), SIZE, SIZE).unwrap();
        sum.finish().unwrap().psnr
    }

    /// On one colour the widest mean is best, and means are better than medians.
    #[test]
    fn filters_are_set_for_what_they_see() {
        let flat = pictures(NoiseKind::Gaussian, 0.1, false);
        let of = |kind| psnr(kind, &flat, NoiseKind::Gaussian, 0.1);
        assert!(of(FilterKind::Gaussian) > of(FilterKind::Median) + 3.0);
        assert!(of(FilterKind::NonLocalMeans) > of(FilterKind::Median) + 3.0);
        let Filter::Gaussian { sigma } =
            tuned(FilterKind::Gaussian, &flat, NoiseKind::Gaussian, 0.1).unwrap()
        else {
            panic!("another filter")
        };
        let edge = pictures(NoiseKind::Gaussian, 0.1, true);
        let Filter::Gaussian { sigma: narrower } =
            tuned(FilterKind::Gaussian, &edge, NoiseKind::Gaussian, 0.1).unwrap()
        else {
            panic!("another filter")
        };
        assert!(narrower < sigma, "an edge asks for less: {narrower} {sigma}");
    }

    #[test]
    fn a_median_is_better_than_a_blur_against_salt_and_pepper() {
        let edge = pictures(NoiseKind::SaltPepper, 0.1, true);
        let of = |kind| psnr(kind, &edge, NoiseKind::SaltPepper, 0.1);
        assert!(of(FilterKind::Median) > of(FilterKind::Gaussian) + 5.0);
    }
}
