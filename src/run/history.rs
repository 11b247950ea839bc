//! `history.csv`: a line a step, so that any plotting tool can read a run.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::line_file::LineFile;
use crate::config::TrainConfig;
use crate::error::{Error, Result};
use crate::report::{RunQuantity, StepReport, ValidationReport};

/// Content of a line of the file.
#[derive(Clone, Copy)]
pub struct HistoryRow<'a> {
    /// The update.
    pub step: &'a StepReport,
    /// The measurement made after it, if there was one.
    pub validation: Option<&'a ValidationReport>,
}

/// The first column; the others are [`RunQuantity`] that are kept.
const STEP: &str = "step";

/// Lines that are kept before they are written, in bytes.
const KEPT: usize = 1 << 13;

/// The file of a run.
pub struct HistoryFile {
    columns: Vec<RunQuantity>,
    lines: LineFile,
}

impl HistoryFile {
    /// Opens the file of a run that stands at `step`; lines of later steps, left by a run that was
    /// killed after its last checkpoint, are dropped. A new file has the columns of a run like this; an older one
    /// goes on with those that it has. A file that does not begin as ours is renamed to `history.csv.old`.
    pub fn open(path: &Path, step: usize, config: &TrainConfig) -> Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(Error::io("open", path))?;
        let (known, keep) = length_up_to(&file, step).map_err(Error::io("read", path))?;
        let length = file.metadata().map_err(Error::io("read", path))?.len();
        if known.is_none() && length > 0 {
            // Not a header of ours, as when a spreadsheet has saved it: keep it, and begin a new one.
            let old = path.with_extension("csv.old");
            std::fs::rename(path, &old).map_err(Error::io("rename", path))?;
            return Self::open(path, step, config);
        }
        let columns = known.unwrap_or_else(|| columns_of(config, &[]));
        let mut history = Self { lines: LineFile::new(path, header(&columns), keep), columns };
        history.flush()?;
        Ok(history)
    }

    /// Appends a line. It reaches the file some time later, with [`HistoryFile::flush`] at the latest.
    pub fn append(&mut self, row: HistoryRow<'_>) {
        let HistoryRow { step, validation } = row;
        let value =
            |quantity: &RunQuantity| quantity.of_step(step).or_else(|| quantity.of_validation(validation?));
        let cell = |quantity| value(quantity).map(|v| v.to_string()).unwrap_or_default();
        let cells = std::iter::once(step.step.to_string()).chain(self.columns.iter().map(cell));
        let cells: Vec<String> = cells.collect();
        self.lines.push(&(cells.join(",") + "\n"));
        if self.lines.waiting() >= KEPT {
            // A full disk need not be full for ever: the lines are kept, and the next `flush` tells.
            let _ = self.lines.flush();
        }
    }

    /// Hands everything to the operating system. Lines that it does not take are kept for the next time.
    pub fn flush(&mut self) -> Result<()> {
        self.lines.flush()
    }
}

/// Copies the lines up to `step` of one run's file into that of another, which goes on as `config` says: with the
/// columns that it has and those of such a run. The run that it is from may have written more. Nothing is copied
/// where there is no file of ours.
pub fn copy(from: &Path, to: &Path, step: usize, config: &TrainConfig) -> Result<()> {
    let file = match File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", from)(error)),
    };
    let (known, length) = length_up_to(&file, step).map_err(Error::io("read", from))?;
    let Some(known) = known else { return Ok(()) };
    let columns = columns_of(config, &known);
    let places: Vec<Option<usize>> =
        columns.iter().map(|quantity| known.iter().position(|other| other == quantity)).collect();
    let lines = BufReader::new(File::open(from).map_err(Error::io("read", from))?.take(length)).lines();
    let mut copy = header(&columns);
    for line in lines.skip(1) {
        let line = line.map_err(Error::io("read", from))?;
        let cells: Vec<&str> = line.split(',').collect();
        copy.push_str(cells.first().unwrap_or(&""));
        for place in &places {
            copy.push(',');
            copy.push_str(place.and_then(|place| cells.get(place + 1)).unwrap_or(&""));
        }
        copy.push('\n');
    }
    std::fs::write(to, copy).map_err(Error::io("write", to))
}

