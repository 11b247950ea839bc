//! The middle of the Reconstruct screen: a photo and what every model made of it, or all photos beside each other.

use eframe::egui::{Align, CentralPanel, ComboBox, Layout, Rect, ScrollArea, TextureId, Ui, vec2};
use rust_i18n::t;

use crate::gui::intents::{self, Intent};
use crate::gui::language::tr;
use crate::gui::panels::explore::pixels;
use crate::gui::panels::reconstruct_cell::{self, AROUND, CellModel, CellPlace, NUMBERS, compact_lines};
use crate::gui::panels::reconstruct_layout::Grid;
use crate::gui::panels::{canvas_frame, copy_line, photo_drop, reconstruct_models, reconstruct_sheet};
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

/// Room for all that the pictures are arranged by, with the choice between one photo and all of them.
const ARRANGEMENT: f32 = 680.0;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let frame = canvas_frame(ui);
    CentralPanel::default().frame(frame).show(ui, |ui| {
        middle(ui, state, textures);
        photo_drop::show(ui, state, textures);
    });
}

fn middle(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    if state.reconstruct.current().is_none() {
        nothing(ui, state);
        return;
    }
    let narrow = ui.available_width() < ARRANGEMENT;
    tools(ui, state, narrow);
    ui.add_space(theme::GAP_SMALL);
    arrangement(ui, state, narrow);
    ui.add_space(theme::GAP);
    if state.grid_models().is_empty() {
        no_models(ui, state);
    } else if state.reconstruct.is_sheet {
        reconstruct_sheet::show(ui, state, textures);
    } else {
        grid(ui, state, textures);
    }
}

fn no_models(ui: &mut Ui, state: &State) {
    let (headline, help) = match state.models.is_empty() {
        true => (t!("No model is open"), t!("Open a model to see what it makes of the photo")),
        false => (t!("Every model is hidden"), t!("Show some in the list of models above")),
    };
    let rect = ui.available_rect_before_wrap();
    empty::paint(ui, rect, Icon::Photo, &headline, &help);
}

fn nothing(ui: &mut Ui, state: &mut State) {
    let rect = ui.max_rect();
    empty::dashed(ui, rect.shrink(8.0), false);
    let help = t!("Every open model shows what it makes of it. %{formats}", formats = tr(IMAGE_FORMATS));
    let (drop, open) = (t!("Drop a photo of a face"), t!("Open or paste a photo of a face"));
    let headline = state.offer(&drop, &open).to_owned();
    empty::paint(ui, rect, Icon::Photo, &headline, &help);
    let at = Rect::from_center_size(rect.center() + vec2(0.0, 82.0), vec2(rect.width(), theme::CONTROL));
    empty::row(ui, at, |ui| {
        let example = ui.add(theme::primary_button(ui, &t!("Try an example face")));
        if example.on_hover_text(t!("A portrait that comes with the program")).clicked() {
            state.try_example_face();
        }
        intents::button(ui, state, Intent::OpenPhoto);
        intents::button(ui, state, Intent::Paste);
    });
}

fn tools(ui: &mut Ui, state: &mut State, compact: bool) {
    ui.horizontal(|ui| {
        intents::tool(ui, state, Intent::OpenPhoto, compact);
        intents::tool(ui, state, Intent::Paste, compact);
        if compact {
            let all = t!("All photos");
            let toggle = Icon::Table.toggle(ui, state.reconstruct.is_sheet, &all);
            if toggle.on_hover_text(t!("All photos of the session through every model, in rows")).clicked() {
                state.reconstruct.is_sheet = !state.reconstruct.is_sheet;
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            intents::tool(ui, state, Intent::Save, compact);
            let line = cli_line::reconstruct(state);
            let why = t!("The command line takes photos from files, and this one is in none");
            copy_line(ui, state, compact, line, &why);
            pixels(ui, state);
        });
    });
}

/// One photo or all of them, how their reconstructions are seen, of which models, in which order.
fn arrangement(ui: &mut Ui, state: &mut State, narrow: bool) {
    ui.horizontal(|ui| {
        if !narrow {
            let (one, all) = (t!("This photo"), t!("All photos"));
            let helps = [
                t!("What every model makes of the chosen photo"),
                t!("All photos of the session through every model, in rows"),
            ];
            let sheets = [(false, &*one, &*helps[0]), (true, &*all, &*helps[1])];
            if let Some(chosen) = segmented::choice(ui, state.reconstruct.is_sheet, &sheets) {
                state.reconstruct.is_sheet = chosen;
            }
            ui.add_space(theme::GAP_SMALL);
        }
        let names = [t!("Pictures"), t!("Wipe"), t!("Difference")];
        let helps = [
            t!("The reconstructions; hold the pointer down on one to see the photo in its place"),
            t!("Each reconstruction over the photo, with a divider to drag"),
            t!("Where photo and reconstruction differ; the gain is at the right"),
        ];
        let looks = [Look::Reconstruction, Look::Wipe, Look::Difference];
        let looks: Vec<_> = (0..looks.len()).map(|at| (looks[at], &*names[at], &*helps[at])).collect();
        ui.push_id("look", |ui| {
            if let Some(look) = segmented::choice(ui, state.settings.grid.look, &looks) {
                state.settings.grid.look = look;
            }
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            sorting(ui, &mut state.settings.grid.sort);
            reconstruct_models::show(ui, state);
        });
    });
}

