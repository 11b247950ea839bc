//! Copy check of a model's draws: the images that it was trained on and those that it was not, seen as the draws are.

use std::ops::ControlFlow;
use std::time::Instant;

use crate::config::Split;
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::data::partition::Partition;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::metrics::copying::copy_check;
use crate::metrics::features::Features;
use crate::observer::Observer;
use crate::report::{CopyCheck, CopySpace};
use crate::run::TrainedModel;

/// Pictures that are encoded at once.
const BATCH: usize = 64;

/// The images of a data set, to check draws of models against.
pub struct CopyChecker<'a> {
    dataset: &'a Dataset,
    extractor: &'a Extractor,
    /// Of all images, as soon as they are needed.
    features: Option<Features>,
}

impl<'a> CopyChecker<'a> {
    /// Sees nothing yet.
    pub fn new(dataset: &'a Dataset, extractor: &'a Extractor) -> Self {
        Self { dataset, extractor, features: None }
    }

    /// Checks draws of a model, by the features `drawn` and, where it has an encoder, by the codes that this gives the
    /// pictures of the latent `points`. Nothing comes back where it is not known what the model was trained on, or
    /// nothing or all of it is here.
    ///
    /// # Errors
    /// Images that cannot be seen or encoded; [`Error::Cancelled`] when `observer` broke.
    pub fn check(
        &mut self,
        model: &TrainedModel,
        points: &[Vec<f32>],
        drawn: &Features,
        observer: &mut dyn Observer,
    ) -> Result<Vec<CopyCheck>> {
        let Some([train, unseen]) = trained_and_unseen(model, self.dataset)? else { return Ok(Vec::new()) };
        let features = match self.features.take() {
            Some(features) => features,
            None => {
                let observer = &mut |progress| observer.progress(progress);
                self.extractor.of_squares(self.dataset, Split::All, observer)?.features
            }
        };
        let features = self.features.insert(features);
        let sets = [features.rows(&train), features.rows(&unseen)];
        let mut checks = vec![compare(CopySpace::Features, sets, drawn, observer)?];
        if model.meta.config.model.kind.has_encoder() {
            let picture =
                |indices: &[usize]| indices.iter().map(|index| self.dataset.image(*index)).collect();
            let sets = [
                encode(model, train.chunks(BATCH), picture, observer)?,
                encode(model, unseen.chunks(BATCH), picture, observer)?,
            ];
            let drawn = encode(model, points.chunks(BATCH), |points| model.decode_points(points), observer)?;
            checks.push(compare(CopySpace::Codes, sets, &drawn, observer)?);
        }
        Ok(checks)
    }
}

/// The images that a model was trained on, and the others; none where that cannot be told, or one of both is empty.
fn trained_and_unseen(model: &TrainedModel, dataset: &Dataset) -> Result<Option<[Vec<usize>; 2]>> {
    let all = dataset.indices(Split::All);
    let is_trained_on = match &model.trained_on {
        Some(known) => known.which(dataset, &all)?,
        None if dataset.is_of(model.meta.naming, &model.meta.data_fingerprint)? => {
            let mut is_trained_on = vec![false; all.len()];
            Partition::new(dataset).train.into_iter().for_each(|index| is_trained_on[index] = true);
            Some(is_trained_on)
        }
        None => None,
    };
    let Some(is_trained_on) = is_trained_on else { return Ok(None) };
    let (train, unseen): (Vec<usize>, Vec<usize>) = all.into_iter().partition(|index| is_trained_on[*index]);
    Ok((!train.is_empty() && !unseen.is_empty()).then_some([train, unseen]))
}

fn compare(
    space: CopySpace,
    [train, unseen]: [Features; 2],
    drawn: &Features,
    observer: &mut dyn Observer,
) -> Result<CopyCheck> {
    let total = unseen.len() + drawn.len();
    let mut pace = ProgressMeter::new("Looking for the nearest training images", total, Instant::now());
    let mut watch = |done| observer.progress(pace.progress(done, Instant::now()));
    copy_check(space, [&train, &unseen], drawn, &mut watch)
}

/// The codes (the means of the posterior) that a model's encoder gives pictures, some at a time.
fn encode<'a, T: 'a + Sync>(
    model: &TrainedModel,
    chunks: std::slice::Chunks<'a, T>,
    pictures: impl Fn(&'a [T]) -> Result<Vec<ImageBuf>> + Sync,
    observer: &mut dyn Observer,
) -> Result<Features> {
    let total = chunks.clone().map(<[T]>::len).sum();
    let mut pace = ProgressMeter::new("Encoding images", total, Instant::now());
    let mut keep_going =
        |done: usize| observer.progress(pace.progress(done, Instant::now())) == ControlFlow::Continue(());
    in_pool(|| {
        let (mut values, mut done) = (Vec::new(), 0);
        for chunk in chunks {
            if !keep_going(done) {
                return Err(Error::Cancelled);
            }
            values.extend(model.encode(&pictures(chunk)?)?.mu.concat());
            done += chunk.len();
        }
        Features::from_f32(values, model.latent_dim())
    })
}
