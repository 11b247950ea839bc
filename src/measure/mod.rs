//! Measurements of finished models and of those in training: loss and reconstructions on images that they are
//! not trained on, their draws beside real images, and a PCA beside both; directions of
//! their codes, whose worth is measured in pictures.

pub mod atlas;
pub mod code_space;
pub mod codes;
mod copies;
pub mod directions;
pub mod evaluate;
pub mod generative;
pub mod inversion;
pub(crate) mod likelihood;
pub(crate) mod pca;
pub(crate) mod validate;

pub use evaluate::{EvaluationOrder, evaluate};
