//! Copies of the open models on this computer, which answer what needs a model and numbers alone: a slider waits for no
//! line. What needs a photo, a map or a run is asked there.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossbeam_channel::Receiver;

use super::far_files::FarFiles;
use crate::error::{Error, Result};
use crate::own_data;
use crate::worker::Worker;
use crate::worker::protocol::{
    CHECKPOINT_FILE, Command, Event, Export, LatentInfo, ModelId, ModelInfo, ModelSource, PathKind, Query,
    Reply, Request, RequestId,
};

/// Beyond this a request is one of our own, of which nobody else hears.
const OWN: RequestId = 1 << 63;
/// Copies that are kept from one start to the next, the newest.
const KEPT: usize = 24;

/// A worker that answers from copies.
pub struct Near {
    worker: Worker,
    state: Mutex<NearState>,
}

#[derive(Default)]
struct NearState {
    /// By the numbers that the models have there.
    models: HashMap<ModelId, Copied>,
    /// Copies that are being opened.
    opening: HashMap<RequestId, ModelId>,
    last: RequestId,
}

struct Copied {
    /// Updates and the space of codes, by which a copy is known to be that of the model.
    steps: usize,
    latent: LatentInfo,
    solve_in: Option<usize>,
    /// Its number here, once it is open.
    here: Option<ModelId>,
}

impl Near {
    /// Starts it. `wake` is called after each of its replies.
    pub fn spawn(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Near { worker: Worker::spawn(wake), state: Mutex::default() }
    }

    /// Its replies, to be passed through [`Near::told`].
    pub fn replies(&self) -> Receiver<Reply> {
        self.worker.events().clone()
    }

    /// A reply for whoever asked, if it is for somebody else than this.
    pub fn told(&self, reply: Reply) -> Option<Reply> {
        let to = reply.to?;
        if to & OWN == 0 {
            let is_answer = matches!(
                reply.event,
                Event::Answered { .. }
                    | Event::Failed { .. }
                    | Event::FilesWritten { .. }
                    | Event::Warning { .. }
                    | Event::Busy { .. }
                    | Event::Idle
            );
            return is_answer.then_some(reply);
        }
        let mut state = self.lock();
        let there = match &reply.event {
            Event::ModelOpened(_) | Event::Failed { .. } => state.opening.remove(&to)?,
            _ => return None,
        };
        if let Event::ModelOpened(info) = reply.event {
            let copy = state.models.get_mut(&there);
            match copy.filter(|copy| copy.steps == info.steps && copy.latent == info.latent) {
                Some(copy) => {
                    copy.here = Some(info.id);
                    if let Some(steps) = copy.solve_in {
                        self.send(&mut state, Command::SolveIn { model: info.id, steps });
                    }
                }
                // It was closed meanwhile, or the run has gone on, or its codes were measured there: it is answered
                // there.
                None => drop(self.send(&mut state, Command::CloseModel(info.id))),
            }
        }
        None
    }

    /// A model was opened there. Whether a copy of it is to be fetched: those inside the program are here already.
    pub fn opened(&self, info: &ModelInfo) -> bool {
        let copy = Copied { steps: info.steps, latent: info.latent.clone(), solve_in: None, here: None };
        self.lock().models.insert(info.id, copy);
        match &info.source {
            ModelSource::Shipped(name) => {
                self.open(info.id, ModelSource::Shipped(name.clone()));
                false
            }
            ModelSource::File(_) => true,
        }
    }

    /// Fetches the copy of a model.
    ///
    /// # Errors
    /// A line that is lost, a disk that is full.
    pub fn fetch(&self, files: &FarFiles, info: &ModelInfo) -> Result<()> {
        let ModelSource::File(path) = &info.source else { return Ok(()) };
        let folder =
            own_data::folder().ok_or_else(|| Error::Invalid("there is no place for copies".into()))?;
        let folder = folder.join("fetched");
        std::fs::create_dir_all(&folder).map_err(Error::io("make the folder", &folder))?;
        let fetch = |file: &Path| {
            let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or("safetensors");
            files.fetch(file, |hash| folder.join(format!("{hash:016x}.{ending}")))
        };
        let copy = match &info.config.imported {
            // It may lie in two files, and is read as a person has approved there.
            Some(reading) => {
                let mut reading = reading.as_ref().clone();
                for file in reading.files_mut() {
                    *file = fetch(file)?;
                }
                let copy = fetch(path)?;
                let config = Box::new(reading);
                self.send(&mut self.lock(), Command::KeepImport { file: copy.clone(), config });
                copy
            }
            None => match files.look(vec![path.clone()])?.first() {
                Some(kind) if kind.is_folder() => fetch(&path.join(CHECKPOINT_FILE))?,
                Some(PathKind::Nothing) => {
                    self.open(info.id, ModelSource::Shipped(path.to_string_lossy().into_owned()));
                    return Ok(());
                }
                _ => fetch(path)?,
            },
        };
        self.open(info.id, ModelSource::File(copy));
        keep_newest(&folder);
        Ok(())
    }

