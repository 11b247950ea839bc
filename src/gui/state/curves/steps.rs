//! At which step each number of a series was measured.

/// Rising steps. Those at equal distances are one entry, so that a million training steps cost a few bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Steps {
    stretches: Vec<Stretch>,
    len: usize,
}

/// Steps at equal distances.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    /// Index of its first step among all.
    index: u32,
    /// Its first step.
    first: u32,
    /// From one step to the next. 0 while there is but one.
    stride: u32,
}

impl Steps {
    /// The last one.
    pub fn last(&self) -> Option<u32> {
        self.len.checked_sub(1).map(|last| self.get(last))
    }

    /// Step number `index`. There have to be that many.
    pub fn get(&self, index: usize) -> u32 {
        let after = self.stretches.partition_point(|stretch| stretch.index as usize <= index);
        let stretch = self.stretches[after - 1];
        stretch.first + (index as u32 - stretch.index) * stretch.stride
    }

    /// Appends a step that is greater than the last one.
    pub fn push(&mut self, step: u32) {
        debug_assert!(self.last().is_none_or(|last| last < step), "steps have to rise");
        let index = self.len as u32;
        match self.stretches.last_mut() {
            Some(stretch) if stretch.stride == 0 => stretch.stride = step - stretch.first,
            Some(Stretch { index: start, first, stride }) if *first + (index - *start) * *stride == step => {}
            _ => self.stretches.push(Stretch { index, first: step, stride: 0 }),
        }
        self.len += 1;
    }

    /// Number of them that are at most `step`.
    pub fn up_to(&self, step: f64) -> usize {
        let after = self.stretches.partition_point(|stretch| f64::from(stretch.first) <= step);
        let Some(at) = after.checked_sub(1) else { return 0 };
        let stretch = self.stretches[at];
        let end = self.stretches.get(after).map_or(self.len, |next| next.index as usize);
        let count = match stretch.stride {
            0 => 1,
            stride => ((step - f64::from(stretch.first)) / f64::from(stride)) as usize + 1,
        };
        (stretch.index as usize + count).min(end)
    }

    /// Keeps the first `len` of them.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.len = len;
        let kept = self.stretches.partition_point(|stretch| (stretch.index as usize) < len);
        self.stretches.truncate(kept);
        if let Some(last) = self.stretches.last_mut()
            && last.index as usize + 1 == len
        {
            last.stride = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(steps: &Steps) -> Vec<u32> {
        (0..steps.len).map(|index| steps.get(index)).collect()
    }

    #[test]
    fn steps_come_back_as_they_went_in() {
        for list in [
            vec![],
            vec![7],
            vec![0, 1, 2, 3, 4],
            vec![1, 2, 3, 10, 20, 30, 31],
            vec![100, 200, 300, 350, 400, 500, 501, 502, 600],
            (1..50).map(|i| i * i).collect(),
        ] {
            let mut steps = Steps::default();
            list.iter().for_each(|&step| steps.push(step));
            assert_eq!(collected(&steps), list);
            assert_eq!(steps.last(), list.last().copied());
            for step in 0..700 {
                let at = f64::from(step);
                assert_eq!(steps.up_to(at), list.iter().filter(|&&s| s <= step).count(), "{list:?} {step}");
                let between = list.iter().filter(|&&s| f64::from(s) <= at + 0.5).count();
                assert_eq!(steps.up_to(at + 0.5), between);
            }
            assert_eq!((steps.up_to(-1.0), steps.up_to(1e12)), (0, list.len()));
            for kept in 0..=list.len() {
                let mut cut = steps.clone();
                cut.truncate(kept);
                let mut fresh = Steps::default();
                list[..kept].iter().for_each(|&step| fresh.push(step));
                assert_eq!(cut, fresh, "{list:?} cut to {kept}");
            }
        }
    }

    #[test]
    fn steps_at_equal_distances_cost_no_memory() {
        let mut steps = Steps::default();
        (1..=100_000).for_each(|step| steps.push(step));
        assert_eq!(steps.stretches.len(), 1);
    }
}
