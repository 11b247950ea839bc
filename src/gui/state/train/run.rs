//! One training run as the window knows it.

use std::path::PathBuf;

use rust_i18n::t;
use serde::{Deserialize, Serialize};

use super::chapters::Chapters;
use super::insight::Insight;
use super::live::Live;
use super::stored_run::StoredRun;
use crate::config::{Plan, TrainConfig};
use crate::gui::state::curves::Curves;
use crate::worker::protocol::{JobEvent, JobId, JobResult, RunInfo, StepReport, ValidationReport};

/// State in which the window was closed on a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunLeft {
    /// Nothing was going on.
    #[default]
    AtRest,
    /// It was under way, and saved itself before the window closed.
    Saved,
    /// It was under way, and nobody waited for it.
    UnderWay,
}

/// Numbers the runs of the list, never reused.
pub type RunKey = u32;

/// Phase of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Its past is being read.
    Reading,
    /// It waits until the job before it is over.
    Queued,
    /// Images are read, the model is built.
    Preparing {
        /// As in "Reading images".
        what: String,
        /// Part done, in [0, 1]; none while not known.
        part: Option<f32>,
    },
    /// Updates are done.
    Training,
    /// Held before its next update.
    Held,
    /// All its updates are done.
    Done,
    /// It can go on from its last checkpoint.
    Stopped,
    /// It ended with an error, in a sentence for people.
    Failed(String),
}

/// A run in the list.
#[derive(Debug)]
pub struct Run {
    /// Its number.
    pub key: RunKey,
    /// Its place in the palette of runs.
    pub color: usize,
    /// Whether its curves are drawn.
    pub visible: bool,
    /// Its folder.
    pub folder: PathBuf,
    /// Its settings as it began with them, and what was changed while it ran; none while not known.
    pub plan: Option<Plan>,
    /// Settings that a hand is moving.
    pub live: Live,
    /// The run and step that it was forked from.
    pub forked_from: Option<(PathBuf, usize)>,
    /// Where it stands.
    pub phase: Phase,
    /// The job that trains it, or will.
    pub job: Option<JobId>,
    /// Whether it was asked to stop.
    pub stopping: bool,
    /// State in which the window was closed on it: going on is offered if it was under way.
    pub left: RunLeft,
    /// Updates done.
    pub step: usize,
    /// Updates done at its last checkpoint, if there is one.
    pub saved_step: Option<usize>,
    /// The numbers of the last step in this session.
    pub latest: Option<StepReport>,
    /// The numbers of the last validation in this session.
    pub validation: Option<ValidationReport>,
    /// Facts about its data and its model.
    pub info: Option<RunInfo>,
    /// The parts of a demonstration that were told.
    pub chapters: Chapters,
    /// Its curves.
    pub curves: Curves,
    /// Insight: its codes and its pictures.
    pub insight: Insight,
}

impl Run {
    /// A run of which nothing but its folder is known.
    pub fn new(key: RunKey, color: usize, folder: PathBuf) -> Self {
        Run {
            key,
            color,
            visible: true,
            folder,
            plan: None,
            live: Live::default(),
            forked_from: None,
            phase: Phase::Reading,
            job: None,
            stopping: false,
            left: RunLeft::AtRest,
            step: 0,
            saved_step: None,
            latest: None,
            validation: None,
            info: None,
            chapters: Chapters::default(),
            curves: Curves::default(),
            insight: Insight::default(),
        }
    }

    /// Its name: that of its folder.
    pub fn name(&self) -> String {
        self.folder.file_name().unwrap_or(self.folder.as_os_str()).to_string_lossy().into_owned()
    }

    /// Updates planned.
    pub fn steps(&self) -> usize {
        self.config().map_or(0, |config| config.steps)
    }

    /// Its settings as it began with them.
    pub fn config(&self) -> Option<&TrainConfig> {
        self.plan.as_ref().map(Plan::config)
    }

    /// Part of its updates that are done, in [0, 1].
    pub fn part(&self) -> f32 {
        match self.steps() {
            0 => 0.0,
            steps => (self.step as f32 / steps as f32).min(1.0),
        }
    }

