//! One file per part of the window. A panel reads the state, shows it and changes it; it talks to nobody else.

pub mod about;
mod align;
pub mod atlas;
pub mod banners;
mod cache;
pub mod compare;
pub mod connect;
mod crop;
mod data_set;
pub mod explore;
mod explore_directions;
mod explore_sheet;
pub mod explore_side;
pub mod far_files;
pub(crate) mod foot;
pub mod import;
pub mod interpolate;
mod interpolate_key;
pub mod interpolate_side;
mod interpolate_time;
pub mod leaving;
pub mod models;
pub mod noise;
pub mod palette;
mod photo_drop;
mod photos;
pub mod reconstruct;
mod reconstruct_cell;
mod reconstruct_layout;
mod reconstruct_models;
mod reconstruct_sheet;
pub mod reconstruct_side;
pub mod shortcuts;
pub mod status_bar;
pub mod top_bar;
pub mod tour;
pub mod train;
pub mod welcome;

use std::borrow::Cow;

use eframe::egui::text::LayoutJob;
use eframe::egui::{self, Frame, Margin, Rangef, Response, Ui};
use rust_i18n::t;

use crate::gui::state::State;
use crate::gui::theme;
use crate::gui::widgets::empty;
use crate::gui::widgets::icon::Icon;

/// The head of a group, with something small at its right.
fn head<R>(ui: &mut Ui, text: &str, right: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL);
        ui.label(theme::section(text).color(theme::colors(ui).text_strong));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), right).inner
    })
    .inner
}

/// The frame of a panel at a side.
fn side_frame(ui: &Ui) -> Frame {
    Frame::new().fill(theme::colors(ui).panel).inner_margin(Margin::same(theme::MARGIN))
}

/// The frame of the middle.
fn canvas_frame(ui: &Ui) -> Frame {
    Frame::new().fill(theme::colors(ui).canvas).inner_margin(Margin::same(theme::MARGIN))
}

/// Words at the bottom of a list where nothing can be dropped.
fn no_drops() -> Cow<'static, str> {
    t!("Use Open… or paste:\nthis desktop delivers no drops")
}

/// Says at the bottom of a list what can be dropped.
fn drop_hint(ui: &Ui, rect: egui::Rect, text: &str) {
    let colors = theme::colors(ui);
    empty::dashed(ui, rect, false);
    let font = theme::small_font();
    let mut job = LayoutJob::simple(text.to_owned(), font, colors.text_weak, rect.width() - 16.0);
    job.halign = egui::Align::Center;
    let galley = ui.painter().layout_job(job);
    let at = rect.center() - egui::vec2(0.0, galley.size().y / 2.0);
    ui.painter().galley(at, galley, colors.text_weak);
    empty::say(ui, rect, text);
}

/// Whether the tools of the middle have to do with icons.
fn is_compact(ui: &Ui) -> bool {
    ui.available_width() < 540.0
}

/// The range of a side panel's width: the middle keeps its part of a narrow window.
fn side_range(ui: &Ui, range: Rangef, part: f32) -> Rangef {
    let most = (ui.ctx().content_rect().width() * part).clamp(range.min, range.max);
    Rangef::new(range.min, most)
}

/// A button that puts a command line on the clipboard. Disabled with the reason when there is none.
fn copy_line(ui: &mut Ui, state: &mut State, compact: bool, line: Option<String>, why_not: &str) -> Response {
    let button = |ui: &mut Ui| match compact {
        true => Icon::Terminal.button(ui, &t!("Copy command")),
        false => Icon::Terminal.button_with_text(ui, &t!("Copy command")),
    };
    let response = ui.add_enabled_ui(line.is_some(), button).inner;
    let response = match &line {
        Some(line) => response.on_hover_ui(|ui| {
            ui.label(t!("Copy the command line that makes the same"));
            ui.monospace(line);
        }),
        None => response.on_disabled_hover_text(why_not),
    };
    if let (true, Some(line)) = (response.clicked(), line) {
        state.effects.push(crate::gui::state::Effect::Copy(line));
        state.messages.say(t!("Copied the command line").into());
    }
    response
}
