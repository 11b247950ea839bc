//! Files and folders that are gone with the program that made them, also when it is killed: each is locked as long as
//! its program lives, and the next program that makes one in the same place clears away what nobody holds any more.

use std::fs::{DirBuilder, DirEntry, File, Metadata, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// Where a file system knows no locks, what nobody has written to for so long belongs to no living program.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Beginning and end of the names of one kind of scratch.
#[derive(Clone, Copy)]
pub struct Names {
    /// Beginning.
    pub prefix: &'static str,
    /// End.
    pub suffix: &'static str,
}

/// Names of the locks beside the folders, whose names are without the ending.
const FOLDERS: Names = Names { prefix: "morphospace-way-", suffix: ".lock" };

impl Names {
    /// Whether a file's name is one of these.
    pub fn has(self, name: &str) -> bool {
        name.starts_with(self.prefix) && name.ends_with(self.suffix)
    }

    /// Makes a file in a folder, locked until it is closed, and gone when it is dropped before it gets another name.
    /// `is_private` keeps other users from reading it; else it is as any program's new file is.
    ///
    /// # Errors
    /// Refusals of the system.
    pub fn new_file(self, folder: &Path, is_private: bool) -> std::io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(self.prefix).suffix(self.suffix);
        // `tempfile` makes files that only their owner can read; this is what any other program would
        // ask for, and the umask takes away from it.
        #[cfg(unix)]
        if !is_private {
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }
        #[cfg(not(unix))]
        let _ = is_private;
        loop {
            let file = builder.tempfile_in(folder)?;
            // Somebody who clears away was faster, and takes it for a dead program's, if it is gone or locked.
            let taken = matches!(file.as_file().try_lock(), Err(TryLockError::WouldBlock));
            if !taken && file.path().exists() {
                return Ok(file);
            }
        }
    }

    /// Removes the files of this kind in a folder whose programs have ended. What cannot be removed stays.
    pub fn clear(self, folder: &Path) {
        for entry in self.dead(folder) {
            let _ = std::fs::remove_file(entry.path());
        }
    }

    /// The files of this kind in a folder that no living program holds.
    fn dead(self, folder: &Path) -> impl Iterator<Item = DirEntry> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter(move |entry| self.has(&entry.file_name().to_string_lossy()) && is_dead(entry))
    }
}

fn is_dead(entry: &DirEntry) -> bool {
    // A link is not followed.
    let Ok(found) = entry.metadata() else { return false };
    if !found.is_file() {
        return false;
    }
    // Not one that this user may not write to.
    let Ok(file) = File::options().write(true).open(entry.path()) else { return false };
    match file.try_lock() {
        Ok(()) => true,
        // The lock of a program that lives is its own.
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => {
            let unused = found.modified().map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
            unused.is_ok_and(|unused| unused >= ABANDONED)
        }
    }
}

/// Whether a file is this user's.
#[cfg(unix)]
fn is_own(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    // SAFETY: takes nothing and cannot fail.
    found.uid() == unsafe { libc::geteuid() }
}

#[cfg(not(unix))]
fn is_own(_: &Metadata) -> bool {
    true
}

/// Gives a scratch file its name, in place of what was there.
///
/// # Errors
/// Refusals of the system; the file is in the error.
pub fn persist(file: NamedTempFile, target: &Path) -> std::result::Result<File, tempfile::PersistError> {
    // Locks of Windows keep others from reading.
    #[cfg(windows)]
    let _ = file.as_file().unlock();
    file.persist(target)
}

/// A folder of this program's own where the system keeps what is temporary. It is gone when this is dropped; that of a
/// program that was killed goes when the next one makes one.
pub struct ScratchFolder {
    path: PathBuf,
    lock: NamedTempFile,
}

impl ScratchFolder {
    /// Makes one.
    ///
    /// # Errors
    /// If the system has no room for temporary files, or no place.
    pub fn new() -> Result<Self> {
        Self::within(&std::env::temp_dir())
    }

    fn within(place: &Path) -> Result<Self> {
        // In a place that is everybody's, what is of others is none of ours whatever it is called.
        for lock in FOLDERS.dead(place).filter(|lock| lock.metadata().is_ok_and(|found| is_own(&found))) {
            // The folder first: should this program be killed in between, the lock still leads to it.
            let _ = std::fs::remove_dir_all(lock.path().with_extension(""));
            let _ = std::fs::remove_file(lock.path());
        }
        let lock = FOLDERS.new_file(place, true).map_err(|error| no_place(place, &error))?;
        let path = lock.path().with_extension("");
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| no_place(place, &error))?;
        Ok(Self { path, lock })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it now, as where a program ends without dropping what it has.
    pub fn remove(&self) {
        let _ = std::fs::remove_dir_all(&self.path);
        let _ = std::fs::remove_file(self.lock.path());
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        self.remove();
    }
}

fn no_place(place: &Path, error: &std::io::Error) -> Error {
    let reason = format!(
        "temporary files cannot be written there ({error}); make room in it, or name another folder in the environment \
         variable TMPDIR"
    );
    Error::file(place, reason)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const NAMES: Names = Names { prefix: "half-", suffix: ".tmp" };

    /// Names in a folder, in order.
    pub fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_of_dead_programs_are_cleared_and_those_of_living_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let living = NAMES.new_file(folder.path(), true).unwrap();
        let alive = living.path().file_name().unwrap().to_str().unwrap().to_owned();
        for name in ["half-dead.tmp", "half-kept", "other.tmp"] {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        std::fs::create_dir(folder.path().join("half-folder.tmp")).unwrap();
        NAMES.clear(folder.path());
        let mut left = vec![alive.as_str(), "half-folder.tmp", "half-kept", "other.tmp"];
        left.sort_unstable();
        assert_eq!(names(folder.path()), left);
        drop(living);
        assert_eq!(names(folder.path()), ["half-folder.tmp", "half-kept", "other.tmp"]);
    }

    #[test]
    fn a_folder_is_gone_with_its_owner_and_that_of_a_killed_one_with_the_next() {
        let place = tempfile::tempdir().unwrap();
        let first = ScratchFolder::within(place.path()).unwrap();
        std::fs::write(first.path().join("a"), b"x").unwrap();
        let second = ScratchFolder::within(place.path()).unwrap();
        assert!(first.path().join("a").is_file(), "it lives");
        drop(first);
        assert_eq!(names(place.path()).len(), 2, "folder and lock of the second");

        // As a program that is killed leaves it.
        let dead = place.path().join("morphospace-way-dead");
        std::fs::create_dir_all(dead.join("below")).unwrap();
        std::fs::write(dead.join("below/a"), b"x").unwrap();
        std::fs::write(dead.with_extension("lock"), b"").unwrap();
        let third = ScratchFolder::within(place.path()).unwrap();
        assert!(!dead.exists() && !dead.with_extension("lock").exists());
        assert!(second.path().is_dir() && third.path().is_dir());
        second.remove();
        third.remove();
        assert_eq!(names(place.path()), [] as [String; 0]);
    }

    #[test]
    fn a_place_that_is_not_there_is_a_sentence() {
        let place = tempfile::tempdir().unwrap().path().join("gone");
        let error = ScratchFolder::within(&place).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("gone") && error.contains("TMPDIR"), "{error}");
    }
}
