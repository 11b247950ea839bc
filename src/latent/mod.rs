//! Tools for code spaces. Codes are plain `f32` vectors, `latent_dim` long.

pub mod interpolation;
pub mod pca;
pub mod sampling;
pub mod statistics;
pub mod traversal;
