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
    /// The file here.
    here: PathBuf,
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
        // A server that is no friend writes nothing else.
        let here = self.may_write().into_iter().find(|here| here.file_name() == file.file_name());
        let here = here.ok_or_else(|| Error::file(file, "it is not what was to be saved here"))?;
        files.fetch(file, |_| here)
    }

    /// The file that was asked for, and those that formats of two files lay beside it.
    fn may_write(&self) -> Vec<PathBuf> {
        let beside: &[&str] = match self.here.extension().and_then(|ending| ending.to_str()) {
            Some(ending) if ending.eq_ignore_ascii_case("onnx") => &["decoder.onnx", "encoder.onnx"],
            Some(ending) if ending.eq_ignore_ascii_case("py") => &["pt"],
            _ => &[],
        };
        let beside = beside.iter().map(|ending| self.here.with_extension(ending));
        beside.chain([self.here.clone()]).collect()
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
    let there = files.scratch()?;
    let here = std::mem::replace(file, there.join(name));
    Ok((export, Pending { there, here }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_export_may_come() {
        let may = |here: &str| Pending { there: "/way".into(), here: here.into() }.may_write();
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(may("/a/walk.gif"), paths(&["/a/walk.gif"]));
        let model = ["/a/model.decoder.onnx", "/a/model.encoder.onnx", "/a/model.onnx"];
        assert_eq!(may("/a/model.onnx"), paths(&model));
        assert_eq!(may("/a/model.v2.py"), paths(&["/a/model.v2.pt", "/a/model.v2.py"]));

        // The name is checked before anything is asked for.
        let files = FarFiles::new(|said| panic!("{said:?}"));
        let pending = Pending { there: "/way".into(), here: "/a/model.safetensors".into() };
        for name in ["/way/model.py", "/way/models.safetensors", "/way/..", "/way/other/.bashrc"] {
            assert!(pending.bring(name.as_ref(), &files).is_err(), "{name}");
        }
    }
}
