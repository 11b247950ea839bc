//! The box that says what the program is: its version, the commit and features it was built from, the device, and
//! the licences of what it carries.

use std::sync::LazyLock;

use eframe::egui::{Align, Context, FontId, Frame, Grid, Label, Layout, Margin, RichText, ScrollArea, Ui};
use rust_i18n::t;

use crate::about::licences::PARTS;
use crate::about::version;
use crate::gui::language::tr;
use crate::gui::panels::head;
use crate::gui::state::{Effect, State, device};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

const WIDTH: f32 = 700.0;
/// Height of the licence's text: less in a low window.
const HEIGHT: f32 = 240.0;
/// Size of its letters, with which the longest line fits.
const LETTERS: f32 = 10.5;

/// Shows the box if it is open.
pub fn show(ctx: &Context, state: &mut State) {
    if !state.about.is_open {
        return;
    }
    let modal = theme::modal(ctx, "about").show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 80.0));
        let closed = head(ui, "Morphospace", |ui| Icon::Close.button(ui, &t!("Close about")).clicked());
        ui.label(t!(
            "See what an autoencoder has learned: train it, open its latent space, walk through it."
        ));
        ui.add_space(theme::GAP_LARGE);
        build(ui, state);
        ui.add_space(theme::GAP_LARGE);
        licences(ui, &mut state.about.part);
        closed
    });
    if modal.inner || modal.should_close() {
        state.about.is_open = false;
    }
}

/// The version and what it was built from, to be read and to be copied into a report.
fn build(ui: &mut Ui, state: &mut State) {
    let device = state.device.as_ref().map_or("CPU".to_owned(), device::in_words);
    let commit = version::commit().map_or_else(|| t!("not known"), Into::into);
    let rows = [
        (t!("Version"), version::NUMBER.into()),
        (t!("Commit"), commit),
        (t!("Built with"), version::features().join(", ").into()),
        (t!("Device"), device.clone().into()),
    ];
    ui.horizontal(|ui| {
        Grid::new("build").num_columns(2).min_row_height(18.0).spacing([20.0, 5.0]).show(ui, |ui| {
            for (name, value) in rows {
                ui.weak(name);
                ui.label(value);
                ui.end_row();
            }
        });
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            let copy = Icon::Copy.button(ui, &t!("Copy version and device"));
            if copy.on_hover_text(t!("These lines, for a report of a fault")).clicked() {
                state.effects.push(Effect::Copy(format!("morphospace {}, {device}", version::long())));
                state.messages.say(t!("Copied").into_owned());
            }
        });
    });
}

/// Names of the parts, and the licence of the one that is chosen.
fn licences(ui: &mut Ui, chosen: &mut usize) {
    ui.label(theme::section(t!("Licences")).color(theme::colors(ui).text_strong));
    ui.add_space(theme::GAP_SMALL);
    ui.horizontal_wrapped(|ui| {
        for (index, part) in PARTS.iter().enumerate() {
            ui.selectable_value(chosen, index, tr(part.name));
        }
    });
    let index = (*chosen).min(PARTS.len() - 1);
    ui.weak(tr(PARTS[index].terms));
    ui.add_space(theme::GAP_SMALL);
    let height = HEIGHT.min(ui.ctx().content_rect().height() - 360.0).max(80.0);
    let frame = Frame::new().fill(theme::colors(ui).canvas).corner_radius(theme::RADIUS_SMALL);
    frame.inner_margin(Margin::same(8)).show(ui, |ui| {
        let font = FontId::monospace(LETTERS);
        let row = ui.fonts_mut(|fonts| fonts.row_height(&font));
        let lines = &LINES[index];
        ui.spacing_mut().item_spacing.y = 0.0;
        let area =
            ScrollArea::both().id_salt(("licence", index)).max_height(height).min_scrolled_height(height);
        area.auto_shrink(false).show_rows(ui, row, lines.len(), |ui, rows| {
            for line in &lines[rows] {
                ui.add(Label::new(RichText::new(*line).font(font.clone())).extend());
            }
        });
    });
}

/// Lines of the licences: those of the crates are some thousands, of which only those in sight are laid out.
static LINES: LazyLock<Vec<Vec<&'static str>>> =
    LazyLock::new(|| PARTS.iter().map(|part| part.text.lines().collect()).collect());
