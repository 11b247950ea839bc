//! The Train screen while a prior is set up or learned: what it does in the middle, its form at the right.

use eframe::egui::{Align, Button, Label, Layout, RichText, ScrollArea, Stroke, Ui, vec2};

use super::fields::{FieldHelp, choice_row, group, leave_room_for_bar, number, real, row, small_button};
use crate::config::{DataSource, PriorKind, SOLVER_STEPS};
use crate::gui::cli_line;
use crate::gui::panels::{copy_line, head};
use crate::gui::state::messages::count;
use crate::gui::state::train::prior::{PriorPhase, PriorWork};
use crate::gui::state::{DataKind, DataTarget, Effect, Pick, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::chart::Axes;
use crate::gui::widgets::filmstrip::{filmstrip, fitting};
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{picture, segmented};
use crate::worker::protocol::Control;

/// Height of what stays beneath the settings.
const FOOT: f32 = 116.0;
/// Draws in a row.
const COLUMNS: usize = 8;
/// Largest side of a draw.
const DRAW: f32 = 96.0;
const CURVE: f32 = 180.0;

/// Shows the middle.
pub fn middle(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    ui.heading("Learn a prior");
    ui.add(
        Label::new(
            RichText::new(
                "A decoder paints a face from a code. A prior says which codes are worth painting: a density that is \
                 fitted to the codes of real faces after the model was trained. With one every model that encodes \
                 also draws, and what is between two faces is a face.",
            )
            .color(theme::colors(ui).text_weak),
        )
        .wrap(),
    );
    ui.add_space(theme::GAP);
    let Some(work) = &state.train.priors.work else {
        ui.weak("Choose a model and a density at the right, then start. A Gaussian takes seconds, a mixture a minute, \
                 a flow some minutes");
        return;
    };
    let texts = status(work);
    ui.horizontal(|ui| {
        ui.add(Label::new(theme::semibold(&texts.0, 14.0).color(theme::colors(ui).text_strong)).truncate());
    });
    ui.add(Label::new(RichText::new(&texts.1).weak()).wrap());
    buttons(ui, state);
    ui.add_space(theme::GAP_SMALL);
    let Some(work) = &state.train.priors.work else { return };
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        curve(ui, work);
        if work.draws.is_empty() {
            return;
        }
        head(ui, "Draws", |ui| {
            ui.weak("of the weights as they are now, always from the same noise");
        });
        let side = fitting(ui.available_width(), COLUMNS, DRAW);
        for (row, draws) in work.draws.chunks(COLUMNS).enumerate() {
            filmstrip(ui, COLUMNS, side, |ui| {
                for (index, draw) in draws.iter().enumerate() {
                    let name = format!("Draw {}", row * COLUMNS + index + 1);
                    let texture = textures.picture(ui.ctx(), draw, true);
                    picture::thumb(ui, Some(texture), side, &name, false);
                }
            });
        }
    });
}

