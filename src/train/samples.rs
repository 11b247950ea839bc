//! The sheet of pictures that a run writes now and then: always the same photos and the same draws, so
//! that leafing through the sheets shows the model learning.

use candle_core::{Device, Tensor};

use super::corruption::corrupted;
use super::trained_model::decode_floats;
use crate::config::{Noise, TrainConfig};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::latent::info::LatentInfo;
use crate::latent::sampling;
use crate::models::Model;

const COLUMNS: usize = 8;
const DRAWS: usize = 32;
const GAP: usize = 2;
const BACKGROUND: [u8; 3] = [24, 24, 27];

/// A row of photos (noisy ones for a denoising AE), a row of their reconstructions, then draws from the prior (for an AE: from the
/// Gaussian that fits its codes).
pub(super) fn sheet(
    model: &Model,
    config: &TrainConfig,
    dataset: &Dataset,
    photos: &[usize],
    latent: &LatentInfo,
    device: &Device,
) -> Result<ImageBuf> {
    let size = dataset.image_size();
    let photos = &photos[..photos.len().min(COLUMNS)];
    let mut tiles: Vec<ImageBuf> = Vec::new();
    for (&photo, number) in photos.iter().zip(0..) {
        let image = dataset.image(photo)?;
        tiles.push(match config.noise {
            None => image,
            Some(corruption) => corrupted(&image, Noise { corruption, seed: config.seed }, number)?,
        });
    }
    let pixels: Vec<f32> = tiles.iter().flat_map(ImageBuf::to_unit_floats).collect();
    let seen = Tensor::from_vec(pixels, (tiles.len(), size, size, 3), device)?;
    let codes = model.encode(&seen)?.mu.to_vec2::<f32>()?;
    // A short row is filled up, so that the draws begin on a row of their own.
    let blank = ImageBuf::filled(size, size, BACKGROUND);
    let fill = |tiles: &mut Vec<ImageBuf>| tiles.resize(tiles.len().next_multiple_of(COLUMNS), blank.clone());
    fill(&mut tiles);
    let mut decode = |codes: &[Vec<f32>]| -> Result<()> {
        for values in decode_floats(model, codes, config.model.latent_dim, device)? {
            tiles.extend(ImageBuf::from_unit_floats(size, size, &values));
        }
        fill(&mut tiles);
        Ok(())
    };
    decode(&codes)?;
    decode(&sampling::sample(latent, DRAWS, config.seed))?;
    ImageBuf::grid(&tiles, COLUMNS, GAP, BACKGROUND)
        .ok_or_else(|| Error::Invalid("there is no picture to show".into()))
}
