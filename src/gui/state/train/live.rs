//! Settings that a hand is moving while a run goes on: the run is told of each at most ten times a second,
//! and of the last.

use std::collections::BTreeMap;

use crate::config::{Adjustment, Setting};

/// Seconds between two changes that a moving hand makes.
const PACE: f64 = 0.1;

/// Adjustments under way to a run.
#[derive(Debug, Default)]
pub struct Live {
    drafts: BTreeMap<Setting, Draft>,
    told: Option<f64>,
    /// Where an annealing of the KL weight is to end; none until somebody has said so.
    pub anneal_to: Option<f64>,
    /// Updates that it is to take; none until somebody has said so.
    pub anneal_steps: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Draft {
    adjustment: Adjustment,
    is_told: bool,
}

impl Live {
    /// A person wants this.
    pub fn set(&mut self, adjustment: Adjustment) {
        let Some(setting) = adjustment.setting() else { return };
        // A hand that rests on a value says nothing new.
        if self.wanted(setting) != Some(adjustment) {
            self.drafts.insert(setting, Draft { adjustment, is_told: false });
        }
    }

    /// Value that a person wants of a setting, until the run has answered.
    pub fn wanted(&self, setting: Setting) -> Option<Adjustment> {
        self.drafts.get(&setting).map(|draft| draft.adjustment)
    }

    /// Adjustments to send now, at a time in seconds; all of them, if no hand is moving any more.
    pub fn due(&mut self, now: f64, at_rest: bool) -> Vec<Adjustment> {
        if !at_rest && self.told.is_some_and(|told| now - told < PACE) {
            return Vec::new();
        }
        let mut due = Vec::new();
        for draft in self.drafts.values_mut().filter(|draft| !draft.is_told) {
            draft.is_told = true;
            due.push(draft.adjustment);
        }
        if !due.is_empty() {
            self.told = Some(now);
        }
        due
    }

    /// The run has taken a change.
    pub fn taken(&mut self, adjustment: Adjustment) {
        let done = |draft: &Draft| draft.is_told && draft.adjustment == adjustment;
        self.drafts.retain(|setting, draft| Some(*setting) != adjustment.setting() || !done(draft));
    }

    /// The run listens no more.
    pub fn clear(&mut self) {
        self.drafts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_is_told_ten_times_a_second_and_its_end_at_once() {
        let mut live = Live::default();
        let mut told = Vec::new();
        for frame in 0..60 {
            live.set(Adjustment::to(Setting::KlWeight, f64::from(frame)));
            told.extend(live.due(f64::from(frame) / 60.0, false));
        }
        assert!((9..=11).contains(&told.len()), "{told:?}");
        live.set(Adjustment::to(Setting::KlWeight, 60.0));
        assert_eq!(live.due(0.99, true), [Adjustment::to(Setting::KlWeight, 60.0)]);
        assert!(live.due(1.0, true).is_empty());
    }

    #[test]
    fn what_is_wanted_is_shown_until_the_run_has_taken_it() {
        let mut live = Live::default();
        live.set(Adjustment::to(Setting::KlWeight, 2.0));
        live.set(Adjustment::to(Setting::FreeBits, 0.1));
        assert_eq!(live.due(0.0, true).len(), 2);
        live.set(Adjustment::to(Setting::KlWeight, 3.0));
        live.taken(Adjustment::to(Setting::KlWeight, 2.0));
        assert_eq!(
            live.wanted(Setting::KlWeight),
            Some(Adjustment::to(Setting::KlWeight, 3.0)),
            "a newer wish stays"
        );
        live.taken(Adjustment::to(Setting::FreeBits, 0.1));
        assert_eq!(live.wanted(Setting::FreeBits), None);
        assert_eq!(live.due(1.0, false), [Adjustment::to(Setting::KlWeight, 3.0)]);
        live.taken(Adjustment::to(Setting::KlWeight, 3.0));
        assert_eq!(live.wanted(Setting::KlWeight), None);
    }
}
