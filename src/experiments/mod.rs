//! Experiments that repeat a claim: the lecture's tables, posterior collapse and its rescue, the smoothness of code
//! spaces, the embedded feature extractor.

mod collapse;
pub mod extractor;
mod lecture;
mod smoothness;

pub use collapse::{CollapseOrder, demonstrate_collapse};
pub use lecture::repeat_lecture;
pub use smoothness::{SmoothnessOrder, measure_smoothness};
