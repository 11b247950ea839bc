//! The curves of the runs, quantity by quantity.

use eframe::egui::{Align, Layout, ScrollArea, Ui, vec2};

use crate::config::{self, ModelKind, Plan, Setting, TrainConfig};
use crate::gui::intents::{self, Intent};
use crate::gui::state::curves::RunQuantity;
use crate::gui::state::train::Train;
use crate::gui::state::train::run::Run;
use crate::gui::state::{Effect, Pick, Save, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::loss_plot::{Mark, Planned, PlotSpec, RunCurves, controls, plot};

/// Lowest a plot gets.
const LOWEST: f32 = 150.0;
/// Highest a plot gets.
const HIGHEST: f32 = 320.0;
/// Narrowest a plot beside others gets.
const NARROWEST: f32 = 300.0;
/// Points of a planned curve.
const POINTS: usize = 200;

/// A plot: id, title, what it shows of each run.
type Figure = (&'static str, &'static str, &'static [RunQuantity]);

const LOSS: Figure = ("loss", "Loss", &[RunQuantity::Loss, RunQuantity::ValidationLoss]);
const RECONSTRUCTION: Figure = (
    "reconstruction",
    "Reconstruction",
    &[RunQuantity::Reconstruction, RunQuantity::ValidationReconstruction],
);
const KL: Figure = ("kl", "KL", &[RunQuantity::Kl, RunQuantity::ValidationKl]);
const KL_WEIGHT: Figure = ("kl weight", "KL weight", &[RunQuantity::KlWeight]);
const ACTIVE: Figure = ("active units", "Active units", &[RunQuantity::ActiveUnits]);
const SPARSITY: Figure =
    ("sparsity", "Sparsity penalty", &[RunQuantity::Sparsity, RunQuantity::ValidationSparsity]);
const INACTIVE: Figure =
    ("inactive", "Inactive units", &[RunQuantity::InactiveShare, RunQuantity::ValidationInactiveShare]);
const ADVERSARIAL: Figure = (
    "adversarial",
    "Adversarial loss",
    &[RunQuantity::GeneratorLoss, RunQuantity::DiscriminatorLossReal, RunQuantity::DiscriminatorLossFake],
);
const BELIEF: Figure = ("belief", "D(image)", &[RunQuantity::DReal, RunQuantity::DFake]);
const FEATURES: Figure = (
    "features",
    "Feature reconstruction",
    &[RunQuantity::FeatureReconstruction, RunQuantity::ValidationFeatureReconstruction],
);
const FEATURE_WEIGHT: Figure = ("feature weight", "Feature weight", &[RunQuantity::FeatureWeight]);
const PENALTY: Figure = ("penalty", "Gradient penalty", &[RunQuantity::R1, RunQuantity::R2]);
const RE: Figure = ("re", "RE", &[RunQuantity::Re, RunQuantity::ValidationRe]);
const RATE: Figure = ("learning rate", "Learning rate", &[RunQuantity::LearningRate]);
const GRADIENT: Figure = ("gradient", "Gradient norm", &[RunQuantity::GradientNorm]);
const SPEED: Figure = ("speed", "Images per second", &[RunQuantity::ImagesPerSecond]);

/// All of them, in the order in which they are shown.
const FIGURES: &[Figure] = &[
    ADVERSARIAL,
    BELIEF,
    LOSS,
    RECONSTRUCTION,
    FEATURES,
    FEATURE_WEIGHT,
    KL,
    KL_WEIGHT,
    SPARSITY,
    INACTIVE,
    RE,
    ACTIVE,
    PENALTY,
    RATE,
    GRADIENT,
    SPEED,
];

/// The plots of the visible runs: those that at least one of them has all quantities of.
fn figures(train: &Train) -> Vec<Figure> {
    let visible = || train.runs.iter().filter(|run| run.visible).filter_map(Run::config);
    let has_penalty = visible().any(|config| config.adversarial.settled(config.model.kind).has_penalty());
    let plain = config::defaults_of(ModelKind::Ae);
    let mut configs: Vec<&TrainConfig> = visible().collect();
    if configs.is_empty() {
        configs.push(&plain);
    }
    let shown = |(id, _, quantities): &&Figure| {
        let mut having = configs.iter().filter(|config| quantities.iter().all(|q| q.is_of(config)));
        match *id {
            // They say that a posterior has collapsed.
            "active units" => having.any(|config| config.model.kind.is_variational()),
            "penalty" => has_penalty,
            // A VAE-GAN is not measured so on the validation images.
            "features" => configs.iter().any(|config| RunQuantity::FeatureReconstruction.is_of(config)),
            _ => having.next().is_some(),
        }
    };
    FIGURES.iter().filter(shown).copied().collect()
}

/// Shows the plots over the rest of the middle.
pub fn show(ui: &mut Ui, state: &mut State) {
    ui.horizontal(|ui| {
        controls(ui, &mut state.train.plots);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            intents::icon_button(ui, state, Intent::Save, Icon::Save);
        });
    });
    let figures = figures(&state.train);
    let gap = theme::GAP;
    let columns = (((ui.available_width() + gap) / (NARROWEST + gap)) as usize).clamp(1, 4);
    let rows = figures.len().div_ceil(columns);
    let height = ((ui.available_height() - gap * (rows - 1) as f32) / rows as f32).clamp(LOWEST, HIGHEST);
    let width = (ui.available_width() - gap * (columns - 1) as f32) / columns as f32;
    let runs = &state.train.runs;
    let seen: Vec<PlottedRun> = runs.iter().map(|run| PlottedRun::new(ui, run)).collect();
    let curves: Vec<RunCurves<'_>> = (runs.iter().zip(&seen))
        .map(|(run, seen)| RunCurves {
            name: &seen.name,
            color: seen.color,
            visible: run.visible,
            curves: &run.curves,
            marks: &seen.marks,
        })
        .collect();
    let area = ui.available_rect_before_wrap();
    state.train.plots_area = [area.left(), area.top(), area.width(), area.height()];
    let mut wanted = None;
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(gap, gap);
        for row in figures.chunks(columns) {
            ui.horizontal_top(|ui| {
                for (id, title, quantities) in row {
                    let planned: Vec<Planned<'_>> = (seen.iter())
                        .filter_map(|seen| {
                            Some(Planned { color: seen.color, points: seen.planned(quantities)? })
                        })
                        .collect();
                    ui.allocate_ui(vec2(width, height), |ui| {
                        ui.set_width(width);
                        let spec =
                            PlotSpec { id, title, quantities, runs: &curves, planned: &planned, height };
                        if plot(ui, &mut state.train.plots, &spec).table_wanted {
                            wanted = Some(*quantities);
                        }
                    });
                }
            });
        }
    });
    if let Some(quantities) = wanted {
        state.effects.push(Effect::Pick(Pick::File(Save::Numbers(quantities))));
    }
}

