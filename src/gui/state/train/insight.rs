//! Insight into a run while it trains: the information that its codes carry, and its pictures.

use super::thinned::Thinned;
use super::timeline::Timeline;
use super::watched::{WatchList, WatchedPhoto};
use crate::config::Change;
use crate::gui::state::atlas::run_map::RunMap;
use crate::report::RunQuantity;
use crate::worker::protocol::{CollapseReport, JobEvent, RunHistory};

/// Readings kept at most.
const MOST_READINGS: usize = 1500;

/// Part of the nats that the dimensions counted as [`CollapseReading::carrying`] have together.
const CARRIED: f64 = 0.95;

/// Information in the codes of a run at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CollapseReading {
    /// Updates done.
    pub step: usize,
    /// Active units; none where they were not counted.
    pub active_units: Option<usize>,
    /// Fewest dimensions that carry [`CARRIED`] of the nats; none where it is not known of each.
    pub carrying: Option<usize>,
    /// KL of the codes from the prior in nats, summed over dimensions; none without a prior.
    pub rate: Option<f64>,
    /// RE of the reconstructions.
    pub distortion: f64,
    /// RE when each image is given another's code; none where it was not measured.
    pub shuffled: Option<f64>,
    /// The KL weight; none where it is not known.
    pub kl_weight: Option<f64>,
}

impl CollapseReading {
    /// Part of the error of shuffled codes that an image's own code saves, in [0, 1]: 0 when the decoder
    /// ignores its codes, near 1 when they say almost everything.
    pub fn code_use(&self) -> Option<f64> {
        let shuffled = self.shuffled.filter(|re| *re > 0.0)?;
        Some((1.0 - self.distortion / shuffled).clamp(0.0, 1.0))
    }
}

/// A run's insight into itself, bounded in memory however long it trains.
#[derive(Clone, Debug)]
pub struct Insight {
    /// The newest report.
    pub report: Option<CollapseReport>,
    /// The dimensions of `report` with their KL, the largest first.
    pub ranking: Vec<(usize, f32)>,
    /// Changes while it ran, in the order of its steps.
    pub changes: Vec<Change>,
    /// Its pictures.
    pub timeline: Timeline,
    /// Its codes on a plane.
    pub map: RunMap,
    /// Photos and codes that a person wants to see along with the fixed pictures.
    pub watched: WatchList,
    readings: Thinned<CollapseReading>,
    kl_weight: Option<f64>,
}

impl Default for Insight {
    fn default() -> Self {
        Insight {
            report: None,
            ranking: Vec::new(),
            changes: Vec::new(),
            timeline: Timeline::default(),
            map: RunMap::default(),
            watched: WatchList::default(),
            readings: Thinned::new(MOST_READINGS),
            kl_weight: None,
        }
    }
}

