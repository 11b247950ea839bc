//! The contact sheet of the Reconstruct screen: a row a photo, a column a model, the mean over the photos beneath.

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui, vec2};
use rust_i18n::t;

use super::reconstruct_cell::number;
use crate::gui::state::State;
use crate::gui::state::photo_grid::{Look, SortBy, best};
use crate::gui::textures::Textures;
use crate::gui::widgets::picture;
use crate::gui::{quantity_words, theme};
use crate::report::PixelMetrics;
use crate::report::quantities::PIXELS;
use crate::worker::protocol::{ModelId, PhotoId};

/// Sides of a picture, between which it fits the width.
const SIDES: std::ops::RangeInclusive<f32> = 88.0..=160.0;
/// Position of the metric that stands beneath the pictures unless another one sorts: the PSNR.
const USUAL: usize = 1;
/// Height of a line of words.
const LINE: f32 = 18.0;

/// Shows the sheet.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let encodes = |model: &&&crate::worker::protocol::ModelInfo| model.config.kind.has_encoder();
    let models: Vec<(ModelId, String, Option<PixelMetrics>)> = state
        .grid_models()
        .iter()
        .filter(encodes)
        .map(|model| (model.id, model.name.clone(), state.reconstruct.sheet_mean(model)))
        .collect();
    let photos: Vec<(PhotoId, String)> =
        state.reconstruct.photos.iter().map(|photo| (photo.info.id, photo.info.name.clone())).collect();
    let metric = match state.settings.grid.sort {
        SortBy::Metric(at) if at < PIXELS.len() => at,
        _ => USUAL,
    };
    let columns = models.len() + 1;
    let side = ((ui.available_width() - 10.0) / columns as f32 - theme::GAP)
        .clamp(*SIDES.start(), *SIDES.end())
        .floor();
    let mut wish = None;
    ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(theme::GAP, theme::GAP_SMALL);
        ui.horizontal(|ui| {
            words(ui, side, RichText::new(t!("Photo")).weak());
            for (model, name, _) in &models {
                let colors = theme::colors(ui);
                let in_use = state.selected == Some(*model);
                let color = if in_use { colors.accent } else { colors.text_strong };
                words(ui, side, theme::semibold(name, 12.0).color(color));
                if state.reconstruct.reveal == Some(*model) {
                    state.reconstruct.reveal = None;
                    let head = ui.cursor().translate(vec2(-side, 0.0)).with_max_x(ui.cursor().left());
                    ui.scroll_to_rect(head, None);
                }
            }
        });
        for (photo, name) in &photos {
            let results: Vec<_> = models
                .iter()
                .map(|(model, ..)| state.reconstruct.sheet.get(&(*photo, *model)).cloned())
                .collect();
            let all: Vec<PixelMetrics> = results.iter().flatten().map(|result| result.metrics).collect();
            ui.horizontal_top(|ui| {
                let input = results.iter().flatten().next();
                let texture =
                    input.map(|result| textures.picture(ui.ctx(), &result.input, state.settings.smooth));
                let chosen = cell(ui, side, |ui| {
                    let words = t!("Look at %{photo} alone", photo = name);
                    let is_current = state.reconstruct.current == Some(*photo);
                    let chosen = picture::thumb(ui, texture, side, &words, is_current);
                    wish = picture::offers(ui, &chosen, input.map(|result| &result.input)).or(wish.take());
                    ui.add(Label::new(RichText::new(name).weak().size(12.0)).truncate());
                    chosen.on_hover_text(t!("Look at this photo alone")).clicked()
                });
                if chosen {
                    state.show_photo(*photo);
                    state.reconstruct.is_sheet = false;
                }
                for ((_, model, _), result) in models.iter().zip(&results) {
                    cell(ui, side, |ui| {
                        let Some(result) = result else {
                            picture::view(ui, None, vec2(side, side), model);
                            return;
                        };
                        let texture = match state.settings.grid.look {
                            Look::Difference => {
                                let gain = state.reconstruct.gain;
                                textures.difference(ui.ctx(), &result.output, &result.difference, gain)
                            }
                            Look::Reconstruction | Look::Wipe => {
                                textures.picture(ui.ctx(), &result.output, state.settings.smooth)
                            }
                        };
                        let name = t!("%{photo} by %{model}", photo = name, model = model);
                        let shown = picture::offered(ui, Some(texture), vec2(side, side), &name);
                        wish = picture::offers(ui, &shown, Some(&result.output)).or(wish.take());
                        shown.on_hover_ui(|ui| {
                            ui.label(theme::semibold(&*name, 13.0));
                            for measure in PIXELS {
                                ui.label(number(measure, &result.metrics));
                            }
                        });
                        figure(ui, metric, &result.metrics, best(&result.metrics, all.iter())[metric]);
                    });
                }
            });
        }
        let measured = models.iter().filter_map(|(.., mean)| Some(mean.as_ref()?.n)).min();
        means(ui, &models, measured.unwrap_or(photos.len()), metric, side);
    });
    state.use_picture(wish);
}

/// The mean over the photos beneath each column.
fn means(
    ui: &mut Ui,
    models: &[(ModelId, String, Option<PixelMetrics>)],
    photos: usize,
    metric: usize,
    side: f32,
) {
    let all: Vec<PixelMetrics> = models.iter().filter_map(|(.., mean)| *mean).collect();
    ui.separator();
    ui.horizontal(|ui| {
        let title = if photos == 1 { t!("1 photo") } else { t!("Mean of %{n}", n = photos) };
        words(ui, side, RichText::new(title).weak());
        for (.., mean) in models {
            cell(ui, side, |ui| match mean {
                Some(mean) => figure(ui, metric, mean, best(mean, all.iter())[metric]),
                None => {
                    ui.weak("…");
                }
            });
        }
    });
}

fn figure(ui: &mut Ui, metric: usize, metrics: &PixelMetrics, best: bool) {
    let colors = theme::colors(ui);
    let Some(measure) = PIXELS.get(metric) else { return };
    let text = number(measure, metrics);
    let text = match best {
        true => theme::semibold(text, 12.0).color(colors.good),
        false => RichText::new(text).size(12.0).color(colors.text),
    };
    ui.label(text).on_hover_text(quantity_words::help(&measure.quantity));
}

fn words(ui: &mut Ui, side: f32, text: RichText) {
    ui.allocate_ui_with_layout(vec2(side, LINE), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(side);
        ui.add(Label::new(text).truncate());
    });
}

fn cell<R>(ui: &mut Ui, side: f32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let layout = Layout::top_down(Align::Min);
    ui.allocate_ui_with_layout(vec2(side, 0.0), layout, |ui| {
        ui.set_min_width(side);
        ui.set_max_width(side);
        ui.spacing_mut().item_spacing.y = 2.0;
        contents(ui)
    })
    .inner
}
