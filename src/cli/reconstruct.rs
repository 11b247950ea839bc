//! `morphospace reconstruct`

use std::path::{Path, PathBuf};

use super::session::Session;
use super::{print_json, print_line, table};
use crate::error::{Error, Result};
use crate::worker::protocol::Export;

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
    let mut failed = Vec::new();
    for path in &options.images {
        let file = free_name(&options.out, path, rows.len());
        match session.encode(model, path) {
            Ok(reconstruction) => {
                let images = vec![reconstruction.input, reconstruction.output];
                session.export(Export::Grid { images, columns: 2, file: file.clone() })?;
                rows.push((path, file, reconstruction.metrics));
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            // One bad image does not spoil the others; the exit code tells in the end.
            Err(error) => {
                eprintln!("morphospace: {error}");
                failed.push(path);
            }
        }
    }
    if json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(path, file, m)| serde_json::json!({ "name": path, "file": file, "re": m.re, "psnr": m.psnr, "ssim": m.ssim, "n": m.n }))
            .collect();
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

/// A file in `folder` named like the image; a second image of the same name gets a number.
fn free_name(folder: &Path, image: &Path, index: usize) -> PathBuf {
    let stem = image.file_stem().unwrap_or_default().to_string_lossy();
    let plain = folder.join(format!("{stem}.png"));
    if plain.exists() && index > 0 { folder.join(format!("{stem}-{index}.png")) } else { plain }
}
