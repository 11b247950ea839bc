//! A choice between a few words in one frame.

use eframe::egui::{Align2, Color32, CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::gui::theme;

/// Shows the choices side by side, in several lines where there is no room for all of them. Returns the one that was
/// clicked. Each has a name and a help text.
pub fn choice<T: Copy + PartialEq>(ui: &mut Ui, current: T, choices: &[(T, &str, &str)]) -> Option<T> {
    let colors = theme::colors(ui);
    let font = theme::body_font();
    let galleys: Vec<_> = choices
        .iter()
        .map(|(_, name, _)| {
            ui.painter().layout_no_wrap((*name).to_owned(), font.clone(), Color32::PLACEHOLDER)
        })
        .collect();
    let widest = galleys.iter().map(|galley| galley.size().x).fold(0.0, f32::max) + 20.0;
    let fitting = ((ui.available_width() - 4.0) / widest).floor().clamp(1.0, choices.len() as f32) as usize;
    let lines = choices.len().div_ceil(fitting);
    let (across, height) = (choices.len().div_ceil(lines), theme::CONTROL - 4.0);
    let size = vec2(widest * across as f32 + 4.0, height * lines as f32 + 4.0);
    let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(whole, theme::RADIUS_SMALL, colors.well);
    let mut clicked = None;
    for (index, (value, name, help)) in choices.iter().enumerate() {
        let place = vec2(widest * (index % across) as f32, height * (index / across) as f32);
        let rect = Rect::from_min_size(whole.min + vec2(2.0, 2.0) + place, vec2(widest, height));
        let selected = *value == current;
        let response = ui.interact(rect, ui.scope_id().with(("choice", *name)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), selected, name));
        let color = match () {
            () if selected => colors.text_strong,
            () if response.hovered() => colors.text,
            () => colors.text_weak,
        };
        if selected {
            ui.painter().rect_filled(rect, theme::RADIUS_SMALL - 1, colors.raised_hover);
        }
        if response.has_focus() {
            let line = eframe::egui::Stroke::new(1.0, colors.accent);
            ui.painter().rect_stroke(rect, theme::RADIUS_SMALL - 1, line, eframe::egui::StrokeKind::Inside);
        }
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, name, font.clone(), color);
        if response.on_hover_text(*help).on_hover_cursor(CursorIcon::PointingHand).clicked() {
            clicked = Some(*value);
        }
    }
    clicked
}
