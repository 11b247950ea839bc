//! Tables of results as plain data: columns that say what they hold, rows of cells, notes beneath. As text
//! for people and for other programs they come out of [`mod@render`].

mod quantity;
mod render;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use quantity::{Digits, Measure, Quantity, present};
pub use render::{csv_field, render};

/// A table of results.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Subject in a few words.
    pub title: String,
    /// Rows beneath each other.
    pub columns: Vec<Column>,
    /// A cell a column each; the cells that a short row lacks are empty.
    pub rows: Vec<Vec<Cell>>,
    /// Notes for a reader of the numbers, a sentence or two each.
    pub notes: Vec<String>,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name for other programs: a key of JSON.
    pub key: String,
    /// Its name, which is the head.
    pub title: String,
    /// Unit of its numbers; empty if they have none.
    pub unit: String,
    /// Definition of what it holds, in whole sentences; empty where the title says it.
    pub help: String,
    /// The better numbers; none where neither are.
    pub better: Option<Better>,
    /// Digits after the point that people are shown; other programs are given all.
    pub decimals: usize,
    /// Whether it holds numbers, which stand to the right.
    pub is_numeric: bool,
}

/// The better numbers of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// The larger ones.
    Up,
    /// The smaller ones.
    Down,
}

impl Better {
    /// Words for it in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Better::Up => "Higher is better.",
            Better::Down => "Lower is better.",
        }
    }

    /// Towards the better numbers.
    pub fn arrow(self) -> &'static str {
        match self {
            Better::Up => "↑",
            Better::Down => "↓",
        }
    }

    /// The best of some numbers as it reads; none where there is none, or all read alike.
    pub fn best_reading(
        self,
        values: impl Iterator<Item = f64> + Clone,
        reads: impl Fn(f64) -> String,
    ) -> Option<String> {
        let best = reads(values.clone().reduce(|a, b| self.of(a, b))?);
        values.map(reads).any(|read| read != best).then_some(best)
    }

    /// The better one of two numbers.
    pub fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Better::Up => a.max(b),
            Better::Down => a.min(b),
        }
    }
}

/// A cell: the value of a row under a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// Nothing: it was not measured, or does not apply.
    #[default]
    Empty,
    /// Words.
    Text(String),
    /// A finite number.
    Number(f64),
    /// Beyond all numbers, as the PSNR of identical images.
    Infinite,
}

/// A format of tables in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableFormat {
    /// GitHub's flavour.
    Markdown,
    /// RFC 4180, but with lone line feeds.
    Csv,
    /// With the package `booktabs`.
    Latex,
}

impl Table {
    /// Rows beyond which a table is [long](Table::is_long).
    const LONG: usize = 60;

    /// Whether it is a list rather than something to read: people are shown its beginning, and it has a file of its own.
    pub fn is_long(&self) -> bool {
        self.rows.len() > Self::LONG
    }

    /// The cell of a row under a column.
    pub fn cell(&self, row: usize, column: usize) -> &Cell {
        self.rows.get(row).and_then(|row| row.get(column)).unwrap_or(&Cell::Empty)
    }

    /// An object of JSON for each row, under the keys of the columns: numbers with all their digits, words; null for
    /// what is beyond all numbers; nothing for an empty cell.
    pub fn objects(&self) -> Vec<serde_json::Map<String, serde_json::Value>> {
        let value = |cell: &Cell| match cell {
            Cell::Empty => None,
            Cell::Text(text) => Some(text.as_str().into()),
            Cell::Number(number) => Some((*number).into()),
            Cell::Infinite => Some(serde_json::Value::Null),
        };
        let object = |row: &Vec<Cell>| {
            let cells = self.columns.iter().zip(row);
            cells.filter_map(|(column, cell)| Some((column.key.clone(), value(cell)?))).collect()
        };
        self.rows.iter().map(object).collect()
    }

    /// The cells of each row as people read them, as many as there are columns.
    pub fn shown(&self) -> Vec<Vec<String>> {
        (0..self.rows.len()).map(|row| self.shown_row(row)).collect()
    }

    /// The cells of a row as people read them.
    pub fn shown_row(&self, row: usize) -> Vec<String> {
        let columns = self.columns.iter().enumerate();
        columns.map(|(column, about)| about.shown(self.cell(row, column))).collect()
    }
}

impl Column {
    /// Words.
    pub fn text(title: &str) -> Self {
        let key = title.to_lowercase().replace(' ', "_");
        let (title, unit, help) = (title.into(), String::new(), String::new());
        Column { key, title, unit, help, better: None, decimals: 0, is_numeric: false }
    }

    /// Whole numbers of which none is better.
    pub fn count(title: &str) -> Self {
        Column { is_numeric: true, ..Column::text(title) }
    }

    /// A column of numbers that were measured.
    pub fn measure(title: &str, unit: &str, better: Better, decimals: usize) -> Self {
        Column { unit: unit.into(), better: Some(better), decimals, ..Column::count(title) }
    }

    /// This column with another name for other programs.
    pub fn keyed(self, key: &str) -> Self {
        Column { key: key.into(), ..self }
    }

    /// Title and unit, as in "PSNR (dB)".
    pub fn heading(&self) -> String {
        if self.unit.is_empty() { self.title.clone() } else { format!("{} ({})", self.title, self.unit) }
    }

    /// [`Column::heading`] with an arrow towards the better numbers.
    pub fn heading_with_arrow(&self) -> String {
        match self.better {
            None => self.heading(),
            Some(better) => format!("{} {}", self.heading(), better.arrow()),
        }
    }

    /// A cell as people read it: rounded, "–" for nothing, "∞".
    pub fn shown(&self, cell: &Cell) -> String {
        match cell {
            Cell::Empty => "–".into(),
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => format!("{number:.*}", self.decimals),
            Cell::Infinite => "∞".into(),
        }
    }
}

impl Cell {
    /// Its number; none of words and of nothing.
    pub fn number(&self) -> Option<f64> {
        match self {
            Cell::Number(number) => Some(*number),
            Cell::Infinite => Some(f64::INFINITY),
            Cell::Empty | Cell::Text(_) => None,
        }
    }
}

impl From<f64> for Cell {
    /// A value that is not a number leaves the cell empty, as does minus infinity, which no measurement has.
    fn from(number: f64) -> Self {
        match number {
            f64::INFINITY => Cell::Infinite,
            _ if number.is_finite() => Cell::Number(number),
            _ => Cell::Empty,
        }
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Cell::Number(count as f64)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Cell::Empty, T::into)
    }
}

impl TableFormat {
    /// All of them.
    pub const ALL: [TableFormat; 3] = [TableFormat::Markdown, TableFormat::Csv, TableFormat::Latex];

    /// Extension of file names of this format.
    pub fn ending(self) -> &'static str {
        match self {
            TableFormat::Markdown => "md",
            TableFormat::Csv => "csv",
            TableFormat::Latex => "tex",
        }
    }

    /// Name for people.
    pub fn label(self) -> &'static str {
        match self {
            TableFormat::Markdown => "Markdown",
            TableFormat::Csv => "CSV",
            TableFormat::Latex => "LaTeX",
        }
    }

    /// The format that a file's name says.
    pub fn of(file: &Path) -> Option<Self> {
        let extension = file.extension()?;
        Self::ALL.into_iter().find(|format| extension.eq_ignore_ascii_case(format.ending()))
    }
}
