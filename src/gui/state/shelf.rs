//! The shelf of photos and the pictures of the screens: what is done with one of them.

use std::sync::Arc;

use rust_i18n::t;

use super::picture::PictureUse;
use super::reconstruct::Search;
use super::walk::{KeyId, Source};
use super::{Command, Effect, Pick, Save, Screen, State};
use crate::image_buf::ImageBuf;
use crate::worker::protocol::{FaceSource, ModelInfo, PhotoId, Query, Slot};

/// Use of a photo of the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoUse {
    /// It goes through the models.
    Reconstruct,
    /// The sliders move to its code.
    Explore,
    /// The walk begins with it.
    Start,
    /// The walk ends with it.
    End,
    /// It takes the place of this key face of the walk.
    Key(KeyId),
    /// It becomes another key face of the walk, in hundredths of its time.
    NewKey(u8),
    /// It leaves the shelf.
    Remove,
}

impl State {
    /// Copies or saves a picture that is shown, if that is wanted.
    pub fn use_picture(&mut self, wish: Option<(PictureUse, Arc<ImageBuf>)>) {
        match wish {
            Some((PictureUse::Copy, image)) => {
                self.effects.push(Effect::CopyPicture(image));
                self.messages.say(t!("Copied the picture").into());
            }
            Some((PictureUse::Save, image)) => {
                self.picture_to_save = Some(image);
                self.effects.push(Effect::Pick(Pick::File(Save::Picture)));
            }
            None => (),
        }
    }

    /// Does something with a photo of the shelf.
    pub fn use_photo(&mut self, id: PhotoId, wish: PhotoUse) {
        let Some(source) = self.reconstruct.photo(id).map(|photo| Source::Photo(id, photo.crop)) else {
            return;
        };
        match wish {
            PhotoUse::Reconstruct => self.show_photo(id),
            PhotoUse::Explore => self.explore_photo(id),
            PhotoUse::Remove => self.close_photo(id),
            PhotoUse::Start => self.put_walk_end(0, source),
            PhotoUse::End => self.put_walk_end(1, source),
            PhotoUse::Key(key) => self.put_walk_key(Some(key), source),
            PhotoUse::NewKey(hundredths) => {
                // The others make no room for it: it stands between them.
                let times: Vec<_> = self.walk.keys().iter().map(|key| (key.source.id, key.time)).collect();
                self.put_walk_key(None, source);
                if self.walk.keys().len() > times.len() {
                    let new = self.walk.selected.map(|key| (key, f32::from(hundredths) / 100.0));
                    times.into_iter().chain(new).for_each(|(key, time)| self.walk.move_key(key, time));
                }
            }
        }
    }

    /// Sets an end of the walk (`0` or `1`) and goes there.
    fn put_walk_end(&mut self, end: usize, source: Source) {
        self.fill_walk();
        let keys = self.walk.keys();
        let key = if end == 0 { keys.first() } else { keys.last() };
        let key = key.map(|key| key.source.id);
        self.walk.selected = key;
        self.put_walk_key(key, source);
        self.screen = Screen::Interpolate;
    }

    /// Sets an end of the walk (`0` or `1`) to the photo on the Reconstruct screen, as cropped there, and goes to the
    /// walk.
    pub fn take_photo_as_walk_end(&mut self, end: usize) {
        let wish = if end == 0 { PhotoUse::Start } else { PhotoUse::End };
        self.reconstruct.current.into_iter().for_each(|id| self.use_photo(id, wish));
    }

    /// Moves the sliders to the code of a photo in the model in use, as soon as it is known.
    fn explore_photo(&mut self, id: PhotoId) {
        let Some(model) = self.model() else { return };
        if !takes_photos(model) {
            let name = model.name.clone();
            self.messages.say(t!("%{model} takes no photos: it has no encoder", model = name).into());
            return;
        }
        self.put_in_front(id);
        self.screen = Screen::Explore;
        self.reconstruct.to_explore = Some(id);
        self.explore_awaited();
    }

    /// The question for the code of the photo that is to be explored, in the model in use.
    pub(super) fn code_query(&self, model: &ModelInfo) -> Option<(Slot, Query)> {
        let photo = self.reconstruct.photo(self.reconstruct.to_explore?)?;
        if !takes_photos(model) {
            return None;
        }
        let (id, photo, crop) = (model.id, photo.info.id, photo.crop);
        Some(match self.reconstruct.is_sought(model) {
            true => {
                let config = self.reconstruct.inversion;
                (Slot::Invert(id), Query::Invert { model: id, photo, crop, noise: None, config })
            }
            false => (Slot::Reconstruct(id), Query::Reconstruct { model: id, photo, crop, noise: None }),
        })
    }

    /// Moves the sliders to the code of the photo that is to be explored, if it is known by now.
    pub(super) fn explore_awaited(&mut self) {
        let Some(model) = self.model().filter(|_| self.screen == Screen::Explore) else { return };
        let Some((slot, query)) = self.code_query(model) else { return };
        let known =
            self.reconstruct.shown(model.id).filter(|_| self.asked.get(&slot) == Some(&query)).cloned();
        if let Some(result) = known.filter(|result| result.search.as_ref().is_none_or(Search::is_finished)) {
            self.reconstruct.to_explore = None;
            self.explore_code(&result.code, result.residual.clone());
        }
    }

    /// Takes a photo off the shelf. What was made with it stays; a draw takes its place in the walk.
    fn close_photo(&mut self, id: PhotoId) {
        let Some(at) = self.reconstruct.photos.iter().position(|photo| photo.info.id == id) else { return };
        let name = self.reconstruct.photos.remove(at).info.name;
        let neighbour =
            self.reconstruct.photos.get(at).or(self.reconstruct.photos.last()).map(|photo| photo.info.id);
        if self.reconstruct.current == Some(id) {
            self.reconstruct.current = None;
            neighbour.into_iter().for_each(|photo| self.put_in_front(photo));
        }
        if self.reconstruct.to_explore == Some(id) {
            self.reconstruct.to_explore = None;
        }
        for number in 0..self.walk.keys().len() {
            if matches!(self.walk.keys()[number].source.source, Source::Photo(photo, _) if photo == id) {
                let draw = self.next_draw();
                self.walk.timeline.keys[number].source.source = draw;
            }
        }
        for faces in &mut self.own_direction.boxes {
            faces.retain(|face| !matches!(face.source, FaceSource::Photo { photo, .. } if photo == id));
        }
        self.forget_photo(id);
        // A run that watches it goes on asking for it.
        let mut watched = self.train.runs.iter().flat_map(|run| &run.insight.watched.photos);
        if !watched.any(|photo| photo.id == id) {
            self.send(Command::ClosePhoto(id));
        }
        self.messages.say(t!("Removed %{name}; its file stays", name = name).into());
    }
}

/// Whether the code of a photo in a model can be known: its encoder gives it, or it can be sought.
fn takes_photos(model: &ModelInfo) -> bool {
    model.config.kind.has_encoder() || model.config.has_gradients()
}
