//! Arrays of pictures and of labels in files, of which no more than the headers has been read.

use std::path::PathBuf;

use super::numbers::Numbers;
use super::sides::Sides;
use crate::report::SkippedFile;

/// Fewest digits of a picture's number in its name.
const LEAST_DIGITS: usize = 5;

/// Packing of an array in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// Not packed: what is needed of it is read when it is needed.
    Plain,
    /// The file as a whole, by gzip, to so many bytes.
    Gzip(u64),
    /// A deflated entry of a zip archive, by its number, to so many bytes.
    Entry(usize, u64),
}

/// Items of an array, one after another, each as many bytes behind the one before.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub file: PathBuf,
    pub packing: Packing,
    /// Where the first begins in what is packed.
    pub first: u64,
    /// Bytes from one to the next.
    pub step: u64,
    pub count: usize,
    pub numbers: Numbers,
}

impl Series {
    /// Place where an item begins.
    pub fn at(&self, number: usize) -> u64 {
        self.first.saturating_add(self.step.saturating_mul(number as u64))
    }
}

/// A label for each picture of a part.
#[derive(Clone, Debug)]
pub(super) struct Labels {
    /// Head of their column.
    pub column: &'static str,
    pub series: Series,
    /// Names of the classes, from 0 on; without them their numbers are the names.
    pub classes: Vec<String>,
}

/// An array of pictures.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Beginning of the names of its pictures; empty where the file holds no other.
    pub prefix: String,
    pub pictures: Series,
    pub sides: Sides,
    pub labels: Vec<Labels>,
}

impl Part {
    /// Name of a picture: its number, and before it the array's name where there are several.
    pub fn name(&self, number: usize) -> String {
        let digits = self.pictures.count.saturating_sub(1).to_string().len().max(LEAST_DIGITS);
        match self.prefix.as_str() {
            "" => format!("{number:0digits$}"),
            prefix => format!("{prefix}-{number:0digits$}"),
        }
    }
}

/// All arrays of pictures in a file or a folder; at least one.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub parts: Vec<Part>,
    /// Files that belong to them and cannot be read.
    pub skipped: Vec<SkippedFile>,
}

/// Text that can stand in the name of a picture: an ending after a dot would not count in it, and `/` would make a
/// folder.
pub(super) fn prefix_of(name: &str) -> String {
    name.replace(['.', '/', '\\'], "_")
}
