//! Where a file is that a path leads to.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Links that lead to links; as many as Linux follows.
const MOST_LINKS: usize = 40;

/// The file that a path leads to through symbolic links, whether it is there yet or not.
///
/// # Errors
/// A folder that does not exist; a folder, a device, a pipe or a socket in the file's place.
pub fn target(path: &Path) -> Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = std::fs::read_link(&target) else { break };
        target = folder_of(&target).join(next);
    }
    if !folder_of(&target).is_dir() {
        return Err(Error::file(path, "the folder for this file does not exist; make it or choose another"));
    }
    match std::fs::symlink_metadata(&target) {
        Ok(metadata) if metadata.is_file() => Ok(target),
        Ok(metadata) if metadata.is_dir() => {
            Err(Error::file(path, "this is a folder; add the name of a file, or choose another"))
        }
        Ok(_) => Err(Error::file(
            path,
            "this is no file but a device, a pipe, a socket or a link to itself; choose another name",
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(target),
        Err(error) => Err(Error::io("write", path)(error)),
    }
}

/// The folder that a file lies in.
pub fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        // A bare file name has the empty path as its parent.
        _ => Path::new("."),
    }
}
