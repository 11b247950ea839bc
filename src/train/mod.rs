//! The training loop.

pub mod report;
