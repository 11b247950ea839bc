//! Requests to a job while it waits and while it is being done.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::protocol::Control;

/// A job's own; outlives it without harm. Nothing here ever blocks the sender.
#[derive(Default)]
pub struct Inbox {
    state: Mutex<InboxState>,
    changed: Condvar,
}

#[derive(Default)]
struct InboxState {
    controls: VecDeque<Control>,
    cancelled: bool,
}

impl Inbox {
    /// Tells the job something.
    pub fn put(&self, control: Control) {
        self.lock().controls.push_back(control);
        self.changed.notify_one();
    }

    /// Tells the job to stop at its next safe point.
    pub fn cancel(&self) {
        self.lock().cancelled = true;
        self.changed.notify_one();
    }

    /// Whether the job is to stop.
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    /// Requests to the job since the last call, in order.
    pub fn take(&self) -> VecDeque<Control> {
        std::mem::take(&mut self.lock().controls)
    }

    /// Waits until the job is told something. `None` when it is to stop.
    pub fn wait(&self) -> Option<VecDeque<Control>> {
        let mut state = self.lock();
        loop {
            if state.cancelled {
                return None;
            }
            if !state.controls.is_empty() {
                return Some(std::mem::take(&mut state.controls));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A panic elsewhere cannot leave the state half changed, so poisoning means nothing here.
    fn lock(&self) -> MutexGuard<'_, InboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
