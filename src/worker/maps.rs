//! Answers to questions of maps.

use super::protocol::{AtlasAnswer, AtlasQuery};
use super::registry::Registry;
use crate::crop::Crop;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::measure::atlas::Atlas;
use crate::resample::crop_resize;

/// Pictures, faces or places in one question.
const MOST: usize = 4096;
/// Pictures that are read between two looks for something more urgent.
const AT_ONCE: usize = 16;

/// Answers a question; none when `go_on`, which is asked now and then, says that nobody waits any more.
///
/// # Errors
/// More pictures than anybody can look at; a photo that is not open; images that cannot be read.
pub fn answer(
    atlas: &Atlas,
    registry: &Registry,
    query: AtlasQuery,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<AtlasAnswer>> {
    Ok(match query {
        AtlasQuery::Pictures { points, side } => {
            limit(points.len())?;
            pictures(atlas, &points, side, go_on)?.map(|images| AtlasAnswer::Pictures { points, images })
        }
        AtlasQuery::Places(at) => {
            limit(at.len())?;
            atlas.places(&at, go_on)?.map(AtlasAnswer::Places)
        }
        AtlasQuery::Face(spot) => Some(AtlasAnswer::Face(atlas.face(spot)?)),
        AtlasQuery::Selection(points) => atlas.select(points, go_on)?.map(AtlasAnswer::Selection),
        AtlasQuery::Photo { photo, crop } => {
            let picture = crop_resize(&*registry.photo(photo)?, crop, atlas.image_size());
            let (at, neighbors) = atlas.place(&picture)?;
            Some(AtlasAnswer::Photo { photo, at, neighbors })
        }
        AtlasQuery::Faces(points) => {
            limit(points.len())?;
            let (codes, images) = atlas.faces(&points)?;
            Some(AtlasAnswer::Faces { points, codes, images })
        }
    })
}

fn pictures(
    atlas: &Atlas,
    points: &[u32],
    side: usize,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Vec<ImageBuf>>> {
    let side = side.clamp(8, atlas.image_size().max(8));
    let mut images = Vec::with_capacity(points.len());
    for some in points.chunks(AT_ONCE) {
        if !images.is_empty() && !go_on() {
            return Ok(None);
        }
        for point in some {
            let picture = atlas.picture(*point)?;
            images.push(match picture.width() == side {
                true => picture,
                false => crop_resize(&picture, Crop::default(), side),
            });
        }
    }
    Ok(Some(images))
}

fn limit(count: usize) -> Result<()> {
    if count > MOST {
        return Err(Error::Invalid(format!("{count} faces are too many at once; ask for {MOST} at most")));
    }
    Ok(())
}
