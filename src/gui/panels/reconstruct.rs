//! The middle of the Reconstruct screen: for every model what it saw, what it made of it, and the difference.

use eframe::egui::{Align, CentralPanel, Layout, Rect, Response, ScrollArea, TextureId, Ui, UiBuilder, vec2};

use crate::gui::intents::{self, Intent};
use crate::gui::panels::explore::pixels;
use crate::gui::panels::reconstruct_layout::{Arrangement, RowPicture};
use crate::gui::panels::{canvas_frame, copy_line, head, is_compact};
use crate::gui::state::State;
use crate::gui::state::picture::Picture;
use crate::gui::state::reconstruct::{ReconstructionResult, Search};
use crate::gui::textures::Textures;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{empty, picture, sparkline, wipe};
use crate::gui::{cli_line, theme};
use crate::report::PixelMetrics;
use crate::report::quantities::{PIXELS, PSNR, RE};
use crate::report::trained_on_words;
use crate::table::{Better, Measure};
use crate::worker::protocol::{IMAGE_FORMATS, ModelId, ModelInfo};

/// A model of a row, as far as the row needs it.
struct RowModel {
    id: ModelId,
    name: String,
    encodes: bool,
}

impl RowModel {
    fn of(model: &ModelInfo) -> Self {
        RowModel { id: model.id, name: model.name.clone(), encodes: model.config.kind.has_encoder() }
    }
}

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
        let models: Vec<RowModel> = state.models.iter().map(RowModel::of).collect();
        let layout = Arrangement::fit(ui, models.len().max(1), state.reconstruct.noise.is_some());
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let height = models.len() as f32 * layout.height();
            ui.add_space(((ui.available_height() - height) / 2.5).max(0.0));
            for model in models {
                ui.push_id(model.id, |ui| model_row(ui, state, textures, &model, layout));
                ui.add_space(theme::GAP_LARGE);
            }
        });
    });
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
            wipe_button(ui, state);
        });
    });
}

/// Lays the reconstruction over the input, or no longer does.
fn wipe_button(ui: &mut Ui, state: &mut State) {
    let wipe = &mut state.reconstruct.wipe;
    let help = "Lay the reconstruction over the input, with a divider to drag";
    if Icon::Wipe.toggle(ui, wipe.is_some(), "Wipe").on_hover_text(help).clicked() {
        *wipe = if wipe.is_some() { None } else { Some(0.5) };
    }
}

fn model_row(ui: &mut Ui, state: &mut State, textures: &mut Textures, model: &RowModel, layout: Arrangement) {
    let id = model.id;
    let result = state.reconstruct.shown(id).cloned();
    let left = ((ui.available_width() - layout.width()) / 2.0).max(0.0).floor();
    ui.horizontal(|ui| {
        ui.add_space(left);
        ui.vertical(|ui| {
            ui.set_width(layout.width());
            let explored = head(ui, &model.name, |ui| {
                let ready = result.as_ref().is_some_and(|result| {
                    result.search.as_ref().is_none_or(Search::is_finished)
                });
                let button =
                    ui.add_enabled_ui(ready, |ui| Icon::Sliders.button_with_text(ui, "Explore this face"));
                refine_button(ui, state, model);
                let mut help = "Move the sliders of this model to the code of the photo".to_owned();
                if let Some(re) = result.as_ref().and_then(|result| result.through_prior) {
                    help += &format!(
                        ". Its prior leads the code to noise and back, which changes the picture by an RE of {}; what is \
                         lost is added again, for as long as you stay with this face",
                        RE.shown(re)
                    );
                }
                button.inner.on_hover_text(help).clicked()
            });
            pictures(ui, state, textures, result.as_deref(), layout);
            search(ui, result.as_deref().and_then(|result| result.search.as_ref()), layout.width());
            if let (true, Some(result)) = (explored, &result) {
                state.select(id);
                state.explore_code(&result.code, result.residual.clone());
            }
        });
    });
}

/// Seeks a better code than the encoder's, or another than was found.
fn refine_button(ui: &mut Ui, state: &mut State, model: &RowModel) {
    if !model.encodes {
        let help = "This model has no encoder: the code of the photo is sought from the centre and seven draws. Seek \
                    again from others";
        if Icon::Dice.button_with_text(ui, "Seek again").on_hover_text(help).clicked() {
            state.reconstruct.inversion.seed += 1;
        }
        return;
    }
    let on = state.reconstruct.refined.contains(&model.id);
    let help = "Begin at the encoder's code and go down the gradient of the decoder to the code whose picture is nearest \
                to the photo";
    if Icon::Target.toggle_with_text(ui, on, "Refine").on_hover_text(help).clicked() {
        state.reconstruct.toggle_refined(model.id);
    }
}

