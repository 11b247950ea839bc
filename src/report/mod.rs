//! Every plain result that crosses the worker's protocol.

pub mod anomaly_quantities;
mod claim;
mod copies;
mod data;
pub(crate) mod direction_names;
mod directions;
mod extractor;
mod face;
mod inversion;
mod job;
mod latent;
mod lecture;
mod metrics;
mod prior;
pub mod probe_quantities;
pub mod quantities;
mod run_quantities;
mod smoothness;
mod training;

pub use claim::*;
pub use copies::*;
pub use data::*;
pub use directions::*;
pub use extractor::*;
pub use face::*;
pub use inversion::*;
pub use job::*;
pub use latent::*;
pub use lecture::*;
pub use metrics::*;
pub use prior::*;
pub use run_quantities::{QuantitySource, RunQuantity};
pub use smoothness::*;
pub use training::*;