/// Parts of a run that the plots need beside its curves.
struct PlottedRun {
    name: String,
    color: eframe::egui::Color32,
    marks: Vec<Mark>,
    kl_weight: Vec<[f64; 2]>,
    learning_rate: Vec<[f64; 2]>,
}

impl PlottedRun {
    fn new(ui: &Ui, run: &Run) -> Self {
        let plan = run.plan.as_ref().filter(|_| run.visible);
        let marks = plan.map_or(&[][..], Plan::changes).iter();
        let marks = marks.map(|change| Mark { step: change.step, label: change.adjustment.to_string() });
        // A run that is over has nothing ahead.
        let plan = plan.filter(|_| run.job.is_some() || run.can_resume());
        let ahead = |setting| {
            let Some(plan) = plan else { return Vec::new() };
            let left = run.steps().saturating_sub(run.step);
            // A run may be planned for more steps than can be multiplied.
            let step_of = |index: usize| run.step + (left as u128 * index as u128 / POINTS as u128) as usize;
            (0..=POINTS).map(|index| [step_of(index) as f64, plan.value(setting, step_of(index))]).collect()
        };
        PlottedRun {
            name: run.name(),
            color: theme::run_color(ui, run.color),
            marks: marks.collect(),
            kl_weight: ahead(Setting::KlWeight),
            learning_rate: ahead(Setting::LearningRate),
        }
    }

    /// The curve that is planned of what a plot shows, if there is one.
    fn planned(&self, quantities: &[RunQuantity]) -> Option<&[[f64; 2]]> {
        let points = match quantities {
            [RunQuantity::KlWeight] => &self.kl_weight,
            [RunQuantity::LearningRate] => &self.learning_rate,
            _ => return None,
        };
        (!points.is_empty()).then_some(points)
    }
}
