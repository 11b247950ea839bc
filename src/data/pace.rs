//! The speed of a job and when it will be done.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::report::Progress;

/// Told how far the work is; breaks to cancel it.
pub type ProgressObserver<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// The stretch of time that "lately" means.
const WINDOW: Duration = Duration::from_secs(2);

/// Meter of a count that rises.
pub(crate) struct ProgressMeter {
    what: String,
    total: usize,
    /// When how much was done, over the last [`WINDOW`].
    samples: VecDeque<(Instant, usize)>,
}

impl ProgressMeter {
    /// Nothing is done yet at the time `now`.
    pub fn new(what: impl Into<String>, total: usize, now: Instant) -> Self {
        ProgressMeter { what: what.into(), total, samples: VecDeque::from([(now, 0)]) }
    }

    /// `done` units are done at the time `now`. Before anything is done, rate and seconds left are 0.
    pub fn progress(&mut self, done: usize, now: Instant) -> Progress {
        while self.samples.len() > 1 && now.duration_since(self.samples[0].0) > WINDOW {
            self.samples.pop_front();
        }
        let (since, before) = self.samples[0];
        self.samples.push_back((now, done));
        let seconds = now.duration_since(since).as_secs_f64();
        let rate = if seconds > 0.0 { done.saturating_sub(before) as f64 / seconds } else { 0.0 };
        let left = self.total.saturating_sub(done) as f64;
        let seconds_left = if rate > 0.0 { left / rate } else { 0.0 };
        Progress { what: self.what.clone(), done, total: self.total, rate, seconds_left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_two_seconds() {
        let start = Instant::now();
        let mut pace = ProgressMeter::new("Reading", 1000, start);
        let first = pace.progress(0, start);
        assert_eq!((first.rate, first.seconds_left), (0.0, 0.0));
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        assert_eq!(pace.progress(100, at(1.0)).rate, 100.0);
        assert_eq!(pace.progress(110, at(2.0)).rate, 55.0);
        assert_eq!(pace.progress(120, at(3.0)).rate, 10.0);
        let last = pace.progress(130, at(4.0));
        assert_eq!((last.rate, last.seconds_left, last.done, last.total), (10.0, 87.0, 130, 1000));
    }
}
