//! `morphospace bench start`

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::figures::{Figures, median};
use crate::config::EXIT_AT_FIRST_FACE;
use crate::error::{Error, Result};

/// Starts the window `repeat` times and waits for its first face.
pub fn run(repeat: usize) -> Result<Figures> {
    let program = std::env::current_exe()
        .map_err(|e| Error::Invalid(format!("the program does not find its own file: {e}")))?;
    let failed = |e| Error::Invalid(format!("the window cannot be started: {e}"));
    let mut seconds = Vec::with_capacity(repeat);
    // The first start warms the disk cache and does not count.
    for round in 0..=repeat {
        let began = Instant::now();
        let mut child = Command::new(&program)
            .env(EXIT_AT_FIRST_FACE, "1")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let line = child.stdout.take().and_then(|out| BufReader::new(out).lines().next());
        let elapsed = began.elapsed().as_secs_f64();
        child.wait().map_err(failed)?;
        if !matches!(line, Some(Ok(_))) {
            return Err(Error::Invalid("the window closed before it showed a face".into()));
        }
        if round > 0 {
            seconds.push(elapsed);
        }
    }
    Ok(Figures {
        milliseconds: median(seconds) * 1e3,
        images_per_second: None,
        peak_rss_mib: None,
        peak_growth_mib: None,
        repeat,
        threads: None,
        device: None,
    })
}
