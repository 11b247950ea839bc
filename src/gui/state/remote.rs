//! The worker on another computer, as the window knows it: how the line stands, who gives the commands, and the dialogs
//! that a far computer needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::messages::{Notice, Severity};
use super::train::RememberedRun;
use super::train::run::Phase;
use super::{Effect, Pick, Settings, State};
use crate::config::Plan;
use crate::remote::link::{Launcher, LineNews};
use crate::remote::messages::{FarEntry, FarFolder};
use crate::worker::protocol::{Job, JobId, ModelSource, PathKind};

/// Computers that are offered again.
const MOST_RECENT: usize = 6;

/// The other computer.
#[derive(Clone, Debug, PartialEq)]
pub struct Remote {
    /// The way to it.
    pub launcher: Launcher,
    /// Its own name, once it has answered.
    pub host: Option<String>,
    /// How the line stands.
    pub line: LineState,
    /// The time that a message takes there and back.
    pub latency: Option<Duration>,
    /// Whether this window gives the commands.
    pub has_control: bool,
    /// Windows that look at the worker.
    pub windows: usize,
}

/// How the line to another computer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineState {
    /// It is reached for, for the first time.
    Reaching,
    /// It stands.
    Stands,
    /// It is lost; it is tried again.
    Lost {
        /// Why, in a sentence.
        reason: String,
        /// Attempts since then.
        attempts: u32,
    },
}

/// What is remembered of a computer from one start to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaceSettings {
    /// The runs of the Train screen.
    pub runs: Vec<RememberedRun>,
    /// Where new runs are kept, if not in the usual place.
    pub runs_folder: Option<PathBuf>,
    /// Where file dialogs begin.
    pub last_folder: Option<PathBuf>,
}

/// Settings of the other computers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Places {
    /// By the words of their launchers; this computer's under no words while another is in use.
    pub settings: BTreeMap<String, PlaceSettings>,
    /// Those that were reached last, the newest first.
    pub recent: Vec<Launcher>,
}

/// The dialog that asks for a computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectDialog {
    /// As in user@host.
    pub host: String,
    /// A whole command line in its place.
    pub command: String,
    /// Whether it is the command line that counts.
    pub by_command: bool,
    /// Why it cannot be tried.
    pub problem: Option<String>,
}

impl ConnectDialog {
    /// The way that is asked for.
    pub fn launcher(&self) -> Launcher {
        match self.by_command {
            true => Launcher::Command(self.command.trim().to_owned()),
            false => Launcher::Ssh(self.host.trim().to_owned()),
        }
    }
}

/// The dialog for files of the other computer.
#[derive(Clone, Debug, PartialEq)]
pub struct FarDialog {
    /// What is asked for.
    pub pick: Pick,
    /// The folder in front, once it has been listed.
    pub folder: Option<FarFolder>,
    /// Its path as it may be typed.
    pub typed: String,
    /// The entry that is chosen.
    pub chosen: Option<usize>,
    /// Whether a folder is being listed.
    pub waiting: bool,
    /// Why a folder cannot be listed.
    pub problem: Option<String>,
}

impl FarDialog {
    /// Entries that can be chosen or entered, with their places in the folder.
    pub fn shown(&self) -> Vec<(usize, &FarEntry)> {
        let filter = self.pick.filter();
        let fits = |entry: &FarEntry| {
            let is_asked_for = filter.as_ref().is_some_and(|f| f.others || f.takes(&entry.name));
            entry.kind.is_folder() || (!self.pick.is_folder() && is_asked_for)
        };
        let entries = self.folder.iter().flat_map(|folder| &folder.entries);
        entries.enumerate().filter(|(_, entry)| fits(entry)).collect()
    }

    /// The path that is chosen: an entry, or the folder in front where folders are asked for.
    pub fn choice(&self) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let entry = self.chosen.and_then(|at| folder.entries.get(at));
        match entry {
            Some(entry) if self.pick.is_folder() || self.is_choice(entry) => Some(folder.folder.join(&entry.name)),
            None if self.pick.is_folder() => Some(folder.folder.clone()),
            _ => None,
        }
    }

    /// Whether an entry is what is asked for, and not on the way to it.
    pub fn is_choice(&self, entry: &FarEntry) -> bool {
        match entry.kind {
            PathKind::File | PathKind::Arrays => true,
            PathKind::Run => matches!(self.pick, Pick::Model | Pick::Run),
            PathKind::Folder | PathKind::Nothing => false,
        }
    }
}

