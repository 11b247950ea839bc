//! The tour of the window: its stops, and where it stands.

/// A stop of the tour: a part of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The list of models.
    Models,
    /// The picture and what is beneath it.
    Picture,
    /// The sliders.
    Sliders,
    /// The names of the screens.
    Screens,
    /// Palette and help.
    Help,
}

impl Stop {
    /// All, in their order.
    pub const ALL: [Stop; 5] = [Stop::Models, Stop::Picture, Stop::Sliders, Stop::Screens, Stop::Help];
}

/// The tour while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tour {
    /// Stop in front.
    pub stop: Stop,
    /// Whether it is shown by itself, without those before and after.
    pub alone: bool,
}

impl Tour {
    /// Number of its stop, from 0.
    pub fn at(self) -> usize {
        Stop::ALL.iter().position(|stop| *stop == self.stop).unwrap_or(0)
    }
}
