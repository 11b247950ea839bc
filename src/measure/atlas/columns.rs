//! Columns of a map: knowledge about its points.

use std::path::Path;

use crate::config::{DataSource, Split};
use crate::data::attributes::Attributes;
use crate::data::dataset::Dataset;
use crate::error::Result;
use crate::measure::directions::{RawColumn, raw_columns};
use crate::report::{AtlasColumn, AtlasValues, PART_COLUMN};

/// Words that a column may have; with more it is one of names and says nothing.
const MOST_WORDS: usize = 40;

/// Column of the part of the data that each image is of, and of the points that are draws.
pub fn part(dataset: &Dataset, indices: &[usize], draws: usize) -> AtlasColumn {
    let parts = [Split::Train, Split::Validation, Split::Test];
    let mut of_index = vec![AtlasValues::UNKNOWN; dataset.len()];
    for (number, part) in parts.iter().enumerate() {
        dataset.indices(*part).into_iter().for_each(|index| of_index[index] = number as u16);
    }
    let mut names: Vec<String> = ["training", "validation", "test"].map(str::to_owned).into();
    let mut of: Vec<u16> = indices.iter().map(|index| of_index[*index]).collect();
    if draws > 0 {
        names.push("draw".into());
        of.extend(std::iter::repeat_n(3, draws));
    }
    AtlasColumn {
        name: PART_COLUMN.into(),
        about: "The part of the data set that an image is of, or that the model has drawn it.".into(),
        values: AtlasValues::Words { names, of },
    }
}

/// A measured number of each image; draws have none.
pub fn measured(name: &str, about: &str, values: Vec<f32>, points: usize) -> AtlasColumn {
    let mut values = values;
    values.resize(points, f32::NAN);
    AtlasColumn { name: name.into(), about: about.into(), values: AtlasValues::Numbers(values) }
}

/// Columns of a table about the images; draws have no values. None where nobody has named a table and there is none.
///
/// # Errors
/// A table that was named, or lies in the folder, and cannot be read or says nothing of these images.
pub fn of_table(
    dataset: &Dataset,
    data: &DataSource,
    table: Option<&Path>,
    indices: &[usize],
    points: usize,
) -> Result<Vec<AtlasColumn>> {
    let is_there = table.is_some() || data.folder().is_none_or(Attributes::are_there);
    if !is_there {
        return Ok(Vec::new());
    }
    let columns = raw_columns(dataset, data, table, indices)?;
    Ok(columns.into_iter().filter_map(|column| told(column, points)).collect())
}

/// A column of numbers or words; none where it tells nothing apart.
fn told(column: RawColumn, points: usize) -> Option<AtlasColumn> {
    let RawColumn { name, cells, are_classes } = column;
    let number = |cell: &String| cell.parse().ok().filter(|value: &f32| value.is_finite());
    let numbers: Vec<Option<f32>> = cells.iter().map(|cell| cell.as_ref().and_then(number)).collect();
    let known = cells.iter().flatten().count();
    // Among numbers a word says that nothing is known.
    let values = if !are_classes && 2 * numbers.iter().flatten().count() >= known.max(1) {
        let mut values: Vec<f32> = numbers.into_iter().map(|value| value.unwrap_or(f32::NAN)).collect();
        let first = values.iter().copied().find(|value| value.is_finite())?;
        if values.iter().all(|value| value.is_nan() || *value == first) {
            return None;
        }
        values.resize(points, f32::NAN);
        AtlasValues::Numbers(values)
    } else {
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        for cell in cells.iter().flatten() {
            *counts.entry(cell).or_default() += 1;
        }
        if !(2..=MOST_WORDS).contains(&counts.len()) {
            return None;
        }
        let mut names: Vec<(&str, usize)> = counts.into_iter().collect();
        names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let place = |cell: &Option<String>| {
            let at = cell.as_ref().and_then(|cell| names.iter().position(|(name, _)| name == cell));
            at.map_or(AtlasValues::UNKNOWN, |at| at as u16)
        };
        let mut of: Vec<u16> = cells.iter().map(place).collect();
        of.resize(points, AtlasValues::UNKNOWN);
        AtlasValues::Words { names: names.into_iter().map(|(name, _)| name.to_owned()).collect(), of }
    };
    Some(AtlasColumn { name, about: String::new(), values })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, cells: &[&str]) -> RawColumn {
        let cells = cells.iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect();
        RawColumn { name: name.into(), cells, are_classes: false }
    }

    #[test]
    fn a_column_is_of_numbers_or_of_words_or_says_nothing() {
        let ages = told(column("age", &["3", "", "7", "unknown"]), 5).unwrap();
        let AtlasValues::Numbers(values) = &ages.values else { panic!("{ages:?}") };
        assert_eq!((values[0], values[2], values.len()), (3.0, 7.0, 5));
        assert!(values[1].is_nan() && values[3].is_nan() && values[4].is_nan());
        assert_eq!((ages.values.text(0), ages.values.text(1)), ("3".into(), String::new()));

        let glasses = told(column("glasses", &["none", "sun", "none", ""]), 5).unwrap();
        let AtlasValues::Words { names, of } = &glasses.values else { panic!("{glasses:?}") };
        assert_eq!(names, &["none", "sun"], "the most frequent first");
        assert_eq!(of, &[0, 1, 0, AtlasValues::UNKNOWN, AtlasValues::UNKNOWN]);
        assert_eq!((glasses.values.text(1), glasses.values.text(4)), ("sun".into(), String::new()));

        let digits = RawColumn { are_classes: true, ..column("label", &["3", "7", "3"]) };
        let AtlasValues::Words { names, .. } = told(digits, 3).unwrap().values else { panic!("numbers") };
        assert_eq!(names, ["3", "7"], "the numbers of classes are names");

        assert_eq!(told(column("all", &["1", "1", ""]), 3), None);
        assert_eq!(told(column("all", &["a", "a", ""]), 3), None);
        assert_eq!(told(column("nothing", &["", ""]), 2), None);
        let names: Vec<String> = (0..50).map(|k| format!("file {k}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(told(column("names", &names), 50), None);
    }
}
