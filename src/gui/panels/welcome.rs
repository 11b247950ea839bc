//! The strip of the first start: what the program is for, and three ways to begin.

use std::borrow::Cow;

use eframe::egui::{
    Align, Color32, FontId, Frame, Label, Layout, Margin, Panel, Rect, RichText, Sense, Stroke, Ui,
    UiBuilder, Vec2, vec2,
};
use rust_i18n::t;

use crate::gui::intents::{self, Intent};
use crate::gui::state::State;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Width of the words at the left and least height of what stands in the strip, in a wide window.
const WIDE: [f32; 2] = [248.0, 112.0];
/// The two in a narrow one.
const NARROW: [f32; 2] = [226.0, 134.0];
/// Air between a card's edge and what it holds.
const INSIDE: Vec2 = vec2(14.0, 10.0);
/// Between a card's title and its words, and between these and the buttons.
const BETWEEN: f32 = 3.0;
/// Between the lines at the left.
const LINES: f32 = 5.0;
/// Width of the strip from which on it is wide.
const WIDE_FROM: f32 = 1120.0;
/// Side of a card's icon.
const SIGN: f32 = 18.0;

/// Shows the strip until it is closed.
pub fn show(ui: &mut Ui, state: &mut State) {
    if !state.is_welcoming {
        return;
    }
    let colors = theme::colors(ui);
    let margin = Margin { left: theme::MARGIN, right: theme::MARGIN, top: 12, bottom: 12 };
    let frame = Frame::new().fill(colors.bar).inner_margin(margin);
    let mut closes = false;
    Panel::top("welcome").resizable(false).frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(10.0, 0.0);
        let room = ui.available_rect_before_wrap();
        let narrow = room.width() < WIDE_FROM;
        let [beside, least] = if narrow { NARROW } else { WIDE };
        let cross = theme::CONTROL;
        let width = (room.width() - beside - 16.0 - cross - 4.0 - 20.0) / 3.0;
        let texts = [change(), photo(state), collapse()];
        // Sentences of some languages take more lines.
        let height = texts.iter().map(|text| height_of_card(ui, text, width)).fold(least, f32::max);
        let height = height.max(height_of_words(ui, beside));
        let whole = Rect::from_min_size(room.min, vec2(room.width(), height));
        ui.allocate_rect(whole, Sense::hover());
        words(&mut part(ui, whole.with_max_x(whole.left() + beside)), state);
        let cards = whole.with_min_x(whole.left() + beside + 16.0).with_max_x(whole.right() - cross - 4.0);
        let place = |at: f32| {
            Rect::from_min_size(cards.min + vec2(at * (width + 10.0), 0.0), vec2(width, cards.height()))
        };
        change_a_face(&mut part(ui, place(0.0)), state);
        give_a_photo(&mut part(ui, place(1.0)), state, narrow);
        watch_a_collapse(&mut part(ui, place(2.0)), state);
        let corner = Rect::from_min_size(whole.right_top() - vec2(cross, 4.0), vec2(cross, cross));
        closes = Icon::Close.button(&mut part(ui, corner), &t!("Close the welcome")).clicked();
    });
    // A dialog takes the key for itself.
    let free = state.tour.is_none() && state.palette.is_none() && !state.shortcuts_open;
    if closes || (free && ui.input(|input| input.key_pressed(eframe::egui::Key::Escape))) {
        state.end_welcome();
    }
}

fn part(ui: &mut Ui, rect: Rect) -> Ui {
    ui.new_child(UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min)))
}

/// Height of some words in a width.
fn lines(ui: &Ui, text: &str, font: FontId, width: f32) -> f32 {
    ui.painter().layout(text.to_owned(), font, Color32::PLACEHOLDER, width).size().y
}

/// Size of the title's letters, of which one line has room in a width: the words beneath need the rest.
fn size_of_title(ui: &Ui, width: f32) -> f32 {
    const USUAL: f32 = 17.0;
    let title = t!("Welcome to Morphospace").into_owned();
    let whole = ui.painter().layout_no_wrap(title, theme::semibold_font(USUAL), Color32::PLACEHOLDER);
    (USUAL * width / whole.size().x).clamp(12.0, USUAL).floor()
}

fn height_of_words(ui: &Ui, width: f32) -> f32 {
    let title = size_of_title(ui, width);
    let title = lines(ui, &t!("Welcome to Morphospace"), theme::semibold_font(title), f32::INFINITY);
    title + lines(ui, &purpose(), theme::body_font(), width) + 2.0 * LINES + theme::CONTROL
}

