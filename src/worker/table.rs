//! Tables of numbers over steps.

use std::io::Write;
use std::path::Path;

use super::protocol::TableColumn;
use crate::atomic_file::{FileKind, write_atomically};
use crate::error::{Error, Result};
use crate::table::csv_field;

/// Writes the columns beside each other as CSV (RFC 4180, but with lone line feeds): `step` and their names,
/// then a line for every step that any of them has. A cell without a finite number is empty.
///
/// # Errors
/// No columns, one whose steps do not rise or are not as many as its numbers, or what the system says,
/// naming the file.
pub fn write(columns: &[TableColumn], file: &Path) -> Result<()> {
    if columns.iter().all(|column| column.steps.is_empty()) {
        return Err(Error::Invalid("there are no numbers to write".into()));
    }
    for TableColumn { name, steps, values } in columns {
        if steps.len() != values.len() || steps.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Error::Invalid(format!(
                "the column '{name}' is not a number for each of rising steps"
            )));
        }
    }
    write_atomically(file, FileKind::Csv, |out| {
        out.write_all(b"step")?;
        for column in columns {
            write!(out, ",{}", csv_field(&column.name))?;
        }
        let mut places = vec![0; columns.len()];
        while let Some(step) = next_step(columns, &places) {
            write!(out, "\n{step}")?;
            for (column, place) in columns.iter().zip(&mut places) {
                out.write_all(b",")?;
                if column.steps.get(*place) == Some(&step) {
                    let value = column.values[*place];
                    if value.is_finite() {
                        write!(out, "{value}")?;
                    }
                    *place += 1;
                }
            }
        }
        out.write_all(b"\n")
    })
}

/// The smallest step that has not been written.
fn next_step(columns: &[TableColumn], places: &[usize]) -> Option<u32> {
    columns.iter().zip(places).filter_map(|(column, &place)| column.steps.get(place).copied()).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, steps: &[u32], values: &[f32]) -> TableColumn {
        TableColumn { name: name.into(), steps: steps.into(), values: values.into() }
    }

    #[test]
    fn columns_over_different_steps_lie_beside_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("curves.csv");
        let columns = [
            column("loss", &[1, 2, 3], &[0.5, f32::NAN, 0.25]),
            column("run \"2\", loss", &[2, 4], &[1e-9, 3.0]),
        ];
        write(&columns, &file).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text, "step,loss,\"run \"\"2\"\", loss\"\n1,0.5,\n2,,0.000000001\n3,0.25,\n4,,3\n");
    }

    #[test]
    fn what_is_no_table_is_refused_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("curves.csv");
        for columns in [
            vec![],
            vec![column("loss", &[], &[])],
            vec![column("loss", &[1, 2], &[0.5])],
            vec![column("loss", &[2, 1], &[0.5, 0.5])],
        ] {
            assert!(write(&columns, &file).is_err(), "{columns:?}");
        }
        assert!(!file.exists());
        let message = write(&[column("loss", &[1], &[0.5])], &folder.path().join("no/a.csv")).unwrap_err();
        assert!(message.to_string().contains("no/a.csv"), "{message}");
    }
}
