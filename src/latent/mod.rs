//! Tools for code spaces. Codes are plain `f32` vectors, `latent_dim` long.

pub(crate) mod arithmetic;
pub mod directions;
pub(crate) mod interpolation;
pub mod pca;
pub mod sampling;
pub(crate) mod statistics;
pub(crate) mod traversal;
pub(crate) mod walk;
