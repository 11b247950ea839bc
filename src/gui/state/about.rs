//! The box that says what the program is and what it carries.

/// The box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AboutBox {
    /// Whether it is open.
    pub is_open: bool,
    /// Part whose licence is shown, by its place in [`PARTS`](crate::about::licences::PARTS).
    pub part: usize,
}
