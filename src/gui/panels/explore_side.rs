//! The inspector of the Explore screen: the search, named directions, the prior, the activity of a sparse code, the pad
//! and the sliders of single numbers.

use std::borrow::Cow;

use eframe::egui::{
    Align, CollapsingHeader, ComboBox, EventFilter, Key, Layout, Panel, Rangef, Rect, ScrollArea, TextEdit,
    Ui, UiBuilder, vec2,
};
use rust_i18n::t;

use crate::config::{CodeUnits, PriorKind, SOLVER_STEPS, Sparsity};
use crate::gui::language::tr;
use crate::gui::panels::{explore_directions, head, import, side_frame, side_range};
use crate::gui::state::State;
use crate::gui::state::explore::{Along, Explore};
use crate::gui::state::messages::count;
use crate::gui::textures::Textures;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::number;
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
        imported(ui, state);
        let Some(explore) = state.explore_mut() else { return };
        explore.hovered = None;
        let awaited = explore.focus;
        search(ui, explore);
        ui.add_space(theme::GAP_SMALL);
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            explore_directions::show(ui, state, textures);
            ui.add_space(theme::GAP_LARGE);
            let has_noise = prior(ui, state);
            let Some(explore) = state.explore_mut() else { return };
            dimensions(ui, explore, sparsity, has_noise, textures);
        });
        let Some(explore) = state.explore_mut() else { return };
        // Its row is folded away.
        if awaited.is_some() && explore.focus == awaited {
            explore.focus = None;
        }
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
        _ if explore.latent().images < 2 => t!("%{all} numbers", all = all),
        active if active == all => t!("all %{all} active", all = all),
        active => t!("%{active} of %{all} active", active = active, all = all),
    };
    let title = if has_noise { t!("Dimensions of the noise") } else { t!("Latent dimensions") };
    head(ui, &title, |ui| {
        let rule = active_rule(explore.latent().units);
        ui.weak(facts).on_hover_text(t!("%{rule}. The others carry no information", rule = rule));
    });
    let fold = CollapsingHeader::new(t!("Pad for two dimensions")).id_salt("pad");
    let fold = fold.default_open(explore.directions().is_empty());
    fold.show_unindented(ui, |ui| plane(ui, explore));
    sliders(ui, explore, textures);
}

/// Inputs beside the code of a model of another program, and the way to correct how it is read.
fn imported(ui: &mut Ui, state: &mut State) {
    let Some(model) = state.model() else { return };
    let (id, Some(config)) = (model.id, model.config.imported.as_deref().cloned()) else { return };
    let mut correct = false;
    head(ui, &t!("Imported model"), |ui| {
        let button = ui.small_button(t!("Change import…"));
        let help = t!("Correct the ranges, sizes and inputs with which its file is read");
        correct = button.on_hover_text(help).clicked();
    });
    if correct {
        state.correct_import(id);
    }
    for (number, mut extra) in config.extra().cloned().enumerate() {
        ui.horizontal(|ui| {
            ui.label(&extra.name);
            ui.weak(tr(extra.kind.label()));
            if import::extra_value(ui, &mut extra) {
                state.set_extra_input(id, number, extra.value);
            }
        });
    }
    ui.add_space(theme::GAP);
}

/// Rule by which a dimension is active, as [`LatentInfo::active_rule`] says it.
///
/// [`LatentInfo::active_rule`]: crate::report::LatentInfo::active_rule
fn active_rule(units: CodeUnits) -> Cow<'static, str> {
    match units {
        CodeUnits::Linear => t!(
            "A dimension is active when the variance of its code over images is above 0.01 (Burda et al. 2016)"
        ),
        CodeUnits::Relu | CodeUnits::Sigmoid => t!(
            "A dimension is active when the standard deviation of its code over images is above a hundredth of the largest one"
        ),
    }
}

/// Rule by which a unit is inactive on an image, see [`CodeUnits::is_inactive`].
fn inactive_rule(units: CodeUnits) -> Cow<'static, str> {
    match units {
        CodeUnits::Linear => t!("Linear units are never inactive"),
        CodeUnits::Relu => t!("A rectified unit is inactive on an image when its activity is exactly 0"),
        CodeUnits::Sigmoid => {
            t!("A unit between 0 and 1 is inactive on an image when its activity is below 0.1")
        }
    }
}

/// The kind of a prior in a few words.
fn prior_name(kind: PriorKind) -> Cow<'static, str> {
    match kind {
        PriorKind::Standard => t!("standard"),
        PriorKind::Gaussian => "Gaussian".into(),
        PriorKind::Mixture(n) => t!("mixture of %{n} Gaussians", n = n),
        PriorKind::Flow => "flow".into(),
    }
}

