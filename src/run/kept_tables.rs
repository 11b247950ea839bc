//! Tables of the Compare screen, kept among the person's own data from one start to the next.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::model_hash::hashes;
use crate::atomic_file::{FileKind, write_atomically};
use crate::error::{Error, Result};
use crate::own_data;
use crate::report::{KeptTable, TableKind};

/// No kept table is longer.
const MOST_BYTES: u64 = 1 << 24;

/// The folder of kept tables; none where the system has no place for a person's own data.
pub fn folder() -> Option<PathBuf> {
    Some(own_data::folder()?.join("tables"))
}

/// Keeps a table of these models in place of the one of its kind.
///
/// # Errors
/// A folder that cannot be written to.
pub fn keep(folder: &Path, kind: TableKind, models: Vec<PathBuf>, content: String) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
    let when = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let hashes = hashes(&models, &mut BTreeMap::new());
    let kept = KeptTable { kind, content, models, hashes, when, changed: Vec::new() };
    let text = serde_json::to_vec(&kept).map_err(|error| Error::Invalid(error.to_string()))?;
    write_atomically(&file(folder, kind), FileKind::Own, |out| out.write_all(&text))
}

/// The kept tables; what cannot be read is passed over, since it can be measured again.
pub fn kept(folder: &Path) -> Vec<KeptTable> {
    // The same models stand behind all of them.
    let mut known = BTreeMap::new();
    let mut read = |kind: TableKind| -> Option<KeptTable> {
        let file = file(folder, kind);
        let about = std::fs::metadata(&file).ok()?;
        if !about.is_file() || about.len() > MOST_BYTES {
            return None;
        }
        let kept: KeptTable = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        let now = hashes(&kept.models, &mut known);
        let then = kept.hashes.iter().copied().chain(std::iter::repeat(0));
        let differs =
            kept.models.iter().zip(now.into_iter().zip(then)).filter(|(_, (now, then))| now != then);
        let changed = differs.map(|(model, _)| model.clone()).collect();
        (kept.kind == kind).then_some(KeptTable { changed, ..kept })
    };
    TableKind::ALL.into_iter().filter_map(&mut read).collect()
}

fn file(folder: &Path, kind: TableKind) -> PathBuf {
    folder.join(format!("{}.json", kind.key()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_kept_until_there_is_a_newer_one_and_knows_whose_models_have_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("tables");
        assert!(kept(&store).is_empty());
        let models: Vec<PathBuf> = ["one", "two"].map(|name| folder.path().join(name)).into();
        models.iter().for_each(|model| std::fs::write(model, "weights").unwrap());
        keep(&store, TableKind::Draws, models.clone(), "first".into()).unwrap();
        keep(&store, TableKind::Draws, models.clone(), "again".into()).unwrap();
        keep(&store, TableKind::Smoothness, vec!["nowhere".into()], "missing".into()).unwrap();
        let found: Vec<_> = kept(&store).into_iter().map(|kept| (kept.content, kept.changed)).collect();
        assert_eq!(found, [("again".to_owned(), Vec::new()), ("missing".to_owned(), Vec::new())]);
        std::fs::write(&models[1], "other weights").unwrap();
        assert_eq!(kept(&store)[0].changed, [models[1].clone()]);
    }

    #[test]
    fn damaged_files_are_passed_over() {
        let store = tempfile::tempdir().unwrap();
        keep(store.path(), TableKind::Draws, Vec::new(), "fine".into()).unwrap();
        for damaged in ["", "{", "[]", "{\"kind\":\"draws\"}"] {
            std::fs::write(store.path().join("reconstructions.json"), damaged).unwrap();
            assert_eq!(kept(store.path()).len(), 1, "{damaged}");
        }
        // Of another kind than its name says.
        let draws = std::fs::read(store.path().join("draws.json")).unwrap();
        std::fs::write(store.path().join("smoothness.json"), draws).unwrap();
        std::fs::create_dir(store.path().join("folder")).unwrap();
        assert_eq!(kept(store.path()).len(), 1);
    }
}
