//! Messages that stay until they are closed, over the foot of the middle: nothing moves when they come and go.

use std::borrow::Cow;

use eframe::egui::{
    Align, Align2, Area, Context, Frame, Id, Label, Layout, Margin, Order, Rect, Stroke, Ui, vec2,
};
use rust_i18n::t;

use crate::gui::state::messages::{Banner, Remedy, Severity};
use crate::gui::state::{Effect, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Widest a message gets.
const WIDEST: f32 = 640.0;
/// In a middle narrower than this it goes beyond it.
const NARROWEST: f32 = 380.0;
/// Room for the buttons that every message has.
const BUTTONS: f32 = 62.0;
/// Room for one with a word.
const BUTTON: f32 = 116.0;

/// Something that a person wants of a message.
enum Act {
    Close,
    Copy,
    Remedy(Remedy),
}

/// Shows the banners, if there are any, at the foot of the `middle`.
pub fn show(ctx: &Context, state: &mut State, middle: Rect) {
    if state.messages.banners.is_empty() {
        return;
    }
    let width = (middle.width() - 2.0 * theme::GAP_LARGE).clamp(NARROWEST, WIDEST);
    let foot = middle.center_bottom() - vec2(0.0, theme::GAP_LARGE);
    let area = Area::new(Id::unique("banners")).order(Order::Middle).pivot(Align2::CENTER_BOTTOM);
    let wanted = area.fixed_pos(foot).show(ctx, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = theme::GAP;
        let mut wanted = None;
        for (index, banner) in state.messages.banners.iter().enumerate() {
            let act = ui.push_id(index, |ui| one(ui, banner)).inner;
            wanted = act.map(|act| (index, act)).or(wanted);
        }
        wanted
    });
    let Some((index, act)) = wanted.inner else { return };
    match act {
        Act::Close => drop(state.messages.banners.remove(index)),
        Act::Copy => {
            let message = state.messages.banners[index].notice.message.clone();
            state.effects.push(Effect::Copy(message));
            state.messages.say(t!("Copied the message").into());
        }
        Act::Remedy(Remedy::Resume(key)) => state.resume_run(key),
        Act::Remedy(Remedy::Restart) => state.restart_worker(),
        Act::Remedy(Remedy::Show(folder)) => state.effects.push(Effect::ShowFolder(folder)),
    }
}

fn one(ui: &mut Ui, banner: &Banner) -> Option<Act> {
    let colors = theme::colors(ui);
    let (color, word) = match banner.notice.severity {
        Severity::Info => (colors.accent, t!("Note")),
        Severity::Warning => (colors.warning, t!("Warning")),
        Severity::Error => (colors.error, t!("Error")),
    };
    let margin = Margin { left: 16, right: 8, top: 8, bottom: 8 };
    let frame = Frame::new()
        .fill(colors.raised)
        .stroke(Stroke::new(1.0, colors.line))
        .corner_radius(theme::RADIUS)
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(margin);
    let shown = frame.show(ui, |ui| {
        ui.horizontal_top(|ui| {
            let remedy = if banner.remedy.is_some() { BUTTON } else { 0.0 };
            let times = if banner.times > 1 { 40.0 } else { 0.0 };
            ui.label(theme::semibold(word, 13.0).color(color));
            let width = (ui.available_width() - BUTTONS - remedy - times).max(100.0);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.add(Label::new(&banner.notice.message).wrap().selectable(true));
            });
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| buttons(ui, banner)).inner
        })
        .inner
    });
    let rect = shown.response.rect.shrink(1.0);
    let mark = Rect::from_min_size(rect.min + vec2(4.0, 7.0), vec2(3.0, rect.height() - 14.0));
    ui.painter().rect_filled(mark, 1.5, color);
    shown.inner
}

fn buttons(ui: &mut Ui, banner: &Banner) -> Option<Act> {
    let mut act = None;
    ui.spacing_mut().item_spacing.x = theme::GAP_SMALL;
    let close = Icon::Close.button_sized(ui, &t!("Close message"), 24.0);
    if close.on_hover_text(t!("Close this message")).clicked() {
        act = Some(Act::Close);
    }
    let copy = Icon::Copy.button_sized(ui, &t!("Copy message"), 24.0);
    if copy.on_hover_text(t!("Put these words on the clipboard")).clicked() {
        act = Some(Act::Copy);
    }
    if let Some(remedy) = &banner.remedy {
        let (text, tip) = words(remedy);
        if ui.button(text).on_hover_text(tip).clicked() {
            act = Some(Act::Remedy(remedy.clone()));
        }
    }
    if banner.times > 1 {
        ui.weak(format!("×{}", banner.times)).on_hover_text(t!("How often this was said"));
    }
    act
}

fn words(remedy: &Remedy) -> (Cow<'static, str>, Cow<'static, str>) {
    match remedy {
        Remedy::Resume(_) => (t!("Resume"), t!("Go on from the last checkpoint")),
        Remedy::Restart => (t!("Restart"), t!("Start the worker again and open the models anew")),
        Remedy::Show(_) => (t!("Show in folder"), t!("Open the folder in the file manager")),
    }
}
