//! `morphospace reconstruct`

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::alignment::PhotoOptions;
use super::output::{print_error, print_json, print_line};
use super::session::WorkerClient;
use super::table;
use crate::config::{Corruption, Noise};
use crate::error::{Error, Result};
use crate::report::trained_on_words;
use crate::worker::protocol::{Crop, Export, PixelMetrics, Reconstruction};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model
    checkpoint: PathBuf,
    /// Image files
    #[arg(required = true)]
    images: Vec<PathBuf>,
    #[command(flatten)]
    photo: PhotoOptions,
    /// Noise on what the model sees: gaussian:SIGMA, salt-pepper:PART or mask:PART
    #[arg(long)]
    noise: Option<Corruption>,
    /// Seed of the noise
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for the pictures: input, noisy input if there is noise, and reconstruction side by side
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let mut session = WorkerClient::start();
    let model = session.open_model(&options.checkpoint)?.id;
    std::fs::create_dir_all(&options.out).map_err(Error::io("create the folder", &options.out))?;
    let noise = options.noise.map(|corruption| Noise { corruption, seed: options.seed });
    let mut rows = Vec::new();
    let mut taken = HashSet::new();
    let mut failed = Vec::new();
    for path in &options.images {
        let file = file_for(path, "reconstruction", &options.images, &options.out, &taken);
        match session.reconstruct(model, path, options.photo, noise) {
            Ok((reconstruction, crop)) => {
                let Reconstruction { input, noisy, output, metrics, through_prior, trained_on, .. } =
                    reconstruction;
                let (noisy, baseline) = noisy.map(|noisy| (noisy.image, noisy.metrics)).unzip();
                let images: Vec<_> = [Some(input), noisy, Some(output)].into_iter().flatten().collect();
                session.export(Export::Grid { columns: images.len(), images, file: file.clone() })?;
                taken.insert(file.clone());
                rows.push(ReconstructedFile {
                    name: path.to_string_lossy().into(),
                    file,
                    metrics,
                    noisy_input: baseline,
                    through_prior,
                    trained_on,
                    crop,
                });
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            // One bad image does not spoil the others; the exit code tells in the end.
            Err(error) => {
                print_error(&error);
                failed.push(path);
            }
        }
    }
    if json {
        print_json(&serde_json::json!({ "rows": rows }))?;
    } else if !rows.is_empty() {
        let mut lines = Vec::new();
        for row in &rows {
            let noisy = row.noisy_input.as_ref();
            lines.extend(noisy.map(|noisy| (vec![format!("{} with noise", row.name)], noisy)));
            lines.push((vec![row.name.clone()], &row.metrics));
        }
        print_line(&table::of_reports(
            &["image"],
            &table::of_pairs(rows.iter().map(|row| &row.metrics)),
            &lines,
        ))?;
        for row in &rows {
            if let Some(words) = trained_on_words(row.trained_on, row.metrics.n) {
                print_line(&format!("{}: {words}", row.name))?;
            }
        }
    }
    match failed.len() {
        0 => Ok(()),
        n => Err(Error::Invalid(format!("{n} of {} images could not be used", options.images.len()))),
    }
}

/// Attributes of an image.
#[derive(serde::Serialize)]
struct ReconstructedFile {
    name: String,
    #[serde(serialize_with = "crate::text::path")]
    file: PathBuf,
    #[serde(flatten)]
    metrics: PixelMetrics,
    noisy_input: Option<PixelMetrics>,
    /// RE between the reconstruction and what its code gives by way of the noise of a learned prior.
    #[serde(skip_serializing_if = "Option::is_none")]
    through_prior: Option<f64>,
    trained_on: Option<usize>,
    /// The part of the image that the model saw.
    crop: Crop,
}

/// `NAME-WORD.png` in `out`, with a number where that is one of the images or was written just now.
pub(super) fn file_for(
    image: &Path,
    word: &str,
    images: &[PathBuf],
    out: &Path,
    taken: &HashSet<PathBuf>,
) -> PathBuf {
    let stem = image.file_stem().unwrap_or_default().to_string_lossy();
    let is_input = |file: &Path| {
        let same =
            |input: &PathBuf| matches!((input.canonicalize(), file.canonicalize()), (Ok(a), Ok(b)) if a == b);
        images.iter().any(same)
    };
    let numbered = (2..).map(|number| format!("{stem}-{word}-{number}.png"));
    std::iter::once(format!("{stem}-{word}.png"))
        .chain(numbered)
        .map(|name| out.join(name))
        .find(|file| !taken.contains(file) && !is_input(file))
        .unwrap_or_default()
}
