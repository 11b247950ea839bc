//! The record that a run has left in its folder.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::checkpoint::Meta;
use super::events;
use super::folder::RunPaths;
use crate::config::{Change, Plan};
use crate::error::{Error, Result};
use crate::report::{LastReading, RunHistory};
use crate::table::Cell;

/// Bytes read at once.
const BUFFER: usize = 1 << 18;

/// Reads the past of a run, which may be going on in this program or another. The last checkpoint says how far
/// it has come; the lines of `history.csv` may go further. A run that was ended before its first stands at step 0.
///
/// # Errors
/// When there is no run in the folder, or a file of it cannot be read.
pub fn read_run(folder: &Path) -> Result<RunHistory> {
    let place = RunPaths::of(folder)?;
    let meta = place.meta()?;
    let HistoryTable { names, steps, columns } = read_table(&place.history())?;
    Ok(RunHistory {
        step: meta.steps,
        changes: changes_of(&place, &meta)?,
        sheets: place.sheets(),
        folder: place.path().to_owned(),
        config: meta.config,
        forked_from: meta.forked_from,
        names,
        steps,
        columns,
    })
}

/// The changes to the settings of a run: those up to its checkpoint are in there. Those after it were written
/// down when they were made, and the updates that they act on are yet to be done again.
pub fn changes_of(place: &RunPaths, meta: &Meta) -> Result<Vec<Change>> {
    let mut plan = Plan::new(&meta.config, &meta.changes);
    let written = events::read(&place.events(), &meta.config)?;
    written.into_iter().filter(|change| change.step >= meta.steps).for_each(|change| plan.change(change));
    Ok(plan.changes().to_owned())
}

/// Numbers by columns.
#[derive(Debug, Default, PartialEq)]
struct HistoryTable {
    /// Of the columns beside `step`.
    names: Vec<String>,
    steps: Vec<u32>,
    columns: Vec<Vec<f32>>,
}

/// Reads a table whose first column is `step`. Lines that are not whole, as the last one of a run that was
/// killed, are left out; what is no number is NaN. A file of another kind has nothing to tell.
fn read_table(path: &Path) -> Result<HistoryTable> {
    let Some(mut lines) = HistoryLines::open(path)? else { return Ok(HistoryTable::default()) };
    let names = lines.names.clone();
    let mut table = HistoryTable { columns: vec![Vec::new(); names.len()], names, ..HistoryTable::default() };
    while let Some((step, cells)) = lines.next()? {
        table.steps.push(step);
        for (column, cell) in table.columns.iter_mut().zip(cells) {
            column.push(cell.parse().unwrap_or(f32::NAN));
        }
    }
    Ok(table)
}

/// The last number in each column of such a table.
pub(super) fn last_readings(path: &Path) -> Result<Vec<LastReading>> {
    let Some(mut lines) = HistoryLines::open(path)? else { return Ok(Vec::new()) };
    let mut last: Vec<(u32, String)> = vec![(0, String::new()); lines.names.len()];
    while let Some((step, cells)) = lines.next()? {
        for (last, cell) in last.iter_mut().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            last.0 = step;
            last.1.clear();
            last.1.push_str(cell);
        }
    }
    let reading = |(column, (step, cell)): (String, (u32, String))| {
        let value = Cell::from(cell.parse::<f64>().ok());
        (value != Cell::Empty).then_some(LastReading { column, step: step as usize, value })
    };
    Ok(lines.names.into_iter().zip(last).filter_map(reading).collect())
}

/// The whole lines of a table whose first column is `step`.
struct HistoryLines<'a> {
    path: &'a Path,
    reader: BufReader<File>,
    /// Of the columns beside `step`.
    names: Vec<String>,
    bytes: Vec<u8>,
}

impl<'a> HistoryLines<'a> {
    /// None where there is no file, or one of another kind.
    fn open(path: &'a Path) -> Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        let reader = BufReader::with_capacity(BUFFER, file);
        let mut lines = HistoryLines { path, reader, names: Vec::new(), bytes: Vec::new() };
        lines.read()?;
        let mut header = lines.text().trim_end().split(',');
        if header.next() != Some("step") {
            return Ok(None);
        }
        lines.names = header.map(str::to_owned).collect();
        Ok(Some(lines))
    }

    fn read(&mut self) -> Result<bool> {
        self.bytes.clear();
        self.reader.read_until(b'\n', &mut self.bytes).map_err(Error::io("read", self.path))?;
        Ok(!self.bytes.is_empty())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }

    /// The step and the other cells of the next whole line.
    fn next(&mut self) -> Result<Option<(u32, std::str::Split<'_, char>)>> {
        while self.read()? {
            let columns = self.names.len();
            let is_whole = |line: &&str| line.bytes().filter(|byte| *byte == b',').count() == columns;
            let line = self.text().strip_suffix('\n').filter(is_whole);
            if line.is_some_and(|line| step_of(line).is_some()) {
                let mut cells = self.text().trim_end_matches('\n').split(',');
                let step = cells.next().and_then(|cell| cell.parse().ok());
                return Ok(step.map(|step| (step, cells)));
            }
        }
        Ok(None)
    }
}

fn step_of(line: &str) -> Option<u32> {
    line.split(',').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &[u8]) -> HistoryTable {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        std::fs::write(&path, text).unwrap();
        read_table(&path).unwrap()
    }

    #[test]
    fn lines_that_are_not_whole_are_left_out_and_empty_cells_are_no_numbers() {
        let read =
            table(b"step,loss,validation_psnr\n1,2.5,\n2,1e300,inf\n\xff,1,1\n4,1\nx,1,1\n5,0.5,7\n6,0.25,");
        assert_eq!((read.names, read.steps), (vec!["loss".into(), "validation_psnr".into()], vec![1, 2, 5]));
        assert_eq!(read.columns[0], [2.5, f32::INFINITY, 0.5]);
        assert!(read.columns[1][0].is_nan());
        assert_eq!(read.columns[1][1..], [f32::INFINITY, 7.0]);
        assert_eq!(table(b"step,loss\r\n1,2\r\n").steps, [1], "as a spreadsheet may leave it");
    }

    #[test]
    fn the_last_reading_of_a_column_is_its_last_number_with_all_digits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        std::fs::write(&path, b"step,loss,validation_loss,r1\n1,2.5,0.1234567890123,\n2,1.5,,\n3,0.5")
            .unwrap();
        let read =
            |column: &str, step, value: f64| LastReading { column: column.into(), step, value: value.into() };
        assert_eq!(
            last_readings(&path).unwrap(),
            [read("loss", 2, 1.5), read("validation_loss", 1, 0.1234567890123)]
        );
        assert_eq!(last_readings(Path::new("nowhere/history.csv")).unwrap(), []);
    }

    #[test]
    fn a_file_of_another_kind_and_one_that_is_not_there_tell_nothing() {
        assert_eq!(table(b""), HistoryTable::default());
        assert_eq!(table(b"name,step\n1,2\n"), HistoryTable::default());
        assert_eq!(read_table(Path::new("nowhere/history.csv")).unwrap(), HistoryTable::default());
        assert_eq!(table(b"step").steps, [0u32; 0]);
    }
}
