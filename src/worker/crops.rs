//! Parts of photos that were chosen by hand, so that a photo opens with its own at the next start.
//!
//! A photo is known by a hash of its pixels: it is known again under another name, and no name is kept.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::atomic_file::{FileKind, write_atomically};
use crate::crop::Crop;
use crate::error::{Error, Result};
use crate::own_data;

/// Photos that are remembered, those that were looked at last; about 100 bytes each.
const MOST: usize = 2000;
/// No file of ours is longer.
const MOST_BYTES: u64 = 1 << 20;

/// Content of the file, the newest last.
#[derive(Default, Serialize, Deserialize)]
struct KeptCrops {
    crops: Vec<(String, Crop)>,
}

/// The crop that was chosen for a photo of this content. A file that cannot be read knows none.
pub fn recall(content: u64) -> Option<Crop> {
    recall_from(&file()?, content)
}

/// Remembers what was chosen for a photo of this content; nothing where it is as it was found.
///
/// # Errors
/// A file that cannot be written.
pub fn remember(content: u64, crop: Option<Crop>) -> Result<()> {
    let nowhere = || Error::Invalid("this system says no place for a person's own data".into());
    let file = file().ok_or_else(nowhere)?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    }
    remember_in(&file, content, crop)
}

fn file() -> Option<PathBuf> {
    Some(own_data::folder()?.join("crops.json"))
}

fn name(content: u64) -> String {
    format!("{content:016x}")
}

fn read(file: &Path) -> KeptCrops {
    let is_ours = std::fs::metadata(file).is_ok_and(|about| about.is_file() && about.len() <= MOST_BYTES);
    let text = if is_ours { std::fs::read(file).unwrap_or_default() } else { Vec::new() };
    serde_json::from_slice(&text).unwrap_or_default()
}

fn recall_from(file: &Path, content: u64) -> Option<Crop> {
    let name = name(content);
    let crop = read(file).crops.into_iter().find(|(known, _)| *known == name)?.1;
    // A person may have edited it.
    crop.to_string().parse().ok()
}

fn remember_in(file: &Path, content: u64, crop: Option<Crop>) -> Result<()> {
    let name = name(content);
    let mut kept = read(file);
    kept.crops.retain(|(known, _)| *known != name);
    kept.crops.extend(crop.map(|crop| (name, crop)));
    let surplus = kept.crops.len().saturating_sub(MOST);
    kept.crops.drain(..surplus);
    let text = serde_json::to_vec(&kept).map_err(|error| Error::Invalid(error.to_string()))?;
    write_atomically(file, FileKind::Own, |out| out.write_all(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_last_is_remembered_and_not_more_than_there_is_room_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("crops.json");
        assert_eq!(recall_from(&file, 7), None);
        let crop = Crop { center_x: 0.25, center_y: 0.5, size: 0.5, angle: -12.5 };
        remember_in(&file, 7, Some(crop)).unwrap();
        remember_in(&file, 8, Some(Crop::default())).unwrap();
        assert_eq!((recall_from(&file, 7), recall_from(&file, 8)), (Some(crop), Some(Crop::default())));
        remember_in(&file, 8, None).unwrap();
        assert_eq!(recall_from(&file, 8), None);
        let many = KeptCrops { crops: (100..100 + MOST as u64).map(|i| (name(i), crop)).collect() };
        std::fs::write(&file, serde_json::to_vec(&many).unwrap()).unwrap();
        assert!(std::fs::metadata(&file).unwrap().len() < MOST_BYTES / 2);
        remember_in(&file, 9, Some(crop)).unwrap();
        assert_eq!([9, 100, 101].map(|i| recall_from(&file, i).is_some()), [true, false, true]);
        for damaged in
            [&b"{"[..], b"", br#"{"crops":[["0000000000000007",{"center_x":7,"center_y":0.5,"size":3}]]}"#]
        {
            std::fs::write(&file, damaged).unwrap();
            assert_eq!(recall_from(&file, 7), None);
            remember_in(&file, 7, Some(crop)).unwrap();
            assert_eq!(recall_from(&file, 7), Some(crop));
        }
    }
}