impl Settings {
    /// Goes from one place to another: what is remembered of each is its own.
    pub fn move_between(&mut self, from: Option<&Launcher>, to: Option<&Launcher>) {
        let key = |place: Option<&Launcher>| place.map_or_else(String::new, |way| way.name().to_owned());
        let own = PlaceSettings {
            runs: std::mem::take(&mut self.runs),
            runs_folder: self.runs_folder.take(),
            last_folder: self.last_folder.take(),
        };
        self.places.settings.insert(key(from), own);
        let PlaceSettings { runs, runs_folder, last_folder } =
            self.places.settings.remove(&key(to)).unwrap_or_default();
        (self.runs, self.runs_folder, self.last_folder) = (runs, runs_folder, last_folder);
    }
}

impl State {
    /// A window whose worker is on another computer.
    pub fn at(launcher: Option<Launcher>) -> Self {
        let remote = launcher.map(|launcher| Remote {
            launcher,
            host: None,
            line: LineState::Reaching,
            latency: None,
            has_control: true,
            windows: 1,
        });
        State { remote, ..State::default() }
    }

    /// The way to the worker, if it is on another computer.
    pub fn place(&self) -> Option<&Launcher> {
        self.remote.as_ref().map(|remote| &remote.launcher)
    }

    /// Opens the dialog that asks for a computer.
    pub fn ask_where(&mut self) {
        let mut dialog = ConnectDialog::default();
        match self.settings.places.recent.first() {
            Some(Launcher::Ssh(host)) => dialog.host.clone_from(host),
            Some(Launcher::Command(command)) => {
                dialog.command.clone_from(command);
                dialog.by_command = true;
            }
            None => (),
        }
        self.connecting = Some(dialog);
    }

    /// Goes to the computer of the dialog, if it can be tried.
    pub fn connect(&mut self) {
        let Some(dialog) = &mut self.connecting else { return };
        let launcher = dialog.launcher();
        match launcher.check() {
            Err(error) => dialog.problem = Some(error.to_string()),
            Ok(()) => {
                self.connecting = None;
                self.move_to(Some(launcher));
            }
        }
    }

    /// Goes to another computer, or back to this one. What goes on there goes on; what goes on here saves itself.
    pub fn move_to(&mut self, place: Option<Launcher>) {
        if self.place() != place.as_ref() {
            self.effects.push(Effect::MoveTo(place));
        }
    }

    /// Takes news of the line in.
    pub fn line_told(&mut self, news: LineNews) {
        match news {
            LineNews::Restarted => {
                self.messages.notice(Notice {
                    severity: Severity::Warning,
                    message: "The program on the other computer was started again; everything is opened anew".into(),
                });
                self.worker_restarted();
            }
            LineNews::Job(job, work) => self.job_appeared(job, &work),
            news => self.line_stands(news),
        }
    }

    fn line_stands(&mut self, news: LineNews) {
        let Some(remote) = &mut self.remote else { return };
        match news {
            LineNews::Connected { host, runs_folder } => {
                self.messages.say(format!("Connected to {host}"));
                remote.line = LineState::Stands;
                if remote.host.replace(host).is_none() {
                    let recent = &mut self.settings.places.recent;
                    recent.retain(|known| *known != remote.launcher);
                    recent.insert(0, remote.launcher.clone());
                    recent.truncate(MOST_RECENT);
                }
                if self.settings.runs_folder.is_none() {
                    self.train.form.set_parent(runs_folder);
                }
            }
            LineNews::Lost { reason, attempts, .. } => {
                // Once it stood, a line comes back by itself; before, a person may have to do something.
                if remote.host.is_none() {
                    let severity = Severity::Warning;
                    let message = format!("{} cannot be reached: {reason}", remote.launcher.name());
                    self.messages.notice(Notice { severity, message });
                }
                remote.latency = None;
                remote.line = LineState::Lost { reason, attempts };
            }
            LineNews::Latency(latency) => remote.latency = Some(latency),
            LineNews::Control { own, windows } => {
                if remote.has_control && !own {
                    self.messages.say("Another window gives the commands now".into());
                }
                (remote.has_control, remote.windows) = (own, windows);
            }
            LineNews::Restarted | LineNews::Job(..) => (),
        }
    }

    /// A run that this window has not started: that of another, or of an earlier one.
    fn job_appeared(&mut self, job: JobId, work: &Job) {
        let (folder, config) = match work {
            Job::Train(order) => (&order.out, Some(&*order.config)),
            Job::Fork(order) => (&order.out, Some(&*order.config)),
            Job::Resume(order) => (&order.run, None),
            Job::DemonstrateCollapse(order) => (&order.out, None),
            _ => return,
        };
        let run = self.train.listed(folder);
        run.adopt(job);
        if let Some(config) = config {
            run.plan = Some(Plan::new(config, &[]));
        }
    }

