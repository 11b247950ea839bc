//! The inspector of the Explore screen: the pad, the activity of a sparse code, the sliders.

use eframe::egui::{CollapsingHeader, ComboBox, Layout, Panel, Rangef, ScrollArea, TextEdit, Ui, vec2};

use crate::config::{PriorKind, SOLVER_STEPS, Sparsity};
use crate::gui::panels::{explore_directions, head, import, side_frame, side_range};
use crate::gui::state::State;
use crate::gui::state::explore::{Along, Explore};
use crate::gui::textures::Textures;
use crate::gui::widgets::{code_plot, latent_slider, pad, segmented};
use crate::gui::{keyboard, theme};

/// Shows the inspector.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let sparsity = state.model().and_then(|model| model.train.as_ref()?.sparsity);
    if state.explore().is_none() {
        return;
    }
    let frame = side_frame(ui);
    let range = side_range(ui, Rangef::new(272.0, 520.0), 0.3);
    Panel::right("sliders").default_size(344.0).size_range(range).frame(frame).show(ui, |ui| {
        let has_noise = prior(ui, state);
        imported(ui, state);
        if let Some(explore) = state.explore_mut() {
            explore.hovered = None;
            search(ui, explore);
        }
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            explore_directions::show(ui, state, textures);
            ui.add_space(theme::GAP);
            let Some(explore) = state.explore_mut() else { return };
            dimensions(ui, explore, sparsity, has_noise, textures);
        });
        let Some(explore) = state.explore_mut() else { return };
        if !ui.input(|input| input.pointer.any_down()) {
            explore.end_gesture();
        }
    });
}

/// The single numbers of the code.
fn dimensions(
    ui: &mut Ui,
    explore: &mut Explore,
    sparsity: Option<Sparsity>,
    has_noise: bool,
    textures: &mut Textures,
) {
    activity(ui, explore, sparsity);
    let all = explore.latent().center.len();
    let facts = match explore.active.len() {
        _ if explore.latent().images < 2 => format!("{all} numbers"),
        active if active == all => format!("all {all} active"),
        active => format!("{active} of {all} active"),
    };
    let title = if has_noise { "Dimensions of the noise" } else { "Latent dimensions" };
    head(ui, title, |ui| {
        let rule = explore.latent().active_rule();
        ui.weak(facts).on_hover_text(format!("{rule}. The others carry no information"));
    });
    let fold = CollapsingHeader::new("Pad").default_open(explore.directions().is_empty());
    fold.show_unindented(ui, |ui| plane(ui, explore));
    sliders(ui, explore, textures);
}

/// Inputs beside the code of a model of another program, and the way to correct how it is read.
fn imported(ui: &mut Ui, state: &mut State) {
    let Some(model) = state.model() else { return };
    let (id, Some(config)) = (model.id, model.config.imported.as_deref().cloned()) else { return };
    let mut correct = false;
    head(ui, "Another program’s model", |ui| {
        let button = ui.small_button("How it is read…");
        correct =
            button.on_hover_text("Ranges, sizes and inputs of its file, as you approved them").clicked();
    });
    if correct {
        state.correct_import(id);
    }
    for (number, mut extra) in config.extra().cloned().enumerate() {
        ui.horizontal(|ui| {
            ui.label(&extra.name);
            ui.weak(extra.kind.label());
            if import::extra_value(ui, &mut extra) {
                state.set_extra_input(id, number, extra.value);
            }
        });
    }
    ui.add_space(theme::GAP);
}

/// The learned prior of the model, if it has one. Returns whether the sliders move its noise.
fn prior(ui: &mut Ui, state: &mut State) -> bool {
    let Some(model) = state.model() else { return false };
    let (id, Some(prior)) = (model.id, model.prior.clone()) else { return false };
    head(ui, "Prior", |ui| {
        ui.weak(prior.kind.label()).on_hover_ui(|ui| {
            ui.label(format!(
                "A density of the codes of {} images, learned after the model. Codes of {} other images: {:.3} nats \
                 per number under it, {:.3} under what the model drew from before; lower is better",
                prior.images, prior.held_out, prior.nll, prior.standard_nll
            ));
            if prior.has_noise() {
                ui.label("Sliders, walks and seeds move in its noise, N(0, I), from which it makes codes");
            }
        });
    });
    if prior.kind == PriorKind::Flow {
        let now = state.solver_steps(id).unwrap_or(prior.solver_steps);
        ui.horizontal(|ui| {
            ui.weak("Solver steps");
            let help = "Steps from noise to code: more are more exact and take longer";
            let choices = SOLVER_STEPS.map(|steps| (steps, steps.to_string()));
            let choices: Vec<_> = choices.iter().map(|(steps, text)| (*steps, text.as_str(), help)).collect();
            if let Some(steps) = segmented::choice(ui, now, &choices) {
                state.solve_in(id, steps);
            }
        });
    }
    ui.add_space(theme::GAP);
    prior.has_noise()
}

