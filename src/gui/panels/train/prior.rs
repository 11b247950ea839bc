//! The Train screen while a prior is set up or learned: what it does in the middle, its form at the right.

use eframe::egui::{Align, Button, Label, Layout, RichText, ScrollArea, Sense, Stroke, Ui, vec2};
use rust_i18n::t;

use super::fields::{
    FieldHelp, choice, choice_row, group, leave_room_for_bar, number, real, row, small_button,
};
use crate::config::{DataSource, PriorKind, SOLVER_STEPS};
use crate::gui::cli_line;
use crate::gui::panels::{copy_line, head};
use crate::gui::said::said;
use crate::gui::state::messages::count;
use crate::gui::state::train::form::capitalized;
use crate::gui::state::train::prior::{PriorPhase, PriorWork};
use crate::gui::state::{DataKind, DataTarget, Effect, Pick, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::chart::Axes;
use crate::gui::widgets::filmstrip::{filmstrip, fitting};
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{empty, middle_cut, picture};
use crate::worker::protocol::Control;

/// Height of what stays beneath the settings.
const FOOT: f32 = 116.0;
/// Draws in a row.
const COLUMNS: usize = 8;
/// Largest side of a draw.
const DRAW: f32 = 128.0;
/// Least and largest height of the curve.
const CURVE: (f32, f32) = (150.0, 420.0);
/// Widest a text gets.
const TEXT: f32 = 760.0;

/// Shows the middle.
pub fn middle(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    ui.heading(t!("Learn a prior"));
    let text = t!(
        "A decoder paints a face from a code. A prior says which codes are worth painting: a density that is fitted to \
         the codes of real faces after the model was trained. With a prior every model that encodes can draw, too."
    );
    ui.scope(|ui| {
        ui.set_max_width(TEXT.min(ui.available_width()));
        ui.add(Label::new(RichText::new(text).color(theme::colors(ui).text_weak)).wrap());
    });
    ui.add_space(theme::GAP);
    let Some(work) = &state.train.priors.work else {
        let place = ui.available_rect_before_wrap();
        let help = t!(
            "Choose a model and a density at the right, then start. A Gaussian takes seconds, a mixture a minute, a flow some minutes."
        );
        let headline = t!("No prior is being learned");
        return empty::paint(ui, place, Icon::Curve, &headline, &help);
    };
    let texts = status(work);
    ui.horizontal(|ui| {
        ui.add(Label::new(theme::semibold(&texts.0, 14.0).color(theme::colors(ui).text_strong)).truncate());
    });
    let is_bad = matches!(work.phase, PriorPhase::Failed(_));
    let colors = theme::colors(ui);
    let color = if is_bad { colors.error } else { colors.text_weak };
    ui.add(Label::new(RichText::new(&texts.1).color(color)).wrap());
    buttons(ui, state);
    ui.add_space(theme::GAP_SMALL);
    let Some(work) = &state.train.priors.work else { return };
    if work.losses.len() < 2 && work.draws.is_empty() {
        return nothing_yet(ui, work);
    }
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        leave_room_for_bar(ui);
        // The curve is as high as the draws beneath it leave.
        let columns = COLUMNS.min(work.draws.len().max(1));
        let side = fitting(ui.available_width(), columns, DRAW);
        let rows = work.draws.len().div_ceil(columns) as f32;
        let taken = rows * (side + theme::GAP) + 2.0 * theme::CONTROL + 4.0 * theme::GAP;
        let height = (ui.available_height() - taken).clamp(CURVE.0, CURVE.1);
        curve(ui, work, height);
        if work.draws.is_empty() {
            return;
        }
        head(ui, &t!("Draws"), |ui| {
            ui.weak(t!("with the weights as they are now, always from the same noise"));
        });
        for (row, draws) in work.draws.chunks(columns).enumerate() {
            filmstrip(ui, columns, side, |ui| {
                for (index, draw) in draws.iter().enumerate() {
                    let name = t!("Draw %{n}", n = row * columns + index + 1);
                    let texture = textures.picture(ui.ctx(), draw, true);
                    picture::view(ui, Some(texture), vec2(side, side), &name);
                }
            });
        }
    });
}

