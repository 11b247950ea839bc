//! Files of the server's computer: what lies where, files that go to the window, and what comes from it.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crossbeam_channel::Receiver;

use super::server::Server;
use crate::error::{Error, Result};
use crate::own_data;
use crate::remote::messages::{
    Bytes, FarEntry, FarFolder, FileAnswer, FileId, FileRequest, ToWindow, WindowId,
};
use crate::remote::transfer::{IncomingFile, PART, open_to_send};
use crate::worker::protocol::path_kind;

/// Entries of a folder that are listed.
const MOST_ENTRIES: usize = 20_000;
/// Files that came from windows are kept for so long after they were last sent.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Answers until the connection ends.
pub fn run(requests: &Receiver<(FileId, FileRequest)>, server: &Arc<Server>, window: WindowId) {
    let mut transfers = Transfers { scratch: server.scratch.path().to_owned(), ..Transfers::default() };
    while let Ok((id, request)) = requests.recv() {
        let answer = match transfers.answer(id, request) {
            Ok(None) => continue,
            Ok(Some(answer)) => answer,
            Err(error) => {
                transfers.forget(id);
                FileAnswer::Failed(error.to_string())
            }
        };
        // An answer that cannot be said is a fault; the window gives it up when the line ends.
        let _ = server.lock().answer(window, &ToWindow::File(id, answer));
        server.changed.notify_all();
    }
}

/// Transfers under way.
#[derive(Default)]
struct Transfers {
    scratch: PathBuf,
    out: HashMap<FileId, (PathBuf, File)>,
    coming: HashMap<FileId, IncomingFile>,
}

impl Transfers {
    fn forget(&mut self, id: FileId) {
        self.out.remove(&id);
        self.coming.remove(&id);
    }

    fn answer(&mut self, id: FileId, request: FileRequest) -> Result<Option<FileAnswer>> {
        Ok(Some(match request {
            FileRequest::Look(paths) => FileAnswer::Kinds(paths.iter().map(|path| path_kind(path)).collect()),
            FileRequest::List(folder) => FileAnswer::Folder(list(folder)?),
            FileRequest::Fetch(path) => {
                let (file, length, hash) = open_to_send(&path)?;
                self.out.insert(id, (path, file));
                FileAnswer::Begins { length, hash }
            }
            FileRequest::More => {
                let Some((path, file)) = self.out.get_mut(&id) else { return Ok(None) };
                let mut part = Vec::new();
                file.take(PART as u64).read_to_end(&mut part).map_err(Error::io("read", path))?;
                FileAnswer::Part(Bytes(part))
            }
            FileRequest::Enough => {
                self.forget(id);
                return Ok(None);
            }
            FileRequest::Send { name, length, hash } => {
                let target = place_for(&name, hash)?;
                if std::fs::metadata(&target).is_ok_and(|found| found.is_file() && found.len() == length) {
                    touch(&target);
                    return Ok(Some(FileAnswer::Kept(target)));
                }
                let folder = target.parent().unwrap_or(&target);
                std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
                let incoming = IncomingFile::new(&target, target.clone(), length, hash)?;
                if length == 0 {
                    return incoming.keep().map(|path| Some(FileAnswer::Kept(path)));
                }
                self.coming.insert(id, incoming);
                FileAnswer::Go
            }
            FileRequest::Part(Bytes(part)) => {
                let Some(incoming) = self.coming.get_mut(&id) else { return Ok(None) };
                if !incoming.take(&part)? {
                    return Ok(None);
                }
                let Some(whole) = self.coming.remove(&id) else { return Ok(None) };
                FileAnswer::Kept(whole.keep()?)
            }
            FileRequest::Scratch => {
                let made = tempfile::Builder::new().prefix("way-").tempdir_in(&self.scratch);
                FileAnswer::Kept(made.map_err(Error::io("make a folder in", &self.scratch))?.keep())
            }
            FileRequest::Clear(path) => {
                // Nothing but what was put there for the way.
                let inside = path.starts_with(&self.scratch)
                    && path != self.scratch
                    && path.components().all(|part| part != Component::ParentDir);
                if inside {
                    let _ = std::fs::remove_dir_all(&path);
                }
                return Ok(None);
            }
        }))
    }
}

