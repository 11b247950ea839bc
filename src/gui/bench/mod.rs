//! Parts of the window without a window, to time their frames. For `morphospace bench`.

mod input;
mod map;
mod plot;

pub use map::{MapFrame, MapMotion, MapPanel};
pub use plot::{Motion, PlotPanel};
