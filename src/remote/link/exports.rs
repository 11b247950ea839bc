//! Files that are made there and wanted here: each is written into a folder there, then fetched.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Shared, spawn};
use crate::error::{Error, Result};
use crate::worker::protocol::{Command, Event, Export, Reply, Request, RequestId};

/// Exports that are under way, by their requests.
#[derive(Default)]
pub struct Exports(Mutex<HashMap<RequestId, Pending>>);

struct Pending {
    /// Folder there.
    there: PathBuf,
    /// Folder here.
    here: PathBuf,
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

/// The file that an export writes.
fn file_of(export: &mut Export) -> Option<&mut PathBuf> {
    match export {
        Export::Model { file, .. } | Export::Atlas { file, .. } | Export::Walk { file, .. } => Some(file),
        _ => None,
    }
}

impl Shared {
    /// Has an export made there.
    pub(super) fn export(self: &Arc<Self>, id: RequestId, export: Export) {
        let shared = Arc::clone(self);
        let begun = spawn("export there", move || {
            if let Err(error) = shared.ask_for_export(id, export) {
                shared.tell(Reply { to: Some(id), event: Event::Failed { message: error.to_string() } });
            }
        });
        if let Err(error) = begun {
            self.tell(Reply { to: Some(id), event: Event::Failed { message: error.to_string() } });
        }
    }

    fn ask_for_export(&self, id: RequestId, mut export: Export) -> Result<()> {
        let fault = || Error::Fault("an export without a file; please report this".into());
        let file = file_of(&mut export).ok_or_else(fault)?;
        if file.is_dir() {
            let reason = "the model is still on its way to this computer, and its pictures cannot be written one by one \
                          until it is here; try again in a moment";
            return Err(Error::file(file, reason));
        }
        let name = file.file_name().ok_or_else(|| Error::file(file, "it is no name of a file"))?.to_owned();
        let here = file.parent().map(Path::to_owned).unwrap_or_default();
        let there = self.files.scratch()?;
        *file = there.join(name);
        self.exports.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Pending { there, here });
        self.ask(Request { id, command: Command::Export(export) });
        Ok(())
    }

    fn bring(&self, pending: &Pending, files: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
        let fetched = files.iter().map(|file| {
            let name = file.file_name().ok_or_else(|| Error::file(file, "it is no name of a file"))?;
            self.files.fetch(file, |_| pending.here.join(name))
        });
        fetched.collect()
    }
}

impl Exports {
    /// Takes a reply to an export, which is told when the files are here. Others are handed back.
    pub(super) fn take(&self, shared: &Arc<Shared>, reply: Reply) -> Option<Reply> {
        let is_end = matches!(reply.event, Event::FilesWritten { .. } | Event::Failed { .. });
        let Some(id) = reply.to.filter(|_| is_end) else { return Some(reply) };
        let Some(pending) = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id) else {
            return Some(reply);
        };
        let (bringing, there) = (Arc::clone(shared), pending.there.clone());
        let Event::FilesWritten { files } = reply.event else {
            shared.files.clear(there);
            return Some(reply);
        };
        let begun = spawn("export here", move || {
            let event = match bringing.bring(&pending, files) {
                Ok(files) => Event::FilesWritten { files },
                Err(error) => Event::Failed { message: error.to_string() },
            };
            bringing.files.clear(there);
            bringing.tell(Reply { to: Some(id), event });
        });
        begun.err().map(|error| Reply { to: Some(id), event: Event::Failed { message: error.to_string() } })
    }

    /// The server that was asked is gone.
    pub(super) fn forget_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
