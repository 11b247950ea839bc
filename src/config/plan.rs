//! Settings of a run at each of its steps: its schedules, and the changes on the way.

use std::collections::BTreeMap;

use super::settings::{Course, Setting};
use super::{Adjustment, Change, Side, Target, TrainConfig};

/// The settings that a run began with and the changes made to them. A `step` is the number of updates done
/// before the one that is asked about.
///
/// Asking costs little enough to draw a curve of thousands of steps in a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    config: TrainConfig,
    /// In the order of their steps.
    changes: Vec<Change>,
    /// Pieces that follow from the changes, each list in the order of its steps.
    pieces: BTreeMap<Setting, Vec<(usize, Piece)>>,
}

/// Course of a setting from a change on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    Planned,
    Line { from: f64, to: f64, steps: usize },
    InProportion(f64),
}

impl Plan {
    /// The plan of a run with the settings `config`; `changes` in the order in which they were made.
    pub fn new(config: &TrainConfig, changes: &[Change]) -> Self {
        let mut plan = Plan { config: config.clone(), changes: Vec::new(), pieces: BTreeMap::new() };
        changes.iter().for_each(|change| plan.insert(*change));
        plan.rebuild();
        plan
    }

    /// Adds a change. What was to happen to the same setting at its step or later gives way to it.
    pub fn change(&mut self, change: Change) {
        self.insert(change);
        self.rebuild();
    }

    /// The settings at the beginning.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// The changes that count, in the order of their steps.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The number of a setting that can change; 0 where the run has none.
    pub fn value(&self, setting: Setting, step: usize) -> f64 {
        let planned = |step| setting.planned(&self.config, step);
        match self.pieces.get(&setting).and_then(|pieces| latest(pieces, step)) {
            None | Some((_, Piece::Planned)) => planned(step),
            Some((_, Piece::Line { to, steps: 0, .. })) => to,
            Some((since, Piece::Line { from, to, steps })) => {
                from + (to - from) * ((step - since) as f64 / steps as f64).min(1.0)
            }
            // This grouping gives the number itself at the step of the change.
            Some((since, Piece::InProportion(value))) => value * (planned(step) / planned(since)),
        }
    }

    /// The settings, each as it is in the update after `step` others.
    pub fn at(&self, step: usize) -> TrainConfig {
        let mut config = self.config.clone();
        Setting::changeable().for_each(|setting| setting.set(&mut config, self.value(setting, step)));
        config
    }

    /// The network that alone moves in this update; none where both do.
    pub fn only(&self, step: usize) -> Option<Side> {
        let from = self.changes.partition_point(|change| change.step < step);
        let mut now = self.changes[from..].iter().take_while(|change| change.step == step);
        now.find_map(|change| match change.adjustment {
            Adjustment::Only(side) => Some(side),
            Adjustment::Set { .. } => None,
        })
    }

    /// A sentence for each setting that is still on its way when the run ends.
    pub fn unfinished(&self) -> impl Iterator<Item = String> {
        Setting::changeable().filter_map(|setting| self.unfinished_of(setting))
    }

    /// A sentence if this setting is still on its way when the run ends. A run whose length is counted in passes over
    /// images that are not known yet has no end.
    pub fn unfinished_of(&self, setting: Setting) -> Option<String> {
        let (last, epochs) = (self.config.steps, self.config.epochs);
        if epochs.is_some() || !setting.belongs_to(self.config.model.kind) {
            return None;
        }
        let (since, to, updates) = match self.pieces.get(&setting).and_then(|pieces| pieces.last()) {
            None | Some((_, Piece::Planned)) => {
                (0, setting.value(&self.config)?, setting.rises_over(&self.config))
            }
            Some((since, Piece::Line { to, steps, .. })) => (*since, *to, *steps),
            Some((_, Piece::InProportion(_))) => return None,
        };
        let end = since.saturating_add(updates);
        (updates > 0 && end > last).then(|| {
            format!(
                "The {} gets to {to} by step {end} only, and the run ends at step {last} with {:.3}; a longer run \
                 or fewer steps on the way would lead it there",
                setting.label(),
                self.value(setting, last.saturating_sub(1))
            )
        })
    }

    fn insert(&mut self, change: Change) {
        self.changes.retain(|earlier| !change.replaces(*earlier));
        let place = self.changes.partition_point(|earlier| earlier.step <= change.step);
        self.changes.insert(place, change);
    }

