//! Posterior collapse and its cure, shown on a small VAE: an ordinary run whose KL weight is changed by a
//! script, watched by an observer that says what is going on.
//!
//! Decoders that stop using their codes under a strong KL, and a weight that grows from 0 and brings them
//! back, is from Bowman et al. 2016, "Generating sentences from a continuous space",
//! <https://arxiv.org/abs/1511.06349>, section 3.1.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::config::{
    Adjustment, Augmentation, Change, CodeUnits, DataSource, DatasetConfig, KlSchedule, LrSchedule,
    ModelConfig, ModelKind, Normalization, OptimizerKind, Setting, TrainConfig, defaults,
};
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::report::{Chapter, CollapseSummary, JobEvent};
use crate::train::train_by_script;

/// The KL weight that a VAE lives well with, and the one that it collapses under. A dimension is given up when
/// the weight is more than about twice the squared error that it saves (Lucas et al. 2019,
/// <https://arxiv.org/abs/1911.02469>, for linear models), and the whole variance of 32 × 32 faces is below 200.
const MODERATE: f64 = 1.0;
const CRUSHING: f64 = 200.0;

const CHAPTERS: usize = 3;
const TITLE: &str = "Showing posterior collapse and its cure";

/// The parts of the demonstration that are about to be seen.
const WORDS: [(&str, &str); CHAPTERS] = [
    (
        "Learning",
        "With a KL weight of 1 the encoder learns to write what tells one face from another into the code, and \
         the reconstructions come to look like the photos. Photos that are given another's code turn into \
         that other face: the decoder listens.",
    ),
    (
        "Collapse",
        "The KL weight rises to 200. Now every nat in the code costs more than the better picture is worth, so \
         one dimension after another goes back to the prior, until every photo comes out as the same average \
         face and it no longer matters whose code the decoder is given.",
    ),
    (
        "Rescue",
        "The KL weight drops to 0 and grows back to 1 in small steps. While the code costs nothing the encoder \
         writes into it again and the decoder learns to listen again; when the weight is back, both have \
         something to lose by stopping.",
    ),
];

/// Every text of the demonstration.
pub fn collapse_words() -> impl Iterator<Item = &'static str> {
    WORDS.into_iter().flat_map(|(title, text)| [title, text])
}

/// Updates of each part, and what it is trained with.
struct Script {
    /// With the moderate weight.
    learning: usize,
    /// While the weight rises.
    rising: usize,
    /// Under the crushing weight.
    crushed: usize,
    /// While the weight grows from 0.
    annealing: usize,
    /// With the moderate weight again.
    recovering: usize,
    base_width: usize,
    batch_size: usize,
    /// Updates between two measurements; the ends of the parts are multiples of it.
    measure_every: usize,
}

const FULL: Script = Script {
    learning: 400,
    rising: 100,
    crushed: 50,
    annealing: 150,
    recovering: 300,
    base_width: 16,
    batch_size: 64,
    measure_every: 50,
};

const QUICK: Script = Script {
    learning: 160,
    rising: 40,
    crushed: 40,
    annealing: 80,
    recovering: 80,
    base_width: 8,
    batch_size: 32,
    measure_every: 40,
};

impl Script {
    /// Updates done at the end of each part.
    fn ends(&self) -> [usize; CHAPTERS] {
        let collapsed = self.learning + self.rising + self.crushed;
        [self.learning, collapsed, collapsed + self.annealing + self.recovering]
    }

    fn changes(&self) -> Vec<Change> {
        let [learned, collapsed, _] = self.ends();
        let anneal = |to, steps| Adjustment::line(Setting::KlWeight, to, steps);
        vec![
            Change { step: learned, adjustment: anneal(CRUSHING, self.rising) },
            Change { step: collapsed, adjustment: Adjustment::to(Setting::KlWeight, 0.0) },
            Change { step: collapsed, adjustment: anneal(MODERATE, self.annealing) },
        ]
    }

    fn config(&self, data: &DataSource, seed: u64) -> TrainConfig {
        let [.., steps] = self.ends();
        TrainConfig {
            model: ModelConfig {
                kind: ModelKind::Vae,
                image_size: 32,
                latent_dim: 32,
                latent_grid: None,
                linear: false,
                base_width: self.base_width,
                normalization: Normalization::Batch,
                code_units: CodeUnits::Linear,
                channels: 3,
                imported: None,
            },
            dataset: DatasetConfig { source: data.clone(), flip: true, augment: Augmentation::NONE },
            steps,
            batch_size: self.batch_size,
            learning_rate: 2e-3,
            lr_schedule: LrSchedule::Constant,
            optimizer: OptimizerKind::Adamw,
            seed,
            kl_weight: MODERATE,
            kl_schedule: KlSchedule::Constant,
            validate_every: self.measure_every,
            save_every: self.measure_every,
            sample_every: self.measure_every,
            ..defaults()
        }
    }
}

