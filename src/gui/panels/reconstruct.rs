//! The middle of the Reconstruct screen: a photo and what every model made of it, or all photos beside each other.

use eframe::egui::{Align, CentralPanel, ComboBox, Layout, Rect, ScrollArea, TextureId, Ui, UiBuilder, vec2};

use crate::gui::intents::{self, Intent};
use crate::gui::panels::explore::pixels;
use crate::gui::panels::reconstruct_cell::{self, AROUND, CellModel, CellPlace, SEARCH};
use crate::gui::panels::reconstruct_layout::Grid;
use crate::gui::panels::{canvas_frame, copy_line, is_compact, reconstruct_sheet};
use crate::gui::state::State;
use crate::gui::state::photo_grid::{Look, SortBy, best};
use crate::gui::state::picture::Picture;
use crate::gui::textures::Textures;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{empty, picture, segmented};
use crate::gui::{cli_line, theme};
use crate::report::PixelMetrics;
use crate::report::quantities::{PIXELS, PSNR};
use crate::worker::protocol::{FilterKind, IMAGE_FORMATS};

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let frame = canvas_frame(ui);
    CentralPanel::default().frame(frame).show(ui, |ui| {
        if state.reconstruct.current().is_none() {
            nothing(ui, state);
            return;
        }
        tools(ui, state);
        ui.add_space(theme::GAP_SMALL);
        arrangement(ui, state);
        ui.add_space(theme::GAP);
        if state.grid_models().is_empty() {
            no_models(ui, state);
        } else if state.reconstruct.is_sheet {
            reconstruct_sheet::show(ui, state, textures);
        } else {
            grid(ui, state, textures);
        }
    });
}

fn no_models(ui: &mut Ui, state: &State) {
    let (headline, help) = match state.models.is_empty() {
        true => ("No model is open", "Open a model to see what it makes of it"),
        false => ("Every model is hidden", "Show some in the list at the right"),
    };
    let rect = ui.available_rect_before_wrap();
    empty::paint(ui, rect, Icon::Photo, headline, help);
}

fn nothing(ui: &mut Ui, state: &mut State) {
    let rect = ui.max_rect();
    empty::dashed(ui, rect.shrink(8.0), false);
    let help = format!("The models show what they make of it. {IMAGE_FORMATS}");
    let headline = state.offer("Drop a photo of a face", "Open or paste a photo of a face");
    empty::paint(ui, rect, Icon::Photo, headline, &help);
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
            let why = "The command line takes photos from files; this one was pasted";
            copy_line(ui, state, compact, line, why);
            pixels(ui, state);
        });
    });
}