/// Says what comes where there is neither a curve nor a draw.
fn nothing_yet(ui: &mut Ui, work: &PriorWork) {
    let place = ui.available_rect_before_wrap();
    let (headline, help) = match (&work.phase, work.order.kind) {
        (PriorPhase::Done(_), _) => {
            (t!("The model draws now"), t!("Explore shows faces that it draws, and moves them"))
        }
        (PriorPhase::Failed(_) | PriorPhase::Stopped, _) => return,
        (_, PriorKind::Flow) => {
            (t!("Losses and draws appear here"), t!("The first ones come after some updates"))
        }
        _ => (t!("The density is being fitted"), t!("The model opens with its prior when it is done")),
    };
    empty::paint(ui, place, Icon::Curve, &headline, &help);
}

/// Title, and where it stands.
fn status(work: &PriorWork) -> (String, String) {
    let density = capitalized(said(&work.order.kind.label()).into_owned());
    let title = t!("%{density} for %{model}", density = density, model = work.name).into_owned();
    let losses = work.losses.last().map(|[step, ..]| {
        let (step, steps) = (count(*step as usize), count(work.order.steps));
        match work.best() {
            Some((best, loss)) => t!(
                "step %{step} of %{steps} · lowest loss on held-out codes %{loss} at step %{best}",
                step = step,
                steps = steps,
                loss = format!("{loss:.4}"),
                best = count(best)
            ),
            None => t!("step %{step} of %{steps}", step = step, steps = steps),
        }
    });
    let losses = losses.unwrap_or_default();
    let text = match &work.phase {
        _ if work.stopping && work.is_under_way() => t!("saving and stopping…"),
        PriorPhase::Queued => t!("waits until the job before it is over"),
        PriorPhase::Preparing { what, part } => {
            format!("{} · {:.0} %", what.to_lowercase(), 100.0 * part).into()
        }
        PriorPhase::Training => losses,
        PriorPhase::Held => t!("%{steps} · held", steps = losses),
        PriorPhase::Stopped if losses.is_empty() => t!("stopped"),
        PriorPhase::Stopped => t!("%{steps} · stopped; it goes on from there", steps = losses),
        PriorPhase::Failed(message) => message.as_str().into(),
        PriorPhase::Done(learned) => {
            let info = &learned.info;
            let file = learned.checkpoint.file_name().unwrap_or_default().to_string_lossy();
            t!(
                "Done in %{seconds} s and stored in %{file}. Codes of %{n} held-out images: %{nll} nats per number, %{before} before; lower is better",
                seconds = format!("{:.0}", info.seconds),
                file = file,
                n = count(info.held_out),
                nll = decimal(info.nll),
                before = decimal(info.standard_nll)
            )
        }
    };
    (title, text.into_owned())
}

/// With three digits after the point, and a minus sign.
fn decimal(value: f64) -> String {
    format!("{value:.3}").replace('-', "−")
}

fn buttons(ui: &mut Ui, state: &mut State) {
    let Some(work) = &state.train.priors.work else { return };
    let (phase, stopping) = (work.phase.clone(), work.stopping);
    ui.horizontal(|ui| match phase {
        PriorPhase::Training | PriorPhase::Held => {
            let (icon, text, control) = match phase {
                PriorPhase::Held => (Icon::Play, t!("Continue"), Control::Continue),
                _ => (Icon::Pause, t!("Pause"), Control::Pause),
            };
            if icon.button_with_text(ui, &text).clicked() {
                state.control_prior(control);
            }
            let save = Icon::Save.button_with_text(ui, &t!("Save"));
            if save.on_hover_text(t!("Write the state of the flow now")).clicked() {
                state.control_prior(Control::Save);
            }
            stop(ui, state, &t!("Stop"), stopping);
        }
        PriorPhase::Queued | PriorPhase::Preparing { .. } => stop(ui, state, &t!("Cancel"), stopping),
        PriorPhase::Stopped => {
            if Icon::Play.button_with_text(ui, &t!("Resume")).clicked() {
                state.resume_prior();
            }
        }
        PriorPhase::Done(_) => {
            let explore = Icon::Sliders.button_with_text(ui, &t!("Explore"));
            if explore.on_hover_text(t!("Sliders, walks and samples of the model with its prior")).clicked() {
                state.screen = crate::gui::state::Screen::Explore;
            }
        }
        PriorPhase::Failed(_) => (),
    });
}

fn stop(ui: &mut Ui, state: &mut State, text: &str, stopping: bool) {
    let stop = ui.add_enabled_ui(!stopping, |ui| Icon::Stop.button_with_text(ui, text)).inner;
    let stop = stop.on_hover_text(t!("A flow goes on later from where it is"));
    if stop.on_disabled_hover_text(t!("It is stopping already")).clicked() {
        state.stop_prior();
    }
}

