//! `events.csv`: a line for every change that was made to the settings of a run while it went on.
//!
//! The lines are in the order in which the changes were made, each written at once: a run that is killed
//! finds here what it is to do again, at the very same steps. Where a line speaks of the same setting as an
//! earlier one, at its step or before it, the earlier one no longer counts ([`Plan::change`]).

use std::io::Write;
use std::path::{Path, PathBuf};

use super::line_file::LineFile;
use crate::atomic_file::{FileKind, write_atomically};
use crate::config::{Adjustment, Change, Plan, Side, TrainConfig};
use crate::error::{Error, Result};

const HEADER: &str = "step,setting,value,updates\n";

/// The file of a run. There is none before the first change.
pub struct Events {
    path: PathBuf,
    lines: LineFile,
    /// Whether there are changes that the disk has not taken.
    kept: bool,
}

impl Events {
    /// Makes the file say `changes` and nothing else.
    pub fn open(path: &Path, changes: &[Change]) -> Result<Self> {
        let text = text(changes);
        let is = std::fs::read_to_string(path).ok();
        let wanted = (!changes.is_empty()).then_some(&text);
        if is.as_ref() != wanted {
            match &is {
                // Not a file of ours, as when a spreadsheet has saved it: keep it.
                Some(foreign) if !foreign.starts_with(HEADER) => {
                    std::fs::rename(path, path.with_extension("csv.old"))
                        .map_err(Error::io("rename", path))?
                }
                _ => (),
            }
            match wanted {
                Some(text) => write_atomically(path, FileKind::Own, |file| file.write_all(text.as_bytes()))?,
                None if path.exists() => std::fs::remove_file(path).map_err(Error::io("remove", path))?,
                None => (),
            }
        }
        let length = wanted.map_or(0, |text| text.len() as u64);
        let lines = LineFile::new(path, HEADER.into(), length);
        Ok(Self { path: path.to_owned(), lines, kept: false })
    }

    /// Writes a change down.
    ///
    /// # Errors
    /// When it is the first that the disk does not take. It is kept, and written with a later one or by
    /// [`Events::flush`].
    pub fn append(&mut self, change: Change) -> Result<()> {
        let told = std::mem::replace(&mut self.kept, true);
        self.lines.push(&line(change));
        match self.flush() {
            Err(error) if !told => Err(error),
            _ => Ok(()),
        }
    }

    /// Hands what is not in the file yet to the operating system.
    pub fn flush(&mut self) -> Result<()> {
        if self.kept {
            self.lines.flush()?;
            self.kept = false;
        }
        Ok(())
    }

    /// Makes the file say `changes` and nothing else, from now on.
    pub fn replace(&mut self, changes: &[Change]) -> Result<()> {
        *self = Self::open(&self.path, changes)?;
        Ok(())
    }
}

/// The changes that the file of a run speaks of and that count; none where there is no such file. A last
/// line that is cut short is left out.
pub fn read(path: &Path, config: &TrainConfig) -> Result<Vec<Change>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.strip_prefix(HEADER).unwrap_or_default();
    let whole = &lines[..lines.rfind('\n').map_or(0, |end| end + 1)];
    let changes: Vec<Change> = whole.lines().filter_map(parse).collect();
    Ok(Plan::new(config, &changes).changes().to_owned())
}

fn text(changes: &[Change]) -> String {
    HEADER.to_owned() + &changes.iter().map(|change| line(*change)).collect::<String>()
}

/// Numbers are written so that reading gives the very same ones.
fn line(Change { step, adjustment }: Change) -> String {
    let (setting, value) = match adjustment {
        Adjustment::KlWeight(value) => ("kl_weight", value),
        Adjustment::KlAnneal { to, steps } => return format!("{step},kl_anneal,{to},{steps}\n"),
        Adjustment::KlPlanned => return format!("{step},kl_planned,,\n"),
        Adjustment::LearningRate(value) => ("learning_rate", value),
        Adjustment::FreeBits(value) => ("free_bits", value),
        Adjustment::SparsityWeight(value) => ("sparsity_weight", value),
        Adjustment::NoiseStrength(value) => ("noise_strength", value),
        Adjustment::Only(side) => return format!("{step},only_{},,\n", side.label()),
    };
    format!("{step},{setting},{value},\n")
}

