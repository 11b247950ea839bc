//! Experiments that repeat a claim: what autoencoders are for, the lecture's tables, posterior collapse and its rescue,
//! the smoothness of code spaces, the embedded feature extractor.

pub mod claims;
mod collapse;
pub mod extractor;
mod lecture;
mod queue;
mod quiet;
mod smoothness;

pub use collapse::{CollapseOrder, collapse_words, demonstrate_collapse};
pub use lecture::repeat_lecture;
pub use smoothness::{SmoothnessOrder, measure_smoothness};
