//! Codes of faces, wherever these come from.

use std::ops::ControlFlow;
use std::path::Path;

use super::protocol::{Crop, FaceSource};
use super::registry::Registry;
use crate::data::decode::decode_image;
use crate::data::source::Source;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::run::TrainedModel;

/// Images that are taken of a folder.
const MOST_IMAGES: usize = 1000;
/// Images that are read and encoded between two looks for something more urgent.
const AT_ONCE: usize = 4;

/// The codes of faces in a model. Between some of them it asks whether it may go on; none, if not.
///
/// # Errors
/// A photo that is not open, a folder without a readable image, photos for a model without an encoder.
pub fn codes_of_faces(
    model: &TrainedModel,
    registry: &Registry,
    faces: &[FaceSource],
    may_go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Vec<Vec<f32>>>> {
    let mut codes = Vec::new();
    for face in faces {
        match face {
            FaceSource::Point(point) => codes.extend(model.codes_of(std::slice::from_ref(point))?),
            FaceSource::Photo { photo, crop } => {
                let input = model.seen(&*registry.photo(*photo)?, *crop)?;
                codes.extend(model.encode(&[input])?.mu);
            }
            FaceSource::Atlas { atlas, points } => {
                let found = registry.atlas(*atlas)?.codes_of(points)?;
                if found.iter().any(|code| code.len() != model.latent_dim()) {
                    return Err(Error::Invalid("the map is made of the codes of another model".into()));
                }
                codes.extend(found);
            }
            FaceSource::Images(path) => match codes_in(model, path, may_go_on)? {
                Some(found) => codes.extend(found),
                None => return Ok(None),
            },
        }
    }
    Ok(Some(codes))
}

fn codes_in(
    model: &TrainedModel,
    path: &Path,
    may_go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Vec<Vec<f32>>>> {
    let source = Source::open(path, &mut |_| ControlFlow::Continue(()))?;
    let images = &source.images()[..source.images().len().min(MOST_IMAGES)];
    let mut codes = Vec::new();
    for images in images.chunks(AT_ONCE) {
        if !may_go_on() {
            return Ok(None);
        }
        let read = images.iter().map(|image| decode_image(&image.path, source.read(image)?));
        // What cannot be read is left out, as everywhere.
        let inputs: Vec<ImageBuf> = read
            .filter_map(Result::ok)
            .map(|image| model.seen(&image, Crop::default()))
            .collect::<Result<_>>()?;
        if !inputs.is_empty() {
            codes.extend(model.encode(&inputs)?.mu);
        }
    }
    match codes.is_empty() {
        true => Err(Error::file(path, "none of its images could be read")),
        false => Ok(Some(codes)),
    }
}
