//! The way from standard input and output, which a launcher holds, to the server's socket. The server is a program of
//! its own, so that a line that is lost ends this one alone.

use std::fs::File;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::sockets::{connect, make_own_folder};
use super::terminal::RawInput;
use crate::error::{Error, Result};
use crate::remote::threads::spawn;
use crate::text;

/// A server that does not listen after so long does not start.
const PATIENCE: Duration = Duration::from_secs(20);
/// Time between two attempts to reach it.
const POLL: Duration = Duration::from_millis(30);
/// Minutes that nobody looks at a server with nothing to do before it ends.
const IDLE_MINUTES: u32 = 30;

/// The arguments that start a server which ends by itself when nobody needs it.
pub struct DetachedServer(PathBuf);

impl DetachedServer {
    /// The relay to a socket.
    pub fn at(socket: &Path) -> Self {
        DetachedServer(socket.to_owned())
    }

    /// Starts it in a process group of its own, so that signals for this program do not reach it. What it complains
    /// about goes to a file beside its socket.
    fn start(&self) -> Result<PathBuf> {
        let program = std::env::current_exe().map_err(Error::io("find", Path::new("morphospace")))?;
        let complaints = self.0.with_extension("log");
        let log = File::create(&complaints).or_else(|_| File::create("/dev/null"));
        let log = log.map_err(Error::io("write", &complaints))?;
        let mut command = Command::new(&program);
        command.arg("serve").arg("--listen").arg(&self.0).arg("--idle-minutes").arg(IDLE_MINUTES.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).process_group(0);
        command.spawn().map_err(Error::io("start", &program))?;
        Ok(complaints)
    }

    /// Connects to it, after starting it if it is not there.
    fn connected(&self) -> Result<UnixStream> {
        if let Some(stream) = connect(&self.0) {
            return Ok(stream);
        }
        make_own_folder(&self.0)?;
        let complaints = self.start()?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(stream) = connect(&self.0) {
                return Ok(stream);
            }
            let said = std::fs::read_to_string(&complaints).unwrap_or_default();
            if let Some(error) = said.lines().find(|line| line.starts_with("morphospace:")) {
                return Err(Error::Invalid(format!("the server did not start: {}", text::quote(error))));
            }
            thread::sleep(POLL);
        }
        Err(Error::file(&self.0, "the server did not start in time; try again"))
    }
}

/// Carries bytes both ways between standard input and output and the server at a socket, which is started if it is not
/// there, until either side ends.
///
/// # Errors
/// A server that cannot be reached.
pub fn relay(server: &DetachedServer) -> Result<()> {
    let _raw = RawInput::new();
    let stream = server.connected()?;
    let refused = |error: std::io::Error| Error::Invalid(format!("the server cannot be reached: {error}"));
    let mut to_server = stream.try_clone().map_err(refused)?;
    spawn("line to the server", move || {
        carry(std::io::stdin().lock(), &mut to_server);
        let _ = to_server.shutdown(Shutdown::Both);
    })?;
    carry(stream, &mut std::io::stdout().lock());
    Ok(())
}

/// Passes on what comes, as it comes.
fn carry(mut from: impl Read, to: &mut impl Write) {
    let mut part = vec![0; 64 << 10];
    loop {
        match from.read(&mut part) {
            Ok(0) => return,
            Ok(n) if to.write_all(&part[..n]).and_then(|()| to.flush()).is_err() => return,
            Ok(_) => (),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => (),
            Err(_) => return,
        }
    }
}
