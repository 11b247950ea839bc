//! Numbers as a table for people.

use crate::report::quantities::{PIXEL_COUNTS, PIXELS, SET_FACTS, SETS};
use crate::table::{Better, Cell, Column, Measure, Quantity, Table, present};
use crate::worker::protocol::{PixelMetrics, SetMetrics};

/// A line a pair, the names to the left, the texts beneath each other.
pub fn list(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    rows.iter().map(|(name, text)| format!("{name:<width$}  {text}")).collect::<Vec<_>>().join("\n")
}

/// Columns as wide as their widest cell; the first one to the left, the others to the right.
pub fn align(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|s| s.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(c, text)| match c {
            0 => format!("{text:<w$}", w = widths[c]),
            _ => format!("{text:>w$}", w = widths[c]),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A table of results.
pub fn of_results(table: &Table) -> String {
    let headings = table.columns.iter().map(Column::heading_with_arrow).collect();
    align(&std::iter::once(headings).chain(table.shown()).collect::<Vec<Vec<String>>>())
}

/// The measures of a table about these pairs of images.
pub fn of_pairs<'a>(
    reports: impl Iterator<Item = &'a PixelMetrics> + Clone,
) -> Vec<&'static Measure<PixelMetrics>> {
    PIXELS.iter().chain(present(PIXEL_COUNTS, reports)).collect()
}

/// The measures of a table about these pairs of sets.
pub fn of_sets<'a>(
    reports: impl Iterator<Item = &'a SetMetrics> + Clone,
) -> Vec<&'static Measure<SetMetrics>> {
    present(SETS, reports).into_iter().chain(SET_FACTS).collect()
}

/// The heads of measures, with the better direction. A percentage has its sign beside the number.
pub fn heads<R>(measures: &[&'static Measure<R>]) -> Vec<String> {
    let head = |measure: &&Measure<R>| {
        let Quantity { label, unit, better, .. } = measure.quantity;
        let unit = Some(unit).filter(|unit| !unit.is_empty() && *unit != "%");
        let parts = [Some(label), unit, better.map(Better::arrow)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    measures.iter().map(head).collect()
}

/// Their cells for a report.
pub fn cells<R>(measures: &[&'static Measure<R>], report: &R) -> Vec<String> {
    let cell = |Measure { quantity, read }: &&Measure<R>| match read(report) {
        Cell::Infinite => "infinite (identical)".to_owned(),
        cell @ Cell::Number(_) if quantity.unit == "%" => format!("{} %", quantity.in_column().shown(&cell)),
        cell => quantity.in_column().shown(&cell),
    };
    measures.iter().map(cell).collect()
}

/// A table of reports, each with the words that its row begins with.
pub fn of_reports<R>(
    first: &[&str],
    measures: &[&'static Measure<R>],
    reports: &[(Vec<String>, &R)],
) -> String {
    let first = first.iter().map(|head| (*head).to_owned());
    let mut lines: Vec<Vec<String>> = vec![first.chain(heads(measures)).collect()];
    let line = |(first, report): &(Vec<String>, &R)| [first.clone(), cells(measures, report)].concat();
    lines.extend(reports.iter().map(line));
    align(&lines)
}
