//! Answers of the worker, on their way to what shows them.

use std::sync::Arc;

use rust_i18n::t;

use super::State;
use super::explore::SampleSheet;
use super::faces::Face;
use super::picture::Picture;
use crate::image_buf::ImageBuf;
use crate::worker::protocol::{Answer, Query, Slot};

impl State {
    /// The sheet that was asked for last is there, or cannot be read.
    pub(super) fn sheet_read(&mut self, image: Option<ImageBuf>) {
        let Some(Query::Sheet { run, step }) = self.asked.get(&Slot::Sheet) else { return };
        let Some(found) = self.train.in_folder(run) else { return };
        match image {
            Some(image) => found.insight.timeline.take_sheet(*step, image),
            None => found.insight.timeline.lose_sheet(*step),
        }
    }

    /// Shows the answer to a question.
    pub(super) fn take_answer(&mut self, slot: Slot, answer: Answer) {
        let pictures = |images: Vec<_>| images.into_iter().map(Picture::new).collect::<Vec<_>>();
        match (slot, answer) {
            (Slot::Explore, Answer::Images(images)) => {
                if let Some(explore) = self.explore_mut() {
                    // The face without edits comes after the edited one.
                    let mut shown = pictures(images).into_iter();
                    explore.picture = shown.next().or(explore.picture.take());
                    explore.unedited = shown.next();
                }
            }
            (Slot::Traversal, Answer::Images(images)) => {
                if let Some(explore) = self.explore_mut() {
                    explore.traversal = pictures(images);
                }
            }
            (Slot::Preview, Answer::Images(images)) => {
                if let Some(explore) = self.explore_mut() {
                    explore.preview = explore.hovered.map(|along| (along, pictures(images)));
                }
            }
            (Slot::Blend, Answer::Images(images)) => {
                if let Some(faces) = self.faces_mut() {
                    faces.pictures = pictures(images);
                }
            }
            (Slot::Blend, Answer::Samples { mut codes, images }) => {
                if let Some(faces) = self.faces_mut() {
                    let found = codes.pop().zip(pictures(images).pop());
                    faces.result = found.map(|(point, picture)| Face { point, picture });
                }
            }
            (Slot::Direction, Answer::Direction(vector)) => self.take_direction(vector),
            (Slot::Samples, Answer::Samples { codes, images }) => {
                if let Some(explore) = self.explore_mut() {
                    explore.samples = Some(SampleSheet { codes, pictures: pictures(images) });
                }
            }
            (Slot::Draws(model), Answer::Samples { images, .. }) => {
                self.compare.drawn.insert(model, pictures(images));
            }
            (Slot::ContactSheet(photo, model), Answer::Reconstruction(result)) => {
                self.reconstruct.sheet.insert((photo, model), Arc::new((*result).into()));
            }
            (Slot::Filter(kind), Answer::Filtered(result)) => {
                self.reconstruct.filtered.insert(kind, Arc::new((*result).into()));
            }
            (Slot::Reconstruct(model), Answer::Reconstruction(result)) => {
                self.reconstruct.results.insert(model, Arc::new((*result).into()));
                self.explore_awaited();
            }
            (Slot::Invert(model), Answer::Inversion(news)) => {
                self.reconstruct.found.insert(model, Arc::new((*news).into()));
                self.explore_awaited();
            }
            (Slot::Atlas(slot), Answer::Atlas(answer)) => self.take_atlas_answer(slot, *answer),
            (Slot::WalkKey(model, key), answer) => self.take_walk_key(model, key, answer),
            (Slot::WalkFrame(model), Answer::Images(images)) => {
                self.walk.rows.entry(model).or_default().frame = pictures(images).pop();
            }
            (Slot::WalkFilm(model), Answer::Film(film)) => self.take_walk_film(model, *film),
            (Slot::Sheet, Answer::Images(images)) => self.sheet_read(images.into_iter().next()),
            (Slot::Explore | Slot::Traversal | Slot::WalkFrame(_) | Slot::WalkFilm(_), _)
            | (
                Slot::Samples
                | Slot::Draws(_)
                | Slot::Reconstruct(_)
                | Slot::ContactSheet(..)
                | Slot::Filter(_)
                | Slot::Sheet,
                _,
            )
            | (Slot::Preview | Slot::Blend | Slot::Direction | Slot::Invert(_) | Slot::Atlas(_), _) => {
                self.messages.error(t!("An answer came that fits no question; please report this").into());
            }
        }
    }
}
