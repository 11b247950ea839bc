//! The result of a test of a claim, as plain data: one form for all of them, so that one card of the window, one
//! printer and one writer of files serve them all.

use serde::{Deserialize, Serialize};

use crate::config::ClaimOrder;
use crate::image_buf::ImageBuf;
use crate::table::Table;

/// The outcome of a test: sentences, tables, plots, pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimReport {
    /// Sentences for people, the answer first, then its conditions.
    pub verdict: Vec<String>,
    /// The images, their number and the features, in a sentence.
    pub measured_on: String,
    /// Numbers. The rows of the first are the `rows` of JSON.
    pub tables: Vec<Table>,
    /// Curves and bars over them.
    pub plots: Vec<Plot>,
    /// Examples to look at.
    pub pictures: Vec<PictureTable>,
    /// Time that it took.
    pub seconds: f64,
}

/// An outcome that is kept from one start to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptClaim {
    /// The test.
    pub order: ClaimOrder,
    /// Its outcome.
    pub report: ClaimReport,
    /// Seconds since 1970.
    pub when: u64,
    /// A hash of each model's content, in the order of the models.
    pub models: Vec<u64>,
    /// Whether a model is another than then.
    #[serde(default)]
    pub changed: bool,
}

/// Curves, bars or points over two axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// Subject in a few words.
    pub title: String,
    /// Across.
    pub x: Axis,
    /// Upwards.
    pub y: Axis,
    /// In the order of their colours.
    pub series: Vec<Series>,
}

/// An axis of a [`Plot`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Quantity, with its unit in brackets.
    pub label: String,
    /// Whether equal distances are equal ratios; values are above 0 then.
    pub log: bool,
    /// Names of the values 0, 1, 2, …, where it counts things; empty where it measures.
    pub names: Vec<String>,
}

/// Values of a [`Plot`] that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Its mark.
    pub mark: Mark,
    /// x and y, in the order in which a line goes through them.
    pub points: Vec<[f64; 2]>,
    /// Half the height of an error bar at each point; empty for none.
    pub spread: Vec<f64>,
}

/// Marks of a [`Series`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// A line with a dot at each point.
    Line,
    /// A dashed line without dots, for what others are held against.
    Reference,
    /// A dot each.
    Points,
    /// Bars from 0; those of several series at one place stand beside each other.
    Bars,
    /// Steps of a histogram: x is the left edge of a bin, the last point closes it.
    Steps,
}

/// Pictures in rows and columns that have names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PictureTable {
    /// Subject in a few words.
    pub title: String,
    /// Above the columns; empty for none.
    pub columns: Vec<String>,
    /// Beside each row its name, then as many pictures as there are columns, or fewer.
    pub rows: Vec<(String, Vec<ImageBuf>)>,
}

impl Axis {
    /// An axis that measures.
    pub fn of(label: impl Into<String>) -> Self {
        Axis { label: label.into(), ..Axis::default() }
    }

    /// This axis with equal distances for equal ratios.
    pub fn log(self) -> Self {
        Axis { log: true, ..self }
    }

    /// An axis over things that have names.
    pub fn over(label: impl Into<String>, names: Vec<String>) -> Self {
        Axis { label: label.into(), log: false, names }
    }
}

impl Series {
    /// Values without error bars.
    pub fn new(name: impl Into<String>, mark: Mark, points: Vec<[f64; 2]>) -> Self {
        Series { name: name.into(), mark, points, spread: Vec::new() }
    }
}
