//! One file a subcommand; each prints what the worker tells.

pub mod bench;
