//! `morphospace bench ingest`: how fast a folder becomes a data set, the writing of the cache included.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use serde_json::json;

use super::figures::median;
use super::rss;
use crate::cli::output::{print_json, print_line};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};

/// Reads the folder `repeat` times, each time into an empty cache in the folder for temporary files (the
/// system's file cache is warm from the second time on), and prints the median, as one JSON object if
/// `json`.
///
/// # Errors
/// As [`Dataset::load`], if there is no room for a cache beside the user's, or if nothing can be printed.
pub fn run(dir: &Path, image_size: usize, repeat: usize, json: bool) -> Result<()> {
    let (mut images, mut skipped) = (0, 0);
    let temporary = std::env::temp_dir();
    let mut seconds = Vec::with_capacity(repeat);
    for _ in 0..repeat {
        let cache = tempfile::tempdir().map_err(Error::io("make a folder in", &temporary))?;
        let began = Instant::now();
        let dataset =
            Dataset::load_with(Some(cache.path()), dir, image_size, &mut |_| ControlFlow::Continue(()))?;
        seconds.push(began.elapsed().as_secs_f64());
        (images, skipped) = (dataset.len(), dataset.skipped().len());
        if !dataset.is_cached() {
            return Err(Error::Invalid(dataset.notes().join("; ")));
        }
    }
    let seconds = median(seconds);
    let (milliseconds, rate) = (seconds * 1e3, images as f64 / seconds);
    let peak = rss::peak_mib();
    if json {
        return print_json(&json!({
            "milliseconds": milliseconds,
            "images_per_second": rate,
            "peak_rss_mib": peak,
            "n": images,
            "skipped": skipped,
        }));
    }
    let memory = peak.map_or("unknown".into(), |mib| format!("{mib:.0} MiB"));
    print_line(&format!(
        "{images} images at {image_size} × {image_size} in {milliseconds:.0} ms (median of {repeat}), \
         {rate:.0} images/s, {skipped} skipped, peak memory {memory}"
    ))
}
