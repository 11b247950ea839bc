//! The palette of everything that can be done: the words that are typed, and the line that is chosen.

/// The palette while it is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// The words that are looked for.
    pub typed: String,
    /// The chosen line among those that are shown.
    pub chosen: usize,
}
