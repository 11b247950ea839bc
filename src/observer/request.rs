//! What can be asked of a run while it goes on.

use crate::config::Adjustment;
use crate::image_buf::ImageBuf;

/// Acted on before the next update.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Change a setting, from the next update on.
    Adjust(Adjustment),
    /// Hold the run.
    Pause,
    /// Let a held run go on.
    Continue,
    /// Do one update and hold the run.
    StepOnce,
    /// Write a checkpoint.
    Save,
    /// Tell [`collapse`](super::Observer::collapse) and [`pictures`](super::Observer::pictures) from now on,
    /// these pictures along with the run's own. Before the first of these requests nobody watches.
    Watch(Watched),
}

/// What somebody wants to see again and again while a run goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watched {
    /// Pictures of the model's image size.
    pub photos: Vec<ImageBuf>,
    /// Codes of `latent_dim` numbers.
    pub codes: Vec<Vec<f32>>,
}
