//! Folders of runs, which this program has filled itself and which therefore are never data. Their sheets of samples are
//! pictures, but of what a model makes of photos.
//!
//! Pictures that somebody asked for, a grid or rendered faces, lie where he wanted them and are taken.
//! Files in the cache are no pictures to anybody else.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::config::TrainConfig;

/// The weights in the folder of a run.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// The settings in the folder of a run.
pub const CONFIG: &str = "config.json";

/// Bytes of a checkpoint after the length of its header.
const BEGINNING: &[u8] = br#"{"__metadata__":{"morphospace":"#;
/// No settings are longer.
const MOST_CONFIG_BYTES: u64 = 1 << 20;

/// Whether a folder is that of a run, finished or just begun: it holds settings or a checkpoint of ours.
pub(super) fn is_run(folder: &Path) -> bool {
    let read = |name: &str, most: u64| {
        let mut bytes = Vec::new();
        // Opening a pipe would wait for somebody to write into it.
        let file = Some(folder.join(name)).filter(|file| file.is_file())?;
        File::open(file).ok()?.take(most).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    let config = || read(CONFIG, MOST_CONFIG_BYTES);
    let begins = 8 + BEGINNING.len();
    read(CHECKPOINT, begins as u64).is_some_and(|bytes| bytes.get(8..) == Some(BEGINNING))
        || config().is_some_and(|text| serde_json::from_slice::<TrainConfig>(&text).is_ok())
}

/// The folders, `/` at the end, that by these names of files are those of runs, but for those in another; the names are
/// from an archive on, which itself is none.
pub(super) fn runs_among<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut found: HashMap<&str, [bool; 2]> = HashMap::new();
    for name in names {
        for (place, ours) in [CHECKPOINT, CONFIG].into_iter().enumerate() {
            if let Some(folder) = name.strip_suffix(ours).filter(|folder| folder.ends_with('/')) {
                found.entry(folder).or_default()[place] = true;
            }
        }
    }
    let mut runs: Vec<&str> =
        found.into_iter().filter(|(_, both)| *both == [true; 2]).map(|(folder, _)| folder).collect();
    // A folder comes right before those in it.
    runs.sort_unstable();
    let mut outer: Vec<String> = Vec::new();
    for run in runs {
        if outer.last().is_none_or(|outer| !run.starts_with(outer.as_str())) {
            outer.push(run.to_owned());
        }
    }
    outer
}

/// Reason why the pictures of a run are left out.
pub(super) fn reason(pictures: usize) -> String {
    match pictures {
        1 => "it is a run of this program; the picture in it is made by a model".into(),
        n => format!("it is a run of this program; the {n} pictures in it are made by a model"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_known_by_what_is_in_its_files_and_not_by_their_names() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| std::fs::write(dir.path().join(name), text).unwrap();
        write("history.csv", b"step,loss\n");
        write(CONFIG, br#"{"architectures": ["Bert"], "hidden_size": 768}"#);
        write(CHECKPOINT, b"\x08\0\0\0\0\0\0\0{\"a\":{}}");
        assert!(!is_run(dir.path()));
        write(CHECKPOINT, &[&[0; 8], BEGINNING, b"\"{}\"}}"].concat());
        assert!(is_run(dir.path()));

        let names = ["a/checkpoint.safetensors", "a/config.json", "config.json", "b/config.json", "a/1.png"];
        assert_eq!(runs_among(names), ["a/"]);
        let inner = ["a-/config.json", "a/b/config.json", "a/b/checkpoint.safetensors"];
        assert_eq!(runs_among(names.into_iter().chain(inner)), ["a/"], "what is in a run is of it");
    }
}
