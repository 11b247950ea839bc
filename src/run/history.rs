//! `history.csv`: a line a step, so that any plotting tool can read a run.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::line_file::LineFile;
use crate::config::{Corruption, ModelKind, Sparsity};
use crate::error::{Error, Result};
use crate::report::{StepReport, ValidationReport};

/// What a line of the file tells.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// The update.
    pub step: &'a StepReport,
    /// The sparsity penalty it was done with.
    pub sparsity: Option<Sparsity>,
    /// The noise it was done with.
    pub noise: Option<Corruption>,
    /// The measurement made after it, if there was one.
    pub validation: Option<&'a ValidationReport>,
}

/// A column, the kinds of model whose files have it, and its number.
struct Column {
    name: &'static str,
    of: fn(ModelKind) -> bool,
    value: fn(Row<'_>) -> Option<f64>,
}

/// In the order of the file.
const COLUMNS: [Column; 31] = [
    column("step", every, |r| Some(r.step.step as f64)),
    column("loss", every, |r| Some(r.step.loss)),
    column("reconstruction", ModelKind::has_encoder, |r| Some(r.step.reconstruction)),
    column("kl", ModelKind::is_variational, |r| Some(r.step.kl)),
    column("kl_weight", ModelKind::is_variational, |r| Some(r.step.kl_weight)),
    column("free_bits", ModelKind::is_variational, |r| Some(r.step.free_bits)),
    column("sparsity", sparse, |r| Some(r.step.sparsity?.penalty)),
    column("sparsity_weight", sparse, |r| Some(r.sparsity?.weight())),
    column("mean_activity", sparse, |r| Some(r.step.sparsity?.mean_activity)),
    column("inactive_share", sparse, |r| Some(r.step.sparsity?.inactive_share)),
    column("noise_strength", denoising, |r| Some(r.noise?.strength())),
    column("generator_loss", ModelKind::is_adversarial, |r| Some(r.step.adversarial?.generator)),
    column("discriminator_loss_real", ModelKind::is_adversarial, |r| Some(r.step.adversarial?.real)),
    column("discriminator_loss_fake", ModelKind::is_adversarial, |r| Some(r.step.adversarial?.fake)),
    column("d_real", ModelKind::is_adversarial, |r| Some(r.step.adversarial?.d_real)),
    column("d_fake", ModelKind::is_adversarial, |r| Some(r.step.adversarial?.d_fake)),
    column("r1", ModelKind::is_adversarial, |r| r.step.adversarial?.r1),
    column("feature_reconstruction", vae_gan, |r| r.step.adversarial?.feature_reconstruction),
    column("learning_rate", every, |r| Some(r.step.learning_rate)),
    column("gradient_norm", every, |r| Some(r.step.gradient_norm)),
    column("validation_loss", ModelKind::has_encoder, |r| Some(r.validation?.loss)),
    column("validation_reconstruction", ModelKind::has_encoder, |r| Some(r.validation?.reconstruction)),
    column("validation_kl", ModelKind::is_variational, |r| Some(r.validation?.kl)),
    column("validation_sparsity", sparse, |r| Some(r.validation?.sparsity?.penalty)),
    column("validation_mean_activity", sparse, |r| Some(r.validation?.sparsity?.mean_activity)),
    column("validation_inactive_share", sparse, |r| Some(r.validation?.sparsity?.inactive_share)),
    column("validation_re", ModelKind::has_encoder, |r| Some(r.validation?.metrics.re)),
    column("validation_re_shuffled", ModelKind::has_encoder, |r| r.validation?.re_shuffled),
    column("validation_active_units", ModelKind::has_encoder, |r| Some(r.validation?.active_units as f64)),
    column("validation_psnr", ModelKind::has_encoder, |r| Some(r.validation?.metrics.psnr)),
    column("validation_ssim", ModelKind::has_encoder, |r| Some(r.validation?.metrics.ssim)),
];

const fn column(name: &'static str, of: fn(ModelKind) -> bool, value: fn(Row<'_>) -> Option<f64>) -> Column {
    Column { name, of, value }
}

fn every(_: ModelKind) -> bool {
    true
}

fn sparse(kind: ModelKind) -> bool {
    kind == ModelKind::Sae
}

fn vae_gan(kind: ModelKind) -> bool {
    kind == ModelKind::VaeGan
}

fn denoising(kind: ModelKind) -> bool {
    kind == ModelKind::Dae
}

/// Lines that are kept before they are written, in bytes.
const KEPT: usize = 1 << 13;

/// The file of a run.
pub struct History {
    columns: Vec<&'static Column>,
    lines: LineFile,
}

impl History {
    /// Opens the file of a run that stands at `step`; lines of later steps, left by a run that was
    /// killed after its last checkpoint, are dropped. A new file has the columns of its `kind`; an older one
    /// goes on with those that it has. A file that does not begin as ours is renamed to `history.csv.old`.
    pub fn open(path: &Path, step: usize, kind: ModelKind) -> Result<Self> {
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
            return Self::open(path, step, kind);
        }
        let columns = known.unwrap_or_else(|| COLUMNS.iter().filter(|column| (column.of)(kind)).collect());
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let mut history = Self { lines: LineFile::new(path, names.join(",") + "\n", keep), columns };
        history.flush()?;
        Ok(history)
    }

    /// Appends a line. It reaches the file some time later, with [`History::flush`] at the latest.
    pub fn append(&mut self, row: Row<'_>) {
        let cell = |column: &&Column| (column.value)(row).map(|v| v.to_string());
        let cells: Vec<String> = self.columns.iter().map(|column| cell(column).unwrap_or_default()).collect();
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

/// The bytes of the whole lines of a file whose step is at most `step`, its header included; 0 where it is not
/// a file of ours.
pub fn length_of_whole_lines(file: &File, step: usize) -> std::io::Result<u64> {
    Ok(length_up_to(file, step)?.1)
}

/// The columns that a file of ours names in its first line.
fn columns_named(header: &str) -> Option<Vec<&'static Column>> {
    let find = |name: &str| COLUMNS.iter().find(|column| column.name == name);
    let columns: Vec<_> = header.trim_end().split(',').map(find).collect::<Option<_>>()?;
    (columns.first()?.name == COLUMNS[0].name).then_some(columns)
}

/// The columns of a file, none when its first line is not one of ours, and the bytes of its whole lines
/// whose step is at most `step`.
fn length_up_to(file: &File, step: usize) -> std::io::Result<(Option<Vec<&'static Column>>, u64)> {
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
    use crate::report::SparsityReport;

    /// What every run before there were other kinds than AE and VAE wrote.
    const FIRST: &str = "step,loss,reconstruction,kl,kl_weight,learning_rate,validation_loss,\
         validation_reconstruction,validation_kl,validation_re,validation_psnr,validation_ssim";

    /// What those of today write.
    const VAE: &str = "step,loss,reconstruction,kl,kl_weight,free_bits,learning_rate,gradient_norm,\
         validation_loss,validation_reconstruction,validation_kl,validation_re,validation_re_shuffled,\
         validation_active_units,validation_psnr,validation_ssim";

    fn open(path: &Path, step: usize, kind: ModelKind) -> History {
        History::open(path, step, kind).unwrap()
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
        let row = |step| Row {
            step,
            sparsity: Some(Sparsity::L1 { weight: 6.0 }),
            noise: Some(Corruption::Mask(0.125)),
            validation: None,
        };
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
