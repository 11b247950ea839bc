//! Writing built-in faces as files: a PNG each, a table of their factors, a sheet of the first.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;

use super::protocol::{FaceOrder, FacesWritten};
use crate::atomic_file::write_atomically;
use crate::data::pace::Pace;
use crate::error::{Error, Result};
use crate::export::write_png;
use crate::faces::{Factors, factors, render, set};
use crate::image_buf::ImageBuf;
use crate::observer::Observer;

/// Faces between two looks at whether to stop.
const CHUNK: usize = 32;
/// Faces on a sheet, and in a row of it.
const SHEET: usize = 100;
const COLUMNS: usize = 10;
const GAP: usize = 2;
const BACKGROUND: [u8; 3] = [24; 3];

/// The table of factors in the folder.
pub const TABLE: &str = "factors.csv";

/// Renders and writes what was ordered. The table comes last: where it is, the faces are complete.
///
/// # Errors
/// A folder that holds something already or cannot be written to; [`Error::Cancelled`] when `observer`
/// breaks, the files written so far staying.
pub fn write(order: &FaceOrder, observer: &mut dyn Observer) -> Result<FacesWritten> {
    let FaceOrder { count, seed, image_size, out, sheet } = order;
    if let Some(out) = out {
        make_empty(out)?;
    }
    let count = if out.is_some() { *count } else { (*count).min(SHEET) };
    observer.started(&format!("Rendering {count} faces"));
    let began = Instant::now();
    let mut pace = Pace::new("Rendering faces", count, began);
    let mut table = header();
    let mut tiles = Vec::new();
    let on_sheet = if sheet.is_some() { count.min(SHEET) } else { 0 };
    for first in (0..count).step_by(CHUNK) {
        if observer.progress(pace.progress(first, Instant::now())) == ControlFlow::Break(()) {
            return Err(Error::Cancelled);
        }
        let numbers: Vec<usize> = (first..count.min(first + CHUNK)).collect();
        let made = numbers.into_par_iter().map(|number| -> Result<(String, ImageBuf)> {
            let factors = Factors::draw(*seed, number as u64);
            let image = render(&factors, *image_size);
            if let Some(out) = out {
                write_png(&image, &out.join(set::name(number)))?;
            }
            Ok((line(number, &factors), image))
        });
        for (line, image) in made.collect::<Result<Vec<_>>>()? {
            table += &line;
            if tiles.len() < on_sheet {
                tiles.push(image);
            }
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
        write_atomically(&out.join(TABLE), |file| file.write_all(table.as_bytes()))?;
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

/// The folder, made if need be. What lies in it already would be mixed up with the faces.
fn make_empty(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    let mut content = std::fs::read_dir(folder).map_err(Error::io("open", folder))?;
    match content.next() {
        None => Ok(()),
        Some(_) => Err(Error::file(folder, "there is something in this folder already; choose another")),
    }
}

fn header() -> String {
    let names: Vec<&str> = factors::names().collect();
    format!("file,{}\n", names.join(","))
}

fn line(number: usize, factors: &Factors) -> String {
    format!("{},{}\n", set::name(number), factors.cells().join(","))
}
