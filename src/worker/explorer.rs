//! The thread that answers questions. It reads what is open, and the sheets that runs have written,
//! and changes nothing, so a question that fails, or panics, leaves everything as it was.

use std::cell::OnceCell;
use std::time::{Duration, Instant};

use super::face_codes::codes_of_faces;
use super::mailbox::{Mailbox, Post, Question};
use super::maps;
use super::outbox::{Outbox, guard};
use super::photo_search::PhotoSearch;
use super::photos;
use super::protocol::{
    Answer, Crop, Event, FeatureChange, InversionConfig, ModelId, PhotoId, Query, RequestId, WalkFilm,
};
use super::registry::Registry;
use crate::config::{ExtractorSource, Noise, check_frames, even_times};
use crate::data::decode::read_image;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::latent::arithmetic::{between, weighted_sum};
use crate::latent::traversal::traverse;
use crate::latent::walk;
use crate::memory;
use crate::metrics::change;
use crate::run::{TrainedModel, sheet_file};

/// Pixels decoded between two looks into the mailbox: four pictures of 64 × 64, some milliseconds.
const PIXELS_AT_ONCE: usize = 4 * 64 * 64;
/// News of a search for a code are this far apart at least.
const BETWEEN_NEWS: Duration = Duration::from_millis(60);
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

