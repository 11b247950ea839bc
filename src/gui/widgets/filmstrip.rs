//! Pictures in a row.

use eframe::egui::Ui;

/// Distance between the pictures of a row.
pub const FILM_GAP: f32 = 5.0;

/// The side of `count` pictures in a row, at most `largest`.
pub fn fitting(width: f32, count: usize, largest: f32) -> f32 {
    ((width - FILM_GAP * (count - 1) as f32) / count as f32).clamp(16.0, largest).floor()
}

/// A row of `count` pictures in the middle of the width.
pub fn filmstrip(ui: &mut Ui, count: usize, side: f32, pictures: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = FILM_GAP;
        let width = count as f32 * (side + FILM_GAP) - FILM_GAP;
        ui.add_space(((ui.available_width() - width) / 2.0).max(0.0).floor());
        pictures(ui);
    });
}
