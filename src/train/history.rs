//! `history.csv`: a line a step, so that any plotting tool can read a run.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::report::{StepReport, ValidationReport};
use crate::error::{Error, Result};

const HEADER: &str = "step,loss,reconstruction,kl,kl_weight,learning_rate,\
     validation_loss,validation_reconstruction,validation_kl,validation_re,validation_psnr,validation_ssim";

/// The open file.
pub struct History {
    path: PathBuf,
    file: BufWriter<File>,
}

impl History {
    /// Opens the file of a run that stands at `step`; lines of later steps, left by a run that was
    /// killed after its last checkpoint, are dropped. A file that does not begin as ours is renamed to
    /// `history.csv.old`.
    pub fn open(path: &Path, step: usize) -> Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(Error::io("open", path))?;
        let keep = length_up_to(&file, step).map_err(Error::io("read", path))?;
        let length = file.metadata().map_err(Error::io("read", path))?.len();
        if keep == 0 && length > 0 {
            // Not a header of ours, as when a spreadsheet has saved it: keep it, and begin a new one.
            let old = path.with_extension("csv.old");
            std::fs::rename(path, &old).map_err(Error::io("rename", path))?;
            return Self::open(path, step);
        }
        file.set_len(keep).map_err(Error::io("shorten", path))?;
        file.seek(SeekFrom::End(0)).map_err(Error::io("read", path))?;
        let mut history = Self { path: path.to_owned(), file: BufWriter::new(file) };
        if keep == 0 {
            history.line(HEADER)?;
        }
        Ok(history)
    }

    /// Appends a step, with the measurement made after it if there was one.
    pub fn append(&mut self, step: &StepReport, validation: Option<&ValidationReport>) -> Result<()> {
        let StepReport { step: number, loss, reconstruction, kl, kl_weight, learning_rate, .. } = step;
        let validation = validation.map_or_else(
            || ",,,,,".to_owned(),
            |v| {
                let m = &v.metrics;
                format!("{},{},{},{},{},{}", v.loss, v.reconstruction, v.kl, m.re, m.psnr, m.ssim)
            },
        );
        self.line(&format!("{number},{loss},{reconstruction},{kl},{kl_weight},{learning_rate},{validation}"))
    }

    /// Hands everything to the operating system.
    pub fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(Error::io("write", &self.path))
    }

    fn line(&mut self, text: &str) -> Result<()> {
        writeln!(self.file, "{text}").map_err(Error::io("write", &self.path))
    }
}

/// Bytes of the whole lines whose step is at most `step`; 0 when not even the header is right.
fn length_up_to(file: &File, step: usize) -> std::io::Result<u64> {
    let mut keep = 0;
    let mut line = Vec::new();
    let mut reader = BufReader::new(file);
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        let number = text.split(',').next().and_then(|n| n.parse::<usize>().ok());
        let wanted = if keep == 0 { text.trim_end() == HEADER } else { number.is_some_and(|n| n <= step) };
        if !wanted || !text.ends_with('\n') {
            break;
        }
        keep += line.len() as u64;
        line.clear();
    }
    Ok(keep)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_ours_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        std::fs::write(&path, format!("\u{feff}{HEADER}\n1,2,3\n")).unwrap();
        drop(History::open(&path, 1).unwrap());
        assert!(std::fs::read_to_string(folder.path().join("history.csv.old")).unwrap().contains("1,2,3"));
    }

    fn report(step: usize) -> StepReport {
        StepReport {
            step,
            steps: 9,
            reconstruction: 2.0,
            kl: 3.0,
            kl_weight: 0.5,
            loss: 3.5,
            learning_rate: 1e-3,
            images_per_second: 0.0,
            seconds_left: 0.0,
        }
    }

    #[test]
    fn a_resumed_run_drops_the_lines_after_its_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        let mut history = History::open(&path, 0).unwrap();
        for step in 1..=5 {
            history.append(&report(step), None).unwrap();
        }
        history.flush().unwrap();
        drop(history);
        // What a kill in the middle of a write leaves behind.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"6,3.5,2").unwrap();

        let mut history = History::open(&path, 3).unwrap();
        history.append(&report(4), None).unwrap();
        history.flush().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let steps: Vec<&str> = text.lines().skip(1).map(|l| l.split(',').next().unwrap()).collect();
        assert_eq!(steps, ["1", "2", "3", "4"]);
        let columns = |l: &str| l.split(',').count();
        assert!(text.lines().all(|l| columns(l) == columns(HEADER)));
    }
}