/// Both losses over the updates.
fn curve(ui: &mut Ui, work: &PriorWork, height: f32) {
    if work.losses.len() < 2 {
        return;
    }
    let last = work.losses.last().map_or(1.0, |loss| loss[0]);
    // The first updates would flatten the rest.
    let shown = &work.losses[work.losses.len().min(2) - 1..];
    let values = || shown.iter().flat_map(|loss| [loss[1], loss[2]]);
    let (low, high) = values().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    let margin = 0.05 * (high - low).max(1e-6);
    head(ui, &t!("Loss"), |ui| {
        let colors = theme::colors(ui);
        for (words, color, width) in
            [(t!("held-out codes"), colors.accent, 2.0), (t!("training codes"), colors.text_weak, 1.0)]
        {
            ui.label(RichText::new(words).color(colors.text_weak));
            let (place, _) = ui.allocate_exact_size(vec2(16.0, theme::CONTROL), Sense::hover());
            ui.painter().hline(place.x_range(), place.center().y, Stroke::new(width, color));
        }
    });
    let name = t!("Loss of the flow over the updates");
    let x_title = t!("updates");
    let axes = Axes {
        name: &name,
        x: 0.0..=last.max(1.0),
        y: (low - margin)..=(high + margin),
        height,
        x_title: Some(&x_title),
        y_ticks: true,
    };
    let chart = axes.show(ui);
    let colors = theme::colors(ui);
    for (column, color, width) in [(1, colors.text_weak, 1.0), (2, colors.accent, 2.0)] {
        let points = shown.iter().map(|loss| chart.at(loss[0], loss[column])).collect();
        chart.painter.line(points, Stroke::new(width, color));
    }
    ui.add_space(theme::GAP);
}

/// Shows the form.
pub fn form(ui: &mut Ui, state: &mut State) {
    head(ui, &t!("New prior"), |_| ());
    let mut told = FieldHelp::default();
    let room = (ui.available_height() - FOOT).max(80.0);
    ScrollArea::vertical().max_height(room).auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
        leave_room_for_bar(ui);
        models(ui, state);
        data(ui, &mut told, state);
        density(ui, &mut told, state);
    });
    foot(ui, state, &told);
}

fn models(ui: &mut Ui, state: &mut State) {
    group(ui, &t!("Model"));
    let current = state.prior_model().map(|model| model.source.clone());
    let mut chosen = None;
    ui.with_layout(Layout::top_down_justified(Align::LEFT), |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for model in state.models_with_codes() {
            let selected = current.as_ref() == Some(&model.source);
            let words = match &model.prior {
                Some(prior) => format!("{} · {}", model.name, said(&prior.kind.label())),
                None => model.name.clone(),
            };
            if ui.add(Button::selectable(selected, words).truncate()).clicked() {
                chosen = Some(model.source.clone());
            }
        }
    });
    if current.is_none() {
        ui.weak(t!("No model with an encoder is open"));
    }
    if let Some(source) = chosen {
        state.train.priors.form.model = Some(source);
    }
}

fn data(ui: &mut Ui, told: &mut FieldHelp, state: &mut State) {
    group(ui, &t!("Data"));
    let data = state.prior_data();
    let about = t!(
        "The images that the model was trained on. The prior is fitted to the codes of those of its training split, and \
         measured on the codes of its validation split"
    );
    row(ui, told, &t!("Images"), &about, |ui| {
        let color = theme::colors(ui).text_strong;
        match data.as_ref().map(|data| data.folder()) {
            Some(Some(path)) => middle_cut::label(ui, &path.display().to_string(), color),
            Some(None) => ui.label(RichText::new(t!("Built-in faces")).color(color)),
            None => ui.label(RichText::new(t!("Not known")).color(theme::colors(ui).warning)),
        }
    });
    row(ui, told, "", &about, |ui| {
        if small_button(ui, &t!("Folder…")).clicked() {
            state.effects.push(Effect::Pick(Pick::Data(DataKind::Folder, DataTarget::Prior)));
        }
        if small_button(ui, &t!("File…")).clicked() {
            state.effects.push(Effect::Pick(Pick::Data(DataKind::Archive, DataTarget::Prior)));
        }
        let other = data != Some(DataSource::BuiltinFaces);
        let built_in = ui.add_enabled_ui(other, |ui| small_button(ui, &t!("Built-in"))).inner;
        let built_in = built_in.on_hover_text(t!("Faces that the program renders itself"));
        if built_in.on_disabled_hover_text(t!("They are chosen already")).clicked() {
            state.train.priors.form.data = Some(DataSource::BuiltinFaces);
        }
    });
}