/// One photo or all of them, how their reconstructions are seen, in which order.
fn arrangement(ui: &mut Ui, state: &mut State) {
    ui.horizontal(|ui| {
        let sheets = [
            (false, "This photo", "What every model makes of the chosen photo"),
            (true, "All photos", "All photos of the session through every model, in rows"),
        ];
        if let Some(chosen) = segmented::choice(ui, state.reconstruct.is_sheet, &sheets) {
            state.reconstruct.is_sheet = chosen;
        }
        ui.add_space(theme::GAP);
        let looks = [
            (
                Look::Reconstruction,
                "As they are",
                "The reconstructions; hold the pointer down on one to see the photo in its place",
            ),
            (Look::Wipe, "Wipe", "The reconstruction over the input, with a divider to drag"),
            (
                Look::Difference,
                "Difference",
                "Where input and reconstruction differ; the gain is at the right",
            ),
        ];
        ui.push_id("look", |ui| {
            if let Some(look) = segmented::choice(ui, state.settings.grid.look, &looks) {
                state.settings.grid.look = look;
            }
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| sorting(ui, &mut state.settings.grid.sort));
    });
}

fn sorting(ui: &mut Ui, sort: &mut SortBy) {
    let name = |sort: SortBy| match sort {
        SortBy::Opened => "As opened".to_owned(),
        SortBy::Name => "Name".to_owned(),
        SortBy::Metric(at) => {
            PIXELS.get(at).map_or_else(String::new, |m| format!("Best {}", m.quantity.label))
        }
    };
    let all = [SortBy::Opened, SortBy::Name].into_iter().chain((0..PIXELS.len()).map(SortBy::Metric));
    let combo = ComboBox::from_id_salt("order of models").width(96.0).selected_text(name(*sort));
    let shown = combo.show_ui(ui, |ui| {
        for choice in all {
            ui.selectable_value(sort, choice, name(choice));
        }
    });
    shown.response.on_hover_text("The order of the models").accessible_name("Order of the models");
}

/// The photo once, then the models.
fn grid(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let models: Vec<CellModel> = state.grid_models().into_iter().map(CellModel::of).collect();
    let of_models = models.iter().filter_map(|model| Some(state.reconstruct.shown(model.id)?.metrics));
    let filters = state.settings.grid.filters && state.reconstruct.noise.is_some();
    let of_filters = state.reconstruct.filtered.values().filter(|_| filters).map(|result| result.metrics);
    let metrics: Vec<PixelMetrics> = of_models.chain(of_filters).collect();
    let searched = state.grid_models().iter().any(|model| state.reconstruct.is_sought(model));
    let first = models.iter().find_map(|model| state.reconstruct.shown(model.id)).cloned();
    let mut cells = vec![Cell::Input];
    if state.reconstruct.noise.is_some() {
        cells.push(Cell::Noisy);
    }
    if filters {
        cells.extend(FilterKind::ALL.map(Cell::Filter));
    }
    cells.extend(models.iter().map(Cell::Model));
    // A single model has room for its difference beside it.
    if models.len() == 1 && state.settings.grid.look == Look::Reconstruction {
        cells.push(Cell::Difference);
    }
    let around = AROUND + if searched { SEARCH } else { 0.0 };
    let fit = Grid::fit([ui.available_width() - 10.0, ui.available_height()], cells.len(), around);
    let left = ((ui.available_width() - fit.width()) / 2.0).max(0.0).floor();
    let place = CellPlace { side: fit.side, searched };
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_LARGE;
        for row in cells.chunks(fit.columns) {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
                ui.add_space(left);
                for cell in row {
                    let smooth = state.settings.smooth;
                    let mut texture = |picture: &Picture| textures.picture(ui.ctx(), picture, smooth);
                    match cell {
                        Cell::Input => {
                            let input = first.as_ref().map(|result| texture(&result.input));
                            let name = state.reconstruct.current().map_or("", |photo| &photo.info.name);
                            captioned(ui, input, place, "Input", name);
                        }
                        Cell::Noisy => {
                            let noisy = first.as_ref().and_then(|result| result.noisy.as_ref());
                            let shown = noisy.map(|(picture, _)| texture(picture));
                            let psnr = noisy.map(|(_, metrics)| PSNR.brief_with_unit(metrics.psnr));
                            captioned(ui, shown, place, "Noisy input", psnr.as_deref().unwrap_or("…")).on_hover_text(
                                "As the models see it. Its PSNR against the clean input is what a reconstruction has to beat",
                            );
                        }
                        Cell::Model(model) => {
                            let result = state.reconstruct.shown(model.id);
                            let best = result.map_or([false; PIXELS.len()], |result| best(&result.metrics, metrics.iter()));
                            ui.push_id(model.id, |ui| reconstruct_cell::show(ui, state, textures, model, place, best));
                        }
                        Cell::Filter(kind) => {
                            let result = state.reconstruct.filtered.get(kind).cloned();
                            let best = result.as_ref().map_or([false; PIXELS.len()], |result| best(&result.metrics, metrics.iter()));
                            let input = first.as_ref().map(|result| result.input.clone());
                            reconstruct_cell::filter(ui, state, textures, *kind, (input, result), place, best);
                        }
                        Cell::Difference => {
                            let gain = state.reconstruct.gain;
                            let heat = first.as_ref().map(|result| {
                                textures.difference(ui.ctx(), &result.output, &result.difference, gain)
                            });
                            let shown = captioned(ui, heat, place, "Difference", "of input and reconstruction");
                            if let Some(result) = &first {
                                reconstruct_cell::read_difference(shown, &result.input, &result.difference);
                            }
                        }
                    }
                }
            });
        }
    });
}

/// A cell of the grid.
enum Cell<'a> {
    Input,
    Noisy,
    Filter(FilterKind),
    Model(&'a CellModel),
    Difference,
}

fn captioned(
    ui: &mut Ui,
    texture: Option<TextureId>,
    place: CellPlace,
    name: &str,
    words: &str,
) -> eframe::egui::Response {
    let size = vec2(place.side, place.side + AROUND);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        ui.spacing_mut().item_spacing.y = 3.0;
        let response = picture::view(ui, texture, vec2(place.side, place.side), name);
        ui.label(theme::semibold(name, 13.0).color(theme::colors(ui).text_strong));
        ui.add(eframe::egui::Label::new(eframe::egui::RichText::new(words).weak()).truncate());
        response
    })
    .inner
}
