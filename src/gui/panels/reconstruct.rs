//! The middle of the Reconstruct screen: for every model what it saw, what it made of it, and the difference.

use eframe::egui::{Align, CentralPanel, Layout, Rect, Response, ScrollArea, TextureId, Ui, UiBuilder, vec2};

use crate::gui::cli_line;
use crate::gui::intents::{self, Intent};
use crate::gui::panels::explore::pixels;
use crate::gui::panels::{canvas_frame, copy_line, decibels, head, is_compact};
use crate::gui::state::State;
use crate::gui::state::reconstruct::Result;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{empty, picture};
use crate::metrics::PixelMetrics;
use crate::worker::protocol::ModelId;

/// Largest side of a picture.
const LARGEST: f32 = 420.0;
/// Smallest side of a picture.
const SMALLEST: f32 = 96.0;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let frame = canvas_frame(ui);
    CentralPanel::default().frame(frame).show(ui, |ui| {
        if state.reconstruct.current().is_none() {
            nothing(ui, state);
            return;
        }
        tools(ui, state);
        ui.add_space(theme::GAP);
        if state.models.is_empty() {
            let rect = ui.available_rect_before_wrap();
            empty::paint(
                ui,
                rect,
                Icon::Photo,
                "No model is open",
                "Open a checkpoint to see what it makes of it",
            );
            return;
        }
        let rows = state.models.len() as f32;
        let side_by_width = (ui.available_width() - 2.0 * theme::GAP_LARGE) / 3.0;
        // Head, captions and numbers of a row.
        let around = 112.0;
        let side_by_height = ui.available_height() / rows - around;
        let least = if rows > 1.0 { 150.0 } else { SMALLEST };
        let side = side_by_width.min(side_by_height.max(least)).clamp(SMALLEST, LARGEST).floor();
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let models: Vec<(ModelId, String)> =
                state.models.iter().map(|model| (model.id, model.name.clone())).collect();
            let height = rows * (side + around);
            ui.add_space(((ui.available_height() - height) / 2.5).max(0.0));
            for (id, name) in models {
                ui.push_id(id, |ui| model_row(ui, state, textures, id, &name, side));
                ui.add_space(theme::GAP_LARGE);
            }
        });
    });
}

fn nothing(ui: &mut Ui, state: &mut State) {
    let rect = ui.max_rect();
    empty::dashed(ui, rect.shrink(8.0), false);
    let help = "The models show what they make of it. JPEG, PNG, WebP, BMP, GIF or TIFF";
    empty::paint(ui, rect, Icon::Photo, "Drop a photo of a face", help);
    let at = Rect::from_center_size(rect.center() + vec2(0.0, 76.0), vec2(220.0, theme::CONTROL));
    ui.scope_builder(UiBuilder::new().max_rect(at), |ui| {
        ui.horizontal(|ui| {
            intents::button(ui, state, Intent::OpenPhoto);
            intents::button(ui, state, Intent::Paste);
        });
    });
}

fn tools(ui: &mut Ui, state: &mut State) {
    let compact = is_compact(ui);
    ui.horizontal(|ui| {
        intents::tool(ui, state, Intent::OpenPhoto, compact);
        intents::tool(ui, state, Intent::Paste, compact);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            intents::tool(ui, state, Intent::Save, compact);
            let line = cli_line::reconstruct(state);
            let why = "The command line takes photos from files with the crop in the middle";
            copy_line(ui, state, compact, line, why);
            pixels(ui, state);
        });
    });
}

fn model_row(ui: &mut Ui, state: &mut State, textures: &mut Textures, id: ModelId, name: &str, side: f32) {
    let result = state.reconstruct.results.get(&id).cloned();
    let width = 3.0 * side + 2.0 * theme::GAP_LARGE;
    let left = ((ui.available_width() - width) / 2.0).max(0.0).floor();
    ui.horizontal(|ui| {
        ui.add_space(left);
        ui.vertical(|ui| {
            ui.set_width(width);
            let explored = head(ui, name, |ui| {
                let ready = result.is_some();
                let button =
                    ui.add_enabled_ui(ready, |ui| Icon::Sliders.button_with_text(ui, "Explore this face"));
                button
                    .inner
                    .on_hover_text("Move the sliders of this model to the code of the photo")
                    .clicked()
            });
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
                let smooth = state.settings.smooth;
                let texture =
                    |textures: &mut Textures,
                     ui: &Ui,
                     which: fn(&Result) -> &super::super::state::picture::Picture| {
                        result.as_ref().map(|result| textures.picture(ui.ctx(), which(result), smooth))
                    };
                let input = texture(textures, ui, |result| &result.input);
                captioned(ui, input, side, "Input");
                let output = texture(textures, ui, |result| &result.output);
                captioned(ui, output, side, "Reconstruction");
                let gain = state.reconstruct.gain;
                let heat = result
                    .as_ref()
                    .map(|result| textures.difference(ui.ctx(), &result.output, &result.difference, gain));
                let shown = captioned(ui, heat, side, "Difference");
                if let Some(result) = &result {
                    read_difference(shown, result);
                }
            });
            if let Some(result) = &result {
                numbers(ui, &result.metrics);
            }
            if let (true, Some(result)) = (explored, &result) {
                state.select(id);
                state.explore_code(&result.code);
            }
        });
    });
}

fn captioned(ui: &mut Ui, texture: Option<TextureId>, side: f32, caption: &str) -> Response {
    ui.vertical(|ui| {
        ui.set_width(side);
        let response = picture::view(ui, texture, vec2(side, side), caption);
        ui.weak(caption);
        response
    })
    .inner
}

/// Reads the difference under the pointer.
fn read_difference(response: Response, result: &Result) {
    let image = &result.input.image;
    let (width, height) = (image.width(), image.height());
    let rect = response.rect;
    response.on_hover_ui_at_pointer(|ui| {
        let Some(pointer) = ui.ctx().pointer_hover_pos() else { return };
        let place = (pointer - rect.min) / rect.size();
        let x = ((place.x * width as f32) as usize).min(width - 1);
        let y = ((place.y * height as f32) as usize).min(height - 1);
        let value = result.difference.get(y * width + x).copied().unwrap_or(0.0);
        ui.label(theme::semibold(format!("{value:.3}"), 13.0));
        ui.weak(format!("mean over R, G and B of the absolute difference at column {x}, row {y}"));
    });
}

fn numbers(ui: &mut Ui, metrics: &PixelMetrics) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
        let mut one = |name: &str, value: String, direction: &str, help: &str| {
            let shown = ui.scope(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                ui.weak(name);
                ui.label(theme::semibold(value, 14.0).color(theme::colors(ui).text_strong));
                ui.weak(direction);
            });
            shown.response.on_hover_text(help);
        };
        one(
            "RE",
            format!("{:.4}", metrics.re),
            "↓",
            "Reconstruction error, the mean squared error per pixel and channel with values in [0, 1]. \
             Lower is better",
        );
        one(
            "PSNR",
            decibels(metrics.psnr),
            "↑",
            "Peak signal-to-noise ratio, 10·log10 of 1 over the squared error. Higher is better",
        );
        one(
            "SSIM",
            format!("{:.3}", metrics.ssim),
            "↑",
            "Structural similarity (Wang et al. 2004), Gaussian window of 11 × 11. At most 1, higher is better",
        );
    });
}
