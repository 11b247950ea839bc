//! Actions of people on the Compare screen, and events of its jobs.

use std::path::PathBuf;
use std::sync::Arc;

use rust_i18n::t;

use super::order::{Candidate, Measured, ModelsOrder};
use super::sets::{Pairs, SetKind, SetSide};
use super::{Compare, JobPurpose, Mode, Pending};
use crate::config::{Alignment, DataSource};
use crate::gui::state::{Screen, State};
use crate::worker::protocol::{Command, Job, JobEvent, JobId, JobResult, ModelInfo};

impl State {
    /// Obstacle to measuring the models, in a sentence.
    pub fn compare_problem(&self) -> Option<String> {
        let candidates = self.candidates();
        if candidates.is_empty() {
            return Some(
                t!("Open a checkpoint, or train a model, to have something to measure").into_owned(),
            );
        }
        let order = self.compare_order();
        if order.candidates.is_empty() {
            return Some(t!("Tick the models to measure").into_owned());
        }
        let draws = order.candidates.iter().any(|candidate| candidate.is_generative());
        let problem = self.compare.form.extractor_problem().filter(|_| draws);
        problem.or_else(|| {
            (order.pixels().is_none() && order.draws().is_none()).then(|| {
                t!("A model without an encoder is measured by its draws; choose features to compare them by").into_owned()
            })
        })
    }

    /// Measures the ticked models.
    pub fn measure_models(&mut self) {
        if self.compare_problem().is_some() || self.compare.is_measuring(Mode::Models) {
            return;
        }
        let order = Arc::new(self.compare_order());
        // What is not measured this time must not stand beside what is.
        let (pixels, draws, smoothness) = (order.pixels(), order.draws(), order.smoothness());
        self.compare.pixels.take_if(|_| pixels.is_none());
        self.compare.draws.take_if(|_| draws.is_none());
        self.compare.smoothness.take_if(|_| smoothness.is_none());
        self.ask(pixels, JobPurpose::Pixels(Arc::clone(&order)));
        self.ask(draws, JobPurpose::Draws(Arc::clone(&order)));
        self.ask(smoothness, JobPurpose::Smoothness(order));
    }

    /// Compares the two sets.
    pub fn compare_two_sets(&mut self) {
        let Compare { two, form, .. } = &self.compare;
        let order = two.order(form).filter(|_| two.problem(form).is_none()).map(Arc::new);
        let Some(order) = order.filter(|_| !self.compare.is_measuring(Mode::Sets)) else { return };
        let (pairs, sets) = (order.pairs(), order.sets());
        self.compare.two.pairs.take_if(|_| pairs.is_none());
        self.compare.two.sets.take_if(|_| sets.is_none());
        self.ask(pairs, JobPurpose::Pairs(Arc::clone(&order)));
        self.ask(sets, JobPurpose::Sets(order));
    }

    pub(super) fn ask(&mut self, work: Option<Job>, asked: JobPurpose) {
        let Some(work) = work else { return };
        let job = self.send(Command::Start(work));
        self.compare.pending.push(Pending { job, asked, cancelling: false });
    }

    /// Stops what is being measured, and takes what waits out of the queue.
    pub fn cancel_measuring(&mut self, mode: Mode) {
        let mut jobs = Vec::new();
        for pending in self.compare.pending.iter_mut().filter(|pending| pending.asked.mode() == mode) {
            if !std::mem::replace(&mut pending.cancelling, true) {
                jobs.push(pending.job);
            }
        }
        for job in jobs {
            self.cancel_job(job);
        }
    }

    /// Takes in what a job tells, if it is one of this screen. Returns the event if it is not.
    pub(in crate::gui::state) fn compare_told(&mut self, job: JobId, event: JobEvent) -> Option<JobEvent> {
        let Some(at) = self.compare.pending.iter().position(|pending| pending.job == job) else {
            return Some(event);
        };
        let asked = self.compare.pending[at].asked.clone();
        match (&event, asked) {
            (JobEvent::Finished(result), asked) => {
                self.compare.pending.remove(at);
                self.compare.take(asked.clone(), result);
                self.keep_table(&asked);
            }
            (JobEvent::Failed { message }, JobPurpose::Pairs(order)) if order.sets().is_some() => {
                // Sets need no equal names: that is no error.
                self.compare.pending.remove(at);
                let found = Err(message.clone());
                self.compare.two.pairs = Some(Measured::now(order, found));
                self.messages.ended(job);
                return None;
            }
            (JobEvent::Failed { .. } | JobEvent::Cancelled, _) => {
                self.compare.pending.remove(at);
            }
            _ => (),
        }
        self.messages.job(job, event);
        None
    }

