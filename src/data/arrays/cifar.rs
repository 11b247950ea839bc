//! Binary batches of CIFAR-10 and CIFAR-100 (<https://www.cs.toronto.edu/~kriz/cifar.html>): records of one label, or
//! of a coarse and a fine one, and 3 × 32 × 32 bytes.

use std::path::Path;

use super::bytes::open;
use super::numbers::Numbers;
use super::part::{Labels, Packing, Part, Series};
use super::sides::Sides;
use crate::{Error, Result};

const SIDES: Sides = Sides { height: 32, width: 32, channels: 3, is_planar: true };
/// Names of the classes are not read from a longer file.
const MOST_NAME_BYTES: u64 = 1 << 16;

/// Labels of a record, each of a byte: the head of their column, and the file of their names.
type Columns = &'static [(&'static str, &'static str)];

const TEN: Columns = &[("label", "batches.meta.txt")];
const HUNDRED: Columns = &[("coarse_label", "coarse_label_names.txt"), ("label", "fine_label_names.txt")];

/// The labels of a batch by its name; none for a file that is called otherwise. The names of CIFAR-100 are common
/// ones, so that the file has to look like it too.
fn columns(path: &Path, length: u64) -> Option<Columns> {
    let name = path.file_name()?.to_str()?;
    let is_numbered = |name: &str| name.strip_prefix("data_batch_").is_some_and(|n| n.parse::<u32>().is_ok());
    match name.strip_suffix(".bin")? {
        "test_batch" => Some(TEN),
        "train" | "test" => {
            let has_names = || HUNDRED.iter().any(|(_, names)| path.with_file_name(names).is_file());
            (has_names() || (length > 0 && length.is_multiple_of(record(HUNDRED)))).then_some(HUNDRED)
        }
        name => is_numbered(name).then_some(TEN),
    }
}

/// Bytes of a record.
fn record(columns: Columns) -> u64 {
    (columns.len() + SIDES.numbers()) as u64
}

/// The pictures of a batch; none for a file that is none by its name.
///
/// # Errors
/// A sentence that names the file, if it is cut off or cannot be read.
pub(super) fn part(path: &Path, prefix: String) -> Result<Option<Part>> {
    let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let Some(columns) = columns(path, length) else { return Ok(None) };
    let length = open(path)?.metadata().map_err(Error::io("read", path))?.len();
    let step = record(columns);
    if length == 0 || !length.is_multiple_of(step) {
        return Err(Error::file(
            path,
            format!(
                "its {length} bytes are no whole number of CIFAR's records of {step} bytes, so it is cut off or \
                 something else; copy it again from where it came"
            ),
        ));
    }
    let count = usize::try_from(length / step).unwrap_or(usize::MAX);
    let series = |first: usize| Series {
        file: path.to_owned(),
        packing: Packing::Plain,
        first: first as u64,
        step,
        count,
        numbers: Numbers::BYTES,
    };
    let labels = columns.iter().enumerate().map(|(first, (column, names))| Labels {
        column,
        series: series(first),
        classes: class_names(&path.with_file_name(names)),
    });
    Ok(Some(Part { prefix, pictures: series(columns.len()), sides: SIDES, labels: labels.collect() }))
}

/// The lines of a file of names; none where it is not there or is something else.
fn class_names(path: &Path) -> Vec<String> {
    let is_short =
        std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= MOST_NAME_BYTES);
    let text = is_short.then(|| std::fs::read_to_string(path).ok()).flatten().unwrap_or_default();
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}
