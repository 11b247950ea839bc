//! `morphospace bench open`: how long a data set takes that was read before, and what it costs in memory.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, RgbImage};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::figures::median;
use super::rss;
use crate::cli::output::{print_json, print_line};
use crate::data::cache::FOLDER_VARIABLE;
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};

/// Side of the images that are made up.
const SIDE: u32 = 128;

/// Opening one data set in this process. Memory is what it grew by.
#[derive(Serialize, Deserialize)]
struct Opening {
    milliseconds: f64,
    n: usize,
    skipped: usize,
    /// Whether the squares lie in a file of the cache.
    cached: bool,
    rss_anon_mib: Option<f64>,
    rss_file_mib: Option<f64>,
    /// After looking at every image once.
    read_rss_anon_mib: Option<f64>,
    read_rss_file_mib: Option<f64>,
}

/// Opens the data set once, with the cache as it is, and prints the figures.
///
/// # Errors
/// As [`Dataset::load`], or if nothing can be printed.
pub fn once(data: &Path, image_size: usize, json: bool) -> Result<()> {
    let (anon, file) = (rss::anonymous_mib(), rss::file_mib());
    let grown = |now: Option<f64>, before: Option<f64>| Some(now? - before?);
    let began = Instant::now();
    let dataset = Dataset::load(data, image_size, &mut |_| ControlFlow::Continue(()))?;
    let milliseconds = began.elapsed().as_secs_f64() * 1e3;
    let (rss_anon_mib, rss_file_mib) = (grown(rss::anonymous_mib(), anon), grown(rss::file_mib(), file));
    for index in 0..dataset.len() {
        black_box(dataset.pixels(index)?);
    }
    let opening = Opening {
        milliseconds,
        n: dataset.len(),
        skipped: dataset.skipped().len(),
        cached: dataset.is_cached(),
        rss_anon_mib,
        rss_file_mib,
        read_rss_anon_mib: grown(rss::anonymous_mib(), anon),
        read_rss_file_mib: grown(rss::file_mib(), file),
    };
    if json {
        return print_json(&opening);
    }
    print_line(&format!("{} images in {milliseconds:.1} ms, {}", opening.n, memory(&opening)))
}

/// Makes up a folder of `count` photos and a cache of their own, opens it in a process that has to read
/// them all, then in `repeat` that have not, and prints the first and the median of the others.
///
/// # Errors
/// If the folder cannot be written, a process fails, or nothing can be printed.
pub fn run(count: usize, image_size: usize, repeat: usize, json: bool) -> Result<()> {
    let folder = tempfile::tempdir().map_err(Error::io("make a folder in", &std::env::temp_dir()))?;
    let (photos, cache) = (folder.path().join("photos"), folder.path().join("cache"));
    std::fs::create_dir(&photos).map_err(Error::io("make", &photos))?;
    (0..count).into_par_iter().try_for_each(|seed| make_photo(&photos, seed as u32))?;

    let first = in_fresh_process(&photos, &cache, image_size)?;
    let openings =
        (0..repeat).map(|_| in_fresh_process(&photos, &cache, image_size)).collect::<Result<Vec<_>>>()?;
    let milliseconds = median(openings.iter().map(|opening| opening.milliseconds).collect());
    let Some(last) = openings.last() else { return Ok(()) };
    if json {
        let mut figures = json!(last);
        figures["milliseconds"] = milliseconds.into();
        figures["first_milliseconds"] = first.milliseconds.into();
        figures["repeat"] = repeat.into();
        return print_json(&figures);
    }
    print_line(&format!(
        "{} images of {image_size} × {image_size}: the first time {:.0} ms, then {milliseconds:.1} ms (median of {repeat}), {}",
        last.n,
        first.milliseconds,
        memory(last)
    ))
}

fn memory(opening: &Opening) -> String {
    let mib = |value: Option<f64>| value.map_or("unknown".into(), |mib| format!("{mib:.1} MiB"));
    format!(
        "memory grown by {} of its own and {} of mapped file; after looking at every image {} and {}",
        mib(opening.rss_anon_mib),
        mib(opening.rss_file_mib),
        mib(opening.read_rss_anon_mib),
        mib(opening.read_rss_file_mib)
    )
}

fn in_fresh_process(photos: &Path, cache: &Path, image_size: usize) -> Result<Opening> {
    let program =
        std::env::current_exe().map_err(|e| Error::Invalid(format!("this program has no path: {e}")))?;
    let output = Command::new(&program)
        .args(["bench", "open", "--json", "--image-size", &image_size.to_string(), "--data"])
        .arg(photos)
        .env(FOLDER_VARIABLE, cache)
        .output()
        .map_err(Error::io("start", &program))?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Error::Invalid(format!("a process that opened the images failed: {message}"))
    })
}

/// A photo of smooth colours with some grain, so that it packs about as a real one does.
fn make_photo(folder: &Path, seed: u32) -> Result<()> {
    let path = folder.join(format!("{seed:05}.jpg"));
    let wave = |at: u32, period: u32| ((at + 31 * seed) as f32 / period as f32).sin() * 90.0 + 128.0;
    let photo = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let grain =
            (x.wrapping_mul(0x9E37_79B9) ^ y.wrapping_mul(0x85EB_CA6B) ^ seed).wrapping_mul(0xC2B2_AE35);
        let grain = (grain >> 28) as f32;
        image::Rgb([wave(x, 9 + seed % 7), wave(y, 17), wave(x + y, 23)].map(|value| (value + grain) as u8))
    });
    let mut bytes = Vec::new();
    let encoded =
        JpegEncoder::new_with_quality(&mut bytes, 75).encode(&photo, SIDE, SIDE, ExtendedColorType::Rgb8);
    encoded.map_err(|error| Error::file(&path, error.to_string()))?;
    std::fs::write(&path, bytes).map_err(Error::io("write", &path))
}