impl Insight {
    /// Takes in news of the run's job; what is none of its concern changes nothing.
    pub fn apply(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Run(info) => {
                self.changes = info.changes.clone();
                self.readings.truncate_after(info.step);
                self.timeline.rewind(info.step);
                self.map.rewind(info.step);
            }
            JobEvent::Steps(steps) => {
                self.kl_weight = steps.last().map(|step| step.kl_weight).or(self.kl_weight);
            }
            JobEvent::Collapse(report) => self.take_report(report),
            JobEvent::Pictures(pictures) => self.timeline.push(pictures),
            JobEvent::Map(map) => self.map.push(map),
            JobEvent::Sampled { step } => self.timeline.add_sheet(*step),
            JobEvent::Changed(change) => self.changes.push(*change),
            _ => {}
        }
    }

    fn take_report(&mut self, report: &CollapseReport) {
        let has_prior = !report.kl_per_dim.is_empty();
        self.ranking = report.kl_per_dim.iter().copied().enumerate().collect();
        self.ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.readings.push(
            report.step,
            CollapseReading {
                step: report.step,
                active_units: Some(report.active_units),
                carrying: carrying(&self.ranking),
                rate: has_prior.then(|| report.kl_per_dim.iter().map(|kl| f64::from(*kl)).sum()),
                distortion: report.re,
                shuffled: Some(report.re_shuffled),
                kl_weight: self.kl_weight,
            },
        );
        self.report = Some(report.clone());
    }

    /// Record in the folder of a run.
    pub fn from_history(history: &RunHistory) -> Self {
        use RunQuantity::*;
        let column = |quantity: RunQuantity| {
            let place = history.names.iter().position(|own| own == quantity.about().column)?;
            history.columns.get(place)
        };
        let value = |column: Option<&Vec<f32>>, line: usize| {
            column.and_then(|column| column.get(line)).copied().filter(|v| v.is_finite()).map(f64::from)
        };
        let (rate, distortion) = (column(ValidationKl), column(ValidationRe));
        let (active, shuffled) = (column(ActiveUnits), column(ShuffledRe));
        let kl_weight = column(KlWeight);
        let mut insight = Self { changes: history.changes.clone(), ..Self::default() };
        for (line, step) in history.steps.iter().map(|step| *step as usize).enumerate() {
            let Some(distortion) = value(distortion, line) else { continue };
            insight.readings.push(
                step,
                CollapseReading {
                    step,
                    active_units: value(active, line).map(|units| units.round() as usize),
                    carrying: None,
                    rate: value(rate, line),
                    distortion,
                    shuffled: value(shuffled, line),
                    kl_weight: value(kl_weight, line),
                },
            );
        }
        history.sheets.iter().for_each(|step| insight.timeline.add_sheet(*step));
        insight
    }

    /// Puts the past of a run before what was seen of it.
    pub fn load(&mut self, past: &Self) {
        let seen = std::mem::replace(&mut self.readings, Thinned::new(MOST_READINGS));
        let first_seen = seen.entries().first().map_or(usize::MAX, |(step, _)| *step);
        let earlier = past.readings.entries().iter().filter(|(step, _)| *step < first_seen);
        for (step, reading) in earlier.chain(seen.entries()) {
            self.readings.push(*step, *reading);
        }
        if self.changes.is_empty() {
            self.changes.clone_from(&past.changes);
        }
        past.timeline.sheets().iter().for_each(|step| self.timeline.add_sheet(*step));
    }

    /// Readings of its codes over its steps, the oldest first.
    pub fn readings(&self) -> impl ExactSizeIterator<Item = &CollapseReading> + DoubleEndedIterator + Clone {
        self.readings.entries().iter().map(|(_, reading)| reading)
    }

    /// The newest reading.
    pub fn last(&self) -> Option<&CollapseReading> {
        self.readings.last()
    }

    /// Watches a photo from now on.
    pub fn watch_photo(&mut self, photo: WatchedPhoto) {
        if self.watched.refuses_photo(&photo).is_none() {
            self.watched.photos.push(photo);
        }
    }

    /// Pins a code from now on.
    pub fn pin_code(&mut self, code: Vec<f32>) {
        if self.watched.refuses_code(&code).is_none() {
            self.watched.codes.push(code);
        }
    }

    /// Watches a photo no longer; its pictures go at once.
    pub fn remove_photo(&mut self, index: usize) {
        if index < self.watched.photos.len() {
            self.watched.photos.remove(index);
            if let Some(photos) = self.timeline.newest_mut().map(|frame| &mut frame.photos)
                && index < photos.len()
            {
                photos.remove(index);
            }
        }
    }

    /// Unpins a code; its picture goes at once.
    pub fn remove_code(&mut self, index: usize) {
        if index < self.watched.codes.len() {
            self.watched.codes.remove(index);
            if let Some(pinned) = self.timeline.newest_mut().map(|frame| &mut frame.pinned)
                && index < pinned.len()
            {
                pinned.remove(index);
            }
        }
    }
}

