//! The embedded feature extractor: how its network is trained, how well it knows unseen faces, and how far
//! apart it finds sets of images.
//!
//! It learns two things at once from each picture: the attributes of the face in it, which ask for large
//! shapes, and what was done to it (`distortion.rs`), which is known without anybody having said so and
//! asks for what generative models get wrong: sharpness, grain, blocks, contrast, missing and bent parts,
//! mixtures of faces.

mod assessment;
mod distances;
pub mod distortion;
mod targets;
mod training;

pub use assessment::assess_embedded;
pub use distances::{DistanceOrder, measure_distances};
pub use training::{ExtractorOrder, train_extractor};
