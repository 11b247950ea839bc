//! Files of the other computer, as a window asks for them: each question waits for its answer, so none of this is for
//! the window's own thread.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::error::{Error, Result};
use crate::remote::messages::{Bytes, FarFolder, FileAnswer, FileId, FileRequest, ToServer};
use crate::remote::transfer::{IncomingFile, PART, changed, open_to_send};
use crate::worker::protocol::PathKind;

/// Parts that are asked for before the first of them is there: a long line stays full.
const AHEAD: usize = 4;
/// A line on which nothing comes for so long carries nothing any more.
const PATIENCE: Duration = Duration::from_secs(120);
/// The largest file that goes over the line: what a person drops by mistake is refused at once.
const LARGEST: u64 = 16 << 30;

/// Files of the other computer, asked for over the line.
#[derive(Clone)]
pub struct FarFiles {
    say: Arc<dyn Fn(ToServer) + Send + Sync>,
    open: Arc<Mutex<OpenQuestions>>,
}

#[derive(Default)]
struct OpenQuestions {
    last: FileId,
    answers: HashMap<FileId, Sender<FileAnswer>>,
}

/// A question and its answers.
struct Question<'a> {
    files: &'a FarFiles,
    id: FileId,
    answers: Receiver<FileAnswer>,
}

impl FarFiles {
    /// Files over a line on which `say` speaks.
    pub fn new(say: impl Fn(ToServer) + Send + Sync + 'static) -> Self {
        FarFiles { say: Arc::new(say), open: Arc::default() }
    }

    /// An answer has come.
    pub fn answered(&self, id: FileId, answer: FileAnswer) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever asked may have given up.
        open.answers.get(&id).map(|waiting| waiting.send(answer));
    }

    /// The line is lost: what was asked on it is not answered.
    pub fn lost(&self) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).answers.clear();
    }

    /// Kinds of what lies at paths there.
    ///
    /// # Errors
    /// A line that is lost.
    pub fn look(&self, paths: Vec<PathBuf>) -> Result<Vec<PathKind>> {
        match self.ask(FileRequest::Look(paths)).next()? {
            FileAnswer::Kinds(kinds) => Ok(kinds),
            other => Err(unexpected(&other)),
        }
    }

    /// Content of a folder there; of the home folder if none is named.
    ///
    /// # Errors
    /// A folder that cannot be listed; a line that is lost.
    pub fn list(&self, folder: Option<PathBuf>) -> Result<FarFolder> {
        match self.ask(FileRequest::List(folder)).next()? {
            FileAnswer::Folder(folder) => Ok(folder),
            other => Err(unexpected(&other)),
        }
    }

    /// A new folder there for what is to be fetched.
    ///
    /// # Errors
    /// Refusals of the system there; a line that is lost.
    pub fn scratch(&self) -> Result<PathBuf> {
        match self.ask(FileRequest::Scratch).next()? {
            FileAnswer::Kept(folder) => Ok(folder),
            other => Err(unexpected(&other)),
        }
    }

    /// Removes such a folder.
    pub fn clear(&self, folder: PathBuf) {
        self.ask(FileRequest::Clear(folder));
    }

    /// Brings a file from there to `target`, or to what `known` names if the same content lies there already.
    ///
    /// # Errors
    /// A file that cannot be read there or written here; a line that is lost.
    pub fn fetch(&self, path: &Path, target: impl FnOnce(u64) -> PathBuf) -> Result<PathBuf> {
        let question = self.ask(FileRequest::Fetch(path.to_owned()));
        let FileAnswer::Begins { length, hash } = question.next()? else {
            return Err(Error::Fault(
                "a file was asked for and something else came; please report this".into(),
            ));
        };
        let target = target(hash);
        let is_here = std::fs::metadata(&target).is_ok_and(|found| found.is_file() && found.len() == length);
        if is_here && open_to_send(&target).is_ok_and(|(_, _, own)| own == hash) {
            question.more(FileRequest::Enough);
            return Ok(target);
        }
        let mut incoming = IncomingFile::new(path, target, length, hash)?;
        let parts = length.div_ceil(PART as u64);
        let mut asked = 0;
        for come in 0..parts {
            while asked < parts && asked < come + AHEAD as u64 {
                question.more(FileRequest::More);
                asked += 1;
            }
            match question.next()? {
                FileAnswer::Part(Bytes(part)) if !part.is_empty() => incoming.take(&part)?,
                _ => return Err(changed(path)),
            };
        }
        question.more(FileRequest::Enough);
        incoming.keep()
    }

    /// Sends a file there. Its place there, which is the same whenever the same file is sent.
    ///
    /// # Errors
    /// A file that cannot be read here or written there; a line that is lost.
    pub fn send(&self, path: &Path) -> Result<PathBuf> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Error::file(path, "it has no name that can be sent"))?.to_owned();
        // Before all of it is read to be hashed.
        if std::fs::metadata(path).is_ok_and(|found| found.len() > LARGEST) {
            return Err(Error::file(
                path,
                "it is too large to be sent over the line; copy it there and open it there",
            ));
        }
        let (mut file, length, hash) = open_to_send(path)?;
        let question = self.ask(FileRequest::Send { name, length, hash });
        match question.next()? {
            FileAnswer::Kept(place) => return Ok(place),
            FileAnswer::Go => (),
            other => return Err(unexpected(&other)),
        }
        let mut part = vec![0; PART];
        let mut left = length;
        while left > 0 {
            let n = file.read(&mut part).map_err(Error::io("read", path))?;
            if n == 0 {
                return Err(Error::file(path, "it has become shorter while it was sent; send it again"));
            }
            let n = n.min(usize::try_from(left).unwrap_or(n));
            question.more(FileRequest::Part(Bytes(part[..n].to_vec())));
            left -= n as u64;
        }
        match question.next()? {
            FileAnswer::Kept(place) => Ok(place),
            other => Err(unexpected(&other)),
        }
    }

    fn ask(&self, request: FileRequest) -> Question<'_> {
        let (sender, answers) = unbounded();
        let id = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.last += 1;
            let id = open.last;
            open.answers.insert(id, sender);
            id
        };
        (self.say)(ToServer::File(id, request));
        Question { files: self, id, answers }
    }
}

impl Question<'_> {
    fn more(&self, request: FileRequest) {
        (self.files.say)(ToServer::File(self.id, request));
    }

    fn next(&self) -> Result<FileAnswer> {
        match self.answers.recv_timeout(PATIENCE) {
            Ok(FileAnswer::Failed(message)) => Err(Error::Invalid(message)),
            Ok(answer) => Ok(answer),
            Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {
                Err(Error::Invalid("the connection was lost meanwhile; try again when it is back".into()))
            }
        }
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.files.open.lock().unwrap_or_else(PoisonError::into_inner).answers.remove(&self.id);
    }
}

fn unexpected(answer: &FileAnswer) -> Error {
    Error::Fault(format!("the other computer gave an unexpected answer ({answer:?}); please report this"))
}
