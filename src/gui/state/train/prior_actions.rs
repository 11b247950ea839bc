//! Actions of people on priors.

use std::path::{Path, PathBuf};

use rust_i18n::t;

use super::prior::{PriorPhase, PriorWork};
use crate::config::{DataSource, PriorKind};
use crate::gui::state::{Screen, State};
use crate::worker::protocol::{Command, Control, Job, JobEvent, JobId, ModelInfo, ModelSource, PriorOrder};

impl State {
    /// Puts the form for a prior of this model in front.
    pub fn set_up_prior(&mut self, model: ModelSource) {
        self.screen = Screen::Train;
        self.train.selected = None;
        self.train.priors.open = true;
        self.train.priors.form.model = Some(model);
    }

    /// Open models that a prior can be learned for.
    pub fn models_with_codes(&self) -> impl Iterator<Item = &ModelInfo> {
        self.models.iter().filter(|model| model.config.kind.has_encoder())
    }

    /// The model of the form: the one chosen, the one in use, or any that will do.
    pub fn prior_model(&self) -> Option<&ModelInfo> {
        let chosen = self.train.priors.form.model.as_ref();
        let mut with_codes = self.models_with_codes();
        let found = self.models_with_codes().find(|model| Some(&model.source) == chosen);
        let in_use = || self.model().filter(|model| model.config.kind.has_encoder());
        found.or_else(in_use).or_else(|| with_codes.next())
    }

    /// The images of the form: those chosen, or those that the model was trained on if this program can find them.
    pub fn prior_data(&self) -> Option<DataSource> {
        let trained_on = || {
            let source = &self.prior_model()?.train.as_ref()?.dataset.source;
            // Of a model to share its name alone is known.
            let found = source.folder().is_none_or(|path| path.is_absolute());
            found.then(|| source.clone())
        };
        self.train.priors.form.data.clone().or_else(trained_on)
    }

    /// The order of the form.
    ///
    /// # Errors
    /// A sentence that says what is missing.
    pub fn prior_order(&self) -> Result<PriorOrder, String> {
        let form = &self.train.priors.form;
        let model =
            self.prior_model().ok_or_else(|| t!("Open a model with an encoder first").into_owned())?;
        let data = self
            .prior_data()
            .ok_or_else(|| t!("Choose the images that the model was trained on").into_owned())?;
        let kind = match form.kind {
            PriorKind::Mixture(_) => PriorKind::Mixture(form.gaussians),
            kind => kind,
        };
        let (path, out) = match &model.source {
            ModelSource::File(path) => (path.clone(), None),
            ModelSource::Shipped(name) => {
                let file = free_file(&self.train.form.parent, name, kind, &self.train.form.on_disk);
                (PathBuf::from(name), Some(file))
            }
        };
        Ok(PriorOrder {
            model: path,
            data: Some(data),
            kind,
            steps: form.steps,
            seed: form.seed,
            solver_steps: form.solver_steps,
            truncation: form.truncation,
            out,
        })
    }

    /// Learns the prior of the form, or puts it in the queue.
    pub fn learn_prior(&mut self) {
        let Ok(order) = self.prior_order() else { return };
        let Some(name) = self.prior_model().map(|model| model.name.clone()) else { return };
        if self.train.priors.work.as_ref().is_some_and(PriorWork::is_under_way) {
            return;
        }
        let job = self.send(Command::Start(Job::LearnPrior(order.clone())));
        self.train.priors.work = Some(PriorWork {
            job,
            order,
            name,
            phase: PriorPhase::Queued,
            stopping: false,
            losses: Vec::new(),
            draws: Vec::new(),
        });
    }

    /// Tells the job something.
    pub fn control_prior(&mut self, control: Control) {
        if let Some(job) =
            self.train.priors.work.as_ref().filter(|work| work.is_under_way()).map(|work| work.job)
        {
            self.send(Command::Control { job, control });
        }
    }

    /// Stops the job; a flow is saved, and the same order goes on from there.
    pub fn stop_prior(&mut self) {
        let Some(work) = self.train.priors.work.as_mut().filter(|work| work.is_under_way()) else { return };
        if !std::mem::replace(&mut work.stopping, true) {
            let job = work.job;
            self.send(Command::Cancel(job));
        }
    }

    /// Lets a prior that was stopped go on.
    pub fn resume_prior(&mut self) {
        let stopped = self.train.priors.work.take_if(|work| work.phase == PriorPhase::Stopped);
        let Some(work) = stopped else { return };
        let job = self.send(Command::Start(Job::LearnPrior(work.order.clone())));
        self.train.priors.work = Some(PriorWork { job, phase: PriorPhase::Queued, stopping: false, ..work });
    }

    /// News of a job, which may be that of the prior.
    pub(in crate::gui::state) fn prior_told(&mut self, job: JobId, event: &JobEvent) {
        let Some(work) = self.train.priors.work.as_mut().filter(|work| work.job == job) else { return };
        work.apply(event);
        if let PriorPhase::Done(learned) = &work.phase {
            // Where the model is open it draws as before until it is opened again.
            let file = learned.checkpoint.clone();
            let source = match work.order.out {
                Some(_) => ModelSource::File(file),
                None => ModelSource::File(work.order.model.clone()),
            };
            self.open_model(source);
        }
    }
}

/// A file beside the runs for a shipped model with its prior, which is not there yet.
fn free_file(parent: &Path, name: &str, kind: PriorKind, taken: &[PathBuf]) -> PathBuf {
    let word = match kind {
        PriorKind::Standard => "standard",
        PriorKind::Gaussian => "gaussian",
        PriorKind::Mixture(_) => "mixture",
        PriorKind::Flow => "flow",
    };
    let file = |number: usize| match number {
        1 => parent.join(format!("{name}-{word}.safetensors")),
        number => parent.join(format!("{name}-{word}-{number}.safetensors")),
    };
    (1..).map(file).find(|file| !taken.contains(file)).unwrap_or_else(|| file(1))
}
