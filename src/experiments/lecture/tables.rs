//! The rows as tables, beside what the lecture says.

use super::measure::Measured;
use super::notes;
use super::runs::Entry;
use crate::config::LectureConfig;
use crate::report::{DrawsRow, ReconstructionRow};
use crate::table::{Better, Cell, Column, Table};

/// The first table, and the second if there is anything in it.
pub fn tables(lecture: &LectureConfig, entries: &[Entry], measured: &Measured) -> Vec<Table> {
    let mut tables = Vec::new();
    if !measured.reconstruction.is_empty() {
        tables.push(Table {
            title: "Reconstruction of test images".into(),
            columns: reconstruction_columns(),
            rows: measured.reconstruction.iter().map(reconstruction_cells).collect(),
            notes: notes::of_reconstruction(lecture, entries, measured),
        });
    }
    if !measured.draws.is_empty() {
        tables.push(Table {
            title: "Draws of the models against real images".into(),
            columns: draws_columns(),
            rows: measured.draws.iter().map(draws_cells).collect(),
            notes: notes::of_draws(entries, measured),
        });
    }
    if let Some(last) = tables.last_mut() {
        last.notes.extend_from_slice(&measured.left_out);
    }
    tables
}

fn reconstruction_columns() -> Vec<Column> {
    vec![
        Column::text("Model"),
        Column::text("Input"),
        Column::count("Code"),
        Column::count("Weights"),
        Column::count("Steps"),
        Column::measure("RE", "", Better::Down, 5),
        Column::measure("PSNR", "dB", Better::Up, 2),
        Column::measure("SSIM", "", Better::Up, 4),
        Column::count("Images"),
        Column::measure("Lecture's RE", "", Better::Down, 4),
        Column::measure("Lecture's PSNR", "dB", Better::Up, 2),
        Column::measure("Lecture's SSIM", "", Better::Up, 3),
    ]
}

fn reconstruction_cells(row: &ReconstructionRow) -> Vec<Cell> {
    let said = row.lecture;
    vec![
        row.name.as_str().into(),
        row.noise.map_or("clean".into(), |noise| noise.to_string()).into(),
        row.latent_dim.into(),
        row.weights.into(),
        row.steps.into(),
        row.metrics.re.into(),
        row.metrics.psnr.into(),
        row.metrics.ssim.into(),
        row.metrics.n.into(),
        said.map(|said| said.re).into(),
        said.map(|said| said.psnr).into(),
        said.map(|said| said.ssim).into(),
    ]
}

fn draws_columns() -> Vec<Column> {
    vec![
        Column::text("Model"),
        Column::text("Split"),
        Column::measure("Precision", "", Better::Up, 4),
        Column::measure("Recall", "", Better::Up, 4),
        Column::measure("Fréchet distance", "", Better::Down, 3),
        Column::measure("Density", "", Better::Up, 4),
        Column::measure("Coverage", "", Better::Up, 4),
        Column::count("k"),
        Column::count("Real"),
        Column::count("Drawn"),
        Column::text("Features"),
        Column::measure("Lecture's precision", "", Better::Up, 4),
        Column::measure("Lecture's recall", "", Better::Up, 4),
        Column::measure("Lecture's FID", "", Better::Down, 1),
    ]
}

fn draws_cells(row: &DrawsRow) -> Vec<Cell> {
    let (metrics, said) = (&row.metrics, row.lecture);
    vec![
        row.name.as_str().into(),
        row.split.label().into(),
        metrics.precision.into(),
        metrics.recall.into(),
        metrics.fid.into(),
        metrics.density.into(),
        metrics.coverage.into(),
        metrics.k.into(),
        metrics.n_real.into(),
        metrics.n_generated.into(),
        metrics.features.as_str().into(),
        said.map(|said| said.precision).into(),
        said.map(|said| said.recall).into(),
        said.map(|said| said.fid).into(),
    ]
}
