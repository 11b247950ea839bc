//! Names of the folders of a sweep's runs: readable, the same each time, and told apart.

use std::collections::{BTreeSet, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::place::{Given, Place};
use crate::config::{Setting, TrainConfig};

/// Longest name in bytes; systems take 255, and files beside a run add to it.
const LONGEST: usize = 120;
/// Name of a run that differs from no other.
const ALONE: &str = "run";

/// Names of runs: `setting=value` for each setting that was given and that they differ in.
///
/// # Errors
/// If two would have the same name.
pub fn names(runs: &[Given], configs: &[TrainConfig]) -> Result<Vec<String>, String> {
    let given: BTreeSet<Place> = runs.iter().flat_map(|run| run.keys().copied()).collect();
    let text = |at: usize, place: &Place| {
        runs[at].get(place).map(|given| place.setting.text(&configs[at]).unwrap_or_else(|| given.clone()))
    };
    let differs = |place: &&Place| (1..runs.len()).any(|at| text(at, place) != text(0, place));
    let differing: Vec<&Place> = given.iter().filter(differs).collect();
    let name = |at: usize, whole: bool| {
        let words = differing.iter().filter_map(|place| {
            let value = word(place.setting, &text(at, place)?, whole);
            Some(format!("{}={value}", place.setting.option()))
        });
        shortened(words.collect::<Vec<_>>().join("_"))
    };
    // Two folders of images can have the same last name.
    for whole in [false, true] {
        let names: Vec<String> = (0..runs.len()).map(|at| name(at, whole)).collect();
        let mut seen = HashSet::new();
        if names.iter().all(|name| seen.insert(name.to_lowercase())) {
            return Ok(names);
        }
    }
    Err("two runs would have the same name; take one of them out, or give folders of images other names"
        .into())
}

/// A value as part of the name of a folder on every system.
fn word(setting: Setting, value: &str, whole: bool) -> String {
    let short = value.rsplit(['/', '\\']).find(|part| !part.is_empty());
    let value = if setting == Setting::Data && !whole { short.unwrap_or(value) } else { value };
    let safe = |c: char| if c.is_alphanumeric() || ".-+,".contains(c) { c } else { '-' };
    value.chars().map(safe).collect()
}

fn shortened(name: String) -> String {
    match name.len() {
        0 => ALONE.to_owned(),
        1..=LONGEST => name,
        _ => {
            let end = (0..=LONGEST - 9).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
            format!("{}_{:08x}", &name[..end], xxh3_64(name.as_bytes()) as u32)
        }
    }
}
