//! Another worker in place of one that has ended: everything it had open is opened anew.

use super::open_queries::OpenQueries;
use super::reconstruct::Reconstruct;
use super::walk::Source;
use super::{Awaited, ModelSource, State};
use crate::worker::protocol::FaceSource;

impl State {
    /// The old worker is gone with its models and photos; the new one numbers its own.
    pub fn worker_restarted(&mut self) {
        self.messages.is_stopped = false;
        self.messages.busy = None;
        if self.remote.is_none() {
            self.compute_on(self.settings.device);
        }
        if !self.settings.find_faces {
            self.find_faces(false);
        }
        self.queries = OpenQueries::default();
        self.asked.clear();
        let front = self.selected.take();
        self.explores.clear();
        let models: Vec<(ModelSource, bool)> =
            self.models.drain(..).map(|model| (model.source, Some(model.id) == front)).collect();
        let awaited = std::mem::take(&mut self.awaited);
        for (source, to_front) in models {
            self.await_model(source, to_front);
        }
        // The map is in the cache, and quickly drawn again.
        (self.atlas.shown, self.atlas.pending) = (None, None);
        for faces in &mut self.own_direction.boxes {
            faces.retain(|face| !matches!(face.source, FaceSource::Atlas { .. }));
        }
        self.walk.rows.clear();
        self.walk.beside.clear();
        for at in 0..self.walk.keys().len() {
            let source = match &self.walk.keys()[at].source.source {
                Source::Photo(id, crop) => {
                    let file = self.reconstruct.photo(*id).and_then(|photo| photo.info.path.clone());
                    file.map(|file| Source::Opening(file, *crop))
                }
                Source::Sliders(codes) => {
                    front.and_then(|front| codes.get(&front)).cloned().map(Source::Code)
                }
                source => Some(source.clone()),
            };
            let source = source.unwrap_or_else(|| self.next_draw());
            let id = self.walk.keys()[at].source.id;
            self.walk.set_source(id, source);
        }
        let Reconstruct { photos, gain, noise, noise_seed, .. } = std::mem::take(&mut self.reconstruct);
        self.reconstruct = Reconstruct { gain, noise, noise_seed, ..Reconstruct::default() };
        // Oldest first, as each goes to the front of the list.
        for path in photos.into_iter().rev().filter_map(|photo| photo.info.path) {
            self.await_photo(path, None);
        }
        for awaited in awaited.into_values() {
            match awaited {
                Awaited::Model(source, to_front) => self.await_model(source, to_front),
                Awaited::Photo(path, target) => self.await_photo(path, target),
                Awaited::Walk(file) => self.await_walk(file),
                Awaited::Run(folder) => self.await_run(folder),
                Awaited::Runs(_) => self.read_runs(),
                Awaited::Survey(_) => self.train.form.count_again(),
                // Models that are opened again are solved as their files say.
                Awaited::Solver | Awaited::Import { .. } | Awaited::ImportPreview | Awaited::ImportKept => (),
            }
        }
        self.solver_steps.clear();
        self.compare.pending.clear();
        self.compare.drawn.clear();
        self.reopen_runs();
    }
}
