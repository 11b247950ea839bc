//! What the worker has open: models and photos, by number, behind `Arc`s, so that the explorer can use
//! one while another is being opened. Only the most recently used ones stay in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::protocol::{ModelId, PhotoId};
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::run::TrainedModel;

/// A run's checkpoints may be opened again and again while it trains; a model has tens of megabytes.
const MODELS: usize = 16;
/// At [`super::photos::LONGEST`] pixels a photo has at most 12 MiB.
const PHOTOS: usize = 32;

/// Everything that questions can be about.
pub struct Shelf {
    models: Recent<TrainedModel>,
    photos: Recent<ImageBuf>,
}

impl Default for Shelf {
    fn default() -> Self {
        Shelf { models: Recent::new(MODELS), photos: Recent::new(PHOTOS) }
    }
}

impl Shelf {
    /// Keeps a model.
    pub fn add_model(&self, model: TrainedModel) -> ModelId {
        self.models.add(model)
    }

    /// Keeps a photo.
    pub fn add_photo(&self, photo: ImageBuf) -> PhotoId {
        self.photos.add(photo)
    }

    /// The model with this number.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it was never opened, or so long ago that it had to make room.
    pub fn model(&self, id: ModelId) -> Result<Arc<TrainedModel>> {
        self.models.get(id).ok_or_else(|| Error::Invalid(format!("model {id} is not open; open it again")))
    }

    /// The photo with this number.
    ///
    /// # Errors
    /// As for [`Shelf::model`].
    pub fn photo(&self, id: PhotoId) -> Result<Arc<ImageBuf>> {
        self.photos.get(id).ok_or_else(|| Error::Invalid(format!("photo {id} is not open; open it again")))
    }
}

/// Numbered things, of which the `limit` most recently used ones are kept.
struct Recent<T> {
    state: Mutex<State<T>>,
    limit: usize,
}

struct State<T> {
    /// From the one unused for longest to the one used last.
    items: Vec<(u32, Arc<T>)>,
    next: u32,
}

impl<T> Recent<T> {
    fn new(limit: usize) -> Self {
        Recent { state: Mutex::new(State { items: Vec::new(), next: 1 }), limit }
    }

    fn add(&self, item: T) -> u32 {
        let mut state = self.lock();
        let id = state.next;
        state.next += 1;
        if state.items.len() == self.limit {
            state.items.remove(0);
        }
        state.items.push((id, Arc::new(item)));
        id
    }

    fn get(&self, id: u32) -> Option<Arc<T>> {
        let mut state = self.lock();
        let index = state.items.iter().position(|(other, _)| *other == id)?;
        let entry = state.items.remove(index);
        let item = Arc::clone(&entry.1);
        state.items.push(entry);
        Some(item)
    }

    /// No panic can happen while it is held with the list half changed.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_unused_for_longest_makes_room_and_no_number_comes_twice() {
        let shelf = Recent::new(2);
        assert_eq!((shelf.add('a'), shelf.add('b')), (1, 2));
        assert_eq!(shelf.get(1).as_deref(), Some(&'a'));
        assert_eq!(shelf.add('c'), 3);
        assert_eq!((shelf.get(2), shelf.get(1).as_deref()), (None, Some(&'a')));
        assert_eq!(shelf.get(3).as_deref(), Some(&'c'));
        assert_eq!(shelf.get(4), None);
    }
}
