//! Photos that people open.

use std::path::Path;

use super::origin::PhotoCopy;
use super::protocol::{NoisyInput, PhotoInfo, Reconstruction};
use super::registry::Registry;
use crate::config::Noise;
use crate::crop::Crop;
use crate::data::corruption::corrupted;
use crate::data::decode::read_image;
use crate::data::resize::{crop_resize, fit_within};
use crate::error::{Error, Result};
use crate::image_buf::{ImageBuf, difference};
use crate::metrics::pixel_metrics;
use crate::report::{PixelMetrics, PriorInfo};
use crate::run::TrainedModel;

/// Photos are kept with at most this many pixels on the longer side: eight times the largest model's
/// image, so that a small face in a large photo still fills it.
pub const LONGEST: usize = 2048;
/// Longer side of the preview in pixels.
const PREVIEW: usize = 768;

/// Reads a photo, upright, and registers it.
///
/// # Errors
/// A file that cannot be read or is no image.
pub fn open(path: &Path, registry: &Registry) -> Result<PhotoInfo> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let image = read_image(path)?;
    Ok(PhotoInfo { path: Some(path.to_owned()), ..keep(name, image, registry) })
}

/// Registers a picture.
pub fn keep(name: String, image: ImageBuf, registry: &Registry) -> PhotoInfo {
    let (width, height) = (image.width(), image.height());
    let image = if width.max(height) > LONGEST { fit_within(&image, LONGEST) } else { image };
    let preview = if width.max(height) > PREVIEW { fit_within(&image, PREVIEW) } else { image.clone() };
    let copy = PhotoCopy::of(&image);
    PhotoInfo { id: registry.add_photo(image, copy), name, path: None, width, height, preview }
}

/// Photo → crop → noise → encode → decode, with the numbers of the pictures as they are shown, in 8 bits.
///
/// # Errors
/// Noise of an impossible strength, a model that fails.
pub fn reconstruct(
    model: &TrainedModel,
    photo: &ImageBuf,
    crop: Crop,
    noise: Option<Noise>,
) -> Result<Reconstruction> {
    let nothing = || Error::Invalid("the model gave no picture".into());
    let input = crop_resize(photo, crop, model.image_size());
    let noisy = with_noise(&input, noise)?;
    let seen = noisy.as_ref().map_or(&input, |noisy| &noisy.image);
    let code = model.encode(std::slice::from_ref(seen))?.mu.pop().ok_or_else(nothing)?;
    let output = model.decode(std::slice::from_ref(&code))?.pop().ok_or_else(nothing)?;
    let (point, residual) = point_and_residual(model, code)?;
    let through_prior = match residual.is_empty() {
        true => None,
        false => {
            let back = model.decode_points(std::slice::from_ref(&point))?.pop().ok_or_else(nothing)?;
            Some(agreement(&output, &back)?.re)
        }
    };
    let (difference, metrics) = (difference(&input, &output), agreement(&input, &output)?);
    // A photo that is no training image as it lies here may be one in another crop or before it was made smaller.
    let trained_on = model.trained_on.as_ref().filter(|known| known.has(&input)).map(|_| 1);
    let code = point;
    Ok(Reconstruction {
        input,
        noisy,
        output,
        difference,
        code,
        metrics,
        through_prior,
        residual,
        trained_on,
    })
}

/// The point of a code, and what the way there and back loses of it; empty where the prior has no noise.
///
/// # Errors
/// A prior that fails.
pub fn point_and_residual(model: &TrainedModel, code: Vec<f32>) -> Result<(Vec<f32>, Vec<f32>)> {
    if !model.meta.prior.as_ref().is_some_and(PriorInfo::has_noise) {
        return Ok((code, Vec::new()));
    }
    let point = model.points_of(vec![code.clone()])?.concat();
    let back = model.code_of_point(&point)?;
    let residual = code.iter().zip(&back).map(|(code, back)| code - back).collect();
    Ok((point, residual))
}

/// A picture with noise on it, if there is any.
///
/// # Errors
/// Noise of an impossible strength.
pub fn with_noise(input: &ImageBuf, noise: Option<Noise>) -> Result<Option<NoisyInput>> {
    let Some(noise) = noise else { return Ok(None) };
    noise.corruption.validate().map_err(Error::Invalid)?;
    let image = corrupted(input, noise, 0)?;
    Ok(Some(NoisyInput { metrics: agreement(input, &image)?, image }))
}

/// Agreement of two pictures of one size.
///
/// # Errors
/// Pictures of different sizes.
pub fn agreement(a: &ImageBuf, b: &ImageBuf) -> Result<PixelMetrics> {
    pixel_metrics(&[(a.clone(), b.clone())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::origin::Origin as _;

    #[test]
    fn a_large_photo_is_kept_smaller_but_tells_its_own_size() {
        let registry = Registry::default();
        let info = keep("wide".into(), ImageBuf::filled(3000, 300, [9, 8, 7]), &registry);
        assert_eq!((info.width, info.height), (3000, 300));
        assert_eq!((info.preview.width(), info.preview.height()), (768, 77));
        let kept = registry.photo(info.id).unwrap();
        assert_eq!((kept.width(), kept.height()), (2048, 205));
        let small = ImageBuf::filled(5, 4, [1, 2, 3]);
        assert_eq!(keep("small".into(), small.clone(), &registry).preview, small);
        assert_eq!(PhotoCopy::of(&kept).read().unwrap(), *kept);
    }
}