/// Object of a search for the code of a photo.
struct InversionOrder {
    model: ModelId,
    photo: PhotoId,
    crop: Crop,
    noise: Option<Noise>,
    config: InversionConfig,
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
        match guard("answering a question", || self.answer(Post::new(slot, request), request, query)) {
            Ok(Some(answer)) => outbox.send(Event::Answered { slot, answer }),
            Ok(None) => (),
            Err(error) => outbox.fail(error.to_string()),
        }
    }

    /// `None` when nobody waits for the answer any more.
    fn answer(&self, post: Post, request: RequestId, query: Query) -> Result<Option<Answer>> {
        match query {
            Query::Decode { model, codes } => {
                let model = self.registry.model(model)?;
                Ok(self.decode(&model, &codes, post)?.map(Answer::Images))
            }
            Query::Edit { model, from, offsets } => {
                let model = self.registry.model(model)?;
                limit(offsets.len())?;
                let codes = model.edited(&model.code_of_point(&from)?, &offsets)?;
                Ok(self.decode_by(&model, &codes, post, TrainedModel::decode)?.map(Answer::Images))
            }
            Query::Blend { model, faces, sums } => {
                let model = self.registry.model(model)?;
                limit(sums.len())?;
                let faces = model.codes_of(&faces)?;
                let codes =
                    sums.iter().map(|weights| weighted_sum(&faces, weights)).collect::<Result<Vec<_>>>()?;
                let Some(images) = self.decode_by(&model, &codes, post, TrainedModel::decode)? else {
                    return Ok(None);
                };
                Ok(Some(Answer::Samples { codes: model.points_of(codes)?, images }))
            }
            Query::Difference { model, with, without } => {
                let model = self.registry.model(model)?;
                let mut may_go_on = || self.may_go_on(post);
                let (Some(with), Some(without)) = (
                    codes_of_faces(&model, self.registry, &with, &mut may_go_on)?,
                    codes_of_faces(&model, self.registry, &without, &mut may_go_on)?,
                ) else {
                    return Ok(None);
                };
                Ok(Some(Answer::Direction(between(&with, &without, &model.code_space().variance)?)))
            }
            Query::Invert { model, photo, crop, noise, config } => {
                self.invert((post, request), InversionOrder { model, photo, crop, noise, config })
            }
            Query::Sample { model, count, seed } => {
                let model = self.registry.model(model)?;
                limit(count)?;
                let codes = model.sample(count, seed)?;
                let images = self.decode(&model, &codes, post)?;
                Ok(images.map(|images| Answer::Samples { codes, images }))
            }
            Query::Traverse { model, code, dim, span, steps, shift } => {
                let model = self.registry.model(model)?;
                limit(steps)?;
                let points = traverse(&code, &model.latent.center, &model.latent.scale, dim, span, steps)?;
                let decode = |model: &TrainedModel, points: &[Vec<f32>]| model.decode_shifted(points, &shift);
                Ok(self.decode_by(&model, &points, post, decode)?.map(Answer::Images))
            }
            Query::Reconstruct { model, photo, crop, noise } => {
                let (model, photo) = (self.registry.model(model)?, self.registry.photo(photo)?);
                let reconstruction = photos::reconstruct(&model, &photo, crop, noise)?;
                Ok(Some(Answer::Reconstruction(Box::new(reconstruction))))
            }
            Query::Filter { photo, crop, side, noise, kind } => {
                let photo = self.registry.photo(photo)?;
                let filtered = photos::filtered(&photo, crop, side, noise, kind)?;
                Ok(Some(Answer::Filtered(Box::new(filtered))))
            }
            Query::Walk { model, timeline, times } => {
                let model = self.registry.model(model)?;
                let codes = walk::codes(&timeline, &times)?;
                Ok(self.decode(&model, &codes, post)?.map(Answer::Images))
            }
            Query::WalkFilm { model, timeline, frames, features } => {
                let model = self.registry.model(model)?;
                check_frames(frames)?;
                let codes = walk::codes(&timeline, &even_times(frames, timeline.looped))?;
                let Some(images) = self.decode(&model, &codes, post)? else { return Ok(None) };
                let features = match features {
                    false => None,
                    true => match self.feature_change(&images, timeline.looped, post)? {
                        None => return Ok(None),
                        change => change,
                    },
                };
                let change = change::of_pictures(&images, timeline.looped);
                Ok(Some(Answer::Film(Box::new(WalkFilm { images, change, features }))))
            }
            Query::Atlas { atlas, query } => {
                let atlas = self.registry.atlas(atlas)?;
                let answer = maps::answer(&atlas, self.registry, query, &mut || self.may_go_on(post))?;
                Ok(answer.map(|answer| Answer::Atlas(Box::new(answer))))
            }
            Query::Sheet { run, step } => {
                let sheet = read_image(&sheet_file(&run, step)?)?;
                Ok(Some(Answer::Images(vec![sheet])))
            }
        }
    }

    /// Pictures of points, see [`Explorer::decode_by`].
    fn decode(&self, model: &TrainedModel, points: &[Vec<f32>], post: Post) -> Result<Option<Vec<ImageBuf>>> {
        self.decode_by(model, points, post, TrainedModel::decode_points)
    }

    /// Decodes some codes or points at a time, by `decode`. Between them it answers what is more urgent, and gives up
    /// when nobody waits for this answer any more.
    fn decode_by(
        &self,
        model: &TrainedModel,
        codes: &[Vec<f32>],
        post: Post,
        decode: impl Fn(&TrainedModel, &[Vec<f32>]) -> Result<Vec<ImageBuf>>,
    ) -> Result<Option<Vec<ImageBuf>>> {
        limit(codes.len())?;
        memory::check("pictures", codes.len() as u64, 3 * (model.image_size() as u64).pow(2), 0)?;
        let mut images = Vec::with_capacity(codes.len());
        for codes in codes.chunks(batch_size(model.image_size())) {
            if !images.is_empty() && !self.may_go_on(post) {
                return Ok(None);
            }
            images.extend(decode(model, codes)?);
        }
        Ok(Some(images))
    }

    /// Distances between successive pictures in the embedded features; as patient as [`Self::decode`].
    fn feature_change(&self, images: &[ImageBuf], looped: bool, post: Post) -> Result<Option<FeatureChange>> {
        let extractor = match self.extractor.get() {
            Some(extractor) => extractor,
            None => {
                let opened = Extractor::open(&ExtractorSource::Embedded)?;
                self.extractor.get_or_init(|| opened)
            }
        };
        let mut features = Vec::with_capacity(images.len() * extractor.dim());
        for images in images.chunks(SEEN_AT_ONCE) {
            if !self.may_go_on(post) {
                return Ok(None);
            }
            features.extend(extractor.features(images)?);
        }
        let change = change::of_features(&features, extractor.dim(), looped);
        Ok(Some(FeatureChange { extractor: extractor.name().to_owned(), change }))
    }

    /// Answers what is more urgent than what is asked in `post`, which goes at most as deep as there are slots.
    /// Whether somebody still waits for the answer there.
    fn may_go_on(&self, post: Post) -> bool {
        while let Some(question) = self.mailbox.take_more_urgent(post) {
            self.answer_question(question);
        }
        !self.mailbox.is_superseded(post)
    }

    /// Seeks the code of a photo and says so on the way; none when nobody waits for it any more.
    fn invert(&self, (post, request): (Post, RequestId), order: InversionOrder) -> Result<Option<Answer>> {
        let model = self.registry.model(order.model)?;
        let photo = self.registry.photo(order.photo)?;
        let mut search = PhotoSearch::new(&model, &photo, order.crop, order.noise, order.config)?;
        let outbox = self.outbox.to(request);
        let mut told = Instant::now();
        while !search.is_finished() {
            search.step()?;
            if !self.may_go_on(post) {
                return Ok(None);
            }
            if told.elapsed() >= BETWEEN_NEWS && !search.is_finished() {
                told = Instant::now();
                outbox.send(Event::Answered {
                    slot: post.slot,
                    answer: Answer::Inversion(Box::new(search.news()?)),
                });
            }
        }
        Ok(Some(Answer::Inversion(Box::new(search.news()?))))
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
