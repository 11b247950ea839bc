//! Questions that the screen in front needs answered, and the asking of those that changed.

use super::compare::{DRAWS_SHOWN, Mode};
use super::explore::{SAMPLE_COUNT, SPAN, TRAVERSAL_STEPS};
use super::train::View;
use super::{Command, Screen, State};
use crate::config::Noise;
use crate::worker::protocol::{ModelId, Query, Slot};

impl State {
    /// Asks whatever the screen in front shows and has not been asked yet. Called once a frame.
    pub fn settle(&mut self) {
        self.close_if_saved();
        self.list_names();
        self.settle_walk();
        for (slot, query) in self.wanted() {
            let before = self.asked.get(&slot);
            if before == Some(&query) {
                continue;
            }
            if !before.is_some_and(|before| goes_on_from(before, &query)) {
                self.queries.forget(slot);
            }
            self.asked.insert(slot, query.clone());
            let request = self.send(Command::Ask { slot, query });
            self.queries.ask(slot, request);
        }
    }

    fn wanted(&self) -> Vec<(Slot, Query)> {
        match (self.screen, self.selected) {
            (Screen::Train, _) => self.wanted_for_train(),
            (_, None) => Vec::new(),
            (Screen::Compare, Some(_)) => self.wanted_for_compare(),
            (Screen::Explore, Some(model)) => self.wanted_for_explore(model),
            (Screen::Reconstruct, Some(_)) => self.wanted_for_reconstruct(),
            (Screen::Interpolate, Some(_)) => self.wanted_for_walk(),
        }
    }

    /// The sheet of pictures under the scrubber, if it stands at one.
    fn wanted_for_train(&self) -> Vec<(Slot, Query)> {
        let Some(run) = self.train.run().filter(|_| self.train.view == View::Pictures) else {
            return Vec::new();
        };
        let sheet = run.insight.timeline.wanted_sheet();
        sheet.map(|step| (Slot::Sheet, Query::Sheet { run: run.folder.clone(), step })).into_iter().collect()
    }

    fn wanted_for_explore(&self, model: ModelId) -> Vec<(Slot, Query)> {
        let Some(explore) = self.explore() else { return Vec::new() };
        let code = explore.code();
        let seed = explore.sample_seed;
        let mut wanted = vec![
            (Slot::Explore, Query::Decode { model, codes: vec![code.clone()] }),
            (Slot::Samples, Query::Sample { model, count: SAMPLE_COUNT, seed }),
        ];
        // The row costs as much as nine pictures: it waits until the pointer is let go, and the
        // dimension that it moves anyway does not matter for it.
        if !explore.history().in_gesture() {
            let dim = explore.selected;
            let mut others = code;
            if let (Some(value), Some(center)) = (others.get_mut(dim), explore.latent().center.get(dim)) {
                *value = *center;
            }
            let (span, steps) = (SPAN, TRAVERSAL_STEPS);
            wanted.push((Slot::Traversal, Query::Traverse { model, code: others, dim, span, steps }));
        }
        wanted
    }

    fn wanted_for_reconstruct(&self) -> Vec<(Slot, Query)> {
        self.photo_through_models(self.reconstruct.noise())
    }

    /// The photo on the table through every model that takes photos, with this noise.
    fn photo_through_models(&self, noise: Option<Noise>) -> Vec<(Slot, Query)> {
        let Some(photo) = self.reconstruct.current() else { return Vec::new() };
        let (photo, crop) = (photo.info.id, photo.crop);
        let ask =
            |model: ModelId| (Slot::Reconstruct(model), Query::Reconstruct { model, photo, crop, noise });
        let takes_photos = self.models.iter().filter(|model| model.config.kind.has_encoder());
        takes_photos.map(|model| ask(model.id)).collect()
    }

    /// Pictures beneath the tables of models.
    fn wanted_for_compare(&self) -> Vec<(Slot, Query)> {
        let order = self.compare.measured_order().filter(|_| self.compare.mode == Mode::Models);
        let Some(noise) = order.map(|order| order.noise) else { return Vec::new() };
        let seed = self.compare.form.seed;
        let draws = self.shown_models().map(|model| {
            let id = model.id;
            (Slot::Draws(id), Query::Sample { model: id, count: DRAWS_SHOWN, seed })
        });
        draws.chain(self.photo_through_models(noise)).collect()
    }

    fn wanted_for_walk(&self) -> Vec<(Slot, Query)> {
        let mut wanted = Vec::new();
        for model in self.walk_models() {
            let id = model.id;
            for key in self.walk.keys() {
                let query = self.key_query(model, &key.source.source);
                wanted.extend(query.map(|query| (Slot::WalkKey(id, key.source.id), query)));
            }
            let Some(timeline) = self.walk_codes(model) else { continue };
            let times = vec![self.walk.position];
            wanted.push((Slot::WalkFrame(id), Query::Walk { model: id, timeline: timeline.clone(), times }));
            let (slot, frames) = (Slot::WalkFilm(id), self.walk.frames);
            let measured = Query::WalkFilm { model: id, timeline: timeline.clone(), frames, features: true };
            // Features cost more than the pictures: they wait until the pointer is let go.
            let film = match self.walk.in_gesture && self.asked.get(&slot) != Some(&measured) {
                true => Query::WalkFilm { model: id, timeline, frames, features: false },
                false => measured,
            };
            wanted.push((slot, film));
        }
        wanted
    }
}

/// The model that a question is about.
pub(super) fn model_of(query: &Query) -> Option<ModelId> {
    match query {
        Query::Decode { model, .. }
        | Query::Sample { model, .. }
        | Query::Traverse { model, .. }
        | Query::Reconstruct { model, .. }
        | Query::Walk { model, .. }
        | Query::WalkFilm { model, .. } => Some(*model),
        Query::Sheet { .. } => None,
    }
}

/// Whether an answer to `before` may still be shown while `after` is under way: it is about the same
/// thing, a moment earlier.
fn goes_on_from(before: &Query, after: &Query) -> bool {
    use Query::{Decode, Reconstruct, Traverse, Walk, WalkFilm};
    match (before, after) {
        (Decode { model: a, .. }, Decode { model: b, .. }) => a == b,
        (Traverse { model: a, dim: i, .. }, Traverse { model: b, dim: j, .. }) => (a, i) == (b, j),
        (
            Reconstruct { model: a, photo: p, noise: m, .. },
            Reconstruct { model: b, photo: q, noise: n, .. },
        ) => (a, p, m.is_some()) == (b, q, n.is_some()),
        (Walk { model: a, .. }, Walk { model: b, .. }) => a == b,
        (WalkFilm { model: a, frames: m, .. }, WalkFilm { model: b, frames: n, .. }) => (a, m) == (b, n),
        _ => false,
    }
}
