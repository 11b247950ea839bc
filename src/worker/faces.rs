//! Writing built-in faces as files: a PNG each, a table of their factors, a sheet of the first.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::about::version::NUMBER;
use crate::atomic_file::{FileKind, clear, write_atomically};
use crate::data::pace::ProgressMeter;
use crate::error::{Error, Result};
use crate::export::write_png;
use crate::faces::{Factors, factors, render, set};
use crate::image_buf::ImageBuf;
use crate::memory;
use crate::observer::Observer;
use crate::report::FacesWritten;

/// Faces between two looks at whether to stop.
const CHUNK: usize = 32;
/// Faces on a sheet, and in a row of it.
const SHEET: usize = 100;
const COLUMNS: usize = 10;
const GAP: usize = 2;
const BACKGROUND: [u8; 3] = [24; 3];

/// The table of factors in the folder.
pub const TABLE: &str = "factors.csv";
/// Description of the faces in the folder, as long as they are not complete.
const BEGUN: &str = ".faces.json";

/// Built-in faces to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceOrder {
    /// Number of them.
    pub count: usize,
    /// Seed of the row of faces; the first of it are written.
    pub seed: u64,
    /// Pixels on a side.
    pub image_size: usize,
    /// The folder for a PNG each and the table of their factors.
    pub out: Option<PathBuf>,
    /// The PNG for a sheet of the first hundred.
    pub sheet: Option<PathBuf>,
}

/// Inputs that the picture of a number depends on.
#[derive(PartialEq, Serialize, Deserialize)]
struct FacesKey {
    seed: u64,
    image_size: usize,
    version: String,
}

/// Renders and writes what was ordered; the same order goes on where it was stopped. The table comes last: where it
/// is, the faces are complete.
///
/// # Errors
/// A folder that holds something else already or cannot be written to; a sheet that is no PNG;
/// [`Error::Cancelled`] when `observer` breaks, the files written so far staying.
pub fn write(order: &FaceOrder, observer: &mut dyn Observer) -> Result<FacesWritten> {
    let FaceOrder { count, seed, image_size, out, sheet } = order;
    if let Some(sheet) = sheet {
        FileKind::of(sheet, "a sheet is", &[FileKind::Png])?;
    }
    // Those at hand and those of the sheet; a pixel is rendered in single precision.
    let pixels = (*image_size as u64).saturating_pow(2);
    memory::check("faces", (*count).min(CHUNK + SHEET) as u64, pixels.saturating_mul(3 * 5), 0)?;
    if let Some(out) = out {
        begin(out, order)?;
    }
    let count = if out.is_some() { *count } else { (*count).min(SHEET) };
    observer.started(&format!("Rendering {count} faces"));
    let began = Instant::now();
    let mut pace = ProgressMeter::new("Rendering faces", count, began);
    let mut table = header();
    let mut tiles = Vec::new();
    let on_sheet = if sheet.is_some() { count.min(SHEET) } else { 0 };
    for first in (0..count).step_by(CHUNK) {
        if observer.progress(pace.progress(first, Instant::now())) == ControlFlow::Break(()) {
            return Err(Error::Cancelled);
        }
        let numbers: Vec<usize> = (first..count.min(first + CHUNK)).collect();
        let made = numbers.into_par_iter().map(|number| -> Result<(String, Option<ImageBuf>)> {
            let factors = Factors::draw(*seed, number as u64);
            let line = line(number, &factors);
            // Files are whole where they are, from when the same was begun before.
            let file = out.as_ref().map(|out| out.join(set::name(number))).filter(|file| !file.exists());
            if file.is_none() && number >= on_sheet {
                return Ok((line, None));
            }
            let image = render(&factors, *image_size);
            if let Some(file) = file {
                write_png(&image, &file)?;
            }
            Ok((line, Some(image)))
        });
        for (line, image) in made.collect::<Result<Vec<_>>>()? {
            table += &line;
            tiles.extend(image.filter(|_| tiles.len() < on_sheet));
        }
        // As soon as it is full, because its name may be wrong.
        if let Some(sheet) = sheet
            && first < on_sheet
            && tiles.len() == on_sheet
            && let Some(grid) = ImageBuf::grid(&tiles, COLUMNS, GAP, BACKGROUND)
        {
            write_png(&grid, sheet)?;
        }
    }
    if let Some(out) = out {
        write_atomically(&out.join(TABLE), FileKind::Own, |file| file.write_all(table.as_bytes()))?;
        let begun = out.join(BEGUN);
        std::fs::remove_file(&begun).map_err(Error::io("remove", &begun))?;
    }
    // Everything is written: too late to stop.
    let _ = observer.progress(pace.progress(count, Instant::now()));
    let seconds = began.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
    Ok(FacesWritten {
        n: count,
        images_per_second: count as f64 / seconds,
        out: out.clone(),
        sheet: sheet.clone(),
    })
}

/// The folder, made if need be, with nothing in it but the first of these faces. Anything else would be mixed up with
/// them.
fn begin(folder: &Path, order: &FaceOrder) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    clear(folder);
    let FaceOrder { count, seed, image_size, .. } = *order;
    let ours = FacesKey { seed, image_size, version: NUMBER.into() };
    let begun = folder.join(BEGUN);
    let there = std::fs::read(&begun).ok().and_then(|text| serde_json::from_slice::<FacesKey>(&text).ok());
    if let Some(there) = &there
        && *there != ours
    {
        let FacesKey { seed, image_size, version } = there;
        return Err(Error::file(
            folder,
            format!(
                "version {version} has begun faces of --seed {seed} and --image-size {image_size} in this folder; go \
                 on with those, or choose another folder"
            ),
        ));
    }
    let mut names: HashSet<OsString> = (0..count).map(|number| set::name(number).into()).collect();
    names.extend([BEGUN.into(), TABLE.into()]);
    let mut content = std::fs::read_dir(folder).map_err(Error::io("open", folder))?.flatten();
    if content.any(|entry| there.is_none() || !names.contains(&entry.file_name())) {
        return Err(Error::file(folder, "there is something in this folder already; choose another"));
    }
    let text = serde_json::to_vec(&ours).map_err(|error| Error::Invalid(error.to_string()))?;
    write_atomically(&begun, FileKind::Own, |file| file.write_all(&text))
}

fn header() -> String {
    let names: Vec<&str> = factors::names().collect();
    format!("file,{}\n", names.join(","))
}

fn line(number: usize, factors: &Factors) -> String {
    format!("{},{}\n", set::name(number), factors.cells().join(","))
}
