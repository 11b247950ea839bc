//! One row of the named directions: hold, name, quality, slider, amount.

use eframe::egui::{
    Align2, CursorIcon, Rect, Response, Role, Sense, Stroke, TextureId, Ui, WidgetInfo, pos2, remap_clamp,
    vec2,
};
use rust_i18n::t;

use crate::gui::state::explore::{Along, Explore, SPAN, title};
use crate::gui::theme;
use crate::gui::widgets::latent_slider;
use crate::gui::widgets::track::{Track, signed};
use crate::report::{Direction, DirectionMethod, DirectionScore};

/// Standard deviations that an arrow key moves.
const KEY_STEP: f32 = 0.1;
/// Standard deviations that can be typed.
const TYPED_RANGE: f32 = 20.0;
/// Other attributes named in the help.
const MOST_LEAKS: usize = 5;

/// Shows the row of a direction and applies what is done to it. `preview` are pictures of the face with less and with
/// more of it. Returns the response of its name, for a menu. The keyboard comes to the slider first.
pub fn row(
    ui: &mut Ui,
    explore: &mut Explore,
    direction: usize,
    preview: Option<[TextureId; 2]>,
) -> Response {
    let along = Along::Direction(direction);
    let rect = latent_slider::ground(ui, explore, along);
    let column = |from: f32, to: f32| latent_slider::column(rect, from, to);
    let (left, right) = (rect.left(), rect.right());
    let value_left = right - 54.0;
    let name_right = left + 24.0 + ((right - left) * 0.3).clamp(76.0, 140.0);
    let shown = title(&explore.directions()[direction].name).into_owned();
    slider(ui, explore, direction, column(name_right + 6.0, value_left - 10.0), &shown);
    latent_slider::field(ui, explore, along, column(value_left, right - 2.0), &shown, TYPED_RANGE);
    hold(ui, explore, direction, column(left + 2.0, left + 22.0), &shown);
    let selected = explore.selected == along;
    name(ui, explore, direction, column(left + 24.0, name_right), selected, preview)
}

fn hold(ui: &mut Ui, explore: &mut Explore, direction: usize, rect: Rect, name: &str) {
    let words = t!("Hold %{name}", name = name);
    let help = t!(
        "Hold still: the other directions move without what they share with this one (InterFaceGAN’s conditional manipulation)"
    );
    let lock = latent_slider::lock_button(ui, rect, ("hold", direction), explore.is_held(direction), &words);
    if lock.on_hover_text(help).clicked() {
        explore.toggle_held(direction);
    }
}

fn name(
    ui: &mut Ui,
    explore: &mut Explore,
    direction: usize,
    rect: Rect,
    selected: bool,
    preview: Option<[TextureId; 2]>,
) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(("direction", direction)), Sense::click());
    let shown = &explore.directions()[direction];
    let words = t!("Select %{name}", name = title(&shown.name));
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &*words));
    let colors = theme::colors(ui);
    let color = match () {
        () if selected => colors.accent,
        () if response.hovered() || response.has_focus() => colors.text_strong,
        () => colors.text,
    };
    let at = pos2(rect.left(), rect.center().y - 1.0);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.text(at, Align2::LEFT_CENTER, title(&shown.name), theme::body_font(), color);
    if let Some(part) = told(shown) {
        let bar = Rect::from_min_size(pos2(rect.left(), rect.bottom() - 1.5), vec2(rect.width() - 8.0, 2.0));
        ui.painter().rect_filled(bar, 1.0, colors.rail.gamma_multiply(0.5));
        let full = bar.with_max_x(bar.left() + bar.width() * part.clamp(0.0, 1.0) as f32);
        ui.painter().rect_filled(full, 1.0, colors.measure);
    }
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    let response = response.on_hover_ui(|ui| describe(ui, shown, preview));
    if response.clicked() {
        explore.selected = Along::Direction(direction);
    }
    response
}

/// Agreement with what it is named after, from 0 by chance to 1; of a component its part of the variance.
fn told(direction: &Direction) -> Option<f64> {
    match &direction.quality {
        Some(quality) => Some(match quality.score {
            DirectionScore::Auc(auc) => 2.0 * auc - 1.0,
            DirectionScore::R2(r2) => r2,
        }),
        None => direction.variance,
    }
}

/// The effect in pictures, and how far the direction can be trusted.
fn describe(ui: &mut Ui, direction: &Direction, preview: Option<[TextureId; 2]>) {
    ui.label(theme::semibold(title(&direction.name), 13.0));
    latent_slider::effect(ui, preview);
    ui.weak(match direction.method {
        DirectionMethod::Attributes => t!("From a regression of codes on all attributes together"),
        DirectionMethod::Pca => t!("A principal component of codes (GANSpace)"),
        DirectionMethod::Sefa => t!("An eigenvector of the first decoder layer’s weights (SeFa)"),
        DirectionMethod::Yours => t!("The difference between faces that you chose"),
    });
    if let Some(variance) = direction.variance {
        ui.label(t!("%{share} % of the variance", share = format!("{:.1}", variance * 100.0)));
    }
    if let Some(quality) = &direction.quality {
        let score = match quality.score {
            DirectionScore::Auc(auc) => format!("AUC {auc:.3}"),
            DirectionScore::R2(r2) => format!("R² {r2:.3}"),
        };
        ui.label(t!("%{score} on %{n} faces that it was not fitted to", score = score, n = quality.n));
        ui.label(t!(
            "An amount of 1 changes it by %{change} standard deviations",
            change = signed(quality.change, 2)
        ));
        let mut leaks: Vec<_> = quality.leak.iter().collect();
        leaks.sort_by(|a, b| b.change.abs().total_cmp(&a.change.abs()));
        if !leaks.is_empty() {
            let leaks = leaks.iter().take(MOST_LEAKS);
            let words = leaks.map(|leak| format!("{} {}", title(&leak.name), signed(leak.change, 2)));
            ui.label(t!("What else moves: %{what}", what = words.collect::<Vec<_>>().join(", ")));
        }
    }
    if let Some([least, most]) = direction.range {
        let [least, most] = [least, most].map(|end| signed(end.into(), 1));
        ui.label(t!("Pictures stay like faces from %{least} to %{most}", least = least, most = most));
    }
    ui.weak(t!("Click for the row along it, right-click to rename or remove it"));
}

fn slider(ui: &Ui, explore: &mut Explore, direction: usize, rect: Rect, name: &str) {
    if let Some([least, most]) = explore.directions()[direction].range {
        let rail = rect.x_range().shrink(6.0);
        let at = |amount: f32| remap_clamp(amount, -SPAN..=SPAN, rail);
        let y = rect.center().y + 6.5;
        let stroke = Stroke::new(1.5, theme::colors(ui).measure.gamma_multiply(0.6));
        ui.painter().hline(at(least)..=at(most), y, stroke);
    }
    let track = Track { name, range: -SPAN..=SPAN, origin: 0.0, step: KEY_STEP, quiet: false };
    latent_slider::track(ui, explore, Along::Direction(direction), rect, &track);
}
