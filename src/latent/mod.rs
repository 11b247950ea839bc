//! Tools for code spaces.

pub mod info;
