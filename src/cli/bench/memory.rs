//! `morphospace bench memory`: whether a long run takes more and more memory.

use std::ops::ControlFlow;

use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::json;

use super::rss;
use super::training::TrainingOptions;
use crate::cli::output::{print_json, print_line};
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::report::{JobEvent, StepReport};
use crate::train;

/// Parts that a run is looked at in.
const PARTS: usize = 10;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    run: TrainingOptions,
    /// Steps to train, 10 at least
    #[arg(long, default_value_t = 5000)]
    steps: usize,
}

/// A tenth of the run.
#[derive(Serialize)]
struct MemorySample {
    /// Its last step.
    step: usize,
    /// The most that the process held after any step of it.
    rss_mib: f64,
}

/// Trains as `morphospace train` does, measuring on validation images, saving and drawing samples at the
/// end of each tenth at least, and prints what the process held in each tenth.
///
/// # Errors
/// As [`train::train`]; a system that does not say how much memory a process holds.
pub fn run(options: Options, json: bool) -> Result<()> {
    let mut training = options.run.training()?;
    let config = &mut training.config;
    config.steps = options.steps.max(PARTS);
    let tenth = config.steps.div_ceil(PARTS);
    for every in [&mut config.validate_every, &mut config.save_every, &mut config.sample_every] {
        *every = tenth.min(*every);
    }
    let bar = ProgressBar::new(config.steps as u64);
    let mut watch = MemoryObserver { tenth, bar, marks: Vec::new(), validations: 0, checkpoints: 0 };
    let summary = train::train(&training.config, &training.out, &mut watch)?;
    watch.bar.finish_and_clear();
    let MemoryObserver { marks, validations, checkpoints, .. } = watch;
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else {
        return Err(Error::Invalid("this system does not say how much memory a process holds".into()));
    };
    let growth = last.rss_mib - first.rss_mib;
    if json {
        return print_json(&json!({
            "steps": summary.steps,
            "steps_per_second": summary.steps_per_second,
            "validations": validations,
            "checkpoints": checkpoints,
            "growth_mib": growth,
            "peak_rss_mib": rss::peak_mib(),
            "rows": marks,
        }));
    }
    for mark in &marks {
        print_line(&format!("up to step {:>6}  {:.1} MiB", mark.step, mark.rss_mib))?;
    }
    print_line(&format!(
        "growth after the first tenth {growth:.1} MiB; {validations} validations, {checkpoints} checkpoints, \
         {:.1} steps/s",
        summary.steps_per_second
    ))
}

/// Looks at the memory after each step.
struct MemoryObserver {
    tenth: usize,
    bar: ProgressBar,
    marks: Vec<MemorySample>,
    validations: usize,
    checkpoints: usize,
}

impl MemoryObserver {
    fn step(&mut self, report: &StepReport) {
        self.bar.set_position(report.step as u64);
        let Some(rss_mib) = rss::resident_mib() else { return };
        match self.marks.last_mut() {
            Some(mark) if report.step <= mark.step => mark.rss_mib = mark.rss_mib.max(rss_mib),
            before => {
                let begun = before.map_or(0, |mark| mark.step);
                self.marks.push(MemorySample { step: (begun + self.tenth).min(report.steps), rss_mib });
            }
        }
    }
}

impl Observer for MemoryObserver {
    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        match event {
            JobEvent::Steps(reports) => reports.iter().for_each(|report| self.step(report)),
            JobEvent::Validation(_) => self.validations += 1,
            JobEvent::Saved { .. } => self.checkpoints += 1,
            _ => (),
        }
        ControlFlow::Continue(())
    }
}
