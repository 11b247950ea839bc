//! The panel at the left: open models, photos of the session, where to drop files.

use eframe::egui::{
    Align2, Button, CursorIcon, Panel, Rangef, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, TextureId,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::gui::intents::{self, Intent};
use crate::gui::panels::{NO_DROPS, drop_hint, head, side_frame, side_range};
use crate::gui::state::messages::count;
use crate::gui::state::reconstruct::Photo;
use crate::gui::state::{Screen, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{crop_view, picture};
use crate::report::quantities::{PIXELS, PSNR};
use crate::table::Measure;
use crate::worker::protocol::{ModelId, ModelInfo, ModelSource};

/// Height of the place to drop files.
const DROP_HINT: f32 = 64.0;
/// Side of the cross that closes a model.
const CROSS: f32 = 18.0;
/// Side of a photo's thumbnail.
const THUMB: f32 = 46.0;
/// Room that a long list of models leaves to the photos: their head and a row of them.
const PHOTOS: f32 = 92.0;

/// Shows the panel.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let frame = side_frame(ui);
    let range = side_range(ui, Rangef::new(196.0, 320.0), 0.2);
    Panel::left("models").default_size(232.0).size_range(range).frame(frame).show(ui, |ui| {
        let hint_top = ui.max_rect().bottom() - DROP_HINT;
        head(ui, "Models", |ui| {
            intents::icon_button(ui, state, Intent::OpenModel, Icon::Folder);
        });
        let room = (hint_top - ui.cursor().top() - 2.0 * theme::GAP_LARGE - PHOTOS).max(60.0);
        let list = ScrollArea::vertical().id_salt("models").max_height(room).auto_shrink([false, true]);
        list.show(ui, |ui| models(ui, state));
        ui.add_space(theme::GAP_LARGE);
        photos_head(ui, state);
        let room = (hint_top - ui.cursor().top() - theme::GAP_LARGE).max(THUMB);
        let list = ScrollArea::vertical().id_salt("photos").max_height(room).auto_shrink([false, true]);
        list.show(ui, |ui| photos(ui, state, textures));
        let max = ui.max_rect();
        let hint = Rect::from_min_max(pos2(max.left(), hint_top), max.max);
        drop_hint(ui, hint, state.offer("Drop a photo or a model\nanywhere in the window", NO_DROPS));
    });
}

fn models(ui: &mut Ui, state: &mut State) {
    if state.models.is_empty() {
        let text = if state.is_opening_model() { "Opening the model…" } else { "No model is open yet" };
        ui.weak(text);
    }
    let mut wish = None;
    ui.spacing_mut().item_spacing.y = 5.0;
    for model in &state.models {
        wish = card(ui, model, state.selected == Some(model.id)).or(wish);
    }
    match wish {
        Some(ModelAction::Select(id)) => state.select(id),
        Some(ModelAction::Close(id)) => state.close_model(id),
        None => (),
    }
    for name in state.closed_shipped() {
        let button = Button::new(format!("Open {name}")).frame(false);
        if ui.add(button).on_hover_text("A model inside the program that was closed").clicked() {
            state.open_model(ModelSource::Shipped(name));
        }
    }
    if state.models.is_empty() && !state.is_opening_model() {
        intents::button(ui, state, Intent::OpenModel);
    }
}

/// An action of a person on a model of the list.
enum ModelAction {
    Select(ModelId),
    Close(ModelId),
}

/// The selected one has room for its numbers, so that photos are in sight beneath a long list.
fn card(ui: &mut Ui, model: &ModelInfo, selected: bool) -> Option<ModelAction> {
    let (height, margin) = if selected && model.validation.is_some() { (88.0, 8.0) } else { (43.0, 5.0) };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &model.name));
    let colors = theme::colors(ui);
    let fill = match () {
        () if selected => colors.accent_soft,
        () if response.hovered() => colors.raised_hover,
        () => colors.raised,
    };
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, theme::RADIUS, fill);
    if selected || response.has_focus() {
        let line = Stroke::new(1.0, colors.accent.gamma_multiply(0.7));
        painter.rect_stroke(rect, theme::RADIUS, line, StrokeKind::Inside);
    }
    let inner = rect.shrink2(vec2(11.0, margin));
    let top = inner.left_top();
    let closable = selected || response.contains_pointer();
    let beside = Rect::from_min_size(pos2(rect.right() - CROSS - 4.0, rect.top() + 4.0), vec2(CROSS, CROSS));
    let right = if closable { beside.left() } else { rect.right() };
    painter.with_clip_rect(rect.with_max_x(right)).text(
        top,
        Align2::LEFT_TOP,
        &model.name,
        theme::semibold_font(13.0),
        colors.text_strong,
    );
    let config = &model.config;
    let size = if selected { format!("{} · ", config.size_in_words()) } else { String::new() };
    let facts = format!("{} · {size}{} dims", config.label(), config.latent_dim);
    painter.text(top + vec2(0.0, 20.0), Align2::LEFT_TOP, facts, theme::small_font(), colors.text_weak);
    match &model.validation {
        Some(metrics) if selected => {
            for (Measure { quantity, read }, part) in PIXELS.iter().zip([0.0, 0.4, 0.74]) {
                let (name, value) = (quantity.label, quantity.brief(read(metrics)));
                let at = top + vec2(inner.width() * part, 42.0);
                painter.text(at, Align2::LEFT_TOP, name, theme::small_font(), colors.text_weak);
                painter.text(at + vec2(0.0, 13.0), Align2::LEFT_TOP, value, theme::body_font(), colors.text);
            }
        }
        Some(metrics) => {
            let at = inner.right_top() + vec2(0.0, 20.0);
            let psnr = PSNR.brief_with_unit(metrics.psnr);
            painter.text(at, Align2::RIGHT_TOP, psnr, theme::small_font(), colors.text);
        }
        None => {}
    }
    let response = response.on_hover_cursor(CursorIcon::PointingHand).on_hover_ui(|ui| details(ui, model));
    if closable {
        let mut corner = ui.new_child(UiBuilder::new().max_rect(beside).id_salt(("close", model.id)));
        let cross = Icon::Close.button_sized(&mut corner, &format!("Close {}", model.name), CROSS);
        if cross.on_hover_text("Take it out of the list; its file stays").clicked() {
            return Some(ModelAction::Close(model.id));
        }
    }
    response.clicked().then_some(ModelAction::Select(model.id))
}

