//! Layout of the pictures of the Reconstruct screen: as large as the window allows.

use eframe::egui::Ui;

use crate::gui::theme;

/// Largest side of a picture.
const LARGEST: f32 = 420.0;
/// Smallest side of a picture.
const SMALLEST: f32 = 96.0;
/// Height of what stands around a row of pictures: head, captions, numbers.
const AROUND_ROW: f32 = 112.0;
/// Room around two rows, where the numbers stand beside a picture.
const AROUND_STACK: f32 = 124.0;
/// Room around two rows of two, where the numbers stand beneath.
const AROUND_SQUARE: f32 = 150.0;

/// Arrangement of the pictures of a model: three, or four with the noisy one.
#[derive(Clone, Copy)]
pub struct Arrangement {
    /// Side of a picture.
    pub side: f32,
    /// They stand in two rows; three of them with the numbers in the fourth place.
    pub stacked: bool,
    /// There is a noisy one.
    pub noisy: bool,
}

impl Arrangement {
    /// The layout with the largest pictures: a row for each of several models, two rows for a single one
    /// where that is better.
    pub fn fit(ui: &Ui, models: usize, noisy: bool) -> Self {
        let (width, height) = (ui.available_width(), ui.available_height());
        let rows = models as f32;
        let columns = if noisy { 4.0 } else { 3.0 };
        let by_width = (width - (columns - 1.0) * theme::GAP_LARGE) / columns;
        let by_height = height / rows - AROUND_ROW;
        let least = if models > 1 { 150.0 } else { SMALLEST };
        let row = by_width.min(by_height.max(least));
        let around = if noisy { AROUND_SQUARE } else { AROUND_STACK };
        let stack = ((width - theme::GAP_LARGE) / 2.0).min((height - around) / 2.0);
        let stacked = models == 1 && stack > row;
        let side = if stacked { stack } else { row };
        Self { side: side.clamp(SMALLEST, LARGEST).floor(), stacked, noisy }
    }

    /// The pictures, row by row.
    pub fn rows(self) -> &'static [&'static [RowPicture]] {
        use RowPicture::{Difference, Input, Noisy, Output};
        match (self.stacked, self.noisy) {
            (false, false) => &[&[Input, Output, Difference]],
            (false, true) => &[&[Input, Noisy, Output, Difference]],
            (true, false) => &[&[Input, Output], &[Difference]],
            (true, true) => &[&[Input, Noisy], &[Output, Difference]],
        }
    }

    /// Of a row.
    pub fn width(self) -> f32 {
        let columns = self.rows()[0].len() as f32;
        columns * self.side + (columns - 1.0) * theme::GAP_LARGE
    }

    /// Of all, with what stands around them.
    pub fn height(self) -> f32 {
        match (self.stacked, self.noisy) {
            (false, _) => self.side + AROUND_ROW,
            (true, false) => 2.0 * self.side + AROUND_STACK,
            (true, true) => 2.0 * self.side + AROUND_SQUARE,
        }
    }
}

/// A picture of a model's row.
#[derive(Clone, Copy)]
pub enum RowPicture {
    /// The crop as it is.
    Input,
    /// With noise, as the model saw it.
    Noisy,
    /// The model's result.
    Output,
    /// Between the input and the reconstruction.
    Difference,
}
