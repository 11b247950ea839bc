//! A table as it is shown: heads with their definitions, rows that know whose numbers they have.

use std::borrow::Cow;
use std::cmp::Ordering;

use rust_i18n::t;

use crate::gui::quantity_words::minus;
use crate::table::{Better, Cell, Column, Quantity, Table};

/// Whose numbers a row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowRole {
    /// A model's, or a set's.
    Measured,
    /// Of what models were given: what they have to beat.
    Baseline,
    /// The lecture's.
    Lecture,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetRow {
    /// Whose numbers these are, by name.
    pub name: String,
    /// More about it in a few words.
    pub facts: String,
    /// All about it, a line each.
    pub help: Vec<String>,
    /// Whose numbers these are.
    pub role: RowRole,
    /// One a column; those that a short row lacks are empty.
    pub cells: Vec<Cell>,
}

impl SheetRow {
    /// The cell under a column.
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }

    /// Key by which cells are compared.
    fn value(&self, column: usize) -> Option<f64> {
        match self.cell(column) {
            // Numbers of the lecture, with the digits that they were given with.
            Cell::Text(text) => text.parse().ok(),
            cell => cell.number(),
        }
    }
}

/// An order of rows that a person has chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By the quantity with this [`Quantity::column`]; by the rows' names if none.
    pub column: Option<&'static str>,
    /// The other way than best first, or than small numbers first where none is better.
    pub reversed: bool,
}

impl Sort {
    /// New order when the head of a column is clicked; again, it is reversed.
    pub fn clicked(before: Option<Sort>, column: Option<&'static str>) -> Sort {
        let again = before.filter(|sort| sort.column == column);
        Sort { column, reversed: again.is_some_and(|sort| !sort.reversed) }
    }
}

/// Kind of the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Models.
    Model,
    /// Runs.
    Run,
    /// Sets of images or features.
    Set,
}

impl RowKind {
    /// In files.
    fn in_files(self) -> &'static str {
        match self {
            RowKind::Model => "Model",
            RowKind::Run => "Run",
            RowKind::Set => "Set",
        }
    }

    /// Words for it in the window.
    pub fn words(self) -> Cow<'static, str> {
        match self {
            RowKind::Model => t!("Model"),
            RowKind::Run => t!("Run"),
            RowKind::Set => t!("Set"),
        }
    }
}

/// A table on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Subject.
    pub title: &'static str,
    /// Description of a measurement: how many images of what, by what.
    pub caption: String,
    /// Kind of the rows.
    pub rows_are: RowKind,
    /// The columns of numbers.
    pub heads: Vec<Quantity>,
    /// The rows.
    pub rows: Vec<SheetRow>,
    /// Notes beside the numbers, a sentence each.
    pub notes: Vec<String>,
}

impl Sheet {
    /// The sheet with the rows in an order; those of the lecture stay beneath the others.
    pub fn sorted(mut self, by: Option<Sort>) -> Self {
        let Some(Sort { column, reversed }) = by else { return self };
        let place = column.map(|name| self.heads.iter().position(|head| head.column == name));
        let order = |a: &SheetRow, b: &SheetRow| match place {
            None => flip(a.name.to_lowercase().cmp(&b.name.to_lowercase()), reversed),
            // A column that this measurement has not.
            Some(None) => Ordering::Equal,
            Some(Some(at)) => {
                let larger_first = self.heads[at].better == Some(Better::Up);
                by_value(a.value(at), b.value(at), larger_first != reversed)
            }
        };
        let is_lecture = |row: &SheetRow| row.role == RowRole::Lecture;
        self.rows.sort_by(|a, b| is_lecture(a).cmp(&is_lecture(b)).then_with(|| order(a, b)));
        self
    }

    /// A cell as it is read.
    pub fn shown(&self, row: &SheetRow, column: usize) -> String {
        minus(self.heads[column].in_column().shown(row.cell(column)))
    }

    /// The best number of each column among those that were measured, as it reads; none where there is no worse one.
    pub fn best(&self) -> Vec<Option<String>> {
        let best = |(column, head): (usize, &Quantity)| {
            let measured = self.rows.iter().filter(|row| row.role == RowRole::Measured);
            head.better?
                .best_reading(measured.filter_map(|row| row.value(column)), |value| minus(head.shown(value)))
        };
        self.heads.iter().enumerate().map(best).collect()
    }

    /// Whether a row has the [best](Sheet::best) number of a column.
    pub fn is_best(&self, row: &SheetRow, column: usize, best: &[Option<String>]) -> bool {
        let Some(best) = best.get(column).and_then(Option::as_ref) else { return false };
        let reads = row.value(column).map(|value| minus(self.heads[column].shown(value)));
        row.role == RowRole::Measured && reads.as_ref() == Some(best)
    }

    /// The table as it is written to a file, with `more` beside the notes.
    pub fn results(&self, more: Option<&str>) -> Table {
        let about = [Column::text(self.rows_are.in_files()), Column::text("Kind")];
        let columns = about.into_iter().chain(self.heads.iter().map(Quantity::in_column)).collect();
        let row = |row: &SheetRow| {
            let name = match row.role {
                RowRole::Lecture => format!("{} (lecture)", row.name),
                _ => row.name.clone(),
            };
            let about = [name, row.facts.clone()].map(Cell::Text);
            about.into_iter().chain((0..self.heads.len()).map(|at| row.cell(at).clone())).collect()
        };
        let rows = self.rows.iter().map(row).collect();
        let captions = std::iter::once(self.caption.clone());
        let notes = captions.chain(self.notes.iter().cloned()).chain(more.map(str::to_owned)).collect();
        Table { title: self.title.into(), columns, rows, notes }
    }
}

fn flip(order: Ordering, reversed: bool) -> Ordering {
    if reversed { order.reverse() } else { order }
}

/// Rows without a number come last, whatever the direction.
fn by_value(a: Option<f64>, b: Option<f64>, larger_first: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => flip(a.total_cmp(&b), larger_first),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}
