//! A table as it is shown: columns that know which direction is better, rows that know whose they are.

use std::cmp::Ordering;

/// Which numbers of a column are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Small ones.
    Lower,
    /// Large ones.
    Higher,
}

/// A column of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, with the unit.
    pub name: &'static str,
    /// Which numbers are better, if any are.
    pub better: Option<Better>,
    /// Definition and source.
    pub help: &'static str,
}

impl Column {
    /// Its name with an arrow to the better direction.
    pub fn head(&self) -> String {
        match self.better {
            Some(Better::Lower) => format!("{} ↓", self.name),
            Some(Better::Higher) => format!("{} ↑", self.name),
            None => self.name.to_owned(),
        }
    }
}

/// A number, as it is compared and as it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The number; none where there is none.
    pub value: Option<f64>,
    /// As it is read.
    pub text: String,
}

impl Cell {
    /// A number with so many decimals. One that is infinite is said as such.
    pub fn number(value: f64, decimals: usize) -> Self {
        let text = if value.is_infinite() { "∞".to_owned() } else { format!("{value:.decimals$}") };
        Cell { value: Some(value), text }
    }

    /// Nothing.
    pub fn none() -> Self {
        Cell { value: None, text: "–".into() }
    }

    /// A number if there is one.
    pub fn some(value: Option<f64>, decimals: usize) -> Self {
        value.map_or_else(Cell::none, |value| Cell::number(value, decimals))
    }
}

/// Whose numbers a row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A model's, or a set's.
    Measured,
    /// Of what a model was given: what it has to beat.
    Baseline,
    /// The lecture's.
    Lecture,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whose numbers these are, by name.
    pub name: String,
    /// More about it in a few words.
    pub facts: String,
    /// All about it, a line each.
    pub help: Vec<String>,
    /// Whose numbers these are.
    pub standing: Standing,
    /// One a column.
    pub cells: Vec<Cell>,
}

/// An order of rows that a person has chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By the column of this name; by the rows' names if none.
    pub column: Option<&'static str>,
    /// The other way round than best first.
    pub reversed: bool,
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it is about.
    pub title: &'static str,
    /// What was measured: how many images of what, by what.
    pub caption: String,
    /// What the rows are.
    pub rows_are: &'static str,
    /// The columns of numbers.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What has to be known beside the numbers, a sentence each.
    pub notes: Vec<String>,
}

impl Table {
    /// Orders the rows; those of the lecture stay beneath the others.
    pub fn sort(&mut self, by: Option<Sort>) {
        let Some(Sort { column, reversed }) = by else { return };
        let place = column.map(|name| self.columns.iter().position(|column| column.name == name));
        let order = |a: &Row, b: &Row| match place {
            None => flip(a.name.to_lowercase().cmp(&b.name.to_lowercase()), reversed),
            // The column of another measurement.
            Some(None) => Ordering::Equal,
            Some(Some(at)) => {
                let lower_first = self.columns[at].better != Some(Better::Higher);
                by_value(&a.cells[at], &b.cells[at], lower_first == reversed)
            }
        };
        let is_lecture = |row: &Row| row.standing == Standing::Lecture;
        self.rows.sort_by(|a, b| is_lecture(a).cmp(&is_lecture(b)).then_with(|| order(a, b)));
    }

    /// The best number of a column among those that were measured, where there is one to be better than.
    pub fn best(&self, column: usize) -> Option<f64> {
        let better = self.columns[column].better?;
        let measured = self.rows.iter().filter(|row| row.standing == Standing::Measured);
        let values: Vec<f64> = measured.filter_map(|row| row.cells[column].value).collect();
        let best = values.iter().copied().reduce(|a, b| match better {
            Better::Lower => a.min(b),
            Better::Higher => a.max(b),
        })?;
        values.iter().any(|value| *value != best).then_some(best)
    }

    /// Whether a row has the best number of a column.
    pub fn is_best(&self, row: &Row, column: usize) -> bool {
        row.standing == Standing::Measured
            && self.best(column).is_some_and(|best| row.cells[column].value == Some(best))
    }
}

impl Sort {
    /// What becomes of an order when the head of a column is clicked: best first, then the other way round.
    pub fn clicked(before: Option<Sort>, column: Option<&'static str>) -> Sort {
        let again = before.filter(|sort| sort.column == column);
        Sort { column, reversed: again.is_some_and(|sort| !sort.reversed) }
    }
}

fn flip(order: Ordering, reversed: bool) -> Ordering {
    if reversed { order.reverse() } else { order }
}

/// Cells without a number come last, however it is sorted.
fn by_value(a: &Cell, b: &Cell, reversed: bool) -> Ordering {
    match (a.value, b.value) {
        (Some(a), Some(b)) => flip(a.total_cmp(&b), reversed),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}
