//! A row of things over the steps of a run that keeps within bounds however long the run is.

/// The newest entries are never thinned, so that what happens now can be followed.
pub const FRESH: usize = 12;

/// Entries in the order of their steps. The first and the newest are kept; between them every entry keeps a
/// distance in steps, which doubles when there are too many, so that the row stays even over the run.
#[derive(Clone, Debug)]
pub struct Thinned<T> {
    entries: Vec<(usize, T)>,
    most: usize,
    distance: usize,
}

impl<T> Thinned<T> {
    /// An empty row of `most` entries at most; no fewer than are never thinned, and a few to thin.
    pub fn new(most: usize) -> Self {
        Thinned { entries: Vec::new(), most: most.max(2 * FRESH), distance: 1 }
    }

    /// Appends an entry. What stands at this step or after it is dropped first: the run has gone back.
    pub fn push(&mut self, step: usize, entry: T) {
        self.entries.truncate(self.entries.partition_point(|(own, _)| *own < step));
        self.entries.push((step, entry));
        // The entry that has just ceased to be fresh stays if it keeps its distance.
        if let Some(aged) = self.entries.len().checked_sub(FRESH + 1)
            && aged > 0
            && self.entries[aged].0 - self.entries[aged - 1].0 < self.distance
        {
            self.entries.remove(aged);
        }
        if self.entries.len() > self.most {
            self.thin();
        }
    }

    /// Drops what stands after this step.
    pub fn truncate_after(&mut self, step: usize) {
        self.entries.truncate(self.entries.partition_point(|(own, _)| *own <= step));
    }

    /// Doubles the distance until about half of the thinnable entries are gone. False when nothing can go.
    pub fn thin(&mut self) -> bool {
        let before = self.entries.len();
        let Some(old) = before.checked_sub(FRESH).filter(|old| *old > 1) else { return false };
        let target = before - old / 2;
        while self.entries.len() > target {
            self.distance = self.distance.saturating_mul(2);
            let (mut index, mut kept, distance) = (0, None, self.distance);
            let fresh_from = self.entries.len() - FRESH;
            self.entries.retain(|(step, _)| {
                let stays = index >= fresh_from || kept.is_none_or(|kept| step - kept >= distance);
                index += 1;
                if stays {
                    kept = Some(*step);
                }
                stays
            });
        }
        true
    }

    /// Drops the first entry.
    pub fn drop_first(&mut self) {
        if !self.entries.is_empty() {
            self.entries.remove(0);
        }
    }

    /// Number of them.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Steps and entries, the oldest first.
    pub fn entries(&self) -> &[(usize, T)] {
        &self.entries
    }

    /// The newest.
    pub fn last(&self) -> Option<&T> {
        self.entries.last().map(|(_, entry)| entry)
    }

    /// The newest, to change.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.entries.last_mut().map(|(_, entry)| entry)
    }

    /// The entry of exactly this step.
    pub fn at(&self, step: usize) -> Option<&T> {
        let place = self.entries.binary_search_by_key(&step, |(step, _)| *step).ok()?;
        Some(&self.entries[place].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(row: &Thinned<usize>) -> Vec<usize> {
        row.entries().iter().map(|(step, _)| *step).collect()
    }

    #[test]
    fn a_long_run_stays_within_bounds_in_order_and_even() {
        let mut row = Thinned::new(100);
        for step in 0..50_000 {
            row.push(step * 3, step * 3);
            assert!(row.len() <= 100);
        }
        let steps = steps(&row);
        assert!(steps.is_sorted());
        assert_eq!((steps[0], steps[steps.len() - 1]), (0, 149_997));
        let fresh = &steps[steps.len() - FRESH..];
        assert!(fresh.windows(2).all(|pair| pair[1] - pair[0] == 3), "the newest are whole: {fresh:?}");
        let old = &steps[..steps.len() - FRESH];
        let gaps: Vec<usize> = old.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let (least, most) = (gaps.iter().min().unwrap(), gaps.iter().max().unwrap());
        assert!(old.len() > 30 && most <= &(2 * least), "{} entries, gaps of {least} to {most}", old.len());
        assert!(row.entries().iter().all(|(step, entry)| step == entry));
    }

    #[test]
    fn a_run_that_goes_back_loses_what_came_after() {
        let mut row = Thinned::new(100);
        for step in [10, 20, 30, 40] {
            row.push(step, step);
        }
        row.push(20, 21);
        row.push(25, 25);
        assert_eq!(steps(&row), [10, 20, 25]);
        assert_eq!((row.at(20), row.at(30), row.last()), (Some(&21), None, Some(&25)));
        row.truncate_after(20);
        assert_eq!(steps(&row), [10, 20]);
    }

    #[test]
    fn what_is_fresh_cannot_be_thinned() {
        let mut row = Thinned::new(1);
        for step in 0..=FRESH {
            row.push(step, step);
        }
        assert!(!row.thin());
        row.push(FRESH + 1, 0);
        assert!(row.thin());
        assert_eq!(row.len(), FRESH + 1);
    }
}