fn density(ui: &mut Ui, told: &mut FieldHelp, state: &mut State) {
    group(ui, &t!("Density"));
    let form = &mut state.train.priors.form;
    let mixture = PriorKind::Mixture(PriorKind::GAUSSIANS);
    let kinds = [
        (
            PriorKind::Gaussian,
            t!("Gaussian"),
            t!("One Gaussian with a full covariance (Ghosh et al. 2020); seconds"),
        ),
        (mixture, t!("Mixture"), t!("Several Gaussians with full covariances (Ghosh et al. 2020); a minute")),
        (
            PriorKind::Flow,
            t!("Flow"),
            t!(
                "A flow from noise to codes, learned by flow matching (Lipman et al. 2023); minutes, the best draws"
            ),
        ),
    ];
    let about = kinds.iter().find(|(kind, ..)| *kind == form.kind).map_or("", |(.., about)| about.as_ref());
    if let Some(kind) = choice_row(ui, told, &t!("Kind"), about, form.kind, &kinds) {
        form.kind = kind;
    }
    match form.kind {
        PriorKind::Mixture(_) => {
            row(ui, told, &t!("Gaussians"), &t!("Number of Gaussians in the mixture"), |ui| {
                number(ui, &t!("Gaussians"), &mut form.gaussians, 1..=1000);
            });
        }
        PriorKind::Flow => {
            let help = t!(
                "Updates of the flow, at most: it ends before when it no longer gets better on held-out codes"
            );
            row(ui, told, &t!("Updates"), &help, |ui| {
                number(ui, &t!("Updates of the flow"), &mut form.steps, 1..=1_000_000);
            });
            let help =
                t!("Steps from noise to code when the model is used. More are more exact and take longer");
            let choices = SOLVER_STEPS.map(|steps| (steps, steps.to_string(), help.to_string()));
            let picked =
                row(ui, told, &t!("Solver steps"), &help, |ui| choice(ui, form.solver_steps, &choices));
            if let Some(steps) = picked {
                form.solver_steps = steps;
            }
        }
        PriorKind::Gaussian | PriorKind::Standard => (),
    }
    if !matches!(form.kind, PriorKind::Mixture(_)) {
        let help = t!(
            "Factor on the noise of draws: 1 draws from the density itself, less draws likelier codes that differ less"
        );
        row(ui, told, &t!("Truncation"), &help, |ui| {
            real(ui, &t!("Truncation"), &mut form.truncation, 0.0..=2.0, 0.01);
        });
    }
    let help = t!("Seed of the weights, the noise and the order of the codes");
    row(ui, told, &t!("Seed"), &help, |ui| {
        number(ui, &t!("Seed of the prior"), &mut form.seed, 0..=u64::from(u32::MAX));
    });
}

fn foot(ui: &mut Ui, state: &mut State, told: &FieldHelp) {
    let order = state.prior_order();
    let colors = theme::colors(ui);
    ui.separator();
    let file = order.as_ref().ok().map(|order| match &order.out {
        Some(out) => t!("The model with its prior becomes %{file}", file = out.display()),
        None => t!("The prior is stored in the model's own file"),
    });
    let (words, color) = match (&order, told.text(), &file) {
        (Err(problem), ..) => (problem.as_str(), colors.warning),
        (Ok(_), Some(help), _) => (help, colors.text_weak),
        (Ok(_), None, Some(file)) => (file.as_ref(), colors.text_weak),
        (Ok(_), None, None) => ("", colors.text_weak),
    };
    let size = vec2(ui.available_width(), 50.0);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        ui.add(Label::new(RichText::new(words).color(color)).wrap());
    });
    let line = order.as_ref().ok().map(cli_line::prior);
    let under_way = state.train.priors.work.as_ref().is_some_and(PriorWork::is_under_way);
    ui.horizontal(|ui| {
        let button: Button<'_> = theme::primary_button(ui, &t!("Learn the prior"));
        let response = ui.add_enabled(order.is_ok() && !under_way, button);
        let why = match &order {
            Err(problem) => problem.clone().into(),
            Ok(_) => t!("One is being learned already"),
        };
        if response.on_disabled_hover_text(why).clicked() {
            state.learn_prior();
        }
        copy_line(ui, state, false, line, "");
    });
}
