//! The walk as the whole window knows it: which models go it, where its key faces come from, its file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rust_i18n::t;

use super::explore::Explore;
use super::picture::Picture;
use super::walk::{Key, KeyId, LEAST_KEYS, MOST_MODELS, Source, WalkRow};
use super::{Screen, State};
use crate::config::{KeyFace, KeySource, Timeline, WalkPlan};
use crate::worker::protocol::{Answer, ModelId, ModelInfo, Query, WalkFilm};

impl State {
    /// The models that go the walk, in the order of the list: the one in use and those ticked beside it.
    pub fn walk_models(&self) -> Vec<&ModelInfo> {
        let goes = |id: ModelId| Some(id) == self.selected || self.walk.beside.contains(&id);
        let decodes = self.models.iter().filter(|model| model.config.has_decoder());
        let mut models: Vec<&ModelInfo> = decodes.filter(|model| goes(model.id)).collect();
        // Whoever ticked four and then uses a fifth sees that one and three of them.
        while models.len() > MOST_MODELS {
            let Some(last) = models.iter().rposition(|model| Some(model.id) != self.selected) else { break };
            models.remove(last);
        }
        models
    }

    /// Shows a model beside the one in use, or no longer.
    pub fn walk_beside(&mut self, model: ModelId, beside: bool) {
        match beside {
            true => self.walk.beside.insert(model),
            false => self.walk.beside.remove(&model),
        };
    }

    /// The key codes of the walk in a model, once all are known.
    pub fn walk_codes(&self, model: &ModelInfo) -> Option<Timeline<Vec<f32>>> {
        let row = self.walk.rows.get(&model.id)?;
        if self.walk.keys().len() < LEAST_KEYS || self.walk_problem(model).is_some() {
            return None;
        }
        let code = |key: &KeyFace<Key>| row.codes.get(&key.source.id).cloned();
        self.walk.timeline.with(|key| code(key).ok_or(())).ok()
    }

    /// Whether the walk through the model in use can be played and saved.
    pub fn walk_is_ready(&self) -> bool {
        self.model().is_some_and(|model| self.walk_codes(model).is_some())
    }

    /// The walks that can be saved.
    pub fn ready_walks(&self) -> Vec<(ModelId, Timeline<Vec<f32>>)> {
        let walk = |model: &ModelInfo| Some((model.id, self.walk_codes(model)?));
        self.walk_models().into_iter().filter_map(walk).collect()
    }

    /// Reason why a model cannot go the walk, if it cannot.
    pub fn walk_problem(&self, model: &ModelInfo) -> Option<String> {
        let dim = model.config.latent_dim;
        self.walk.keys().iter().find_map(|key| match &key.source.source {
            Source::Photo(..) | Source::Opening(..) if !model.config.kind.has_encoder() => {
                Some(t!("It has no encoder, so that it cannot take the photos of this walk").into())
            }
            Source::Code(code) if code.len() != dim => {
                let n = code.len();
                Some(
                    t!("A key face is a code of %{n} numbers, and its codes have %{dim}", n = n, dim = dim)
                        .into(),
                )
            }
            _ => None,
        })
    }

    /// The question for the code and the picture of a key face in a model, if it can be asked.
    pub(super) fn key_query(&self, model: &ModelInfo, source: &Source) -> Option<Query> {
        let id = model.id;
        match source {
            Source::Photo(photo, crop) => model.config.kind.has_encoder().then_some(Query::Reconstruct {
                model: id,
                photo: *photo,
                crop: *crop,
                noise: None,
            }),
            Source::Opening(..) => None,
            Source::Sample(seed) => Some(Query::Sample { model: id, count: 1, seed: *seed }),
            Source::Sliders(_) | Source::Code(_) => {
                let code = code_in(source, id).filter(|code| code.len() == model.config.latent_dim)?;
                Some(Query::Decode { model: id, codes: vec![code.clone()] })
            }
        }
    }

    /// Gives the walk its first key faces, draws, and each model that goes it its sliders where a key face is those.
    pub(super) fn settle_walk(&mut self) {
        if self.screen != Screen::Interpolate || self.selected.is_none() {
            return;
        }
        self.fill_walk();
        let shown: Vec<ModelId> = self.walk_models().iter().map(|model| model.id).collect();
        for key in &mut self.walk.timeline.keys {
            if let Source::Sliders(codes) = &mut key.source.source {
                for (id, explore) in &self.explores {
                    if shown.contains(id) {
                        codes.entry(*id).or_insert_with(|| explore.code());
                    }
                }
            }
        }
    }

    /// Adds key faces until there are as many as a walk needs.
    pub(super) fn fill_walk(&mut self) {
        while self.walk.keys().len() < LEAST_KEYS {
            let draw = self.next_draw();
            self.walk.add(draw);
            self.walk.selected = None;
        }
    }

    /// Another draw from the prior.
    pub(super) fn next_draw(&mut self) -> Source {
        self.draws += 1;
        Source::Sample(self.draws)
    }

    /// The sliders of Explore, of every model.
    fn sliders(&self) -> Source {
        Source::Sliders(self.explores.iter().map(|(id, explore)| (*id, Explore::code(explore))).collect())
    }

    /// Sets a key face, or appends one, to a new draw from the prior.
    pub fn draw_walk_key(&mut self, key: Option<KeyId>) {
        let draw = self.next_draw();
        self.put_walk_key(key, draw);
    }

    /// Sets a key face, or appends one, to where the sliders of Explore stand.
    pub fn take_sliders_as_walk_key(&mut self, key: Option<KeyId>) {
        if self.explore().is_some() {
            let sliders = self.sliders();
            self.put_walk_key(key, sliders);
        }
    }

