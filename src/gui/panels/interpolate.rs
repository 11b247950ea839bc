//! The middle of the Interpolate screen: the picture of each model under the scrubber, the timeline of key faces, the
//! strip and the change from picture to picture, all over one axis of time.

use std::borrow::Cow;

use eframe::egui::{
    Align, Align2, CentralPanel, Label, Layout, Rect, RichText, Stroke, Ui, UiBuilder, pos2, vec2,
};
use rust_i18n::t;

use crate::gui::intents::{self, Intent};
use crate::gui::panels::explore::{no_model, pixels};
use crate::gui::panels::interpolate_time::{self, Layers};
use crate::gui::panels::{canvas_frame, is_compact, photo_drop};
use crate::gui::state::{Effect, PhotoTarget, Pick, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::picture::{self, PictureWish};
use crate::worker::protocol::ModelId;

/// Height of the line with a model's name beneath its picture.
const NAME: f32 = 20.0;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let frame = canvas_frame(ui);
    CentralPanel::default().frame(frame).show(ui, |ui| {
        if state.model().is_none() {
            no_model(ui, state, Icon::Swap);
            return;
        }
        tools(ui, state);
        let layers = Layers::of(ui.available_height(), state.walk_models().len());
        let wish = stage(ui, state, textures, layers.stage);
        state.use_picture(wish);
        interpolate_time::show(ui, state, textures, layers);
        photo_drop::show(ui, state, textures);
    });
}

/// Buttons that add key faces, and what every screen has.
fn tools(ui: &mut Ui, state: &mut State) {
    let compact = is_compact(ui);
    let add = |ui: &mut Ui, icon: Icon, text: Cow<'_, str>, help: Cow<'_, str>| match compact {
        true => icon.button(ui, &text).on_hover_text(help).clicked(),
        false => icon.button_with_text(ui, &text).on_hover_text(help).clicked(),
    };
    ui.horizontal(|ui| {
        let help = t!("Add a key face at the end of the walk, drawn from the prior");
        if add(ui, Icon::Dice, t!("Add draw"), help) {
            state.draw_walk_key(None);
        }
        let help = t!("Add a key face at the end of the walk, from a photo");
        if add(ui, Icon::Photo, t!("Add photo…"), help) {
            state.effects.push(Effect::Pick(Pick::Photo(PhotoTarget::WalkKey(None))));
        }
        let help = t!("Add a key face at the end of the walk, where the sliders of Explore stand");
        if add(ui, Icon::Sliders, t!("Add from Explore"), help) {
            state.take_sliders_as_walk_key(None);
        }
        intents::icon_button(ui, state, Intent::Swap, Icon::Swap);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            intents::icon_button(ui, state, Intent::Save, Icon::Save);
            pixels(ui, state);
        });
    });
}

/// The pictures under the scrubber, a model each, as large as they can be beside each other.
fn stage(ui: &mut Ui, state: &State, textures: &mut Textures, height: f32) -> PictureWish {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height));
    let models: Vec<(ModelId, String)> =
        state.walk_models().iter().map(|model| (model.id, model.name.clone())).collect();
    let name = if models.len() > 1 { NAME } else { 0.0 };
    let count = models.len().max(1);
    let side_in = |columns: usize| {
        let rows = count.div_ceil(columns);
        let width = (rect.width() - (columns - 1) as f32 * theme::GAP) / columns as f32;
        width.min((rect.height() - (rows - 1) as f32 * theme::GAP) / rows as f32 - name)
    };
    let columns = (1..=count).max_by(|a, b| side_in(*a).total_cmp(&side_in(*b))).unwrap_or(1);
    let cell = vec2(side_in(columns), side_in(columns) + name);
    let rows = count.div_ceil(columns);
    let whole = (cell + vec2(theme::GAP, theme::GAP)) * vec2(columns as f32, rows as f32)
        - vec2(theme::GAP, theme::GAP);
    let corner = rect.center() - whole / 2.0;
    let mut wish = None;
    for (index, (id, name)) in models.iter().enumerate() {
        let place =
            vec2((index % columns) as f32, (index / columns) as f32) * (cell + vec2(theme::GAP, theme::GAP));
        let at = Rect::from_min_size(corner + place, cell);
        let mut place = ui.new_child(UiBuilder::new().max_rect(at).id_salt(("model", *id)));
        wish = view(&mut place, state, textures, *id, cell.x).or(wish);
        if models.len() > 1 {
            let dot = pos2(at.left() + 5.0, at.bottom() - NAME / 2.0 + 1.0);
            ui.painter().circle_filled(dot, 4.0, theme::run_color(ui, index));
            let words = Rect::from_min_max(pos2(dot.x + 9.0, at.bottom() - NAME), at.right_bottom());
            let mut place = ui.new_child(UiBuilder::new().max_rect(words).id_salt(("name", *id)));
            place.add(Label::new(RichText::new(name).color(theme::colors(ui).text)).truncate());
        }
    }
    wish
}

/// The picture of a model, or why there is none.
fn view(ui: &mut Ui, state: &State, textures: &mut Textures, id: ModelId, side: f32) -> PictureWish {
    let model = state.models.iter().find(|model| model.id == id)?;
    let smooth = state.settings.smooth;
    let problem = state.walk_problem(model);
    let frame = state.walk.rows.get(&id).and_then(|row| row.frame.as_ref()).filter(|_| problem.is_none());
    let texture = frame.map(|frame| textures.picture(ui.ctx(), frame, smooth));
    let shown = picture::crisp_side(ui, side, frame.map_or(1, |frame| frame.image.width()), smooth);
    let middle =
        Rect::from_center_size(ui.max_rect().center_top() + vec2(0.0, side / 2.0), vec2(shown, shown));
    let mut place = ui.new_child(UiBuilder::new().max_rect(middle));
    let name = t!("Picture on the walk, %{model}", model = model.name);
    let response = picture::offered(&mut place, texture, vec2(shown, shown), &name);
    if let Some(problem) = problem {
        let colors = theme::colors(ui);
        let galley =
            ui.painter().layout(problem, theme::body_font(), colors.text_weak, (side - 32.0).max(80.0));
        let at = Align2::CENTER_CENTER.anchor_size(response.rect.center(), galley.size()).min;
        ui.painter().galley(at, galley, colors.text_weak);
        let line = Stroke::new(1.0, colors.line);
        let kind = eframe::egui::StrokeKind::Inside;
        ui.painter().rect_stroke(response.rect, theme::RADIUS, line, kind);
    }
    picture::offers(ui, &response, frame)
}
