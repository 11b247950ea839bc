//! Requests to a run while it goes on.

use serde::{Deserialize, Serialize};

use crate::config::Adjustment;
use crate::image_buf::ImageBuf;

/// A control of a training run while it goes on, before its next update. A photo is what whoever asks and
/// whoever does it agree on: for the run itself a picture of the model's image size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Control<Photo = ImageBuf> {
    /// Change a setting, from the next update on. Told by [`JobEvent::Changed`](crate::report::JobEvent::Changed).
    Adjust(Adjustment),
    /// Hold the run. Told by [`JobEvent::Paused`](crate::report::JobEvent::Paused).
    Pause,
    /// Let a held run go on. Told by [`JobEvent::Continued`](crate::report::JobEvent::Continued).
    Continue,
    /// Let a held run do one update, and hold it again.
    StepOnce,
    /// Write a checkpoint. Told by [`JobEvent::Saved`](crate::report::JobEvent::Saved).
    Save,
    /// Tell [`JobEvent::Collapse`](crate::report::JobEvent::Collapse) and
    /// [`JobEvent::Pictures`](crate::report::JobEvent::Pictures) from now on, with these photos and codes along with
    /// the fixed pictures, in place of those of the last `Watch`. A run that nobody watches tells none, and takes no
    /// time for them. May be sent as soon as the job is started.
    Watch(Watched<Photo>),
}

/// Photos and codes that somebody wants to see again and again while a run goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched<Photo = ImageBuf> {
    /// Photos.
    pub photos: Vec<Photo>,
    /// Codes of `latent_dim` numbers.
    pub codes: Vec<Vec<f32>>,
}

impl<Photo> Default for Watched<Photo> {
    fn default() -> Self {
        Watched { photos: Vec::new(), codes: Vec::new() }
    }
}

impl<Photo> Control<Photo> {
    /// This control with other photos; those without one are left out.
    pub fn map_photos<Other>(self, other: impl FnMut(Photo) -> Option<Other>) -> Control<Other> {
        match self {
            Control::Adjust(adjustment) => Control::Adjust(adjustment),
            Control::Pause => Control::Pause,
            Control::Continue => Control::Continue,
            Control::StepOnce => Control::StepOnce,
            Control::Save => Control::Save,
            Control::Watch(Watched { photos, codes }) => {
                Control::Watch(Watched { photos: photos.into_iter().filter_map(other).collect(), codes })
            }
        }
    }
}