/// Fewest dimensions of a ranking that have [`CARRIED`] of its nats together; none where there are no nats.
fn carrying(ranking: &[(usize, f32)]) -> Option<usize> {
    let whole: f64 = ranking.iter().map(|(_, kl)| f64::from(kl.max(0.0))).sum();
    let mut sum = 0.0;
    let reached = ranking.iter().position(|(_, kl)| {
        sum += f64::from(kl.max(0.0));
        sum >= CARRIED * whole
    });
    reached.filter(|_| whole > 0.0).map(|place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Adjustment, Setting};
    use crate::gui::state::train::samples;

    #[test]
    fn events_become_readings_in_order_and_within_bounds() {
        let mut insight = Insight::default();
        assert!(insight.last().is_none());
        for round in 0..10_000 {
            insight.apply(&JobEvent::Collapse(Box::new(samples::report(round * 10, 32, 9))));
        }
        let steps: Vec<usize> = insight.readings().map(|reading| reading.step).collect();
        assert!(steps.len() <= MOST_READINGS && steps.is_sorted());
        assert_eq!((steps[0], steps[steps.len() - 1]), (0, 99_990));
        let last = *insight.last().unwrap();
        assert_eq!((last.active_units, insight.ranking.len()), (Some(9), 32));
        let whole: f32 = insight.ranking.iter().map(|(_, kl)| kl).sum();
        assert!((last.rate.unwrap() - f64::from(whole)).abs() < 1e-3);
        assert!(insight.ranking.windows(2).all(|pair| pair[0].1 >= pair[1].1));
        // The run went back to an earlier checkpoint.
        insight.apply(&JobEvent::Collapse(Box::new(samples::report(500, 32, 9))));
        assert_eq!(insight.readings().next_back().unwrap().step, 500);
    }

    #[test]
    fn the_dimensions_that_carry_most_nats_are_counted() {
        let ranking = |nats: &[f32]| nats.iter().copied().enumerate().collect::<Vec<_>>();
        assert_eq!(carrying(&ranking(&[4.0, 4.0, 1.6, 0.2, 0.2])), Some(3));
        assert_eq!(carrying(&ranking(&[1.0; 20])), Some(19));
        assert_eq!(carrying(&ranking(&[0.0; 4])), None);
        assert_eq!(carrying(&[]), None);
    }

    #[test]
    fn the_weight_of_a_reading_is_that_of_the_last_step_before_it() {
        let mut insight = Insight::default();
        insight.apply(&JobEvent::Steps(vec![samples::step(4, 0.5), samples::step(5, 2.0)]));
        insight.apply(&JobEvent::Collapse(Box::new(samples::report(5, 8, 3))));
        assert_eq!(insight.last().unwrap().kl_weight, Some(2.0));
    }

    #[test]
    fn the_past_of_a_run_goes_before_what_was_seen() {
        let change = Change { step: 20, adjustment: Adjustment::to(Setting::KlWeight, 4.0) };
        let history = RunHistory {
            changes: vec![change],
            names: ["kl_weight", "validation_kl", "validation_re", "validation_active_units"]
                .map(str::to_owned)
                .into(),
            steps: vec![10, 20, 30, 40],
            columns: vec![
                vec![1.0, 1.0, 4.0, 4.0],
                vec![20.0, f32::NAN, 5.0, 1.0],
                vec![0.01, f32::NAN, 0.02, 0.03],
                vec![30.0, f32::NAN, 9.0, 1.0],
            ],
            sheets: vec![20, 40],
            ..samples::history()
        };
        let mut insight = Insight::default();
        insight.apply(&JobEvent::Collapse(Box::new(samples::report(35, 32, 7))));
        insight.load(&Insight::from_history(&history));
        let found: Vec<_> = insight.readings().map(|r| (r.step, r.active_units, r.kl_weight)).collect();
        assert_eq!(found, [(10, Some(30), Some(1.0)), (30, Some(9), Some(4.0)), (35, Some(7), None)]);
        assert_eq!((insight.changes.len(), insight.timeline.wanted_sheet()), (1, Some(40)));
        assert!(insight.readings().next().unwrap().code_use().is_none(), "an older run has not shuffled");
    }

    #[test]
    fn what_is_no_longer_watched_goes_at_once() {
        let mut insight = Insight::default();
        let photo = |id| WatchedPhoto { id, crop: Default::default(), name: String::new() };
        (1..=2).for_each(|id| insight.watch_photo(photo(id)));
        insight.watch_photo(photo(2));
        assert_eq!(insight.watched.photos.len(), 2);
        insight.pin_code(vec![1.0; 4]);
        insight.apply(&JobEvent::Pictures(Box::new(samples::pictures(10, 2, 1))));
        insight.remove_photo(0);
        insight.remove_code(0);
        insight.remove_code(5);
        let frame = insight.timeline.newest().unwrap().1;
        assert_eq!((frame.photos.len(), frame.pinned.len()), (1, 0));
        assert_eq!((insight.watched.photos[0].id, insight.watched.codes.len()), (2, 0));
    }
}
