//! Actions on what guides a person: the welcome of the first start, the tour, the palette.

use rust_i18n::t;

use super::palette::Palette;
use super::tour::{Stop, Tour};
use super::{Effect, PhotoTarget, Pick, Screen, State};
use crate::image_buf::ImageBuf;
use crate::worker::protocol::Command;

/// The portrait that is offered to those who have no photo at hand: NASA's of Eileen Collins (public domain).
const EXAMPLE: &[u8] = include_bytes!("../../../assets/portrait.jpg");

impl State {
    /// Begins the tour. Its stops are on Explore.
    pub fn begin_tour(&mut self) {
        self.go_round(Tour { stop: Stop::ALL[0], alone: false });
    }

    /// Points at the sliders.
    pub fn show_sliders(&mut self) {
        self.go_round(Tour { stop: Stop::Sliders, alone: true });
    }

    fn go_round(&mut self, tour: Tour) {
        self.end_welcome();
        self.shortcuts_open = false;
        self.palette = None;
        self.screen = Screen::Explore;
        self.tour = Some(tour);
    }

    /// Goes on by so many stops; beyond the last one the tour is over.
    pub fn continue_tour(&mut self, by: isize) {
        self.tour = self.tour.filter(|tour| !tour.alone).and_then(|tour| {
            let stop = Stop::ALL.get(tour.at().checked_add_signed(by)?)?;
            Some(Tour { stop: *stop, ..tour })
        });
    }

    /// Shows the ways to begin to whoever has not seen them.
    pub fn welcome(&mut self) {
        self.is_welcoming = !self.settings.welcomed;
    }

    /// The ways to begin were seen, and are not shown again.
    pub fn end_welcome(&mut self) {
        self.is_welcoming = false;
        self.settings.welcomed = true;
    }

    /// Has the models reconstruct the face that comes with the program.
    pub fn try_example_face(&mut self) {
        self.end_welcome();
        self.screen = Screen::Reconstruct;
        let decoded = image::load_from_memory(EXAMPLE).ok().map(|image| image.into_rgb8());
        match decoded.and_then(|i| ImageBuf::new(i.width() as usize, i.height() as usize, i.into_raw())) {
            Some(image) => drop(self.send(Command::PastePhoto { name: t!("Example face").into(), image })),
            None => self.effects.push(Effect::Pick(Pick::Photo(PhotoTarget::Reconstruct))),
        }
    }

    /// Shows how a posterior collapses, and how it recovers.
    pub fn watch_collapse(&mut self) {
        self.end_welcome();
        self.screen = Screen::Train;
        self.demonstrate_collapse();
    }

    /// Opens the palette, or closes it.
    pub fn toggle_palette(&mut self) {
        self.palette = match self.palette {
            Some(_) => None,
            None => Some(Palette::default()),
        };
    }
}
