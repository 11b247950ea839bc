//! The thread that opens and writes files, one after another. A photo of 40 megapixels or a long GIF
//! takes seconds; the explorer goes on answering meanwhile.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Receiver;

use super::outbox::{Outbox, guard};
use super::protocol::{CacheReport, CacheRequest, Command, Event, Request};
use super::registry::Registry;
use super::surveyor::Surveyor;
use super::{crops, exports, imports, opening, photos, walk_files};
use crate::data::cache::{self, keeper};
use crate::error::{Error, Result};
use crate::experiments::claims;
use crate::run::{directions_file, kept_tables, read_run, read_runs};

/// Does what `requests` say, whose commands are about files, until one is [`Command::Shutdown`]. Once `closing` is
/// set nothing more is opened, but every file that was asked for is written.
pub fn run(requests: &Receiver<Request>, closing: &AtomicBool, registry: &Registry, outbox: &Outbox) {
    let mut find_faces = true;
    let surveyor = Surveyor::default();
    for Request { id, command } in requests {
        match command {
            Command::Shutdown => break,
            Command::Survey(data) => {
                surveyor.begin(data, outbox.to(id));
                continue;
            }
            Command::FindFaces(on) => {
                find_faces = on;
                continue;
            }
            Command::Export(_) | Command::SaveDirections { .. } | Command::KeepTable { .. } => (),
            _ if closing.load(Ordering::SeqCst) => continue,
            _ => (),
        }
        let outbox = outbox.to(id);
        let what = label(&command);
        let doing = what.as_ref().map_or("closing something".into(), |what| format!("busy with \"{what}\""));
        let is_long = what.is_some();
        what.into_iter().for_each(|what| outbox.send(Event::Busy { what }));
        match guard(&doing, || work(command, registry, find_faces, &outbox)) {
            Ok(event) => outbox.send(event),
            Err(error) => outbox.fail(error.to_string()),
        }
        if is_long {
            outbox.send(Event::Idle);
        }
    }
}

/// Text of a status line while it is done; none for what is done at once.
fn label(command: &Command) -> Option<String> {
    Some(match command {
        Command::Export(export) => format!("Writing {}", file_name(exports::file(export))),
        Command::Cache(CacheRequest::Look) => "Looking into the cache".into(),
        Command::Cache(CacheRequest::Clear { .. }) => "Clearing the cache".into(),
        Command::OpenModel(source) => format!("Opening {}", opening::label(source)),
        Command::OpenPhoto(path) | Command::OpenWalk(path) | Command::ReadCode(path) => {
            format!("Opening {}", file_name(path))
        }
        Command::ProposeImport(files) => {
            format!("Reading {}", files.first().map_or_else(String::new, |f| file_name(f)))
        }
        Command::PreviewImport { file, .. } => format!("Reading {}", file_name(file)),
        Command::OpenRun(folder) | Command::OpenRuns(folder) => format!("Opening {}", file_name(folder)),
        Command::OpenDirections { file, .. } => format!("Opening {}", file_name(file)),
        Command::SaveDirections { .. } => "Saving directions".into(),
        Command::PastePhoto { name, .. } => format!("Opening {name}"),
        Command::FindFacesIn(_) => "Finding faces".into(),
        _ => return None,
    })
}

fn work(command: Command, registry: &Registry, find_faces: bool, outbox: &Outbox) -> Result<Event> {
    Ok(match command {
        Command::OpenModel(source) => {
            let (info, warning) = opening::open(source, registry)?;
            warning.into_iter().for_each(|message| outbox.send(Event::Warning { message }));
            Event::ModelOpened(Box::new(info))
        }
        Command::ProposeImport(files) => Event::ImportProposed(Box::new(imports::propose(files)?)),
        Command::PreviewImport { file, config } => {
            Event::ImportProposed(Box::new(imports::preview(file, *config)?))
        }
        Command::KeepImport { file, config } => {
            imports::keep(file.clone(), *config)?;
            Event::ImportKept(file)
        }
        Command::OpenPhoto(path) => Event::PhotoOpened(photos::open(&path, registry, find_faces)?),
        Command::PastePhoto { name, image } => {
            Event::PhotoOpened(photos::keep(name, image, registry, find_faces)?)
        }
        Command::FindFacesIn(photo) => Event::FacesFound { photo, faces: photos::faces(photo, registry)? },
        Command::RememberCrop { content, crop } => {
            crops::remember(content, crop)?;
            Event::CropRemembered
        }
        Command::CloseModel(id) => {
            registry.close_model(id);
            Event::Closed
        }
        Command::SolveIn { model, steps } => {
            registry.solve_in(model, steps)?;
            Event::Solving
        }
        Command::CloseAtlas(id) => {
            registry.close_atlas(id);
            Event::Closed
        }
        Command::ClosePhoto(id) => {
            registry.close_photo(id);
            Event::Closed
        }
        Command::SaveDirections { model, directions } => {
            let origin = registry.model_origin(model)?;
            let file = origin.sidecar().write(directions, registry.model(model)?.latent_dim())?;
            Event::FilesWritten { files: vec![file] }
        }
        Command::OpenDirections { model, file } => {
            let set = directions_file::read(&file, registry.model(model)?.latent_dim())?;
            Event::DirectionsOpened { model, set: Box::new(set) }
        }
        Command::OpenWalk(path) => Event::WalkOpened(Box::new(walk_files::read_plan(&path)?)),
        Command::ReadCode(path) => Event::CodeRead(walk_files::read_code(&path)?),
        Command::OpenRun(folder) => Event::RunOpened(Box::new(read_run(&folder)?)),
        Command::OpenRuns(folder) => Event::RunsOpened(Box::new(read_runs(&folder)?)),
        Command::Cache(request) => Event::Cache(do_with_cache(request)?),
        Command::ListClaims => {
            Event::KeptClaims(claims::folder().map_or_else(Vec::new, |folder| claims::kept(&folder)))
        }
        Command::ListTables => Event::KeptTables(
            kept_tables::folder().map_or_else(Vec::new, |folder| kept_tables::kept(&folder)),
        ),
        Command::KeepTable { kind, models, content } => {
            // One that is not kept can be measured again: nobody is told of it.
            if let Some(folder) = kept_tables::folder() {
                let _ = kept_tables::keep(&folder, kind, models, content);
            }
            Event::TableKept
        }
        Command::Export(export) => Event::FilesWritten { files: exports::write(export, registry)? },
        other => return Err(Error::Fault(format!("{other:?} is not about files; please report this"))),
    })
}

fn do_with_cache(request: CacheRequest) -> Result<CacheReport> {
    let folder = cache::folder();
    match request {
        CacheRequest::Look => keeper::list(folder.as_deref()),
        CacheRequest::Clear { older_than_days, data } => {
            let choice = keeper::CacheFilter { older_than_days, source: data.as_deref() };
            keeper::clear(folder.as_deref(), choice)
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