fn details(ui: &mut Ui, model: &ModelInfo) {
    ui.label(theme::semibold(&model.name, 13.0));
    let source = match &model.source {
        ModelSource::Shipped(name) => format!("{name}, inside the program"),
        ModelSource::File(path) => path.display().to_string(),
    };
    ui.weak(source);
    ui.label(format!("{} weights, {} steps of training", count(model.parameters), count(model.steps)));
    if model.config.latent_grid.is_some() {
        ui.label(format!("A code of {}", model.config.code()));
    }
    if let Some(active) = model.latent.active_units() {
        ui.label(format!("{active} of {} dimensions active", model.config.latent_dim));
        ui.weak(model.latent.active_rule());
    }
    if let Some(aim) = model.train.as_ref().and_then(|train| train.aim()) {
        ui.label(format!("Trained with {aim}"));
    }
    if let Some((activity, inactive)) = model.latent.sparsity() {
        let share = inactive * 100.0;
        ui.label(format!("Mean activity {activity:.3}, {share:.0} % of the units inactive on an image"));
    }
    if let Some(metrics) = &model.validation {
        ui.separator();
        let noise = model.train.as_ref().and_then(|train| train.noise);
        let noisy = noise.map(|noise| format!(", given with noise {noise}")).unwrap_or_default();
        ui.weak(format!("Mean over {} validation images{noisy}", count(metrics.n)));
        for Measure { quantity, read } in PIXELS {
            let text = format!("{} {} {}", quantity.label, quantity.shown(read(metrics)), quantity.unit);
            ui.label(theme::semibold(text.trim_end(), 13.0));
            ui.label(quantity.help());
        }
    }
}

fn photos_head(ui: &mut Ui, state: &mut State) {
    head(ui, "Photos", |ui| {
        intents::icon_button(ui, state, Intent::Paste, Icon::Copy);
        intents::icon_button(ui, state, Intent::OpenPhoto, Icon::Photo);
    });
}

fn photos(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    if state.reconstruct.photos.is_empty() {
        ui.weak("Photos that you open are kept here");
        return;
    }
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for photo in &state.reconstruct.photos {
            let selected =
                state.screen == Screen::Reconstruct && state.reconstruct.current == Some(photo.info.id);
            let texture = textures.picture(ui.ctx(), &photo.preview, true);
            if photo_thumb(ui, texture, photo, THUMB, &photo.info.name, selected) {
                chosen = Some(photo.info.id);
            }
        }
    });
    if let Some(id) = chosen {
        state.show_photo(id);
    }
}

/// A thumbnail of the middle of a photo. Returns whether it was clicked.
pub(super) fn photo_thumb(
    ui: &mut Ui,
    texture: TextureId,
    photo: &Photo,
    side: f32,
    name: &str,
    selected: bool,
) -> bool {
    let response = picture::thumb(ui, None, side, name, selected);
    crop_view::paint_crop(ui, response.rect, texture, photo);
    if selected {
        let line = Stroke::new(2.0, theme::colors(ui).accent);
        ui.painter().rect_stroke(response.rect, theme::RADIUS_SMALL, line, StrokeKind::Outside);
    }
    response.on_hover_text(name).clicked()
}
