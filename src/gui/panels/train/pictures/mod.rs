//! The pictures of a run: the same photos and the same draws over and over, while it learns.

mod own;
mod scrubber;

use eframe::egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use rust_i18n::t;

use crate::gui::panels::head;
use crate::gui::state::State;
use crate::gui::state::picture::Picture;
use crate::gui::state::train::timeline::{Frame, TimelineView};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{empty, picture};
use own::BETWEEN;

/// Width of the words before a row.
const WORDS: f32 = 104.0;
/// Largest side of a picture.
const MOST_SIDE: f32 = 192.0;
/// Draws in a row.
const COLUMNS: usize = 8;
/// Least height of a saved sheet.
const LEAST_SHEET: f32 = 320.0;

/// Shows the pictures of the run in front over the rest of the place. Nothing is shown while there is no
/// such run.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let seconds = ui.input(|input| input.stable_dt.min(0.1));
    let Some(run) = state.train.run_mut() else { return };
    let is_at_work = run.job.is_some();
    let timeline = &mut run.insight.timeline;
    timeline.advance(seconds);
    if timeline.is_playing() {
        ui.ctx().request_repaint();
    }
    if timeline.is_empty() {
        let (headline, help) = match is_at_work {
            true => (t!("No pictures yet"), t!("They appear about a second after the training has begun.")),
            false => (t!("No pictures"), t!("The run has saved none; they appear when it trains on.")),
        };
        let place = ui.available_rect_before_wrap();
        empty::paint(ui, place, Icon::Photo, &headline, &help);
        return;
    }
    scrubber::show(ui, timeline, is_at_work);
    ui.add_space(theme::GAP_SMALL);
    let key = run.key;
    ScrollArea::vertical().id_salt(("pictures", key)).auto_shrink([false, false]).show(ui, |ui| {
        // The bar that scrolls lies over the right edge.
        ui.set_width(ui.available_width() - ui.spacing().scroll.bar_width);
        match state.train.run().and_then(|run| run.insight.timeline.shown()) {
            Some(TimelineView::Frame(frame)) => {
                fixed(ui, textures, frame);
                samples(ui, textures, &frame.samples);
            }
            Some(TimelineView::Sheet(sheet)) => saved(ui, textures, sheet),
            None => {}
        }
        own::show(ui, state, textures);
    });
}

/// Photos that are always the same, and what the model makes of them.
fn fixed(ui: &mut Ui, textures: &mut Textures, frame: &Frame) {
    let words = match frame.originals.len() {
        0 => return,
        1 => t!("1 image, never trained on"),
        count => t!("%{n} images, never trained on", n = count),
    };
    head(ui, &t!("Validation photos"), |ui| {
        ui.weak(words)
            .on_hover_text(t!("The same ones all the time, so that leafing back shows the model learn"));
    });
    let rows = [
        (t!("Photo"), t!("Photo"), &frame.originals),
        (t!("Noisy input"), t!("Noisy input"), &frame.inputs),
        (t!("Reconstruction"), t!("Reconstruction"), &frame.reconstructions),
    ];
    let count = frame.originals.len();
    let side = fitting(ui.available_width() - WORDS, count);
    for (words, name, pictures) in rows.into_iter().filter(|(_, _, pictures)| !pictures.is_empty()) {
        row(ui, textures, &words, &name, pictures, side);
    }
    ui.add_space(theme::GAP_SMALL);
}

/// Draws from the prior that are always the same.
fn samples(ui: &mut Ui, textures: &mut Textures, samples: &[Picture]) {
    if samples.is_empty() {
        return;
    }
    head(ui, &t!("Samples"), |ui| {
        let help = t!(
            "Fixed draws from the prior N(0, 1), decoded; for a deterministic code from the Gaussian that fits its \
             codes. The more they look like faces, the better the decoder covers the prior"
        );
        ui.weak(t!("always the same draws from the prior")).on_hover_text(help);
    });
    let columns = samples.len().min(COLUMNS);
    let side = fitting(ui.available_width() - WORDS, columns);
    for (index, line) in samples.chunks(columns).enumerate() {
        let words = if index == 0 { t!("Draws") } else { "".into() };
        row(ui, textures, &words, &t!("Sample row %{n}", n = index + 1), line, side);
    }
    ui.add_space(theme::GAP_SMALL);
}

/// A sheet from the run's folder.
fn saved(ui: &mut Ui, textures: &mut Textures, sheet: Option<&Picture>) {
    head(ui, &t!("Saved sheet"), |ui| {
        let help = t!(
            "Written into the samples folder of the run: a row of photos, a row of reconstructions, then draws from the \
             prior"
        );
        ui.weak(t!("photos, reconstructions, draws")).on_hover_text(help);
    });
    let shape = sheet.map_or(0.75, |sheet| sheet.image.height() as f32 / sheet.image.width().max(1) as f32);
    // All of it is seen at once where the window is high enough.
    let height = (ui.available_height() - 3.0 * theme::CONTROL).max(LEAST_SHEET);
    let width = ui.available_width().min(height / shape);
    let size = vec2(width, width * shape);
    let texture = sheet.map(|sheet| textures.small(ui.ctx(), sheet));
    let response = picture::view(ui, texture, size, &t!("Saved sheet of pictures"));
    if texture.is_none() {
        let (at, font, color) = (response.rect.center(), theme::body_font(), theme::colors(ui).text_weak);
        ui.painter().text(at, Align2::CENTER_CENTER, t!("Reading the sheet…"), font, color);
    }
    ui.add_space(theme::GAP_SMALL);
}

/// The side at which so many pictures fit over a width.
fn fitting(width: f32, count: usize) -> f32 {
    let count = count.max(1) as f32;
    ((width - BETWEEN * (count - 1.0)) / count).clamp(16.0, MOST_SIDE).floor()
}

/// A row of pictures with words before it.
fn row(ui: &mut Ui, textures: &mut Textures, words: &str, name: &str, pictures: &[Picture], side: f32) {
    let width = WORDS + pictures.len() as f32 * (side + BETWEEN) - BETWEEN;
    ui.spacing_mut().item_spacing.y = BETWEEN;
    let (_, place) = ui.allocate_space(vec2(width, side));
    if !ui.is_rect_visible(place) {
        return;
    }
    let (left, font, color) = (place.left_center(), theme::body_font(), theme::colors(ui).text);
    ui.painter().text(left, Align2::LEFT_CENTER, words, font, color);
    for (index, shown) in pictures.iter().enumerate() {
        let left = place.left() + WORDS + index as f32 * (side + BETWEEN);
        let rect = Rect::from_min_size(pos2(left, place.top()), vec2(side, side));
        let name = format!("{name} {}", index + 1);
        let response = ui.interact(rect, ui.scope_id().with(&name), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        picture::paint(ui.painter(), rect, textures.small(ui.ctx(), shown), theme::RADIUS_SMALL - 1);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "what fails here fails its test")]
mod tests;