    /// Opens the dialog for files of the other computer.
    pub fn pick_far(&mut self, pick: Pick) {
        let folder = self.settings.last_folder.clone();
        self.far_dialog = Some(FarDialog {
            pick,
            folder: None,
            typed: String::new(),
            chosen: None,
            waiting: false,
            problem: None,
        });
        self.list_far(folder);
    }

    /// Lists a folder of the other computer in its dialog.
    pub fn list_far(&mut self, folder: Option<PathBuf>) {
        if let Some(dialog) = &mut self.far_dialog {
            dialog.waiting = true;
            dialog.problem = None;
            self.effects.push(Effect::ListFar(folder));
        }
    }

    /// A folder of the other computer has been listed, or cannot be.
    pub fn far_listed(&mut self, listed: Result<FarFolder, String>) {
        let Some(dialog) = &mut self.far_dialog else { return };
        dialog.waiting = false;
        match listed {
            Ok(folder) => {
                dialog.typed = folder.folder.display().to_string();
                dialog.chosen = None;
                dialog.folder = Some(folder);
            }
            // The folder of another day may be gone.
            Err(_) if dialog.folder.is_none() && self.settings.last_folder.take().is_some() => self.list_far(None),
            Err(problem) => dialog.problem = Some(problem),
        }
    }

    /// Takes what is chosen in the dialog for files of the other computer.
    pub fn choose_far(&mut self) {
        let Some(path) = self.far_dialog.as_ref().and_then(FarDialog::choice) else { return };
        if let Some(dialog) = self.far_dialog.take() {
            self.picked_there(dialog.pick, path);
        }
    }

    /// Takes a path of the worker's computer for what was asked.
    fn picked_there(&mut self, pick: Pick, path: PathBuf) {
        match pick {
            // It is known what lies there, and nothing of it is on this computer.
            Pick::Model => {
                self.settings.last_folder = path.parent().map(Path::to_owned);
                self.open_model(ModelSource::File(path));
            }
            pick => self.picked(pick, path),
        }
    }
}

impl super::train::run::Run {
    /// A job that is told from its beginning has it in hand.
    fn adopt(&mut self, job: JobId) {
        self.job = Some(job);
        self.phase = Phase::Queued;
        self.interrupted = false;
        self.stopping = false;
        self.curves = Default::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: PathKind) -> FarEntry {
        FarEntry { name: name.into(), kind, bytes: 1 }
    }

    fn dialog(pick: Pick) -> FarDialog {
        let entries = vec![
            entry("data", PathKind::Folder),
            entry("run", PathKind::Run),
            entry("a.safetensors", PathKind::File),
            entry("b.txt", PathKind::File),
        ];
        let folder = Some(FarFolder { folder: "/home/ada".into(), entries, left_out: 0 });
        FarDialog { pick, folder, typed: String::new(), chosen: None, waiting: false, problem: None }
    }

    #[test]
    fn a_dialog_shows_what_fits_and_chooses_what_was_asked_for() {
        let names = |dialog: &FarDialog| -> Vec<String> {
            dialog.shown().into_iter().map(|(_, entry)| entry.name.clone()).collect()
        };
        let mut models = dialog(Pick::Model);
        assert_eq!(names(&models), ["data", "run", "a.safetensors"]);
        assert_eq!(models.choice(), None);
        for (at, choice) in [(0, None), (1, Some("/home/ada/run")), (2, Some("/home/ada/a.safetensors"))] {
            models.chosen = Some(at);
            assert_eq!(models.choice(), choice.map(PathBuf::from));
        }
        let mut folders = dialog(Pick::RunsFolder);
        assert_eq!(names(&folders), ["data", "run"]);
        assert_eq!(folders.choice(), Some("/home/ada".into()), "the one in front");
        folders.chosen = Some(0);
        assert_eq!(folders.choice(), Some("/home/ada/data".into()));
    }

    #[test]
    fn each_computer_has_runs_of_its_own() {
        let run = |folder: &str| RememberedRun { folder: folder.into(), interrupted: false };
        let (desk, rack) = (Launcher::Ssh("desk".into()), Launcher::Ssh("rack".into()));
        let mut settings = Settings { runs: vec![run("here")], ..Settings::default() };
        settings.move_between(None, Some(&desk));
        assert!(settings.runs.is_empty());
        settings.runs = vec![run("desk")];
        settings.move_between(Some(&desk), Some(&rack));
        assert!(settings.runs.is_empty());
        settings.move_between(Some(&rack), Some(&desk));
        assert_eq!(settings.runs, [run("desk")]);
        settings.move_between(Some(&desk), None);
        assert_eq!(settings.runs, [run("here")]);
    }
}
