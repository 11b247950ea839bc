//! Questions that the screen in front needs answered, and the asking of those that changed.

use super::compare::{DRAWS_SHOWN, Mode};
use super::explore::{Along, Explore, PREVIEW_SPAN, SAMPLE_COUNT, SPAN, TRAVERSAL_STEPS};
use super::faces::Tool;
use super::reconstruct::Photo;
use super::train::View;
use super::{Command, Screen, State};
use crate::config::Noise;
use crate::worker::protocol::{AtlasQuery, FilterKind, ModelId, ModelInfo, Query, Slot};

impl State {
    /// Asks whatever the screen in front shows and has not been asked yet. Called once a frame.
    pub fn settle(&mut self) {
        self.close_if_saved();
        self.list_names();
        self.count_images();
        self.settle_walk();
        self.settle_atlas();
        let wanted = self.wanted();
        if self.screen == Screen::Reconstruct {
            self.withdraw_searches(&wanted);
        }
        for (slot, query) in wanted {
            let before = self.asked.get(&slot);
            if before == Some(&query) {
                continue;
            }
            let stays = slot != Slot::Preview && before.is_some_and(|before| goes_on_from(before, &query));
            if !stays {
                self.queries.forget(slot);
            }
            self.asked.insert(slot, query.clone());
            let request = self.send(Command::Ask { slot, query });
            self.queries.ask(slot, request);
        }
    }

    /// Ends the searches for codes that nobody wants any more.
    fn withdraw_searches(&mut self, wanted: &[(Slot, Query)]) {
        let is_over =
            |slot: &Slot| matches!(slot, Slot::Invert(_)) && !wanted.iter().any(|(other, _)| other == slot);
        let over: Vec<Slot> = self.asked.keys().copied().filter(is_over).collect();
        for slot in over {
            self.asked.remove(&slot);
            self.queries.forget(slot);
            self.send(Command::Withdraw(slot));
            if let Slot::Invert(model) = slot {
                self.reconstruct.found.remove(&model);
            }
        }
    }

    fn wanted(&self) -> Vec<(Slot, Query)> {
        match (self.screen, self.selected) {
            (Screen::Train, _) => self.wanted_for_train(),
            (Screen::Atlas, _) => self.wanted_for_atlas(),
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
        let Some(explore) = self.explore().filter(|_| self.model().is_some_and(|m| m.config.has_decoder()))
        else {
            return Vec::new();
        };
        let point = explore.code();
        let seed = explore.sample_seed;
        let edited = (!explore.is_plain()).then(|| explore.shift());
        let picture = match &edited {
            None => Query::Decode { model, codes: vec![point.clone()] },
            Some(shift) => {
                let plain = explore.wipe.filter(|_| explore.is_edited()).map(|_| {
                    let mut plain = explore.residual().to_vec();
                    plain.resize(shift.len(), 0.0);
                    plain
                });
                let shifts = std::iter::once(shift.clone()).chain(plain).collect();
                Query::Edit { model, from: point.clone(), offsets: shifts }
            }
        };
        let mut wanted = vec![(Slot::Explore, picture)];
        wanted.extend(self.model().and_then(|model| self.code_query(model)));
        let faces = self.faces.get(&model).filter(|faces| faces.tool != Tool::Samples);
        match faces.zip(self.model()) {
            None => wanted.push((Slot::Samples, Query::Sample { model, count: SAMPLE_COUNT, seed })),
            Some((faces, info)) => {
                let query = faces.wanted(model, &info.config, &explore.latent().by_effect());
                wanted.extend(query.map(|query| (Slot::Blend, query)));
            }
        }
        let in_gesture = explore.history().in_gesture();
        let shift = edited.unwrap_or_default();
        if let (Some(along), false) = (explore.hovered, in_gesture) {
            let row = Row { along, span: PREVIEW_SPAN, steps: 2 };
            wanted.push((Slot::Preview, row_along(explore, model, point.clone(), shift.clone(), row)));
        }
        // The row costs as much as nine pictures: it waits until the pointer is let go, and the
        // slider that it moves anyway does not matter for it.
        if !in_gesture {
            let row = Row { along: explore.selected, span: SPAN, steps: TRAVERSAL_STEPS };
            wanted.push((Slot::Traversal, row_along(explore, model, point, shift, row)));
        }
        wanted
    }

    fn wanted_for_reconstruct(&self) -> Vec<(Slot, Query)> {
        let noise = self.reconstruct.noise();
        let grid = &self.settings.grid;
        let shown = || self.models.iter().filter(|model| grid.is_shown(model));
        if self.reconstruct.is_sheet {
            return self.photos_through_models(shown(), noise);
        }
        let mut wanted = self.photo_through_models(shown(), noise);
        if let Some(photo) = self.reconstruct.current() {
            let (photo, crop) = (photo.info.id, photo.crop);
            // Filters see the picture as large as the models do.
            let side = shown().map(|model| model.config.image_size).min();
            if let (Some(noise), Some(side)) = (noise.filter(|_| grid.filters), side) {
                wanted.extend(
                    FilterKind::ALL
                        .map(|kind| (Slot::Filter(kind), Query::Filter { photo, crop, side, noise, kind })),
                );
            }
            let searched = shown().filter(|model| self.reconstruct.is_sought(model));
            wanted.extend(searched.map(|&ModelInfo { id: model, .. }| {
                let config = self.reconstruct.inversion;
                (Slot::Invert(model), Query::Invert { model, photo, crop, noise, config })
            }));
        }
        wanted
    }

    /// Every photo of the session through each of these models that takes photos.
    fn photos_through_models<'a>(
        &self,
        models: impl Iterator<Item = &'a ModelInfo>,
        noise: Option<Noise>,
    ) -> Vec<(Slot, Query)> {
        let takes_photos: Vec<ModelId> =
            models.filter(|model| model.config.kind.has_encoder()).map(|model| model.id).collect();
        let through = |photo: &Photo| {
            let (photo, crop) = (photo.info.id, photo.crop);
            let ask = move |model: ModelId| {
                (Slot::ContactSheet(photo, model), Query::Reconstruct { model, photo, crop, noise })
            };
            takes_photos.iter().copied().map(ask).collect::<Vec<_>>()
        };
        self.reconstruct.photos.iter().flat_map(through).collect()
    }

