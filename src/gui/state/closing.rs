//! Models and photos that make room: closed by a person, or opened anew.

use super::walk::Source;
use super::wanted::model_of;
use super::{Awaited, Command, ModelId, ModelSource, State};
use crate::worker::protocol::{PhotoId, PhotoInfo, Query};

impl State {
    /// Closes a model; its neighbour in the list takes its place if it was in use.
    pub fn close_model(&mut self, id: ModelId) {
        let Some(at) = self.models.iter().position(|model| model.id == id) else { return };
        let was_in_use = self.selected == Some(id);
        self.let_go_of(id);
        let neighbour = self.models.get(at).or(self.models.last()).map(|model| model.id);
        if let Some(neighbour) = neighbour.filter(|_| was_in_use) {
            self.select(neighbour);
        }
    }

    /// The names of the models inside the program that are neither open nor on their way.
    pub fn closed_shipped(&self) -> Vec<String> {
        let is_source = |source: &ModelSource, name: &String| *source == ModelSource::Shipped(name.clone());
        let is_open = |name: &String| self.models.iter().any(|model| is_source(&model.source, name));
        let is_awaited = |name: &String| {
            let is_it =
                |awaited: &Awaited| matches!(awaited, Awaited::Model(source, _) if is_source(source, name));
            self.awaited.values().any(is_it)
        };
        self.shipped.iter().filter(|name| !is_open(name) && !is_awaited(name)).cloned().collect()
    }

    /// Takes a model out of the list with all that was made with it, and lets the worker forget it.
    pub(super) fn let_go_of(&mut self, id: ModelId) {
        self.models.retain(|model| model.id != id);
        self.selected = self.selected.filter(|selected| *selected != id);
        self.explores.remove(&id);
        self.faces.remove(&id);
        self.compare.drawn.remove(&id);
        self.reconstruct.results.remove(&id);
        self.reconstruct.found.remove(&id);
        self.reconstruct.sheet.retain(|(_, model), _| *model != id);
        self.reconstruct.refined.remove(&id);
        self.walk.rows.remove(&id);
        self.walk.beside.remove(&id);
        self.forget_questions(|query| model_of(query) == Some(id));
        self.send(Command::CloseModel(id));
    }

    /// Waits for no answer to these questions, nor for the reason why there is none.
    fn forget_questions(&mut self, are_these: impl Fn(&Query) -> bool) {
        let queries = &mut self.queries;
        let gone = self.asked.extract_if(.., |_, query| are_these(query));
        gone.for_each(|(slot, _)| queries.forget(slot));
    }

    /// Waits for no answer about a photo, and drops what the contact sheet shows of it.
    pub(super) fn forget_photo(&mut self, id: PhotoId) {
        self.reconstruct.sheet.retain(|(photo, _), _| *photo != id);
        let is_about_it = |query: &Query| matches!(query, Query::Reconstruct { photo, .. } | Query::Invert { photo, .. } | Query::Filter { photo, .. } if *photo == id);
        self.forget_questions(is_about_it);
    }

    /// Puts a photo in front of the others. One of the same file makes room for it everywhere.
    pub(super) fn add_photo(&mut self, info: PhotoInfo) {
        let new = info.id;
        let Some(old) = self.reconstruct.add(info) else { return };
        if self.reconstruct.current == Some(old) {
            self.reconstruct.forget_results();
            self.reconstruct.current = Some(new);
        }
        if self.reconstruct.to_explore == Some(old) {
            self.reconstruct.to_explore = Some(new);
        }
        self.forget_photo(old);
        for key in &mut self.walk.timeline.keys {
            if let Source::Photo(id, _) = &mut key.source.source
                && *id == old
            {
                *id = new;
            }
        }
        for run in &mut self.train.runs {
            run.insight
                .watched
                .photos
                .iter_mut()
                .filter(|photo| photo.id == old)
                .for_each(|photo| photo.id = new);
        }
        self.send(Command::ClosePhoto(old));
    }
}
