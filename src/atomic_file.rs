//! Files that are never half written: a reader, and a run killed at any moment, finds the old file or the
//! new one, whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Replaces the file at `path`, or makes it, with what `write` writes.
///
/// The bytes go to a temporary file in the same folder, are flushed to the disk, and only then take the
/// name. When anything fails before that, `path` is as it was and the temporary file is gone. A symbolic
/// link stays a link: the file it points to is replaced.
///
/// # Errors
/// [`Error::Io`] naming `path`, whether the system or `write` failed. The folder has to exist.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> std::io::Result<()>,
) -> Result<()> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if !folder_of(&target).is_dir() {
        return Err(Error::file(path, "the folder for this file does not exist; make it or choose another"));
    }
    replace(&target, write).map_err(Error::io("write", path))
}

fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        // A bare file name has the empty path as its parent.
        _ => Path::new("."),
    }
}

fn replace(
    target: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let folder = folder_of(target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".morphospace-").suffix(".tmp");
    // `tempfile` makes files that only their owner can read; this is what any other program would
    // ask for, and the umask takes away from it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;

    let mut buffered = BufWriter::with_capacity(1 << 18, file.as_file_mut());
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    // The new name lives in the folder, which has to reach the disk too.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
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
        write_atomically(&path, |out| out.write_all(b"old, and longer")).unwrap();
        write_atomically(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn a_failure_midway_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, |out| out.write_all(b"old")).unwrap();
        let error = write_atomically(&path, |out| {
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
        let error = write_atomically(&missing, |_| Ok(())).unwrap_err().to_string();
        assert!(error.contains("no/such/a.txt"), "{error}");
        std::fs::create_dir(folder.path().join("taken")).unwrap();
        assert!(write_atomically(&folder.path().join("taken"), |_| Ok(())).is_err());
        assert_eq!(names(folder.path()), ["taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_new_file_and_links_stay_links() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (plain, ours) = (folder.path().join("plain"), folder.path().join("ours"));
        std::fs::write(&plain, "x").unwrap();
        write_atomically(&ours, |out| out.write_all(b"x")).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&plain), mode(&ours));

        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&ours, &link).unwrap();
        write_atomically(&link, |out| out.write_all(b"y")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&ours).unwrap(), b"y");
    }
}
