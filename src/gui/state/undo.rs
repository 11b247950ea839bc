//! Undo and redo of the sliders.

/// Steps that undo goes back.
const DEPTH: usize = 200;

/// Earlier and later positions of all sliders. One gesture is one step.
#[derive(Clone, Debug, Default)]
pub struct UndoHistory {
    undo: Vec<Vec<f32>>,
    redo: Vec<Vec<f32>>,
    in_gesture: bool,
}

impl UndoHistory {
    /// Remembers `values` before they change. During a gesture only the first call does.
    pub fn before_change(&mut self, values: &[f32]) {
        if self.in_gesture {
            return;
        }
        self.redo.clear();
        self.undo.push(values.to_vec());
        if self.undo.len() > DEPTH {
            self.undo.remove(0);
        }
    }

    /// Remembers `values` once for all changes until [`UndoHistory::end_gesture`].
    pub fn begin_gesture(&mut self, values: &[f32]) {
        self.before_change(values);
        self.in_gesture = true;
    }

    /// The pointer was let go. `values` as they are now: a gesture that changed nothing is no step.
    pub fn end_gesture(&mut self, values: &[f32]) {
        if std::mem::take(&mut self.in_gesture) && self.undo.last().is_some_and(|before| before == values) {
            self.undo.pop();
        }
    }

    /// Whether a drag is going on.
    pub fn in_gesture(&self) -> bool {
        self.in_gesture
    }

    /// Swaps `values` for those before the last step. False when there are none.
    pub fn undo(&mut self, values: &mut Vec<f32>) -> bool {
        self.end_gesture(values);
        let Some(before) = self.undo.pop() else { return false };
        self.redo.push(std::mem::replace(values, before));
        true
    }

    /// Takes the last undo back. False when there is none.
    pub fn redo(&mut self, values: &mut Vec<f32>) -> bool {
        let Some(after) = self.redo.pop() else { return false };
        self.undo.push(std::mem::replace(values, after));
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