/// Progress of a search for a code, and its result.
fn search(ui: &mut Ui, search: Option<&Search>, width: f32) {
    let Some(search) = search else { return };
    let (from, to) = (f64::from(search.curve[0]), f64::from(search.curve[search.curve.len() - 1]));
    let words = format!(
        "{} of {} steps in {:.1} s, RE {} → {}",
        search.step,
        search.steps,
        search.seconds,
        RE.shown(from),
        RE.shown(to)
    );
    ui.horizontal(|ui| {
        ui.set_max_width(width);
        sparkline::show(ui, &search.curve, search.steps + 1, "RE while the code is sought");
        ui.weak(words).on_hover_text(
            "The squared error falls as the code goes down the gradient of the decoder; the encoder takes no part in it",
        );
        let far = format!("{:.2} σ from the centre", search.prior_distance);
        ui.weak(far).on_hover_text(
            "Root mean square of the code in standard deviations of the codes that the model knows: about 1 for a \
             typical one. Far above it the decoder was never trained",
        );
    });
}

fn pictures(
    ui: &mut Ui,
    state: &mut State,
    textures: &mut Textures,
    result: Option<&ReconstructionResult>,
    layout: Arrangement,
) {
    // The fourth place of two rows of three.
    let beside = layout.stacked && !layout.noisy;
    for (row, shown) in layout.rows().iter().enumerate() {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
            for shown in *shown {
                one(ui, state, textures, result, layout.side, *shown);
            }
            if let (true, 1, Some(result)) = (beside, row, result) {
                ui.vertical(|ui| {
                    PIXELS.iter().for_each(|measure| tall(ui, measure, &result.metrics));
                    trained_on(ui, result);
                });
            }
        });
    }
    if let (false, Some(result)) = (beside, result) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
            PIXELS.iter().for_each(|measure| flat(ui, measure, &result.metrics));
            trained_on(ui, result);
        });
    }
}

/// Says beside the numbers that they are of an image which the model knows.
fn trained_on(ui: &mut Ui, result: &ReconstructionResult) {
    if trained_on_words(result.trained_on, result.metrics.n).is_some() {
        ui.weak("A training image of this model").on_hover_text(
            "The model was fitted to this very picture: the numbers say how well it knows it, not what it does with new \
             ones",
        );
    }
}

fn one(
    ui: &mut Ui,
    state: &mut State,
    textures: &mut Textures,
    result: Option<&ReconstructionResult>,
    side: f32,
    shown: RowPicture,
) {
    let smooth = state.settings.smooth;
    let mut texture = |picture: &Picture| textures.picture(ui.ctx(), picture, smooth);
    match shown {
        RowPicture::Input => {
            let input = result.map(|result| texture(&result.input));
            captioned(ui, input, side, "Input", "Input");
        }
        RowPicture::Noisy => {
            let noisy = result.and_then(|result| result.noisy.as_ref());
            let caption =
                noisy.map(|(_, metrics)| format!("With noise · {}", PSNR.brief_with_unit(metrics.psnr)));
            let caption = caption.as_deref().unwrap_or("With noise");
            let shown = noisy.map(|(picture, _)| texture(picture));
            let help = "As the model sees it. Its PSNR against the clean input is what the reconstruction has to beat";
            captioned(ui, shown, side, "Noisy input", caption).on_hover_text(help);
        }
        RowPicture::Output => {
            let output = result.map(|result| texture(&result.output));
            let input = result.map(|result| texture(&result.input));
            match (&mut state.reconstruct.wipe, input, output) {
                (Some(divider), Some(input), Some(output)) => {
                    ui.vertical(|ui| {
                        ui.set_width(side);
                        wipe::show(ui, [input, output], side, divider, "Divider of input and reconstruction");
                        ui.weak("Input | reconstruction");
                    });
                }
                _ => {
                    captioned(ui, output, side, "Reconstruction", "Reconstruction");
                }
            }
        }
        RowPicture::Difference => {
            let gain = state.reconstruct.gain;
            let heat =
                result.map(|result| textures.difference(ui.ctx(), &result.output, &result.difference, gain));
            let shown = captioned(ui, heat, side, "Difference", "Difference");
            if let Some(result) = result {
                read_difference(shown, result);
            }
        }
    }
}

fn captioned(ui: &mut Ui, texture: Option<TextureId>, side: f32, name: &str, caption: &str) -> Response {
    ui.vertical(|ui| {
        ui.set_width(side);
        let response = picture::view(ui, texture, vec2(side, side), name);
        ui.weak(caption);
        response
    })
    .inner
}

/// Reads the difference under the pointer.
fn read_difference(response: Response, result: &ReconstructionResult) {
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

/// A number in a line, with its meaning on hover.
fn flat(ui: &mut Ui, measure: &Measure<PixelMetrics>, metrics: &PixelMetrics) {
    value(ui, measure, metrics, 14.0).on_hover_text(measure.quantity.help());
}

/// A number with its meaning beneath.
fn tall(ui: &mut Ui, measure: &Measure<PixelMetrics>, metrics: &PixelMetrics) {
    value(ui, measure, metrics, 20.0);
    ui.weak(measure.quantity.help());
    ui.add_space(theme::GAP);
}

fn value(ui: &mut Ui, measure: &Measure<PixelMetrics>, metrics: &PixelMetrics, size: f32) -> Response {
    let Measure { quantity, read } = measure;
    let shown = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.weak(quantity.label);
        let text = theme::semibold(quantity.brief_with_unit(read(metrics)), size);
        ui.label(text.color(theme::colors(ui).text_strong));
        ui.weak(quantity.better.map_or("", Better::arrow));
    });
    shown.response
}
