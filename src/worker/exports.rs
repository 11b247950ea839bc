//! Pictures and walks as files.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::explorer::batch_size;
use super::protocol::Export;
use super::shelf::Shelf;
use super::table;
use crate::atomic_file::write_atomically;
use crate::error::{Error, Result};
use crate::export::{write_gif, write_png};
use crate::image_buf::ImageBuf;
use crate::latent::interpolation::walk;
use crate::run::checkpoint::Checkpoint;
use crate::table::{TableFormat, render};

/// Milliseconds a picture of a walk stays: 12.5 a second.
const FRAME_MS: u32 = 80;
/// A walk's pictures are enlarged by a whole number to about this side, or they would be stamps.
const FRAME_SIDE: usize = 256;
/// A GIF of more would take minutes to write and nobody would wait for its end.
const MOST_FRAMES: usize = 1000;
/// Pixels between the pictures of a sheet, and their shade.
const GAP: usize = 2;
const BACKGROUND: [u8; 3] = [255; 3];

/// The file that an export is about.
pub fn file(export: &Export) -> &Path {
    match export {
        Export::Walk { file, .. }
        | Export::Model { file, .. }
        | Export::Grid { file, .. }
        | Export::Table { file, .. }
        | Export::Results { file, .. } => file,
    }
}

/// Writes the file, whole or not at all.
///
/// # Errors
/// A model that is not open, codes that do not fit it, an ending that says no known format, a folder
/// that cannot be written to.
pub fn write(export: Export, shelf: &Shelf) -> Result<PathBuf> {
    match export {
        Export::Walk { model, from, to, path, frames, file } => {
            let format = WalkFormat::of(&file)?;
            if !(2..=MOST_FRAMES).contains(&frames) {
                return Err(Error::Invalid(format!(
                    "a walk of {frames} pictures is not possible; choose 2 to {MOST_FRAMES}"
                )));
            }
            let model = shelf.model(model)?;
            let positions: Vec<f32> = (0..frames).map(|i| i as f32 / (frames - 1) as f32).collect();
            let codes = walk(&from, &to, path, &positions)?;
            let mut images = Vec::with_capacity(frames);
            for codes in codes.chunks(batch_size(model.image_size())) {
                images.extend(model.decode(codes)?);
            }
            match format {
                WalkFormat::Gif => {
                    let scale = (FRAME_SIDE / model.image_size()).max(1);
                    write_gif(&images, &file, FRAME_MS, true, scale)?;
                }
                WalkFormat::Strip => write_png(&sheet(&images, frames)?, &file)?,
            }
            Ok(file)
        }
        Export::Model { checkpoint, file } => {
            require_ending(&file, "safetensors", "a model")?;
            let content = Checkpoint::open(&checkpoint)?;
            // The state of a run would be gone for good.
            if Checkpoint::open(&file).is_ok_and(|there| !there.optimizer.is_empty()) {
                let reason = "this is the checkpoint of a run; choose another file for the model";
                return Err(Error::file(&file, reason));
            }
            content.write_model(&file)?;
            Ok(file)
        }
        Export::Grid { images, columns, file } => {
            require_ending(&file, "png", "a picture")?;
            write_png(&sheet(&images, columns)?, &file)?;
            Ok(file)
        }
        Export::Table { columns, file } => {
            require_ending(&file, "csv", "a table")?;
            table::write(&columns, &file)?;
            Ok(file)
        }
        Export::Results { tables, file } => {
            let format = TableFormat::of(&file).ok_or_else(|| {
                Error::file(&file, "results are written as .md, .csv or .tex; end the name in one of them")
            })?;
            let text = render(&tables, format);
            write_atomically(&file, |out| out.write_all(text.as_bytes()))?;
            Ok(file)
        }
    }
}

/// Keeps a name that says something else from being overwritten with what it does not say.
fn require_ending(file: &Path, ending: &str, what: &str) -> Result<()> {
    match file.extension() {
        Some(e) if e.eq_ignore_ascii_case(ending) => Ok(()),
        _ => Err(Error::file(file, format!("{what} is written as .{ending}; end the name in it"))),
    }
}

enum WalkFormat {
    Gif,
    Strip,
}

impl WalkFormat {
    fn of(file: &Path) -> Result<Self> {
        match file.extension().map(|e| e.to_ascii_lowercase()) {
            Some(e) if e == "gif" => Ok(WalkFormat::Gif),
            Some(e) if e == "png" => Ok(WalkFormat::Strip),
            _ => Err(Error::file(file, "a walk is written as .gif or .png; end the name in one of them")),
        }
    }
}

/// One picture as it is; several in rows with a gap between them.
fn sheet(images: &[ImageBuf], columns: usize) -> Result<ImageBuf> {
    let gap = if images.len() > 1 { GAP } else { 0 };
    ImageBuf::grid(images, columns, gap, BACKGROUND)
        .ok_or_else(|| Error::Invalid("there is no picture to write".into()))
}
