//! Photos and codes that a person has asked to see along with the fixed pictures of a run.

use std::borrow::Cow;

use rust_i18n::t;

use crate::worker::protocol::{Control, Crop, PhotoId, Watched};

/// Photos at most: each costs the run an encoding and a decoding a second.
pub const MOST_PHOTOS: usize = 4;
/// Codes at most.
pub const MOST_CODES: usize = 8;

/// A photo and the part of it that the model sees.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchedPhoto {
    /// Its number.
    pub id: PhotoId,
    /// The part.
    pub crop: Crop,
    /// The file's name.
    pub name: String,
}

/// Photos and codes to be decoded as a run goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WatchList {
    /// In the order of [`LivePictures::photos`](crate::worker::protocol::LivePictures::photos).
    pub photos: Vec<WatchedPhoto>,
    /// In the order of [`LivePictures::pinned`](crate::worker::protocol::LivePictures::pinned).
    pub codes: Vec<Vec<f32>>,
}

impl WatchList {
    /// Reason why this photo cannot be added, if it cannot.
    pub fn refuses_photo(&self, photo: &WatchedPhoto) -> Option<Cow<'static, str>> {
        if self.photos.iter().any(|watched| (watched.id, watched.crop) == (photo.id, photo.crop)) {
            return Some(t!("This photo is shown already"));
        }
        let words = || t!("No more than %{n} photos can be shown; remove one first", n = MOST_PHOTOS);
        (self.photos.len() >= MOST_PHOTOS).then(words)
    }

    /// Reason why this code cannot be added, if it cannot.
    pub fn refuses_code(&self, code: &[f32]) -> Option<Cow<'static, str>> {
        if self.codes.iter().any(|pinned| pinned == code) {
            return Some(t!("This code is shown already"));
        }
        let words = || t!("No more than %{n} codes can be shown; remove one first", n = MOST_CODES);
        (self.codes.len() >= MOST_CODES).then(words)
    }

    /// The command that makes a run show these and no others.
    pub fn control(&self) -> Control {
        let photos = self.photos.iter().map(|photo| (photo.id, photo.crop)).collect();
        Control::Watch(Watched { photos, codes: self.codes.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_is_watched_once_in_each_crop_and_not_too_many() {
        let photo =
            |id, size| WatchedPhoto { id, crop: Crop { size, ..Crop::default() }, name: format!("{id}.jpg") };
        let mut watched = WatchList { photos: vec![photo(1, 1.0)], codes: vec![vec![0.0, 1.0]] };
        assert!(watched.refuses_photo(&photo(1, 1.0)).is_some());
        assert!(watched.refuses_photo(&photo(1, 0.5)).is_none());
        assert!(watched.refuses_code(&[0.0, 1.0]).is_some() && watched.refuses_code(&[1.0, 0.0]).is_none());
        watched.photos.extend((2..).take(MOST_PHOTOS - 1).map(|id| photo(id, 1.0)));
        assert!(watched.refuses_photo(&photo(99, 1.0)).is_some());
        let Control::Watch(Watched { photos, codes }) = watched.control() else { panic!("not a watch") };
        assert_eq!((photos.len(), codes), (MOST_PHOTOS, vec![vec![0.0, 1.0]]));
    }
}