fn sorting(ui: &mut Ui, sort: &mut SortBy) {
    let name = |sort: SortBy| match sort {
        SortBy::Opened => t!("As opened"),
        SortBy::Name => t!("By name"),
        SortBy::Metric(at) => {
            let label = PIXELS.get(at).map_or("", |measure| measure.quantity.label);
            t!("Best %{quantity}", quantity = label)
        }
    };
    let all = [SortBy::Opened, SortBy::Name].into_iter().chain((0..PIXELS.len()).map(SortBy::Metric));
    let combo = ComboBox::from_id_salt("order of models").width(92.0).selected_text(name(*sort));
    let shown = combo.show_ui(ui, |ui| {
        for choice in all {
            ui.selectable_value(sort, choice, name(choice));
        }
    });
    shown.response.on_hover_text(t!("The order of the models")).accessible_name(t!("Order of the models"));
}

/// The photo once, then the models.
fn grid(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let models: Vec<CellModel> = state.grid_models().into_iter().map(CellModel::of).collect();
    let of_models = models.iter().filter_map(|model| Some(state.reconstruct.shown(model.id)?.metrics));
    let filters = state.settings.grid.filters && state.reconstruct.noise.is_some();
    let of_filters = state.reconstruct.filtered.values().filter(|_| filters).map(|result| result.metrics);
    let metrics: Vec<PixelMetrics> = of_models.chain(of_filters).collect();
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
    let fit = Grid::fit([ui.available_width() - 10.0, ui.available_height()], cells.len(), AROUND);
    let left = ((ui.available_width() - fit.width()) / 2.0).max(0.0).floor();
    let place = CellPlace { side: fit.side };
    let mut wish = None;
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_LARGE;
        for row in cells.chunks(fit.columns) {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
                ui.add_space(left);
                for cell in row {
                    let smooth = state.settings.smooth;
                    let mut texture = |picture: &Picture| textures.picture(ui.ctx(), picture, smooth);
                    let wanted = match cell {
                        Cell::Input => {
                            let input = first.as_ref().map(|result| &result.input);
                            let name = state.reconstruct.current().map_or("", |photo| &photo.info.name);
                            let texture = input.map(&mut texture);
                            let shown = captioned(ui, texture, place, &t!("Photo"), name);
                            picture::offers(ui, &shown, input)
                        }
                        Cell::Noisy => {
                            let noisy = first.as_ref().and_then(|result| result.noisy.as_ref());
                            let texture = noisy.map(|(picture, _)| texture(picture));
                            let psnr = noisy.map(|(_, metrics)| PSNR.brief_with_unit(metrics.psnr));
                            let words = psnr.as_deref().unwrap_or("…");
                            let shown = captioned(ui, texture, place, &t!("Noisy photo"), words);
                            let wish = picture::offers(ui, &shown, noisy.map(|(picture, _)| picture));
                            shown.on_hover_text(t!(
                                "As the models see it. Its PSNR against the clean photo is what a reconstruction has to beat"
                            ));
                            wish
                        }
                        Cell::Model(model) => {
                            let result = state.reconstruct.shown(model.id);
                            let best = result
                                .map_or([false; PIXELS.len()], |result| best(&result.metrics, metrics.iter()));
                            let cell = |ui: &mut Ui| {
                                reconstruct_cell::show(ui, state, textures, model, place, best)
                            };
                            ui.push_id(model.id, cell).inner
                        }
                        Cell::Filter(kind) => {
                            let result = state.reconstruct.filtered.get(kind).cloned();
                            let best = result
                                .as_ref()
                                .map_or([false; PIXELS.len()], |result| best(&result.metrics, metrics.iter()));
                            let input = first.as_ref().map(|result| result.input.clone());
                            let seen = (input, result);
                            reconstruct_cell::filter(ui, state, textures, *kind, seen, place, best)
                        }
                        Cell::Difference => {
                            let gain = state.reconstruct.gain;
                            let heat = first.as_ref().map(|result| {
                                textures.difference(ui.ctx(), &result.output, &result.difference, gain)
                            });
                            let words = t!("of photo and reconstruction");
                            let shown = captioned(ui, heat, place, &t!("Difference"), &words);
                            first.as_ref().and_then(|result| {
                                reconstruct_cell::difference(ui, shown, &result.input, &result.difference, gain)
                            })
                        }
                    };
                    wish = wanted.or(wish.take());
                }
            });
        }
    });
    // Its model is hidden.
    state.reconstruct.reveal = None;
    state.use_picture(wish);
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
        compact_lines(ui);
        let response = picture::offered(ui, texture, vec2(place.side, place.side), name);
        ui.label(theme::semibold(name, 13.0).color(theme::colors(ui).text_strong));
        // As high as the numbers beneath the others.
        ui.horizontal(|ui| {
            ui.set_height(NUMBERS);
            ui.add(eframe::egui::Label::new(eframe::egui::RichText::new(words).size(12.0).weak()).truncate());
        });
        response
    })
    .inner
}
