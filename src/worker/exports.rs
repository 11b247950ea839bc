//! Pictures, walks, models and tables as files.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::protocol::Export;
use super::registry::Registry;
use super::{claims, table, walk_files, walks};
use crate::atomic_file::{FileKind, write_atomically};
use crate::error::Result;
use crate::export::{draw_pictures, draw_plot, sheet, write_png};
use crate::features::FeatureSet;
use crate::interchange::{write_onnx, write_pytorch};
use crate::metrics::features::Features;
use crate::run::checkpoint::Checkpoint;
use crate::run::directions_file;
use crate::table::{TableFormat, render};

/// The file that an export is about.
pub fn file(export: &Export) -> &Path {
    match export {
        Export::Walk { file, .. }
        | Export::WalkPlan { file, .. }
        | Export::Model { file, .. }
        | Export::Grid { file, .. }
        | Export::Pictures { file, .. }
        | Export::Plot { file, .. }
        | Export::Atlas { file, .. }
        | Export::Code { file, .. }
        | Export::Table { file, .. }
        | Export::Results { file, .. }
        | Export::Claim { folder: file, .. }
        | Export::Directions { file, .. } => file,
    }
}

/// Writes the file, whole or not at all. Returns all that were written: of a model for other programs several.
///
/// # Errors
/// A model that is not open, codes that do not fit it, an ending that says no known format, something else in
/// the file's place, a folder that cannot be written to.
pub fn write(export: Export, registry: &Registry) -> Result<Vec<PathBuf>> {
    let file = match export {
        Export::Walk { walks, frames, seconds, file } => {
            walks::write(&walks, frames, seconds, &file, registry)?;
            file
        }
        Export::WalkPlan { plan, file } => {
            walk_files::write_plan(plan, &file)?;
            file
        }
        Export::Model { checkpoint, file } => return write_model(&checkpoint, file),
        Export::Grid { images, columns, file } => {
            FileKind::of(&file, "a picture is", &[FileKind::Png])?;
            write_png(&sheet(&images, columns)?, &file)?;
            file
        }
        Export::Pictures { pictures, file } => {
            FileKind::of(&file, "a picture is", &[FileKind::Png])?;
            write_png(&draw_pictures(&pictures)?, &file)?;
            file
        }
        Export::Plot { plot, file } => {
            FileKind::of(&file, "a picture is", &[FileKind::Png])?;
            write_png(&draw_plot(&plot)?, &file)?;
            file
        }
        Export::Atlas { atlas, points, file } => {
            let table = registry.atlas(atlas)?.table(points.as_deref())?;
            return write(Export::Results { tables: vec![table], file }, registry);
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
            file
        }
        Export::Table { columns, file } => {
            FileKind::of(&file, "a table is", &[FileKind::Csv])?;
            table::write(&columns, &file)?;
            file
        }
        Export::Results { tables, file } => {
            let kind = FileKind::of(&file, "results are", &TableFormat::ALL.map(FileKind::from))?;
            let format = TableFormat::of(&file).unwrap_or(TableFormat::Markdown);
            let text = render(&tables, format);
            write_atomically(&file, kind, |out| out.write_all(text.as_bytes()))?;
            file
        }
        Export::Claim { claim, report, folder } => claims::write(claim, &report, folder)?,
        Export::Directions { set, file } => {
            FileKind::of(&file, "directions are", &[FileKind::Directions])?;
            directions_file::write(&set, &file)?;
            file
        }
    };
    Ok(vec![file])
}

/// Writes a model in the format that the name of the file says.
fn write_model(origin: &Path, file: PathBuf) -> Result<Vec<PathBuf>> {
    let kind = FileKind::of(&file, "a model is", &[FileKind::Model, FileKind::Onnx, FileKind::Python])?;
    let checkpoint = Checkpoint::open(origin)?;
    match kind {
        FileKind::Onnx => write_onnx(&checkpoint, origin, &file),
        FileKind::Python => write_pytorch(&checkpoint, origin, &file),
        _ => {
            checkpoint.write_model(&file)?;
            directions_file::bring_along(origin, &file)?;
            Ok(vec![file])
        }
    }
}
