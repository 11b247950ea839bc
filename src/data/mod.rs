//! Folders, zip archives and arrays of images as training data.
//!
//! A file goes the way [`source`] ([`folder`], archive or [`arrays`]; [`mod@format`] says what its files are) →
//! [`decode`] → [`resample`](crate::resample) → [`cache`] → [`dataset`], where it is an 8-bit square from then on;
//! [`identity`] and [`split`] say which part of the data it belongs to and [`batches`] hands out tensors' worth of
//! floats on a thread of its own. [`attributes`] reads what is said of images in a table beside them.

mod archive;
pub(crate) mod arrays;
pub(crate) mod attributes;
mod augment;
pub(crate) mod batches;
pub(crate) mod cache;
pub(crate) mod corruption;
pub(crate) mod dataset;
pub(crate) mod decode;
mod fingerprint;
pub(crate) mod folder;
pub(crate) mod format;
pub(crate) mod grey;
pub(crate) mod identity;
pub(crate) mod ingest;
mod orientation;
pub(crate) mod pace;
pub(crate) mod partition;
pub(crate) mod positioned;
pub(crate) mod run_folders;
pub(crate) mod source;
pub(crate) mod split;
pub(crate) mod survey;
mod threads;
pub(crate) mod trained_on;

pub use crate::resample::crop_resize;
pub use attributes::Attributes;
pub use cache::keeper::{list as list_cache, verify as verify_cache};
pub use dataset::Dataset;
pub use decode::decode_image;
pub use identity::Naming;
pub use source::Source;
pub use split::split_of;
