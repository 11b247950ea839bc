//! Learning a prior for a trained model: the form, and the job that does it.

use crate::config::{DataSource, PriorKind, SOLVER_STEPS};
use crate::gui::state::picture::Picture;
use crate::worker::protocol::{
    JobEvent, JobId, JobResult, ModelSource, PriorLearned, PriorOrder, PriorProgress,
};

/// The prior card of the Train screen.
#[derive(Debug, Default)]
pub struct Priors {
    /// Whether it is in front while no run is.
    pub open: bool,
    /// The settings of the next one.
    pub form: PriorForm,
    /// The one that is being learned, or was last.
    pub work: Option<PriorWork>,
}

/// Settings of a prior to be learned.
#[derive(Clone, Debug, PartialEq)]
pub struct PriorForm {
    /// The model; the one in use if none was chosen.
    pub model: Option<ModelSource>,
    /// The images; those that the model was trained on if none were chosen.
    pub data: Option<DataSource>,
    /// The density; of a mixture the number of Gaussians is below.
    pub kind: PriorKind,
    /// Gaussians in a mixture.
    pub gaussians: usize,
    /// Updates of a flow, at most.
    pub steps: usize,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Steps of a flow's solver.
    pub solver_steps: usize,
    /// Factor on the noise of draws.
    pub truncation: f64,
}

impl Default for PriorForm {
    fn default() -> Self {
        Self {
            model: None,
            data: None,
            kind: PriorKind::Flow,
            gaussians: PriorKind::GAUSSIANS,
            steps: PriorOrder::STEPS,
            seed: 0,
            solver_steps: SOLVER_STEPS[1],
            truncation: 1.0,
        }
    }
}

/// Progress of the job.
#[derive(Clone, Debug, PartialEq)]
pub enum PriorPhase {
    /// It waits until the job before it is over.
    Queued,
    /// Codes are gathered, Gaussians fitted.
    Preparing {
        /// As in "Encoding images".
        what: String,
        /// Part done, in [0, 1].
        part: f32,
    },
    /// The flow is trained.
    Training,
    /// It is held between two updates.
    Held,
    /// It is in the model's file.
    Done(Box<PriorLearned>),
    /// It was stopped; a flow goes on from where it was.
    Stopped,
    /// It ended with an error, in a sentence for people.
    Failed(String),
}

/// A prior that is being learned, or was last.
#[derive(Debug)]
pub struct PriorWork {
    /// Its job.
    pub job: JobId,
    /// The order.
    pub order: PriorOrder,
    /// Name of the model.
    pub name: String,
    /// Where it stands.
    pub phase: PriorPhase,
    /// Whether it was asked to stop.
    pub stopping: bool,
    /// Step, loss, and loss on held-out codes.
    pub losses: Vec<[f64; 3]>,
    /// Draws as they are now.
    pub draws: Vec<Picture>,
}

impl PriorWork {
    /// Whether the job is not over.
    pub fn is_under_way(&self) -> bool {
        !matches!(self.phase, PriorPhase::Done(_) | PriorPhase::Stopped | PriorPhase::Failed(_))
    }

    /// Updates done, and the loss on held-out codes, when that was lowest.
    pub fn best(&self) -> Option<(usize, f64)> {
        let lowest = self.losses.iter().min_by(|a, b| a[2].total_cmp(&b[2]))?;
        Some((lowest[0] as usize, lowest[2]))
    }

    /// Takes in what the job tells.
    pub fn apply(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Progress(progress) => {
                let part = progress.done as f32 / progress.total.max(1) as f32;
                if matches!(self.phase, PriorPhase::Queued | PriorPhase::Preparing { .. }) {
                    self.phase = PriorPhase::Preparing { what: progress.what.clone(), part };
                }
            }
            JobEvent::Prior(news) => {
                let PriorProgress { step, loss, validation_loss, draws, .. } = &**news;
                if !matches!(self.phase, PriorPhase::Held) {
                    self.phase = PriorPhase::Training;
                }
                self.losses.push([*step as f64, *loss, *validation_loss]);
                self.draws = draws.iter().cloned().map(Picture::new).collect();
            }
            JobEvent::Paused => self.phase = PriorPhase::Held,
            JobEvent::Continued => self.phase = PriorPhase::Training,
            JobEvent::Finished(JobResult::PriorLearned(learned)) => {
                self.phase = PriorPhase::Done(learned.clone());
            }
            JobEvent::Failed { message } => self.phase = PriorPhase::Failed(message.clone()),
            JobEvent::Cancelled => self.phase = PriorPhase::Stopped,
            _ => (),
        }
    }
}
