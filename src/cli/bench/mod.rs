//! `morphospace bench`: measures this program on this machine.

pub mod ingest;
pub mod memory;
