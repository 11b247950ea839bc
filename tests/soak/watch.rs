//! Watches the process of the window and the times of its frames.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::desk::Desk;

const EVERY: Duration = Duration::from_secs(10);
/// Samples in a minute, and in the five minutes whose least counts.
const A_MINUTE: usize = 6;
const FIVE_MINUTES: usize = 30;

/// Deeds by their kind.
pub type Deeds = BTreeMap<&'static str, usize>;

/// The process at a moment; memory in MiB.
#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    seconds: f64,
    rss: f64,
    /// What is its own: without the files that the system pages in and out as it likes.
    own: f64,
    threads: usize,
    files: usize,
    load: f64,
}

pub struct Watch {
    process: u32,
    began: Instant,
    due: Instant,
    samples: Vec<Sample>,
    frames: PathBuf,
    frames_told: usize,
}

impl Watch {
    pub fn over(process: u32, folder: &Path) -> Self {
        let frames = folder.join("witness/frames.csv");
        let now = Instant::now();
        Watch { process, began: now, due: now, samples: Vec::new(), frames, frames_told: 0 }
    }

    /// Takes a sample if it is time for one, and prints a line a minute.
    pub fn look(&mut self, desk: &Desk, deeds: &Deeds) {
        if Instant::now() < self.due {
            return;
        }
        self.due += EVERY;
        let Some(sample) = self.sample() else { return };
        self.samples.push(sample);
        if self.samples.len() % A_MINUTE == 1 {
            let frames = self.frames();
            let mut new = frames[self.frames_told.min(frames.len())..].to_vec();
            self.frames_told = frames.len();
            println!(
                "{:5.0} s  {:5.0} MiB, {:5.0} its own  {:3} threads  {:3} files  load {:.1}  {} deeds  {} frames {}  \
                 {} lines on the terminal",
                sample.seconds,
                sample.rss,
                sample.own,
                sample.threads,
                sample.files,
                sample.load,
                deeds.values().sum::<usize>(),
                new.len(),
                spread(&mut new),
                desk.said().lines().count()
            );
        }
    }

    fn sample(&self) -> Option<Sample> {
        let place = PathBuf::from(format!("/proc/{}", self.process));
        let status = fs::read_to_string(place.join("status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.split_whitespace().next()?.parse::<f64>().ok()
        };
        let load = fs::read_to_string("/proc/loadavg").ok()?;
        Some(Sample {
            seconds: self.began.elapsed().as_secs_f64(),
            rss: field("VmRSS")? / 1024.0,
            own: field("RssAnon")? / 1024.0,
            threads: field("Threads")? as usize,
            files: fs::read_dir(place.join("fd")).ok()?.count(),
            load: load.split(' ').next()?.parse().ok()?,
        })
    }

    /// Milliseconds of work of every frame.
    fn frames(&self) -> Vec<f64> {
        let text = fs::read_to_string(&self.frames).unwrap_or_default();
        text.lines().skip(1).filter_map(|line| line.split_once(',')?.1.parse().ok()).collect()
    }

    fn second_half(&self) -> &[Sample] {
        &self.samples[self.samples.len() / 2..]
    }

    /// How fast the least of each five minutes grows over the second half, in MiB an hour. Jobs come and go; what is
    /// never given back stays in the least.
    pub fn slope_of_the_least(&self) -> f64 {
        let least = self.second_half().chunks(FIVE_MINUTES);
        let least = least.filter_map(|part| part.iter().min_by(|a, b| a.own.total_cmp(&b.own)));
        slope(least.map(|sample| (sample.seconds, sample.own)))
    }

    pub fn report(&self, deeds: &Deeds, lived: Duration) -> String {
        let mut frames = self.frames();
        let at = |seconds: f64| {
            let near = |a: &&Sample, b: &&Sample| {
                (a.seconds - seconds).abs().total_cmp(&(b.seconds - seconds).abs())
            };
            let sample = self.samples.iter().min_by(near).copied().unwrap_or_default();
            format!("{:.0} MiB ({:.0} its own)", sample.rss, sample.own)
        };
        let range = |of: fn(&Sample) -> f64| {
            let values = || self.samples.iter().map(of);
            format!("{:.0} to {:.0}", values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max))
        };
        let kinds: Vec<String> = deeds.iter().map(|(kind, count)| format!("    {kind}: {count}\n")).collect();
        let all = |of: fn(&Sample) -> f64| slope(self.second_half().iter().map(|s| (s.seconds, of(s))));
        format!(
            "{:.0} s, {} deeds\n{}frames: {}, work {}\nmemory after 5 minutes {}, in the middle {}, at the end {}\n\
             memory {} MiB, its own {} MiB\nslope over the second half, MiB an hour: {:.1}, its own {:.1}, the least of each \
             five minutes {:.1}\nthreads: {}\nopen files: {}\nload of the machine: {}\n",
            lived.as_secs_f64(),
            deeds.values().sum::<usize>(),
            kinds.concat(),
            frames.len(),
            spread(&mut frames),
            at(300.0),
            at(lived.as_secs_f64() / 2.0),
            at(lived.as_secs_f64()),
            range(|s| s.rss),
            range(|s| s.own),
            all(|s| s.rss),
            all(|s| s.own),
            self.slope_of_the_least(),
            range(|s| s.threads as f64),
            range(|s| s.files as f64),
            range(|s| s.load),
        )
    }
}

/// Percentiles of milliseconds.
fn spread(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    let Some(last) = times.len().checked_sub(1) else { return "none".into() };
    let at = |part: f64| times[(last as f64 * part).round() as usize];
    format!("p50 {:.1}, p95 {:.1}, p99 {:.1}, max {:.1} ms", at(0.5), at(0.95), at(0.99), times[last])
}

/// By least squares, for an hour.
fn slope(points: impl Iterator<Item = (f64, f64)>) -> f64 {
    let points: Vec<(f64, f64)> = points.collect();
    let count = points.len().max(1) as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    let (x, y) = (x / count, y / count);
    let (above, below) = points.iter().fold((0.0, 0.0), |(above, below), point| {
        (above + (point.0 - x) * (point.1 - y), below + (point.0 - x).powi(2))
    });
    if below > 0.0 { above / below * 3600.0 } else { 0.0 }
}
