//! Help: the screens in a sentence each, everything the keyboard can do, looks and language, the cache of data sets.

use std::borrow::Cow;

use eframe::egui::{
    Align, Context, Frame, Grid, Label, Layout, Margin, RichText, ScrollArea, Sense, Ui, vec2,
};
use rust_i18n::t;

use crate::gui::intents::{self, Group, Intent};
use crate::gui::language::Language;
use crate::gui::panels::cache;
use crate::gui::state::State;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::segmented;

/// Widest the sheet gets.
const WIDTH: f32 = 860.0;
/// Width of the screens at its left.
const SCREENS: f32 = 0.44;

/// Shows the sheet if it is open.
pub fn show(ctx: &Context, state: &mut State) {
    if !state.shortcuts_open {
        return;
    }
    let room = ctx.content_rect().size();
    let modal = theme::modal(ctx, "shortcuts").show(ctx, |ui| {
        ui.set_width(WIDTH.min(room.x - 80.0));
        let closed = ui
            .horizontal(|ui| {
                ui.heading(t!("Help"));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    Icon::Close.button(ui, &t!("Close help")).clicked()
                })
                .inner
            })
            .inner;
        ui.add_space(theme::GAP);
        let height = room.y - 150.0;
        let scroll = ScrollArea::vertical().max_height(height).min_scrolled_height(height);
        scroll.auto_shrink([false, true]).show(ui, |ui| contents(ui, state));
        closed
    });
    if modal.inner || modal.should_close() {
        state.shortcuts_open = false;
    }
}

fn contents(ui: &mut Ui, state: &mut State) {
    // Room for the bar that scrolls.
    let width = ui.available_width() - theme::GAP;
    let gap = 2.0 * theme::GAP_LARGE;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        column(ui, width * SCREENS, |ui| {
            title(ui, &t!("Screens"));
            screens(ui, state);
            ui.add_space(theme::GAP);
            title(ui, &t!("Get to know it"));
            begin(ui, state);
            ui.add_space(theme::GAP);
            title(ui, &t!("Looks and language"));
            looks(ui, state);
            ui.add_space(theme::GAP_SMALL);
            cache::show(ui, state);
        });
        column(ui, width * (1.0 - SCREENS) - gap, keys);
    });
}

fn column(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(theme::GAP, theme::GAP_SMALL);
        contents(ui);
    });
}

fn title(ui: &mut Ui, text: &str) {
    ui.label(theme::semibold(text, 12.0).color(theme::colors(ui).text_weak));
    ui.add_space(2.0);
}

/// The screens; a click goes there.
fn screens(ui: &mut Ui, state: &mut State) {
    let of_screens = Intent::ALL.into_iter().filter(|intent| intent.group() == Group::Screens);
    for intent in of_screens {
        let clicked = ui
            .horizontal_top(|ui| {
                let shortcut = intent.shortcut().map(|keys| intents::keys(ui.ctx(), &keys));
                chip(ui, &shortcut.unwrap_or_default());
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 1.0;
                    let colors = theme::colors(ui);
                    let name = theme::semibold(intent.text(), 13.0).color(colors.accent);
                    let name = ui.add(Label::new(name).sense(Sense::click()));
                    ui.add(Label::new(RichText::new(intent.tooltip()).color(colors.text)).wrap());
                    name.on_hover_cursor(eframe::egui::CursorIcon::PointingHand).clicked()
                })
                .inner
            })
            .inner;
        if clicked {
            intent.run(state);
            state.shortcuts_open = false;
        }
        ui.add_space(2.0);
    }
}

/// Ways to begin.
fn begin(ui: &mut Ui, state: &mut State) {
    ui.horizontal_wrapped(|ui| {
        for intent in [Intent::Tour, Intent::ExampleFace, Intent::Collapse, Intent::About] {
            if ui.button(intent.text()).on_hover_text(intent.tooltip()).clicked() {
                state.shortcuts_open = false;
                intent.run(state);
            }
        }
    });
}

fn looks(ui: &mut Ui, state: &mut State) {
    ui.push_id("theme", |ui| {
        let (dark, light, help) = (t!("Dark"), t!("Light"), Intent::Theme.tooltip());
        let themes = [(false, &*dark, &*help), (true, &*light, &*help)];
        if let Some(light) = segmented::choice(ui, state.settings.light, &themes) {
            state.settings.light = light;
        }
    });
    ui.push_id("language", |ui| {
        let (system, help) = (t!("As the system"), t!("The language of the window"));
        let mut languages = vec![(None, &*system, &*help)];
        languages.extend(Language::ALL.map(|language| (Some(language), language.name(), &*help)));
        if let Some(language) = segmented::choice(ui, state.settings.language, &languages) {
            state.settings.language = language;
        }
    });
}

fn keys(ui: &mut Ui) {
    let of = |group: Group| -> Vec<(String, Cow<'static, str>)> {
        let intents = Intent::ALL.into_iter().filter(|intent| intent.group() == group);
        let line = |intent: Intent| {
            let keys = intents::keys(ui.ctx(), &intent.shortcut()?);
            let keys = if intent == Intent::Shortcuts { format!("{keys}  F1") } else { keys };
            Some((keys, intent.text().trim_end_matches('…').to_owned().into()))
        };
        intents.filter_map(line).collect()
    };
    let groups = [
        (t!("Everywhere"), of(Group::Everywhere)),
        (t!("Explore"), of(Group::Explore)),
        (t!("Interpolate"), of(Group::Interpolate)),
        (
            t!("Moving about"),
            vec![
                ("F6  Shift+F6".to_owned(), t!("Next part of the window, or the one before")),
                ("Tab  Shift+Tab".to_owned(), t!("Next control, or the one before")),
                ("↑  ↓  ←  →".to_owned(), t!("Along lists and tabs; moves the slider or pad in focus")),
                ("Enter  Space".to_owned(), t!("Press what is in focus")),
                ("/".to_owned(), t!("Search field of the screen")),
                (t!("Double click").into(), t!("Put a slider in the middle")),
                ("Esc".to_owned(), t!("Close what is open")),
            ],
        ),
    ];
    for (name, lines) in groups {
        title(ui, &name);
        Grid::new(("keys", &*name)).num_columns(2).min_col_width(124.0).spacing([theme::GAP, 5.0]).show(
            ui,
            |ui| {
                for (keys, text) in &lines {
                    ui.horizontal(|ui| {
                        ui.spacing_mut().item_spacing.x = theme::GAP_SMALL;
                        keys.split("  ").for_each(|key| chip(ui, key));
                    });
                    ui.add(Label::new(&**text).wrap());
                    ui.end_row();
                }
            },
        );
        ui.add_space(theme::GAP);
    }
}

/// A key, as it looks on a keyboard.
fn chip(ui: &mut Ui, key: &str) {
    let colors = theme::colors(ui);
    let frame = Frame::new().fill(colors.well).corner_radius(theme::RADIUS_SMALL);
    frame.inner_margin(Margin::symmetric(6, 1)).show(ui, |ui| {
        ui.label(RichText::new(key).size(11.5).color(colors.text_strong));
    });
}
