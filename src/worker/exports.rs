//! Pictures and walks as files.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::explorer::batch_size;
use super::protocol::Export;
use super::registry::Registry;
use super::table;
use crate::atomic_file::{FileKind, write_atomically};
use crate::error::{Error, Result};
use crate::export::{write_gif, write_png};
use crate::features::FeatureSet;
use crate::image_buf::ImageBuf;
use crate::latent::interpolation::walk;
use crate::memory;
use crate::metrics::features::Features;
use crate::run::checkpoint::Checkpoint;
use crate::run::directions_file;
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
        | Export::Code { file, .. }
        | Export::Table { file, .. }
        | Export::Results { file, .. }
        | Export::Directions { file, .. } => file,
    }
}

/// Writes the file, whole or not at all.
///
/// # Errors
/// A model that is not open, codes that do not fit it, an ending that says no known format, something else in
/// the file's place, a folder that cannot be written to.
pub fn write(export: Export, registry: &Registry) -> Result<PathBuf> {
    match export {
        Export::Walk { model, from, to, path, frames, file } => {
            let kind = FileKind::of(&file, "a walk is", &[FileKind::Gif, FileKind::Png])?;
            if !(2..=MOST_FRAMES).contains(&frames) {
                return Err(Error::Invalid(format!(
                    "a walk of {frames} pictures is not possible; choose 2 to {MOST_FRAMES}"
                )));
            }
            let model = registry.model(model)?;
            // Each as it is decoded, and enlarged in the file.
            let side = model.image_size().max(FRAME_SIDE) as u64;
            memory::check("pictures", frames as u64, 2 * 3 * side.pow(2), 0)?;
            let positions: Vec<f32> = (0..frames).map(|i| i as f32 / (frames - 1) as f32).collect();
            let codes = walk(&from, &to, path, &positions)?;
            let mut images = Vec::with_capacity(frames);
            for codes in codes.chunks(batch_size(model.image_size())) {
                images.extend(model.decode_points(codes)?);
            }
            if kind == FileKind::Gif {
                let scale = (FRAME_SIDE / model.image_size()).max(1);
                write_gif(&images, &file, FRAME_MS, true, scale)?;
            } else {
                write_png(&sheet(&images, frames)?, &file)?;
            }
            Ok(file)
        }
        Export::Model { checkpoint, file } => {
            FileKind::of(&file, "a model is", &[FileKind::Model])?;
            Checkpoint::open(&checkpoint)?.write_model(&file)?;
            Ok(file)
        }
        Export::Grid { images, columns, file } => {
            FileKind::of(&file, "a picture is", &[FileKind::Png])?;
            write_png(&sheet(&images, columns)?, &file)?;
            Ok(file)
        }
        Export::Code { code, file } => {
            let features = Features::from_f32(code.clone(), code.len().max(1))?;
            FeatureSet {
                features,
                names: Vec::new(),
                extractor: None,
                skipped: Vec::new(),
                notes: Vec::new(),
            }
            .write(&file)?;
            Ok(file)
        }
        Export::Table { columns, file } => {
            FileKind::of(&file, "a table is", &[FileKind::Csv])?;
            table::write(&columns, &file)?;
            Ok(file)
        }
        Export::Results { tables, file } => {
            let kind = FileKind::of(&file, "results are", &TableFormat::ALL.map(FileKind::from))?;
            let format = TableFormat::of(&file).unwrap_or(TableFormat::Markdown);
            let text = render(&tables, format);
            write_atomically(&file, kind, |out| out.write_all(text.as_bytes()))?;
            Ok(file)
        }
        Export::Directions { set, file } => {
            FileKind::of(&file, "directions are", &[FileKind::Directions])?;
            directions_file::write(&set, &file)?;
            Ok(file)
        }
    }
}

/// One picture as it is; several in rows with a gap between them.
fn sheet(images: &[ImageBuf], columns: usize) -> Result<ImageBuf> {
    let gap = if images.len() > 1 { GAP } else { 0 };
    // The sheet, whose cells are as wide as the widest and as high as the highest picture, and what the encoder
    // makes of it.
    let (width, height) = images
        .iter()
        .fold((0, 0), |(width, height), image| (image.width().max(width), image.height().max(height)));
    let cell = 3 * (width as u64).saturating_mul(height as u64);
    let columns = columns.clamp(1, images.len().max(1));
    memory::check("pictures", images.len().next_multiple_of(columns) as u64, cell.saturating_mul(2), 0)?;
    ImageBuf::grid(images, columns, gap, BACKGROUND)
        .ok_or_else(|| Error::Invalid("there is no picture to write".into()))
}