fn height_of_card(ui: &Ui, text: &str, width: f32) -> f32 {
    let words = lines(ui, text, FontId::proportional(12.0), width - 2.0 * INSIDE.x);
    // The row of the title is as high as that of the buttons.
    2.0 * INSIDE.y + words + 2.0 * (theme::CONTROL + BETWEEN)
}

fn purpose() -> Cow<'static, str> {
    t!(
        "See what a neural network has learned about faces: turn its numbers, give it a photo, watch it learn."
    )
}

fn change() -> Cow<'static, str> {
    t!("Smile, age, glasses, light: named sliders move the face in front of you.")
}

fn photo(state: &State) -> Cow<'static, str> {
    match state.takes_no_drops {
        false => t!("Drop it anywhere in the window, and see it as every model gives it back."),
        true => t!("Open or paste it, and see it as every model gives it back."),
    }
}

fn collapse() -> Cow<'static, str> {
    t!("A model learns, forgets what its codes mean, and recovers. Two minutes, told in chapters.")
}

fn words(ui: &mut Ui, state: &mut State) {
    let colors = theme::colors(ui);
    ui.spacing_mut().item_spacing.y = LINES;
    let size = size_of_title(ui, ui.available_width());
    let title = theme::semibold(t!("Welcome to Morphospace"), size).color(colors.text_strong);
    ui.add(Label::new(title).truncate());
    ui.add(Label::new(RichText::new(purpose()).color(colors.text)).wrap());
    let rest = ui.available_rect_before_wrap();
    let at = rest.with_min_y(rest.bottom() - theme::CONTROL);
    if part(ui, at).button(Intent::Tour.text()).on_hover_text(Intent::Tour.tooltip()).clicked() {
        Intent::Tour.run(state);
    }
}

/// A card with buttons at its foot.
fn card(ui: &mut Ui, icon: Icon, title: &str, text: &str, buttons: impl FnOnce(&mut Ui)) {
    let colors = theme::colors(ui);
    let rect = ui.max_rect();
    let line = Stroke::new(1.0, colors.line);
    ui.painter().rect(rect, theme::RADIUS, colors.panel, line, eframe::egui::StrokeKind::Inside);
    let inner = rect.shrink2(INSIDE);
    let mut place = part(ui, inner);
    place.spacing_mut().item_spacing = vec2(theme::GAP, BETWEEN);
    place.horizontal(|ui| {
        let (at, _) = ui.allocate_exact_size(vec2(SIGN, SIGN), Sense::hover());
        icon.paint(ui.painter(), at.shrink(1.0), colors.accent);
        ui.add(Label::new(theme::semibold(title, 13.0).color(colors.text_strong)).truncate());
    });
    let foot = inner.with_min_y(inner.bottom() - theme::CONTROL);
    let words = Rect::from_min_max(place.cursor().min, foot.right_top() - vec2(0.0, 2.0));
    let mut above = part(&mut place, words);
    above.set_clip_rect(words.intersect(above.clip_rect()));
    above.add(Label::new(RichText::new(text).color(colors.text_weak).size(12.0)).wrap());
    place
        .scope_builder(UiBuilder::new().max_rect(foot).layout(Layout::left_to_right(Align::Center)), buttons);
}

fn change_a_face(ui: &mut Ui, state: &mut State) {
    card(ui, Icon::Sliders, &t!("Change a face"), &change(), |ui| {
        if ui.button(t!("Show the sliders")).clicked() {
            state.show_sliders();
        }
    });
}

fn give_a_photo(ui: &mut Ui, state: &mut State, narrow: bool) {
    let text = photo(state);
    card(ui, Icon::Photo, &t!("Bring a photo of yours"), &text, |ui| {
        if intents::tool(ui, state, Intent::OpenPhoto, narrow).clicked() {
            state.end_welcome();
        }
        let example = ui.button(t!("Example face"));
        if example.on_hover_text(Intent::ExampleFace.tooltip()).clicked() {
            state.try_example_face();
        }
    });
}

fn watch_a_collapse(ui: &mut Ui, state: &mut State) {
    card(ui, Icon::Curve, &t!("Watch a collapse"), &collapse(), |ui| {
        if ui.button(t!("Watch it")).on_hover_text(Intent::Collapse.tooltip()).clicked() {
            state.watch_collapse();
        }
    });
}
