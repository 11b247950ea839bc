//! What the settings of a run are at each of its steps: its schedules, and what was changed on the way.

use super::schedule::{kl_weight_at, learning_rate_at};
use super::{Adjustment, Change, Corruption, Side, Sparsity, TrainConfig};

/// The settings that a run began with and the changes made to them. A `step` is the number of updates done
/// before the one that is asked about.
///
/// Asking costs little enough to draw a curve of thousands of steps in a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    config: TrainConfig,
    /// In the order of their steps.
    changes: Vec<Change>,
    kl_weight: Vec<(usize, KlPiece)>,
    learning_rate: Vec<(usize, f64)>,
    free_bits: Vec<(usize, f64)>,
    sparsity_weight: Vec<(usize, f64)>,
    noise_strength: Vec<(usize, f64)>,
}

/// How the KL weight goes on from a change.
#[derive(Clone, Copy, Debug, PartialEq)]
enum KlPiece {
    Planned,
    Line { from: f64, to: f64, steps: usize },
}

impl Plan {
    /// Of a run with the settings `config`; `changes` in the order in which they were made.
    pub fn new(config: &TrainConfig, changes: &[Change]) -> Self {
        let mut plan = Plan {
            config: config.clone(),
            changes: Vec::new(),
            kl_weight: Vec::new(),
            learning_rate: Vec::new(),
            free_bits: Vec::new(),
            sparsity_weight: Vec::new(),
            noise_strength: Vec::new(),
        };
        changes.iter().for_each(|change| plan.insert(*change));
        plan.lay();
        plan
    }

    /// Adds a change. What was to happen to the same setting at its step or later gives way to it.
    pub fn change(&mut self, change: Change) {
        self.insert(change);
        self.lay();
    }

    /// The settings at the beginning.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// The changes that count, in the order of their steps.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Weight of the KL.
    pub fn kl_weight(&self, step: usize) -> f64 {
        match latest(&self.kl_weight, step) {
            None | Some((_, KlPiece::Planned)) => kl_weight_at(&self.config, step),
            Some((_, KlPiece::Line { to, steps: 0, .. })) => to,
            Some((since, KlPiece::Line { from, to, steps })) => {
                from + (to - from) * ((step - since) as f64 / steps as f64).min(1.0)
            }
        }
    }

    /// Learning rate.
    pub fn learning_rate(&self, step: usize) -> f64 {
        let planned = learning_rate_at(&self.config, step);
        match latest(&self.learning_rate, step) {
            None => planned,
            // This grouping gives the rate itself at the step of the change.
            Some((since, rate)) => rate * (planned / learning_rate_at(&self.config, since)),
        }
    }

    /// Nats of KL that each dimension has at no cost.
    pub fn free_bits(&self, step: usize) -> f64 {
        latest(&self.free_bits, step).map_or(self.config.free_bits, |(_, nats)| nats)
    }

    /// The penalty on the code, if there is one.
    pub fn sparsity(&self, step: usize) -> Option<Sparsity> {
        let changed = latest(&self.sparsity_weight, step);
        self.config.sparsity.map(|s| changed.map_or(s, |(_, weight)| s.with_weight(weight)))
    }

    /// The noise on what is encoded, if there is any.
    pub fn noise(&self, step: usize) -> Option<Corruption> {
        let changed = latest(&self.noise_strength, step);
        self.config.noise.map(|noise| changed.map_or(noise, |(_, strength)| noise.with_strength(strength)))
    }

    /// The network that alone moves in this update; none where both do.
    pub fn only(&self, step: usize) -> Option<Side> {
        let from = self.changes.partition_point(|change| change.step < step);
        let mut now = self.changes[from..].iter().take_while(|change| change.step == step);
        now.find_map(|change| match change.adjustment {
            Adjustment::Only(side) => Some(side),
            _ => None,
        })
    }

