//! Folders of images as training data.
//!
//! A file goes the way [`folder`] → [`decode`] → [`crop`] → [`resize`] → [`dataset`], where it is an
//! 8-bit square from then on; [`split`] says which part of the data it belongs to and [`batches`]
//! hands out tensors' worth of floats on a thread of its own.

pub mod batches;
pub mod crop;
pub mod dataset;
pub mod decode;
pub mod faces;
pub mod folder;
mod orientation;
pub(crate) mod pace;
pub mod report;
pub mod resize;
pub mod split;
pub mod survey;
