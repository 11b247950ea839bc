//! Undo and redo.

/// Steps that undo goes back.
const DEPTH: usize = 200;

/// Earlier and later states of something, as the positions of all sliders. One gesture is one step.
#[derive(Clone, Debug)]
pub struct UndoHistory<T> {
    undo: Vec<T>,
    redo: Vec<T>,
    in_gesture: bool,
}

impl<T> Default for UndoHistory<T> {
    fn default() -> Self {
        UndoHistory { undo: Vec::new(), redo: Vec::new(), in_gesture: false }
    }
}

impl<T: Clone + PartialEq> UndoHistory<T> {
    /// Remembers the state before it changes. During a gesture only the first call does.
    pub fn before_change(&mut self, now: &T) {
        if self.in_gesture {
            return;
        }
        self.redo.clear();
        self.undo.push(now.clone());
        if self.undo.len() > DEPTH {
            self.undo.remove(0);
        }
    }

    /// Remembers the state once for all changes until [`UndoHistory::end_gesture`].
    pub fn begin_gesture(&mut self, now: &T) {
        self.before_change(now);
        self.in_gesture = true;
    }

    /// The pointer was let go. A gesture that changed nothing is no step.
    pub fn end_gesture(&mut self, now: &T) {
        if std::mem::take(&mut self.in_gesture) && self.undo.last().is_some_and(|before| before == now) {
            self.undo.pop();
        }
    }

    /// Whether a drag is going on.
    pub fn in_gesture(&self) -> bool {
        self.in_gesture
    }

    /// Swaps the state for that before the last step. False when there is none.
    pub fn undo(&mut self, now: &mut T) -> bool {
        self.end_gesture(now);
        let Some(before) = self.undo.pop() else { return false };
        self.redo.push(std::mem::replace(now, before));
        true
    }

    /// Takes the last undo back. False when there is none.
    pub fn redo(&mut self, now: &mut T) -> bool {
        let Some(after) = self.redo.pop() else { return false };
        self.undo.push(std::mem::replace(now, after));
        true
    }

    /// Whether [`UndoHistory::undo`] would do something.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether [`UndoHistory::redo`] would do something.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_is_one_step() {
        let (mut history, mut values) = (UndoHistory::default(), vec![0.0]);
        history.begin_gesture(&values);
        for i in 1..=20 {
            history.before_change(&values);
            values[0] = i as f32;
        }
        history.end_gesture(&values);
        assert!(history.undo(&mut values));
        assert_eq!(values, [0.0]);
        assert!(!history.undo(&mut values));
        assert!(history.redo(&mut values));
        assert_eq!(values, [20.0]);
    }

    #[test]
    fn a_new_change_ends_the_way_forward() {
        let (mut history, mut values) = (UndoHistory::default(), vec![0.0]);
        for v in [1.0, 2.0] {
            history.before_change(&values);
            values[0] = v;
        }
        assert!(history.undo(&mut values));
        history.before_change(&values);
        values[0] = 9.0;
        assert!(!history.redo(&mut values));
        assert!(history.undo(&mut values));
        assert_eq!(values, [1.0]);
    }

    #[test]
    fn a_click_that_moves_nothing_is_no_step() {
        let (mut history, values) = (UndoHistory::default(), vec![0.5]);
        history.begin_gesture(&values);
        history.end_gesture(&values);
        assert!(!history.can_undo());
    }
}
