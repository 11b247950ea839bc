//! The table of draws against real images, as sets.

use super::form::Form;
use super::order::{Measured, Order};
use super::pixels::{images, lecture_rows, measured_row};
use super::sheet::Sheet;
use crate::gui::state::messages::count;
use crate::report::quantities::SETS;
use crate::table::{Quantity, present};
use crate::worker::protocol::{LectureDraws, SampleRow};

/// The table of what was measured, with what the form wants shown beside it.
pub fn sheet(measured: &Measured<Order, Vec<SampleRow>>, form: &Form) -> Sheet {
    let Measured { order, found } = measured;
    let measures = present(SETS, found.iter().map(|row| &row.metrics));
    let heads: Vec<Quantity> = measures.iter().map(|measure| measure.quantity).collect();
    let measured = |row: &SampleRow| {
        let cells = measures.iter().map(|measure| (measure.read)(&row.metrics)).collect();
        measured_row(order.subject(&row.name), &row.name, row.kind.label(), cells)
    };
    let mut rows: Vec<_> = found.iter().map(measured).collect();
    if form.lecture {
        rows.extend(lecture_rows(&heads, LectureDraws::of, LectureDraws::MEASURES));
    }
    // It is the same for all models, and enough to read once.
    let notes = found.iter().find_map(|row| row.metrics.warning()).into_iter().collect();
    let (title, rows_are) = ("Draws", "Model");
    Sheet { title, caption: caption(order, found), rows_are, heads, rows, notes }
}

fn caption(order: &Order, found: &[SampleRow]) -> String {
    let Some(SampleRow { metrics, .. }) = found.first() else { return String::new() };
    format!(
        "{} draws from the prior (seed {}) against {} real images, {}; features {}, k {}",
        count(metrics.n_generated),
        order.seed,
        count(metrics.n_real),
        images(order),
        metrics.features,
        metrics.k
    )
}
