//! A card with a head that says what is on it: the name, the number that matters, and on hover what it means.

use eframe::egui::{
    Align, Align2, Frame, Label, Layout, Margin, Painter, Response, Role, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, vec2,
};

use crate::gui::theme;

/// Points around what is on a card.
const MARGIN: i8 = 10;
/// Points around what is on a card, to reckon with.
pub const MARGIN_POINTS: f32 = MARGIN as f32;
/// Points from the top of a card to what is under its head, and beneath that.
pub const AROUND: f32 = 2.0 * MARGIN as f32 + HEAD + 4.0;
/// Height of the head.
const HEAD: f32 = theme::CONTROL - 2.0;

/// The head of a card.
pub struct CardHead<'a> {
    /// The name.
    pub title: &'a str,
    /// The number that matters, with its unit; may be empty.
    pub figure: &'a str,
    /// Its meaning, a paragraph each: definition, source, how to read it.
    pub help: &'a [&'a str],
}

/// Paints the ground of a card that is chosen by a click, with an edge that is seen in both themes.
pub fn ground(painter: &Painter, colors: &theme::Colors, response: &Response, chosen: bool, radius: u8) {
    let (fill, edge) = match () {
        () if chosen => (colors.accent_soft, colors.accent.gamma_multiply(0.7)),
        () if response.hovered() => (colors.raised_hover, colors.line),
        () => (colors.raised, colors.line),
    };
    painter.rect(response.rect, radius, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
}

/// Shows a card over the width.
pub fn show<R>(ui: &mut Ui, head: &CardHead<'_>, contents: impl FnOnce(&mut Ui) -> R) -> R {
    show_with(ui, head, |_| (), |ui, ()| contents(ui))
}

/// Shows a card over the width with something at the right end of its head, whose result the contents are
/// given.
pub fn show_with<T, R>(
    ui: &mut Ui,
    head: &CardHead<'_>,
    right: impl FnOnce(&mut Ui) -> T,
    contents: impl FnOnce(&mut Ui, T) -> R,
) -> R {
    let colors = theme::colors(ui);
    let frame =
        Frame::new().fill(colors.panel).corner_radius(theme::RADIUS).inner_margin(Margin::same(MARGIN));
    frame
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing = vec2(theme::GAP, 4.0);
            ui.push_id(head.title, |ui| {
                let right = show_head(ui, head, right);
                contents(ui, right)
            })
            .inner
        })
        .inner
}

fn show_head<T>(ui: &mut Ui, head: &CardHead<'_>, right: impl FnOnce(&mut Ui) -> T) -> T {
    let colors = theme::colors(ui);
    let size = vec2(ui.available_width(), HEAD);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, head.title));
    let color = if response.hovered() { colors.accent } else { colors.text_strong };
    let font = theme::semibold_font(13.0);
    let left = rect.left_center();
    let title = ui.painter().text(left, Align2::LEFT_CENTER, head.title, font, color);
    let room = rect.with_min_x(title.right() + theme::GAP);
    let layout = Layout::right_to_left(Align::Center);
    let mut place = ui.new_child(UiBuilder::new().max_rect(room).layout(layout));
    let shown = right(&mut place);
    if !head.figure.is_empty() {
        place.add(Label::new(head.figure).truncate());
    }
    explain(response, head);
    shown
}

fn explain(response: Response, head: &CardHead<'_>) {
    response.on_hover_ui(|ui| {
        ui.label(theme::semibold(head.title, 13.0));
        for paragraph in head.help {
            ui.label(*paragraph);
        }
    });
}