/// Lists a folder.
fn list(folder: Option<PathBuf>) -> Result<FarFolder> {
    let folder = match folder {
        Some(folder) => folder,
        None => {
            etcetera::home_dir().map_err(|_| Error::Invalid("this computer names no home folder".into()))?
        }
    };
    let folder = folder.canonicalize().map_err(Error::io("open", &folder))?;
    let mut listed = FarFolder { folder: folder.clone(), ..FarFolder::default() };
    for entry in std::fs::read_dir(&folder).map_err(Error::io("list", &folder))? {
        let entry = entry.map_err(Error::io("list", &folder))?;
        match entry.file_name().into_string() {
            Ok(name) if name.starts_with('.') => (),
            Ok(name) if listed.entries.len() < MOST_ENTRIES => {
                let bytes = entry.metadata().map_or(0, |found| found.len());
                listed.entries.push(FarEntry { name, kind: path_kind(&entry.path()), bytes });
            }
            _ => listed.left_out += 1,
        }
    }
    listed.entries.sort_by_key(|entry| (!entry.kind.is_folder(), entry.name.to_lowercase()));
    Ok(listed)
}

/// Where what comes from windows is kept, by its content, so that the same file is sent once.
fn place_for(name: &str, hash: u64) -> Result<PathBuf> {
    let parts: Vec<Component<'_>> = Path::new(name).components().collect();
    let is_name = matches!(parts[..], [Component::Normal(_)]) && name.len() < 250;
    if !is_name {
        return Err(Error::Invalid(format!("'{}' is no name of a file", crate::text::quote(name))));
    }
    let data = own_data::folder();
    let data =
        data.ok_or_else(|| Error::Invalid("this computer has no place for files of its user".into()))?;
    let received = data.join("received");
    forget_old(&received);
    Ok(received.join(format!("{hash:016x}")).join(name))
}

/// It is used again.
fn touch(path: &Path) {
    let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
}

/// Removes what was sent long ago.
fn forget_old(received: &Path) {
    for entry in std::fs::read_dir(received).into_iter().flatten().flatten() {
        let files: Vec<_> = std::fs::read_dir(entry.path()).into_iter().flatten().flatten().collect();
        let is_old = |file: &std::fs::DirEntry| {
            let changed = file.metadata().and_then(|found| found.modified());
            changed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > KEPT_FOR))
        };
        if !files.is_empty() && files.iter().all(is_old) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_part_by_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        let content: Vec<u8> = (0..PART + 77).map(|i| i as u8).collect();
        std::fs::write(&path, &content).unwrap();
        let mut transfers = Transfers::default();
        let begins = transfers.answer(1, FileRequest::Fetch(path)).unwrap();
        assert!(matches!(begins, Some(FileAnswer::Begins { length, .. }) if length == content.len() as u64));
        let mut back = Vec::new();
        loop {
            match transfers.answer(1, FileRequest::More).unwrap() {
                Some(FileAnswer::Part(Bytes(part))) if part.is_empty() => break,
                Some(FileAnswer::Part(Bytes(part))) => back.extend(part),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(back, content);
        assert!(transfers.answer(2, FileRequest::Fetch(folder.path().into())).is_err(), "a folder");
    }

    #[test]
    fn what_comes_stays_in_its_place_whatever_it_is_called() {
        for name in ["../a", "/etc/passwd", "..", ".", "", "a/b", &"x".repeat(300)] {
            assert!(place_for(name, 1).is_err(), "{name}");
        }
    }

    #[test]
    fn a_folder_is_listed_folders_first() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("zebra")).unwrap();
        std::fs::write(folder.path().join("A.png"), b"123").unwrap();
        std::fs::write(folder.path().join(".hidden"), b"").unwrap();
        let listed = list(Some(folder.path().join("zebra/.."))).unwrap();
        assert_eq!(listed.folder, folder.path().canonicalize().unwrap());
        let names: Vec<_> = listed.entries.iter().map(|entry| (entry.name.as_str(), entry.bytes)).collect();
        assert_eq!(names[0].0, "zebra");
        assert_eq!(names[1], ("A.png", 3));
        assert_eq!(names.len(), 2);
        assert!(list(Some(folder.path().join("none"))).is_err());
        assert!(list(None).is_ok());
    }

    #[test]
    fn only_the_scratch_folder_is_cleared() {
        let (scratch, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut transfers = Transfers { scratch: scratch.path().to_owned(), ..Transfers::default() };
        let inside = scratch.path().join("1");
        std::fs::create_dir(&inside).unwrap();
        let through = scratch.path().join("..").join(other.path().file_name().unwrap());
        for path in [other.path().to_owned(), scratch.path().to_owned(), through] {
            assert_eq!(transfers.answer(1, FileRequest::Clear(path)).unwrap(), None);
        }
        assert!(other.path().exists() && inside.exists());
        transfers.answer(1, FileRequest::Clear(inside.clone())).unwrap();
        assert!(!inside.exists());
    }
}
