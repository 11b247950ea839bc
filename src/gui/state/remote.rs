//! The worker on another computer, as the window knows it: how the line stands, who gives the commands, and the dialogs
//! that a far computer needs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::effects::Pick;
use super::train::RememberedRun;
use crate::remote::link::Launcher;
use crate::remote::messages::{FarEntry, FarFolder};
use crate::worker::protocol::PathKind;

/// The other computer.
#[derive(Clone, Debug, PartialEq)]
pub struct Remote {
    /// The way to it.
    pub launcher: Launcher,
    /// Its own name, once it has answered.
    pub host: Option<String>,
    /// State of the line.
    pub line: LineState,
    /// The time that a message takes there and back.
    pub latency: Option<Duration>,
    /// Whether this window gives the commands.
    pub has_control: bool,
    /// Windows that look at the worker.
    pub windows: usize,
}

/// State of the line to another computer.
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

/// Settings of a computer, from one start to the next.
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
    /// Computers that were reached last, the newest first.
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
    /// Purpose of the dialog.
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

    /// The path that is chosen, and what lies there: an entry, or the folder in front where folders are asked for.
    pub fn choice(&self) -> Option<(PathBuf, PathKind)> {
        let folder = self.folder.as_ref()?;
        let entry = self.chosen.and_then(|at| folder.entries.get(at));
        match entry {
            Some(entry) if self.pick.is_folder() || self.is_choice(entry) => {
                Some((folder.folder.join(&entry.name), entry.kind))
            }
            None if self.pick.is_folder() => Some((folder.folder.clone(), PathKind::Folder)),
            _ => None,
        }
    }

    /// Whether an entry is what is asked for, and not on the way to it.
    pub fn is_choice(&self, entry: &FarEntry) -> bool {
        match entry.kind {
            PathKind::File | PathKind::Arrays => true,
            PathKind::Run => matches!(self.pick, Pick::Model | Pick::Run),
            PathKind::Folder | PathKind::Runs | PathKind::Nothing => false,
        }
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
            assert_eq!(models.choice().map(|(path, _)| path), choice.map(PathBuf::from));
        }
        let mut folders = dialog(Pick::RunsFolder);
        assert_eq!(names(&folders), ["data", "run"]);
        let chosen = |dialog: &FarDialog| dialog.choice().map(|(path, _)| path);
        assert_eq!(chosen(&folders), Some("/home/ada".into()), "the one in front");
        folders.chosen = Some(0);
        assert_eq!(chosen(&folders), Some("/home/ada/data".into()));
    }
}
