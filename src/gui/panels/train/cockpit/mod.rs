//! The collapse cockpit: what the codes of a run carry, with a plain sentence over it.

mod active_units;
mod codes;
mod kl_bars;
mod probe;
mod rate_distortion;
mod run;
mod says;

use eframe::egui::{Rect, ScrollArea, Ui, UiBuilder, vec2};

use crate::gui::state::State;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::card;
use run::CockpitRun;

/// Least height of a chart, in points; where there is less room the cockpit scrolls.
const LEAST_CHART: f32 = 84.0;
/// Largest height of a chart, in points.
const MOST_CHART: f32 = 340.0;
/// Part of the width that the histogram takes of its row; the probe has the rest.
const CODES_PART: f32 = 0.36;

/// Shows the cockpit of the run in front over the rest of the place; the other visible runs are faint in it.
/// Nothing is shown while there is no such run or its settings are not known.
pub fn show(ui: &mut Ui, state: &State, textures: &mut Textures) {
    let Some(front) = state.train.selected else { return };
    let Some(run) = state.train.run().and_then(|run| CockpitRun::of(ui, run)) else { return };
    let others = state.train.runs.iter().filter(|other| other.key != front && other.visible);
    let others: Vec<CockpitRun<'_>> = others.filter_map(|other| CockpitRun::of(ui, other)).collect();
    ScrollArea::vertical().id_salt(("cockpit", front)).auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP;
        // The bar that scrolls lies over the right edge.
        ui.set_width(ui.available_width() - ui.spacing().scroll.bar_width);
        let height = ui.available_height();
        says::show(ui, &run);
        if run.insight.readings().len() == 0 {
            return;
        }
        // What the heads and margins of the rows of cards leave is shared between their charts.
        let rows = if run.has_prior() { 3.0 } else { 2.0 };
        let taken = ui.min_rect().height() + rows * (card::AROUND + theme::GAP);
        let left = (height - taken).max(0.0);
        let chart = |part: f32| (left * part).clamp(LEAST_CHART, MOST_CHART).floor();
        let (mut upper, mut lower) = (0.45, 0.55);
        if run.has_prior() {
            kl_bars::show(ui, &run, chart(0.26));
            (upper, lower) = (0.34, 0.40);
        }
        let beside = chart(upper);
        beside_each_other(ui, beside + card::AROUND, 0.5, |ui, left| match left {
            true => active_units::show(ui, &run, beside),
            false => rate_distortion::show(ui, &run, &others, beside),
        });
        let beside = chart(lower);
        beside_each_other(ui, beside + card::AROUND, CODES_PART, |ui, left| match left {
            true => codes::show(ui, &run, beside),
            false => probe::show(ui, &run, textures, beside),
        });
    });
}

/// Two cards of the same height, the left one over this part of the width.
fn beside_each_other(ui: &mut Ui, height: f32, part: f32, mut card: impl FnMut(&mut Ui, bool)) {
    let (_, whole) = ui.allocate_space(vec2(ui.available_width(), height));
    let edge = whole.left() + ((whole.width() - theme::GAP) * part).round();
    for (is_left, x) in [(true, whole.left()..=edge), (false, edge + theme::GAP..=whole.right())] {
        let place = Rect::from_x_y_ranges(x, whole.y_range());
        ui.scope_builder(UiBuilder::new().id_salt(is_left).max_rect(place), |ui| card(ui, is_left));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "what fails here fails its test")]
mod tests;
