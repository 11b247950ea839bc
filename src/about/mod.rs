//! Facts about the program itself: its version, the commit and features it was built from, the licences of its parts.

pub mod licences;
pub mod version;

/// Purpose of the program, in a sentence.
pub const PURPOSE: &str =
    "See what an autoencoder has learned: train it, open its latent space, walk through it.";
