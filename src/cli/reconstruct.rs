//! `morphospace reconstruct`

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::session::Session;
use super::{print_error, print_json, print_line, table};
use crate::error::{Error, Result};
use crate::worker::protocol::{Export, PixelMetrics};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model
    checkpoint: PathBuf,
    /// Image files; the middle square of each is used
    #[arg(required = true)]
    images: Vec<PathBuf>,
    /// Folder for the pictures: input and reconstruction side by side
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let mut session = Session::start();
    let model = session.open_model(&options.checkpoint)?.id;
    std::fs::create_dir_all(&options.out).map_err(Error::io("create the folder", &options.out))?;
    let mut rows = Vec::new();
    let mut taken = HashSet::new();
    let mut failed = Vec::new();
    for path in &options.images {
        let file = file_for(path, &options, &taken);
        match session.encode(model, path) {
            Ok(reconstruction) => {
                let images = vec![reconstruction.input, reconstruction.output];
                session.export(Export::Grid { images, columns: 2, file: file.clone() })?;
                taken.insert(file.clone());
                rows.push((path, file, reconstruction.metrics));
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
        let rows: Vec<_> = rows.iter().map(|(path, file, m)| row_json(path, file, m)).collect();
        print_json(&serde_json::json!({ "rows": rows }))?;
    } else if !rows.is_empty() {
        let header = ["image".to_owned()].into_iter().chain(table::metric_headers()).collect();
        let line = |(path, _, metrics): &(&PathBuf, PathBuf, _)| {
            [path.display().to_string()].into_iter().chain(table::metric_cells(metrics)).collect()
        };
        let lines: Vec<Vec<String>> = std::iter::once(header).chain(rows.iter().map(line)).collect();
        print_line(&table::align(&lines))?;
    }
    match failed.len() {
        0 => Ok(()),
        n => Err(Error::Invalid(format!("{n} of {} images could not be used", options.images.len()))),
    }
}

fn row_json(path: &Path, file: &Path, metrics: &PixelMetrics) -> serde_json::Value {
    let PixelMetrics { re, psnr, ssim, n } = metrics;
    let (name, file) = (path.to_string_lossy(), file.to_string_lossy());
    serde_json::json!({ "name": name, "file": file, "re": re, "psnr": psnr, "ssim": ssim, "n": n })
}

/// `NAME-reconstruction.png`, with a number where that is an image to reconstruct or was written just now.
fn file_for(image: &Path, options: &Options, taken: &HashSet<PathBuf>) -> PathBuf {
    let stem = image.file_stem().unwrap_or_default().to_string_lossy();
    let is_input = |file: &Path| {
        let same =
            |input: &PathBuf| matches!((input.canonicalize(), file.canonicalize()), (Ok(a), Ok(b)) if a == b);
        options.images.iter().any(same)
    };
    let numbered = (2..).map(|number| format!("{stem}-reconstruction-{number}.png"));
    std::iter::once(format!("{stem}-reconstruction.png"))
        .chain(numbered)
        .map(|name| options.out.join(name))
        .find(|file| !taken.contains(file) && !is_input(file))
        .unwrap_or_default()
}
