//! One row of the latent sliders: lock, name, effect, slider, value.

use eframe::egui::{
    Align2, Color32, CursorIcon, DragValue, Rect, Role, Sense, TextureId, Ui, UiBuilder, WidgetInfo, pos2,
    vec2,
};

use crate::gui::state::explore::{Along, Explore, PREVIEW_SPAN, SPAN};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::Track;
use crate::gui::widgets::{picture, typed_number};

/// Standard deviations that an arrow key moves.
const KEY_STEP: f32 = 0.1;
/// Standard deviations that can be typed.
const TYPED_RANGE: f32 = 10.0;

/// Side of a picture of the effect.
const PREVIEW: f32 = 96.0;

/// Shows the row of a dimension and applies what is done to it.
pub fn row(ui: &mut Ui, explore: &mut Explore, dim: usize, dead: bool, preview: Option<[TextureId; 2]>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::SLIDER_ROW), Sense::hover());
    let colors = theme::colors(ui);
    let selected = explore.selected == Along::Dim(dim);
    let hovered = ui.rect_contains_pointer(rect);
    if hovered && !ui.input(|input| input.pointer.any_down()) {
        explore.hovered = Some(Along::Dim(dim));
    }
    if selected {
        ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.accent_soft);
    } else if hovered {
        ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.raised);
    }
    let column = |from: f32, to: f32| {
        Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom())).shrink2(vec2(0.0, 2.0))
    };
    let (left, right) = (rect.left(), rect.right());
    let value_left = right - 54.0;
    lock(ui, explore, dim, column(left + 2.0, left + 22.0));
    name(ui, explore, dim, column(left + 24.0, left + 67.0), (dead, selected), preview);
    effect_bar(ui, explore, dim, column(left + 70.0, left + 96.0), dead);
    slider(ui, explore, dim, column(left + 104.0, value_left - 10.0), dead);
    value(ui, explore, dim, column(value_left, right - 2.0));
}

fn lock(ui: &mut Ui, explore: &mut Explore, dim: usize, rect: Rect) {
    let locked = explore.is_locked(dim);
    let response = ui.interact(rect, ui.scope_id().with(("lock", dim)), Sense::click());
    let words = format!("Lock z{dim}");
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, locked, &words));
    let colors = theme::colors(ui);
    let (icon, color) = match (locked, response.hovered() || response.has_focus()) {
        (true, _) => (Icon::Locked, colors.accent),
        (false, true) => (Icon::Unlocked, colors.text),
        (false, false) => (Icon::Unlocked, colors.text_weak.gamma_multiply(0.35)),
    };
    icon.paint(ui.painter(), Rect::from_center_size(rect.center(), vec2(12.0, 12.0)), color);
    if response.on_hover_text("A locked dimension stays when you draw at random").clicked() {
        explore.toggle_lock(dim);
    }
}

fn name(
    ui: &mut Ui,
    explore: &mut Explore,
    dim: usize,
    rect: Rect,
    (dead, selected): (bool, bool),
    preview: Option<[TextureId; 2]>,
) {
    let response = ui.interact(rect, ui.scope_id().with(("name", dim)), Sense::click());
    let words = format!("Select z{dim}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &words));
    let colors = theme::colors(ui);
    let color = match () {
        () if selected => colors.accent,
        () if response.hovered() || response.has_focus() => colors.text_strong,
        () if dead => colors.text_weak,
        () => colors.text,
    };
    let at = pos2(rect.left(), rect.center().y);
    ui.painter().text(at, Align2::LEFT_CENTER, format!("z{dim}"), theme::body_font(), color);
    let response = response.on_hover_cursor(CursorIcon::PointingHand).on_hover_ui(|ui| {
        effect(ui, preview);
        ui.label("Show the row along this dimension");
    });
    if response.clicked() {
        explore.selected = Along::Dim(dim);
    }
}

fn effect_bar(ui: &mut Ui, explore: &Explore, dim: usize, rect: Rect, dead: bool) {
    let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), 4.0));
    let response = ui.interact(rect, ui.scope_id().with(("effect", dim)), Sense::hover());
    let colors = theme::colors(ui);
    ui.painter().rect_filled(bar, 2.0, colors.rail.gamma_multiply(0.6));
    let mut full = bar;
    full.set_width(bar.width() * explore.effect(dim).clamp(0.0, 1.0));
    ui.painter().rect_filled(full, 2.0, if dead { colors.text_weak } else { colors.measure });
    let latent = explore.latent();
    response.on_hover_ui(|ui| {
        let of = |values: &[f32]| values.get(dim).copied().unwrap_or(0.0);
        ui.label(theme::semibold(format!("z{dim}"), 13.0));
        ui.label(format!("Effect {:.2e}", of(&latent.effect)));
        ui.weak("Mean squared change of a pixel from −1 to +1 standard deviation");
        ui.label(format!("Variance of the code {:.3}", of(&latent.variance)));
        if !latent.kl.is_empty() {
            ui.label(format!("KL {:.3} nats", of(&latent.kl)));
        }
        ui.weak(format!("Measured on {} validation images", latent.images));
    });
}

