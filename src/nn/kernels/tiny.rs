//! What counts as 0 in an optimiser's state. The running means of a unit that has fallen silent decay for ever, soon
//! to numbers that f32 keeps in another form, or whose products it does, and with which processors compute a hundred
//! times more slowly.

/// Least size of a running mean of gradients that is kept.
pub const TINY: f32 = 1e-15;
/// The same for one of their squares, far below the square of any `eps` that its root is added to.
pub const TINY_SQUARE: f32 = TINY * TINY;

/// `value`, or 0 if it is smaller than `least`.
#[inline(always)]
pub fn at_least(least: f32, value: f32) -> f32 {
    if value.abs() < least { 0.0 } else { value }
}
