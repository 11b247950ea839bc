//! Sockets that only their user can use.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The socket of this user's server on this computer, where nothing else is said. It lies where the system keeps what
/// is temporary: a home folder may be that of many computers.
pub fn default_socket() -> PathBuf {
    std::env::temp_dir().join(format!("morphospace-{}", user())).join("serve.sock")
}

fn user() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::getuid() }
}

/// Listens at a socket, and the lock that says so. None if another server does already.
///
/// # Errors
/// A folder that others than this user could write to, and what the system refuses.
pub fn bind(socket: &Path) -> Result<Option<(UnixListener, File)>> {
    make_own_folder(socket)?;
    let lock = socket.with_extension("lock");
    let held = File::options().create(true).truncate(false).write(true).open(&lock);
    let held = held.map_err(Error::io("write", &lock))?;
    match held.try_lock() {
        Ok(()) => (),
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(Error::io("lock", &lock)(error)),
    }
    // Left behind by a server that was killed: a living one holds the lock.
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::io("replace", socket)(error));
        }
        _ => (),
    }
    let listener = UnixListener::bind(socket).map_err(Error::io("listen at", socket))?;
    let only_its_user = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(socket, only_its_user).map_err(Error::io("protect", socket))?;
    Ok(Some((listener, held)))
}

/// Makes the folder of a socket, which only this user can use, or makes sure that it is one.
///
/// # Errors
/// As for [`bind`].
pub fn make_own_folder(socket: &Path) -> Result<()> {
    let folder = socket.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.exists() {
        let made = DirBuilder::new().mode(0o700).create(folder);
        made.map_err(Error::io("make the folder", folder))?;
    }
    // A link may lead to a folder of another.
    let found = std::fs::symlink_metadata(folder).map_err(Error::io("look at", folder))?;
    if !found.is_dir() || found.uid() != user() || found.mode() & 0o077 != 0 {
        return Err(Error::file(
            folder,
            "others could use this folder, and with it the program; choose another with --listen, or remove it, or take \
             their rights with chmod 700",
        ));
    }
    Ok(())
}

/// Connects to the server at a socket. None if none listens there.
pub fn connect(socket: &Path) -> Option<UnixStream> {
    UnixStream::connect(socket).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_listens_and_what_a_dead_one_left_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("own/serve.sock");
        let (first, held) = bind(&socket).unwrap().unwrap();
        assert!(connect(&socket).is_some());
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));
        assert!(bind(&socket).unwrap().is_none(), "one listens already");
        drop((first, held));
        assert!(connect(&socket).is_none());
        assert!(bind(&socket).unwrap().is_some(), "the file of the dead one is in nobody's way");
    }

    #[test]
    fn a_folder_that_others_can_use_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let open = folder.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
        let error = bind(&open.join("serve.sock")).unwrap_err().to_string();
        assert!(error.contains("others could use"), "{error}");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&open, &link).unwrap();
        assert!(bind(&link.join("serve.sock")).is_err());
    }
}
