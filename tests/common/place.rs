//! Another computer: a process with folders of its own.
#![allow(dead_code, reason = "each test uses the parts that it needs")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::pictures::folder_of_pictures;

/// The other computer.
pub struct Place {
    pub folder: TempDir,
    pub data: TempDir,
    pub socket: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("own/serve.sock");
        Place { folder, data: folder_of_pictures(40), socket }
    }

    /// Where its run is.
    pub fn run(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// The command line that leads there.
    pub fn command(&self) -> String {
        self.program(&format!("serve --stdio --listen {}", self.socket.display()))
    }

    /// The same without a server of its own.
    pub fn attached_command(&self) -> String {
        self.program("serve --stdio --attached")
    }

    fn program(&self, arguments: &str) -> String {
        let home = self.folder.path().display();
        let program = env!("CARGO_BIN_EXE_morphospace");
        format!("HOME={home} XDG_DATA_HOME={home}/data XDG_CACHE_HOME={home}/cache {program} {arguments}")
    }

    /// Cuts all lines: the programs that hold them are killed.
    pub fn cut(&self) {
        self.kill(&format!("serve --stdio --listen {}", self.socket.display()));
    }

    /// Kills the server.
    pub fn kill_server(&self) {
        self.kill(&format!("serve --listen {}", self.socket.display()));
    }

    fn kill(&self, pattern: &str) {
        let mut pkill = Command::new("pkill");
        pkill.args(["-KILL", "-f", "--", pattern]).stderr(Stdio::null());
        // It is killed by its own pattern, or finds nothing.
        let _ = pkill.status();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.kill_server();
        self.cut();
    }
}
