//! The part of the contract that is about maps: questions of one that was drawn, and their answers.

use serde::{Deserialize, Serialize};

use super::ids::PhotoId;
use crate::crop::Crop;
use crate::image_buf::ImageBuf;
use crate::measure::atlas::AtlasSpot;
use crate::report::{AtlasFace, AtlasPlaces, AtlasSelection};

/// Places where answers about maps go, see [`Slot`](super::Slot); the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AtlasSlot {
    /// The face under the pointer.
    Cursor,
    /// The face that was clicked.
    Face,
    /// An own photo.
    Photo(PhotoId),
    /// Pictures of points.
    Pictures,
    /// Selected points.
    Selection,
    /// Faces that were asked for to be used elsewhere.
    Taken,
    /// Faces decoded over the map.
    Grid,
}

/// A question of a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AtlasQuery {
    /// Pictures of points at this side in pixels. Answered by [`AtlasAnswer::Pictures`].
    Pictures {
        /// The points.
        points: Vec<u32>,
        /// Side, at most that of the images.
        side: usize,
    },
    /// Faces decoded at places. Answered by [`AtlasAnswer::Places`].
    Places(Vec<[f32; 2]>),
    /// A point or a place from near. Answered by [`AtlasAnswer::Face`].
    Face(AtlasSpot),
    /// Points against the rest. Answered by [`AtlasAnswer::Selection`].
    Selection(Vec<u32>),
    /// The place of a part of an open photo, on a map of codes. Answered by [`AtlasAnswer::Photo`].
    Photo {
        /// The photo.
        photo: PhotoId,
        /// The part of it.
        crop: Crop,
    },
    /// Codes of points with the pictures that the model has for them. Answered by [`AtlasAnswer::Faces`].
    Faces(Vec<u32>),
}

/// The answer to an [`AtlasQuery`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AtlasAnswer {
    /// Pictures of points.
    Pictures {
        /// The points, as asked for.
        points: Vec<u32>,
        /// A picture each.
        images: Vec<ImageBuf>,
    },
    /// Faces at places.
    Places(AtlasPlaces),
    /// A point or a place.
    Face(AtlasFace),
    /// Points against the rest.
    Selection(AtlasSelection),
    /// An own photo.
    Photo {
        /// The photo.
        photo: PhotoId,
        /// Its place on the map.
        at: [f32; 2],
        /// The images nearest to it, with their distances.
        neighbors: Vec<(u32, f32)>,
    },
    /// Codes as one explores them.
    Faces {
        /// The points, as asked for.
        points: Vec<u32>,
        /// A code each.
        codes: Vec<Vec<f32>>,
        /// A picture each.
        images: Vec<ImageBuf>,
    },
}
