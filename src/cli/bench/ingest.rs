//! `morphospace bench ingest`: how fast a folder becomes a data set.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use serde_json::json;

use crate::cli::bench::memory::peak_rss_mib;
use crate::data::dataset::Dataset;
use crate::{Error, Result};

/// Reads the folder `repeat` times, with no cache of its own (the system's file cache is warm from the
/// second time on), and prints the median, as one JSON object if `json`.
///
/// # Errors
/// As [`Dataset::load`], or if nothing can be printed.
pub fn run(dir: &Path, image_size: usize, repeat: usize, json: bool) -> Result<()> {
    let mut milliseconds = Vec::new();
    let (mut images, mut skipped) = (0, 0);
    for _ in 0..repeat.max(1) {
        let start = Instant::now();
        let dataset = Dataset::load(dir, image_size, &mut |_| ControlFlow::Continue(()))?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        (images, skipped) = (dataset.len(), dataset.skipped().len());
    }
    milliseconds.sort_by(f64::total_cmp);
    let median = milliseconds[milliseconds.len() / 2];
    let rate = images as f64 / (median / 1e3);
    let peak = peak_rss_mib();
    let text = if json {
        json!({
            "milliseconds": median,
            "images_per_second": rate,
            "peak_rss_mib": peak,
            "n": images,
            "skipped": skipped,
        })
        .to_string()
    } else {
        let memory = peak.map_or("unknown".into(), |mib| format!("{mib:.0} MiB"));
        format!(
            "{images} images at {image_size} × {image_size} in {median:.0} ms (median of {}), {rate:.0} images/s, \
             {skipped} skipped, peak memory {memory}",
            milliseconds.len()
        )
    };
    writeln!(std::io::stdout(), "{text}").map_err(Error::io("write", Path::new("standard output")))
}
