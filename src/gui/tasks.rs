//! Tasks that would make the window wait, each on a thread of its own: dialogs for files, the past of a run, the points
//! of a map, the end of a worker.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use eframe::egui::Context;
use rust_i18n::t;

use crate::gui::saving;
use crate::gui::state::atlas::shown::ReadyMap;
use crate::gui::state::picks::naming;
use crate::gui::state::train::stored_run::StoredRun;
use crate::gui::state::{PathKind, PathOrigin, Pick, Save};
use crate::image_buf::ImageBuf;
use crate::remote::messages::FarFolder;
use crate::worker::protocol::{AtlasMap, AtlasOrder, ModelId, RunHistory, path_kind};

/// A dialog that is gone before this was never there.
const FASTEST_PERSON: Duration = Duration::from_millis(120);

/// Result of a task.
#[derive(Debug)]
pub enum TaskResult {
    /// A file or folder was chosen.
    Picked(Pick, PathBuf),
    /// The desktop offers no dialog to open files with.
    NoDialog,
    /// The desktop offers no dialog to save files with; this path is free, or the sentence says why there is none.
    SaveAt(Save, Result<PathBuf, String>),
    /// Kinds of what lies at paths that were given by name.
    Looked(Vec<(PathBuf, PathKind)>),
    /// Kinds of what lies at paths that were pasted as text.
    LookedAtText(Vec<(PathBuf, PathKind)>),
    /// The names in a folder.
    Names(PathBuf, BTreeSet<OsString>),
    /// A folder has another name.
    Renamed(PathBuf, PathBuf),
    /// The system's file manager shows a folder.
    FolderShown,
    /// The plots have been photographed, or could not be, for this file.
    Photographed(Option<ImageBuf>, PathBuf),
    /// The past of a run is ready to be shown.
    Past(Box<StoredRun>),
    /// A map is ready to be shown.
    Map(Box<ReadyMap>),
    /// A worker that had failed, or was left for another, is gone.
    WorkerEnded,
    /// A folder of the other computer has been listed, or cannot be.
    FarListed(Result<FarFolder, String>),
    /// A file that was chosen here lies there now.
    Sent(Pick, PathBuf),
    /// It did not work; a sentence for people.
    Failed(String),
}

/// Orders the points of a map, so that they are found quickly.
pub fn index_map(
    ctx: &Context,
    done: &Sender<TaskResult>,
    map: AtlasMap,
    (order, model): (AtlasOrder, Option<ModelId>),
) {
    let run = move || TaskResult::Map(Box::new(ReadyMap::new(map, order, model)));
    beside_the_window(ctx, done, "points of a map", &t!("The map cannot be shown"), run);
}

/// Opens a dialog beside the window. Nothing is sent when it is cancelled.
pub fn open_dialog(ctx: &Context, done: &Sender<TaskResult>, pick: Pick, folder: Option<PathBuf>) {
    let (ctx, sender, failed) = (ctx.clone(), done.clone(), done.clone());
    let run = move || {
        let begun = Instant::now();
        let mut files = rfd::FileDialog::new();
        if let Some(folder) = folder {
            files = files.set_directory(folder);
        }
        files = files.set_title(pick.title());
        if let Some(filter) = pick.filter() {
            files = files.add_filter(filter.name, &filter.endings);
            if filter.others {
                files = files.add_filter(t!("All files"), &["*"]);
            }
        }
        let path = match pick {
            pick if pick.is_folder() => files.pick_folder(),
            Pick::File(save) => {
                let (_, name, kind) = naming(save);
                files.add_filter(kind.to_uppercase(), &[kind]).set_file_name(name).save_file()
            }
            _ => files.pick_file(),
        };
        let answer = path.map(|path| TaskResult::Picked(pick, path));
        // No person cancels this fast: where there is no dialog, its absence is all that comes back.
        let refused = answer.is_none() && begun.elapsed() < FASTEST_PERSON;
        let instead = || match pick {
            Pick::File(save) => TaskResult::SaveAt(save, saving::place(save)),
            _ => TaskResult::NoDialog,
        };
        if let Some(answer) = answer.or_else(|| refused.then(instead)) {
            // The window may be closed by now; then nobody wants to know.
            let _ = sender.send(answer);
            ctx.request_repaint();
        }
    };
    if let Err(error) = thread::Builder::new().name("file dialog".into()).spawn(run) {
        let _ = failed.send(TaskResult::Failed(
            t!("The file dialog could not be opened, %{error}", error = error).into(),
        ));
    }
}