fn plane(ui: &mut Ui, explore: &mut Explore) {
    ui.horizontal(|ui| {
        let (mut across, mut up) = explore.pad;
        ui.weak("→");
        choose(ui, explore, "Pad, across", &mut across);
        ui.weak("↑");
        choose(ui, explore, "Pad, up", &mut up);
        explore.pad = (across, up);
    });
    let side = pad::side(ui.available_rect_before_wrap());
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), side),
        Layout::top_down(eframe::egui::Align::Center),
        |ui| pad::show(ui, explore, side),
    );
}

/// Activity of the units of a sparse code.
fn activity(ui: &mut Ui, explore: &Explore, sparsity: Option<Sparsity>) {
    let latent = explore.latent();
    let Some((mean, inactive)) = latent.sparsity() else { return };
    head(ui, "Activity", |ui| {
        let words = format!("mean {mean:.3}, {:.0} % inactive", inactive * 100.0);
        ui.weak(words).on_hover_ui(|ui| {
            ui.label("Activity is what a unit of the code gives, a mean over units and images");
            ui.label(format!(
                "{}, here {:.1} % of the units",
                latent.units.inactive_rule(),
                inactive * 100.0
            ));
            if let Some(sparsity) = sparsity {
                ui.label(format!("Trained with sparsity {sparsity}"));
            }
            ui.weak(format!("Measured on {} validation images", latent.images));
        });
    });
    let target = match sparsity {
        Some(Sparsity::Kl { target, .. }) => Some(target),
        Some(Sparsity::L1 { .. }) | None => None,
    };
    code_plot::activity(ui, &explore.activities(), target);
    let line = if target.is_some() { ", the line is the target" } else { "" };
    ui.weak(format!("A bar a unit, its mean over images{line}"));
    ui.add_space(theme::GAP);
}

fn choose(ui: &mut Ui, explore: &Explore, name: &str, dim: &mut usize) {
    let combo = ComboBox::from_id_salt(name).width(56.0).selected_text(format!("z{dim}")).show_ui(ui, |ui| {
        for &other in explore.active.iter().chain(&explore.inactive) {
            ui.selectable_value(dim, other, format!("z{other}"));
        }
    });
    combo.response.accessible_name(name);
}

fn search(ui: &mut Ui, explore: &mut Explore) {
    let hint = "Find a direction or a dimension";
    let field = TextEdit::singleline(&mut explore.search).hint_text(hint).desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name("Find a dimension");
    keyboard::is_search(&response);
    // The first one found becomes the row that is shown.
    if response.changed()
        && !explore.search.is_empty()
        && let (active, inactive) = explore.found()
        && let Some(&first) = active.first().or(inactive.first())
    {
        explore.selected = Along::Dim(first);
    }
}

fn sliders(ui: &mut Ui, explore: &mut Explore, textures: &mut Textures) {
    let (active, inactive) = explore.found();
    if active.is_empty() && inactive.is_empty() {
        if explore.found_directions().is_empty() {
            ui.add_space(theme::GAP);
            ui.weak("No direction has this name, and no dimension this number");
        }
        return;
    }
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for &dim in &active {
            row(ui, explore, dim, false, textures);
        }
        if inactive.is_empty() {
            return;
        }
        ui.add_space(theme::GAP);
        let title = match inactive.len() {
            1 => "1 dimension without effect".to_owned(),
            n => format!("{n} dimensions without effect"),
        };
        let searching = !explore.search.is_empty();
        let fold = CollapsingHeader::new(title).id_salt("inactive").open(searching.then_some(true));
        fold.show_unindented(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for &dim in &inactive {
                row(ui, explore, dim, true, textures);
            }
        });
    });
}

/// A row, if it can be seen; otherwise only its place.
fn row(ui: &mut Ui, explore: &mut Explore, dim: usize, dead: bool, textures: &mut Textures) {
    let size = vec2(ui.available_width(), theme::SLIDER_ROW);
    let place = eframe::egui::Rect::from_min_size(ui.cursor().min, size);
    if ui.is_rect_visible(place) {
        let preview = explore_directions::preview(ui, Some(explore), Along::Dim(dim), textures);
        latent_slider::row(ui, explore, dim, dead, preview);
    } else {
        ui.allocate_space(size);
    }
}
