//! A real training run for the benchmarks that need one: in a folder that goes with it, on photos or on
//! pictures drawn for it.

use std::path::{Path, PathBuf};

use clap::Parser;
use image::{Rgb, RgbImage};
use tempfile::TempDir;

use crate::config::{ModelConfig, TrainConfig};
use crate::error::{Error, Result};

/// Pictures drawn when no folder is given, and their side.
const PICTURES: u32 = 512;
const SIDE: u32 = 96;

/// The settings of a run, and where it lives. Dropping it removes the folder.
pub struct Training {
    /// The command line's defaults, on this data.
    pub config: TrainConfig,
    /// The run's folder, which does not exist yet.
    pub out: PathBuf,
    _folder: TempDir,
}

impl Training {
    /// On the images in `data`, or on drawn ones. `model` is the default one if not given.
    pub fn new(data: Option<PathBuf>, model: Option<ModelConfig>) -> Result<Self> {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            config: TrainConfig,
        }
        let mut config = Line::parse_from(["train"]).config;
        config.model = model.unwrap_or(config.model);
        let folder = tempfile::tempdir().map_err(|e| Error::Invalid(format!("no temporary folder: {e}")))?;
        config.dataset.path = match data {
            Some(data) => data,
            None => draw(folder.path())?,
        };
        Ok(Self { config, out: folder.path().join("run"), _folder: folder })
    }
}

/// A folder of soft colour waves, each picture another.
fn draw(folder: &Path) -> Result<PathBuf> {
    let pictures = folder.join("pictures");
    std::fs::create_dir(&pictures).map_err(Error::io("create the folder", &pictures))?;
    for number in 0..PICTURES {
        let angle = number as f32 * 0.7;
        let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| {
            let along = (x as f32 * angle.cos() + y as f32 * angle.sin()) / (8.0 + (number % 13) as f32);
            Rgb([0.0, 1.0, 2.0].map(|channel| (127.0 + 120.0 * (along + channel * angle).sin()) as u8))
        });
        let file = pictures.join(format!("{number:03}.png"));
        picture.save(&file).map_err(|e| Error::file(&file, format!("it cannot be written: {e}")))?;
    }
    Ok(pictures)
}
