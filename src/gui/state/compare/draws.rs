//! The table of draws: Fréchet distance, precision, recall, density, coverage.

use super::form::Form;
use super::lecture;
use super::order::{Measured, Order};
use super::pixels::{images, lecture_row, measured_row};
use super::sheet::{Head, Sheet};
use crate::gui::state::messages::count;
use crate::table::{Better, Cell};
use crate::worker::protocol::{SampleRow, SetMetrics};

/// The columns of numbers between two sets.
pub fn heads() -> [Head; 5] {
    let share = |name, help| Head::measure(name, "", Better::Up, 4, help);
    [
        Head::measure(
            "Fréchet distance",
            "",
            Better::Down,
            3,
            "Distance between Gaussians fitted to the features of both sets (Heusel et al. 2017). It is the FID \
               only with the features of the Inception network. Lower is better",
        ),
        share(
            "Precision",
            "Share of the draws on the manifold of the real images (Kynkäänniemi et al. 2019): how many look \
               real. Higher is better",
        ),
        share(
            "Recall",
            "Share of the real images on the manifold of the draws (Kynkäänniemi et al. 2019): how much of the \
               variety is drawn. Higher is better",
        ),
        share(
            "Density",
            "Balls around real images that a draw lies in, over k (Naeem et al. 2020). Real images have 1; \
               higher is better",
        ),
        share(
            "Coverage",
            "Share of the real images with a draw in their ball (Naeem et al. 2020). Higher is better",
        ),
    ]
}

/// The table of what was measured, with what the form wants shown beside it.
pub fn sheet(measured: &Measured<Order, Vec<SampleRow>>, form: &Form) -> Sheet {
    let Measured { order, found } = measured;
    let mut rows: Vec<_> = found
        .iter()
        .map(|row| {
            let kind = row.kind.label();
            measured_row(order.subject(&row.name), &row.name, kind, numbers(&row.metrics))
        })
        .collect();
    if form.lecture {
        rows.extend(lecture::draws().map(|(kind, numbers)| lecture_row(kind, numbers)));
    }
    // It is the same for all models, and enough to read once.
    let notes = found.iter().find_map(|row| row.metrics.warning()).into_iter().collect();
    let (title, rows_are) = ("Draws", "Model");
    Sheet { title, caption: caption(order, found), rows_are, heads: heads().into(), rows, notes }
}

/// The numbers between two sets.
pub fn numbers(metrics: &SetMetrics) -> Vec<Cell> {
    let SetMetrics { fid, precision, recall, density, coverage, .. } = *metrics;
    [fid, precision, recall, density, coverage].map(Cell::from).into()
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
