//! Descriptions of measured numbers, each said once for every table, curve, file and tooltip that it appears in.

use super::{Better, Cell, Column};

/// The description of a number that is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// Its key in JSON and its column in files for other programs.
    pub column: &'static str,
    /// Its name within a sentence, as in "learning rate".
    pub label: &'static str,
    /// Its name where there is little room, or beside others of its kind; as `label` unless said.
    pub short: &'static str,
    /// Unit; empty for a pure number.
    pub unit: &'static str,
    /// Its definition with the source, in whole sentences.
    pub definition: &'static str,
    /// The better direction; none for a setting, or a matter of what is wanted.
    pub better: Option<Better>,
    /// Its number format.
    pub digits: Digits,
}

/// A number format for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// So many after the point.
    Fixed {
        /// In tables.
        table: usize,
        /// Elsewhere, where there is little room.
        brief: usize,
    },
    /// As many as its size asks for.
    Significant,
    /// A share in [0, 1] as a percentage, so many after the point.
    Percent(usize),
    /// None: words.
    Words,
}

impl Quantity {
    /// A number without a unit of which neither direction is better, with as many digits as its size asks for.
    pub const fn new(column: &'static str, label: &'static str, definition: &'static str) -> Self {
        let (short, unit, better) = (label, "", None);
        Quantity { column, label, short, unit, definition, better, digits: Digits::Significant }
    }

    /// A whole number.
    pub const fn count(column: &'static str, label: &'static str, definition: &'static str) -> Self {
        Quantity::new(column, label, definition).digits(0, 0)
    }

    /// This quantity with a unit.
    pub const fn unit(self, unit: &'static str) -> Self {
        Quantity { unit, ..self }
    }

    /// This quantity with a name for where there is little room.
    pub const fn short(self, short: &'static str) -> Self {
        Quantity { short, ..self }
    }

    /// Higher is better.
    pub const fn up(self) -> Self {
        Quantity { better: Some(Better::Up), ..self }
    }

    /// Lower is better.
    pub const fn down(self) -> Self {
        Quantity { better: Some(Better::Down), ..self }
    }

    /// This quantity with so many digits after the point in tables, and where there is little room.
    pub const fn digits(self, table: usize, brief: usize) -> Self {
        Quantity { digits: Digits::Fixed { table, brief }, ..self }
    }

    /// Its name at the beginning of a line.
    pub fn title(&self) -> String {
        capitalized(self.label)
    }

    /// Its short name at the beginning of a line.
    pub fn short_title(&self) -> String {
        capitalized(self.short)
    }

    /// Definition and better direction.
    pub fn help(&self) -> String {
        let better = self.better.map_or("", Better::sentence);
        format!("{} {better}", self.definition).trim_end().to_owned()
    }

    /// The column of a table that holds it.
    pub fn in_column(&self) -> Column {
        let (decimals, is_numeric) = match self.digits {
            Digits::Fixed { table, .. } => (table, true),
            Digits::Significant => (3, true),
            Digits::Percent(decimals) => (decimals, true),
            Digits::Words => (0, false),
        };
        let (key, title, unit) = (self.column.into(), self.title(), self.unit.into());
        Column { key, title, unit, help: self.definition.into(), better: self.better, decimals, is_numeric }
    }

    /// A value as it stands in tables.
    pub fn shown(&self, value: impl Into<Cell>) -> String {
        self.in_column().shown(&value.into())
    }

    /// A value where there is little room, without its unit: "–" for what is not a number.
    pub fn brief(&self, value: impl Into<Cell>) -> String {
        match (self.digits, value.into()) {
            (Digits::Fixed { brief, .. }, cell) => {
                Column { decimals: brief, ..self.in_column() }.shown(&cell)
            }
            (Digits::Percent(decimals), Cell::Number(share)) => format!("{:.decimals$} %", share * 100.0),
            (_, cell) => self.shown(cell),
        }
    }

    /// [`Quantity::brief`] with its unit, as in "24.83 dB".
    pub fn brief_with_unit(&self, value: impl Into<Cell>) -> String {
        format!("{} {}", self.brief(value), self.unit).trim_end().to_owned()
    }
}

/// A quantity of a report, and how it is read from one.
#[derive(Clone, Copy, Debug)]
pub struct Measure<R: 'static> {
    /// The description.
    pub quantity: Quantity,
    /// Reads it; [`Cell::Empty`] where the report does not have it.
    pub read: fn(&R) -> Cell,
}

impl<R> Measure<R> {
    /// A quantity and how it is read.
    pub const fn new(quantity: Quantity, read: fn(&R) -> Cell) -> Self {
        Measure { quantity, read }
    }
}

/// The measures that at least one of the reports has.
pub fn present<'a, R: 'a>(
    measures: &'static [Measure<R>],
    reports: impl Iterator<Item = &'a R> + Clone,
) -> Vec<&'static Measure<R>> {
    let has = |measure: &&Measure<R>| reports.clone().any(|report| (measure.read)(report) != Cell::Empty);
    measures.iter().filter(has).collect()
}

/// With a capital at the beginning.
fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