    /// Sets a key face, or appends one.
    pub fn put_walk_key(&mut self, key: Option<KeyId>, source: Source) {
        self.fill_walk();
        match key {
            Some(key) => self.walk.set_source(key, source),
            None if self.walk.add(source).is_some() => (),
            None => self.messages.say(t!("A walk has no room for more key faces").into()),
        }
    }

    /// Puts the photo of this number where its file was awaited.
    pub(super) fn walk_photo_opened(&mut self, photo: u32, file: Option<&Path>) {
        for key in &mut self.walk.timeline.keys {
            if let Source::Opening(path, crop) = &key.source.source
                && Some(path.as_path()) == file
            {
                key.source.source = Source::Photo(photo, *crop);
            }
        }
    }

    /// Draws come where a photo cannot be opened.
    pub(super) fn walk_photo_failed(&mut self, file: &Path) {
        for at in 0..self.walk.keys().len() {
            if matches!(&self.walk.keys()[at].source.source, Source::Opening(path, _) if path == file) {
                let draw = self.next_draw();
                self.walk.timeline.keys[at].source.source = draw;
            }
        }
    }

    /// Opens a walk that was read from a file.
    pub fn open_walk(&mut self, plan: WalkPlan) {
        let WalkPlan { timeline, frames, seconds, .. } = plan;
        self.walk.timeline.keys.clear();
        self.walk.rows.clear();
        let mut files: Vec<PathBuf> = Vec::new();
        for key in &timeline.keys {
            let source = match &key.source {
                KeySource::Seed(seed) => Source::Sample(*seed),
                KeySource::Code(code) => Source::Code(code.clone()),
                KeySource::Photo { file, crop } => {
                    files.push(file.clone());
                    Source::Opening(file.clone(), *crop)
                }
            };
            if self.walk.add(source).is_none() {
                let words = t!("This walk has more key faces than there is room for; the last are left out");
                self.messages.say(words.into());
                break;
            }
        }
        self.walk.timeline.keys.iter_mut().zip(&timeline.keys).for_each(|(key, read)| key.time = read.time);
        let Timeline { path, easing, looped, .. } = timeline;
        let keys = std::mem::take(&mut self.walk.timeline.keys);
        self.walk.timeline = Timeline { keys, path, easing, looped };
        (self.walk.frames, self.walk.seconds, self.walk.position) = (frames, seconds, 0.0);
        (self.walk.selected, self.walk.playing) = (None, false);
        files.sort();
        files.dedup();
        files.into_iter().for_each(|file| self.await_photo(file, None));
        self.fill_walk();
        self.screen = Screen::Interpolate;
    }

    /// The walk as a file keeps it.
    ///
    /// # Errors
    /// A sentence with the key face that no file can hold.
    pub fn walk_plan(&self) -> Result<WalkPlan, String> {
        let selected = self.selected.unwrap_or_default();
        let timeline: Result<_, Cow<'static, str>> =
            self.walk.timeline.with(|key| match &key.source.source {
                Source::Sample(seed) => Ok(KeySource::Seed(*seed)),
                Source::Opening(file, crop) => Ok(KeySource::Photo { file: file.clone(), crop: *crop }),
                Source::Photo(id, crop) => {
                    let photo = self.reconstruct.photo(*id);
                    let file = photo.and_then(|photo| photo.info.path.clone());
                    let in_no_file =
                        || t!("A key face is a picture that is in no file; save it and open that file");
                    Ok(KeySource::Photo { file: file.ok_or_else(in_no_file)?, crop: *crop })
                }
                source @ (Source::Sliders(_) | Source::Code(_)) => {
                    let code = code_in(source, selected)
                        .ok_or_else(|| t!("The sliders of a key face are not known yet"))?;
                    Ok(KeySource::Code(code.clone()))
                }
            });
        timeline
            .map(|timeline| WalkPlan::new(timeline, self.walk.frames, self.walk.seconds))
            .map_err(Cow::into_owned)
    }

    /// Takes the code and the picture of a key face in a model.
    pub(super) fn take_walk_key(&mut self, model: ModelId, key: KeyId, answer: Answer) {
        let Some((_, face)) = self.walk.key(key) else { return };
        let source = &face.source.source;
        let (code, image) = match answer {
            Answer::Images(mut images) => (code_in(source, model).cloned(), images.pop()),
            Answer::Samples { mut codes, mut images } => (codes.pop(), images.pop()),
            Answer::Reconstruction(result) => (Some(result.code), Some(result.output)),
            Answer::Film(_)
            | Answer::Direction(_)
            | Answer::Inversion(_)
            | Answer::Filtered(_)
            | Answer::Atlas(_) => return,
        };
        let row = self.walk.rows.entry(model).or_default();
        code.map(|code| row.codes.insert(key, code));
        image.map(|image| row.faces.insert(key, Picture::new(image)));
    }

    /// Takes the whole walk through a model.
    pub(super) fn take_walk_film(&mut self, model: ModelId, film: WalkFilm) {
        let WalkFilm { images, change, features } = film;
        let row = self.walk.rows.entry(model).or_default();
        // Until it is measured anew, after a gesture, the old one would lie beside another curve.
        *row = WalkRow {
            film: images.into_iter().map(Picture::new).collect(),
            change,
            features,
            ..std::mem::take(row)
        };
    }
}

/// The code that a source which is one has in a model.
fn code_in(source: &Source, model: ModelId) -> Option<&Vec<f32>> {
    match source {
        Source::Sliders(codes) => codes.get(&model),
        Source::Code(code) => Some(code),
        _ => None,
    }
}
