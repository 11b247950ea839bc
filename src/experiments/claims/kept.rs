//! Outcomes of tests of claims, kept among the person's own data from one start to the next.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use xxhash_rust::xxh3::xxh3_64;

use crate::atomic_file::{FileKind, write_atomically};
use crate::config::ClaimOrder;
use crate::error::{Error, Result};
use crate::own_data;
use crate::report::{ClaimReport, KeptClaim};
use crate::run::model_hash::hashes;

/// Outcomes that are kept; the oldest make room.
const MOST: usize = 60;
/// No kept outcome is longer.
const MOST_BYTES: u64 = 1 << 28;

/// The folder of kept outcomes; none where the system has no place for a person's own data.
pub fn folder() -> Option<PathBuf> {
    Some(own_data::folder()?.join("claims"))
}

/// Keeps an outcome in place of one of the same claim on the same images and models.
///
/// # Errors
/// A folder that cannot be written to.
pub fn keep(folder: &Path, order: &ClaimOrder, report: &ClaimReport) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
    let when = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let kept = KeptClaim {
        order: order.clone(),
        report: report.clone(),
        when,
        models: hashes(&order.models, &mut BTreeMap::new()),
        changed: false,
    };
    let text = serde_json::to_vec(&kept).map_err(|error| Error::Invalid(error.to_string()))?;
    let same = (order.claim.claim(), &order.data, &order.models);
    let name = serde_json::to_vec(&same).map_err(|error| Error::Invalid(error.to_string()))?;
    let file = folder.join(format!("{}-{:016x}.json", order.claim.claim().key(), xxh3_64(&name)));
    write_atomically(&file, FileKind::Own, |out| out.write_all(&text))?;
    for (_, old) in files(folder).into_iter().skip(MOST) {
        // One that cannot be removed is in nobody's way.
        let _ = std::fs::remove_file(old);
    }
    Ok(())
}

/// All kept outcomes, the newest first; what cannot be read is passed over, since it can be measured again.
pub fn kept(folder: &Path) -> Vec<KeptClaim> {
    // The same models stand behind many of them.
    let mut known = BTreeMap::new();
    let mut read = |file: &Path| -> Option<KeptClaim> {
        let about = std::fs::metadata(file).ok()?;
        if !about.is_file() || about.len() > MOST_BYTES {
            return None;
        }
        let kept: KeptClaim = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        let changed = hashes(&kept.order.models, &mut known) != kept.models;
        Some(KeptClaim { changed, ..kept })
    };
    let mut all: Vec<KeptClaim> =
        files(folder).iter().take(MOST).filter_map(|(_, file)| read(file)).collect();
    all.sort_by_key(|kept| std::cmp::Reverse(kept.when));
    all
}

/// The files of kept outcomes, the newest first.
fn files(folder: &Path) -> Vec<(SystemTime, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_ours = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_ours);
    let mut files: Vec<_> =
        paths.filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path))).collect();
    files.sort_by(|a, b| b.cmp(a));
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Claim, DataSource};

    fn order(models: &[&str]) -> ClaimOrder {
        let models = models.iter().map(PathBuf::from).collect();
        ClaimOrder {
            data: DataSource::BuiltinFaces,
            models,
            quick: true,
            seed: 0,
            claim: Claim::Probes.usual(),
        }
    }

    fn report(sentence: &str) -> ClaimReport {
        ClaimReport {
            verdict: vec![sentence.into()],
            measured_on: String::new(),
            tables: Vec::new(),
            plots: Vec::new(),
            pictures: Vec::new(),
            seconds: 1.0,
        }
    }

    #[test]
    fn an_outcome_is_kept_until_it_is_measured_again() {
        let folder = tempfile::tempdir().unwrap();
        assert!(kept(&folder.path().join("nowhere")).is_empty());
        keep(folder.path(), &order(&["vae-ffhq-64"]), &report("first")).unwrap();
        keep(folder.path(), &order(&["ae-ffhq-64"]), &report("other models")).unwrap();
        keep(folder.path(), &order(&["vae-ffhq-64"]), &report("again")).unwrap();
        std::fs::write(folder.path().join("damaged.json"), "{").unwrap();
        let mut found: Vec<_> =
            kept(folder.path()).into_iter().map(|kept| kept.report.verdict.concat()).collect();
        found.sort();
        assert_eq!(found, ["again", "other models"]);
    }

    #[test]
    fn a_model_that_has_changed_since_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("model.safetensors");
        std::fs::write(&model, "one").unwrap();
        let store = folder.path().join("claims");
        let order = order(&[model.to_str().unwrap()]);
        keep(&store, &order, &report("")).unwrap();
        assert!(!kept(&store)[0].changed);
        std::fs::write(&model, "two").unwrap();
        assert!(kept(&store)[0].changed);
    }
}
