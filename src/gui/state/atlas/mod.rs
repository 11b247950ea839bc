//! The Atlas screen's state: the map that is shown and the one that is being drawn. Maps of a run lie with the run.

mod actions;
pub mod form;
mod questions;
pub mod run_map;
pub mod shown;

use std::path::PathBuf;
use std::sync::Arc;

use crate::gui::map::coloring::{ColorClass, MapColors};
use crate::worker::protocol::{AtlasOrder, JobId, ModelId};
use shown::ShownMap;

use crate::gui::map::marks::MapMarks;
use crate::gui::map::widget::MapState;

/// Subject of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtlasSubject {
    /// A data set.
    #[default]
    Data,
    /// A run that trains, or has trained since the window was opened.
    Run,
}

/// A map that is being drawn.
#[derive(Clone, Debug)]
pub struct PendingMap {
    /// The job.
    pub job: JobId,
    /// Its order.
    pub order: AtlasOrder,
    /// The model that its codes are of.
    pub model: Option<ModelId>,
    /// It was told to stop.
    pub cancelling: bool,
}

/// The state of the screen.
#[derive(Debug, Default)]
pub struct AtlasScreen {
    /// Subject.
    pub subject: AtlasSubject,
    /// The map that is being drawn.
    pub pending: Option<PendingMap>,
    /// The map that is shown.
    pub shown: Option<Box<ShownMap>>,
    /// The map of a run as it is looked at.
    pub run: RunMapLook,
}

/// Look at the map of a run.
#[derive(Debug)]
pub struct RunMapLook {
    /// The part that is seen, and its painter.
    pub state: MapState,
    /// Column that the points are coloured by, the first of the run's where it has none of that name; none for one
    /// colour.
    pub color: Option<String>,
    /// Classes that are hidden.
    pub hidden: Vec<ColorClass>,
    /// The colours, of this moment of the run in this folder.
    pub colors: Option<(RunMoment, Arc<MapColors>, Arc<MapMarks>)>,
}

impl Default for RunMapLook {
    fn default() -> Self {
        Self { state: MapState::default(), color: Some(String::new()), hidden: Vec::new(), colors: None }
    }
}

/// A moment of a run, coloured in a way: its folder, the updates done, the column, the hidden classes.
pub type RunMoment = (PathBuf, usize, Option<String>, Vec<ColorClass>);
