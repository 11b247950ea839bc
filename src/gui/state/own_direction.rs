//! A direction that a person makes of faces: some that have something, and some that have not.

use std::path::PathBuf;

use super::picture::Picture;
use crate::worker::protocol::{FaceSource, ModelId, Query};

/// The two boxes.
pub const BOXES: [&str; 2] = ["With", "Without"];

/// Faces in a box.
#[derive(Clone, Debug)]
pub struct BoxedFace {
    /// Where they come from.
    pub source: FaceSource,
    /// The picture of a single one.
    pub picture: Option<Picture>,
    /// In words.
    pub name: String,
}

/// A direction in the making.
#[derive(Clone, Debug, Default)]
pub struct OwnDirection {
    /// Its name.
    pub name: String,
    /// Faces that have it, and faces that have not.
    pub boxes: [Vec<BoxedFace>; 2],
    /// It was asked for under this name.
    pub awaited: Option<String>,
}

impl OwnDirection {
    /// Puts a folder or archive of images into a box.
    pub fn add_images(&mut self, number: usize, path: PathBuf) {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let source = FaceSource::Images(path);
        self.boxes[number].push(BoxedFace { source, picture: None, name });
    }

    /// Whether both boxes hold something.
    pub fn is_ready(&self) -> bool {
        self.boxes.iter().all(|faces| !faces.is_empty())
    }

    /// The question for it.
    pub fn query(&self, model: ModelId) -> Query {
        let [with, without] =
            self.boxes.each_ref().map(|faces| faces.iter().map(|face| face.source.clone()).collect());
        Query::Difference { model, with, without }
    }
}
