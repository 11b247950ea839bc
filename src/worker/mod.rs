//! The threads that do the work, and the protocol to talk to them.

pub mod protocol;
