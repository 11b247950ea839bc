//! The thread that answers questions. It reads what is open, and the sheets that runs have written,
//! and changes nothing, so a question that fails, or panics, leaves everything as it was.

use super::mailbox::{Mailbox, Question};
use super::outbox::{Outbox, guard};
use super::photos;
use super::protocol::{Answer, EditStart, Event, Query, Slot};
use super::registry::Registry;
use crate::data::decode::read_image;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::latent::interpolation::walk;
use crate::latent::traversal::traverse;
use crate::memory;
use crate::run::{TrainedModel, sheet_file};

/// Pixels decoded between two looks into the mailbox: four pictures of 64 × 64, some milliseconds.
const PIXELS_AT_ONCE: usize = 4 * 64 * 64;
/// Pictures in one answer; more than anyone can look at, and few enough to hold in memory.
const MOST_PICTURES: usize = 4096;

/// Answers questions until the mailbox closes.
pub fn run(mailbox: &Mailbox, registry: &Registry, outbox: &Outbox) {
    let explorer = Explorer { mailbox, registry, outbox };
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
            Query::Edit { model, from, offsets } => {
                let model = self.registry.model(model)?;
                let codes = edited(&model, from, &offsets)?;
                Ok(self.decode_codes(&model, &codes, slot)?.map(Answer::Images))
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
            Query::Walk { model, from, to, path, positions } => {
                let model = self.registry.model(model)?;
                let codes = walk(&from, &to, path, &positions)?;
                Ok(self.decode(&model, &codes, slot)?.map(Answer::Images))
            }
            Query::Sheet { run, step } => {
                let sheet = read_image(&sheet_file(&run, step)?)?;
                Ok(Some(Answer::Images(vec![sheet])))
            }
        }
    }

    /// Pictures of points.
    fn decode(&self, model: &TrainedModel, points: &[Vec<f32>], slot: Slot) -> Result<Option<Vec<ImageBuf>>> {
        self.in_batches(model, points, slot, TrainedModel::decode_points)
    }

    /// Pictures of codes.
    fn decode_codes(
        &self,
        model: &TrainedModel,
        codes: &[Vec<f32>],
        slot: Slot,
    ) -> Result<Option<Vec<ImageBuf>>> {
        self.in_batches(model, codes, slot, TrainedModel::decode)
    }

    /// Decodes some codes at a time. Between them it answers what is more urgent (which goes at most as
    /// deep as there are slots), and gives up when a newer question in `slot` is waiting.
    fn in_batches(
        &self,
        model: &TrainedModel,
        codes: &[Vec<f32>],
        slot: Slot,
        decode: impl Fn(&TrainedModel, &[Vec<f32>]) -> Result<Vec<ImageBuf>>,
    ) -> Result<Option<Vec<ImageBuf>>> {
        limit(codes.len())?;
        memory::check("pictures", codes.len() as u64, 3 * (model.image_size() as u64).pow(2), 0)?;
        let mut images = Vec::with_capacity(codes.len());
        for codes in codes.chunks(batch_size(model.image_size())) {
            if !images.is_empty() {
                while let Some(question) = self.mailbox.take_more_urgent(slot) {
                    self.answer_question(question);
                }
                if self.mailbox.is_superseded(slot) {
                    return Ok(None);
                }
            }
            images.extend(decode(model, codes)?);
        }
        Ok(Some(images))
    }
}

/// The code where an edit begins, with each of the offsets added.
fn edited(model: &TrainedModel, from: EditStart, offsets: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
    let latent_dim = model.latent_dim();
    let (EditStart::Point(start) | EditStart::Code(start)) = &from;
    if let Some(other) = offsets.iter().chain([start]).find(|numbers| numbers.len() != latent_dim) {
        return Err(Error::Invalid(format!(
            "this model's codes have {latent_dim} numbers, not {}",
            other.len()
        )));
    }
    let code = match from {
        EditStart::Code(code) => code,
        EditStart::Point(point) => model.codes_of(&[point])?.concat(),
    };
    Ok(offsets.iter().map(|offset| code.iter().zip(offset).map(|(c, o)| c + o).collect()).collect())
}

fn limit(pictures: usize) -> Result<()> {
    if pictures > MOST_PICTURES {
        return Err(Error::Invalid(format!(
            "{pictures} pictures are too many at once; ask for {MOST_PICTURES} at most"
        )));
    }
    Ok(())
}
