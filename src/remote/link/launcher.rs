//! Launchers: what starts the program on the other computer and holds the line to it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::text;

/// Lines of a launcher's complaints that are kept.
const KEPT_LINES: usize = 4;

/// A way to the other computer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Launcher {
    /// By the system's `ssh`, which knows keys, names and jump hosts: `host` or `user@host`.
    Ssh(String),
    /// By a command line of the system's shell, whose standard input and output lead to `morphospace serve --stdio`.
    Command(String),
}

impl Launcher {
    /// The computer, as a person has named it.
    pub fn name(&self) -> &str {
        match self {
            Launcher::Ssh(host) => host,
            Launcher::Command(command) => command,
        }
    }

    /// Checks that it can be tried at all.
    ///
    /// # Errors
    /// Nothing, and what `ssh` would take for an option.
    pub fn check(&self) -> Result<()> {
        match self {
            Launcher::Ssh(host) if host.trim().is_empty() => {
                Err(Error::Invalid("name a computer, as in user@host".into()))
            }
            Launcher::Ssh(host) if host.starts_with('-') || host.contains(char::is_whitespace) => {
                let host = text::quote(host);
                Err(Error::Invalid(format!(
                    "'{host}' is no computer; write user@host, or a whole command line"
                )))
            }
            Launcher::Command(command) if command.trim().is_empty() => {
                Err(Error::Invalid("write the command line that leads to morphospace serve --stdio".into()))
            }
            _ => Ok(()),
        }
    }

    /// Starts it.
    ///
    /// # Errors
    /// A launcher that is not there.
    pub fn start(&self) -> Result<Line> {
        self.check()?;
        let mut command = match self {
            Launcher::Ssh(host) => {
                let mut ssh = Command::new("ssh");
                // A line that has died is noticed in half a minute. There is no terminal at the other end.
                ssh.args(["-T", "-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3"]);
                ssh.arg("--").arg(host).arg("morphospace serve --stdio");
                ssh
            }
            Launcher::Command(line) if cfg!(windows) => {
                let mut shell = Command::new("cmd");
                shell.arg("/C").arg(line);
                shell
            }
            Launcher::Command(line) => {
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(line);
                shell
            }
        };
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C at the terminal is for this program, which says what becomes of the line.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|error| {
            Error::Invalid(format!("'{program}' cannot be started ({error}); is it installed?"))
        })?;
        let missing = || Error::Fault("a launcher without its pipes; please report this".into());
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let errors = child.stderr.take().ok_or_else(missing)?;
        let complaints = Complaints::default();
        let kept = complaints.clone();
        let listen = move || {
            BufReader::new(errors).lines().map_while(|line| line.ok()).for_each(|line| kept.add(line))
        };
        thread::Builder::new().name("launcher's words".into()).spawn(listen).map_err(|error| {
            Error::Invalid(format!("the system refused to start a thread for the line ({error})"))
        })?;
        Ok(Line { child: Running(child), input, output, complaints })
    }
}

/// A line that stands.
pub struct Line {
    /// The launcher; it ends with this.
    pub child: Running,
    /// The way to the other computer.
    pub input: ChildStdin,
    /// The way from there.
    pub output: ChildStdout,
    /// Words of the launcher beside.
    pub complaints: Complaints,
}

/// A launcher that is ended when nobody holds it any more.
pub struct Running(Child);

impl Running {
    /// Ends it.
    pub fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// The last words of a launcher.
#[derive(Clone, Default)]
pub struct Complaints(Arc<Mutex<VecDeque<String>>>);

impl Complaints {
    fn add(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(line);
        if lines.len() > KEPT_LINES {
            lines.pop_front();
        }
    }

    /// The complaints as a part of a sentence; empty if there were none.
    pub fn words(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        if whole.is_empty() { String::new() } else { text::quote(whole.join(" ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_computer_is_refused() {
        for host in ["", "  ", "-oProxyCommand=x", "a b"] {
            assert!(Launcher::Ssh(host.into()).check().is_err(), "{host}");
        }
        assert!(Launcher::Ssh("ada@desk".into()).check().is_ok());
        assert!(Launcher::Command(String::new()).check().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_launcher_carries_bytes_and_its_words_are_kept() {
        use std::io::{Read, Write};
        let launcher = Launcher::Command("echo no such computer >&2; cat".into());
        let mut line = launcher.start().unwrap();
        line.input.write_all(b"hello").unwrap();
        drop(line.input);
        let mut back = String::new();
        line.output.read_to_string(&mut back).unwrap();
        assert_eq!(back, "hello");
        while line.complaints.words().is_empty() {
            thread::yield_now();
        }
        assert_eq!(line.complaints.words(), "no such computer");
    }
}