/// A demonstration of posterior collapse and its cure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CollapseOrder {
    /// The images.
    pub data: DataSource,
    /// A shorter version.
    pub quick: bool,
    /// Seed of the weights, the batches and the noise.
    pub seed: u64,
    /// The folder of the run.
    pub out: PathBuf,
}

/// Trains a small VAE into the folder `out` with a moderate KL weight, raises the weight until the posterior
/// has collapsed, lowers it to 0 and lets it grow until the code is used again. The same seed gives the same
/// numbers. What is changed stands in the run's plan from the beginning, so that a run that is killed goes on by
/// the script when it is resumed.
///
/// # Errors
/// As [`crate::train::train`]; when fewer than two of the images are left for validation, on which active units are
/// counted.
pub fn demonstrate_collapse(order: &CollapseOrder, observer: &mut dyn Observer) -> Result<CollapseSummary> {
    let CollapseOrder { data, quick, seed, out } = order;
    let script = if *quick { QUICK } else { FULL };
    let config = script.config(data, *seed);
    let latent_dim = config.model.latent_dim;
    let began = Instant::now();
    let mut narrator =
        CollapseObserver { observer, ends: script.ends(), active_units: [None; CHAPTERS], can_measure: true };
    let trained = train_by_script(&config, script.changes(), out, &mut narrator);
    let (active_units, can_measure) = (narrator.active_units, narrator.can_measure);
    let too_few = || {
        Error::Invalid(format!(
            "{data}: too few images to count active units on; some 20 are needed for one to be left for \
             validation, and a hundred are better"
        ))
    };
    let summary = trained.map_err(|error| if can_measure { error } else { too_few() })?;
    let [Some(start), Some(collapsed), Some(recovered)] = active_units else { return Err(too_few()) };
    Ok(CollapseSummary {
        active_units_start: start,
        active_units_collapsed: collapsed,
        active_units_recovered: recovered,
        latent_dim,
        steps: summary.steps,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// Passes everything on, tells the parts as they come, and keeps what was measured at their ends.
struct CollapseObserver<'a> {
    observer: &'a mut dyn Observer,
    ends: [usize; CHAPTERS],
    active_units: [Option<usize>; CHAPTERS],
    /// Whether there are images to measure on.
    can_measure: bool,
}

impl CollapseObserver<'_> {
    fn tell(&mut self, number: usize) {
        let (title, text) = WORDS[number];
        let (title, text) = (title.to_owned(), text.to_owned());
        self.observer.tell(JobEvent::Chapter(Chapter { number, of: CHAPTERS, title, text }));
    }
}

impl Observer for CollapseObserver<'_> {
    fn inner(&mut self) -> Option<&mut dyn Observer> {
        Some(self.observer)
    }

    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        match event {
            JobEvent::Started { .. } => {
                self.observer.started(TITLE);
                ControlFlow::Continue(())
            }
            JobEvent::Run(info) => {
                self.can_measure = info.validation_images >= 2;
                self.observer.tell(JobEvent::Run(info));
                self.tell(0);
                ControlFlow::Continue(())
            }
            JobEvent::Steps(reports) => {
                let done = reports.last().map(|report| report.step);
                let flow = self.observer.event(JobEvent::Steps(reports));
                if let Some(part) = self.ends[..CHAPTERS - 1].iter().position(|end| Some(*end) == done) {
                    self.tell(part + 1);
                }
                if self.can_measure { flow } else { ControlFlow::Break(()) }
            }
            JobEvent::Validation(report) => {
                if let Some(part) = self.ends.iter().position(|end| *end == report.step) {
                    self.active_units[part] = report.active_units;
                }
                self.observer.event(JobEvent::Validation(report))
            }
            event => self.observer.event(event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Plan;

    #[test]
    fn the_weight_rises_drops_and_grows_as_it_is_told() {
        for script in [FULL, QUICK] {
            let plan = Plan::new(&script.config(&DataSource::BuiltinFaces, 0), &script.changes());
            let [learned, collapsed, end] = script.ends();
            let weights = [0, learned, learned + script.rising, collapsed - 1]
                .map(|s| plan.value(Setting::KlWeight, s));
            assert_eq!(weights, [MODERATE, MODERATE, CRUSHING, CRUSHING]);
            let weights = [collapsed, collapsed + script.annealing / 2, end - 1]
                .map(|s| plan.value(Setting::KlWeight, s));
            assert_eq!(weights, [0.0, MODERATE / 2.0, MODERATE]);
            assert!(script.ends().iter().all(|end| end.is_multiple_of(script.measure_every)));
            plan.config().validate().unwrap();
        }
    }
}
