//! When and how a run saves itself, and how it ends when there is nothing worth saving.

use std::time::Instant;

use super::divergence::{self, LastGood, Symptom};
use super::session::{Files, TrainingSession};
use crate::config::Change;
use crate::error::{Error, Result};
use crate::measure::validate;
use crate::observer::Observer;
use crate::ranks::{Ranks, here};
use crate::report::{JobEvent, LatentInfo};
use crate::run::checkpoint::{Checkpoint, Meta};

/// Updates after a change of a setting before which no checkpoint is written of itself.
const SETTLING: usize = 10;
impl TrainingSession {
    /// The code space for a checkpoint, which rank 0 writes.
    pub(super) fn measure_latent(&self) -> Result<LatentInfo> {
        if !here().is_first() {
            return Ok(LatentInfo::unmeasured(self.config().model.latent_dim));
        }
        Ranks::alone().together(|| {
            validate::measure_latent(
                &self.learner.model,
                self.config(),
                &self.dataset,
                self.images.shown(),
                self.compute.device(),
            )
        })
    }

    /// Writes a checkpoint; rank 0 does it for all.
    pub(super) fn save(
        &mut self,
        files: &mut Files,
        latent: &LatentInfo,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let changes = self.plan.changes().iter().filter(|change| change.step <= self.step);
        let changes: Vec<Change> = changes.copied().collect();
        if !here().is_first() {
            (self.saved_at, self.saved_changes) = (self.step, changes);
            return Ok(());
        }
        let checkpoint = Checkpoint {
            meta: Meta {
                validation: self.validation,
                changes: changes.clone(),
                forked_from: self.forked_from.clone(),
                moves: self.learner.moves(),
                devices: self.devices.clone(),
                naming: self.dataset.naming(),
                ..Meta::new(self.config().clone(), self.step, self.dataset.fingerprint().to_owned())
            },
            weights: self.learner.weights(),
            optimizer: self.learner.state()?,
            latent: latent.clone(),
            // One that was learned for other weights says nothing about these.
            prior: None,
            trained_on: Some(self.trained_on.clone()),
        };
        files.keep(&self.plan, observer)?;
        files.history.flush()?;
        files.events.flush()?;
        let file = files.folder.checkpoint();
        checkpoint.write(&file)?;
        self.saved_at = self.step;
        self.saved_changes = changes;
        observer.tell(JobEvent::Saved { checkpoint: file, step: self.step });
        Ok(())
    }

    /// Saves at once. A disk that does not take it is told and does not end the run.
    pub(super) fn save_on_request(&mut self, files: &mut Files, observer: &mut dyn Observer) -> Result<()> {
        if !self.is_sound()? {
            return Err(self.diverged(Symptom::NotFinite, self.step, files, observer));
        }
        if !self.is_good {
            self.warn_of_bad_weights(observer);
            return Ok(());
        }
        let began = Instant::now();
        let latent = self.measure_latent()?;
        if let Err(error) = self.save(files, &latent, observer) {
            observer.warning(&format!("step {} is not saved: {error}", self.step));
        }
        self.clock.saved(began);
        Ok(())
    }

    /// Saves a run that ends before its time, if its weights are worth it.
    pub(super) fn save_at_an_end(&mut self, files: &mut Files, observer: &mut dyn Observer) -> Result<()> {
        if !self.is_sound()? {
            return Ok(());
        }
        if !self.is_good {
            self.warn_of_bad_weights(observer);
            return Ok(());
        }
        let latent = self.measure_latent()?;
        self.save(files, &latent, observer)
    }

    fn warn_of_bad_weights(&self, observer: &mut dyn Observer) {
        observer.warning(&format!(
            "step {} is not saved, because the run is about to diverge; the checkpoint of step {} is kept",
            self.step, self.saved_at
        ));
    }

    /// Whether a checkpoint that is due may take the place of the last one. An update with settings that are
    /// too much spoils the weights, and only the loss of those after it tells.
    pub(super) fn is_settled(&self) -> bool {
        let mut changes = self.plan.changes().iter().rev();
        // Whose turn it is is no setting that can be too much.
        let last = changes.find(|c| c.step < self.step && c.adjustment.setting().is_some());
        self.is_good && last.is_none_or(|change| self.step - change.step > SETTLING)
    }

    /// A checkpoint that could not be written, as on a full disk, ends the run only where it is the last:
    /// the one before it is still whole, and there may be room by the next time.
    pub(super) fn save_later(&self, error: Error, observer: &mut dyn Observer) -> Result<()> {
        let every = self.config().save_every;
        let next = (self.step / every + 1).saturating_mul(every).min(self.config().steps);
        if self.step == self.config().steps {
            return Err(error);
        }
        observer.warning(&format!(
            "step {} is not saved: {error}. Training goes on and tries again at step {next}, or in a minute",
            self.step
        ));
        Ok(())
    }

    /// Whether every weight is a number.
    pub(super) fn is_sound(&self) -> Result<bool> {
        self.learner.is_sound()
    }

    /// Ends the run at its last checkpoint: what was changed after it is undone with the updates after it, so
    /// that a run that goes on from it does not go the same way again.
    pub(super) fn diverged(
        &self,
        symptom: Symptom,
        step: usize,
        files: &mut Files,
        observer: &mut dyn Observer,
    ) -> Error {
        if let Err(error) = files.events.replace(&self.saved_changes) {
            observer.warning(&format!(
                "the changes since step {} are still written down: {error}",
                self.saved_at
            ));
        }
        let file = files.folder.checkpoint();
        let last = LastGood { file: &file, step: self.saved_at, changes: &self.saved_changes };
        divergence::diverged(symptom, &self.plan, step, last)
    }
}
