//! The map of a run: how its codes find their places while it trains, with a scrubber over its steps.

use std::sync::Arc;

use eframe::egui::{ComboBox, Label, Rect, RichText, ScrollArea, Slider, Ui, UiBuilder, vec2};
use rust_i18n::t;

use super::legend::{self, LegendWish};
use crate::gui::language::tr;
use crate::gui::map::marks::MapMarks;
use crate::gui::map::widget::MapWidget;
use crate::gui::panels::head;
use crate::gui::quantity_words::minus;
use crate::gui::said::said;
use crate::gui::state::State;
use crate::gui::state::atlas::RunMapLook;
use crate::gui::state::atlas::run_map::{AGE, RunMap};
use crate::gui::state::messages::count;
use crate::gui::state::train::run::{Run, RunKey};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::empty;
use crate::gui::widgets::icon::Icon;

/// Shows at the left which run is looked at, and what it is.
pub fn setup(ui: &mut Ui, state: &mut State) {
    ui.add_space(theme::GAP);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        head(ui, &t!("Run"), |_| ());
        let runs: Vec<(RunKey, String)> = state.train.runs.iter().map(|run| (run.key, run.name())).collect();
        if runs.is_empty() {
            ui.add(Label::new(RichText::new(t!("No run yet: begin one on Train")).weak()).wrap());
        } else {
            let name = state.train.run().map_or_else(|| t!("choose a run").into_owned(), Run::name);
            let combo = ComboBox::from_id_salt("run on the map").width(ui.available_width()).selected_text(name);
            let combo = combo.show_ui(ui, |ui| {
                for (key, name) in runs {
                    if ui.selectable_label(state.train.selected == Some(key), name).clicked() {
                        state.train.selected = Some(key);
                        state.atlas.run = RunMapLook::default();
                    }
                }
            });
            combo.response.accessible_name(t!("Run"));
        }
        if let Some(frame) = state.train.run().and_then(|run| run.insight.map.frame()) {
            ui.add_space(theme::GAP);
            head(ui, &t!("This moment"), |_| ());
            let line = |ui: &mut Ui, name: &str, value: String, help: &str| {
                ui.horizontal(|ui| {
                    ui.weak(name);
                    ui.label(value);
                })
                .response
                .on_hover_text(help);
            };
            line(ui, &t!("updates"), count(frame.step), &t!("Updates of the weights done"));
            line(ui, &t!("on the map"), count(frame.points.len()), &t!("Images, evenly taken from the data set"));
            let help = t!(
                "Root mean square distance of the codes from their mean, over all their numbers: near 0 they all say \
                 the same"
            );
            line(ui, &t!("spread of the codes"), format!("{:.3}", frame.spread), &help);
            let help = t!("Share of the variance of the codes that the plane holds");
            line(ui, &t!("variance shown"), format!("{:.0} %", 100.0 * frame.variance), &help);
        }
        ui.add_space(theme::GAP);
        let about = t!(
            "Each point is an image, where the run's encoder puts it on the plane of most variance of the codes. Each \
             map is turned onto the one before and none is stretched: clusters form and move apart as the model \
             learns, and when the KL weight is too high everything falls into one point."
        );
        ui.add(Label::new(RichText::new(about).size(12.0).weak()).wrap());
    });
}

