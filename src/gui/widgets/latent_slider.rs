//! One row of the latent sliders: lock, name, effect, slider, value.

use eframe::egui::accesskit::{Action, ActionData};
use eframe::egui::{
    Align2, CursorIcon, DragValue, EventFilter, Key, Rect, Response, Role, Sense, Stroke, Ui, UiBuilder,
    WidgetInfo, pos2, remap, remap_clamp, vec2,
};

use crate::gui::state::explore::{Explore, SPAN};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Standard deviations that an arrow key moves.
const KEY_STEP: f32 = 0.1;
/// Standard deviations that can be typed.
const TYPED_RANGE: f32 = 10.0;
/// Points around the middle in which the pointer snaps to it.
const SNAP: f32 = 3.0;

/// Shows the row of a dimension and applies what is done to it.
pub fn row(ui: &mut Ui, explore: &mut Explore, dim: usize, dead: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::SLIDER_ROW), Sense::hover());
    let colors = theme::colors(ui);
    let selected = explore.selected == dim;
    if selected {
        ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.accent_soft);
    } else if ui.rect_contains_pointer(rect) {
        ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.raised);
    }
    let column = |from: f32, to: f32| {
        Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom())).shrink2(vec2(0.0, 2.0))
    };
    let (left, right) = (rect.left(), rect.right());
    let value_left = right - 54.0;
    lock(ui, explore, dim, column(left + 2.0, left + 22.0));
    name(ui, explore, dim, column(left + 24.0, left + 62.0), dead, selected);
    effect_bar(ui, explore, dim, column(left + 64.0, left + 94.0), dead);
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

fn name(ui: &mut Ui, explore: &mut Explore, dim: usize, rect: Rect, dead: bool, selected: bool) {
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
    let response =
        response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text("Show the row along this dimension");
    if response.clicked() {
        explore.selected = dim;
    }
}

fn effect_bar(ui: &mut Ui, explore: &Explore, dim: usize, rect: Rect, dead: bool) {
    let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), 4.0));
    let response = ui.interact(rect, ui.scope_id().with(("effect", dim)), Sense::hover());
    let colors = theme::colors(ui);
    ui.painter().rect_filled(bar, 2.0, colors.well);
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

fn slider(ui: &mut Ui, explore: &mut Explore, dim: usize, rect: Rect, dead: bool) {
    let id = ui.scope_id().with(("slider", dim));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let rail = rect.x_range().shrink(6.0);
    if response.double_clicked() {
        explore.set(dim, 0.0);
    } else if response.is_pointer_button_down_on()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        if !explore.history().in_gesture() {
            explore.begin_gesture();
        }
        let snaps = (pointer.x - rail.center()).abs() <= SNAP;
        let value = if snaps { 0.0 } else { remap_clamp(pointer.x, rail, -SPAN..=SPAN) };
        explore.set(dim, (value * 100.0).round() / 100.0);
    }
    if let Some(value) = asked_for(ui, &response, explore.values()[dim]) {
        explore.set(dim, value);
    }

    let value = explore.values()[dim];
    let words = format!("z{dim}");
    response.widget_info(|| WidgetInfo::slider(true, f64::from(value), &words));
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_min_numeric_value(f64::from(-SPAN));
        node.set_max_numeric_value(f64::from(SPAN));
        node.set_numeric_value_step(f64::from(KEY_STEP));
        for action in [Action::SetValue, Action::Increment, Action::Decrement] {
            node.add_action(action);
        }
    });

    let colors = theme::colors(ui);
    let painter = ui.painter();
    let y = rect.center().y;
    let middle = rail.center();
    let knob_x = remap(value.clamp(-SPAN, SPAN), -SPAN..=SPAN, rail);
    let bar = |from: f32, to: f32, height: f32| {
        Rect::from_min_max(pos2(from.min(to), y - height / 2.0), pos2(from.max(to), y + height / 2.0))
    };
    painter.rect_filled(bar(rail.min - 2.0, rail.max + 2.0, 4.0), 2.0, colors.well);
    painter.vline(middle, y - 5.0..=y + 5.0, Stroke::new(1.0, colors.text_weak.gamma_multiply(0.6)));
    let color = match () {
        () if response.dragged() || response.has_focus() => colors.accent,
        () if dead => colors.text_weak,
        () => colors.accent.gamma_multiply(0.85),
    };
    painter.rect_filled(bar(middle, knob_x, 4.0), 2.0, color);
    let radius = if response.hovered() || response.is_pointer_button_down_on() { 6.0 } else { 5.0 };
    let knob = if dead { colors.text_weak } else { colors.text_strong };
    painter.circle(pos2(knob_x, y), radius, knob, Stroke::new(2.0, colors.panel));
    if response.has_focus() {
        painter.circle_stroke(pos2(knob_x, y), radius + 2.5, Stroke::new(1.5, colors.accent));
    }
    response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
}

/// The value that the arrow keys or a screen reader ask for.
fn asked_for(ui: &Ui, response: &Response, value: f32) -> Option<f32> {
    let mut steps = 0.0;
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let presses = |key| ui.input(|input| input.num_presses(key)) as f32;
        steps += presses(Key::ArrowRight) - presses(Key::ArrowLeft);
    }
    ui.input(|input| {
        steps += input.num_accesskit_action_requests(response.id, Action::Increment) as f32;
        steps -= input.num_accesskit_action_requests(response.id, Action::Decrement) as f32;
        let set = input.accesskit_action_requests(response.id, Action::SetValue);
        let set = set.filter_map(|request| match request.data {
            Some(ActionData::NumericValue(value)) => Some(value as f32),
            _ => None,
        });
        set.last().or((steps != 0.0).then_some(value + steps * KEY_STEP))
    })
    .map(|value| (value.clamp(-TYPED_RANGE, TYPED_RANGE) * 100.0).round() / 100.0)
}

fn value(ui: &mut Ui, explore: &mut Explore, dim: usize, rect: Rect) {
    let mut value = explore.values()[dim];
    let mut child = ui.new_child(UiBuilder::new().id_salt(("value", dim)).max_rect(rect));
    child.spacing_mut().button_padding = vec2(4.0, 1.0);
    child.spacing_mut().interact_size = rect.size();
    if value == 0.0 {
        child.visuals_mut().widgets.inactive.fg_stroke.color = theme::colors(ui).text_weak;
    }
    let field = DragValue::new(&mut value)
        .speed(0.02)
        .range(-TYPED_RANGE..=TYPED_RANGE)
        .clamp_existing_to_range(false)
        .fixed_decimals(2)
        .update_while_editing(false);
    let response = child.put(rect, field).accessible_name(format!("z{dim} value"));
    if response.drag_started() {
        explore.begin_gesture();
    }
    if response.changed() {
        explore.set(dim, value);
    }
}
