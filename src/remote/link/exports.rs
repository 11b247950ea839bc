//! Files that are made there and wanted here: each is written into a folder there, then fetched.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::far_files::FarFiles;
use crate::error::{Error, Result};
use crate::worker::protocol::{Command, Export, Request, RequestId};

/// Exports that are under way, by their requests.
#[derive(Default)]
pub struct Exports(Mutex<HashMap<RequestId, Pending>>);

/// An export that is under way.
pub struct Pending {
    /// Folder there.
    pub there: PathBuf,
    /// Folder here.
    here: PathBuf,
    /// Beginning of the names of its files, so that a server that is no friend writes nothing else.
    stem: String,
}

impl Exports {
    /// Notes one.
    pub fn add(&self, id: RequestId, pending: Pending) {
        self.lock().insert(id, pending);
    }

    /// Takes one out; none if the request is no export from there.
    pub fn take(&self, id: RequestId) -> Option<Pending> {
        self.lock().remove(&id)
    }

    /// The server that was asked is gone.
    pub fn forget_all(&self) {
        self.lock().clear();
    }

    /// No panic can happen while it is held.
    fn lock(&self) -> MutexGuard<'_, HashMap<RequestId, Pending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    /// Brings a file of it.
    ///
    /// # Errors
    /// As of [`FarFiles::fetch`].
    pub fn bring(&self, file: &Path, files: &FarFiles) -> Result<PathBuf> {
        let name =
            file.file_name().and_then(|name| name.to_str()).filter(|name| name.starts_with(&self.stem));
        let name = name.ok_or_else(|| Error::file(file, "it is not what was to be saved here"))?;
        files.fetch(file, |_| self.here.join(name))
    }
}

/// The export of a request that only the server can make.
pub fn from_there(request: &Request) -> Option<Export> {
    match &request.command {
        Command::Export(export @ (Export::Model { .. } | Export::Atlas { .. } | Export::Walk { .. })) => {
            Some(export.clone())
        }
        _ => None,
    }
}

/// The export into a folder there, and where its files go here.
///
/// # Errors
/// A target that is no file; a line that is lost.
pub fn there(mut export: Export, files: &FarFiles) -> Result<(Export, Pending)> {
    let (Export::Model { file, .. } | Export::Atlas { file, .. } | Export::Walk { file, .. }) = &mut export
    else {
        return Err(Error::Fault(
            "an export that is made here was asked for there; please report this".into(),
        ));
    };
    if file.is_dir() {
        let reason = "the model is still on its way to this computer, and its pictures cannot be written one by one until \
                      it is here; try again in a moment";
        return Err(Error::file(file, reason));
    }
    let unfit = || Error::file(file, "it is no name of a file that can be sent");
    let name = file.file_name().and_then(|name| name.to_str()).ok_or_else(unfit)?.to_owned();
    let stem = file.file_stem().and_then(|stem| stem.to_str()).ok_or_else(unfit)?.to_owned();
    let here = file.parent().map(Path::to_owned).unwrap_or_default();
    let there = files.scratch()?;
    *file = there.join(name);
    Ok((export, Pending { there, here, stem }))
}
