//! The panel at the left: open models, photos of the session, where to drop files.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Button, Color32, CursorIcon, FontId, Painter, Panel, Pos2, Rangef, Rect, Response, Role,
    ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use rust_i18n::t;

use crate::gui::intents::{self, Intent};
use crate::gui::language::tr;
use crate::gui::panels::{drop_hint, head, no_drops, photos, side_frame, side_range};
use crate::gui::said::said;
use crate::gui::state::State;
use crate::gui::state::messages::count;
use crate::gui::textures::Textures;
use crate::gui::widgets::card;
use crate::gui::widgets::icon::Icon;
use crate::gui::{keyboard, theme};
use crate::report::quantities::{PIXELS, PSNR};
use crate::table::Measure;
use crate::worker::protocol::{ModelId, ModelInfo, ModelSource};

/// Height of the place to drop files.
const DROP_HINT: f32 = 64.0;
/// Side of the cross that closes a model.
const CROSS: f32 = 18.0;

/// Shows the panel.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let frame = side_frame(ui);
    let range = side_range(ui, Rangef::new(196.0, 320.0), 0.2);
    Panel::left("models").default_size(232.0).size_range(range).frame(frame).show(ui, |ui| {
        let hint_top = ui.max_rect().bottom() - DROP_HINT;
        head(ui, &t!("Models"), |ui| {
            // The list has a larger one while it is empty.
            if !state.models.is_empty() {
                intents::icon_button(ui, state, Intent::OpenModel, Icon::Folder);
            }
        });
        let room = (hint_top - ui.cursor().top() - 2.0 * theme::GAP_LARGE - photos::LEAST).max(60.0);
        let list = ScrollArea::vertical().id_salt("models").max_height(room).auto_shrink([false, true]);
        list.show(ui, |ui| models(ui, state));
        ui.add_space(theme::GAP_LARGE);
        photos::show(ui, state, textures, hint_top - theme::GAP_LARGE);
        let max = ui.max_rect();
        let hint = Rect::from_min_max(pos2(max.left(), hint_top), max.max);
        let words = t!("Drop a photo or a model\nanywhere in the window");
        drop_hint(ui, hint, state.offer(&words, &no_drops()));
    });
}

