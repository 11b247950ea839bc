//! The numbers that the lecture published from which this program grew, as a yardstick.

use std::borrow::Cow;

use rust_i18n::t;

use crate::table::{Cell, Measure, Quantity};

/// Notes about them.
pub fn about() -> Cow<'static, str> {
    t!(
        "The lecture on autoencoders and GANs from which this program grew published these numbers. They were measured \
         on other images, at other sizes of images and models, and with other Inception features: a yardstick, not a \
         rival"
    )
}

/// Its numbers for a kind of model, with its own digits, under the columns of a table.
pub fn cells<S>(said: &S, measures: &[Measure<S>], heads: &[Quantity]) -> Vec<Cell> {
    let under = |head: &Quantity| {
        let measure = measures.iter().find(|measure| measure.quantity.column == head.column);
        let text = |m: &Measure<S>| m.quantity.in_column().shown(&(m.read)(said));
        measure.map(text).into()
    };
    heads.iter().map(under).collect()
}
