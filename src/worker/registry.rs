//! The models and photos that are open, by number. Each stays open until it is closed, but only those used
//! last lie in memory; the others are read again when they are needed, from where they will be found whatever
//! has become of their files by then. They are handed out behind `Arc`s, so that the explorer can use one while
//! another is being opened.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::origin::{ModelOrigin, Origin, PhotoCopy};
use super::protocol::{AtlasId, AtlasMap, ModelId, PhotoId};
use crate::config::MOST_SOLVER_STEPS;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::measure::atlas::Atlas;
use crate::run::TrainedModel;

/// Models in memory at once; each has tens of megabytes.
const MODELS: usize = 16;
/// Photos in memory at once. At [`super::photos::LONGEST`] pixels one has at most 12 MiB.
const PHOTOS: usize = 32;

/// Maps in memory at once: that of the screen, and those of a person who goes to and fro.
const MAPS: usize = 3;

/// Everything that questions can be about.
pub struct Registry {
    models: OpenItems<ModelOrigin>,
    photos: OpenItems<PhotoCopy>,
    /// From the oldest to the newest, with the number of the next.
    maps: Mutex<(Vec<Arc<Atlas>>, AtlasId)>,
    /// Steps of the solvers that were chosen; those of the other models are as their files say.
    solver_steps: Mutex<HashMap<ModelId, usize>>,
}

impl Default for Registry {
    fn default() -> Self {
        Registry {
            models: OpenItems::new(MODELS),
            photos: OpenItems::new(PHOTOS),
            maps: Mutex::new((Vec::new(), 1)),
            solver_steps: Mutex::default(),
        }
    }
}

impl Registry {
    /// Keeps a model.
    pub fn add_model(&self, model: TrainedModel, origin: ModelOrigin) -> ModelId {
        self.models.add(model, origin)
    }

    /// Keeps a photo.
    pub fn add_photo(&self, photo: ImageBuf, copy: PhotoCopy) -> PhotoId {
        self.photos.add(photo, copy)
    }

    /// Keeps a map, in place of the oldest where there are too many. What is told of it, with its number.
    pub fn add_atlas(&self, mut atlas: Atlas) -> AtlasMap {
        let mut maps = self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, next) = &mut *maps;
        atlas.map.id = *next;
        *next += 1;
        let map = atlas.map.clone();
        kept.push(Arc::new(atlas));
        let excess = kept.len().saturating_sub(MAPS);
        kept.drain(..excess);
        map
    }

    /// The map with this number.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is none, or it has gone.
    pub fn atlas(&self, id: AtlasId) -> Result<Arc<Atlas>> {
        let maps = self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        let found = maps.0.iter().find(|atlas| atlas.map.id == id);
        found.cloned().ok_or_else(|| Error::Invalid("this map is not kept any more; draw it again".into()))
    }

    /// Forgets a map.
    pub fn close_atlas(&self, id: AtlasId) {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner).0.retain(|atlas| atlas.map.id != id);
    }

    /// Forgets a model.
    pub fn close_model(&self, id: ModelId) {
        self.models.close(id);
    }

    /// Forgets a photo.
    pub fn close_photo(&self, id: PhotoId) {
        self.photos.close(id);
    }

    /// The model with this number.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it was never opened or has been closed; what its origin meets.
    pub fn model(&self, id: ModelId) -> Result<Arc<TrainedModel>> {
        let model = self.models.get(id)?.ok_or_else(|| closed_model(id))?;
        // It may have been read again since.
        let chosen = self.solver_steps.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
        chosen.into_iter().for_each(|steps| model.solve_in(steps));
        Ok(model)
    }

    /// Origin of the model with this number.
    ///
    /// # Errors
    /// As for [`Registry::model`].
    pub fn model_origin(&self, id: ModelId) -> Result<Arc<ModelOrigin>> {
        self.models.origin(id).ok_or_else(|| closed_model(id))
    }

    /// Solves the flow of a model's prior in so many steps.
    ///
    /// # Errors
    /// As for [`Registry::model`]; no steps, or too many.
    pub fn solve_in(&self, id: ModelId, steps: usize) -> Result<()> {
        if !(1..=MOST_SOLVER_STEPS).contains(&steps) {
            return Err(Error::Invalid(format!(
                "a flow cannot be solved in {steps} steps; choose 1 to {MOST_SOLVER_STEPS}"
            )));
        }
        self.model(id)?;
        self.solver_steps.lock().unwrap_or_else(PoisonError::into_inner).insert(id, steps);
        Ok(())
    }

    /// The photo with this number.
    ///
    /// # Errors
    /// As for [`Registry::model`].
    pub fn photo(&self, id: PhotoId) -> Result<Arc<ImageBuf>> {
        let closed = || Error::Invalid(format!("photo {id} is not open; open it again"));
        self.photos.get(id)?.ok_or_else(closed)
    }
}

fn closed_model(id: ModelId) -> Error {
    Error::Invalid(format!("model {id} is not open; open it again"))
}

/// Numbered things, of which the `limit` used last are in memory.
struct OpenItems<O: Origin> {
    state: Mutex<RegistryState<O>>,
    limit: usize,
}