fn models(ui: &mut Ui, state: &mut State) {
    if state.models.is_empty() {
        let opening = state.is_opening_model();
        ui.weak(if opening { t!("Opening the model…") } else { t!("No model is open yet") });
    }
    let (mut wish, mut rows) = (None, Vec::new());
    ui.spacing_mut().item_spacing.y = 5.0;
    for model in &state.models {
        let (row, wanted) = model_card(ui, model, state.selected == Some(model.id));
        rows.push(row);
        wish = wanted.or(wish);
    }
    keyboard::along(ui, &rows);
    match wish {
        Some(ModelAction::Select(id)) => {
            state.select(id);
            state.reconstruct.reveal = Some(id);
        }
        Some(ModelAction::Close(id)) => state.close_model(id),
        None => (),
    }
    for name in state.closed_shipped() {
        let button = Button::new(t!("Open %{name}", name = name)).frame(false).truncate();
        if ui.add(button).on_hover_text(t!("A model inside the program that was closed")).clicked() {
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
fn model_card(ui: &mut Ui, model: &ModelInfo, selected: bool) -> (Response, Option<ModelAction>) {
    let (height, margin) = if selected && model.validation.is_some() { (88.0, 8.0) } else { (43.0, 5.0) };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &model.name));
    let colors = theme::colors(ui);
    let painter = ui.painter().with_clip_rect(rect);
    card::ground(&painter, colors, &response, selected, theme::RADIUS);
    let inner = rect.shrink2(vec2(11.0, margin));
    let closable = selected || response.contains_pointer();
    let beside = Rect::from_min_size(pos2(rect.right() - CROSS - 4.0, rect.top() + 4.0), vec2(CROSS, CROSS));
    let end = if closable { beside.left() } else { inner.right() };
    let name = (&*model.name, theme::semibold_font(13.0), colors.text_strong);
    line(&painter, inner.left_top(), end, name);
    let under = inner.left_top() + vec2(0.0, 20.0);
    let psnr = model.validation.as_ref().filter(|_| !selected).map(|m| PSNR.brief_with_unit(m.psnr));
    let psnr = psnr.map(|psnr| painter.layout_no_wrap(psnr, theme::small_font(), colors.text));
    let room = psnr.as_ref().map_or(0.0, |psnr| psnr.size().x + theme::GAP);
    line(
        &painter,
        under,
        inner.right() - room,
        (&*facts(model, selected), theme::small_font(), colors.text_weak),
    );
    if let Some(psnr) = psnr {
        painter.galley(pos2(inner.right() - psnr.size().x, under.y), psnr, colors.text);
    }
    if let Some(metrics) = model.validation.as_ref().filter(|_| selected) {
        for (Measure { quantity, read }, part) in PIXELS.iter().zip([0.0, 0.4, 0.74]) {
            let (name, value) = (quantity.label, quantity.brief(read(metrics)));
            let at = inner.left_top() + vec2(inner.width() * part, 42.0);
            painter.text(at, Align2::LEFT_TOP, name, theme::small_font(), colors.text_weak);
            painter.text(at + vec2(0.0, 13.0), Align2::LEFT_TOP, value, theme::body_font(), colors.text);
        }
    }
    let response = response.on_hover_cursor(CursorIcon::PointingHand).on_hover_ui(|ui| details(ui, model));
    if closable {
        let mut corner = ui.new_child(UiBuilder::new().max_rect(beside).id_salt(("close", model.id)));
        let cross = Icon::Close.button_sized(&mut corner, &t!("Close %{name}", name = model.name), CROSS);
        if cross.on_hover_text(t!("Take it out of the list; its file stays")).clicked() {
            return (response, Some(ModelAction::Close(model.id)));
        }
    }
    let wish = response.clicked().then_some(ModelAction::Select(model.id));
    (response, wish)
}

/// As in "VAE · 64×64 · 128 dims".
fn facts(model: &ModelInfo, with_size: bool) -> String {
    let config = &model.config;
    let dims = t!("%{n} dims", n = config.latent_dim);
    match with_size {
        true => format!("{} · {} · {dims}", config.label(), config.size_in_words()),
        false => format!("{} · {dims}", config.label()),
    }
}

/// Paints a line that ends in … where there is no room for all of it.
fn line(painter: &Painter, at: Pos2, end: f32, (text, font, color): (&str, FontId, Color32)) {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width((end - at.x).max(0.0));
    painter.galley(at, painter.layout_job(job), color);
}

fn details(ui: &mut Ui, model: &ModelInfo) {
    ui.label(theme::semibold(&model.name, 13.0));
    let source = match &model.source {
        ModelSource::Shipped(name) => t!("%{name}, inside the program", name = name).into_owned(),
        ModelSource::File(path) => path.display().to_string(),
    };
    ui.weak(source);
    let (weights, steps) = (count(model.parameters), count(model.steps));
    ui.label(t!("%{weights} weights, %{steps} steps of training", weights = weights, steps = steps));
    if model.config.latent_grid.is_some() {
        ui.label(t!("A code of %{size}", size = said(&model.config.code())));
    }
    if let Some(active) = model.latent.active_units() {
        ui.label(t!("%{n} of %{all} dimensions active", n = active, all = model.config.latent_dim));
        ui.weak(tr(model.latent.active_rule()));
    }
    if let Some(aim) = model.train.as_ref().and_then(|train| train.aim()) {
        ui.label(t!("Trained with %{aim}", aim = said(&aim)));
    }
    if let Some((activity, inactive)) = model.latent.sparsity() {
        let (activity, share) = (format!("{activity:.3}"), format!("{:.0}", inactive * 100.0));
        ui.label(t!(
            "Mean activity %{activity}, %{share} % of the units inactive on an image",
            activity = activity,
            share = share
        ));
    }
    if let Some(metrics) = &model.validation {
        ui.separator();
        let n = count(metrics.n);
        ui.weak(match model.train.as_ref().and_then(|train| train.noise) {
            Some(noise) => {
                t!("Mean over %{n} validation images, given with noise %{noise}", n = n, noise = noise)
            }
            None => t!("Mean over %{n} validation images", n = n),
        });
        for Measure { quantity, read } in PIXELS {
            let text = format!("{} {} {}", quantity.label, quantity.shown(read(metrics)), quantity.unit);
            ui.label(theme::semibold(text.trim_end(), 13.0));
            ui.label(tr(&quantity.help()));
        }
    }
}
