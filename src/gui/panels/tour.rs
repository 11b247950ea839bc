//! The tour of the window: one part of it is lit, and a bubble beside it says what it is for.

use std::borrow::Cow;

use eframe::egui::{
    Align2, Area, Color32, Context, Frame, Id, Key, Label, LayerId, Layout, Modifiers, Order, Pos2, Rect,
    RichText, Sense, Stroke, StrokeKind, Ui, UiKind, pos2, vec2,
};
use rust_i18n::t;

use crate::gui::parts::{Mark, Parts};
use crate::gui::state::State;
use crate::gui::state::tour::{Stop, Tour};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Width of the bubble's words.
const WIDTH: f32 = 300.0;
/// Distance of the bubble from the part.
const AWAY: f32 = 14.0;

/// Shows the stop in front, if there is one.
pub fn show(ctx: &Context, state: &mut State, parts: &Parts) {
    let Some(tour) = state.tour else { return };
    let lit = place(ctx, tour.stop, parts);
    shade(ctx, lit);
    let (at, pivot) = bubble(ctx, tour.stop, lit);
    // That of a dialog is anchored in the middle.
    let area = Area::new(Id::unique("tour")).kind(UiKind::Modal).sense(Sense::hover());
    let area = area.order(Order::Foreground).fixed_pos(at).pivot(pivot);
    let modal = theme::modal(ctx, "tour").backdrop_color(Color32::TRANSPARENT).area(area);
    let frame = Frame::popup(&ctx.global_style()).inner_margin(theme::DIALOG_MARGIN);
    let modal = modal.frame(frame).show(ctx, |ui| contents(ui, tour, state.takes_no_drops));
    let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let by = match modal.inner {
        Some(by) => Some(by),
        None if pressed(Key::ArrowRight) || modal.backdrop_response.clicked() => Some(1),
        None if pressed(Key::ArrowLeft) && tour.at() > 0 => Some(-1),
        None => None,
    };
    if modal.is_top_modal && pressed(Key::Escape) {
        state.tour = None;
    } else if let Some(by) = by {
        state.continue_tour(by);
    }
}

/// The part of the window that is spoken of.
fn place(ctx: &Context, stop: Stop, parts: &Parts) -> Rect {
    let part = match stop {
        Stop::Models => parts.left,
        Stop::Picture => Some(parts.middle),
        Stop::Sliders => parts.right,
        Stop::Screens => Parts::marked(ctx, Mark::Screens),
        Stop::Help => Parts::marked(ctx, Mark::Help),
    };
    part.unwrap_or(parts.middle)
}

/// Everything but the part in the shade, and a ring around that.
fn shade(ctx: &Context, lit: Rect) {
    let window = ctx.content_rect();
    // Above the panels and beneath the bubble.
    let painter = ctx.layer_painter(LayerId::new(Order::Middle, Id::unique("shade of the tour")));
    let colors = theme::colors_of(ctx);
    for dark in [
        window.with_max_y(lit.top()),
        window.with_min_y(lit.bottom()),
        Rect::from_min_max(pos2(window.left(), lit.top()), lit.left_bottom()),
        Rect::from_min_max(lit.right_top(), pos2(window.right(), lit.bottom())),
    ] {
        if dark.is_positive() {
            painter.rect_filled(dark, 0.0, colors.shade);
        }
    }
    let ring = Stroke::new(2.0, colors.accent);
    painter.rect_stroke(lit.shrink(1.0), theme::RADIUS_SMALL, ring, StrokeKind::Inside);
}

/// Position of the bubble, and its corner that lies there.
fn bubble(ctx: &Context, stop: Stop, lit: Rect) -> (Pos2, Align2) {
    let window = ctx.content_rect();
    match stop {
        Stop::Models => (pos2(lit.right() + AWAY, lit.top() + AWAY), Align2::LEFT_TOP),
        Stop::Picture => (pos2(lit.center().x, lit.bottom() - 2.0 * AWAY), Align2::CENTER_BOTTOM),
        Stop::Sliders => (pos2(lit.left() - AWAY, lit.top() + 4.0 * AWAY), Align2::RIGHT_TOP),
        Stop::Screens => (pos2(lit.left(), lit.bottom() + AWAY), Align2::LEFT_TOP),
        Stop::Help => (pos2(window.right() - AWAY, lit.bottom() + AWAY), Align2::RIGHT_TOP),
    }
}

