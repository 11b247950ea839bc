//! Files of the server's computer: what lies where, files that go to the window, and what comes from it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crossbeam_channel::Receiver;
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::Xxh3Default;

use super::server::Server;
use crate::atomic_file;
use crate::content::length_and_hash;
use crate::error::{Error, Result};
use crate::own_data;
use crate::remote::messages::{
    Bytes, FarEntry, FarFolder, FileAnswer, FileId, FileRequest, ToWindow, WindowId,
};
use crate::worker::protocol::path_kind;

/// Bytes of a part.
const PART: usize = 256 << 10;
/// Entries of a folder that are listed.
const MOST_ENTRIES: usize = 20_000;
/// Files that came from windows are kept for so long after they were last sent.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Answers until the connection ends.
pub fn run(requests: &Receiver<(FileId, FileRequest)>, server: &Arc<Server>, window: WindowId) {
    let mut going = Going { scratch: server.scratch.path().to_owned(), ..Going::default() };
    while let Ok((id, request)) = requests.recv() {
        let answer = match going.answer(id, request) {
            Ok(None) => continue,
            Ok(Some(answer)) => answer,
            Err(error) => {
                going.forget(id);
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
struct Going {
    scratch: PathBuf,
    out: HashMap<FileId, (PathBuf, File)>,
    coming: HashMap<FileId, Incoming>,
}

struct Incoming {
    file: NamedTempFile,
    target: PathBuf,
    left: u64,
    hash: u64,
    hasher: Xxh3Default,
}

impl Going {
    fn forget(&mut self, id: FileId) {
        self.out.remove(&id);
        self.coming.remove(&id);
    }

    fn answer(&mut self, id: FileId, request: FileRequest) -> Result<Option<FileAnswer>> {
        Ok(Some(match request {
            FileRequest::Look(paths) => FileAnswer::Kinds(paths.iter().map(|path| path_kind(path)).collect()),
            FileRequest::List(folder) => FileAnswer::Folder(list(folder)?),
            FileRequest::Fetch(path) => {
                let (file, length, hash) = hashed(&path)?;
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
                let incoming = Incoming::new(target, length, hash)?;
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

impl Incoming {
    fn new(target: PathBuf, length: u64, hash: u64) -> Result<Self> {
        let folder = target.parent().unwrap_or(&target);
        std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
        let file = atomic_file::begin_beside(folder).map_err(Error::io("write into", folder))?;
        Ok(Incoming { file, target, left: length, hash, hasher: Xxh3Default::new() })
    }

    /// Takes a part. Whether it was the last one.
    fn take(&mut self, part: &[u8]) -> Result<bool> {
        if part.len() as u64 > self.left {
            return Err(Error::file(&self.target, "more was sent than was said"));
        }
        self.left -= part.len() as u64;
        self.hasher.update(part);
        self.file.write_all(part).map_err(Error::io("write", &self.target))?;
        Ok(self.left == 0)
    }

    fn keep(self) -> Result<PathBuf> {
        if self.hasher.digest() != self.hash {
            return Err(Error::file(&self.target, "it was changed while it was sent; send it again"));
        }
        atomic_file::finish(self.file, &self.target).map_err(Error::io("write", &self.target))?;
        Ok(self.target)
    }
}

/// A file from its beginning, with its length and hash.
fn hashed(path: &Path) -> Result<(File, u64, u64)> {
    use std::io::Seek;
    let found = std::fs::metadata(path).map_err(Error::io("read", path))?;
    if !found.is_file() {
        return Err(Error::file(path, "it is no file"));
    }
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let (length, hash) = length_and_hash(&file).map_err(Error::io("read", path))?;
    file.rewind().map_err(Error::io("read", path))?;
    Ok((file, length, hash))
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
        let mut going = Going::default();
        let begins = going.answer(1, FileRequest::Fetch(path)).unwrap();
        assert!(matches!(begins, Some(FileAnswer::Begins { length, .. }) if length == content.len() as u64));
        let mut back = Vec::new();
        loop {
            match going.answer(1, FileRequest::More).unwrap() {
                Some(FileAnswer::Part(Bytes(part))) if part.is_empty() => break,
                Some(FileAnswer::Part(Bytes(part))) => back.extend(part),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(back, content);
        assert!(going.answer(2, FileRequest::Fetch(folder.path().into())).is_err(), "a folder");
    }

    #[test]
    fn what_comes_stays_in_its_place_whatever_it_is_called() {
        for name in ["../a", "/etc/passwd", "..", ".", "", "a/b", &"x".repeat(300)] {
            assert!(place_for(name, 1).is_err(), "{name}");
        }
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("f/a.png");
        let hash = xxhash_rust::xxh3::xxh3_64(b"hello");
        let mut incoming = Incoming::new(target.clone(), 5, hash).unwrap();
        assert!(!incoming.take(b"he").unwrap());
        assert!(incoming.take(b"llo").unwrap());
        assert_eq!(std::fs::read(incoming.keep().unwrap()).unwrap(), b"hello");
        let mut other = Incoming::new(target.clone(), 5, hash).unwrap();
        assert!(other.take(b"more than was said").is_err());
        let mut other = Incoming::new(target.clone(), 5, hash).unwrap();
        other.take(b"HELLO").unwrap();
        assert!(other.keep().is_err(), "other bytes");
        assert_eq!(std::fs::read(target).unwrap(), b"hello", "and what was there stays");
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
        let mut going = Going { scratch: scratch.path().to_owned(), ..Going::default() };
        let inside = scratch.path().join("1");
        std::fs::create_dir(&inside).unwrap();
        let through = scratch.path().join("..").join(other.path().file_name().unwrap());
        for path in [other.path().to_owned(), scratch.path().to_owned(), through] {
            assert_eq!(going.answer(1, FileRequest::Clear(path)).unwrap(), None);
        }
        assert!(other.path().exists() && inside.exists());
        going.answer(1, FileRequest::Clear(inside.clone())).unwrap();
        assert!(!inside.exists());
    }
}
