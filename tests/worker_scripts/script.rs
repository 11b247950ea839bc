//! A conversation with a worker.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use morphospace::ImageBuf;
use morphospace::worker::Worker;
use morphospace::worker::protocol::*;

use crate::common::tiny_run;

/// Longer than any of the tests' work takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A worker and what it said.
pub struct Script {
    pub worker: Worker,
    events: Receiver<Event>,
    request: RequestId,
}

impl Script {
    pub fn start() -> Self {
        Self::with_wake(|| ())
    }

    /// With what is called after each event.
    pub fn with_wake(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let worker = Worker::spawn(wake);
        let events = worker.events().clone();
        Script { worker, events, request: 0 }
    }

    /// The next event, however unimportant.
    pub fn next(&self) -> Event {
        self.events.recv_timeout(PATIENCE).expect("the worker fell silent")
    }

    /// Reads events until `pick` finds what it looks for.
    pub fn until<T>(&self, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let event = self.events.recv_deadline(deadline).expect("what the script waits for never came");
            if let Some(found) = pick(event) {
                return found;
            }
        }
    }

    /// Everything said until the threads have ended.
    pub fn finish(self) -> Vec<Event> {
        drop(self.worker);
        self.events.iter().collect()
    }

    pub fn open_model(&self, source: ModelSource) -> ModelInfo {
        self.worker.send(Command::OpenModel(source));
        self.until(|event| match event {
            Event::ModelOpened(info) => Some(*info),
            Event::Notice(notice) => panic!("{}", notice.message),
            _ => None,
        })
    }

    /// Opens the model of [`tiny_run`].
    pub fn open_tiny(&self) -> ModelInfo {
        self.open_model(ModelSource::File(tiny_run().to_owned()))
    }

    pub fn open_photo(&self, path: &Path) -> PhotoInfo {
        self.worker.send(Command::OpenPhoto(path.to_owned()));
        self.until(|event| match event {
            Event::PhotoOpened(info) => Some(info),
            Event::Notice(notice) => panic!("{}", notice.message),
            _ => None,
        })
    }

    /// Asks, and waits for the answer or the reason why there is none.
    pub fn ask(&mut self, slot: Slot, query: Query) -> Result<Answer, String> {
        self.request += 1;
        let wanted = self.request;
        self.worker.send(Command::Ask { slot, request: wanted, query });
        self.until(|event| match event {
            Event::Answered { request, answer, .. } if request == wanted => Some(Ok(answer)),
            Event::QueryFailed { request, message, .. } if request == wanted => Some(Err(message)),
            _ => None,
        })
    }

    /// Asks for pictures.
    pub fn pictures(&mut self, slot: Slot, query: Query) -> Vec<ImageBuf> {
        match self.ask(slot, query) {
            Ok(Answer::Images(images) | Answer::Samples { images, .. }) => images,
            other => panic!("{other:?} instead of pictures"),
        }
    }

    pub fn decode(&mut self, model: ModelId, codes: &[Vec<f32>]) -> Vec<ImageBuf> {
        self.pictures(Slot::Explore, Query::Decode { model, codes: codes.to_vec() })
    }

    /// The file that an export wrote, or the message that says why not.
    pub fn export(&self, export: Export) -> Result<PathBuf, String> {
        self.worker.send(Command::Export(export));
        self.until(|event| match event {
            Event::FileWritten { file } => Some(Ok(file)),
            Event::Notice(notice) => Some(Err(notice.message)),
            _ => None,
        })
    }

    /// The next message to a person.
    pub fn notice(&self) -> Notice {
        self.until(|event| match event {
            Event::Notice(notice) => Some(notice),
            _ => None,
        })
    }

    /// News of `job` until `pick` finds what it looks for.
    pub fn job_until<T>(&self, job: JobId, mut pick: impl FnMut(JobEvent) -> Option<T>) -> T {
        self.until(|event| match event {
            Event::Job { job: id, event } if id == job => pick(event),
            _ => None,
        })
    }

    /// How a job ends.
    pub fn job_end(&self, job: JobId) -> JobEvent {
        self.job_until(job, |event| is_end(&event).then_some(event))
    }
}

/// Whether nothing can follow this.
pub fn is_end(event: &JobEvent) -> bool {
    matches!(event, JobEvent::Finished(_) | JobEvent::Failed { .. } | JobEvent::Cancelled)
}