    fn insert(&mut self, change: Change) {
        self.changes.retain(|earlier| !change.replaces(*earlier));
        let place = self.changes.partition_point(|earlier| earlier.step <= change.step);
        self.changes.insert(place, change);
    }

    /// Lays out what follows from the changes.
    fn lay(&mut self) {
        self.kl_weight.clear();
        let numbers = [
            &mut self.learning_rate,
            &mut self.free_bits,
            &mut self.sparsity_weight,
            &mut self.noise_strength,
        ];
        numbers.into_iter().for_each(Vec::clear);
        for index in 0..self.changes.len() {
            let Change { step, adjustment } = self.changes[index];
            let piece = match adjustment {
                Adjustment::LearningRate(rate) => {
                    self.learning_rate.push((step, rate));
                    continue;
                }
                Adjustment::FreeBits(nats) => {
                    self.free_bits.push((step, nats));
                    continue;
                }
                Adjustment::SparsityWeight(weight) => {
                    self.sparsity_weight.push((step, weight));
                    continue;
                }
                Adjustment::NoiseStrength(strength) => {
                    self.noise_strength.push((step, strength));
                    continue;
                }
                Adjustment::Only(_) => continue,
                Adjustment::KlPlanned => KlPiece::Planned,
                Adjustment::KlWeight(weight) => KlPiece::Line { from: weight, to: weight, steps: 0 },
                Adjustment::KlAnneal { to, steps } => KlPiece::Line { from: self.kl_weight(step), to, steps },
            };
            self.kl_weight.push((step, piece));
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
    use crate::config::{KlSchedule, LrSchedule, ModelKind, defaults as config};

    fn at(step: usize, adjustment: Adjustment) -> Change {
        Change { step, adjustment }
    }

    #[test]
    fn nothing_changed_is_the_schedules() {
        let config = TrainConfig { steps: 100, kl_schedule: KlSchedule::Warmup(50), ..config() };
        let plan = Plan::new(&config, &[]);
        for step in 0..=100 {
            assert_eq!(plan.kl_weight(step), kl_weight_at(&config, step));
            assert_eq!(plan.learning_rate(step), learning_rate_at(&config, step));
        }
        assert_eq!((plan.free_bits(7), plan.sparsity(7), plan.noise(7)), (0.0, None, None));
    }

    #[test]
    fn a_kl_weight_is_held_and_a_line_leads_from_where_it_stands() {
        let config = TrainConfig { steps: 1000, kl_schedule: KlSchedule::Warmup(100), ..config() };
        let plan = Plan::new(
            &config,
            &[
                at(50, Adjustment::KlAnneal { to: 2.5, steps: 4 }),
                at(60, Adjustment::KlWeight(30.0)),
                at(70, Adjustment::KlAnneal { to: 0.0, steps: 10 }),
                at(75, Adjustment::KlAnneal { to: 16.0, steps: 1 }),
                at(80, Adjustment::KlAnneal { to: 1.0, steps: 0 }),
                at(90, Adjustment::KlPlanned),
            ],
        );
        let weights = |steps: &[usize]| steps.iter().map(|s| plan.kl_weight(*s)).collect::<Vec<_>>();
        assert_eq!(weights(&[49, 50, 51, 52, 53, 54, 59]), [0.49, 0.5, 1.0, 1.5, 2.0, 2.5, 2.5]);
        assert_eq!(weights(&[60, 69, 70, 71, 74]), [30.0, 30.0, 30.0, 27.0, 18.0]);
        assert_eq!(weights(&[75, 76, 79, 80, 89]), [15.0, 16.0, 16.0, 1.0, 1.0]);
        assert_eq!(weights(&[90, 100, 999]), [0.9, 1.0, 1.0]);
    }

    #[test]
    fn a_learning_rate_is_exact_at_its_step_and_its_schedule_goes_on_in_proportion() {
        let config = TrainConfig { steps: 1000, lr_schedule: LrSchedule::Cosine, ..config() };
        let (first, second) = (0.000_123_456_789_f64, 0.7);
        let changes = [at(300, Adjustment::LearningRate(first)), at(600, Adjustment::LearningRate(second))];
        let plan = Plan::new(&config, &changes);
        assert_eq!(plan.learning_rate(299), learning_rate_at(&config, 299));
        assert_eq!((plan.learning_rate(300), plan.learning_rate(600)), (first, second));
        for step in [301, 450, 599] {
            let share = learning_rate_at(&config, step) / learning_rate_at(&config, 300);
            assert_eq!(plan.learning_rate(step), first * share);
        }
        // The second counts alone, not on top of the first.
        let share = learning_rate_at(&config, 1000) / learning_rate_at(&config, 600);
        assert_eq!(plan.learning_rate(1000), second * share);
        let constant = TrainConfig { lr_schedule: LrSchedule::Constant, ..config };
        assert_eq!(Plan::new(&constant, &changes).learning_rate(999), second);
    }

    #[test]
    fn other_settings_are_set() {
        let mut sae = config();
        sae.model.kind = ModelKind::Sae;
        let sae = Plan::new(&sae.completed(), &[at(5, Adjustment::SparsityWeight(3.0))]);
        let Some(Sparsity::Kl { target, weight }) = sae.sparsity(5) else { panic!("{sae:?}") };
        assert_eq!((target, weight, sae.sparsity(4)), (0.05, 3.0, Some(Sparsity::USUAL)));
        let mut dae = config();
        dae.model.kind = ModelKind::Dae;
        let dae = Plan::new(&dae.completed(), &[at(5, Adjustment::NoiseStrength(0.0))]);
        assert_eq!(dae.noise(4), Some(Corruption::USUAL));
        assert_eq!(dae.noise(5), Some(Corruption::Gaussian(0.0)));
        let mut gan = config();
        gan.model.kind = ModelKind::Dcgan;
        let turns = [at(5, Adjustment::Only(Side::Discriminator)), at(6, Adjustment::Only(Side::Generator))];
        let gan = Plan::new(&gan.completed(), &turns);
        let moving = [4, 5, 6, 7].map(|step| gan.only(step));
        assert_eq!(moving, [None, Some(Side::Discriminator), Some(Side::Generator), None]);
        let vae = Plan::new(&config(), &[at(5, Adjustment::FreeBits(0.5))]);
        assert_eq!((vae.free_bits(4), vae.free_bits(5)), (0.0, 0.5));
    }

    #[test]
    fn what_is_asked_for_last_counts() {
        let mut plan = Plan::new(&config(), &[at(20, Adjustment::LearningRate(1.0))]);
        plan.change(at(10, Adjustment::KlWeight(2.0)));
        plan.change(at(10, Adjustment::KlWeight(3.0)));
        // From where the weight stands, which is what was asked for at the same step.
        plan.change(at(10, Adjustment::KlAnneal { to: 5.0, steps: 2 }));
        assert_eq!([10, 11, 12].map(|s| plan.kl_weight(s)), [3.0, 4.0, 5.0]);
        assert_eq!(plan.changes().iter().map(|c| c.step).collect::<Vec<_>>(), [10, 10, 20]);
        // An earlier one, as in a run that goes on from a checkpoint, is not undone by a later one.
        plan.change(at(15, Adjustment::LearningRate(0.5)));
        assert_eq!(plan.learning_rate(25), 0.5 * (plan.learning_rate(25) / plan.learning_rate(15)));
        assert!(!plan.changes().contains(&at(20, Adjustment::LearningRate(1.0))));
        plan.change(at(10, Adjustment::KlPlanned));
        assert_eq!(plan.kl_weight(12), 1.0);
        // The order of those that do not touch each other does not matter.
        let again = Plan::new(&config(), plan.changes());
        assert_eq!(again, plan);
    }
}