    /// The photo on the table through each of these models that takes photos, with this noise.
    fn photo_through_models<'a>(
        &self,
        models: impl Iterator<Item = &'a ModelInfo>,
        noise: Option<Noise>,
    ) -> Vec<(Slot, Query)> {
        let Some(photo) = self.reconstruct.current() else { return Vec::new() };
        let (photo, crop) = (photo.info.id, photo.crop);
        let ask =
            |model: ModelId| (Slot::Reconstruct(model), Query::Reconstruct { model, photo, crop, noise });
        let takes_photos = models.filter(|model| model.config.kind.has_encoder());
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
        draws.chain(self.photo_through_models(self.models.iter(), noise)).collect()
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

/// Pictures along a slider, from minus to plus `span`.
struct Row {
    along: Along,
    span: f32,
    steps: usize,
}

/// The question for a row.
fn row_along(explore: &Explore, model: ModelId, mut point: Vec<f32>, shift: Vec<f32>, row: Row) -> Query {
    let Row { along, span, steps } = row;
    match along {
        Along::Direction(direction) => {
            let amount = |step: usize| span * (2.0 * step as f32 / (steps - 1) as f32 - 1.0);
            let shifts = (0..steps).map(|step| explore.shift_with(direction, amount(step))).collect();
            Query::Edit { model, from: point, offsets: shifts }
        }
        Along::Dim(dim) => {
            if let (Some(value), Some(center)) = (point.get_mut(dim), explore.latent().center.get(dim)) {
                *value = *center;
            }
            Query::Traverse { model, code: point, dim, span, steps, shift }
        }
    }
}

/// The model that a question is about.
pub(super) fn model_of(query: &Query) -> Option<ModelId> {
    match query {
        Query::Decode { model, .. }
        | Query::Sample { model, .. }
        | Query::Traverse { model, .. }
        | Query::Edit { model, .. }
        | Query::Blend { model, .. }
        | Query::Difference { model, .. }
        | Query::Invert { model, .. }
        | Query::Reconstruct { model, .. }
        | Query::Walk { model, .. }
        | Query::WalkFilm { model, .. } => Some(*model),
        Query::Sheet { .. } | Query::Filter { .. } | Query::Atlas { .. } => None,
    }
}

/// Whether an answer to `before` may still be shown while `after` is under way: it is about the same
/// thing, a moment earlier.
fn goes_on_from(before: &Query, after: &Query) -> bool {
    use Query::{Atlas, Blend, Decode, Edit, Filter, Invert, Reconstruct, Traverse, Walk, WalkFilm};
    match (before, after) {
        (Decode { model: a, .. }, Decode { model: b, .. }) => a == b,
        (Edit { model: a, offsets: s, .. }, Edit { model: b, offsets: t, .. }) => {
            (a, s.len()) == (b, t.len())
        }
        (Decode { model: a, .. }, Edit { model: b, .. })
        | (Edit { model: a, .. }, Decode { model: b, .. }) => a == b,
        (Blend { model: a, sums: s, .. }, Blend { model: b, sums: t, .. }) => (a, s.len()) == (b, t.len()),
        (Invert { model: a, photo: p, .. }, Invert { model: b, photo: q, .. }) => (a, p) == (b, q),
        (Traverse { model: a, dim: i, .. }, Traverse { model: b, dim: j, .. }) => (a, i) == (b, j),
        (
            Reconstruct { model: a, photo: p, noise: m, .. },
            Reconstruct { model: b, photo: q, noise: n, .. },
        ) => (a, p, m.is_some()) == (b, q, n.is_some()),
        (Filter { photo: p, .. }, Filter { photo: q, .. }) => p == q,
        (
            Atlas { atlas: a, query: AtlasQuery::Places(p) },
            Atlas { atlas: b, query: AtlasQuery::Places(q) },
        ) => (a, p.len()) == (b, q.len()),
        (Walk { model: a, .. }, Walk { model: b, .. }) => a == b,
        (WalkFilm { model: a, frames: m, .. }, WalkFilm { model: b, frames: n, .. }) => (a, m) == (b, n),
        _ => false,
    }
}