    /// Whether a job has it in hand: it trains, is held, or is about to begin.
    pub fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Preparing { .. } | Phase::Training | Phase::Held)
    }

    /// Whether it listens to what can be changed while it goes on.
    pub fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Training | Phase::Held) && !self.stopping
    }

    /// Whether it has done all its steps and can be given more.
    pub fn can_extend(&self) -> bool {
        self.phase == Phase::Done && self.saved_step.is_some_and(|saved| saved > 0)
    }

    /// Whether its folder can be given another name: no job writes to it, and something is there.
    pub fn can_rename(&self) -> bool {
        self.job.is_none() && self.phase != Phase::Reading && self.saved_step.is_some()
    }

    /// Whether it can go on from its last checkpoint.
    pub fn can_resume(&self) -> bool {
        let ended = matches!(self.phase, Phase::Stopped | Phase::Failed(_));
        ended && self.saved_step.is_some_and(|saved| saved < self.steps())
    }

    /// Takes over what its folder holds.
    pub fn read(&mut self, past: StoredRun) {
        self.curves.load(past.curves);
        self.insight.load(&past.insight);
        self.forked_from = past.forked_from;
        if self.job.is_none() {
            self.step = past.step;
            self.plan = Some(Plan::new(&past.config, &past.changes));
            self.saved_step = Some(past.step);
            self.phase = if past.step < past.config.steps { Phase::Stopped } else { Phase::Done };
        }
    }

    /// Takes in what the job that trains it tells.
    pub fn apply(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Started { .. } => {
                self.phase = Phase::Preparing { what: t!("Starting").into_owned(), part: None };
            }
            JobEvent::Progress(progress) if !self.is_live() => {
                let part = (progress.total > 0).then(|| progress.done as f32 / progress.total as f32);
                self.phase = Phase::Preparing { what: progress.what.clone(), part };
            }
            JobEvent::Run(info) => {
                self.phase = Phase::Training;
                self.folder.clone_from(&info.folder);
                self.plan = Some(Plan::new(&info.config, &info.changes));
                self.step = info.step;
                self.info = Some((**info).clone());
            }
            JobEvent::Steps(reports) => {
                if let Some(last) = reports.last() {
                    self.step = last.step;
                    self.latest = Some(*last);
                }
            }
            JobEvent::Validation(report) => self.validation = Some(*report),
            JobEvent::Changed(change) => {
                self.live.taken(change.adjustment);
                if let Some(plan) = &mut self.plan {
                    plan.change(*change);
                }
            }
            JobEvent::Paused => self.phase = Phase::Held,
            JobEvent::Continued => self.phase = Phase::Training,
            JobEvent::Chapter(chapter) => self.chapters.tell(chapter.clone(), self.step),
            JobEvent::Saved { step, .. } => self.saved_step = Some(*step),
            JobEvent::Finished(result) => {
                self.end(Phase::Done);
                if let JobResult::CollapseShown(found) = result {
                    let outcome = t!(
                        "On the validation images active units went from %{start} to %{collapsed} and came back to %{recovered}, of %{all}",
                        start = found.active_units_start,
                        collapsed = found.active_units_collapsed,
                        recovered = found.active_units_recovered,
                        all = found.latent_dim
                    );
                    self.chapters.conclude(outcome.into_owned());
                }
            }
            JobEvent::Failed { message } => self.end(Phase::Failed(message.clone())),
            JobEvent::Cancelled => {
                if self.left == RunLeft::UnderWay {
                    self.left = RunLeft::Saved;
                }
                self.end(Phase::Stopped);
            }
            JobEvent::Progress(_)
            | JobEvent::Collapse(_)
            | JobEvent::Pictures(_)
            | JobEvent::Map(_)
            | JobEvent::Prior(_)
            | JobEvent::Sampled { .. }
            | JobEvent::Warning { .. }
            | JobEvent::Skipped(_) => {}
        }
        self.curves.apply(event);
        self.insight.apply(event);
    }

    /// The job is over.
    fn end(&mut self, phase: Phase) {
        self.phase = phase;
        self.job = None;
        self.stopping = false;
        self.live.clear();
    }
}
