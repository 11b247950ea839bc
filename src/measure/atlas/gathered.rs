//! Numbers of the images and draws of a map.

use std::time::Instant;

use super::numbers::Codes;
use super::order::AtlasOrder;
use super::subject::Subject;
use crate::config::AtlasSpace;
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::metrics::features::Features;
use crate::observer::Observer;
use crate::run::TrainedModel;

/// Codes that are decoded at once.
const BATCH: usize = 32;

/// Numbers of images and draws.
pub struct Numbers {
    /// Numbers that the map is made of, a row a point.
    pub rows: Features,
    /// Rows of the images alone.
    pub of_images: Features,
    /// Codes, a row a point; of a model that encodes.
    pub codes: Option<Vec<f32>>,
    /// KL of the images' posteriors; of variational models.
    pub kl: Option<Vec<f32>>,
    /// Pictures of the draws.
    pub drawn: Vec<ImageBuf>,
}

impl Numbers {
    /// Encodes, draws and looks.
    ///
    /// # Errors
    /// Too many pixels; what model, extractor and images meet; [`Error::Cancelled`].
    pub fn gather(order: &AtlasOrder, subject: &Subject, observer: &mut dyn Observer) -> Result<Self> {
        let images = subject.images();
        let extractor = match &order.space {
            AtlasSpace::Features(source) => Some(Extractor::open(source)?),
            AtlasSpace::Codes | AtlasSpace::Pixels => None,
        };
        let codes = subject.encoder().map(|named| named.codes(&images, observer)).transpose()?;
        let (drawn_codes, drawn) = match &subject.model {
            Some(named) if order.draws > 0 => draw(&named.model, order, observer)?,
            _ => (Vec::new(), Vec::new()),
        };
        let (of_images, of_draws) = match (&order.space, &extractor, &codes) {
            (AtlasSpace::Codes, _, Some(codes)) => (codes.mu.clone(), drawn_codes.clone()),
            (AtlasSpace::Features(_), Some(extractor), _) => {
                let of_images = images.features(extractor, observer)?;
                (of_images, seen(&drawn, extractor, observer)?)
            }
            _ => (images.pixels()?, drawn.iter().flat_map(ImageBuf::to_unit_floats).collect()),
        };
        let dim = of_images.len() / subject.indices.len();
        let rows = Features::from_f32([&of_images[..], &of_draws].concat(), dim)?;
        let of_images = Features::from_f32(of_images, dim)?;
        let (codes, kl) = match codes {
            Some(Codes { mu, kl }) => (Some([mu, drawn_codes].concat()), kl),
            None => (None, None),
        };
        Ok(Self { rows, of_images, codes, kl, drawn })
    }
}

/// Codes and pictures of draws from a model.
fn draw(
    model: &TrainedModel,
    order: &AtlasOrder,
    observer: &mut dyn Observer,
) -> Result<(Vec<f32>, Vec<ImageBuf>)> {
    let mut pace = ProgressMeter::new("Drawing from the model", order.draws, Instant::now());
    let codes = model.codes_of(&model.sample(order.draws, order.seed)?)?;
    let mut images = Vec::with_capacity(codes.len());
    for some in codes.chunks(BATCH) {
        if observer.progress(pace.progress(images.len(), Instant::now())).is_break() {
            return Err(Error::Cancelled);
        }
        images.extend(in_pool(|| model.decode(some))?);
    }
    Ok((codes.concat(), images))
}

/// Features of pictures, a row each.
fn seen(pictures: &[ImageBuf], extractor: &Extractor, observer: &mut dyn Observer) -> Result<Vec<f32>> {
    if pictures.is_empty() {
        return Ok(Vec::new());
    }
    let picture = |at: usize| Ok(pictures[at].clone());
    Ok(extractor
        .of_each(pictures.len(), picture, &mut |progress| observer.progress(progress))?
        .to_f32()
        .into_owned())
}
