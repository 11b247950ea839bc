//! One row of the latent sliders: lock, name, effect, slider, value.

use eframe::egui::{
    Align2, Color32, CursorIcon, DragValue, EventFilter, Key, Rect, Response, Role, Sense, TextureId, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};
use rust_i18n::t;

use crate::gui::state::explore::{Along, Explore, PREVIEW_SPAN, SPAN};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::{Track, number, signed};
use crate::gui::widgets::{picture, typed_number};

/// Standard deviations that an arrow key moves.
const KEY_STEP: f32 = 0.1;
/// Standard deviations that can be typed.
const TYPED_RANGE: f32 = 10.0;

/// Side of a picture of the effect.
const PREVIEW: f32 = 96.0;

/// Shows the row of a dimension and applies what is done to it. The keyboard comes to the slider first.
pub fn row(ui: &mut Ui, explore: &mut Explore, dim: usize, dead: bool, preview: Option<[TextureId; 2]>) {
    let along = Along::Dim(dim);
    let rect = ground(ui, explore, along);
    let column = |from: f32, to: f32| column(rect, from, to);
    let (left, right) = (rect.left(), rect.right());
    let value_left = right - 54.0;
    slider(ui, explore, dim, column(left + 104.0, value_left - 10.0), dead);
    field(ui, explore, along, column(value_left, right - 2.0), &format!("z{dim}"), TYPED_RANGE);
    lock(ui, explore, dim, column(left + 2.0, left + 22.0));
    let selected = explore.selected == along;
    name(ui, explore, dim, column(left + 24.0, left + 67.0), (dead, selected), preview);
    effect_bar(ui, explore, dim, column(left + 70.0, left + 96.0), dead);
}

/// A part of a row.
pub fn column(row: Rect, from: f32, to: f32) -> Rect {
    Rect::from_min_max(pos2(from, row.top()), pos2(to, row.bottom())).shrink2(vec2(0.0, 2.0))
}

/// The place of a row, on a ground that says whether it is chosen or pointed at.
pub fn ground(ui: &mut Ui, explore: &mut Explore, along: Along) -> Rect {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::SLIDER_ROW), Sense::hover());
    let colors = theme::colors(ui);
    let hovered = ui.rect_contains_pointer(rect);
    if hovered && !ui.input(|input| input.pointer.any_down()) {
        explore.hovered = Some(along);
    }
    if explore.selected == along {
        ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.accent_soft);
    } else if hovered {
        ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.raised);
    }
    rect
}

fn lock(ui: &mut Ui, explore: &mut Explore, dim: usize, rect: Rect) {
    let locked = explore.is_locked(dim);
    let words = t!("Lock %{name}", name = format!("z{dim}"));
    let help = t!("A locked dimension stays when you draw at random");
    if lock_button(ui, rect, ("lock", dim), locked, &words).on_hover_text(help).clicked() {
        explore.toggle_lock(dim);
    }
}

/// A small lock that is closed or open.
pub fn lock_button(
    ui: &Ui,
    rect: Rect,
    salt: impl std::hash::Hash + std::fmt::Debug,
    closed: bool,
    words: &str,
) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(salt), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, closed, words));
    let colors = theme::colors(ui);
    let (icon, color) = match (closed, response.hovered() || response.has_focus()) {
        (true, _) => (Icon::Locked, colors.accent),
        (false, true) => (Icon::Unlocked, colors.text),
        (false, false) => (Icon::Unlocked, colors.text_weak.gamma_multiply(0.35)),
    };
    icon.paint(ui.painter(), Rect::from_center_size(rect.center(), vec2(12.0, 12.0)), color);
    response.on_hover_cursor(CursorIcon::PointingHand)
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
    let words = t!("Select %{name}", name = format!("z{dim}"));
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &*words));
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
        ui.label(t!("Show the row along this dimension"));
    });
    if response.clicked() {
        explore.selected = Along::Dim(dim);
    }
}

fn effect_bar(ui: &mut Ui, explore: &Explore, dim: usize, rect: Rect, dead: bool) {
    let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), 4.0));
    let response = ui.interact(rect, ui.scope_id().with(("effect", dim)), Sense::hover());
    let part = explore.effect(dim).clamp(0.0, 1.0);
    response.widget_info(|| {
        let words = t!("Effect of %{name}", name = format!("z{dim}"));
        WidgetInfo { value: Some(f64::from(part)), ..WidgetInfo::labeled(Role::Meter, true, words) }
    });
    let colors = theme::colors(ui);
    ui.painter().rect_filled(bar, 2.0, colors.rail.gamma_multiply(0.6));
    let mut full = bar;
    full.set_width(bar.width() * part);
    ui.painter().rect_filled(full, 2.0, if dead { colors.text_weak } else { colors.measure });
    let latent = explore.latent();
    response.on_hover_ui(|ui| {
        let of = |values: &[f32]| values.get(dim).copied().unwrap_or(0.0);
        ui.label(theme::semibold(format!("z{dim}"), 13.0));
        ui.label(t!("Effect %{value}", value = format!("{:.2e}", of(&latent.effect)).replace("e-", "e−")));
        ui.weak(t!("Mean squared change of a pixel from −1 to +1 standard deviation"));
        ui.label(t!("Variance of the code %{value}", value = format!("{:.3}", of(&latent.variance))));
        if !latent.kl.is_empty() {
            ui.label(t!("KL %{value} nats", value = format!("{:.3}", of(&latent.kl))));
        }
        ui.weak(t!("Measured on %{n} validation images", n = latent.images));
    });
}

fn slider(ui: &Ui, explore: &mut Explore, dim: usize, rect: Rect, dead: bool) {
    let name = format!("z{dim}");
    let track = Track { name: &name, range: -SPAN..=SPAN, origin: 0.0, step: KEY_STEP, quiet: dead };
    self::track(ui, explore, Along::Dim(dim), rect, &track);
}

/// The field with the position of a slider, which can be typed up to `most`.
pub fn field(ui: &mut Ui, explore: &mut Explore, along: Along, rect: Rect, slider: &str, most: f32) {
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
        .custom_formatter(|value, _| number(value, 2))
        .fixed_decimals(2);
    let response = typed_number::show(&mut child, field, |ui, field| ui.put(rect, field));
    let response = response.accessible_name(t!("%{slider} value", slider = slider));
    if response.drag_started() {
        explore.begin_gesture();
    }
    if response.changed() {
        explore.set_along(along, value);
    }
}

/// The track of a slider: a drag is one step of undo, a double click puts it back to 0, the arrows up and down go to
/// the sliders above and beneath.
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
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let presses = |key| ui.input(|input| input.num_presses(key)) as isize;
        let rows = presses(Key::ArrowDown) - presses(Key::ArrowUp);
        if rows != 0 {
            explore.focus_beneath(along, rows);
        }
    }
    if explore.focus == Some(along) {
        explore.focus = None;
        response.request_focus();
        response.scroll_to_me(None);
    }
}

/// Pictures of the face with less and with more of a slider, once they are there.
pub fn effect(ui: &mut Ui, preview: Option<[TextureId; 2]>) {
    let Some(textures) = preview else { return };
    ui.horizontal(|ui| {
        for (texture, amount) in textures.into_iter().zip([-PREVIEW_SPAN, PREVIEW_SPAN]) {
            ui.vertical(|ui| {
                ui.set_width(PREVIEW);
                let amount = signed(amount.into(), 0);
                let name = t!("Effect of the slider at %{amount}", amount = amount);
                picture::view(ui, Some(texture), vec2(PREVIEW, PREVIEW), &name);
                ui.weak(amount);
            });
        }
    });
}