/// The learned prior of the model, if it has one. Returns whether the sliders move its noise.
fn prior(ui: &mut Ui, state: &mut State) -> bool {
    let Some(model) = state.model() else { return false };
    let (id, Some(prior)) = (model.id, model.prior.clone()) else { return false };
    head(ui, &t!("Prior"), |ui| {
        ui.weak(prior_name(prior.kind)).on_hover_ui(|ui| {
            ui.label(t!(
                "A density of the codes of %{images} images, learned after the model. Codes of %{others} other images: %{nll} nats per number under it, %{standard} under what the model drew from before; lower is better",
                images = count(prior.images),
                others = count(prior.held_out),
                nll = number(prior.nll, 3),
                standard = number(prior.standard_nll, 3)
            ));
            if prior.has_noise() {
                ui.label(t!("Sliders, walks and seeds move in its noise, N(0, I), from which it makes codes"));
            }
        });
    });
    if prior.kind == PriorKind::Flow {
        let now = state.solver_steps(id).unwrap_or(prior.solver_steps);
        ui.horizontal(|ui| {
            let help = t!("Steps from noise to code: more are more exact and take longer");
            ui.label(t!("Solver steps")).on_hover_text(&*help);
            let choices = SOLVER_STEPS.map(|steps| (steps, steps.to_string()));
            let choices: Vec<_> =
                choices.iter().map(|(steps, text)| (*steps, text.as_str(), &*help)).collect();
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
        choose(ui, explore, &t!("Pad, across"), &mut across);
        ui.weak("↑");
        choose(ui, explore, &t!("Pad, up"), &mut up);
        explore.pad = (across, up);
    });
    let side = pad::side(ui.available_rect_before_wrap());
    ui.allocate_ui_with_layout(vec2(ui.available_width(), side), Layout::top_down(Align::Center), |ui| {
        pad::show(ui, explore, side)
    });
}

/// Activity of the units of a sparse code.
fn activity(ui: &mut Ui, explore: &Explore, sparsity: Option<Sparsity>) {
    let latent = explore.latent();
    let Some((mean, inactive)) = latent.sparsity() else { return };
    head(ui, &t!("Activity"), |ui| {
        let (mean, share) = (format!("{mean:.3}"), inactive * 100.0);
        let words = t!("mean %{mean}, %{share} % inactive", mean = mean, share = format!("{share:.0}"));
        ui.weak(words).on_hover_ui(|ui| {
            ui.label(t!("Activity is what a unit of the code gives, a mean over units and images"));
            ui.label(t!(
                "%{rule}, here %{share} % of the units",
                rule = inactive_rule(latent.units),
                share = format!("{share:.1}")
            ));
            if let Some(sparsity) = sparsity {
                ui.label(t!("Trained with sparsity %{sparsity}", sparsity = sparsity));
            }
            ui.weak(t!("Measured on %{n} validation images", n = latent.images));
        });
    });
    let target = match sparsity {
        Some(Sparsity::Kl { target, .. }) => Some(target),
        Some(Sparsity::L1 { .. }) | None => None,
    };
    code_plot::activity(ui, &explore.activities(), target);
    ui.weak(match target {
        Some(_) => t!("A bar a unit, its mean over images; the line is the target"),
        None => t!("A bar a unit, its mean over images"),
    });
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
    let hint = t!("Find a direction or a dimension");
    let field = TextEdit::singleline(&mut explore.search)
        .hint_text(hint.clone().into_owned())
        .desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name(&*hint).on_hover_text(t!("Press / to come here"));
    keyboard::is_search(&response);
    if response.has_focus() {
        // An arrow down goes on to the first slider that is found.
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        if ui.input(|input| input.key_pressed(Key::ArrowDown)) {
            explore.focus = explore.rows().first().copied();
        }
    }
    // The first one found becomes the row that is shown.
    if response.changed()
        && !explore.search.is_empty()
        && let Some(first) = explore.rows().first()
    {
        explore.selected = *first;
    }
    let corner = response.rect.with_min_x(response.rect.right() - response.rect.height());
    if explore.search.is_empty() {
        let layout = Layout::centered_and_justified(eframe::egui::Direction::LeftToRight);
        let mut place = ui.new_child(UiBuilder::new().max_rect(corner).layout(layout));
        place.weak("/");
        return;
    }
    let mut place =
        ui.new_child(UiBuilder::new().max_rect(corner).layout(Layout::left_to_right(Align::Center)));
    if Icon::Close.button_sized(&mut place, &t!("Clear the search"), corner.height() - 4.0).clicked() {
        explore.search.clear();
    }
}

fn sliders(ui: &mut Ui, explore: &mut Explore, textures: &mut Textures) {
    let (active, inactive) = explore.found();
    if active.is_empty() && inactive.is_empty() {
        if explore.found_directions().is_empty() {
            ui.add_space(theme::GAP);
            ui.weak(t!("No direction has this name, and no dimension this number"));
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
            1 => t!("1 dimension without effect"),
            n => t!("%{n} dimensions without effect", n = n),
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
    let place = Rect::from_min_size(ui.cursor().min, size);
    if ui.is_rect_visible(place) || explore.focus == Some(Along::Dim(dim)) {
        let preview = explore_directions::preview(ui, Some(explore), Along::Dim(dim), textures);
        latent_slider::row(ui, explore, dim, dead, preview);
    } else {
        ui.allocate_space(size);
    }
}