/// Title, and where it stands.
fn status(work: &PriorWork) -> (String, String) {
    let title = format!("{} for {}", capitalized(&work.order.kind.label()), work.name);
    let losses = work.losses.last().map(|[step, ..]| {
        let best = work.best().map(|(step, loss)| {
            format!(" · lowest loss on held-out codes {loss:.4} at step {}", count(step))
        });
        format!("step {} of {}{}", count(*step as usize), count(work.order.steps), best.unwrap_or_default())
    });
    let losses = losses.unwrap_or_default();
    let text = match &work.phase {
        _ if work.stopping && work.is_under_way() => "saving and stopping…".into(),
        PriorPhase::Queued => "waits until the job before it is over".into(),
        PriorPhase::Preparing { what, part } => format!("{} · {:.0} %", what.to_lowercase(), 100.0 * part),
        PriorPhase::Training => losses,
        PriorPhase::Held => format!("{losses} · held"),
        PriorPhase::Stopped => {
            format!("{losses} · stopped; it goes on from there").trim_start_matches(" · ").into()
        }
        PriorPhase::Failed(message) => message.clone(),
        PriorPhase::Done(learned) => {
            let info = &learned.info;
            format!(
                "Done in {:.0} s and stored in {}. Codes of {} held-out images: {:.3} nats per number, {:.3} before; \
                 lower is better",
                info.seconds,
                learned.checkpoint.file_name().unwrap_or_default().to_string_lossy(),
                count(info.held_out),
                info.nll,
                info.standard_nll,
            )
        }
    };
    (title, text)
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn buttons(ui: &mut Ui, state: &mut State) {
    let Some(work) = &state.train.priors.work else { return };
    let (phase, stopping) = (work.phase.clone(), work.stopping);
    ui.horizontal(|ui| match phase {
        PriorPhase::Training | PriorPhase::Held => {
            let (icon, text, control) = match phase {
                PriorPhase::Held => (Icon::Play, "Continue", Control::Continue),
                _ => (Icon::Pause, "Pause", Control::Pause),
            };
            if icon.button_with_text(ui, text).clicked() {
                state.control_prior(control);
            }
            if Icon::Save
                .button_with_text(ui, "Save")
                .on_hover_text("Write the state of the flow now")
                .clicked()
            {
                state.control_prior(Control::Save);
            }
            stop(ui, state, "Stop", stopping);
        }
        PriorPhase::Queued | PriorPhase::Preparing { .. } => stop(ui, state, "Cancel", stopping),
        PriorPhase::Stopped => {
            if Icon::Play.button_with_text(ui, "Resume").clicked() {
                state.resume_prior();
            }
        }
        PriorPhase::Done(_) => {
            let help = "Sliders, walks and samples of the model with its prior";
            if Icon::Sliders.button_with_text(ui, "Explore").on_hover_text(help).clicked() {
                state.screen = crate::gui::state::Screen::Explore;
            }
        }
        PriorPhase::Failed(_) => (),
    });
}

fn stop(ui: &mut Ui, state: &mut State, text: &str, stopping: bool) {
    let show = |ui: &mut Ui| Icon::Stop.button_with_text(ui, text);
    if ui
        .add_enabled_ui(!stopping, show)
        .inner
        .on_hover_text("A flow goes on later from where it is")
        .clicked()
    {
        state.stop_prior();
    }
}

/// Both losses over the updates.
fn curve(ui: &mut Ui, work: &PriorWork) {
    if work.losses.len() < 2 {
        return;
    }
    let last = work.losses.last().map_or(1.0, |loss| loss[0]);
    // The first updates would flatten the rest.
    let shown = &work.losses[work.losses.len().min(2) - 1..];
    let values = || shown.iter().flat_map(|loss| [loss[1], loss[2]]);
    let (low, high) = values().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    let margin = 0.05 * (high - low).max(1e-6);
    head(ui, "Loss", |ui| {
        let colors = theme::colors(ui);
        ui.label(RichText::new("held-out codes").color(colors.accent));
        ui.label(RichText::new("training codes").color(colors.text_weak));
    });
    let axes = Axes {
        name: "Loss of the flow over the updates",
        x: 0.0..=last.max(1.0),
        y: (low - margin)..=(high + margin),
        height: CURVE,
        x_title: Some("updates"),
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
    head(ui, "New prior", |_| ());
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
    group(ui, "Model");
    let current = state.prior_model().map(|model| model.source.clone());
    let mut chosen = None;
    ui.with_layout(Layout::top_down_justified(Align::LEFT), |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for model in state.models_with_codes() {
            let selected = current.as_ref() == Some(&model.source);
            let words = match &model.prior {
                Some(prior) => format!("{} · {}", model.name, prior.kind.label()),
                None => model.name.clone(),
            };
            if ui.add(Button::selectable(selected, words).truncate()).clicked() {
                chosen = Some(model.source.clone());
            }
        }
    });
    if current.is_none() {
        ui.weak("No model with an encoder is open");
    }
    if let Some(source) = chosen {
        state.train.priors.form.model = Some(source);
    }
}

fn data(ui: &mut Ui, told: &mut FieldHelp, state: &mut State) {
    group(ui, "Data");
    let words = state.prior_data().map_or_else(|| "Not known".to_owned(), |data| data.in_words());
    let about = "The images that the model was trained on. The prior is fitted to the codes of those of its training \
                 split, and measured on the codes of its validation split";
    row(ui, told, "Images", about, |ui| {
        let strong = RichText::new(&words).color(theme::colors(ui).text_strong);
        ui.add(Label::new(strong).truncate());
    });
    row(ui, told, "", about, |ui| {
        if small_button(ui, "Folder…").clicked() {
            state.effects.push(Effect::Pick(Pick::Data(DataKind::Folder, DataTarget::Prior)));
        }
        if small_button(ui, "File…").clicked() {
            state.effects.push(Effect::Pick(Pick::Data(DataKind::Archive, DataTarget::Prior)));
        }
        if small_button(ui, "Built-in").clicked() {
            state.train.priors.form.data = Some(DataSource::BuiltinFaces);
        }
    });
}

fn density(ui: &mut Ui, told: &mut FieldHelp, state: &mut State) {
    group(ui, "Density");
    let form = &mut state.train.priors.form;
    let mixture = PriorKind::Mixture(PriorKind::GAUSSIANS);
    let kinds = [
        (PriorKind::Gaussian, "Gaussian", "One Gaussian with a full covariance (Ghosh et al. 2020); seconds"),
        (mixture, "Mixture", "Several Gaussians with full covariances (Ghosh et al. 2020); a minute"),
        (
            PriorKind::Flow,
            "Flow",
            "A flow from noise to codes, learned by flow matching (Lipman et al. 2023); minutes, the best draws",
        ),
    ];
    let about = kinds.iter().find(|(kind, ..)| *kind == form.kind).map_or("", |(.., about)| *about);
    if let Some(kind) = choice_row(ui, told, "Kind", about, form.kind, &kinds) {
        form.kind = kind;
    }
    match form.kind {
        PriorKind::Mixture(_) => {
            row(ui, told, "Gaussians", "Number of Gaussians in the mixture", |ui| {
                number(ui, "Gaussians", &mut form.gaussians, 1..=1000);
            });
        }
        PriorKind::Flow => {
            let help = "Updates of the flow, at most: it ends before when it no longer gets better on held-out codes";
            row(ui, told, "Updates", help, |ui| {
                number(ui, "Updates of the flow", &mut form.steps, 1..=1_000_000);
            });
            let help = "Steps from noise to code when the model is used. More are more exact and take longer";
            let choices = SOLVER_STEPS.map(|steps| (steps, steps.to_string()));
            let choices: Vec<_> = choices.iter().map(|(steps, text)| (*steps, text.as_str(), help)).collect();
            let picked =
                row(ui, told, "Solver", help, |ui| segmented::choice(ui, form.solver_steps, &choices));
            if let Some(steps) = picked {
                form.solver_steps = steps;
            }
        }
        PriorKind::Gaussian | PriorKind::Standard => (),
    }
    if !matches!(form.kind, PriorKind::Mixture(_)) {
        let help = "Factor on the noise of draws: 1 draws from the density itself, less draws likelier codes that \
                    differ less";
        row(ui, told, "Truncation", help, |ui| {
            real(ui, "Truncation", &mut form.truncation, 0.0..=2.0, 0.01);
        });
    }
    row(ui, told, "Seed", "Seed of the weights, the noise and the order of the codes", |ui| {
        number(ui, "Seed of the prior", &mut form.seed, 0..=u64::from(u32::MAX));
    });
}

fn foot(ui: &mut Ui, state: &mut State, told: &FieldHelp) {
    let order = state.prior_order();
    let colors = theme::colors(ui);
    ui.separator();
    let file = order.as_ref().ok().map(|order| match &order.out {
        Some(out) => format!("The model with its prior becomes {}", out.display()),
        None => "The prior is stored in the model's own file".to_owned(),
    });
    let (words, color) = match (&order, told.text(), &file) {
        (Err(problem), ..) => (problem.as_str(), colors.warning),
        (Ok(_), Some(help), _) => (help, colors.text_weak),
        (Ok(_), None, Some(file)) => (file.as_str(), colors.text_weak),
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
        let button: Button<'_> = theme::primary_button(ui, "Learn the prior");
        let response = ui.add_enabled(order.is_ok() && !under_way, button);
        let why = match &order {
            Err(problem) => problem.as_str(),
            Ok(_) => "One is being learned already",
        };
        if response.on_disabled_hover_text(why).clicked() {
            state.learn_prior();
        }
        copy_line(ui, state, false, line, "");
    });
}
