//! Conversations with a worker: commands in, events out, no window.

#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "../common/mod.rs"]
mod common;
mod control;
mod device;
mod exports;
mod jobs;
#[path = "../common/npz.rs"]
mod npz;
mod questions;
mod script;
mod watching;
