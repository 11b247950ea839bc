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
/// Height of what stands around a row of pictures: head, captions, numbers.
const AROUND_ROW: f32 = 112.0;
/// The same around two rows, where the numbers stand beside a picture.
const AROUND_STACK: f32 = 124.0;

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
        let layout = Arrangement::fit(ui, state.models.len());
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let models: Vec<(ModelId, String)> =
                state.models.iter().map(|model| (model.id, model.name.clone())).collect();
            let height = models.len() as f32 * layout.height();
            ui.add_space(((ui.available_height() - height) / 2.5).max(0.0));
            for (id, name) in models {
                ui.push_id(id, |ui| model_row(ui, state, textures, id, &name, layout));
                ui.add_space(theme::GAP_LARGE);
            }
        });
    });
}

/// How the three pictures of a model lie.
#[derive(Clone, Copy)]
struct Arrangement {
    /// Side of a picture.
    side: f32,
    /// The difference stands beneath the other two, with the numbers beside it.
    stacked: bool,
}

impl Arrangement {
    /// The layout with the largest pictures: a row for each of several models, two rows for a single one
    /// where that is better.
    fn fit(ui: &Ui, models: usize) -> Self {
        let (width, height) = (ui.available_width(), ui.available_height());
        let rows = models as f32;
        let by_width = (width - 2.0 * theme::GAP_LARGE) / 3.0;
        let by_height = height / rows - AROUND_ROW;
        let least = if models > 1 { 150.0 } else { SMALLEST };
        let row = by_width.min(by_height.max(least));
        let stack = ((width - theme::GAP_LARGE) / 2.0).min((height - AROUND_STACK) / 2.0);
        let stacked = models == 1 && stack > row;
        let side = if stacked { stack } else { row };
        Self { side: side.clamp(SMALLEST, LARGEST).floor(), stacked }
    }

    fn width(self) -> f32 {
        let columns = if self.stacked { 2.0 } else { 3.0 };
        columns * self.side + (columns - 1.0) * theme::GAP_LARGE
    }

    fn height(self) -> f32 {
        if self.stacked { 2.0 * self.side + AROUND_STACK } else { self.side + AROUND_ROW }
    }
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

fn model_row(
    ui: &mut Ui,
    state: &mut State,
    textures: &mut Textures,
    id: ModelId,
    name: &str,
    layout: Arrangement,
) {
    let result = state.reconstruct.results.get(&id).cloned();
    let left = ((ui.available_width() - layout.width()) / 2.0).max(0.0).floor();
    ui.horizontal(|ui| {
        ui.add_space(left);
        ui.vertical(|ui| {
            ui.set_width(layout.width());
            let explored = head(ui, name, |ui| {
                let ready = result.is_some();
                let button =
                    ui.add_enabled_ui(ready, |ui| Icon::Sliders.button_with_text(ui, "Explore this face"));
                button
                    .inner
                    .on_hover_text("Move the sliders of this model to the code of the photo")
                    .clicked()
            });
            pictures(ui, state, textures, result.as_ref(), layout);
            if let (true, Some(result)) = (explored, &result) {
                state.select(id);
                state.explore_code(&result.code);
            }
        });
    });
}

fn pictures(
    ui: &mut Ui,
    state: &State,
    textures: &mut Textures,
    result: Option<&Result>,
    layout: Arrangement,
) {
    let Arrangement { side, stacked } = layout;
    let smooth = state.settings.smooth;
    let gain = state.reconstruct.gain;
    let faces = |ui: &mut Ui, textures: &mut Textures| {
        ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
        let input = result.map(|result| textures.picture(ui.ctx(), &result.input, smooth));
        captioned(ui, input, side, "Input");
        let output = result.map(|result| textures.picture(ui.ctx(), &result.output, smooth));
        captioned(ui, output, side, "Reconstruction");
    };
    let difference = |ui: &mut Ui, textures: &mut Textures| {
        ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
        let heat =
            result.map(|result| textures.difference(ui.ctx(), &result.output, &result.difference, gain));
        let shown = captioned(ui, heat, side, "Difference");
        if let Some(result) = result {
            read_difference(shown, result);
        }
    };
    if stacked {
        ui.horizontal(|ui| faces(ui, textures));
        ui.horizontal(|ui| {
            difference(ui, textures);
            ui.vertical(|ui| {
                if let Some(result) = result {
                    for number in numbers(&result.metrics) {
                        number.tall(ui);
                    }
                }
            });
        });
    } else {
        ui.horizontal(|ui| {
            faces(ui, textures);
            difference(ui, textures);
        });
        if let Some(result) = result {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
                for number in numbers(&result.metrics) {
                    number.flat(ui);
                }
            });
        }
    }
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

/// A number with what it means.
struct Number {
    name: &'static str,
    value: String,
    direction: &'static str,
    help: &'static str,
}

fn numbers(metrics: &PixelMetrics) -> [Number; 3] {
    [
        Number {
            name: "RE",
            value: format!("{:.4}", metrics.re),
            direction: "↓",
            help: "Reconstruction error, the mean squared error per pixel and channel with values in [0, 1]. \
                   Lower is better",
        },
        Number {
            name: "PSNR",
            value: decibels(metrics.psnr),
            direction: "↑",
            help: "Peak signal-to-noise ratio, 10·log10 of 1 over the squared error. Higher is better",
        },
        Number {
            name: "SSIM",
            value: format!("{:.3}", metrics.ssim),
            direction: "↑",
            help: "Structural similarity (Wang et al. 2004), Gaussian window of 11 × 11. At most 1, higher is \
                   better",
        },
    ]
}

impl Number {
    /// In a line, with its meaning on hover.
    fn flat(&self, ui: &mut Ui) {
        self.value(ui, 14.0).on_hover_text(self.help);
    }

    /// With its meaning beneath.
    fn tall(&self, ui: &mut Ui) {
        self.value(ui, 20.0);
        ui.weak(self.help);
        ui.add_space(theme::GAP);
    }

    fn value(&self, ui: &mut Ui, size: f32) -> Response {
        let shown = ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.weak(self.name);
            ui.label(theme::semibold(self.value.clone(), size).color(theme::colors(ui).text_strong));
            ui.weak(self.direction);
        });
        shown.response
    }
}