    /// Lays out what follows from the changes.
    fn rebuild(&mut self) {
        self.pieces.clear();
        for index in 0..self.changes.len() {
            let Change { step, adjustment } = self.changes[index];
            let Adjustment::Set { setting, target } = adjustment else { continue };
            let in_proportion = setting.live().is_some_and(|live| live.course == Course::InProportion);
            let piece = match target {
                Target::Planned => Piece::Planned,
                Target::Value { value, .. } if in_proportion => Piece::InProportion(value),
                Target::Value { value, updates } => {
                    Piece::Line { from: self.value(setting, step), to: value, steps: updates }
                }
            };
            self.pieces.entry(setting).or_default().push((step, piece));
        }
    }
}

/// The last of the pieces, which are in order, that begins at `step` or before.
fn latest<T: Copy>(pieces: &[(usize, T)], step: usize) -> Option<(usize, T)> {
    pieces[..pieces.partition_point(|(since, _)| *since <= step)].last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schedule::{kl_weight_at, learning_rate_at};
    use crate::config::{Corruption, KlSchedule, LrSchedule, ModelKind, Sparsity, defaults as config};

    fn at(step: usize, adjustment: Adjustment) -> Change {
        Change { step, adjustment }
    }

    #[test]
    fn nothing_changed_is_the_schedules() {
        let config = TrainConfig { steps: 100, kl_schedule: KlSchedule::Warmup(50), ..config() };
        let plan = Plan::new(&config, &[]);
        for step in 0..=100 {
            assert_eq!(plan.value(Setting::KlWeight, step), kl_weight_at(&config, step));
            assert_eq!(plan.value(Setting::LearningRate, step), learning_rate_at(&config, step));
        }
        assert_eq!((plan.at(7).free_bits, plan.at(7).sparsity, plan.at(7).noise), (0.0, None, None));
    }

    #[test]
    fn a_kl_weight_is_held_and_a_line_leads_from_where_it_stands() {
        let config = TrainConfig { steps: 1000, kl_schedule: KlSchedule::Warmup(100), ..config() };
        let plan = Plan::new(
            &config,
            &[
                at(50, Adjustment::line(Setting::KlWeight, 2.5, 4)),
                at(60, Adjustment::to(Setting::KlWeight, 30.0)),
                at(70, Adjustment::line(Setting::KlWeight, 0.0, 10)),
                at(75, Adjustment::line(Setting::KlWeight, 16.0, 1)),
                at(80, Adjustment::line(Setting::KlWeight, 1.0, 0)),
                at(90, Adjustment::planned(Setting::KlWeight)),
            ],
        );
        let weights =
            |steps: &[usize]| steps.iter().map(|s| plan.value(Setting::KlWeight, *s)).collect::<Vec<_>>();
        assert_eq!(weights(&[49, 50, 51, 52, 53, 54, 59]), [0.49, 0.5, 1.0, 1.5, 2.0, 2.5, 2.5]);
        assert_eq!(weights(&[60, 69, 70, 71, 74]), [30.0, 30.0, 30.0, 27.0, 18.0]);
        assert_eq!(weights(&[75, 76, 79, 80, 89]), [15.0, 16.0, 16.0, 1.0, 1.0]);
        assert_eq!(weights(&[90, 100, 999]), [0.9, 1.0, 1.0]);
    }

    #[test]
    fn a_learning_rate_is_exact_at_its_step_and_its_schedule_goes_on_in_proportion() {
        let config = TrainConfig { steps: 1000, lr_schedule: LrSchedule::Cosine, ..config() };
        let (first, second) = (0.000_123_456_789_f64, 0.7);
        let changes = [
            at(300, Adjustment::to(Setting::LearningRate, first)),
            at(600, Adjustment::to(Setting::LearningRate, second)),
        ];
        let plan = Plan::new(&config, &changes);
        assert_eq!(plan.value(Setting::LearningRate, 299), learning_rate_at(&config, 299));
        assert_eq!(
            (plan.value(Setting::LearningRate, 300), plan.value(Setting::LearningRate, 600)),
            (first, second)
        );
        for step in [301, 450, 599] {
            let share = learning_rate_at(&config, step) / learning_rate_at(&config, 300);
            assert_eq!(plan.value(Setting::LearningRate, step), first * share);
        }
        // The second counts alone, not on top of the first.
        let share = learning_rate_at(&config, 1000) / learning_rate_at(&config, 600);
        assert_eq!(plan.value(Setting::LearningRate, 1000), second * share);
        let constant = TrainConfig { lr_schedule: LrSchedule::Constant, ..config };
        assert_eq!(Plan::new(&constant, &changes).value(Setting::LearningRate, 999), second);
    }

    #[test]
    fn other_settings_are_set() {
        let mut sae = config();
        sae.model.kind = ModelKind::Sae;
        let sae = Plan::new(&sae.completed(), &[at(5, Adjustment::to(Setting::Sparsity, 3.0))]);
        let Some(Sparsity::Kl { target, weight }) = sae.at(5).sparsity else { panic!("{sae:?}") };
        assert_eq!((target, weight, sae.at(4).sparsity), (0.05, 3.0, Some(Sparsity::USUAL)));
        let mut dae = config();
        dae.model.kind = ModelKind::Dae;
        let dae = Plan::new(&dae.completed(), &[at(5, Adjustment::to(Setting::Noise, 0.0))]);
        assert_eq!(dae.at(4).noise, Some(Corruption::USUAL));
        assert_eq!(dae.at(5).noise, Some(Corruption::Gaussian(0.0)));
        let mut gan = config();
        gan.model.kind = ModelKind::Dcgan;
        let turns = [at(5, Adjustment::Only(Side::Discriminator)), at(6, Adjustment::Only(Side::Generator))];
        let gan = Plan::new(&gan.completed(), &turns);
        let moving = [4, 5, 6, 7].map(|step| gan.only(step));
        assert_eq!(moving, [None, Some(Side::Discriminator), Some(Side::Generator), None]);
        let vae = Plan::new(&config(), &[at(5, Adjustment::to(Setting::FreeBits, 0.5))]);
        assert_eq!((vae.at(4).free_bits, vae.at(5).free_bits), (0.0, 0.5));
    }

    #[test]
    fn what_is_asked_for_last_counts() {
        let mut plan = Plan::new(&config(), &[at(20, Adjustment::to(Setting::LearningRate, 1.0))]);
        plan.change(at(10, Adjustment::to(Setting::KlWeight, 2.0)));
        plan.change(at(10, Adjustment::to(Setting::KlWeight, 3.0)));
        // From where the weight stands, which is what was asked for at the same step.
        plan.change(at(10, Adjustment::line(Setting::KlWeight, 5.0, 2)));
        assert_eq!([10, 11, 12].map(|s| plan.value(Setting::KlWeight, s)), [3.0, 4.0, 5.0]);
        assert_eq!(plan.changes().iter().map(|c| c.step).collect::<Vec<_>>(), [10, 10, 20]);
        // An earlier one, as in a run that goes on from a checkpoint, is not undone by a later one.
        plan.change(at(15, Adjustment::to(Setting::LearningRate, 0.5)));
        assert_eq!(
            plan.value(Setting::LearningRate, 25),
            0.5 * (plan.value(Setting::LearningRate, 25) / plan.value(Setting::LearningRate, 15))
        );
        assert!(!plan.changes().contains(&at(20, Adjustment::to(Setting::LearningRate, 1.0))));
        plan.change(at(10, Adjustment::planned(Setting::KlWeight)));
        assert_eq!(plan.value(Setting::KlWeight, 12), 1.0);
        // The order of those that do not touch each other does not matter.
        let again = Plan::new(&config(), plan.changes());
        assert_eq!(again, plan);
    }

    #[test]
    fn what_a_run_does_not_get_to_is_told() {
        let said = |config: &TrainConfig, changes: &[Change]| {
            Plan::new(config, changes).unfinished().collect::<Vec<_>>().join("; ")
        };
        let of =
            |steps, schedule| TrainConfig { steps, kl_schedule: KlSchedule::Warmup(schedule), ..config() };
        assert_eq!(said(&of(5000, 5000), &[]), "");
        let message = said(&of(2000, 5000), &[]);
        assert!(message.contains("KL weight") && message.contains("step 5000"), "{message}");
        assert!(message.contains("ends at step 2000 with 0.400"), "{message}");
        let line = at(1900, Adjustment::line(Setting::KlWeight, 3.0, 200));
        let message = said(&of(2000, 100), &[line]);
        assert!(message.contains("gets to 3 by step 2100"), "{message}");
        // Whatever came before no longer matters; what has no end cannot come too late.
        assert_eq!(said(&of(2000, 5000), &[at(10, Adjustment::to(Setting::KlWeight, 2.0))]), "");
        assert_eq!(said(&TrainConfig { epochs: Some(3), ..of(2000, 5000) }, &[]), "");
        let mut ae = of(2000, 5000);
        ae.model.kind = ModelKind::Ae;
        assert_eq!(said(&ae, &[]), "");
    }
}
