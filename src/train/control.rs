//! Requests and looks between two updates: what somebody asked for, and what is shown to whoever watches.

use std::time::Instant;

use super::monitor::Monitor;
use super::session::{Files, TrainingSession};
use super::snapshot::Snapshot;
use crate::config::{Adjustment, Change, Corruption, Noise};
use crate::error::{Error, Result};
use crate::observer::{Control, Observer};
use crate::ranks::{Ranks, here};
use crate::report::JobEvent;

impl TrainingSession {
    /// Does what is asked, and returns when the next update may be done.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the observer ended the run while it was held; a checkpoint of weights that
    /// are no longer numbers.
    pub(super) fn handle_requests(&mut self, files: &mut Files, observer: &mut dyn Observer) -> Result<()> {
        loop {
            let ranks = here();
            self.controls.extend(ranks.first_says(observer.controls())?);
            while let Some(control) = self.controls.pop_front() {
                if self.act_on(control, files, observer)? == AfterRequest::Update {
                    return Ok(());
                }
            }
            if !self.held {
                return Ok(());
            }
            self.look_at_rest(observer);
            let began = Instant::now();
            // Whoever watches rank 0 speaks for all.
            let asked = if ranks.is_first() { observer.wait().continue_value() } else { None };
            let asked = ranks.first_says(asked)?;
            self.held_for += began.elapsed();
            match asked {
                Some(controls) => self.controls.extend(controls),
                None => return Err(Error::Cancelled),
            }
        }
    }

    fn act_on(
        &mut self,
        control: Control,
        files: &mut Files,
        observer: &mut dyn Observer,
    ) -> Result<AfterRequest> {
        match control {
            Control::Adjust(adjustment) => match adjustment.validate(self.config()) {
                Ok(()) => {
                    self.adjust(adjustment, files, observer);
                    let unfinished = adjustment.setting().and_then(|s| self.plan.unfinished_of(s));
                    unfinished.iter().for_each(|sentence| observer.warning(sentence));
                }
                Err(reason) => observer.warning(&format!("Nothing was changed: {reason}")),
            },
            Control::Pause => self.hold(observer),
            Control::Continue => {
                if std::mem::replace(&mut self.held, false) {
                    observer.tell(JobEvent::Continued);
                }
            }
            Control::StepOnce => {
                self.hold(observer);
                return Ok(AfterRequest::Update);
            }
            Control::Save => self.save_on_request(files, observer)?,
            Control::Watch(watched) => {
                let latent_dim = self.config().model.latent_dim;
                self.monitor.watch(watched, latent_dim, observer);
            }
        }
        Ok(AfterRequest::Control)
    }

    fn hold(&mut self, observer: &mut dyn Observer) {
        if !std::mem::replace(&mut self.held, true) {
            observer.tell(JobEvent::Paused);
        }
    }

    /// Changes a setting from the next update on, writes it down, tells it.
    pub(super) fn adjust(&mut self, adjustment: Adjustment, files: &mut Files, observer: &mut dyn Observer) {
        let change = Change { step: self.step, adjustment };
        self.plan.change(change);
        self.monitor.look_soon();
        // Whoever has taken the folder away hears of it after the update.
        let kept = files.keep(&self.plan, observer);
        self.save_is_due |= matches!(kept, Ok(true));
        if matches!(kept, Ok(false))
            && let Err(error) = files.events.append(change)
        {
            observer.warning(&format!(
                "the change at step {} is not written down yet: {error}. It is kept, and written with the \
                 next checkpoint",
                self.step
            ));
        }
        observer.tell(JobEvent::Changed(change));
    }

    /// The run as it stands, given noisy images or clean ones.
    pub(super) fn snapshot(&self, noise: Option<Corruption>) -> Snapshot<'_> {
        let config = self.config();
        Snapshot {
            model: &self.learner.model,
            config: &config.model,
            dataset: &self.dataset,
            shown: self.images.shown(),
            likelihood: config.likelihood,
            noise: noise.map(|corruption| Noise { corruption, seed: config.seed }),
            seed: config.seed,
            step: self.step,
            device: self.compute.device(),
        }
    }

    /// See [`Monitor::look_in_passing`].
    pub(super) fn look_in_passing(&mut self, observer: &mut dyn Observer) {
        self.with_monitor(|monitor, snapshot| monitor.look_in_passing(snapshot, observer));
    }

    /// See [`Monitor::look_at_rest`].
    pub(super) fn look_at_rest(&mut self, observer: &mut dyn Observer) {
        self.with_monitor(|monitor, snapshot| monitor.look_at_rest(snapshot, observer));
    }

    fn with_monitor(&mut self, look: impl FnOnce(&mut Monitor, &Snapshot)) {
        if !here().is_first() {
            return;
        }
        let mut monitor = std::mem::take(&mut self.monitor);
        Ranks::alone().together(|| look(&mut monitor, &self.snapshot(self.plan.at(self.step).noise)));
        self.monitor = monitor;
    }
}

/// The step after a request.
#[derive(PartialEq, Eq)]
enum AfterRequest {
    Control,
    Update,
}
