//! The record that a run has left in its folder.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::checkpoint::Meta;
use super::events;
use super::folder::RunPaths;
use crate::config::{Change, Plan};
use crate::error::{Error, Result};
use crate::report::RunHistory;

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
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HistoryTable::default()),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let mut reader = BufReader::with_capacity(BUFFER, file);
    let mut line = String::new();
    let mut bytes = Vec::new();
    let mut next = |line: &mut String| -> Result<bool> {
        bytes.clear();
        reader.read_until(b'\n', &mut bytes).map_err(Error::io("read", path))?;
        line.clear();
        line.push_str(std::str::from_utf8(&bytes).unwrap_or_default());
        Ok(!bytes.is_empty())
    };
    next(&mut line)?;
    let mut header = line.trim_end().split(',');
    if header.next() != Some("step") {
        return Ok(HistoryTable::default());
    }
    let names: Vec<String> = header.map(str::to_owned).collect();
    let mut table = HistoryTable { columns: vec![Vec::new(); names.len()], names, ..HistoryTable::default() };
    while next(&mut line)? {
        table.take(&line);
    }
    Ok(table)
}

impl HistoryTable {
    fn take(&mut self, line: &str) {
        let Some(line) = line.strip_suffix('\n') else { return };
        if line.bytes().filter(|byte| *byte == b',').count() != self.columns.len() {
            return;
        }
        let mut cells = line.split(',');
        let Some(step) = cells.next().and_then(|cell| cell.parse().ok()) else { return };
        self.steps.push(step);
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell.parse().unwrap_or(f32::NAN));
        }
    }
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
    fn a_file_of_another_kind_and_one_that_is_not_there_tell_nothing() {
        assert_eq!(table(b""), HistoryTable::default());
        assert_eq!(table(b"name,step\n1,2\n"), HistoryTable::default());
        assert_eq!(read_table(Path::new("nowhere/history.csv")).unwrap(), HistoryTable::default());
        assert_eq!(table(b"step").steps, [0u32; 0]);
    }
}
