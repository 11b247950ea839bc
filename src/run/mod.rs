//! Files that a run leaves in its folder, and reading them back: the [checkpoint], `history.csv`,
//! `events.csv`, the sheets of sample pictures.

pub mod checkpoint;
pub(crate) mod directions_file;
pub(crate) mod events;
mod file_header;
pub mod file_kind;
pub(crate) mod folder;
pub(crate) mod history;
pub mod imported;
pub(crate) mod kept_tables;
mod line_file;
mod many;
pub(crate) mod model_hash;
pub(crate) mod reading;
mod trained_model;

pub use directions_file::parse as parse_directions;
pub use folder::sheet_file;
pub use many::read_runs;
pub use reading::read_run;
pub use trained_model::TrainedModel;