    /// The data set of the Compare screen is another.
    pub fn measure_on(&mut self, data: DataSource) {
        self.messages.say(t!("Measuring on %{data} from now on", data = data).into_owned());
        let is_aligned = self.compare.form.data.alignment() == Alignment::Face;
        self.compare.form.data = if is_aligned { data.aligned(Alignment::Face) } else { data };
        if matches!(self.compare.mode, Mode::Sets | Mode::Runs) {
            self.compare.mode = Mode::Models;
        }
        self.screen = Screen::Compare;
    }

    /// A set was dropped, or given on the command line.
    pub fn take_set(&mut self, path: PathBuf, kind: SetKind) {
        self.compare.two.take(path, kind);
        self.compare.mode = Mode::Sets;
        self.screen = Screen::Compare;
    }

    /// One of the two sets was chosen.
    pub fn choose_set(&mut self, side: SetSide, path: PathBuf, kind: SetKind) {
        self.compare.two.choose(side, path, kind);
    }
}

impl Compare {
    /// A job is done.
    fn take(&mut self, asked: JobPurpose, result: &JobResult) {
        match (asked, result) {
            (JobPurpose::Pixels(order), JobResult::Evaluated(rows)) => {
                self.pixels = Some(Measured::now(order, rows.clone()));
            }
            (JobPurpose::Draws(order), JobResult::SamplesMeasured(rows)) => {
                self.draws = Some(Measured::now(order, rows.clone()));
            }
            (JobPurpose::Smoothness(order), JobResult::SmoothnessMeasured(report)) => {
                self.smoothness = Some(Measured::now(order, (**report).clone()));
            }
            (JobPurpose::Claim(order), JobResult::ClaimTested(report)) => self.take_claim(&order, report),
            (JobPurpose::Pairs(order), JobResult::Compared { metrics, unmatched, left_out }) => {
                let (metrics, unmatched, left_out) = (*metrics, *unmatched, left_out.clone());
                let found = Ok(Pairs { metrics, unmatched, left_out });
                self.two.pairs = Some(Measured::now(order, found));
            }
            (JobPurpose::Sets(order), JobResult::SetsCompared(metrics)) => {
                self.two.sets = Some(Measured::now(order, metrics.clone()));
            }
            _ => (),
        }
    }
}

impl State {
    /// All models that can be measured: those that are open, and the runs of the Train screen that have a
    /// checkpoint.
    pub fn candidates(&self) -> Vec<Candidate> {
        let open = self.models.iter().map(|model| Candidate {
            checkpoint: model.source.path(),
            name: model.name.clone(),
            model: Some(model.config.clone()),
            has_prior: model.prior.is_some(),
            aim: model.train.as_ref().and_then(|train| train.aim()),
        });
        let mut candidates: Vec<Candidate> = open.collect();
        for run in self.train.runs.iter().filter(|run| run.saved_step.is_some()) {
            if candidates.iter().all(|candidate| candidate.checkpoint != run.folder) {
                candidates.push(Candidate {
                    checkpoint: run.folder.clone(),
                    name: run.name(),
                    model: run.config().map(|config| config.model.clone()),
                    has_prior: false,
                    aim: run.config().and_then(|config| config.aim()),
                });
            }
        }
        candidates
    }

    /// The open models whose pictures stand beneath the tables.
    pub fn shown_models(&self) -> impl Iterator<Item = &ModelInfo> {
        let form = &self.compare.form;
        self.models.iter().filter(|model| form.is_ticked(&model.source.path()))
    }

    /// Order of the form of the Compare screen.
    pub fn compare_order(&self) -> ModelsOrder {
        let form = &self.compare.form;
        let ticked = self.candidates().into_iter().filter(|candidate| form.is_ticked(&candidate.checkpoint));
        ModelsOrder::new(form, ticked.collect())
    }
}
