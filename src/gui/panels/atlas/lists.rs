//! The side of the map: what is clicked and selected, and the lists of pairs, strangers and copies.

use eframe::egui::{Label, RichText, ScrollArea, Ui};

use super::{photos, reading, selection};
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
        (List::Reading, "Read", "What is clicked, and what is selected"),
        (List::Doublets, "Doublets", "Images that are nearly the same, and so make test numbers too good"),
        (List::Strangers, "Strangers", "Images far from all others"),
    ];
    if shown.map.copies.is_some() {
        lists.push((List::Copies, "Copies", "The nearest image of each draw: does the model copy?"));
    }
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
    let about = match found {
        0 => format!(
            "No two images are nearly the same (RE below {}). These are the pairs that come nearest.",
            doublets.limit
        ),
        n => format!(
            "{} nearly the same (RE below {}). {} test and {} validation images have one in the training part.",
            if n == 1 { "One pair is".to_owned() } else { format!("{n} pairs are") },
            doublets.limit,
            doublets.test_in_training,
            doublets.validation_in_training
        ),
    };
    let row = |pair: &crate::report::Doublet| ListRow {
        points: pair.points.to_vec(),
        title: format!("RE {:.4}", pair.re),
        detail: match pair.across {
            true => "in different parts".into(),
            false => "in the same part".into(),
        },
        is_marked: pair.across && pair.re < doublets.limit,
    };
    (vec![about], doublets.pairs.iter().map(row).collect())
}

fn strangers(map: &AtlasMap) -> (Vec<String>, Vec<ListRow>) {
    let about = "Images whose five nearest are farthest away, in times the usual distance.".to_owned();
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
        title: format!("{:.2} of usual", pair.distance / real[0].max(f64::MIN_POSITIVE)),
        detail: format!("nearer than {:.0} % of images are", 100.0 * (1.0 - pair.share)),
        is_marked: at < *suspicious,
    };
    let about = "A draw at the left, the image nearest to it at the right.".to_owned();
    (vec![verdict.clone(), about], draws.iter().enumerate().map(row).collect())
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
                    if thumb.on_hover_text(format!("{name}\nClick to find it on the map")).clicked() {
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