fn slider(ui: &Ui, explore: &mut Explore, dim: usize, rect: Rect, dead: bool) {
    let name = format!("z{dim}");
    let track = Track { name: &name, range: -SPAN..=SPAN, origin: 0.0, step: KEY_STEP, quiet: dead };
    self::track(ui, explore, Along::Dim(dim), rect, &track);
}

fn value(ui: &mut Ui, explore: &mut Explore, dim: usize, rect: Rect) {
    let name = format!("z{dim} value");
    field(ui, explore, Along::Dim(dim), rect, &name, TYPED_RANGE);
}

/// The field with the position of a slider, which can be typed up to `most`.
pub fn field(ui: &mut Ui, explore: &mut Explore, along: Along, rect: Rect, name: &str, most: f32) {
    let mut value = explore.stands_at(along);
    let mut child = ui.new_child(UiBuilder::new().id_salt(("value", along)).max_rect(rect));
    child.spacing_mut().button_padding = vec2(4.0, 1.0);
    child.spacing_mut().interact_size = rect.size();
    let quiet = &mut child.visuals_mut().widgets.inactive;
    quiet.weak_bg_fill = Color32::TRANSPARENT;
    quiet.bg_stroke.color = Color32::TRANSPARENT;
    if value == 0.0 {
        quiet.fg_stroke.color = theme::colors(ui).text_weak;
    }
    let field = DragValue::new(&mut value)
        .speed(0.02)
        .range(-most..=most)
        .clamp_existing_to_range(false)
        .fixed_decimals(2);
    let response = typed_number::show(&mut child, field, |ui, field| ui.put(rect, field));
    let response = response.accessible_name(name);
    if response.drag_started() {
        explore.begin_gesture();
    }
    if response.changed() {
        explore.set_along(along, value);
    }
}

/// The track of a slider: a drag is one step of undo, a double click puts it back to 0.
pub fn track(ui: &Ui, explore: &mut Explore, along: Along, rect: Rect, track: &Track<'_>) {
    let (response, wanted) = track.show(ui, rect, ("slider", along), explore.stands_at(along));
    if response.is_pointer_button_down_on() && !explore.history().in_gesture() {
        explore.begin_gesture();
    }
    if let Some(wanted) = wanted {
        explore.set_along(along, wanted);
    }
    if response.double_clicked() {
        explore.set_along(along, 0.0);
    }
}

/// Pictures of the face with less and with more of a slider, once they are there.
pub fn effect(ui: &mut Ui, preview: Option<[TextureId; 2]>) {
    let Some(textures) = preview else { return };
    ui.horizontal(|ui| {
        for (texture, amount) in textures.into_iter().zip([-PREVIEW_SPAN, PREVIEW_SPAN]) {
            ui.vertical(|ui| {
                ui.set_width(PREVIEW);
                picture::view(ui, Some(texture), vec2(PREVIEW, PREVIEW), "Effect of the slider");
                ui.weak(format!("{amount:+.0}").replace('-', "−"));
            });
        }
    });
}