/// The columns of a run like this, and those `known` besides.
fn columns_of(config: &TrainConfig, known: &[RunQuantity]) -> Vec<RunQuantity> {
    let all = RunQuantity::ALL.iter().copied();
    all.filter(|quantity| quantity.is_kept() && (quantity.is_of(config) || known.contains(quantity)))
        .collect()
}

/// The first line.
fn header(columns: &[RunQuantity]) -> String {
    let names = std::iter::once(STEP).chain(columns.iter().map(|quantity| quantity.about().column));
    names.collect::<Vec<_>>().join(",") + "\n"
}

/// The columns that a file of ours names in its first line, after that of the step.
fn columns_named(header: &str) -> Option<Vec<RunQuantity>> {
    let mut names = header.trim_end().split(',');
    let named =
        |name: &str| RunQuantity::ALL.iter().copied().find(|q| q.is_kept() && q.about().column == name);
    names.next().filter(|first| *first == STEP).and_then(|_| names.map(named).collect())
}

/// The columns of a file, none when its first line is not one of ours, and the bytes of its whole lines
/// whose step is at most `step`.
fn length_up_to(file: &File, step: usize) -> std::io::Result<(Option<Vec<RunQuantity>>, u64)> {
    let mut line = Vec::new();
    let mut reader = BufReader::new(file);
    reader.read_until(b'\n', &mut line)?;
    let header = String::from_utf8_lossy(&line);
    let Some(columns) = columns_named(&header).filter(|_| header.ends_with('\n')) else {
        return Ok((None, 0));
    };
    let mut keep = line.len() as u64;
    line.clear();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        let number = text.split(',').next().and_then(|n| n.parse::<usize>().ok());
        if number.is_none_or(|n| n > step) || !text.ends_with('\n') {
            break;
        }
        keep += line.len() as u64;
        line.clear();
    }
    Ok((Some(columns), keep))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::config::{FeatureLoss, ModelKind, defaults_of};
    use crate::report::SparsityReport;

    /// Header of every run before there were other kinds than AE and VAE.
    const FIRST: &str = "step,loss,reconstruction,kl,kl_weight,learning_rate,validation_loss,\
         validation_reconstruction,validation_kl,validation_re,validation_psnr,validation_ssim";

    /// Header of today's runs.
    const VAE: &str = "step,loss,reconstruction,kl,kl_weight,free_bits,learning_rate,gradient_norm,\
         validation_loss,validation_reconstruction,validation_kl,validation_re,validation_re_shuffled,\
         validation_active_units,validation_psnr,validation_ssim";

    fn open(path: &Path, step: usize, kind: ModelKind) -> HistoryFile {
        HistoryFile::open(path, step, &defaults_of(kind)).unwrap()
    }

    #[test]
    fn a_file_that_is_not_ours_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        for foreign in
            [format!("\u{feff}{FIRST}\n1,2,3\n"), "a,b\n1,2,3\n".into(), "loss,step\n1,2,3\n".into()]
        {
            std::fs::write(&path, foreign).unwrap();
            drop(open(&path, 1, ModelKind::Vae));
            assert!(
                std::fs::read_to_string(folder.path().join("history.csv.old")).unwrap().contains("1,2,3")
            );
        }
    }

    fn report(step: usize) -> StepReport {
        StepReport {
            step,
            steps: 9,
            reconstruction: 2.0,
            re: 0.01,
            kl: 3.0,
            kl_weight: 0.5,
            free_bits: 0.0,
            sparsity: None,
            sparsity_weight: Some(6.0),
            feature_reconstruction: None,
            feature_weight: None,
            noise_strength: Some(0.125),
            adversarial: None,
            loss: 3.5,
            learning_rate: 1e-3,
            gradient_norm: 7.5,
            images_per_second: 0.0,
            seconds_left: 0.0,
        }
    }

    /// Opens, appends steps, and reads the file.
    fn written(path: &Path, at: usize, kind: ModelKind, steps: &[StepReport]) -> Vec<String> {
        let mut history = open(path, at, kind);
        let row = |step| HistoryRow { step, validation: None };
        steps.iter().for_each(|step| history.append(row(step)));
        history.flush().unwrap();
        std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_resumed_run_drops_the_lines_after_its_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        let lines = written(&path, 0, ModelKind::Vae, &[1, 2, 3, 4, 5].map(report));
        assert_eq!((lines[0].as_str(), lines.len()), (VAE, 6));
        assert_eq!(lines[1], "1,3.5,2,3,0.5,0,0.001,7.5,,,,,,,,");
        // What a kill in the middle of a write leaves behind.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"6,3.5,2").unwrap();
        let lines = written(&path, 3, ModelKind::Vae, &[report(4)]);
        let steps: Vec<&str> = lines[1..].iter().map(|l| l.split(',').next().unwrap()).collect();
        assert_eq!(steps, ["1", "2", "3", "4"]);
        let columns = |l: &String| l.split(',').count();
        assert!(lines.iter().all(|l| columns(l) == columns(&lines[0])));
    }

    #[test]
    fn a_copy_has_the_columns_of_both_runs() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from.csv", "to.csv"].map(|name| folder.path().join(name));
        written(&from, 0, ModelKind::Vae, &[1, 2, 3].map(report));
        let judged = TrainConfig { feature_loss: FeatureLoss::Embedded, ..defaults_of(ModelKind::Vae) };
        copy(&from, &to, 2, &judged).unwrap();
        let lines = std::fs::read_to_string(&to).unwrap();
        let lines: Vec<&str> = lines.lines().collect();
        let cells = |line: &str, name: &str| -> String {
            let at = lines[0].split(',').position(|column| column == name).unwrap();
            line.split(',').nth(at).unwrap().to_owned()
        };
        assert_eq!(lines.len(), 3);
        for line in &lines[1..] {
            assert_eq!(line.split(',').count(), lines[0].split(',').count());
            let told = ["reconstruction", "kl_weight", "learning_rate"].map(|name| cells(line, name));
            assert_eq!(told, ["2", "0.5", "0.001"]);
            assert_eq!([cells(line, "feature_reconstruction"), cells(line, "feature_weight")], ["", ""]);
        }
        // A run of another kind keeps what it had, and the run that it is from has nothing to copy.
        let other = folder.path().join("other.csv");
        copy(&to, &other, 2, &defaults_of(ModelKind::VaeGan)).unwrap();
        let header = std::fs::read_to_string(&other).unwrap();
        let header = header.lines().next().unwrap();
        for name in ["generator_loss", "feature_reconstruction", "feature_weight", "kl"] {
            assert!(header.split(',').any(|column| column == name), "{name}");
        }
        copy(&folder.path().join("none.csv"), &folder.path().join("new.csv"), 2, &judged).unwrap();
        assert!(!folder.path().join("new.csv").exists());
    }

    #[test]
    fn every_kind_has_the_columns_that_apply_and_an_older_file_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let sparsity = SparsityReport { penalty: 1.5, mean_activity: 0.25, inactive_share: 0.75 };
        let sparse = StepReport { sparsity: Some(sparsity), ..report(1) };
        let lines = written(&folder.path().join("sae.csv"), 0, ModelKind::Sae, &[sparse]);
        assert!(lines[0].starts_with("step,loss,reconstruction,sparsity,sparsity_weight,mean_activity,"));
        assert_eq!(lines[1], "1,3.5,2,1.5,6,0.25,0.75,0.001,7.5,,,,,,,,,,");
        let lines = written(&folder.path().join("dae.csv"), 0, ModelKind::Dae, &[report(1)]);
        assert_eq!(lines[0].split(',').nth(3), Some("noise_strength"));
        assert!(lines[1].starts_with("1,3.5,2,0.125,0.001,7.5,"), "{}", lines[1]);
        let lines = written(&folder.path().join("ae.csv"), 0, ModelKind::Ae, &[report(1)]);
        assert!(!lines[0].contains("kl") && !lines[0].contains("activity"), "{}", lines[0]);

        let old = folder.path().join("old.csv");
        std::fs::write(&old, format!("{FIRST}\n1,3.5,2,0,0.5,0.001,,,,,,\n")).unwrap();
        let lines = written(&old, 1, ModelKind::Ae, &[StepReport { kl: 0.0, ..report(2) }]);
        assert_eq!(lines, [FIRST, "1,3.5,2,0,0.5,0.001,,,,,,", "2,3.5,2,0,0.5,0.001,,,,,,"]);
    }
}