fn words(stop: Stop, takes_no_drops: bool) -> (Cow<'static, str>, Cow<'static, str>) {
    match stop {
        Stop::Models if takes_no_drops => (
            t!("The models"),
            t!(
                "Each has learned faces in another way. Click one to use it; open or paste a model of yours to add it."
            ),
        ),
        Stop::Models => (
            t!("The models"),
            t!(
                "Each has learned faces in another way. Click one to use it; drop a model of yours on the window to add it."
            ),
        ),
        Stop::Picture => (
            t!("The face"),
            t!(
                "It is decoded from the numbers at the right. Beneath it are faces along one slider, and new ones drawn by the model: click any to go there."
            ),
        ),
        Stop::Sliders => (
            t!("The sliders"),
            t!(
                "Drag a name, as smile or age, and the face follows. Beneath the names stand the single numbers of the code."
            ),
        ),
        Stop::Screens => (
            t!("Six screens"),
            t!(
                "Reconstruct a photo through every model, walk from face to face, see a data set as a map, train a model, and measure them all."
            ),
        ),
        Stop::Help => (
            t!("Whenever you look for something"),
            t!(
                "Ctrl+K finds everything by its words; ? lists the screens and the keys, and starts this tour again."
            ),
        ),
    }
}

/// The bubble. The number of stops to go on by, if a button was clicked; beyond the end the tour is over.
fn contents(ui: &mut Ui, tour: Tour, takes_no_drops: bool) -> Option<isize> {
    let colors = theme::colors(ui);
    let over = Stop::ALL.len() as isize;
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 6.0;
    let (title, text) = words(tour.stop, takes_no_drops);
    let mut answer = None;
    ui.horizontal(|ui| {
        ui.label(theme::semibold(title, 15.0).color(colors.text_strong));
        ui.with_layout(Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            let close = Icon::Close.button_sized(ui, &t!("End the tour"), 22.0);
            if close.on_hover_text(t!("End the tour")).clicked() {
                answer = Some(over);
            }
        });
    });
    ui.add(Label::new(RichText::new(text).color(colors.text)).wrap());
    ui.add_space(theme::GAP_SMALL);
    let is_last = tour.alone || tour.at() + 1 == Stop::ALL.len();
    ui.horizontal(|ui| {
        if !tour.alone {
            dots(ui, tour.at());
        }
        ui.with_layout(Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            let words = if is_last { t!("Got it") } else { t!("Next") };
            let next = ui.add(theme::primary_button(ui, &words));
            // Enter goes on, unless somebody has gone to another button.
            if ui.memory(|memory| memory.focused().is_none()) {
                next.request_focus();
            }
            if next.clicked() {
                answer = Some(1);
            }
            if !tour.alone && tour.at() > 0 && ui.button(t!("Back")).clicked() {
                answer = Some(-1);
            }
            if !is_last && ui.add(eframe::egui::Button::new(t!("Skip")).frame(false)).clicked() {
                answer = Some(over);
            }
        });
    });
    answer
}

/// Where the tour stands.
fn dots(ui: &mut Ui, at: usize) {
    let colors = theme::colors(ui);
    let count = Stop::ALL.len();
    let (rect, response) = ui.allocate_exact_size(vec2(12.0 * count as f32, theme::CONTROL), Sense::hover());
    let words = t!("Stop %{at} of %{all}", at = at + 1, all = count);
    response.widget_info(|| eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Label, true, &*words));
    for dot in 0..count {
        let middle = rect.left_center() + vec2(12.0 * dot as f32 + 4.0, 0.0);
        let color = if dot == at { colors.accent } else { colors.rail };
        ui.painter().circle_filled(middle, if dot == at { 4.0 } else { 3.0 }, color);
    }
}
