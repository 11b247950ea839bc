//! The same by the real `ssh`: a server of OpenSSH on this computer, with a key made for the test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use morphospace::worker::protocol::*;

use super::place::Place;
use super::training;
use super::window::Window;

const SSHD: &str = "/usr/sbin/sshd";

struct Sshd {
    child: Child,
    port: u16,
    key: PathBuf,
}

impl Sshd {
    fn start(folder: &Path) -> Self {
        let (host, key) = (folder.join("host"), folder.join("key"));
        for file in [&host, &key] {
            let made =
                Process::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file).status();
            assert!(made.unwrap().success());
        }
        let authorized = folder.join("authorized");
        std::fs::copy(key.with_extension("pub"), &authorized).unwrap();
        // As root it wants a folder to lock itself into.
        let _ = std::fs::create_dir_all("/run/sshd");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = folder.join("sshd_config");
        let lines = [
            format!("Port {port}"),
            "ListenAddress 127.0.0.1".into(),
            format!("HostKey {}", host.display()),
            format!("AuthorizedKeysFile {}", authorized.display()),
            "StrictModes no".into(),
            "UsePAM no".into(),
            "PasswordAuthentication no".into(),
            "PidFile none".into(),
        ];
        std::fs::write(&config, lines.join("\n") + "\n").unwrap();
        let child =
            Process::new(SSHD).arg("-D").arg("-f").arg(&config).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "sshd does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Sshd { child, port, key }
    }

    /// The command line that leads to `far` by ssh.
    fn command(&self, far: &str) -> String {
        let user = Process::new("id").arg("-un").output().unwrap().stdout;
        let user = String::from_utf8(user).unwrap();
        let (port, key) = (self.port, self.key.display());
        let quiet =
            "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";
        format!("exec ssh -T -p {port} -i {key} {quiet} {}@127.0.0.1 '{far}'", user.trim())
    }

    /// Drops all connections: the processes that serve them are killed.
    fn drop_connections(&self) {
        let id = self.child.id().to_string();
        let _ = Process::new("pkill").args(["-KILL", "-P", &id]).status();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.drop_connections();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_training_by_ssh_survives_dropped_connections() {
    if !Path::new(SSHD).exists() {
        assert!(std::env::var_os("MORPHOSPACE_REQUIRE_SSH").is_none(), "no {SSHD}; install openssh-server");
        eprintln!("skipped: there is no {SSHD} here");
        return;
    }
    let place = Place::new();
    let sshd = Sshd::start(place.folder.path());
    let mut window = Window::by(&sshd.command(&place.command()));
    window.wait_for_line();
    let job = window.send(Command::Start(training(&place, 300)));
    for step in [20, 150] {
        window.wait_for_step(job, step);
        sshd.drop_connections();
        window.wait_for_loss();
        window.wait_for_line();
    }
    assert!(matches!(window.end_of(job), JobEvent::Finished(_)));
    assert_eq!(window.steps(job), (1..=300).collect::<Vec<_>>());
}
