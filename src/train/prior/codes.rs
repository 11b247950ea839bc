//! The codes that a prior is fitted to and measured on.

use candle_core::{Device, Tensor};

use crate::data::dataset::Dataset;
use crate::data::partition::Partition;
use crate::error::{Error, Result};
use crate::latent::statistics::Encoded;
use crate::memory;
use crate::models::Model;
use crate::models::inference::extend_encoded;
use crate::random::{self, streams};

/// Images encoded at once.
const BATCH: usize = 64;
/// Fewest images that a prior is measured on; where the validation split has fewer, some of the others are held out.
const FEWEST_HELD_OUT: usize = 16;
/// Part of the training images that is held out then.
const HELD_OUT: usize = 10;

/// Codes of the images of a data set.
pub struct PriorCodes {
    /// Of the images to fit to, each as it is and, if its model was trained so, mirrored.
    pub train: Encoded,
    /// Of those to measure on.
    pub held_out: Encoded,
    /// Images to fit to.
    pub images: usize,
}

impl PriorCodes {
    /// Encodes a data set. `watch` hears how many of how many images are done, and may cancel.
    ///
    /// # Errors
    /// Too few images; what the model meets; [`Error::Cancelled`].
    pub fn of(
        model: &Model,
        dataset: &Dataset,
        (latent_dim, is_variational, mirror): (usize, bool, bool),
        device: &Device,
        watch: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Self> {
        let Partition { mut train, validation: mut held_out } = Partition::new(dataset);
        if held_out.len() < FEWEST_HELD_OUT.min(train.len() / HELD_OUT) {
            held_out = train.split_off(train.len() - train.len() / HELD_OUT);
        }
        if train.len() < 2 || held_out.is_empty() {
            let n = dataset.len();
            return Err(Error::Invalid(format!(
                "a prior needs images to fit to and others to be measured on; {n} are too few"
            )));
        }
        let rows = train.len() * if mirror { 2 } else { 1 } + held_out.len();
        // As floats with their variances, and once more in double precision for the basis.
        memory::check("codes", rows as u64, latent_dim as u64 * 16, 0)?;
        let total = rows;
        let mut done = 0;
        let mut encode = |indices: &[usize], mirrored: &[bool]| -> Result<Encoded> {
            let mut encoded = Encoded { mu: Vec::new(), log_var: is_variational.then(Vec::new) };
            for &mirrored in mirrored {
                for indices in indices.chunks(BATCH) {
                    if !watch(done, total) {
                        return Err(Error::Cancelled);
                    }
                    extend_encoded(&mut encoded, model, &pictures(dataset, indices, mirrored, device)?)?;
                    done += indices.len();
                }
            }
            Ok(encoded)
        };
        let both: &[bool] = if mirror { &[false, true] } else { &[false] };
        Ok(Self { images: train.len(), train: encode(&train, both)?, held_out: encode(&held_out, &[false])? })
    }
}

/// Images as a batch (n, size, size, 3) in [0, 1], mirrored left to right or not.
fn pictures(dataset: &Dataset, indices: &[usize], mirrored: bool, device: &Device) -> Result<Tensor> {
    let size = dataset.image_size();
    let mut pixels: Vec<f32> = Vec::with_capacity(indices.len() * size * size * 3);
    for &index in indices {
        let image = dataset.pixels(index)?;
        for row in image.chunks_exact(size * 3) {
            let float = |value: &u8| f32::from(*value) / 255.0;
            match mirrored {
                false => pixels.extend(row.iter().map(float)),
                true => row.chunks_exact(3).rev().for_each(|pixel| pixels.extend(pixel.iter().map(float))),
            }
        }
    }
    Ok(Tensor::from_vec(pixels, (indices.len(), size, size, 3), device)?)
}

/// The deviation of each number's posterior, a root mean square over images; 1 for codes that are no distributions.
pub fn posterior_deviation(encoded: &Encoded) -> Vec<f32> {
    let latent_dim = encoded.mu.first().map_or(0, Vec::len);
    let Some(log_var) = &encoded.log_var else { return vec![1.0; latent_dim] };
    let mut sums = vec![0.0f64; latent_dim];
    for row in log_var {
        sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value).exp());
    }
    let deviation = |sum: &f64| (sum / log_var.len() as f64).sqrt().max(1e-6) as f32;
    sums.iter().map(deviation).collect()
}

/// A draw of each image's posterior, or its code where that is no distribution. What the decoder has learned is
/// draws, and a density of them is not as thin as that of the means.
pub fn drawn(encoded: &Encoded, seed: u64) -> Vec<Vec<f32>> {
    let Some(log_var) = &encoded.log_var else { return encoded.mu.clone() };
    let latent_dim = encoded.mu.first().map_or(0, Vec::len);
    let noise = random::standard_normal(seed, streams::POSTERIOR_CODES, encoded.mu.len() * latent_dim);
    let rows = encoded.mu.iter().zip(log_var).zip(noise.chunks_exact(latent_dim.max(1)));
    rows.map(|((mu, log_var), noise)| {
        let number = |((mu, log_var), eps): ((&f32, &f32), &f32)| mu + (0.5 * log_var).exp() * eps;
        mu.iter().zip(log_var).zip(noise).map(number).collect()
    })
    .collect()
}
