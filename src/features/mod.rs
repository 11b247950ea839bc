//! From images to feature vectors: the networks that see them, the files that features are kept in.

pub(crate) mod extractor;
pub(crate) mod images;
pub mod npy;
mod pickle;
mod torch_file;
mod weights;

pub use extractor::Extractor;
pub use npy::FeatureSet;
