//! A form for directions that the program finds.

use crate::config::DataSource;
use crate::report::DirectionMethod;
use crate::worker::protocol::{JobId, ModelId};

/// The form for directions that the program finds.
#[derive(Debug)]
pub struct DirectionsForm {
    /// Method.
    pub method: DirectionMethod,
    /// The faces; those of the model's training if none are chosen.
    pub data: Option<DataSource>,
    /// The job that is under way, and its model.
    pub work: Option<(JobId, ModelId)>,
}

impl Default for DirectionsForm {
    fn default() -> Self {
        DirectionsForm { method: DirectionMethod::Attributes, data: None, work: None }
    }
}