fn parse(line: &str) -> Option<Change> {
    let mut cells = line.split(',');
    let mut cell = || cells.next();
    let (step, setting, value, updates) = (cell()?.parse().ok()?, cell()?, cell()?, cell()?);
    let number = || value.parse().ok();
    let adjustment = match setting {
        "kl_weight" => Adjustment::KlWeight(number()?),
        "kl_anneal" => Adjustment::KlAnneal { to: number()?, steps: updates.parse().ok()? },
        "kl_planned" => Adjustment::KlPlanned,
        "learning_rate" => Adjustment::LearningRate(number()?),
        "free_bits" => Adjustment::FreeBits(number()?),
        "sparsity_weight" => Adjustment::SparsityWeight(number()?),
        "noise_strength" => Adjustment::NoiseStrength(number()?),
        "only_generator" => Adjustment::Only(Side::Generator),
        "only_discriminator" => Adjustment::Only(Side::Discriminator),
        _ => return None,
    };
    Some(Change { step, adjustment })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults as config;

    const ALL: [Change; 9] = [
        Change { step: 0, adjustment: Adjustment::KlWeight(0.1 + 0.2) },
        Change { step: 3, adjustment: Adjustment::KlAnneal { to: 1e-7, steps: 900 } },
        Change { step: 4, adjustment: Adjustment::LearningRate(0.000_123_456_789_012_345_67) },
        Change { step: 5, adjustment: Adjustment::FreeBits(0.0) },
        Change { step: 6, adjustment: Adjustment::SparsityWeight(1e300) },
        Change { step: 7, adjustment: Adjustment::NoiseStrength(1.0 / 3.0) },
        Change { step: 8, adjustment: Adjustment::KlPlanned },
        Change { step: 9, adjustment: Adjustment::Only(Side::Generator) },
        Change { step: 10, adjustment: Adjustment::Only(Side::Discriminator) },
    ];

    #[test]
    fn changes_read_back_to_the_last_bit_also_when_a_line_is_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        let mut events = Events::open(&path, &[]).unwrap();
        assert!(!path.exists(), "no change, no file");
        ALL.iter().for_each(|change| events.append(*change).unwrap());
        assert_eq!(read(&path, &config()).unwrap(), ALL);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("step,setting,value,updates\n0,kl_weight,0.30000000000000004,\n"), "{text}");
        std::fs::write(&path, &text[..text.len() - 3]).unwrap();
        assert_eq!(read(&path, &config()).unwrap(), ALL[..ALL.len() - 1]);
        // A run that goes on writes after the last whole line.
        let mut events = Events::open(&path, &ALL[..ALL.len() - 1]).unwrap();
        events.append(ALL[ALL.len() - 1]).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        Events::open(&path, &[]).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_later_line_about_an_earlier_step_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        let mut events = Events::open(&path, &[]).unwrap();
        let at = |step, rate| Change { step, adjustment: Adjustment::LearningRate(rate) };
        [at(5, 0.1), at(20, 0.2), at(10, 0.3)].into_iter().for_each(|c| events.append(c).unwrap());
        assert_eq!(read(&path, &config()).unwrap(), [at(5, 0.1), at(10, 0.3)]);
    }

    #[test]
    fn a_foreign_file_is_kept_and_a_disk_that_is_away_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("run");
        std::fs::create_dir(&place).unwrap();
        let path = place.join("events.csv");
        std::fs::write(&path, "name,place\nparty,garden\n").unwrap();
        assert_eq!(read(&path, &config()).unwrap(), []);
        let mut events = Events::open(&path, &ALL[..1]).unwrap();
        assert!(std::fs::read_to_string(place.join("events.csv.old")).unwrap().contains("party"));

        let away = folder.path().join("away");
        std::fs::rename(&place, &away).unwrap();
        let message = events.append(ALL[1]).unwrap_err().to_string();
        assert!(message.contains("events.csv"), "{message}");
        events.append(ALL[2]).unwrap();
        assert!(events.flush().is_err());
        std::fs::rename(&away, &place).unwrap();
        events.append(ALL[3]).unwrap();
        assert_eq!(read(&path, &config()).unwrap(), ALL[..4]);
    }
}
