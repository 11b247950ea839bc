//! The thread that answers questions. It reads what is open, and the sheets that runs have written,
//! and changes nothing, so a question that fails, or panics, leaves everything as it was.

use std::cell::OnceCell;

use super::mailbox::{Mailbox, Question};
use super::outbox::{Outbox, guard};
use super::photos;
use super::protocol::{Answer, Event, FeatureChange, Query, Slot, WalkFilm};
use super::registry::Registry;
use crate::config::{ExtractorSource, check_frames, even_times};
use crate::data::decode::read_image;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::latent::traversal::traverse;
use crate::latent::walk;
use crate::memory;
use crate::metrics::change;
use crate::run::{TrainedModel, sheet_file};

/// Pixels decoded between two looks into the mailbox: four pictures of 64 × 64, some milliseconds.
const PIXELS_AT_ONCE: usize = 4 * 64 * 64;
/// Pictures seen by the embedded network between two looks into the mailbox.
const SEEN_AT_ONCE: usize = 4;
/// Pictures in one answer; more than anyone can look at, and few enough to hold in memory.
const MOST_PICTURES: usize = 4096;

/// Answers questions until the mailbox closes.
pub fn run(mailbox: &Mailbox, registry: &Registry, outbox: &Outbox) {
    let explorer = Explorer { mailbox, registry, outbox, extractor: OnceCell::new() };
    while let Some(question) = mailbox.take() {
        explorer.answer_question(question);
    }
}

/// Codes decoded in one go, so that a more urgent question waits for some milliseconds at most.
pub fn batch_size(image_size: usize) -> usize {
    (PIXELS_AT_ONCE / (image_size * image_size).max(1)).max(1)
}

struct Explorer<'a> {
    mailbox: &'a Mailbox,
    registry: &'a Registry,
    outbox: &'a Outbox,
    /// The embedded network, once something was measured with it.
    extractor: OnceCell<Extractor>,
}

impl Explorer<'_> {
    /// Answers one question; in silence if a newer one in its slot came meanwhile.
    fn answer_question(&self, question: Question) {
        let Question { slot, request, query } = question;
        let outbox = self.outbox.to(request);
        match guard("answering a question", || self.answer(slot, query)) {
            Ok(Some(answer)) => outbox.send(Event::Answered { slot, answer }),
            Ok(None) => (),
            Err(error) => outbox.fail(error.to_string()),
        }
    }

    /// `None` when nobody waits for the answer any more.
    fn answer(&self, slot: Slot, query: Query) -> Result<Option<Answer>> {
        match query {
            Query::Decode { model, codes } => {
                let model = self.registry.model(model)?;
                Ok(self.decode(&model, &codes, slot)?.map(Answer::Images))
            }
            Query::Sample { model, count, seed } => {
                let model = self.registry.model(model)?;
                limit(count)?;
                let codes = model.sample(count, seed)?;
                let images = self.decode(&model, &codes, slot)?;
                Ok(images.map(|images| Answer::Samples { codes, images }))
            }
            Query::Traverse { model, code, dim, span, steps } => {
                let model = self.registry.model(model)?;
                limit(steps)?;
                let codes = traverse(&code, &model.latent.center, &model.latent.scale, dim, span, steps)?;
                Ok(self.decode(&model, &codes, slot)?.map(Answer::Images))
            }
            Query::Reconstruct { model, photo, crop, noise } => {
                let (model, photo) = (self.registry.model(model)?, self.registry.photo(photo)?);
                let reconstruction = photos::reconstruct(&model, &photo, crop, noise)?;
                Ok(Some(Answer::Reconstruction(Box::new(reconstruction))))
            }
            Query::Walk { model, timeline, times } => {
                let model = self.registry.model(model)?;
                let codes = walk::codes(&timeline, &times)?;
                Ok(self.decode(&model, &codes, slot)?.map(Answer::Images))
            }
            Query::WalkFilm { model, timeline, frames, features } => {
                let model = self.registry.model(model)?;
                check_frames(frames)?;
                let codes = walk::codes(&timeline, &even_times(frames, timeline.looped))?;
                let Some(images) = self.decode(&model, &codes, slot)? else { return Ok(None) };
                let features = match features {
                    false => None,
                    true => match self.feature_change(&images, timeline.looped, slot)? {
                        None => return Ok(None),
                        change => change,
                    },
                };
                let change = change::of_pictures(&images, timeline.looped);
                Ok(Some(Answer::Film(Box::new(WalkFilm { images, change, features }))))
            }
            Query::Sheet { run, step } => {
                let sheet = read_image(&sheet_file(&run, step)?)?;
                Ok(Some(Answer::Images(vec![sheet])))
            }
        }
    }

    /// Decodes some codes at a time. Between them it answers what is more urgent (which goes at most as
    /// deep as there are slots), and gives up when a newer question in `slot` is waiting.
    fn decode(&self, model: &TrainedModel, codes: &[Vec<f32>], slot: Slot) -> Result<Option<Vec<ImageBuf>>> {
        limit(codes.len())?;
        memory::check("pictures", codes.len() as u64, 3 * (model.image_size() as u64).pow(2), 0)?;
        let mut images = Vec::with_capacity(codes.len());
        for codes in codes.chunks(batch_size(model.image_size())) {
            if !images.is_empty() && !self.goes_on(slot) {
                return Ok(None);
            }
            images.extend(model.decode_points(codes)?);
        }
        Ok(Some(images))
    }

    /// Distances between successive pictures in the embedded features; as patient as [`Self::decode`].
    fn feature_change(&self, images: &[ImageBuf], looped: bool, slot: Slot) -> Result<Option<FeatureChange>> {
        let extractor = match self.extractor.get() {
            Some(extractor) => extractor,
            None => {
                let opened = Extractor::open(&ExtractorSource::Embedded)?;
                self.extractor.get_or_init(|| opened)
            }
        };
        let mut features = Vec::with_capacity(images.len() * extractor.dim());
        for images in images.chunks(SEEN_AT_ONCE) {
            if !self.goes_on(slot) {
                return Ok(None);
            }
            features.extend(extractor.features(images)?);
        }
        let change = change::of_features(&features, extractor.dim(), looped);
        Ok(Some(FeatureChange { extractor: extractor.name().to_owned(), change }))
    }

    /// Answers what is more urgent than `slot`. Whether somebody still waits for an answer in it.
    fn goes_on(&self, slot: Slot) -> bool {
        while let Some(question) = self.mailbox.take_more_urgent(slot) {
            self.answer_question(question);
        }
        !self.mailbox.is_superseded(slot)
    }
}

fn limit(pictures: usize) -> Result<()> {
    if pictures > MOST_PICTURES {
        return Err(Error::Invalid(format!(
            "{pictures} pictures are too many at once; ask for {MOST_PICTURES} at most"
        )));
    }
    Ok(())
}
