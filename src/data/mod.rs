//! Folders of images as training data.

pub mod crop;
pub mod report;
