//! The bar at the top: the name, the tabs of the screens, the model in use where no list of models stands, palette, theme
//! and help.

use std::f32::consts::TAU;

use eframe::egui::{
    Align, Align2, ComboBox, CursorIcon, Frame, Layout, Margin, Panel, Rect, Role, Sense, Stroke, Ui,
    WidgetInfo, vec2,
};
use rust_i18n::t;

use crate::gui::intents::{self, Intent};
use crate::gui::parts::{Mark, mark};
use crate::gui::state::{Screen, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Below this width of the window the name is left out: the logo says it.
const NARROW: f32 = 960.0;
/// Widest the model's name gets, and the least room in which it is shown.
const MODEL: f32 = 180.0;
const LEAST_MODEL: f32 = 80.0;
/// Height of the open list of models: all that come with the program, and the beginning of another.
const MENU: f32 = 330.0;

/// Shows the bar.
pub fn show(ui: &mut Ui, state: &mut State) {
    let frame = Frame::new().fill(theme::colors(ui).bar).inner_margin(Margin::symmetric(theme::MARGIN, 0));
    let narrow = ui.ctx().content_rect().width() < NARROW;
    Panel::top("top bar").exact_size(theme::TOP_BAR).resizable(false).frame(frame).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            logo(ui);
            if !narrow {
                ui.label(theme::semibold("Morphospace", 15.0).color(theme::colors(ui).text_strong));
                ui.add_space(theme::GAP);
            }
            ui.spacing_mut().item_spacing.x = 0.0;
            let begin = ui.cursor().left();
            for screen in [
                Screen::Explore,
                Screen::Reconstruct,
                Screen::Interpolate,
                Screen::Atlas,
                Screen::Train,
                Screen::Compare,
            ] {
                tab(ui, state, screen, narrow);
            }
            let tabs = ui.max_rect().with_min_x(begin).with_max_x(ui.cursor().left());
            mark(ui.ctx(), Mark::Screens, tabs.shrink2(vec2(0.0, 4.0)));
            ui.spacing_mut().item_spacing.x = theme::GAP_SMALL;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let end = ui.cursor().right();
                intents::icon_button(ui, state, Intent::Shortcuts, Icon::Help);
                let theme_icon = if state.settings.light { Icon::Sun } else { Icon::Moon };
                intents::icon_button(ui, state, Intent::Theme, theme_icon);
                intents::icon_button(ui, state, Intent::Palette, Icon::Search);
                let ways = ui.max_rect().with_min_x(ui.cursor().right()).with_max_x(end);
                mark(ui.ctx(), Mark::Help, ways.shrink2(vec2(-2.0, 6.0)));
                ui.add_space(theme::GAP_SMALL);
                if !state.screen.lists_models() {
                    model_choice(ui, state);
                }
            });
        });
    });
}

/// Points of a code space around their centre.
fn logo(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::hover());
    let colors = theme::colors(ui);
    let painter = ui.painter();
    painter.circle_stroke(rect.center(), 10.0, Stroke::new(1.0, colors.accent.gamma_multiply(0.5)));
    painter.circle_stroke(rect.center(), 5.5, Stroke::new(1.0, colors.accent.gamma_multiply(0.8)));
    for (turn, radius, size, color) in [
        (0.06, 10.0, 2.4, colors.measure),
        (0.42, 10.0, 1.8, colors.accent),
        (0.71, 5.5, 1.8, colors.warning),
    ] {
        let (sin, cos) = (TAU * turn as f32).sin_cos();
        painter.circle_filled(rect.center() + vec2(cos, sin) * radius, size, color);
    }
    painter.circle_filled(rect.center(), 2.0, colors.text_strong);
}

fn tab(ui: &mut Ui, state: &mut State, screen: Screen, narrow: bool) {
    let intent = Intent::Show(screen);
    let words = intent.text();
    let selected = state.screen == screen;
    let font = if selected { theme::semibold_font(13.0) } else { theme::body_font() };
    let wide =
        ui.painter().layout_no_wrap(words.to_string(), theme::semibold_font(13.0), theme::colors(ui).text);
    let size = vec2(wide.size().x + if narrow { 18.0 } else { 24.0 }, theme::TOP_BAR);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, selected, &*words));
    let colors = theme::colors(ui);
    let color = match () {
        () if selected => colors.text_strong,
        () if response.hovered() => colors.text,
        () => colors.text_weak,
    };
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, &*words, font, color);
    if selected {
        let mut line = rect.shrink2(vec2(10.0, 0.0));
        line.set_top(rect.bottom() - 2.5);
        ui.painter().rect_filled(Rect::from_min_max(line.min, line.max), 1.0, colors.accent);
    }
    let response = response.on_hover_text(intents::hover(intent, ui.ctx()));
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        intent.run(state);
    }
}

fn model_choice(ui: &mut Ui, state: &mut State) {
    let Some(current) = state.model().map(|model| model.name.clone()) else { return };
    // In a bar from the right: what is left beside the tabs.
    let room = ui.available_width() - theme::GAP;
    if room < LEAST_MODEL {
        return;
    }
    let mut choice = state.selected;
    let combo =
        ComboBox::from_id_salt("model in use").selected_text(current).width(MODEL.min(room)).height(MENU);
    let combo = combo.truncate().show_ui(ui, |ui| {
        for model in &state.models {
            ui.selectable_value(&mut choice, Some(model.id), &model.name);
        }
    });
    combo.response.accessible_name(t!("Model in use")).on_hover_text(t!("The model in use"));
    if let Some(id) = choice {
        state.select(id);
    }
}
