//! `morphospace bench features`

use std::ops::ControlFlow;

use super::work::Work;
use crate::config::ExtractorSource;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::random;

/// Features of random images of a size, on all cores.
pub fn work(source: ExtractorSource, count: usize, image_size: usize) -> Result<Work> {
    Work::new(count, 0, move || {
        let extractor = Extractor::open(&source)?;
        let length = image_size * image_size * 3;
        let picture = |index: usize| {
            let pixels = random::uniform(0, index as u64, length);
            ImageBuf::from_unit_floats(image_size, image_size, &pixels)
                .ok_or_else(|| Error::Invalid(format!("there are no images of {image_size} pixels a side")))
        };
        let images = (0..count).map(picture).collect::<Result<Vec<ImageBuf>>>()?;
        Ok(move || {
            let image = |index: usize| Ok(images[index].clone());
            extractor.extract(images.len(), image, &mut |_| ControlFlow::Continue(())).map(|_| ())
        })
    })
}
