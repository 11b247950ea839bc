//! A worker for windows elsewhere that trains and takes files, killed: its runs go on, files that came are whole, and
//! the next one finds nothing in its way.

use std::io::{BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use morphospace::config::DataSource;
use morphospace::remote::messages::{Attach, Bytes, FileRequest, News, ToServer, ToWindow, on_line};
use morphospace::remote::{frames, greeting};
use morphospace::worker::protocol::*;
use tempfile::TempDir;

use super::pictures::folder_of_pictures;
use super::training::WatchedRun;
use super::{Life, Said, Work, duration_of, morphospace, names, read_all, storm, text, unfinished};

/// Bytes of a file that is sent, in parts.
const FILE: usize = 3 << 20;
const PART: usize = 256 << 10;

#[derive(Clone, Copy, PartialEq)]
enum Line {
    /// Standard input and output.
    Pipes,
    /// A socket.
    Socket,
}

struct Serving {
    place: TempDir,
    data: TempDir,
    line: Line,
    run: WatchedRun,
    longest: Duration,
    /// Numbers the files that are sent.
    sent: u8,
}

impl Serving {
    fn new(line: Line) -> Self {
        let (place, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(40));
        let run = WatchedRun::new(place.path().join("run"));
        let mut version = morphospace(place.path());
        version.arg("--version");
        // Most lives reach into the training.
        let longest = duration_of(version) * 4 + Duration::from_millis(1500);
        Serving { place, data, line, run, longest, sent: 0 }
    }

    fn socket(&self) -> PathBuf {
        self.place.path().join("own/serve.sock")
    }

    fn received(&self) -> PathBuf {
        self.place.path().join("home/.local/share/morphospace/received")
    }

    /// Words of a window that comes: the run begins or goes on, and a file is sent.
    fn words(&mut self) -> Vec<u8> {
        let job = if self.run.is_begun() {
            Job::Resume(ResumeOrder { run: self.run.path.clone(), changes: Changes::default() })
        } else {
            let mut config = morphospace::config::defaults();
            config.model.image_size = 32;
            config.model.latent_dim = 8;
            config.model.base_width = 4;
            config.batch_size = 8;
            (config.steps, config.save_every, config.sample_every) = (1_000_000, 3, 20);
            config.dataset.source = DataSource::Folder(self.data.path().to_owned());
            Job::Train(TrainOrder { config: Box::new(config), out: self.run.path.clone() })
        };
        self.sent = self.sent.wrapping_add(1);
        let content: Vec<u8> = (0..FILE).map(|at| (at / 251) as u8 ^ self.sent).collect();
        let hash = xxhash_rust::xxh3::xxh3_64(&content);
        let send = FileRequest::Send { name: "photo.bin".into(), length: FILE as u64, hash };
        let start = Request { id: on_line(1, 1), command: Command::Start(job) };
        let mut said = Vec::new();
        greeting::greet(&mut said, greeting::Side::Window).unwrap();
        let parts = content.chunks(PART).map(|part| FileRequest::Part(Bytes(part.to_vec())));
        let files = [send].into_iter().chain(parts).map(|request| ToServer::File(1, request));
        for message in
            [ToServer::Attach(Attach::default()), ToServer::Request(start)].into_iter().chain(files)
        {
            said.extend(frames::frame(&message).unwrap());
        }
        said
    }
}

/// Speaks until the other side is gone.
fn speak(mut to: impl Write + Send + 'static, words: Vec<u8>) {
    std::thread::spawn(move || {
        let seen = frames::frame(&ToServer::Seen(u64::MAX)).unwrap();
        let mut said = to.write_all(&words);
        while said.and_then(|()| to.flush()).is_ok() {
            std::thread::sleep(Duration::from_millis(20));
            said = to.write_all(&seen);
        }
    });
}

/// The last checkpoint that a server has announced.
fn last_announced(said: &[u8]) -> u64 {
    let mut stream = BufReader::new(said);
    if greeting::hear(&mut stream, greeting::Side::Server, "the server").is_err() {
        return 0;
    }
    let mut last = 0;
    // The last message may be cut off.
    while let Ok(Some(message)) = frames::read::<ToWindow>(&mut stream) {
        if let ToWindow::News(_, News::Reply(Reply { event: Event::Job(event), .. })) = message {
            match event {
                JobEvent::Saved { step, .. } => last = last.max(step as u64),
                JobEvent::Failed { message } => panic!("{message}"),
                _ => (),
            }
        }
    }
    last
}

impl Work for Serving {
    fn name(&self) -> String {
        match self.line {
            Line::Pipes => "serving a pipe".into(),
            Line::Socket => "serving a socket".into(),
        }
    }

    fn start(&mut self) -> Life {
        let words = self.words();
        let mut command = morphospace(self.place.path());
        command.arg("serve").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        match self.line {
            Line::Pipes => {
                let mut child =
                    command.args(["--stdio", "--attached"]).stdin(Stdio::piped()).spawn().unwrap();
                speak(child.stdin.take().unwrap(), words);
                let out = read_all(child.stdout.take().unwrap());
                Life { errors: read_all(child.stderr.take().unwrap()), child, out }
            }
            Line::Socket => {
                let mut child = command.args(["--listen", text(&self.socket())]).spawn().unwrap();
                let ended = Arc::new(AtomicBool::new(false));
                let (socket, is_over) = (self.socket(), Arc::clone(&ended));
                let out = std::thread::spawn(move || {
                    let mut said = Vec::new();
                    while !is_over.load(Ordering::Relaxed) {
                        // That of the one before may still be there.
                        if let Ok(mut stream) = UnixStream::connect(&socket) {
                            speak(stream.try_clone().unwrap(), words);
                            let _ = stream.read_to_end(&mut said);
                            break;
                        }
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    said
                });
                let mut errors = child.stderr.take().unwrap();
                let errors = std::thread::spawn(move || {
                    let mut said = Vec::new();
                    let _ = errors.read_to_end(&mut said);
                    ended.store(true, Ordering::Relaxed);
                    said
                });
                Life { child, out, errors }
            }
        }
    }

    fn killed(&mut self, said: &Said) -> bool {
        let struck = self.run.killed(last_announced(&said.out), self.place.path());
        let mut coming = 0;
        for hash in names(&self.received()) {
            let folder = self.received().join(&hash);
            coming += unfinished(&folder, 1);
            if let Ok(content) = std::fs::read(folder.join("photo.bin")) {
                assert_eq!(
                    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&content)),
                    hash,
                    "a file is not whole"
                );
            }
        }
        // A folder for the way and its lock: those of the one before are cleared away.
        let way = names(&self.place.path().join("tmp"));
        assert!(way.len() <= 2, "they pile up: {way:?}");
        if self.sent.is_multiple_of(16) {
            let _ = std::fs::remove_dir_all(self.received());
        }
        struck || coming > 0
    }

    fn done(&mut self, said: &Said) {
        panic!("a server does not end by itself: {}", said.errors);
    }

    fn longest(&self) -> Duration {
        self.longest
    }

    /// It goes on until it is asked to end, and saves then.
    fn finish(&mut self) {
        let life = self.start();
        std::thread::sleep(self.longest);
        let pid = life.child.id() as i32;
        // SAFETY: sends a signal to a process that this test has started and not waited for yet.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
        let said = life.end();
        assert!(said.success, "{}", said.errors);
        self.run.killed(last_announced(&said.out), self.place.path());
        assert_eq!(names(&self.place.path().join("tmp")), [] as [String; 0], "nothing temporary is left");
        assert!(self.line == Line::Pipes || !self.socket().exists());
    }
}

#[test]
fn a_killed_server_has_lost_nothing_and_the_next_one_goes_on() {
    for line in [Line::Pipes, Line::Socket] {
        storm(&mut Serving::new(line));
    }
}
