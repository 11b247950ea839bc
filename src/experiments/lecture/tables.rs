//! The rows as tables, beside what the lecture says.

use super::measure::LectureMeasurements;
use super::notes;
use super::runs::TrainedEntry;
use crate::config::LectureConfig;
use crate::report::quantities::{PIXEL_COUNTS, PIXELS, SET_FACTS, SETS};
use crate::report::{DrawsRow, LectureDraws, LectureReconstruction, ReconstructionRow, SetMetrics};
use crate::table::{Cell, Column, Measure, Table, present};

/// The first table, and the second if there is anything in it.
pub fn tables(
    lecture: &LectureConfig,
    entries: &[TrainedEntry],
    measured: &LectureMeasurements,
) -> Vec<Table> {
    let mut tables = Vec::new();
    if !measured.reconstruction.is_empty() {
        let (columns, rows) = reconstructions(&measured.reconstruction);
        let notes = notes::of_reconstruction(lecture, entries, measured);
        tables.push(Table { title: "Reconstruction of test images".into(), columns, rows, notes });
    }
    if !measured.draws.is_empty() {
        let (columns, rows) = draws(&measured.draws);
        let notes = notes::of_draws(entries, measured);
        tables.push(Table { title: "Draws of the models against real images".into(), columns, rows, notes });
    }
    if let Some(last) = tables.last_mut() {
        last.notes.extend_from_slice(&measured.left_out);
    }
    tables
}

/// The columns of a table of the lecture.
struct Shown<M: 'static, S: 'static> {
    /// Our measurements.
    measured: Vec<&'static Measure<M>>,
    /// Numbers of images, and the like.
    counts: Vec<&'static Measure<M>>,
    /// The lecture's numbers.
    said: &'static [Measure<S>],
}

impl<M, S> Shown<M, S> {
    fn columns(&self) -> impl Iterator<Item = Column> {
        let measured = self.measured.iter().map(|measure| measure.quantity.in_column());
        let counts = self
            .counts
            .iter()
            .map(|Measure { quantity, .. }| Column { title: quantity.short_title(), ..quantity.in_column() });
        measured.chain(counts).chain(self.said.iter().map(|said| said.quantity.in_column()))
    }

    fn cells(&self, metrics: &M, said: Option<&S>) -> impl Iterator<Item = Cell> {
        let measured = self.measured.iter().chain(&self.counts).map(|m| (m.read)(metrics));
        measured.chain(self.said.iter().map(move |m| said.map(m.read).unwrap_or_default()))
    }
}

fn reconstructions(rows: &[ReconstructionRow]) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let measured = PIXELS.iter().collect();
    let counts = present(PIXEL_COUNTS, rows.iter().map(|row| &row.metrics));
    let shown = Shown { measured, counts, said: LectureReconstruction::MEASURES };
    let counts = ["Code", "Weights", "Steps"].map(Column::count);
    let about = ["Model", "Input"].map(Column::text).into_iter().chain(counts);
    let cells = |row: &ReconstructionRow| {
        let input = row.noise.map_or("clean".into(), |noise| noise.to_string());
        let about: [Cell; 5] = [
            row.name.as_str().into(),
            input.into(),
            row.latent_dim.into(),
            row.weights.into(),
            row.steps.into(),
        ];
        about.into_iter().chain(shown.cells(&row.metrics, row.lecture.as_ref())).collect()
    };
    (about.chain(shown.columns()).collect(), rows.iter().map(cells).collect())
}

fn draws(rows: &[DrawsRow]) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let said = LectureDraws::MEASURES;
    let place = |m: &&Measure<SetMetrics>| said.iter().position(|s| s.quantity.column == m.quantity.column);
    // First what the lecture has too, in its order.
    let mut measured = present(SETS, rows.iter().map(|row| &row.metrics));
    measured.sort_by_key(|measure| place(measure).unwrap_or(said.len()));
    let shown = Shown { measured, counts: SET_FACTS.iter().collect(), said };
    let about = ["Model", "Split"].map(Column::text).into_iter();
    let cells = |row: &DrawsRow| {
        let about: [Cell; 2] = [row.name.as_str().into(), row.split.label().into()];
        about.into_iter().chain(shown.cells(&row.metrics, row.lecture.as_ref())).collect()
    };
    (about.chain(shown.columns()).collect(), rows.iter().map(cells).collect())
}
