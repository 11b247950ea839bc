//! Every plain result that crosses the worker's protocol.

mod data;
mod extractor;
mod latent;
mod lecture;
mod metrics;
mod training;

pub use data::*;
pub use extractor::*;
pub use latent::*;
pub use lecture::*;
pub use metrics::*;
pub use training::*;