struct RegistryState<O: Origin> {
    /// From the one unused for longest to the one used last.
    entries: Vec<RegistryEntry<O>>,
    next: u32,
}

struct RegistryEntry<O: Origin> {
    id: u32,
    origin: Arc<O>,
    item: Option<Arc<O::Item>>,
}

impl<O: Origin> RegistryState<O> {
    /// The entry, which becomes the one used last.
    fn touch(&mut self, id: u32) -> Option<&mut RegistryEntry<O>> {
        let index = self.entries.iter().position(|entry| entry.id == id)?;
        self.entries[index..].rotate_left(1);
        self.entries.last_mut()
    }

    /// Drops from memory what was unused for longest.
    fn make_room(&mut self, limit: usize) {
        let count = self.entries.iter().filter(|entry| entry.item.is_some()).count();
        let loaded = |entry: &&mut RegistryEntry<O>| entry.item.is_some() && entry.origin.is_readable();
        for entry in self.entries.iter_mut().filter(loaded).take(count.saturating_sub(limit)) {
            entry.item = None;
        }
    }
}

impl<O: Origin> OpenItems<O> {
    fn new(limit: usize) -> Self {
        OpenItems { state: Mutex::new(RegistryState { entries: Vec::new(), next: 1 }), limit }
    }

    fn add(&self, item: O::Item, origin: O) -> u32 {
        let mut state = self.lock();
        let id = state.next;
        state.next += 1;
        state.entries.push(RegistryEntry { id, origin: Arc::new(origin), item: Some(Arc::new(item)) });
        state.make_room(self.limit);
        id
    }

    fn close(&self, id: u32) {
        self.lock().entries.retain(|entry| entry.id != id);
    }

    /// None if there is none of that number.
    fn origin(&self, id: u32) -> Option<Arc<O>> {
        self.lock().touch(id).map(|entry| Arc::clone(&entry.origin))
    }

    /// None if there is none of that number.
    fn get(&self, id: u32) -> Result<Option<Arc<O::Item>>> {
        let origin = match self.lock().touch(id) {
            None => return Ok(None),
            Some(RegistryEntry { item: Some(item), .. }) => return Ok(Some(Arc::clone(item))),
            Some(entry) => Arc::clone(&entry.origin),
        };
        // Nobody waits meanwhile; that two threads read the same does no harm.
        let item = Arc::new(origin.read()?);
        let mut state = self.lock();
        if let Some(entry) = state.touch(id) {
            entry.item = Some(Arc::clone(&item));
            state.make_room(self.limit);
        }
        Ok(Some(item))
    }

    /// No panic can happen while it is held with the list half changed.
    fn lock(&self) -> MutexGuard<'_, RegistryState<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A letter, and how often it was read.
    struct Letter(char, AtomicUsize, bool);

    impl Origin for Letter {
        type Item = char;

        fn read(&self) -> Result<char> {
            self.1.fetch_add(1, Ordering::SeqCst);
            Ok(self.0)
        }

        fn is_readable(&self) -> bool {
            self.2
        }
    }

    fn letter(letter: char) -> Letter {
        Letter(letter, AtomicUsize::new(0), true)
    }

    /// Number of times each was read, and whether it is in memory, by number.
    fn reads(opened: &OpenItems<Letter>) -> Vec<(usize, bool)> {
        let state = opened.lock();
        let mut entries: Vec<_> = state.entries.iter().collect();
        entries.sort_by_key(|entry| entry.id);
        entries.iter().map(|entry| (entry.origin.1.load(Ordering::SeqCst), entry.item.is_some())).collect()
    }

    #[test]
    fn the_one_unused_for_longest_leaves_memory_and_comes_back_when_it_is_asked_for() {
        let opened = OpenItems::new(2);
        assert_eq!((opened.add('a', letter('a')), opened.add('b', letter('b'))), (1, 2));
        assert_eq!(opened.get(1).unwrap().as_deref(), Some(&'a'));
        assert_eq!(opened.add('c', letter('c')), 3);
        assert_eq!(reads(&opened), [(0, true), (0, false), (0, true)]);
        assert_eq!(opened.get(2).unwrap().as_deref(), Some(&'b'));
        assert_eq!(reads(&opened), [(0, false), (1, true), (0, true)]);
        assert_eq!(opened.get(3).unwrap().as_deref(), Some(&'c'));
        opened.close(2);
        assert_eq!((opened.get(2).unwrap(), opened.get(4).unwrap()), (None, None));
        assert_eq!(opened.add('d', letter('d')), 4, "no number comes twice");
        assert_eq!(reads(&opened), [(0, false), (0, true), (0, true)]);
    }

    #[test]
    fn what_cannot_be_read_again_stays() {
        let opened = OpenItems::new(1);
        opened.add('a', Letter('a', AtomicUsize::new(0), false));
        opened.add('b', letter('b'));
        opened.add('c', letter('c'));
        assert_eq!(reads(&opened), [(0, true), (0, false), (0, false)]);
        assert_eq!(opened.get(2).unwrap().as_deref(), Some(&'b'));
    }
}
