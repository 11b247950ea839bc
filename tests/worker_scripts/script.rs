//! A conversation with a worker.

use std::cell::Cell;
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
    replies: Receiver<Reply>,
    /// Above the numbers that scripts give to their jobs.
    last: Cell<RequestId>,
}

impl Script {
    pub fn start() -> Self {
        Self::with_wake(|| ())
    }

    /// With what is called after each event.
    pub fn with_wake(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let worker = Worker::spawn(wake);
        let replies = worker.events().clone();
        Script { worker, replies, last: Cell::new(1000) }
    }

    /// Sends a command. Returns its number.
    pub fn send(&self, command: Command) -> RequestId {
        self.last.set(self.last.get() + 1);
        self.worker.send(Request { id: self.last.get(), command });
        self.last.get()
    }

    /// Starts a job with a number of the script's own choice.
    pub fn start_job(&self, job: JobId, work: Job) {
        self.worker.send(Request { id: job, command: Command::Start(work) });
    }

    /// The next event, however unimportant.
    pub fn next(&self) -> Event {
        self.replies.recv_timeout(PATIENCE).expect("the worker fell silent").event
    }

    /// Sends a command and waits for what `pick` finds in the replies to it, or for the reason why it failed.
    pub fn answer<T>(&self, command: Command, mut pick: impl FnMut(Event) -> Option<T>) -> Result<T, String> {
        let request = self.send(command);
        self.until_reply(|reply| match reply {
            Reply { to, event } if to == Some(request) => match event {
                Event::Failed { message } => Some(Err(message)),
                event => pick(event).map(Ok),
            },
            _ => None,
        })
    }

    /// Reads events until `pick` finds what it looks for.
    pub fn until<T>(&self, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        self.until_reply(|reply| pick(reply.event))
    }

    /// Reads replies until `pick` finds what it looks for.
    pub fn until_reply<T>(&self, mut pick: impl FnMut(Reply) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let reply = self.replies.recv_deadline(deadline).expect("what the script waits for never came");
            if let Some(found) = pick(reply) {
                return found;
            }
        }
    }

    /// Everything said until the threads have ended.
    pub fn finish(self) -> Vec<Reply> {
        drop(self.worker);
        self.replies.iter().collect()
    }

    pub fn open_model(&self, source: ModelSource) -> ModelInfo {
        let opened = self.answer(Command::OpenModel(source), |event| match event {
            Event::ModelOpened(info) => Some(*info),
            _ => None,
        });
        opened.unwrap()
    }

    /// Opens the model of [`tiny_run`].
    pub fn open_tiny(&self) -> ModelInfo {
        self.open_model(ModelSource::File(tiny_run().to_owned()))
    }

    pub fn open_photo(&self, path: &Path) -> PhotoInfo {
        self.photo(Command::OpenPhoto(path.to_owned())).unwrap()
    }

    pub fn paste(&self, image: ImageBuf) -> PhotoInfo {
        self.photo(Command::PastePhoto { name: "Clipboard".into(), image }).unwrap()
    }

    fn photo(&self, command: Command) -> Result<PhotoInfo, String> {
        self.answer(command, |event| match event {
            Event::PhotoOpened(info) => Some(info),
            _ => None,
        })
    }

    /// Asks, and waits for the answer or the reason why there is none.
    pub fn ask(&mut self, slot: Slot, query: Query) -> Result<Answer, String> {
        self.answer(Command::Ask { slot, query }, |event| match event {
            Event::Answered { answer, .. } => Some(answer),
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
        self.answer(Command::Export(export), |event| match event {
            Event::FilesWritten { files } => files.into_iter().next(),
            _ => None,
        })
    }

    /// News of `job` until `pick` finds what it looks for.
    pub fn job_until<T>(&self, job: JobId, mut pick: impl FnMut(JobEvent) -> Option<T>) -> T {
        self.until_reply(|reply| match reply {
            Reply { to, event: Event::Job(event) } if to == Some(job) => pick(event),
            _ => None,
        })
    }

    /// The end of a job.
    pub fn job_end(&self, job: JobId) -> JobEvent {
        self.job_until(job, |event| is_end(&event).then_some(event))
    }
}

/// Whether nothing can follow this.
pub fn is_end(event: &JobEvent) -> bool {
    matches!(event, JobEvent::Finished(_) | JobEvent::Failed { .. } | JobEvent::Cancelled)
}
