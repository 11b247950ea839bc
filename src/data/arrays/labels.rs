//! Labels that belong to arrays of pictures, as the columns of a table.

use std::collections::HashMap;
use std::path::Path;

use super::bytes::{Bytes, about};
use super::find::find;
use super::part::Labels;
use crate::{Error, Result, memory};

/// Bytes that the cells of a picture and its name take.
const ROW_BYTES: u64 = 256;

/// A row of cells for each picture, by its name; every column is one of classes.
pub struct LabelTable {
    /// The heads, from left to right.
    pub columns: Vec<String>,
    /// As many cells as columns; empty where nothing is said.
    pub rows: HashMap<String, Vec<String>>,
}

/// Whether the arrays of a file or folder have labels.
pub fn are_there(path: &Path) -> bool {
    matches!(find(path), Ok(Some(found)) if found.parts.iter().any(|part| !part.labels.is_empty()))
}

/// The labels of the pictures in a file or folder of arrays; none where these have none, or it holds no arrays.
///
/// # Errors
/// A sentence that names the file, if it cannot be read.
pub fn labels(path: &Path) -> Result<Option<LabelTable>> {
    let Some(found) = find(path)? else { return Ok(None) };
    let mut columns: Vec<String> = Vec::new();
    for labels in found.parts.iter().flat_map(|part| &part.labels) {
        if !columns.iter().any(|column| column == labels.column) {
            columns.push(labels.column.to_owned());
        }
    }
    let rows: u64 = found.parts.iter().map(|part| part.pictures.count as u64).fold(0, u64::saturating_add);
    memory::check("pictures in it", rows, ROW_BYTES, 0).map_err(|error| about(path, error))?;
    let mut rows = HashMap::new();
    for part in &found.parts {
        let mut of_part = vec![vec![String::new(); columns.len()]; part.pictures.count];
        for labels in &part.labels {
            let Some(at) = columns.iter().position(|column| column == labels.column) else { continue };
            for (row, cell) in of_part.iter_mut().zip(cells(labels)?) {
                row[at] = cell;
            }
        }
        rows.extend(of_part.into_iter().enumerate().map(|(number, row)| (part.name(number), row)));
    }
    Ok((!columns.is_empty()).then_some(LabelTable { columns, rows }))
}

/// A cell for each picture: its class's name, or its number.
fn cells(labels: &Labels) -> Result<Vec<String>> {
    let series = &labels.series;
    let (file, size) = (&series.file, series.numbers.size);
    memory::require((series.count as u64).saturating_mul(size as u64), "the labels in it")
        .map_err(|error| about(file, error))?;
    let bytes = Bytes::of(series)?;
    let read = |at: u64, length: usize| {
        let found = bytes.read(at, length);
        found.map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                Error::file(file, "it was cut off while it was read; start again")
            }
            _ => Error::io("read", file)(error),
        })
    };
    // In one piece where nothing lies between them.
    let bytes = match series.step == size as u64 {
        true => read(series.first, series.count.saturating_mul(size))?,
        false => {
            let each = (0..series.count).map(|number| read(series.at(number), size));
            each.collect::<Result<Vec<_>>>()?.concat()
        }
    };
    let class = |value: f64| match labels.classes.get(value as usize) {
        Some(name) if value >= 0.0 => name.clone(),
        _ => value.to_string(),
    };
    Ok(series.numbers.values(&bytes).map(class).collect())
}
