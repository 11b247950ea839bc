//! Files that are never half written: a reader, and a run killed at any moment, finds the old file or the
//! new one, whole.

mod kind;
mod target;

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::scratch::{Names, persist};
pub use kind::{FileKind, PYTHON_MODULE, TORCH_ARCHIVE};
use target::{folder_of, target};

/// Names of files that are being written.
const UNFINISHED: Names = Names { prefix: ".morphospace-", suffix: ".tmp" };

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
    let mut one = FilesTogether::default();
    one.add(path, kind, write)?;
    one.keep()
}

/// Files that belong together, as the two halves of a model: all are whole before the first takes its name, so that
/// one that cannot be written leaves the others as they were.
///
/// A program that is killed in the instant in which they take their names leaves the first of them without the last,
/// and never new ones beside old ones.
#[derive(Default)]
pub struct FilesTogether(Vec<Unfinished>);

/// A file that is written and has yet to take its name.
struct Unfinished {
    file: NamedTempFile,
    /// Where it was asked for.
    path: PathBuf,
    /// Where that leads.
    target: PathBuf,
}

impl FilesTogether {
    /// Writes a file beside its place.
    ///
    /// # Errors
    /// As [`write_atomically`].
    pub fn add(
        &mut self,
        path: &Path,
        kind: FileKind,
        write: impl FnOnce(&mut BufWriter<&mut File>) -> std::io::Result<()>,
    ) -> Result<()> {
        let target = target(path)?;
        kind.check_content(path, &target)?;
        let folder = folder_of(&target);
        clear_once(folder);
        let file = unfinished(folder, write).map_err(Error::io("write", path))?;
        self.0.push(Unfinished { file, path: path.to_owned(), target });
        Ok(())
    }

    /// Gives all their names.
    ///
    /// # Errors
    /// Refusals of the system.
    pub fn keep(self) -> Result<()> {
        // Where there is more than one, no reader may find an old one beside a new one.
        for Unfinished { path, target, .. } in self.0.iter().skip(1) {
            match std::fs::remove_file(target) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::io("replace", path)(error));
                }
                _ => (),
            }
        }
        for Unfinished { file, path, target } in self.0 {
            named(file, &target).map_err(Error::io("write", &path))?;
        }
        Ok(())
    }
}

/// A file with what `write` writes, on the disk and without its name.
fn unfinished(
    folder: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> std::io::Result<()>,
) -> std::io::Result<NamedTempFile> {
    let mut file = begin(folder)?;
    let mut buffered = BufWriter::with_capacity(1 << 18, file.as_file_mut());
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    file.as_file().sync_all()?;
    Ok(file)
}

fn named(file: NamedTempFile, target: &Path) -> std::io::Result<()> {
    persist(file, target).map_err(|error| error.error)?;
    // The new name lives in the folder, which has to reach the disk too.
    #[cfg(unix)]
    File::open(folder_of(target))?.sync_all()?;
    Ok(())
}

/// A file in a folder that somebody else will write and give its name, part by part. What programs that were killed
/// have left there is cleared away.
///
/// # Errors
/// Refusals of the system.
pub fn begin_beside(folder: &Path) -> std::io::Result<NamedTempFile> {
    clear_once(folder);
    begin(folder)
}

/// Gives a file that was [begun](begin_beside) its name, once it is on the disk.
///
/// # Errors
/// Refusals of the system.
pub fn finish(file: NamedTempFile, target: &Path) -> std::io::Result<()> {
    file.as_file().sync_all()?;
    named(file, target)
}

fn begin(folder: &Path) -> std::io::Result<NamedTempFile> {
    UNFINISHED.new_file(folder, false)
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
    UNFINISHED.clear(folder);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::tests::names;

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
    fn files_that_belong_together_are_replaced_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a.txt", "b.txt"].map(|name| folder.path().join(name));
        let write = |words: &'static str, second_fails: bool| {
            let mut both = FilesTogether::default();
            both.add(&a, FileKind::Own, |out| out.write_all(words.as_bytes()))?;
            both.add(&b, FileKind::Own, |out| match second_fails {
                true => Err(std::io::Error::other("the disk is full")),
                false => out.write_all(words.as_bytes()),
            })?;
            both.keep()
        };
        let read = || [&a, &b].map(|path| std::fs::read_to_string(path).unwrap_or_default());
        write("old", false).unwrap();
        assert_eq!(read(), ["old"; 2]);
        assert!(write("new", true).unwrap_err().to_string().contains("b.txt"));
        assert_eq!(read(), ["old"; 2], "the first one has waited for the second");
        write("new", false).unwrap();
        assert_eq!(read(), ["new"; 2]);
        // As one that is killed while they take their names: what is old is gone before anything new is there.
        let mut both = FilesTogether::default();
        for path in [&a, &b] {
            both.add(path, FileKind::Own, |out| out.write_all(b"newest")).unwrap();
        }
        std::fs::remove_file(both.0[0].file.path()).unwrap();
        assert!(both.keep().is_err());
        assert_eq!(read(), ["new", ""]);
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
        let living = begin(folder.path()).unwrap();
        write_atomically(&folder.path().join("a.txt"), FileKind::Own, |out| out.write_all(b"x")).unwrap();
        assert!(living.path().exists() && others.iter().all(|file| file.exists()) && !dead.exists());
        let path = living.path().to_owned();
        // As when its program is killed: the lock is gone, the file stays.
        drop(living.into_temp_path().keep().unwrap());
        clear(folder.path());
        assert!(!path.exists());
    }
}
