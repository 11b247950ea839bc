//! What the numbers are of: draws of the open models, and what they make of the photo on Reconstruct, a row
//! each.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{Align, Layout, Ui, vec2};

use crate::gui::state::State;
use crate::gui::state::compare::DRAWS_SHOWN;
use crate::gui::state::picture::Picture;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::{card, picture};

/// Width of the names.
const NAMES: f32 = 132.0;
/// Distance between pictures.
const GAP: f32 = 3.0;
/// Largest side of a picture.
const LARGEST: f32 = 84.0;

/// Shows a row for each ticked model that is open.
pub fn show(ui: &mut Ui, state: &State, textures: &mut Textures) {
    let models: Vec<_> = state.shown_models().collect();
    if models.is_empty() {
        return;
    }
    let photo = state.reconstruct.current().is_some();
    let figure = format!("seed {}", state.compare.form.seed);
    let head = card::Head {
        title: "Side by side",
        figure: &figure,
        help: &[
            "The first draws of each open model with this seed: from the prior, or for a model without one from \
             the Gaussian that fits its codes",
            "With a photo on Reconstruct, first the photo and what the model makes of it",
        ],
    };
    card::show(ui, &head, |ui| {
        let before = if photo { 2 } else { 0 };
        let room = ui.available_width() - NAMES - if photo { theme::GAP_LARGE } else { 0.0 };
        let many = (DRAWS_SHOWN + before) as f32;
        let side = (room / many - GAP).min(LARGEST).floor();
        ui.spacing_mut().item_spacing = vec2(GAP, GAP);
        for model in models {
            ui.horizontal(|ui| {
                let mut name = LayoutJob::simple_singleline(
                    model.name.clone(),
                    theme::body_font(),
                    theme::colors(ui).text,
                );
                name.wrap = TextWrapping::truncate_at_width(NAMES - theme::GAP);
                ui.allocate_ui_with_layout(vec2(NAMES, side), Layout::left_to_right(Align::Center), |ui| {
                    ui.set_min_size(vec2(NAMES, side));
                    ui.label(name);
                });
                let mut one = |ui: &mut Ui, shown: Option<&Picture>, what: String| {
                    let texture = shown.map(|shown| textures.picture(ui.ctx(), shown, state.settings.smooth));
                    picture::view(ui, texture, vec2(side, side), &what);
                };
                if photo {
                    let result = state.reconstruct.results.get(&model.id);
                    one(ui, result.map(|result| &result.input), format!("Photo for {}", model.name));
                    one(ui, result.map(|result| &result.output), format!("Photo through {}", model.name));
                    ui.add_space(theme::GAP_LARGE - GAP);
                }
                let drawn = state.compare.drawn.get(&model.id);
                for index in 0..DRAWS_SHOWN {
                    let shown = drawn.and_then(|drawn| drawn.get(index));
                    one(ui, shown, format!("Draw {} of {}", index + 1, model.name));
                }
            });
        }
    });
}
