//! Actions on the worker of another computer, and what its line tells.

use std::path::PathBuf;

use rust_i18n::t;

use super::messages::{Notice, Severity};
use super::remote::{ConnectDialog, FarDialog, LineState, PlaceSettings, Remote};
use super::train::run::RunLeft;
use super::train::run::{Phase, Run};
use super::{Effect, Pick, Settings, State};
use crate::config::Plan;
use crate::remote::link::{Launcher, LineNews};
use crate::remote::messages::FarFolder;
use crate::worker::protocol::{Job, JobId};

/// Computers that are offered again.
const MOST_RECENT: usize = 6;

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
                    message: t!(
                        "The program on the other computer was started again; everything is opened anew"
                    )
                    .into(),
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
                self.messages.say(t!("Connected to %{host}", host = host).into());
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
                    let way = remote.launcher.name();
                    let message = t!("%{name} cannot be reached: %{why}", name = way, why = reason).into();
                    self.messages.notice(Notice { severity, message });
                }
                remote.latency = None;
                remote.line = LineState::Lost { reason, attempts };
            }
            LineNews::Latency(latency) => remote.latency = Some(latency),
            LineNews::Control { own, windows } => {
                if remote.has_control && !own {
                    self.messages.say(t!("Another window gives the commands now").into());
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
            Err(_) if dialog.folder.is_none() && self.settings.last_folder.take().is_some() => {
                self.list_far(None)
            }
            Err(problem) => dialog.problem = Some(problem),
        }
    }

    /// Takes what is chosen in the dialog for files of the other computer.
    pub fn choose_far(&mut self) {
        let Some((path, kind)) = self.far_dialog.as_ref().and_then(FarDialog::choice) else { return };
        match self.far_dialog.take().map(|dialog| dialog.pick) {
            // What lies there is known already, and is not to be looked for on this computer.
            Some(Pick::Model) => self.looked(path, kind),
            Some(pick) => self.picked(pick, path),
            None => (),
        }
    }
}

impl Run {
    /// A job that is told from its beginning has it in hand.
    fn adopt(&mut self, job: JobId) {
        self.job = Some(job);
        self.phase = Phase::Queued;
        self.left = RunLeft::AtRest;
        self.stopping = false;
        self.curves = Default::default();
    }
}

#[cfg(test)]
mod tests {
    use super::super::train::RememberedRun;
    use super::super::train::run::RunLeft;
    use super::*;

    #[test]
    fn each_computer_has_runs_of_its_own() {
        let run = |folder: &str| RememberedRun { folder: folder.into(), left: RunLeft::AtRest };
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
