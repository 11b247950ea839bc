//! `morphospace invert`

use std::path::PathBuf;

use super::alignment::PhotoOptions;
use super::image_files::ImageFiles;
use super::output::{print_json, print_line};
use super::session::WorkerClient;
use crate::error::Result;
use crate::report::quantities::{PSNR, RE, SSIM};
use crate::worker::protocol::{Export, InversionConfig, InversionProgress};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model
    checkpoint: PathBuf,
    /// Image files
    #[arg(required = true)]
    images: Vec<PathBuf>,
    #[command(flatten)]
    photo: PhotoOptions,
    /// Steps down the gradient of the decoder
    #[arg(long, default_value_t = InversionConfig::default().steps)]
    steps: usize,
    /// Factor of the codes' negative log density beside the squared error: the larger, the likelier the code
    #[arg(long, default_value_t = InversionConfig::default().prior_weight)]
    prior_weight: f64,
    /// Seed of the draws that a model without an encoder begins at
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for the pictures (input and what was found, side by side) and the codes (.npy)
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { checkpoint, images, photo, steps, prior_weight, seed, out } = options;
    let mut session = WorkerClient::start();
    let model = session.open_model(&checkpoint)?.id;
    let mut files = ImageFiles::new(&images, &out)?;
    let config = InversionConfig { steps, prior_weight, seed };
    let mut rows = Vec::new();
    for path in &images {
        let Some(found) = files.usable(session.invert(model, path, photo, config))? else { continue };
        let file = files.picture(path, "inversion");
        let pictures = vec![found.input.clone(), found.output.clone()];
        session.export(Export::Grid { images: pictures, columns: 2, file: file.clone() })?;
        let code = file.with_extension("npy");
        session.export(Export::Code { code: found.code.clone(), file: code.clone() })?;
        rows.push(InvertedFile::new(path.to_string_lossy().into(), file, code, &found));
    }
    match json {
        true => print_json(&serde_json::json!({ "rows": rows }))?,
        false => rows.iter().try_for_each(|row| print_line(&row.line()))?,
    }
    files.finish()
}

/// An image and the code that was found for it.
#[derive(serde::Serialize)]
struct InvertedFile {
    name: String,
    #[serde(serialize_with = "crate::text::path")]
    file: PathBuf,
    #[serde(serialize_with = "crate::text::path")]
    code: PathBuf,
    re_start: f64,
    psnr_start: f64,
    ssim_start: f64,
    re: f64,
    psnr: f64,
    ssim: f64,
    steps: usize,
    prior_distance: f64,
    seconds: f64,
}

impl InvertedFile {
    fn new(name: String, file: PathBuf, code: PathBuf, found: &InversionProgress) -> Self {
        let InversionProgress { start, metrics, step, prior_distance, seconds, .. } = found;
        Self {
            name,
            file,
            code,
            re_start: start.re,
            psnr_start: start.psnr,
            ssim_start: start.ssim,
            re: metrics.re,
            psnr: metrics.psnr,
            ssim: metrics.ssim,
            steps: *step,
            prior_distance: *prior_distance,
            seconds: *seconds,
        }
    }

    fn line(&self) -> String {
        format!(
            "{}: RE {} → {}, PSNR {} → {} dB, SSIM {} → {}, {} steps in {:.1} s, {:.2} standard deviations from the \
             centre\n  {}",
            self.name,
            RE.shown(self.re_start),
            RE.shown(self.re),
            PSNR.shown(self.psnr_start),
            PSNR.shown(self.psnr),
            SSIM.shown(self.ssim_start),
            SSIM.shown(self.ssim),
            self.steps,
            self.seconds,
            self.prior_distance,
            self.file.display(),
        )
    }
}
