//! The table of draws: Fréchet distance, precision, recall, density, coverage.

use super::form::Form;
use super::order::Order;
use super::pixels::{lecture_row, measured_row, padded, split};
use super::table::{Better, Cell, Column, Table};
use super::{Measured, lecture};
use crate::gui::state::messages::count;
use crate::worker::protocol::{SampleRow, SetMetrics};

/// The columns of numbers between two sets.
pub const COLUMNS: [Column; 5] = [
    Column {
        name: "Fréchet distance",
        better: Some(Better::Lower),
        help: "Distance between Gaussians fitted to the features of both sets (Heusel et al. 2017). It is the FID \
               only with the features of the Inception network. Lower is better",
    },
    Column {
        name: "Precision",
        better: Some(Better::Higher),
        help: "Share of the draws on the manifold of the real images (Kynkäänniemi et al. 2019): how many look \
               real. Higher is better",
    },
    Column {
        name: "Recall",
        better: Some(Better::Higher),
        help: "Share of the real images on the manifold of the draws (Kynkäänniemi et al. 2019): how much of the \
               variety is drawn. Higher is better",
    },
    Column {
        name: "Density",
        better: Some(Better::Higher),
        help: "Balls around real images that a draw lies in, over k (Naeem et al. 2020). Real images have 1; \
               higher is better",
    },
    Column {
        name: "Coverage",
        better: Some(Better::Higher),
        help: "Share of the real images with a draw in their ball (Naeem et al. 2020). Higher is better",
    },
];

/// The table of what was measured, with what the form wants shown beside it.
pub fn table(measured: &Measured<Order, Vec<SampleRow>>, form: &Form) -> Table {
    let Measured { order, found } = measured;
    let mut rows: Vec<_> = found
        .iter()
        .map(|row| {
            let kind = row.kind.label();
            measured_row(order.subject(&row.name), &row.name, kind, numbers(&row.metrics))
        })
        .collect();
    if form.lecture {
        rows.extend(lecture::DRAWS.map(|(name, [fid, precision, recall])| {
            let cells = vec![Cell::number(fid, 1), Cell::number(precision, 4), Cell::number(recall, 4)];
            lecture_row(name, padded(cells, COLUMNS.len()))
        }));
    }
    // It is the same for all models, and enough to read once.
    let notes = found.iter().find_map(|row| row.metrics.warning()).into_iter().collect();
    let (title, rows_are) = ("Draws", "Model");
    Table { title, caption: caption(order, found), rows_are, columns: COLUMNS.to_vec(), rows, notes }
}

/// The numbers between two sets.
pub fn numbers(metrics: &SetMetrics) -> Vec<Cell> {
    let SetMetrics { fid, precision, recall, density, coverage, .. } = *metrics;
    let shares = [precision, recall, density, coverage].map(|share| Cell::number(share, 4));
    std::iter::once(Cell::number(fid, 3)).chain(shares).collect()
}

fn caption(order: &Order, found: &[SampleRow]) -> String {
    let Some(SampleRow { metrics, .. }) = found.first() else { return String::new() };
    format!(
        "{} draws from the prior (seed {}) against {} real images, {} of {}; features {}, k {}",
        count(metrics.n_generated),
        order.seed,
        count(metrics.n_real),
        split(order),
        order.data,
        metrics.features,
        metrics.k
    )
}
