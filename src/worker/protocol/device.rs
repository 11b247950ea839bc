//! The part of the contract that is about what computes.

use serde::{Deserialize, Serialize};

pub use crate::device::DeviceMemory;

/// Device of the jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// As in "CPU" or "NVIDIA H100 80GB HBM3".
    pub name: String,
    /// Threads of the processor; none for a card.
    pub threads: Option<usize>,
    /// A card's memory, of all programs together; none for the processor.
    pub memory: Option<DeviceMemory>,
    /// Why it is the processor where a card was looked for.
    pub note: Option<String>,
    /// Why what was asked for cannot be used; jobs fail until something else is chosen.
    pub problem: Option<String>,
}
