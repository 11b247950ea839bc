//! The table of how smooth code spaces are.

use rust_i18n::t;

use super::order::{Measured, ModelsOrder};
use super::pixels::measured_row;
use super::sheet::{RowKind, Sheet};
use crate::gui::state::messages::count;
use crate::report::quantities::SMOOTHNESS;
use crate::table::present;
use crate::worker::protocol::{SmoothnessReport, SmoothnessRow};

/// The table of what was measured, with the verdict beneath it.
pub fn sheet(measured: &Measured<ModelsOrder, SmoothnessReport>) -> Sheet {
    let Measured { order, found, .. } = measured;
    let measures = present(SMOOTHNESS, found.rows.iter());
    let heads = measures.iter().map(|measure| measure.quantity).collect();
    let row = |row: &SmoothnessRow| {
        let cells = measures.iter().map(|measure| (measure.read)(row)).collect();
        measured_row(order.candidate(&row.name), &row.name, row.kind.label(), cells)
    };
    let (walks, draws) = found.rows.first().map_or((0, 0), |row| (row.walks, row.n));
    let caption = t!(
        "The same %{walks} walks between held-out faces and %{draws} draws of seed %{seed} through each model; features \
         %{features}. A draw is unlike any of %{real} faces beyond a distance of %{far}, as 1 in 100 of %{held_out} \
         held-out faces is",
        walks = count(walks),
        draws = count(draws),
        seed = order.seed,
        features = found.features,
        real = count(found.real),
        far = format!("{:.2}", found.threshold),
        held_out = count(found.held_out)
    )
    .into_owned();
    let (title, rows_are) = ("Smoothness", RowKind::Model);
    Sheet {
        title,
        caption,
        rows_are,
        heads,
        rows: found.rows.iter().map(row).collect(),
        notes: measured.changed().into_iter().chain(found.verdict.iter().cloned()).collect(),
    }
}
