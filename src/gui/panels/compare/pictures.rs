//! Pictures behind the numbers: draws of the open models, and their reconstructions of the photo on Reconstruct, a row
//! each.

use std::borrow::Cow;

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{Role, Sense, Ui, Vec2, WidgetInfo, vec2};
use rust_i18n::t;

use crate::gui::state::State;
use crate::gui::state::compare::DRAWS_SHOWN;
use crate::gui::state::picture::Picture;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::{card, picture};

/// Width of the names at most, and their part of the room.
const NAMES: f32 = 190.0;
const NAMES_PART: f32 = 0.22;
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
    let figure = t!("seed %{seed}", seed = state.compare.form.seed);
    let draws = t!(
        "The first draws of each open model with this seed: from the prior, or for a model without one from the \
         Gaussian that fits its codes"
    );
    let photos = t!(
        "With a photo on Reconstruct, first the photo, with the noise that was measured with, and what the model \
         makes of it"
    );
    let head = card::CardHead { title: &t!("Side by side"), figure: &figure, help: &[&draws, &photos] };
    card::show(ui, &head, |ui| {
        let before = if photo { 2 } else { 0 };
        let names = NAMES.min(ui.available_width() * NAMES_PART);
        let room = ui.available_width() - names - if photo { theme::GAP_LARGE } else { 0.0 };
        let many = (DRAWS_SHOWN + before) as f32;
        // A gap after each picture, and one after the name.
        let side = ((room - GAP) / many - GAP).min(LARGEST).floor();
        ui.spacing_mut().item_spacing = vec2(GAP, GAP);
        for model in models {
            ui.horizontal(|ui| {
                name(ui, &model.name, vec2(names, side));
                let mut one = |ui: &mut Ui, shown: Option<&Picture>, what: Cow<'static, str>| {
                    let texture = shown.map(|shown| textures.picture(ui.ctx(), shown, state.settings.smooth));
                    picture::view(ui, texture, vec2(side, side), &what);
                };
                if photo && !model.config.kind.has_encoder() {
                    ui.add_space(2.0 * (side + GAP) + theme::GAP_LARGE - GAP);
                } else if photo {
                    let result = state.reconstruct.results.get(&model.id);
                    let given = result.map(|r| r.noisy.as_ref().map_or(&r.input, |(noisy, _)| noisy));
                    one(ui, given, t!("Photo for %{name}", name = model.name));
                    one(
                        ui,
                        result.map(|result| &result.output),
                        t!("Photo through %{name}", name = model.name),
                    );
                    ui.add_space(theme::GAP_LARGE - GAP);
                }
                let drawn = state.compare.drawn.get(&model.id);
                for index in 0..DRAWS_SHOWN {
                    let shown = drawn.and_then(|drawn| drawn.get(index));
                    one(ui, shown, t!("Draw %{number} of %{name}", number = index + 1, name = model.name));
                }
            });
        }
    });
}

/// The name of a model before its pictures.
fn name(ui: &mut Ui, name: &str, size: Vec2) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    let color = theme::colors(ui).text;
    let mut line = LayoutJob::simple_singleline(name.to_owned(), theme::body_font(), color);
    line.wrap = TextWrapping::truncate_at_width(size.x - theme::GAP);
    let galley = ui.painter().layout_job(line);
    let at = rect.left_center() - vec2(0.0, galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    response.on_hover_text(name);
}
