//! The table of reconstructions: RE, PSNR, SSIM, and what else is known of the codes.

use super::form::Form;
use super::order::{Order, Subject};
use super::table::{Better, Cell, Column, Row, Standing, Table};
use super::{Measured, lecture};
use crate::gui::state::messages::count;
use crate::worker::protocol::EvaluationRow;

/// RE.
pub const RE: Column = Column {
    name: "RE",
    better: Some(Better::Lower),
    help: "Reconstruction error, the mean squared error per pixel and channel with values in [0, 1]. Lower is \
           better",
};
/// PSNR.
pub const PSNR: Column = Column {
    name: "PSNR dB",
    better: Some(Better::Higher),
    help: "Peak signal-to-noise ratio, 10·log10 of 1 over the squared error of an image, mean over images. Higher \
           is better",
};
/// SSIM.
pub const SSIM: Column = Column {
    name: "SSIM",
    better: Some(Better::Higher),
    help: "Structural similarity (Wang et al. 2004), Gaussian window of 11 × 11, mean over images. At most 1, \
           higher is better",
};
const KL: Column = Column {
    name: "KL nats",
    better: None,
    help: "Kullback-Leibler divergence of q(z|x) from the prior, summed over dimensions, mean over images: what \
           the codes carry. Neither direction is better by itself",
};
const ACTIVITY: Column = Column {
    name: "Activity",
    better: None,
    help: "Activity of a sparse code, mean over images and units",
};
const INACTIVE: Column = Column {
    name: "Inactive %",
    better: None,
    help: "Units of a sparse code that are inactive on an image, in percent, mean over images",
};

/// The table of what was measured, with what the form wants shown beside it.
pub fn table(measured: &Measured<Order, Vec<EvaluationRow>>, form: &Form) -> Table {
    let Measured { order, found } = measured;
    let has_kl = found.iter().any(|row| row.kl.is_some());
    let has_sparsity = found.iter().any(|row| row.sparsity.is_some());
    let kl = has_kl.then_some(KL);
    let sparsity = has_sparsity.then_some([ACTIVITY, INACTIVE]).into_iter().flatten();
    let columns: Vec<Column> = [RE, PSNR, SSIM].into_iter().chain(kl).chain(sparsity).collect();
    let width = columns.len();
    let mut rows = Vec::new();
    let mut baseline = None;
    for row in found {
        if let (Some(noise), Some(noisy)) = (row.noise, row.noisy_input)
            && baseline.replace(noisy) != Some(noisy)
        {
            let help = vec!["The noisy images themselves: what a model has to beat".to_owned()];
            let cells = padded(numbers(noisy.re, noisy.psnr, noisy.ssim), width);
            let standing = Standing::Baseline;
            rows.push(Row { name: "Noisy images".into(), facts: noise.to_string(), help, standing, cells });
        }
        let subject = order.subject(&row.name);
        let mut cells = numbers(row.metrics.re, row.metrics.psnr, row.metrics.ssim);
        cells.extend(has_kl.then(|| Cell::some(row.kl, 2)));
        if has_sparsity {
            cells.push(Cell::some(row.sparsity.map(|s| s.mean_activity), 3));
            cells.push(Cell::some(row.sparsity.map(|s| s.inactive_share * 100.0), 1));
        }
        rows.push(measured_row(subject, &row.name, row.kind.label(), cells));
    }
    if form.lecture {
        rows.extend(lecture::PIXELS.map(|(name, [re, psnr, ssim])| {
            let cells = vec![Cell::number(re, 4), Cell::number(psnr, 2), Cell::number(ssim, 3)];
            lecture_row(name, padded(cells, width))
        }));
    }
    let notes = notes(order);
    let (title, rows_are) = ("Reconstructions", "Model");
    Table { title, caption: caption(order, found), rows_are, columns, rows, notes }
}

/// What was measured: how many images of what.
fn caption(order: &Order, found: &[EvaluationRow]) -> String {
    let n = found.iter().map(|row| row.metrics.n).max().unwrap_or(0);
    let noise = order.noise.map(|noise| format!(", given with noise {} (seed {})", noise.corruption, noise.seed));
    format!("Mean over {} images, {} of {}{}", count(n), split(order), order.data, noise.unwrap_or_default())
}

/// A part of a data set, as in "test split".
pub fn split(order: &Order) -> String {
    match order.split {
        crate::config::Split::All => "all".into(),
        split => format!("{} split", split.label()),
    }
}

fn notes(order: &Order) -> Vec<String> {
    let mut sizes: Vec<usize> =
        order.subjects.iter().filter_map(|subject| Some(subject.model.as_ref()?.image_size)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let many = sizes.len() > 1;
    many.then(|| {
        let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
        format!(
            "Each model is measured at its own size ({} pixels); numbers of different sizes cannot be compared",
            sizes.join(" and ")
        )
    })
    .into_iter()
    .collect()
}

/// RE, PSNR and SSIM.
pub fn numbers(re: f64, psnr: f64, ssim: f64) -> Vec<Cell> {
    vec![Cell::number(re, 5), Cell::number(psnr, 2), Cell::number(ssim, 4)]
}

/// With empty cells up to a width.
pub fn padded(mut cells: Vec<Cell>, width: usize) -> Vec<Cell> {
    cells.resize_with(width, Cell::none);
    cells
}

/// A row about a model.
pub fn measured_row(subject: Option<&Subject>, checkpoint: &str, kind: &str, cells: Vec<Cell>) -> Row {
    let name = subject.map_or_else(|| checkpoint.to_owned(), |subject| subject.name.clone());
    let facts = subject.map(Subject::facts).filter(|facts| !facts.is_empty());
    let facts = facts.unwrap_or_else(|| kind.to_owned());
    let mut help = vec![name.clone(), facts.clone()];
    let aim = subject.and_then(|subject| subject.aim.as_ref());
    help.extend(aim.map(|aim| format!("Trained with {aim}")));
    help.push(checkpoint.to_owned());
    Row { name, facts, help, standing: Standing::Measured, cells }
}

/// A row of the lecture.
pub fn lecture_row(name: &str, cells: Vec<Cell>) -> Row {
    let help = vec![format!("{name} of the lecture"), lecture::ABOUT.to_owned()];
    Row { name: name.to_owned(), facts: "lecture".into(), help, standing: Standing::Lecture, cells }
}
