//! The thread that opens and writes files, one after another. A photo of 40 megapixels or a long GIF
//! takes seconds; the explorer goes on answering meanwhile.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Receiver;

use super::outbox::Outbox;
use super::protocol::{CacheReport, CacheRequest, Event, Export, ModelSource};
use super::shelf::Shelf;
use super::{exports, opening, photos};
use crate::data::cache::{self, keeper};
use crate::error::Result;
use crate::image_buf::ImageBuf;
use crate::run::read_run;

/// What the thread can be told; the commands of the protocol that are about files.
pub enum Task {
    /// Load a model.
    OpenModel(ModelSource),
    /// Decode an image file.
    OpenPhoto(PathBuf),
    /// Take a picture as it is, under a name.
    KeepPhoto(String, ImageBuf),
    /// Read the past of a run.
    OpenRun(PathBuf),
    /// Look into the cache of data sets or clear it.
    Cache(CacheRequest),
    /// Write a file.
    Export(Export),
    /// Finish.
    Close,
}

/// Does what `tasks` say until one is [`Task::Close`]. Once `closing` is set nothing more is opened, but
/// every file that was asked for is written.
pub fn run(tasks: &Receiver<Task>, closing: &AtomicBool, shelf: &Shelf, outbox: &Outbox) {
    for task in tasks {
        let what = match &task {
            Task::Close => break,
            Task::Export(export) => format!("Writing {}", file_name(exports::file(export))),
            _ if closing.load(Ordering::SeqCst) => continue,
            Task::Cache(CacheRequest::Look) => "Looking into the cache".into(),
            Task::Cache(CacheRequest::Clear { .. }) => "Clearing the cache".into(),
            Task::OpenModel(source) => format!("Opening {}", opening::label(source)),
            Task::OpenPhoto(path) => format!("Opening {}", file_name(path)),
            Task::OpenRun(folder) => format!("Opening {}", file_name(folder)),
            Task::KeepPhoto(name, _) => format!("Opening {name}"),
        };
        outbox.send(Event::Busy { what: what.clone() });
        match outbox.guard(&format!("busy with \"{what}\""), || work(task, shelf)) {
            Some(Ok(Some(event))) => outbox.send(event),
            Some(Err(error)) => outbox.error(error.to_string()),
            Some(Ok(None)) | None => {}
        }
        outbox.send(Event::Idle);
    }
}

fn work(task: Task, shelf: &Shelf) -> Result<Option<Event>> {
    Ok(match task {
        Task::OpenModel(source) => Some(Event::ModelOpened(Box::new(opening::open(source, shelf)?))),
        Task::OpenPhoto(path) => Some(Event::PhotoOpened(photos::open(&path, shelf)?)),
        Task::KeepPhoto(name, image) => Some(Event::PhotoOpened(photos::keep(name, image, shelf))),
        Task::OpenRun(folder) => Some(match read_run(&folder) {
            Ok(history) => Event::RunOpened(Box::new(history)),
            Err(error) => Event::RunUnreadable { folder, message: error.to_string() },
        }),
        Task::Cache(request) => Some(Event::Cache(do_with_cache(request)?)),
        Task::Export(export) => Some(Event::FileWritten { file: exports::write(export, shelf)? }),
        Task::Close => None,
    })
}

fn do_with_cache(request: CacheRequest) -> Result<CacheReport> {
    let folder = cache::folder();
    match request {
        CacheRequest::Look => keeper::list(folder.as_deref()),
        CacheRequest::Clear { older_than_days, data } => {
            let choice = keeper::Choice { older_than_days, source: data.as_deref() };
            keeper::clear(folder.as_deref(), choice)
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