/// Shows the map.
pub fn show(ui: &mut Ui, state: &mut State, _textures: &mut Textures) {
    let State { train, atlas, .. } = state;
    let Some(run) = train.run_mut().filter(|run| !run.insight.map.is_empty()) else {
        return nothing(ui, state);
    };
    let (map, look) = (&mut run.insight.map, &mut atlas.run);
    if map.is_playing() && map.advance(ui.input(|input| input.stable_dt.min(0.1))) {
        ui.ctx().request_repaint();
    }
    scrubber(ui, map);
    ui.add_space(theme::GAP_SMALL);
    let rect = ui.available_rect_before_wrap();
    let Some(frame) = map.frame().cloned() else { return };
    let names: Vec<String> = map.color_names().map(str::to_owned).collect();
    let color = match &look.color {
        Some(name) if !names.contains(name) => map.usual_color(),
        chosen => chosen.clone(),
    };
    let moment = (run.folder.clone(), frame.step, color.clone(), look.hidden.clone());
    if look.colors.as_ref().is_none_or(|(of, ..)| *of != moment) {
        let colors = map.colors(&frame, color.as_deref().unwrap_or_default());
        let marks = MapMarks::new(
            frame.points.len(),
            |point| look.hidden.contains(&colors.class(point)),
            |_| false,
            |_| false,
        );
        look.colors = Some((moment, Arc::new(colors), Arc::new(marks)));
    }
    let Some((_, colors, marks)) = look.colors.clone() else { return };
    let mut widget = MapWidget::new(&frame.points, &colors, &marks);
    // Where all moments lie, so that a map that shrinks is seen to.
    widget.bounds = map.bounds();
    widget.contours = false;
    let done = widget.show(ui, &mut look.state);
    if let Some(point) = done.hovered {
        let name = map.names.get(point as usize).cloned().unwrap_or_default();
        let facts: Vec<String> = map
            .columns
            .iter()
            .map(|column| (column.name.as_str(), column.values.text(point as usize)))
            .filter(|(_, text)| !text.is_empty())
            .take(5)
            .map(|(name, text)| format!("{} {}", tr(name), minus(said(&text).into_owned())))
            .collect();
        done.response.on_hover_ui_at_pointer(|ui| {
            ui.label(theme::semibold(name, 13.0));
            for fact in facts {
                ui.add(Label::new(RichText::new(fact).size(12.0).weak()).extend());
            }
        });
    }
    let place = Rect::from_min_size(rect.left_top() + vec2(10.0, 10.0), vec2(190.0, rect.height() - 20.0));
    let about = match color.as_deref() {
        Some(AGE) => t!(
            "Updates for which a point has been about where it is: it has not moved by more than 15 % of the spread of \
             the map"
        ),
        _ => "".into(),
    };
    let wish = ui
        .scope_builder(UiBuilder::new().max_rect(place), |ui| {
            legend::show(ui, &colors, (color.as_deref(), &names), &about, &look.hidden)
        })
        .inner;
    match wish {
        Some(LegendWish::Color(column)) => (look.color, look.hidden) = (column, Vec::new()),
        Some(LegendWish::Toggle(class)) => match look.hidden.iter().position(|hidden| *hidden == class) {
            Some(at) => drop(look.hidden.remove(at)),
            None => look.hidden.push(class),
        },
        None => (),
    }
}

fn scrubber(ui: &mut Ui, map: &mut RunMap) {
    ui.horizontal(|ui| {
        let (icon, words) =
            if map.is_playing() { (Icon::Pause, t!("Pause")) } else { (Icon::Play, t!("Play")) };
        let play = ui.add_enabled_ui(map.len() > 1, |ui| icon.button(ui, &words)).inner;
        if play.on_hover_text(t!("Play how the map came to be")).clicked() {
            map.toggle();
            ui.ctx().request_repaint();
        }
        let last = map.len().saturating_sub(1);
        let mut position = map.position();
        ui.spacing_mut().slider_width = (ui.available_width() - 190.0).max(80.0);
        let slider = Slider::new(&mut position, 0..=last).show_value(false);
        if ui.add_enabled(last > 0, slider).accessible_name(t!("Moment")).changed() {
            map.seek(position);
        }
        let words = match (map.frame(), map.is_following()) {
            (Some(frame), true) => t!("update %{n}, the newest", n = count(frame.step)),
            (Some(frame), false) => t!("update %{n}", n = count(frame.step)),
            (None, _) => "".into(),
        };
        ui.weak(words);
    });
}

fn nothing(ui: &mut Ui, state: &State) {
    let help = match state.train.run() {
        Some(run) if run.is_active() => t!(
            "The first map comes with the first look at the codes, a moment after the run begins. Models without an \
             encoder have no codes of images, and no map"
        ),
        Some(_) => {
            t!("This run was not watched while it trained; one that trains while the window is open is")
        }
        None => t!("Begin one on Train; its codes are mapped as it goes on"),
    };
    empty::paint(ui, ui.max_rect(), Icon::Target, &t!("No map of a run yet"), &help);
}
