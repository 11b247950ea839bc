//! Experiments that repeat a claim: the lecture's tables, posterior collapse and its rescue, the embedded feature
//! extractor.

mod collapse;
pub mod extractor;
mod lecture;

pub use collapse::{CollapseOrder, demonstrate_collapse};
pub use lecture::repeat_lecture;
