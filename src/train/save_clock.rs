//! When a run is to save itself although no planned save is due.

use std::time::{Duration, Instant};

/// Most time that a run loses when it is killed, however long its steps take.
const LONGEST: Duration = Duration::from_secs(60);
/// The part of its time that a run spends on saves between the planned ones is at most one in so many.
const SHARE: u32 = 30;
/// Environment variable with other seconds than [`LONGEST`], as for a slow disk.
const SECONDS: &str = "MORPHOSPACE_SAVE_SECONDS";

/// Most time between two saves: [`LONGEST`], or what the environment says.
pub(super) fn longest() -> Duration {
    let set = std::env::var(SECONDS).ok().and_then(|text| text.parse().ok());
    set.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(LONGEST)
}

/// Tells when a run that takes long from one planned save to the next has to save itself in between.
pub(super) struct SaveClock {
    longest: Duration,
    /// When the last save was done.
    saved: Instant,
    /// Duration.
    cost: Duration,
    /// Duration of the last update.
    step: Duration,
}

impl SaveClock {
    /// The clock of a run that has just been saved.
    pub fn start() -> Self {
        Self { longest: longest(), saved: Instant::now(), cost: Duration::ZERO, step: Duration::ZERO }
    }

    /// An update is done.
    pub fn step_took(&mut self, took: Duration) {
        self.step = took;
    }

    /// A save that `began` then is done.
    pub fn saved(&mut self, began: Instant) {
        self.saved = Instant::now();
        self.cost = self.saved.saturating_duration_since(began);
    }

    /// Whether to save now, because after one more update too much would be lost.
    pub fn is_due(&self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.saved);
        since + self.step + self.cost >= self.longest && since >= self.cost * SHARE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_a_minute_is_lost_and_at_most_a_thirtieth_of_the_time() {
        let saved = Instant::now();
        let due = |seconds: u64, step: u64, cost: u64| {
            let [step, cost] = [step, cost].map(Duration::from_secs);
            let clock = SaveClock { longest: LONGEST, saved, cost, step };
            clock.is_due(saved + Duration::from_secs(seconds))
        };
        assert!(!due(30, 1, 0) && due(60, 0, 0));
        assert!(due(40, 20, 1), "one more step would be too much");
        assert!(due(90, 90, 0), "a step may take longer than that");
        assert!(!due(60, 1, 10) && due(300, 1, 10), "a save that takes long");
    }
}
