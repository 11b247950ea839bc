//! The part of a batch that a rank has.

/// Some images of an update, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPart {
    /// Number of the first one.
    pub first: usize,
    /// Number of images.
    pub count: usize,
    /// Number of all images of the update.
    pub of: usize,
}
