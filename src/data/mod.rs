//! Folders and zip archives of images as training data.
//!
//! A file goes the way [`source`] ([`folder`] or archive) → [`decode`] → [`resize`] →
//! [`cache`] → [`dataset`], where it is an 8-bit square from then on; [`split`] says which part of the
//! data it belongs to and [`batches`] hands out tensors' worth of floats on a thread of its own.
//! [`attributes`] reads what is said of images in a table beside them.

mod archive;
pub mod attributes;
mod augment;
pub mod batches;
pub mod cache;
pub mod corruption;
pub mod dataset;
pub mod decode;
mod fingerprint;
pub mod folder;
pub(crate) mod ingest;
mod orientation;
pub(crate) mod pace;
pub mod partition;
mod positioned;
pub mod resize;
pub mod source;
pub mod split;
pub mod survey;
mod threads;
