//! Messages of the server, taken in; and exports, which are made there and fetched.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use super::exports::{self, Pending};
use super::news::LineNews;
use super::shared::Shared;
use crate::error::{Error, Result};
use crate::remote::messages::{Attached, News, ToWindow};
use crate::remote::threads::spawn;
use crate::worker::protocol::{Command, Event, Export, Reply, Request, RequestId};

impl Shared {
    /// Takes a message of the server in.
    ///
    /// # Errors
    /// The end of the server.
    pub fn take(self: &Arc<Self>, message: ToWindow) -> Result<()> {
        self.lock().heard();
        match message {
            ToWindow::Attached(attached) => self.attached(&attached),
            ToWindow::News(number, news) => {
                let is_new = self.lock().is_new(number);
                self.changed.notify_all();
                if is_new {
                    self.take_news(news);
                }
            }
            ToWindow::Pong { ping, received } => {
                self.lock().arrived(received);
                let sent = *self.ping.lock().unwrap_or_else(PoisonError::into_inner);
                if let (number, Some(at)) = sent
                    && number == ping
                {
                    self.tell_news(LineNews::Latency(at.elapsed()));
                }
            }
            ToWindow::File(id, answer) => self.files.answered(id, answer),
            ToWindow::Ending(why) => return Err(Error::Invalid(why)),
        }
        Ok(())
    }

    fn attached(&self, attached: &Attached) {
        let is_other = self.lock().attached(attached);
        self.changed.notify_all();
        let Attached { host, runs_folder, .. } = attached.clone();
        self.tell_news(LineNews::Connected { host, runs_folder });
        if is_other {
            self.near.forget_all();
            self.exports.forget_all();
            self.tell_news(LineNews::Restarted);
        }
    }

    fn take_news(self: &Arc<Self>, news: News) {
        match news {
            News::Job(job, work) => self.tell_news(LineNews::Job(job, work)),
            News::Control { own, windows } => self.tell_news(LineNews::Control { own, windows }),
            News::Reply(reply) => {
                let reply = self.lock().own(reply);
                if let Event::ModelOpened(info) = &reply.event
                    && self.near.opened(info)
                {
                    let (shared, info) = (Arc::clone(self), info.clone());
                    // Until a copy is here, and if there never is one, questions are answered there.
                    let _ = spawn("copy of a model", move || drop(shared.near.fetch(&shared.files, &info)));
                }
                if let Some(reply) = self.take_export(reply) {
                    self.tell(reply);
                }
            }
        }
    }

    /// Has an export made there.
    pub fn export(self: &Arc<Self>, id: RequestId, export: Export) {
        let shared = Arc::clone(self);
        let begun = spawn("export there", move || {
            if let Err(error) = shared.ask_for_export(id, export) {
                shared.tell(failed(id, &error));
            }
        });
        if let Err(error) = begun {
            self.tell(failed(id, &error));
        }
    }

    fn ask_for_export(&self, id: RequestId, export: Export) -> Result<()> {
        let (export, pending) = exports::there(export, &self.files)?;
        self.exports.add(id, pending);
        self.ask(Request { id, command: Command::Export(export) });
        Ok(())
    }

    /// Takes a reply to an export, which is told when the files are here. Others are handed back.
    fn take_export(self: &Arc<Self>, reply: Reply) -> Option<Reply> {
        let is_end = matches!(reply.event, Event::FilesWritten { .. } | Event::Failed { .. });
        let Some(id) = reply.to.filter(|_| is_end) else { return Some(reply) };
        let Some(pending) = self.exports.take(id) else { return Some(reply) };
        let shared = Arc::clone(self);
        let begun = spawn("export here", move || {
            let event = shared.bring(&pending, reply.event);
            shared.files.clear(pending.there);
            shared.tell(Reply { to: Some(id), event });
        });
        begun.err().map(|error| failed(id, &error))
    }

    /// Brings the files of an export.
    fn bring(&self, pending: &Pending, event: Event) -> Event {
        let Event::FilesWritten { files } = event else { return event };
        match files.iter().map(|file| pending.bring(file, &self.files)).collect::<Result<Vec<PathBuf>>>() {
            Ok(files) => Event::FilesWritten { files },
            Err(error) => Event::Failed { message: error.to_string() },
        }
    }
}

fn failed(id: RequestId, error: &Error) -> Reply {
    Reply { to: Some(id), event: Event::Failed { message: error.to_string() } }
}
