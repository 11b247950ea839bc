//! Hashes of models' contents, by which a kept result knows whether it is still theirs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use xxhash_rust::xxh3::xxh3_64;

use super::checkpoint::FILE_NAME;
use crate::models::shipped;

/// A hash of the content of each model, out of those that are `known`; 0 stands for one that is not there.
pub(crate) fn hashes(models: &[PathBuf], known: &mut BTreeMap<PathBuf, u64>) -> Vec<u64> {
    let of = |path: &PathBuf| {
        let file = if path.is_dir() { path.join(FILE_NAME) } else { path.clone() };
        match std::fs::read(&file) {
            Ok(content) => xxh3_64(&content),
            Err(_) => path.to_str().and_then(shipped::bytes).map_or(0, xxh3_64),
        }
    };
    models.iter().map(|path| *known.entry(path.clone()).or_insert_with(|| of(path))).collect()
}
