//! `events.csv`: a line for every change that was made to the settings of a run while it went on.
//!
//! The lines are in the order in which the changes were made, each written at once: a run that is killed
//! finds here what it is to do again, at the very same steps. Where a line speaks of the same setting as an
//! earlier one, at its step or before it, the earlier one no longer counts ([`Plan::change`]).

use std::io::Write;
use std::path::{Path, PathBuf};

use super::line_file::LineFile;
use crate::atomic_file::{FileKind, write_atomically};
use crate::config::{Change, Plan, Record, TrainConfig};
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
///
/// # Errors
/// A file that cannot be read; a line that is none of ours, or that a run with these settings cannot have.
pub fn read(path: &Path, config: &TrainConfig) -> Result<Vec<Change>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let text = String::from_utf8_lossy(&bytes);
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let mut lines = whole.lines().zip(1..);
    match lines.next() {
        Some((header, _)) if header == HEADER.trim_end() => (),
        // One of ours that somebody has worked on; anything else is kept beside what is written from now on.
        Some((header, _)) if header.contains("setting") => {
            let (is, wanted) = (quoted(header), HEADER.trim_end());
            return Err(Error::file(path, format!("line 1: {is} is not {wanted}. Mend that line")));
        }
        _ => return Ok(Vec::new()),
    }
    let mut plan = Plan::new(config, &[]);
    for (line, number) in lines {
        let change = parse(line).and_then(|change| change.validate(config).map(|()| change));
        plan.change(change.map_err(|reason| {
            Error::file(path, format!("line {number}: {reason}. Mend that line or take it out"))
        })?);
    }
    Ok(plan.changes().to_owned())
}

fn text(changes: &[Change]) -> String {
    HEADER.to_owned() + &changes.iter().map(|change| line(*change)).collect::<String>()
}

/// Numbers are written so that reading gives the very same ones.
fn line(Change { step, adjustment }: Change) -> String {
    let Record { setting, value, updates } = adjustment.into();
    let value = value.map(|value| value.to_string()).unwrap_or_default();
    let updates = updates.map(|updates| updates.to_string()).unwrap_or_default();
    format!("{step},{setting},{value},{updates}\n")
}

/// Reads a line, or says what is wrong with it.
fn parse(line: &str) -> Result<Change, String> {
    fn number<T: std::str::FromStr>(cell: &str, what: &str) -> Result<T, String> {
        cell.parse().map_err(|_| format!("{} is no {what}", quoted(cell)))
    }
    fn said<T: std::str::FromStr>(cell: &str, what: &str) -> Result<Option<T>, String> {
        if cell.is_empty() { Ok(None) } else { number(cell, what).map(Some) }
    }
    let [step, setting, value, updates] = line.split(',').collect::<Vec<_>>()[..] else {
        return Err(format!("{} is not {}", quoted(line), HEADER.trim_end()));
    };
    let record = Record {
        setting: setting.to_owned(),
        value: said(value, "value")?,
        updates: said(updates, "number of updates")?,
    };
    Ok(Change { step: number(step, "step")?, adjustment: record.try_into()? })
}

/// Content of a file, so short and plain that it fits into a sentence.
fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    let begin: String = text.chars().take(MOST).collect();
    if begin.len() < text.len() { format!("{begin:?} and so on") } else { format!("{begin:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Adjustment, ModelKind, Setting, Side, defaults, defaults_of};

    /// Settings that a VAE-GAN can have.
    const ALL: [Change; 7] = [
        Change { step: 0, adjustment: Adjustment::to(Setting::KlWeight, 0.1 + 0.2) },
        Change { step: 3, adjustment: Adjustment::line(Setting::KlWeight, 1e-7, 900) },
        Change { step: 4, adjustment: Adjustment::to(Setting::LearningRate, 0.000_123_456_789_012_345_67) },
        Change { step: 5, adjustment: Adjustment::to(Setting::FreeBits, 0.0) },
        Change { step: 8, adjustment: Adjustment::planned(Setting::KlWeight) },
        Change { step: 9, adjustment: Adjustment::Only(Side::Generator) },
        Change { step: 10, adjustment: Adjustment::Only(Side::Discriminator) },
    ];

    fn config() -> TrainConfig {
        defaults_of(ModelKind::VaeGan)
    }

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

    /// Every setting that can change, in every way, for a kind that has it.
    #[test]
    fn every_setting_has_its_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        for setting in Setting::changeable() {
            let kind = ModelKind::ALL.into_iter().find(|kind| setting.belongs_to(*kind)).unwrap();
            let config = defaults_of(kind).completed();
            let ways = [
                Adjustment::to(setting, 1.0 / 3.0),
                Adjustment::line(setting, 0.1 + 0.2, 7),
                Adjustment::planned(setting),
            ];
            let possible = ways.into_iter().filter(|way| way.validate(&config).is_ok());
            let changes: Vec<Change> =
                possible.zip(1..).map(|(adjustment, step)| Change { step, adjustment }).collect();
            assert!(changes.len() > 1, "{setting:?}");
            Events::open(&path, &changes).unwrap();
            assert_eq!(read(&path, &config).unwrap(), changes);
        }
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        let long = format!("9,{}", "x".repeat(100_000));
        for (line, words) in [
            ("1,kl_weight,-1,", "0 or more"),
            ("1,kl_weight,NaN,", "KL weight"),
            ("1,kl_weight,inf,", "0 or more"),
            ("1,learning_rate,0,", "above 0"),
            ("1,free_bits,-0.5,", "free bits"),
            ("9223372036854775808,kl_weight,1,", "no run gets to step 9223372036854775808"),
            ("99999999999999999999,kl_weight,1,", "no step"),
            ("-1,kl_weight,1,", "no step"),
            ("1,kl_anneal,1,18446744073709551615", "too many"),
            ("1,kl_anneal,1,", "number of updates"),
            ("1,kl_weight,1,5", "no updates"),
            ("1,kl_weight,,", "a value"),
            ("1,kl_planned,1,", "no number"),
            ("1,noise_strength,0.1,", "--noise goes with --model dae"),
            ("1,only_generator,,", "one network"),
            ("1,kl_wieght,1,", "kl_wieght"),
            ("1,kl_weight,one,", "\"one\" is no value"),
            ("1,kl_weight", "step,setting,value,updates"),
            ("", "step,setting,value,updates"),
            ("1,kl_weight,\u{1b}[31m,", "\\u{1b}"),
            (&long, "and so on"),
        ] {
            std::fs::write(&path, format!("{HEADER}0,kl_weight,2,\n{line}\n")).unwrap();
            let message = read(&path, &defaults()).unwrap_err().to_string();
            assert!(message.contains("events.csv: line 3: ") && message.contains(words), "{line}: {message}");
            assert!(message.len() < 400 && message.lines().count() == 1, "{message}");
        }
        std::fs::write(&path, "step;setting;value;updates\n0;kl_weight;2;\n").unwrap();
        assert!(read(&path, &defaults()).unwrap_err().to_string().contains("line 1"));
        std::fs::write(&path, "step,setting,value,updates\r\n0,kl_weight,2,\r\n").unwrap();
        assert_eq!(read(&path, &defaults()).unwrap().len(), 1, "as a spreadsheet may leave it");
    }

    #[test]
    fn a_later_line_about_an_earlier_step_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        let mut events = Events::open(&path, &[]).unwrap();
        let at = |step, rate| Change { step, adjustment: Adjustment::to(Setting::LearningRate, rate) };
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
