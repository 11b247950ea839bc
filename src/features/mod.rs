//! From images to feature vectors: the networks that see them, the files that features are kept in.

pub(crate) mod extractor;
pub(crate) mod images;
mod npy;
mod npz;
pub(crate) mod perceptual;
pub(crate) mod set_file;
mod weights;

pub use extractor::Extractor;
pub(crate) use npy::read_array;
pub use set_file::{FeatureSet, SetFile};
