//! The state of points beyond their colour: hidden, selected, found by a search.

const HIDDEN: u8 = 1;
const SELECTED: u8 = 2;
const FOUND: u8 = 4;

/// States of points. The default has none, for however many points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapMarks {
    states: Vec<u8>,
    hidden: usize,
    /// Selected or found, and not hidden.
    bright: usize,
}

impl MapMarks {
    /// Marks `count` points; of the functions each says whether a point is so.
    pub fn new(
        count: usize,
        hidden: impl Fn(u32) -> bool,
        selected: impl Fn(u32) -> bool,
        found: impl Fn(u32) -> bool,
    ) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let state = |at| {
            let bits = [(hidden(at), HIDDEN), (selected(at), SELECTED), (found(at), FOUND)];
            bits.into_iter().filter(|(is, _)| *is).map(|(_, bit)| bit).sum()
        };
        Self::of((0..count).map(state).collect())
    }

    fn of(states: Vec<u8>) -> Self {
        let count = |is: fn(u8) -> bool| states.iter().filter(|state| is(**state)).count();
        let hidden = count(|state| state & HIDDEN != 0);
        let bright = count(|state| state & HIDDEN == 0 && state & (SELECTED | FOUND) != 0);
        MapMarks { states, hidden, bright }
    }

    /// The marks with this selection in place of the one that there is.
    pub fn with_selection(&self, count: usize, selection: &[u32]) -> Self {
        let mut states = self.states.clone();
        states.resize(count, 0);
        states.iter_mut().for_each(|state| *state &= !SELECTED);
        for point in selection {
            if let Some(state) = states.get_mut(*point as usize) {
                *state |= SELECTED;
            }
        }
        Self::of(states)
    }

    fn state(&self, point: u32) -> u8 {
        self.states.get(point as usize).copied().unwrap_or(0)
    }

    /// Whether a point is shown.
    #[inline]
    pub fn is_visible(&self, point: u32) -> bool {
        self.state(point) & HIDDEN == 0
    }

    /// Whether a point is selected.
    pub fn is_selected(&self, point: u32) -> bool {
        self.state(point) & SELECTED != 0
    }

    /// Whether a point is shown while all others are dimmed.
    #[inline]
    pub fn is_bright(&self, point: u32) -> bool {
        self.state(point) & (SELECTED | FOUND) != 0
    }

    /// Whether some points are bright, so that the others are dimmed.
    pub fn some_bright(&self) -> bool {
        self.bright > 0
    }

    /// Points that are not shown.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Whether every point is shown alike.
    pub fn is_plain(&self) -> bool {
        self.hidden == 0 && self.bright == 0
    }

    /// The selected points, in the order of their numbers.
    #[cfg(test)]
    pub fn selection(&self) -> Vec<u32> {
        (0u32..).zip(&self.states).filter(|(_, state)| *state & SELECTED != 0).map(|(at, _)| at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_count_and_a_selection_takes_the_place_of_another() {
        let marks = MapMarks::new(10, |i| i < 3, |i| i == 2 || i == 5, |i| i == 7);
        assert_eq!((marks.hidden(), marks.bright, marks.selection()), (3, 2, vec![2, 5]));
        assert!(marks.is_bright(7) && !marks.is_bright(8) && !marks.is_visible(0) && marks.is_visible(99));
        let other = marks.with_selection(10, &[9, 88]);
        assert_eq!((other.selection(), other.hidden(), other.some_bright()), (vec![9], 3, true));
        assert!(MapMarks::default().is_plain() && MapMarks::default().is_visible(4));
    }
}
