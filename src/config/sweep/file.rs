//! The text of a sweep's file, taken apart and checked key by key.

use std::collections::BTreeMap;

use clap::FromArgMatches;
use toml::{Table, Value};

use super::place::{Given, Place};
use crate::config::help::options;
use crate::config::{Setting, TrainConfig};
use crate::text::closest_first;

/// Most runs of one sweep.
const MOST_RUNS: usize = 10_000;
/// Keys outside of the tables of settings.
const KEYS: [&str; 5] = ["data", "out", "settings", "grid", "runs"];
/// Options of `morphospace train` that are no settings of a run, and where they are said instead.
const ELSEWHERE: [(&str, &str); 6] = [
    ("out", "each run has a folder of its own in the folder that `out` names above all tables"),
    ("align", "write data = \"aligned:DIR\""),
    ("device", "give it to morphospace sweep: --device"),
    ("precision", "give it to morphospace sweep: --precision"),
    ("resume", "a sweep goes on with what was interrupted by itself"),
    ("fork", "a sweep begins runs of its own"),
];

/// The content of a file.
pub struct SweepFile {
    /// The folder of runs, as it is written.
    pub out: String,
    /// Settings of all runs.
    pub fixed: Given,
    /// Values of each axis of the grid.
    pub grid: BTreeMap<Place, Vec<String>>,
    /// Settings of each entry of the list; one without any where there is no list.
    pub entries: Vec<Given>,
}

impl SweepFile {
    pub fn read(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map(|span| text[..span.start].lines().count().max(1));
            let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            format!("{place}{}", error.message().replace('\n', ", "))
        })?;
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(unknown_key(key));
        }
        let out = match table.get("out") {
            Some(Value::String(out)) if !out.is_empty() => out.clone(),
            Some(_) => return Err("out has to be the name of a folder, in quotes".into()),
            None => return Err("out is missing: the folder in which the runs' folders stand".into()),
        };
        let mut fixed = match table.get("settings") {
            Some(settings) => given("[settings]", settings)?,
            None => Given::new(),
        };
        if let Some(data) = table.get("data") {
            let place = Place::of(Setting::Data);
            if fixed.insert(place, argument("data", place.setting, data)?).is_some() {
                return Err("data stands above the tables and in [settings]; take one of them out".into());
            }
        }
        let grid = table.get("grid").map(grid).transpose()?.unwrap_or_default();
        let entries = match table.get("runs") {
            None => vec![Given::new()],
            Some(Value::Array(entries)) if !entries.is_empty() => {
                let entry = |(at, entry)| given(&format!("[[runs]] number {}", at + 1), entry);
                entries.iter().enumerate().map(entry).collect::<Result<_, _>>()?
            }
            Some(_) => {
                return Err("runs has to be a list: write each entry under a [[runs]] of its own".into());
            }
        };
        let file = SweepFile { out, fixed, grid, entries };
        file.check()?;
        Ok(file)
    }

    fn check(&self) -> Result<(), String> {
        for place in self.grid.keys() {
            let option = place.setting.option();
            if self.fixed.contains_key(place) {
                return Err(format!("{option} is the same for all runs and in [grid]; take one of them out"));
            }
            if self.entries.iter().any(|entry| entry.contains_key(place)) {
                return Err(format!("{option} is in [[runs]] and in [grid]; take one of them out"));
            }
        }
        let count = self.grid.values().try_fold(self.entries.len(), |count, v| count.checked_mul(v.len()));
        match count.filter(|count| *count <= MOST_RUNS) {
            Some(_) => Ok(()),
            None => Err(format!("these are more than {MOST_RUNS} runs; leave values out of [grid]")),
        }
    }
}

fn grid(grid: &Value) -> Result<BTreeMap<Place, Vec<String>>, String> {
    let Value::Table(axes) = grid else { return Err("grid has to be a table: [grid]".into()) };
    let axis = |(key, values): (&String, &Value)| {
        let setting = setting("[grid]", key)?;
        let place = format!("[grid] {key}");
        let Value::Array(values) = values else {
            return Err(format!("{place}: a list of values is wanted, as in {key} = [1, 2]"));
        };
        if values.is_empty() {
            return Err(format!("{place}: the list is empty"));
        }
        let values = values.iter().map(|value| argument(&place, setting, value));
        let values = values.collect::<Result<Vec<String>, String>>()?;
        match (1..values.len()).find(|at| values[..*at].contains(&values[*at])) {
            Some(at) => Err(format!("{place}: {} is there twice", values[at])),
            None => Ok((Place::of(setting), values)),
        }
    };
    axes.iter().map(axis).collect()
}

fn given(place: &str, settings: &Value) -> Result<Given, String> {
    let Value::Table(settings) = settings else {
        return Err(format!("{place} has to be a table of settings"));
    };
    let one = |(key, value): (&String, &Value)| {
        let setting = setting(place, key)?;
        Ok((Place::of(setting), argument(&format!("{place} {key}"), setting, value)?))
    };
    settings.iter().map(one).collect()
}

/// The setting that a key names.
fn setting(place: &str, key: &str) -> Result<Setting, String> {
    if let Some(setting) = Setting::named(key) {
        return Ok(setting);
    }
    if let Some((_, where_else)) = ELSEWHERE.iter().find(|(option, _)| *option == key) {
        return Err(format!("{place} {key}: this is no setting of a run; {where_else}"));
    }
    let known = Setting::ALL.iter().map(|setting| setting.option());
    let nearest = closest_first(key, known);
    Err(format!("{place} {key}: there is no such setting; the nearest is {}", nearest[0]))
}

fn unknown_key(key: &str) -> String {
    match Setting::named(key) {
        Some(_) => format!("{key} stands above the tables; settings go under [settings], [grid] or [[runs]]"),
        None => format!("there is no key {key} here; the nearest is {}", closest_first(key, KEYS)[0]),
    }
}

/// A value as the command line takes it and gives it back, so that 1 and 1.0 are the same.
fn argument(place: &str, setting: Setting, value: &Value) -> Result<String, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(is) => is.to_string(),
        Value::Array(_) => return Err(format!("{place}: one value is wanted; lists go under [grid]")),
        Value::Datetime(_) | Value::Table(_) => return Err(format!("{place}: a number or words are wanted")),
    };
    let read = parsed(&[(setting, &text)]).map_err(|reason| format!("{place}: {reason}"))?;
    Ok(setting.text(&read).unwrap_or(text))
}

/// The settings of a run for which these were given.
pub fn config(given: &Given) -> Result<TrainConfig, String> {
    parsed(&given.iter().map(|(place, value)| (place.setting, value.as_str())).collect::<Vec<_>>())
}

/// Has the command line read some settings.
fn parsed(given: &[(Setting, &str)]) -> Result<TrainConfig, String> {
    let options = options().disable_help_flag(true);
    let arguments = given.iter().map(|(setting, value)| format!("{}={value}", setting.flag()));
    let matches = options.try_get_matches_from(std::iter::once("train".to_owned()).chain(arguments));
    matches.and_then(|matches| TrainConfig::from_arg_matches(&matches)).map_err(|error| sentence(&error))
}

/// Complaint of clap about an argument, without its advice on the command line.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let end = ["\n\nUsage", "\n\nFor more"].iter().filter_map(|advice| text.find(advice)).min();
    text[..end.unwrap_or(text.len())].split_whitespace().collect::<Vec<_>>().join(" ")
}
