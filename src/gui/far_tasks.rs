//! Tasks on the files of another computer, each on a thread of its own: the line may be slow.

use std::path::PathBuf;

use crossbeam_channel::Sender;
use eframe::egui::Context;
use rust_i18n::t;

use super::state::{PathKind, PathOrigin, Pick};
use super::tasks::{TaskResult, beside_the_window};
use crate::error::Result;
use crate::remote::link::FarFiles;

/// Lists a folder there; the home folder if none is named.
pub fn list(ctx: &Context, done: &Sender<TaskResult>, files: FarFiles, folder: Option<PathBuf>) {
    let run = move || TaskResult::FarListed(files.list(folder).map_err(|error| error.to_string()));
    beside_the_window(ctx, done, "far folder", &t!("The folder cannot be listed"), run);
}

/// The names in a folder there; none if it is not there.
pub fn list_names(ctx: &Context, done: &Sender<TaskResult>, files: FarFiles, folder: PathBuf) {
    let run = move || {
        let listed = files.list(Some(folder.clone())).unwrap_or_default();
        let names = listed.entries.into_iter().map(|entry| entry.name.into()).collect();
        TaskResult::Names(folder, names)
    };
    beside_the_window(ctx, done, "far names", &t!("The folder of new runs cannot be listed"), run);
}

/// Sends a file there that was chosen here for something.
pub fn send_picked(ctx: &Context, done: &Sender<TaskResult>, files: FarFiles, pick: Pick, path: PathBuf) {
    let run = move || match files.send(&path) {
        Ok(there) => TaskResult::Sent(pick, there),
        Err(error) => TaskResult::Failed(error.to_string()),
    };
    beside_the_window(ctx, done, "file on its way", &t!("The file cannot be sent"), run);
}

/// Looks what lies at paths that a person has given: a file of this computer is sent there, a folder of it is not, and
/// what is not here is looked for there.
pub fn look(
    ctx: &Context,
    done: &Sender<TaskResult>,
    files: FarFiles,
    paths: Vec<PathBuf>,
    given: PathOrigin,
) {
    let failed = done.clone();
    let run = move || {
        let mut places = Vec::new();
        for path in paths {
            match place(&files, path) {
                Ok(place) => places.extend(place),
                // The window may be closed by now; then nobody wants to know.
                Err(error) => drop(failed.send(TaskResult::Failed(error.to_string()))),
            }
        }
        match given {
            PathOrigin::ByName => TaskResult::Looked(places),
            PathOrigin::AsText => TaskResult::LookedAtText(places),
        }
    };
    beside_the_window(ctx, done, "look at far paths", "What was given cannot be opened", run);
}

/// Where it lies there, and what it is.
fn place(files: &FarFiles, path: PathBuf) -> Result<Option<(PathBuf, PathKind)>> {
    let there = match std::fs::metadata(&path) {
        Ok(found) if found.is_file() => files.send(&path)?,
        Ok(_) => {
            return Err(crate::Error::file(
                &path,
                "this folder is on this computer and the work is done on the other one; copy it there (as with rsync) and \
                 choose it there",
            ));
        }
        Err(_) => path,
    };
    let kind = files.look(vec![there.clone()])?.first().copied();
    Ok(kind.map(|kind| (there, kind)))
}