    fn open(&self, there: ModelId, source: ModelSource) {
        let mut state = self.lock();
        let id = self.send(&mut state, Command::OpenModel(source));
        state.opening.insert(id, there);
    }

    fn send(&self, state: &mut NearState, command: Command) -> RequestId {
        state.last += 1;
        let id = OWN | state.last;
        self.worker.send(Request { id, command });
        id
    }

    /// Answers a request here if it can, and hands it back if it is to be asked there.
    pub fn take(&self, request: Request) -> Option<Request> {
        let Request { id, command } = request;
        let mut state = self.lock();
        let command = match command {
            Command::Ask { slot, query } => match state.own(query) {
                Ok(query) => {
                    drop(state);
                    self.worker.send(Request { id, command: Command::Ask { slot, query } });
                    return None;
                }
                Err(query) => Command::Ask { slot, query },
            },
            Command::Export(export) if is_plain(&export) => {
                self.worker.send(Request { id, command: Command::Export(export) });
                return None;
            }
            Command::Export(Export::Walk { walks, frames, seconds, file }) => {
                let here = |model: &ModelId| state.models.get(model).and_then(|copy| copy.here);
                if let Some(walks) =
                    walks.iter().map(|(model, walk)| Some((here(model)?, walk.clone()))).collect()
                {
                    let export = Export::Walk { walks, frames, seconds, file };
                    self.worker.send(Request { id, command: Command::Export(export) });
                    return None;
                }
                Command::Export(Export::Walk { walks, frames, seconds, file })
            }
            Command::Withdraw(slot) => {
                self.worker.send(Request { id, command: Command::Withdraw(slot) });
                Command::Withdraw(slot)
            }
            Command::SolveIn { model, steps } => {
                if let Some(copy) = state.models.get_mut(&model) {
                    copy.solve_in = Some(steps);
                    if let Some(here) = copy.here {
                        self.send(&mut state, Command::SolveIn { model: here, steps });
                    }
                }
                Command::SolveIn { model, steps }
            }
            Command::CloseModel(model) => {
                if let Some(here) = state.models.remove(&model).and_then(|copy| copy.here) {
                    self.send(&mut state, Command::CloseModel(here));
                }
                Command::CloseModel(model)
            }
            command => command,
        };
        Some(Request { id, command })
    }

    /// Whether a model has a copy here that answers.
    pub fn has(&self, model: ModelId) -> bool {
        self.lock().models.get(&model).is_some_and(|copy| copy.here.is_some())
    }

    /// The server is another: all its numbers mean something else.
    pub fn forget_all(&self) {
        let mut state = self.lock();
        state.opening.clear();
        let open: Vec<ModelId> = state.models.drain().filter_map(|(_, copy)| copy.here).collect();
        for model in open {
            self.send(&mut state, Command::CloseModel(model));
        }
    }

    /// No panic can happen while it is held.
    fn lock(&self) -> MutexGuard<'_, NearState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NearState {
    /// The question with the number that the model has here, if there is a copy and it needs nothing else.
    fn own(&self, mut query: Query) -> Result<Query, Query> {
        let model = match &mut query {
            Query::Decode { model, .. }
            | Query::Edit { model, .. }
            | Query::Blend { model, .. }
            | Query::Sample { model, .. }
            | Query::Traverse { model, .. }
            | Query::Walk { model, .. }
            | Query::WalkFilm { model, .. } => model,
            Query::Difference { .. }
            | Query::Invert { .. }
            | Query::Filter { .. }
            | Query::Reconstruct { .. }
            | Query::Atlas { .. }
            | Query::Sheet { .. } => return Err(query),
        };
        match self.models.get(model).and_then(|copy| copy.here) {
            Some(here) => {
                *model = here;
                Ok(query)
            }
            None => Err(query),
        }
    }
}

/// Whether a file is written from what is in the command alone.
fn is_plain(export: &Export) -> bool {
    match export {
        Export::WalkPlan { .. }
        | Export::Code { .. }
        | Export::Grid { .. }
        | Export::Pictures { .. }
        | Export::Table { .. }
        | Export::Results { .. }
        | Export::Claim { .. }
        | Export::Plot { .. }
        | Export::Directions { .. } => true,
        Export::Walk { .. } | Export::Model { .. } | Export::Atlas { .. } => false,
    }
}

/// Removes the copies that were made longest ago.
fn keep_newest(folder: &Path) {
    let made = |entry: &std::fs::DirEntry| entry.metadata().and_then(|found| found.modified()).ok();
    let mut copies: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    copies.sort_by_key(|copy| std::cmp::Reverse(made(copy)));
    copies.iter().skip(KEPT).for_each(|copy| drop(std::fs::remove_file(copy.path())));
}
