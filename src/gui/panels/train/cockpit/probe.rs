//! The decoder probe: what is lost when images are given one another's codes.

use std::borrow::Cow;

use eframe::egui::{Align2, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use rust_i18n::t;

use super::run::CockpitRun;
use crate::gui::state::picture::Picture;
use crate::gui::state::train::diagnosis::IGNORED;
use crate::gui::state::train::timeline::Frame;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::card::{self, CardHead};
use crate::gui::widgets::picture;
use crate::worker::protocol::CollapseReport;

/// Width of the words at the left.
const WORDS: f32 = 84.0;
/// Width of the numbers at the right.
const NUMBERS: f32 = 66.0;
/// Height of the bars beneath the pictures.
const GAP_ROW: f32 = 26.0;
/// Distance between pictures.
const BETWEEN: f32 = 4.0;
/// Smallest and largest side of a picture.
const SIDES: (f32, f32) = (20.0, 112.0);

fn help() -> [Cow<'static, str>; 3] {
    [
        t!("Each image is decoded from its own mean code, and from that of another image"),
        t!(
            "RE is the mean squared error per pixel and channel; less is better. A decoder that reads its codes makes \
             another picture of another image's code, and the RE rises"
        ),
        t!(
            "One that ignores them makes the same picture of every code, and both RE are equal: the posterior collapse \
             as the decoder sees it"
        ),
    ]
}

/// Shows three rows of pictures, and the gap beneath them, at this height.
pub fn show(ui: &mut Ui, run: &CockpitRun<'_>, textures: &mut Textures, height: f32) {
    let report = run.insight.report.as_ref();
    let figure = report.map_or(String::new(), gap_in_words);
    let (title, help) = (t!("Decoder probe"), help());
    card::show(
        ui,
        &CardHead { title: &title, figure: &figure, help: &help.each_ref().map(|text| &**text) },
        |ui| {
            let (_, whole) = ui.allocate_space(vec2(ui.available_width(), height));
            let frame = run.insight.timeline.newest().map(|(_, frame)| frame);
            let row = |of: fn(&Frame) -> &Vec<Picture>| frame.map_or(&[][..], |frame| of(frame).as_slice());
            let rows = [
                (t!("Image"), t!("Validation image"), row(|frame| &frame.originals), None),
                (
                    t!("Own code"),
                    t!("From its own code"),
                    row(|frame| &frame.reconstructions),
                    report.map(|r| r.re),
                ),
                (
                    t!("Other code"),
                    t!("From another image's code"),
                    row(|frame| &frame.shuffled),
                    report.map(|r| r.re_shuffled),
                ),
            ];
            let room = vec2(whole.width() - WORDS - NUMBERS, height - GAP_ROW);
            let columns = Columns::fit(room, whole.left() + WORDS, rows[0].2.len());
            for (index, (words, name, pictures, re)) in rows.into_iter().enumerate() {
                let top = whole.top() + index as f32 * (columns.side + BETWEEN);
                filmstrip(ui, textures, &columns, top, &name, pictures);
                let middle = top + columns.side / 2.0;
                let (font, color) = (theme::body_font(), theme::colors(ui).text);
                ui.painter().text(pos2(whole.left(), middle), Align2::LEFT_CENTER, words, font, color);
                if let Some(re) = re {
                    let at = pos2(columns.right() + theme::GAP, middle - 9.0);
                    let place = Rect::from_min_size(at, vec2(NUMBERS, 18.0));
                    let text = theme::semibold(format!("RE {re:.4}"), 12.0);
                    ui.new_child(UiBuilder::new().max_rect(place).id_salt(index)).label(text);
                }
            }
            if let Some(report) = report {
                let top = whole.top() + 3.0 * (columns.side + BETWEEN) + 2.0;
                let left_top = pos2(columns.left, top);
                bars(ui, Rect::from_min_max(left_top, pos2(columns.right(), top + GAP_ROW)), report);
            }
        },
    );
}

/// Where pictures stand.
struct Columns {
    left: f32,
    side: f32,
    shown: usize,
}

impl Columns {
    /// As many of `count` as fit, at a side at which a face can be seen and three rows fit.
    fn fit(room: eframe::egui::Vec2, left: f32, count: usize) -> Self {
        let side = ((room.y - 2.0 * BETWEEN) / 3.0).clamp(SIDES.0, SIDES.1).floor();
        let fitting = ((room.x + BETWEEN) / (side + BETWEEN)).floor() as usize;
        Columns { left, side, shown: fitting.clamp(1, count.max(1)) }
    }

    fn right(&self) -> f32 {
        self.left + self.shown as f32 * (self.side + BETWEEN) - BETWEEN
    }
}

fn filmstrip(ui: &mut Ui, textures: &mut Textures, at: &Columns, top: f32, name: &str, pictures: &[Picture]) {
    for index in 0..at.shown {
        let left = at.left + index as f32 * (at.side + BETWEEN);
        let rect = Rect::from_min_size(pos2(left, top), vec2(at.side, at.side));
        let response = ui.interact(rect, ui.scope_id().with((name, index)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{name} {}", index + 1)));
        match pictures.get(index).map(|shown| textures.small(ui.ctx(), shown)) {
            Some(texture) => picture::paint(ui.painter(), rect, texture, theme::RADIUS_SMALL - 1),
            None => {
                ui.painter().rect_filled(rect, theme::RADIUS_SMALL - 1, theme::colors(ui).well);
            }
        }
        response.on_hover_text(t!(
            "%{name}, %{n} of %{all}",
            name = name,
            n = index + 1,
            all = pictures.len()
        ));
    }
}

/// Whether another's code does worse.
fn costs(report: &CollapseReport) -> bool {
    report.re_shuffled - report.re > IGNORED * report.re_shuffled
}

/// Cost of shuffling, as in "RE is 9.1 times as large with another image's code".
fn gap_in_words(report: &CollapseReport) -> String {
    if !costs(report) {
        return t!("another image's code does as well").into_owned();
    }
    let times = format!("{:.1}", report.re_shuffled / report.re.max(1e-9));
    t!("RE is %{times} times as large with another image's code", times = times).into_owned()
}

/// The error with the own code, and what another's code adds to it.
fn bars(ui: &Ui, place: Rect, report: &CollapseReport) {
    let colors = theme::colors(ui);
    let painter = ui.painter();
    let most = report.re.max(report.re_shuffled).max(1e-9);
    let own = place.width() * (report.re.max(0.0) / most) as f32;
    let bar = Rect::from_min_size(place.min, vec2(place.width(), 7.0));
    painter.rect_filled(bar, 3.0, colors.measure);
    let line = bar.bottom() + 3.0;
    let font = theme::small_font();
    if costs(report) {
        let gap = bar.with_min_x((bar.left() + own).max(bar.left() + 3.0));
        painter.rect_filled(gap, 3.0, colors.warning);
        let words = t!("the other code adds %{re}", re = format!("{:.4}", report.re_shuffled - report.re));
        painter.text(pos2(bar.right(), line), Align2::RIGHT_TOP, words, font.clone(), colors.warning);
        if own > 60.0 {
            painter.text(pos2(bar.left(), line), Align2::LEFT_TOP, t!("own code"), font, colors.measure);
        }
    } else {
        let words = t!("no difference: every code gives the same picture");
        painter.text(pos2(bar.left(), line), Align2::LEFT_TOP, words, font, colors.error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::state::train::samples;

    #[test]
    fn the_gap_is_said_in_numbers_or_as_none() {
        let mut report = samples::report(1, 8, 8);
        (report.re, report.re_shuffled) = (0.005, 0.0475);
        assert_eq!(gap_in_words(&report), "RE is 9.5 times as large with another image's code");
        (report.re, report.re_shuffled) = (0.0502, 0.0505);
        assert_eq!(gap_in_words(&report), "another image's code does as well");
    }
}
