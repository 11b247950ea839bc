//! Another worker in place of one that has ended: everything it had open is opened anew.

use super::open_queries::OpenQueries;
use super::reconstruct::Reconstruct;
use super::walk::{End, EndSource};
use super::{Awaited, ModelSource, State};

impl State {
    /// The old worker is gone with its models and photos; the new one numbers its own.
    pub fn worker_restarted(&mut self) {
        self.messages.is_stopped = false;
        self.messages.busy = None;
        self.compute_on(self.settings.device);
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
                Awaited::Run(folder) => self.await_run(folder),
                // Models that are opened again are solved as their files say.
                Awaited::Solver => (),
            }
        }
        for end in &mut self.walk.ends {
            if matches!(end.source, Some(EndSource::Photo(..))) {
                *end = End::default();
            }
        }
        self.solver_steps.clear();
        self.compare.pending.clear();
        self.compare.drawn.clear();
        self.reopen_runs();
    }
}
