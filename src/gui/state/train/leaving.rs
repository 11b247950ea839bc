//! Closing the window while a run goes on: ask, let it save itself, then close.

use super::Leaving;
use super::run::RunLeft;
use crate::gui::state::{Effect, State};
use crate::worker::protocol::Command;

impl State {
    /// Whether the window may close. If a run goes on or waits, a person is asked first.
    pub fn may_close(&mut self) -> bool {
        // On another computer runs go on without a window.
        let busy = self.remote.is_none() && (self.train.active().is_some() || self.train.queued() > 0);
        match self.train.leaving {
            Leaving::Now => return true,
            Leaving::Saving => return false,
            Leaving::No | Leaving::Asking => (),
        }
        self.train.leaving = if busy && !self.messages.is_stopped { Leaving::Asking } else { Leaving::Now };
        self.train.leaving == Leaving::Now
    }

    /// The window stays open and the run goes on.
    pub fn stay(&mut self) {
        self.train.leaving = Leaving::No;
    }

    /// The worker saves the run and ends; then the window closes.
    pub fn save_and_close(&mut self) {
        self.train.leaving = Leaving::Saving;
        for run in self.train.runs.iter_mut().filter(|run| run.is_active()) {
            run.left = RunLeft::UnderWay;
        }
        self.send(Command::Shutdown);
    }

    /// The program is asked to end from outside: as [`State::save_and_close`], without a question.
    pub fn end(&mut self) {
        if matches!(self.train.leaving, Leaving::No | Leaving::Asking) {
            match self.remote {
                Some(_) => self.close_now(),
                None => self.save_and_close(),
            }
        }
    }

    /// The window closes without waiting for the worker.
    pub fn close_now(&mut self) {
        self.train.leaving = Leaving::Now;
        self.effects.push(Effect::Close);
    }

    /// The window closes, and the run stays as it was saved last.
    pub fn close_unsaved(&mut self) {
        self.closes_unsaved = true;
        self.close_now();
    }

    /// Closes the window once nothing is left to save. Called once a frame.
    pub(in crate::gui::state) fn close_if_saved(&mut self) {
        if self.train.leaving == Leaving::Saving && self.train.active().is_none() {
            self.close_now();
        }
    }
}
