//! Requests and looks between two updates: what somebody asked for, and what is shown to whoever watches.

use std::ops::ControlFlow;
use std::time::Instant;

use super::monitor::Monitor;
use super::session::{Files, Session};
use super::subject::Subject;
use crate::config::{Adjustment, Change, Corruption, Noise};
use crate::error::{Error, Result};
use crate::observer::{Control, Observer};
use crate::report::JobEvent;

impl Session {
    /// Does what is asked, and returns when the next update may be done.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the observer ended the run while it was held; a checkpoint of weights that
    /// are no longer numbers.
    pub(super) fn heed(&mut self, files: &mut Files, observer: &mut dyn Observer) -> Result<()> {
        loop {
            self.controls.extend(observer.controls());
            while let Some(control) = self.controls.pop_front() {
                if self.act_on(control, files, observer)? == Next::Update {
                    return Ok(());
                }
            }
            if !self.held {
                return Ok(());
            }
            self.look_at_rest(observer);
            let began = Instant::now();
            let asked = observer.wait();
            self.held_for += began.elapsed();
            match asked {
                ControlFlow::Continue(controls) => self.controls.extend(controls),
                ControlFlow::Break(()) => return Err(Error::Cancelled),
            }
        }
    }

    fn act_on(&mut self, control: Control, files: &mut Files, observer: &mut dyn Observer) -> Result<Next> {
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
                return Ok(Next::Update);
            }
            Control::Save => self.save_on_request(files, observer)?,
            Control::Watch(watched) => {
                let latent_dim = self.config().model.latent_dim;
                self.monitor.watch(watched, latent_dim, observer);
            }
        }
        Ok(Next::Control)
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
        self.monitor.hurry();
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
    pub(super) fn subject(&self, noise: Option<Corruption>) -> Subject<'_> {
        let config = self.config();
        Subject {
            model: &self.learner.model,
            config: &config.model,
            dataset: &self.dataset,
            shown: self.images.shown(),
            noise: noise.map(|corruption| Noise { corruption, seed: config.seed }),
            seed: config.seed,
            step: self.step,
            device: self.compute.device(),
        }
    }

    /// See [`Monitor::look_in_passing`].
    pub(super) fn look_in_passing(&mut self, observer: &mut dyn Observer) {
        self.with_monitor(|monitor, subject| monitor.look_in_passing(subject, observer));
    }

    /// See [`Monitor::look_at_rest`].
    pub(super) fn look_at_rest(&mut self, observer: &mut dyn Observer) {
        self.with_monitor(|monitor, subject| monitor.look_at_rest(subject, observer));
    }

    fn with_monitor(&mut self, look: impl FnOnce(&mut Monitor, &Subject)) {
        let mut monitor = std::mem::take(&mut self.monitor);
        look(&mut monitor, &self.subject(self.plan.at(self.step).noise));
        self.monitor = monitor;
    }
}

/// What comes after a request.
#[derive(PartialEq, Eq)]
enum Next {
    Control,
    Update,
}
