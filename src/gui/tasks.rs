//! Tasks that would make the window wait, each on a thread of its own: dialogs for files, the past of a run, the points
//! of a map, the end of a worker.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use eframe::egui::Context;

use crate::gui::state::atlas::shown::ReadyMap;
use crate::gui::state::train::stored_run::StoredRun;
use crate::gui::state::{DataKind, FilmFormat, PathKind, PathOrigin, Pick, Save};
use crate::image_buf::ImageBuf;
use crate::table::TableFormat;
use crate::worker::protocol::{
    ARRAY_ENDINGS, AtlasMap, AtlasOrder, CHECKPOINT_FILE, MODEL_ENDINGS, ModelId, RunHistory, are_pictures,
    image_endings,
};

/// A dialog that is gone before this was never there.
const FASTEST_PERSON: Duration = Duration::from_millis(120);
const NO_DIALOG: &str = "This desktop offers no dialog for files. Drop the file on the window or paste its path, \
                         or install xdg-desktop-portal or zenity";

/// Result of a task.
#[derive(Debug)]
pub enum TaskResult {
    /// A file or folder was chosen.
    Picked(Pick, PathBuf),
    /// Kinds of what lies at paths that were given by name.
    Looked(Vec<(PathBuf, PathKind)>),
    /// Kinds of what lies at paths that were pasted as text.
    LookedAtText(Vec<(PathBuf, PathKind)>),
    /// The names in a folder.
    Names(PathBuf, BTreeSet<OsString>),
    /// The plots have been photographed, or could not be, for this file.
    Photographed(Option<ImageBuf>, PathBuf),
    /// The past of a run is ready to be shown.
    Past(Box<StoredRun>),
    /// A map is ready to be shown.
    Map(Box<ReadyMap>),
    /// A worker that had failed is gone.
    WorkerEnded,
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
    beside_the_window(ctx, done, "points of a map", "The map cannot be shown", run);
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
        let path = match pick {
            Pick::Model => {
                let endings = [&["safetensors"], &MODEL_ENDINGS[..]].concat();
                files.set_title("Open model").add_filter("Models", &endings).pick_file()
            }
            Pick::Photo(_) => files
                .set_title("Open photo")
                .add_filter("Images", &image_endings())
                .add_filter("All files", &["*"])
                .pick_file(),
            Pick::Data(DataKind::Folder, _) => files.set_title("Choose a folder of images").pick_folder(),
            Pick::Data(DataKind::Archive, _) => files
                .set_title("Choose an archive or arrays of images")
                .add_filter("Zip archives and arrays", &[&["zip"], &ARRAY_ENDINGS[..]].concat())
                .add_filter("All files", &["*"])
                .pick_file(),
            Pick::Features(_) => files
                .set_title("Choose a file of features")
                .add_filter("Features", &["npy", "npz"])
                .pick_file(),
            Pick::FeatureLoss => files
                .set_title("Choose the weights of the Inception network")
                .add_filter("Weights", &["safetensors", "pth"])
                .pick_file(),
            Pick::Weights(seen_by) => files
                .set_title(format!(
                    "Choose the weights of the {} network",
                    seen_by.brought().unwrap_or_default()
                ))
                .add_filter("Weights", &["safetensors", "pth"])
                .pick_file(),
            Pick::Directions => {
                files.set_title("Open directions").add_filter("Directions", &["json"]).pick_file()
            }
            Pick::Run => files.set_title("Open the folder of a run").pick_folder(),
            Pick::Runs => files.set_title("Choose a folder of runs").pick_folder(),
            Pick::RunsFolder => files.set_title("Keep new runs in").pick_folder(),
            Pick::Walk => files.set_title("Open walk").add_filter("Walks", &["json"]).pick_file(),
            Pick::File(save @ (Save::WalkFrames | Save::Claim)) => {
                files.set_title(naming(save).0).pick_folder()
            }
            Pick::File(save) => {
                let (title, name, kind) = naming(save);
                files
                    .set_title(title)
                    .add_filter(kind.to_uppercase(), &[kind])
                    .set_file_name(name)
                    .save_file()
            }
        };
        let answer = path.map(|path| TaskResult::Picked(pick, path));
        // No person cancels this fast: where there is no dialog, its absence is all that comes back.
        let refused = answer.is_none() && begun.elapsed() < FASTEST_PERSON;
        if let Some(answer) = answer.or_else(|| refused.then(|| TaskResult::Failed(NO_DIALOG.into()))) {
            // The window may be closed by now; then nobody wants to know.
            let _ = sender.send(answer);
            ctx.request_repaint();
        }
    };
    if let Err(error) = thread::Builder::new().name("file dialog".into()).spawn(run) {
        let _ = failed.send(TaskResult::Failed(format!("The file dialog could not be opened, {error}")));
    }
}

