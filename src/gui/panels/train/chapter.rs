//! The chapters of a guided demonstration, above the plots.

use eframe::egui::{Align, Frame, Label, Layout, Margin, RichText, Ui};
use rust_i18n::t;

use crate::gui::language::tr;
use crate::gui::state::messages::count;
use crate::gui::state::train::chapters::Page;
use crate::gui::state::train::run::Run;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Lines of text that have room, so that nothing moves from chapter to chapter.
const LINES: f32 = 3.0;
/// Points that a line of text takes.
const LINE: f32 = 17.0;
/// Width at which every chapter fits into two lines.
const WIDE: f32 = 760.0;

/// Shows the page that is read of the demonstration, if the run is one.
pub fn show(ui: &mut Ui, run: &mut Run) {
    let Some(page) = run.chapters.page() else { return };
    let (title, place, text) = match page {
        Page::Beginning => {
            let text = t!("It is told in three chapters. The first begins with the first step.");
            (t!("A demonstration of posterior collapse"), String::new(), text)
        }
        Page::Chapter(chapter, step) => {
            let (number, of) = (chapter.number + 1, chapter.of);
            let mut place = t!("%{number} of %{all}", number = number, all = of).into_owned();
            if step > 0 {
                place += &t!(" · from step %{step}", step = count(step));
            }
            (tr(&chapter.title), place, tr(&chapter.text))
        }
        Page::Outcome(outcome) => (t!("What was seen"), String::new(), outcome.into()),
    };
    let (title, text) = (title.into_owned(), text.into_owned());
    let colors = theme::colors(ui);
    let frame = Frame::new().fill(colors.accent_soft).corner_radius(theme::RADIUS);
    let mut leaf: Option<fn(&mut Run)> = None;
    frame.inner_margin(Margin::symmetric(14, 8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            ui.set_min_height(theme::CONTROL);
            ui.label(theme::semibold(&title, 14.0).color(colors.text_strong));
            if !place.is_empty() {
                ui.label(RichText::new(&place).color(colors.text_weak));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let [back, forward] = run.chapters.can_leaf();
                if leafing(ui, Icon::Next, &t!("Next chapter"), forward) {
                    leaf = Some(|run: &mut Run| run.chapters.forward());
                }
                if leafing(ui, Icon::Previous, &t!("Chapter before"), back) {
                    leaf = Some(|run: &mut Run| run.chapters.back());
                }
            });
        });
        let lines = if ui.available_width() >= WIDE { LINES - 1.0 } else { LINES };
        ui.allocate_ui(eframe::egui::vec2(ui.available_width(), lines * LINE), |ui| {
            ui.set_min_height(lines * LINE);
            ui.add(Label::new(RichText::new(&text).color(colors.text)).wrap());
        });
    });
    ui.add_space(theme::GAP_SMALL);
    if let Some(leaf) = leaf {
        leaf(run);
    }
}

fn leafing(ui: &mut Ui, icon: Icon, name: &str, possible: bool) -> bool {
    ui.add_enabled_ui(possible, |ui| icon.button_sized(ui, name, 22.0)).inner.on_hover_text(name).clicked()
}
