//! Explanation of a run that has diverged: what happened, which setting did it, how to go on.

use std::path::Path;

use crate::config::{Change, Plan, Setting};
use crate::error::Error;

/// A way for a run to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symptom {
    /// Numbers that are none.
    NotFinite,
    /// Numbers that are out of any order, see [`super::health`].
    Exploded,
}

/// Remains of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastGood<'a> {
    /// Its checkpoint.
    pub file: &'a Path,
    /// Updates done in it.
    pub step: usize,
    /// The changes of settings in it.
    pub changes: &'a [Change],
}

/// The update of number `step`, from 1, went wrong.
pub(super) fn diverged(symptom: Symptom, plan: &Plan, step: usize, last: LastGood<'_>) -> Error {
    let what = match symptom {
        Symptom::NotFinite => "the loss, its gradient or the weights are no longer numbers",
        Symptom::Exploded => {
            "update after update its pictures are much further from the photos than plain grey ones, or its \
             codes far beyond the prior"
        }
    };
    let remedy = match likely_cause(plan, step) {
        Some(Raise { setting, change, from, to }) => {
            let label = setting.label();
            let blame = format!(
                "Most likely at fault is the {label}, which was raised from {from} to {to} at step {}",
                change.step
            );
            match last.changes.contains(&change) {
                true => format!("{blame}. Lower it and resume"),
                false => format!("{blame}. Resumed, the run goes on from there without that change"),
            }
        }
        None => {
            let config = plan.config();
            let kind = config.model.kind;
            let others: String = Setting::changeable()
                .filter(|s| *s != Setting::LearningRate && s.belongs_to(kind) && can_diverge(*s))
                .filter(|setting| setting.value(config).is_some_and(|value| value > 0.0))
                .map(|setting| format!(", or a lower {}", setting.flag()))
                .collect();
            format!("Resume with a lower --lr than {}{others}", config.learning_rate)
        }
    };
    Error::Diverged(format!(
        "training has diverged by step {}: {what}. The last good checkpoint, of step {}, is kept in {}. {remedy}",
        step,
        last.step,
        last.file.display(),
    ))
}

/// A change that made training less steady.
struct Raise {
    setting: Setting,
    change: Change,
    from: f64,
    to: f64,
}

/// The last change before the update of number `step` that raised what can make training diverge.
fn likely_cause(plan: &Plan, step: usize) -> Option<Raise> {
    let changes = plan.changes();
    (0..changes.len()).rev().filter(|index| changes[*index].step < step).find_map(|index| {
        let change = changes[index];
        let setting = change.adjustment.setting().filter(|setting| can_diverge(*setting))?;
        let from = Plan::new(plan.config(), &changes[..index]).value(setting, change.step);
        let to = change.adjustment.value()?;
        (to > from).then_some(Raise { setting, change, from, to })
    })
}

fn can_diverge(setting: Setting) -> bool {
    setting.live().is_some_and(|live| live.can_diverge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults as config;
    use crate::config::{Adjustment, LrSchedule};

    fn said(changes: &[Change], kept: usize, step: usize) -> String {
        let config = crate::config::TrainConfig { lr_schedule: LrSchedule::Constant, ..config() };
        let plan = Plan::new(&config, changes);
        let last = LastGood { file: Path::new("run/checkpoint"), step: 100, changes: &changes[..kept] };
        diverged(Symptom::NotFinite, &plan, step, last).to_string()
    }

    #[test]
    fn the_last_raise_is_named_and_how_to_go_on() {
        let changes = [
            Change { step: 50, adjustment: Adjustment::to(Setting::KlWeight, 3.0) },
            Change { step: 120, adjustment: Adjustment::to(Setting::LearningRate, 0.5) },
            Change { step: 130, adjustment: Adjustment::line(Setting::KlWeight, 0.0, 10) },
            Change { step: 900, adjustment: Adjustment::to(Setting::KlWeight, 1e9) },
        ];
        let text = said(&changes, 1, 141);
        assert!(text.contains("by step 141") && text.contains("of step 100"), "{text}");
        assert!(text.contains("learning rate, which was raised from 0.001 to 0.5 at step 120"), "{text}");
        assert!(text.ends_with("without that change"), "{text}");
        let text = said(&changes[..1], 1, 141);
        assert!(text.contains("KL weight, which was raised from 1 to 3 at step 50"), "{text}");
        assert!(text.ends_with("Lower it and resume"), "{text}");
        let text = said(&[], 0, 141);
        assert!(text.ends_with("a lower --lr than 0.001, or a lower --kl-weight"), "{text}");
    }
}
