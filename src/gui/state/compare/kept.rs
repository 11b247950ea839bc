//! Tables of models that are kept from one start to the next.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rust_i18n::t;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::order::{Before, Measured, ModelsOrder};
use super::{Compare, JobPurpose, Keeping, Mode};
use crate::gui::state::State;
use crate::worker::protocol::{Command, KeptTable, TableKind};

impl State {
    /// Keeps tables from now on, and shows those of before when there is somebody to see them.
    pub fn keep_tables(&mut self) {
        self.compare.keeping = Keeping::Unread;
    }

    /// Asks for the tables that are kept, once.
    pub fn list_tables(&mut self) {
        if self.compare.keeping == Keeping::Unread {
            self.compare.keeping = Keeping::On;
            self.send(Command::ListTables);
        }
    }

    /// Takes in the tables that are kept.
    pub(in crate::gui::state) fn take_kept_tables(&mut self, kept: &[KeptTable]) {
        let compare = &mut self.compare;
        // Whatever was measured since the start is newer, and must not stand beside them.
        if compare.measured_order().is_some() || compare.is_measuring(Mode::Models) {
            return;
        }
        let newest = kept.iter().max_by_key(|kept| kept.when).and_then(order_of);
        for kept in kept.iter().filter(|kept| order_of(kept) == newest) {
            match kept.kind {
                TableKind::Reconstructions => compare.pixels = read(kept),
                TableKind::Draws => compare.draws = read(kept),
                TableKind::Smoothness => compare.smoothness = read(kept),
            }
        }
    }

    /// Has a table kept that was just measured.
    pub(super) fn keep_table(&mut self, measured: &JobPurpose) {
        if !self.compare.keeps_tables() {
            return;
        }
        let Compare { pixels, draws, smoothness, .. } = &self.compare;
        let (kind, written) = match measured {
            JobPurpose::Pixels(_) => (TableKind::Reconstructions, write(pixels.as_ref())),
            JobPurpose::Draws(_) => (TableKind::Draws, write(draws.as_ref())),
            JobPurpose::Smoothness(_) => (TableKind::Smoothness, write(smoothness.as_ref())),
            JobPurpose::Claim(_) | JobPurpose::Pairs(_) | JobPurpose::Sets(_) => return,
        };
        if let Some((models, content)) = written {
            self.send(Command::KeepTable { kind, models, content });
        }
    }
}

/// The models of a table, and all of it as text; none where a name is not valid text.
fn write<T: Serialize>(measured: Option<&Measured<ModelsOrder, T>>) -> Option<(Vec<PathBuf>, String)> {
    let Measured { order, found, .. } = measured?;
    let models = order.candidates.iter().map(|candidate| candidate.checkpoint.clone()).collect();
    Some((models, serde_json::to_string(&(&**order, found)).ok()?))
}

fn order_of(kept: &KeptTable) -> Option<ModelsOrder> {
    let (order, _): (ModelsOrder, serde::de::IgnoredAny) = serde_json::from_str(&kept.content).ok()?;
    Some(order)
}

/// A table out of its text; none where that is not understood.
fn read<T: DeserializeOwned>(kept: &KeptTable) -> Option<Measured<ModelsOrder, T>> {
    let (order, found): (ModelsOrder, T) = serde_json::from_str(&kept.content).ok()?;
    let is_changed = |checkpoint: &PathBuf| kept.changed.contains(checkpoint);
    let changed = order.candidates.iter().filter(|candidate| is_changed(&candidate.checkpoint));
    let before =
        Before { when: kept.when, changed: changed.map(|candidate| candidate.name.clone()).collect() };
    Some(Measured { order: Arc::new(order), found, before: Some(before) })
}

/// Time since then in words.
pub fn ago(when: u64) -> String {
    let then = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(when));
    let since = then.and_then(|then| SystemTime::now().duration_since(then).ok());
    let minutes = since.map_or(0, |since| since.as_secs() / 60);
    match minutes {
        0..60 => t!("%{n} min ago", n = minutes),
        60..2880 => t!("%{n} h ago", n = minutes / 60),
        _ => t!("%{n} days ago", n = minutes / 1440),
    }
    .into_owned()
}
