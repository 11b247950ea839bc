//! A window without a picture.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use morphospace::remote::link::{Launcher, LineNews, RemoteWorker};
use morphospace::worker::protocol::*;

use super::place::Place;

/// Generous: the machine may be busy compiling.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// A window.
pub struct Window {
    pub remote: RemoteWorker,
    last: RequestId,
    /// Everything that was told.
    pub told: Vec<Reply>,
    pub news: Vec<LineNews>,
}

impl Window {
    pub fn at(place: &Place) -> Self {
        let mut window = Window::by(&place.command());
        window.wait_for_line();
        window
    }

    pub fn by(command: &str) -> Self {
        let remote = RemoteWorker::connect(Launcher::Command(command.into()), || ()).unwrap();
        Window { remote, last: 0, told: Vec::new(), news: Vec::new() }
    }

    pub fn send(&mut self, command: Command) -> RequestId {
        self.last += 1;
        self.remote.send(Request { id: self.last, command });
        self.last
    }

    fn receive(&mut self) {
        self.news.extend(self.remote.news().try_iter());
        if let Ok(reply) = self.remote.events().recv_timeout(Duration::from_millis(20)) {
            self.news.extend(self.remote.news().try_iter());
            self.told.push(reply);
        }
    }

    /// Waits for a reply, which may have been told already.
    pub fn until<T>(&mut self, pick: impl Fn(&Reply) -> Option<T>) -> T {
        let (begun, mut seen) = (Instant::now(), 0);
        while begun.elapsed() < PATIENCE {
            while seen < self.told.len() {
                if let Some(found) = pick(&self.told[seen]) {
                    return found;
                }
                seen += 1;
            }
            self.receive();
        }
        panic!(
            "not told in time; the news: {:?}, the last replies: {:?}",
            self.news,
            self.told.iter().rev().take(5).collect::<Vec<_>>()
        );
    }

    /// Waits for news from now on, or that were told since the last call.
    pub fn news<T>(&mut self, pick: impl Fn(&LineNews) -> Option<T>) -> T {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            self.receive();
            while !self.news.is_empty() {
                if let Some(found) = pick(&self.news.remove(0)) {
                    return found;
                }
            }
        }
        panic!("no such news in time");
    }

    pub fn wait_for_line(&mut self) {
        self.news(|news| matches!(news, LineNews::Connected { .. }).then_some(()));
    }

    pub fn wait_for_loss(&mut self) {
        self.news(|news| matches!(news, LineNews::Lost { .. }).then_some(()));
    }

    pub fn open_shipped(&mut self) -> ModelInfo {
        let name = "vae-faces-64".to_owned();
        let id = self.send(Command::OpenModel(ModelSource::Shipped(name)));
        self.until(|reply| match reply {
            Reply { to, event: Event::ModelOpened(info) } if *to == Some(id) => Some((**info).clone()),
            _ => None,
        })
    }

    pub fn ask(&mut self, slot: Slot, query: Query) -> Answer {
        let id = self.send(Command::Ask { slot, query });
        self.until(|reply| match reply {
            Reply { to, event: Event::Answered { answer, .. } } if *to == Some(id) => Some(answer.clone()),
            Reply { to, event: Event::Failed { message } } if *to == Some(id) => panic!("{message}"),
            _ => None,
        })
    }

    /// The files of the last export.
    pub fn written(&mut self) -> Vec<PathBuf> {
        let id = self.last;
        self.until(|reply| match reply {
            Reply { to, event: Event::FilesWritten { files } } if *to == Some(id) => Some(files.clone()),
            Reply { to, event: Event::Failed { message } } if *to == Some(id) => panic!("{message}"),
            _ => None,
        })
    }

    /// Waits until questions of a model are answered here: on a slow line that would take a while longer.
    pub fn wait_for_copy(&mut self, model: ModelId, dims: usize) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            self.ask(Slot::Samples, Query::Decode { model, codes: vec![vec![0.0; dims]] });
            if self.remote.answers_here(model) {
                return;
            }
        }
        panic!("no copy in time");
    }

    /// How a job ends.
    pub fn end_of(&mut self, job: JobId) -> JobEvent {
        self.until(|reply| match reply {
            Reply { to, event: Event::Job(event) } if *to == Some(job) => {
                let is_end =
                    matches!(event, JobEvent::Finished(_) | JobEvent::Failed { .. } | JobEvent::Cancelled);
                is_end.then(|| event.clone())
            }
            _ => None,
        })
    }

    /// Waits until a job has told so many steps.
    pub fn wait_for_step(&mut self, job: JobId, step: usize) {
        self.until(|reply| (reply.to == Some(job) && steps_in(reply).last()? >= &step).then_some(()));
    }

    /// The steps that a job has told, in the order in which they came.
    pub fn steps(&self, job: JobId) -> Vec<usize> {
        self.told.iter().filter(|reply| reply.to == Some(job)).flat_map(steps_in).collect()
    }
}

fn steps_in(reply: &Reply) -> Vec<usize> {
    match &reply.event {
        Event::Job(JobEvent::Steps(reports)) => reports.iter().map(|report| report.step).collect(),
        Event::Job(JobEvent::Failed { message }) => panic!("{message}"),
        _ => Vec::new(),
    }
}
