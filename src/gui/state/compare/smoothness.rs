//! The table of how smooth code spaces are.

use super::order::{Measured, ModelsOrder};
use super::pixels::measured_row;
use super::sheet::Sheet;
use crate::gui::state::messages::count;
use crate::report::quantities::SMOOTHNESS;
use crate::table::present;
use crate::worker::protocol::{SmoothnessReport, SmoothnessRow};

/// The table of what was measured, with the verdict beneath it.
pub fn sheet(measured: &Measured<ModelsOrder, SmoothnessReport>) -> Sheet {
    let Measured { order, found } = measured;
    let measures = present(SMOOTHNESS, found.rows.iter());
    let heads = measures.iter().map(|measure| measure.quantity).collect();
    let row = |row: &SmoothnessRow| {
        let cells = measures.iter().map(|measure| (measure.read)(row)).collect();
        measured_row(order.candidate(&row.name), &row.name, row.kind.label(), cells)
    };
    let (walks, draws) = found.rows.first().map_or((0, 0), |row| (row.walks, row.n));
    let caption = format!(
        "The same {} walks between held-out faces and {} draws of seed {} through each model; features {}. A draw is unlike \
         any of {} faces beyond a distance of {:.2}, as 1 in 100 of {} held-out faces is",
        count(walks),
        count(draws),
        order.seed,
        found.features,
        count(found.real),
        found.threshold,
        count(found.held_out)
    );
    let (title, rows_are) = ("Smoothness", "Model");
    Sheet {
        title,
        caption,
        rows_are,
        heads,
        rows: found.rows.iter().map(row).collect(),
        notes: found.verdict.clone(),
    }
}