/// Lets a worker come to its end beside the window: it may have a run to save first.
pub fn end_worker(ctx: &Context, done: &Sender<TaskResult>, end: impl FnOnce() + Send + 'static) {
    let run = move || {
        end();
        TaskResult::WorkerEnded
    };
    beside_the_window(ctx, done, "end of a worker", "The worker could not be started again", run);
}

/// Looks what lies at paths: a disk that sleeps or is far away would make the window wait.
pub fn look(ctx: &Context, done: &Sender<TaskResult>, paths: Vec<PathBuf>, given: PathOrigin) {
    let place_of = |path: PathBuf| {
        let place = match std::fs::metadata(&path) {
            Err(_) => PathKind::Nothing,
            Ok(found) if !found.is_dir() && are_pictures(&path) => PathKind::Arrays,
            Ok(found) if !found.is_dir() => PathKind::File,
            Ok(_) if path.join(CHECKPOINT_FILE).is_file() => PathKind::Run,
            Ok(_) if holds_runs(&path) => PathKind::Runs,
            Ok(_) => PathKind::Folder,
        };
        (path, place)
    };
    let run = move || {
        let places = paths.into_iter().map(place_of).collect();
        match given {
            PathOrigin::ByName => TaskResult::Looked(places),
            PathOrigin::AsText => TaskResult::LookedAtText(places),
        }
    };
    beside_the_window(ctx, done, "look at paths", "What was given cannot be opened", run);
}

/// Whether a folder holds those of runs.
fn holds_runs(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    // A data set may be a folder of very many files.
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_file()));
    folders.map(|entry| entry.path().join(CHECKPOINT_FILE)).any(|checkpoint| checkpoint.is_file())
}

/// Lists the names in a folder; none if it is not there.
pub fn list_names(ctx: &Context, done: &Sender<TaskResult>, folder: PathBuf) {
    let run = move || {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name()).collect();
        TaskResult::Names(folder, names)
    };
    beside_the_window(ctx, done, "list names", "The folder of new runs cannot be listed", run);
}

/// Runs a task on a thread of its own. `complaint` begins the sentence for a system that gives none.
fn beside_the_window(
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
    beside_the_window(ctx, done, "past of a run", "The past of a run cannot be shown", run);
}

fn naming(save: Save) -> (&'static str, &'static str, &'static str) {
    match save {
        Save::ExplorePicture => ("Save picture", "face.png", "png"),
        Save::SampleSheet => ("Save samples", "samples.png", "png"),
        Save::Reconstructions => ("Save reconstructions", "reconstructions.png", "png"),
        Save::WalkFilm(FilmFormat::Gif) => ("Export animation", "walk.gif", "gif"),
        Save::WalkFilm(FilmFormat::WebP) => ("Export animation", "walk.webp", "webp"),
        Save::WalkFilm(FilmFormat::Apng) => ("Export animation", "walk.apng", "apng"),
        Save::WalkFrames => ("Export pictures into a folder", "walk", "png"),
        Save::WalkPlan => ("Save walk", "faces.walk.json", "json"),
        Save::WalkStrip => ("Export strip", "walk.png", "png"),
        Save::Directions => ("Export directions", "directions.json", "json"),
        Save::Plots => ("Save plots", "curves.png", "png"),
        Save::Numbers(_) => ("Save numbers", "curves.csv", "csv"),
        Save::AtlasPlot => ("Save map", "map.png", "png"),
        Save::AtlasPoints => ("Save points", "map.csv", "csv"),
        Save::Claim => ("Save tables, plots and pictures into a folder", "claim", "md"),
        Save::Results(TableFormat::Markdown) => ("Save tables", "comparison.md", "md"),
        Save::Results(TableFormat::Csv) => ("Save tables", "comparison.csv", "csv"),
        Save::Results(TableFormat::Latex) => ("Save tables", "comparison.tex", "tex"),
    }
}