/// Lets a worker come to its end beside the window: it may have a run to save first.
pub fn end_worker(ctx: &Context, done: &Sender<TaskResult>, end: impl FnOnce() + Send + 'static) {
    let run = move || {
        end();
        TaskResult::WorkerEnded
    };
    beside_the_window(ctx, done, "end of a worker", &t!("The worker could not be started again"), run);
}

/// Looks what lies at paths: a disk that sleeps or is far away would make the window wait.
pub fn look(ctx: &Context, done: &Sender<TaskResult>, paths: Vec<PathBuf>, given: PathOrigin) {
    let run = move || {
        let places = paths.into_iter().map(|path| (path.clone(), path_kind(&path))).collect();
        match given {
            PathOrigin::ByName => TaskResult::Looked(places),
            PathOrigin::AsText => TaskResult::LookedAtText(places),
        }
    };
    beside_the_window(ctx, done, "look at paths", &t!("What was given cannot be opened"), run);
}

/// Lists the names in a folder; none if it is not there.
pub fn list_names(ctx: &Context, done: &Sender<TaskResult>, folder: PathBuf) {
    let run = move || {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name()).collect();
        TaskResult::Names(folder, names)
    };
    beside_the_window(ctx, done, "list names", &t!("The folder of new runs cannot be listed"), run);
}

/// Shows a folder in the system's file manager.
pub fn show_folder(ctx: &Context, done: &Sender<TaskResult>, folder: PathBuf) {
    let program = match () {
        () if cfg!(windows) => "explorer",
        () if cfg!(target_os = "macos") => "open",
        () => "xdg-open",
    };
    let run = move || {
        let command = Command::new(program)
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let reason = match command {
            // That of Windows answers with an error also where it has shown the folder.
            Ok(status) if status.success() || cfg!(windows) => return TaskResult::FolderShown,
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let words = t!(
            "The file manager could not be opened (%{program}: %{reason}). The folder is %{folder}",
            program = program,
            reason = reason,
            folder = folder.display()
        );
        TaskResult::Failed(words.into_owned())
    };
    beside_the_window(ctx, done, "show a folder", &t!("The folder cannot be shown"), run);
}

/// Gives a folder another name. One that is there already is left alone.
pub fn rename_folder(ctx: &Context, done: &Sender<TaskResult>, from: PathBuf, to: PathBuf) {
    let run = move || {
        let renamed = match to.exists() {
            true => Err(t!("there is a folder of that name already").into_owned()),
            false => std::fs::rename(&from, &to).map_err(|error| error.to_string()),
        };
        match renamed {
            Ok(()) => TaskResult::Renamed(from, to),
            Err(reason) => {
                let words =
                    t!("%{folder} could not be renamed: %{reason}", folder = from.display(), reason = reason);
                TaskResult::Failed(words.into_owned())
            }
        }
    };
    beside_the_window(ctx, done, "rename a folder", &t!("The run could not be renamed"), run);
}

/// Runs a task on a thread of its own. `complaint` begins the sentence for a system that gives none.
pub(super) fn beside_the_window(
    ctx: &Context,
    done: &Sender<TaskResult>,
    name: &str,
    complaint: &str,
    task: impl FnOnce() -> TaskResult + Send + 'static,
) {
    let (ctx, sender) = (ctx.clone(), done.clone());
    let run = move || {
        // The window may be closed by now; then nobody wants to know.
        let _ = sender.send(task());
        ctx.request_repaint();
    };
    if let Err(error) = thread::Builder::new().name(name.into()).spawn(run) {
        let _ = done.send(TaskResult::Failed(format!("{complaint}, {error}")));
    }
}

/// Makes the past of a run ready to be shown.
pub fn read_past(ctx: &Context, done: &Sender<TaskResult>, history: Box<RunHistory>) {
    let run = move || TaskResult::Past(Box::new(StoredRun::of(*history)));
    beside_the_window(ctx, done, "past of a run", &t!("The past of a run cannot be shown"), run);
}
