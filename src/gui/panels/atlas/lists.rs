//! The side of the map: what is clicked and selected, and the lists of pairs, strangers and copies.

use eframe::egui::{Label, RichText, ScrollArea, Ui};
use rust_i18n::t;

use super::{photos, reading, selection};
use crate::gui::said::said;
use crate::gui::state::State;
use crate::gui::state::atlas::shown::{List, ShownMap};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::{picture, segmented};
use crate::report::{AtlasMap, NearestImages};
use crate::worker::protocol::AtlasSpot;

/// Side of a picture in a list.
const SIDE: f32 = 58.0;
/// Height of a row of a list.
const ROW: f32 = SIDE + 8.0;

/// A row of a list: points with their pictures, and words beside them.
struct ListRow {
    points: Vec<u32>,
    title: String,
    detail: String,
    /// Whether it is to be noticed.
    is_marked: bool,
}

/// Shows the side.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let Some(shown) = &mut state.atlas.shown else { return };
    let mut lists = vec![
        (List::Reading, t!("Read"), t!("The point that was clicked, and the selection")),
        (
            List::Doublets,
            t!("Doublets"),
            t!("Images that are nearly the same; across the splits they make test numbers too good"),
        ),
        (List::Strangers, t!("Strangers"), t!("Images far from all others")),
    ];
    if shown.map.copies.is_some() {
        lists.push((List::Copies, t!("Copies"), t!("The nearest image of each draw: does the model copy?")));
    }
    let lists: Vec<_> = lists.iter().map(|(list, name, help)| (*list, &**name, &**help)).collect();
    if let Some(list) = segmented::choice(ui, shown.list, &lists) {
        shown.list = list;
    }
    ui.add_space(theme::GAP);
    let list = shown.list;
    match list {
        List::Reading => {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                reading::show(ui, state, textures);
                selection::show(ui, state, textures);
                photos::show(ui, state, textures);
            });
        }
        List::Doublets | List::Strangers | List::Copies => {
            let map = std::sync::Arc::clone(&shown.map);
            let (about, rows) = match list {
                List::Strangers => strangers(&map),
                List::Copies => copies(&map),
                List::Doublets | List::Reading => doublets(&map),
            };
            for line in about {
                ui.add(Label::new(RichText::new(line).size(12.0)).wrap());
            }
            ui.add_space(theme::GAP_SMALL);
            rows_of(ui, shown, &rows, textures);
        }
    }
}

fn doublets(map: &AtlasMap) -> (Vec<String>, Vec<ListRow>) {
    let doublets = &map.doublets;
    let found = doublets.pairs.iter().filter(|pair| pair.re < doublets.limit).count();
    let limit = doublets.limit;
    let (test, validation) = (doublets.test_in_training, doublets.validation_in_training);
    let about = match found {
        0 => t!(
            "No two images are nearly the same (RE below %{limit}). These are the pairs that come nearest.",
            limit = limit
        ),
        1 => t!(
            "One pair is nearly the same (RE below %{limit}). %{test} test and %{validation} validation images have \
             one in the training split.",
            limit = limit,
            test = test,
            validation = validation
        ),
        n => t!(
            "%{n} pairs are nearly the same (RE below %{limit}). %{test} test and %{validation} validation images \
             have one in the training split.",
            n = n,
            limit = limit,
            test = test,
            validation = validation
        ),
    }
    .into_owned();
    let row = |pair: &crate::report::Doublet| ListRow {
        points: pair.points.to_vec(),
        title: format!("RE {:.4}", pair.re),
        detail: match (pair.across, pair.re < doublets.limit) {
            (true, true) => t!("nearly the same, in different splits"),
            (true, false) => t!("in different splits"),
            (false, _) => t!("in the same split"),
        }
        .into_owned(),
        is_marked: pair.across && pair.re < doublets.limit,
    };
    (vec![about], doublets.pairs.iter().map(row).collect())
}

fn strangers(map: &AtlasMap) -> (Vec<String>, Vec<ListRow>) {
    let about = t!("Images whose five nearest are farthest away, in times the usual distance.").into_owned();
    let row = |stranger: &crate::report::Stranger| ListRow {
        points: vec![stranger.point],
        title: format!("{:.1}×", stranger.isolation),
        detail: map.name(stranger.point as usize),
        is_marked: false,
    };
    (vec![about], map.strangers.iter().map(row).collect())
}

fn copies(map: &AtlasMap) -> (Vec<String>, Vec<ListRow>) {
    let Some(NearestImages { draws, real, verdict, suspicious }) = &map.copies else {
        return (Vec::new(), Vec::new());
    };
    let row = |(at, pair): (usize, &crate::report::NearestImage)| ListRow {
        points: vec![pair.draw, pair.image],
        title: t!(
            "%{part} of usual",
            part = format!("{:.2}", pair.distance / real[0].max(f64::MIN_POSITIVE))
        )
        .into_owned(),
        detail: {
            let share = format!("{:.0}", 100.0 * (1.0 - pair.share));
            match at < *suspicious {
                true => t!("suspicious: nearer than %{share} % of images are", share = share),
                false => t!("nearer than %{share} % of images are", share = share),
            }
            .into_owned()
        },
        is_marked: at < *suspicious,
    };
    let about = t!("A draw at the left, the image nearest to it at the right.").into_owned();
    (vec![said(verdict).into_owned(), about], draws.iter().enumerate().map(row).collect())
}

/// The rows, of which only those in sight cost anything.
fn rows_of(ui: &mut Ui, shown: &mut ShownMap, rows: &[ListRow], textures: &mut Textures) {
    let mut clicked = None;
    let mut needed = Vec::new();
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, rows.len(), |ui, range| {
        for row in &rows[range] {
            ui.horizontal(|ui| {
                ui.set_height(ROW - ui.spacing().item_spacing.y);
                for point in &row.points {
                    needed.push(*point);
                    let texture = shown.picture(*point).map(|picture| textures.small(ui.ctx(), &picture));
                    let selected = shown.spot == Some(AtlasSpot::Point(*point));
                    let name = shown.map.name(*point as usize);
                    let thumb = picture::thumb(ui, texture, SIDE, &name, selected);
                    if thumb.on_hover_text(t!("%{name}: click to find it on the map", name = name)).clicked()
                    {
                        clicked = Some(*point);
                    }
                }
                ui.vertical(|ui| {
                    let colors = theme::colors(ui);
                    let color = if row.is_marked { colors.warning } else { colors.text_strong };
                    ui.label(theme::semibold(&row.title, 13.0).color(color));
                    ui.add(Label::new(RichText::new(&row.detail).size(12.0).weak()).wrap());
                });
            });
        }
    });
    shown.needed_beside.extend(needed);
    if let Some(point) = clicked {
        shown.find(point);
    }
}
