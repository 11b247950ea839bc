//! The numbers of the lecture that this program grew from, as a yardstick.

use crate::table::{Cell, Measure, Quantity};

/// Notes about them.
pub const ABOUT: &str = "The lecture's numbers were measured on other data, at other sizes of images and models, and \
                         with other Inception features. They are a yardstick, not a rival";

/// Its numbers for a kind of model, with its own digits, under the columns of a table.
pub fn cells<S>(said: &S, measures: &[Measure<S>], heads: &[Quantity]) -> Vec<Cell> {
    let under = |head: &Quantity| {
        let measure = measures.iter().find(|measure| measure.quantity.column == head.column);
        let text = |m: &Measure<S>| m.quantity.in_column().shown(&(m.read)(said));
        measure.map(text).into()
    };
    heads.iter().map(under).collect()
}
