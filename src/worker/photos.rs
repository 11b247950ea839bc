//! Photos that people open.

use std::ops::RangeInclusive;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::crops;
use super::origin::PhotoCopy;
use super::protocol::{Filtered, FoundFace, NoisyInput, PhotoId, PhotoInfo, Reconstruction};
use super::registry::Registry;
use crate::align::Aligner;
use crate::config::Noise;
use crate::crop::Crop;
use crate::data::corruption::corrupted;
use crate::data::decode::read_image;
use crate::error::{Error, Result};
use crate::filters::FilterKind;
use crate::image_buf::{ImageBuf, difference};
use crate::metrics::pixel_metrics;
use crate::report::{PixelMetrics, PriorInfo};
use crate::resample::{crop_resize, fit_within};
use crate::run::TrainedModel;

/// Photos are kept with at most this many pixels on the longer side: eight times the largest model's
/// image, so that a small face in a large photo still fills it.
pub const LONGEST: usize = 2048;
/// Sides of pictures that are filtered: those of models.
const SIDES: RangeInclusive<usize> = 8..=1024;
/// Longer side of the preview in pixels.
const PREVIEW: usize = 768;

/// Reads a photo, upright, and registers it.
///
/// # Errors
/// A file that cannot be read or is no image; what [`keep`] meets.
pub fn open(path: &Path, registry: &Registry, find_faces: bool) -> Result<PhotoInfo> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let image = read_image(path)?;
    Ok(PhotoInfo { path: Some(path.to_owned()), ..keep(name, image, registry, find_faces)? })
}

/// Registers a picture, with the faces in it if these are to be found.
///
/// # Errors
/// Finding faces that fails.
pub fn keep(name: String, image: ImageBuf, registry: &Registry, find_faces: bool) -> Result<PhotoInfo> {
    let (width, height) = (image.width(), image.height());
    let image = if width.max(height) > LONGEST { fit_within(&image, LONGEST) } else { image };
    let preview = if width.max(height) > PREVIEW { fit_within(&image, PREVIEW) } else { image.clone() };
    let faces = find_faces.then(|| Aligner::shipped()?.faces(&image)).transpose()?;
    let content = xxh3_64(image.pixels());
    let remembered = crops::recall(content);
    let copy = PhotoCopy::of(&image);
    let id = registry.add_photo(image, copy);
    Ok(PhotoInfo { id, name, path: None, width, height, preview, faces, content, remembered })
}

/// The faces in an open photo.
///
/// # Errors
/// A photo that is not open; finding faces that fails.
pub fn faces(photo: PhotoId, registry: &Registry) -> Result<Vec<FoundFace>> {
    Aligner::shipped()?.faces(&*registry.photo(photo)?)
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
    let input = model.seen(photo, crop)?;
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

/// Photo → crop → noise → filter, with the numbers of the pictures as they are shown, in 8 bits.
///
/// # Errors
/// Noise of an impossible strength, a side that no model has.
pub fn filtered(
    photo: &ImageBuf,
    crop: Crop,
    side: usize,
    noise: Noise,
    kind: FilterKind,
) -> Result<Filtered> {
    if !SIDES.contains(&side) {
        return Err(Error::Invalid(format!("pictures of {side} pixels a side are not filtered")));
    }
    let input = crop_resize(photo, crop, side);
    let noisy = with_noise(&input, Some(noise))?.map_or_else(|| input.clone(), |noisy| noisy.image);
    let filter = kind.usual(noise.corruption);
    let output = filter.apply_to(&noisy)?;
    let (difference, metrics) = (difference(&input, &output), agreement(&input, &output)?);
    Ok(Filtered { filter: filter.label(), output, difference, metrics })
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
        let info = keep("wide".into(), ImageBuf::filled(3000, 300, [9, 8, 7]), &registry, true).unwrap();
        assert_eq!(info.faces, Some(Vec::new()));
        assert_eq!((info.width, info.height), (3000, 300));
        assert_eq!((info.preview.width(), info.preview.height()), (768, 77));
        let kept = registry.photo(info.id).unwrap();
        assert_eq!((kept.width(), kept.height()), (2048, 205));
        let small = ImageBuf::filled(5, 4, [1, 2, 3]);
        let info = keep("small".into(), small.clone(), &registry, false).unwrap();
        assert_eq!((info.preview, info.faces), (small, None));
        assert_eq!(PhotoCopy::of(&kept).read().unwrap(), *kept);
    }
}
