//! Files that are never half written: a reader, and a run killed at any moment, finds the old file or the
//! new one, whole.

mod kind;
mod target;

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
pub use kind::{FileKind, PYTHON_MODULE, TORCH_ARCHIVE};
use target::{folder_of, target};

const PREFIX: &str = ".morphospace-";
const SUFFIX: &str = ".tmp";

/// Replaces the file at `path`, or makes it, with what `write` writes.
///
/// The bytes go to a temporary file in the same folder, are flushed to the disk, and only then take the
/// name. When anything fails before that, `path` is as it was and the temporary file is gone; those of programs
/// that were killed are cleared away. A symbolic link stays a link: the file that it points to is replaced, or made.
///
/// # Errors
/// [`Error::Io`] naming `path`, whether the system or `write` failed. The folder has to exist.
/// [`Error::File`] if `path` is no file but a folder, a device, a pipe or a socket, or a file that is
/// not of this [kind](FileKind).
pub fn write_atomically(
    path: &Path,
    kind: FileKind,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> std::io::Result<()>,
) -> Result<()> {
    let target = target(path)?;
    kind.check_content(path, &target)?;
    clear_once(folder_of(&target));
    replace(&target, write).map_err(Error::io("write", path))
}

fn replace(
    target: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let folder = folder_of(target);
    let mut file = temporary(folder)?;

    let mut buffered = BufWriter::with_capacity(1 << 18, file.as_file_mut());
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    file.as_file().sync_all()?;
    // Locks of Windows keep others from reading.
    #[cfg(windows)]
    file.as_file().unlock()?;
    file.persist(target).map_err(|error| error.error)?;
    // The new name lives in the folder, which has to reach the disk too.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// A file that is locked as long as this program lives, by which others see that it is at work on it.
fn temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // `tempfile` makes files that only their owner can read; this is what any other program would
    // ask for, and the umask takes away from it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    loop {
        let file = builder.tempfile_in(folder)?;
        // Somebody who clears away was faster, and takes it for a dead program's, if it is gone or locked. Where a
        // file system knows no locks nobody clears away.
        let taken = matches!(file.as_file().try_lock(), Err(TryLockError::WouldBlock));
        if !taken && file.path().exists() {
            return Ok(file);
        }
    }
}

/// Removes what programs that were killed have left in a folder, the first time that this one writes there.
fn clear_once(folder: &Path) {
    static CLEARED: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);
    let mut cleared = CLEARED.lock().unwrap_or_else(PoisonError::into_inner);
    if cleared.get_or_insert_default().insert(folder.to_owned()) {
        clear(folder);
    }
}

/// Removes the temporary files in a folder whose programs have ended. What cannot be removed stays.
pub fn clear(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        if !ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        // The lock of a program that lives is its own.
        let Ok(file) = File::options().write(true).open(entry.path()) else { continue };
        if file.try_lock().is_ok() {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_made_and_then_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, FileKind::Own, |out| out.write_all(b"old, and longer")).unwrap();
        write_atomically(&path, FileKind::Own, |out| out.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn a_failure_midway_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, FileKind::Own, |out| out.write_all(b"old")).unwrap();
        let error = write_atomically(&path, FileKind::Own, |out| {
            out.write_all(&vec![0; 1 << 20])?;
            Err(std::io::Error::other("the disk is full"))
        })
        .unwrap_err()
        .to_string();
        assert!(error.contains("a.txt") && error.contains("the disk is full"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn a_missing_folder_and_a_folder_in_the_way_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("no/such/a.txt");
        let error = write_atomically(&missing, FileKind::Own, |_| Ok(())).unwrap_err().to_string();
        assert!(error.contains("no/such/a.txt"), "{error}");
        std::fs::create_dir(folder.path().join("taken")).unwrap();
        assert!(write_atomically(&folder.path().join("taken"), FileKind::Own, |_| Ok(())).is_err());
        assert_eq!(names(folder.path()), ["taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_new_file_and_links_stay_links() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (plain, ours) = (folder.path().join("plain"), folder.path().join("ours"));
        std::fs::write(&plain, "x").unwrap();
        write_atomically(&ours, FileKind::Own, |out| out.write_all(b"x")).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&plain), mode(&ours));

        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&ours, &link).unwrap();
        write_atomically(&link, FileKind::Own, |out| out.write_all(b"y")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&ours).unwrap(), b"y");

        // A link that leads nowhere yet, by way of another one.
        let (far, dangling) = (folder.path().join("far"), folder.path().join("dangling"));
        std::os::unix::fs::symlink("new", &far).unwrap();
        std::os::unix::fs::symlink(&far, &dangling).unwrap();
        write_atomically(&dangling, FileKind::Own, |out| out.write_all(b"z")).unwrap();
        assert!(far.is_symlink() && dangling.is_symlink());
        assert_eq!(std::fs::read(folder.path().join("new")).unwrap(), b"z");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_stays_what_it_is() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().unwrap();
        let (socket, link) = (folder.path().join("socket.png"), folder.path().join("link.png"));
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let pipe = folder.path().join("pipe.png");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        let circle = folder.path().join("circle.png");
        std::os::unix::fs::symlink(&circle, &circle).unwrap();
        let before = names(folder.path());
        for path in [&socket, &pipe, &link, &circle] {
            let error = write_atomically(path, FileKind::Png, |_| Ok(())).unwrap_err().to_string();
            assert!(error.contains("no file but"), "{error}");
            assert!(FileKind::of(path, "a picture is", &[FileKind::Png]).is_err());
        }
        assert_eq!(names(folder.path()), before);
        let kind = |path: &Path| std::fs::symlink_metadata(path).unwrap().file_type();
        assert!(kind(&socket).is_socket() && kind(&pipe).is_fifo());
        assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }

    #[test]
    fn what_the_dead_have_left_is_cleared_and_what_the_living_write_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let dead = folder.path().join(".morphospace-a1B2c3.tmp");
        let others = [".morphospace-notes.txt", "photo.tmp"].map(|name| folder.path().join(name));
        for file in others.iter().chain([&dead]) {
            std::fs::write(file, "x").unwrap();
        }
        let living = temporary(folder.path()).unwrap();
        write_atomically(&folder.path().join("a.txt"), FileKind::Own, |out| out.write_all(b"x")).unwrap();
        assert!(living.path().exists() && others.iter().all(|file| file.exists()) && !dead.exists());
        let path = living.path().to_owned();
        // As when its program is killed: the lock is gone, the file stays.
        drop(living.into_temp_path().keep().unwrap());
        clear(folder.path());
        assert!(!path.exists());
    }
}
