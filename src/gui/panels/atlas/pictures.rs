//! Pictures beside each other in the side.

use eframe::egui::{RichText, TextureId, Ui, vec2};

use crate::gui::theme;
use crate::gui::widgets::picture;

/// Room for two pictures beside each other in the side.
pub fn half(ui: &Ui, most: f32) -> f32 {
    ((ui.available_width() - theme::GAP) / 2.0).min(most)
}

/// Shows two pictures beside each other with words beneath.
pub fn two_pictures(ui: &mut Ui, side: f32, pictures: [(Option<TextureId>, &str); 2]) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP;
        for (texture, words) in pictures {
            ui.vertical(|ui| {
                ui.set_width(side);
                picture::view(ui, texture, vec2(side, side), words);
                ui.label(RichText::new(words).size(12.0).weak());
            });
        }
    });
}
