//! Messages between a window and the server that it looks at, on the stream after the [greeting](super::greeting).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::worker::protocol::{Job, JobId, PathKind, Reply, Request, RequestId, sender_of};

/// Numbers the windows of a server, from 1; never reused while it lives.
pub type WindowId = u32;

/// A request's number on the line: the window's own and the window, so that the jobs of all windows differ.
pub fn on_line(window: WindowId, own: RequestId) -> RequestId {
    u64::from(window) << 32 | own
}

/// The window that a request on the line came from.
pub fn window_of(id: RequestId) -> WindowId {
    sender_of(id)
}

/// Numbers questions about files, chosen by the window.
pub type FileId = u64;

/// A message to a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToServer {
    /// The first message: a window comes, or comes back.
    Attach(Attach),
    /// A command for the worker.
    Request(Request),
    /// News up to this number have arrived.
    Seen(u64),
    /// Answered by [`ToWindow::Pong`] with the same number.
    Ping(u64),
    /// This window gives the commands from now on.
    TakeControl,
    /// A question about files there.
    File(FileId, FileRequest),
    /// The window closes and does not come back. What was started goes on.
    Leave,
}

/// Words of a window that comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// The server and the number that it had there; none if it is new.
    pub back: Option<(ServerId, WindowId)>,
    /// The last news that have arrived.
    pub seen: u64,
}

/// Tells one start of a server from the next: drawn anew each time.
pub type ServerId = u64;

/// A message to a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWindow {
    /// The answer to [`ToServer::Attach`].
    Attached(Attached),
    /// News by number, in order and without a gap. Told again after a loss of the line, until they are seen.
    News(u64, News),
    /// The answer to [`ToServer::Ping`].
    Pong {
        /// Number of the ping.
        ping: u64,
        /// The last request that has arrived.
        received: RequestId,
    },
    /// The answer to a question about files, or a part of it.
    File(FileId, FileAnswer),
    /// The server ends, and says why; nothing more comes.
    Ending(String),
}

/// Facts about a server and a window that has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The server.
    pub server: ServerId,
    /// The window's number.
    pub window: WindowId,
    /// Whether all that it had open there is still open.
    pub resumed: bool,
    /// The last request of the window that has arrived.
    pub received: RequestId,
    /// Name of the computer.
    pub host: String,
    /// Where new runs are kept there, if not said otherwise.
    pub runs_folder: PathBuf,
}

/// News of a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum News {
    /// An event.
    Reply(Reply),
    /// A job that another window has started, or that was there before this one. Its events follow.
    Job(JobId, Box<Job>),
    /// Who gives the commands.
    Control {
        /// Whether it is this window.
        own: bool,
        /// Windows that look at the worker.
        windows: usize,
    },
}

/// A question about files there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileRequest {
    /// Kinds of what lies at paths. Answered by [`FileAnswer::Kinds`].
    Look(Vec<PathBuf>),
    /// Content of a folder; of the home folder if none is named. Answered by [`FileAnswer::Folder`].
    List(Option<PathBuf>),
    /// The content of a file. Answered by [`FileAnswer::Begins`], then by a [`FileAnswer::Part`] for each
    /// [`FileRequest::More`].
    Fetch(PathBuf),
    /// The next part.
    More,
    /// Nobody wants the rest.
    Enough,
    /// A file is sent, to be kept in a folder for what comes from windows. Answered by [`FileAnswer::Kept`] if it is
    /// there already, else by [`FileAnswer::Go`].
    Send {
        /// Its name.
        name: String,
        /// Bytes of it.
        length: u64,
        /// XXH3-64 of them.
        hash: u64,
    },
    /// The next part of what is sent. After the last one [`FileAnswer::Kept`] is said.
    Part(Bytes),
    /// A new folder for what is to be fetched. Answered by [`FileAnswer::Kept`].
    Scratch,
    /// Removes such a folder. Answered by nothing.
    Clear(PathBuf),
}

/// An answer about files there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileAnswer {
    /// Kinds of what lies at the paths, in their order.
    Kinds(Vec<PathKind>),
    /// The content of a folder.
    Folder(FarFolder),
    /// A file begins.
    Begins {
        /// Bytes of it.
        length: u64,
        /// XXH3-64 of them.
        hash: u64,
    },
    /// The next bytes.
    Part(Bytes),
    /// The file that was announced may come.
    Go,
    /// Place of a file that was sent, or of a folder to write into.
    Kept(PathBuf),
    /// It cannot be done; a sentence for people.
    Failed(String),
}

/// The content of a folder there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarFolder {
    /// The folder, without `..` in it.
    pub folder: PathBuf,
    /// Files and folders in it, folders first, by name.
    pub entries: Vec<FarEntry>,
    /// Entries that are not listed, as there are too many, or as their names are no text.
    pub left_out: usize,
}

/// A file or folder there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarEntry {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: PathKind,
    /// Bytes of a file.
    pub bytes: u64,
}

/// Bytes, which formats for machines hold as such.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Visitor)
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_on_the_line_says_whose_it_is() {
        let id = on_line(3, 77);
        assert_eq!((window_of(id), window_of(77)), (3, 0));
        assert_ne!(on_line(3, 77), on_line(4, 77));
    }
}
