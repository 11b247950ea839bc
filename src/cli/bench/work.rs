//! Work that is done again and again: measured once and printed, or on request, as often as asked.

use std::io::BufRead;
use std::time::Instant;

use candle_core::Device;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::json;

use super::figures::{Figures, Times, median};
use super::rss;
use crate::cli::output::print_json;
use crate::device::Compute;
use crate::error::{Error, Result};

/// Calls before the first one that counts.
const WARM_UP: usize = 3;

/// A call that is timed, and where it runs.
pub struct Work {
    /// Images that a call handles.
    images: usize,
    pool: ThreadPool,
    call: Box<dyn FnMut() -> Result<()> + Send>,
    /// Memory of the process before any of it was made.
    resident_before: Option<f64>,
    /// Device, where there is a choice.
    device: Option<String>,
}

impl Work {
    /// `make` builds what is needed and returns a call; both run inside a pool of `threads`, 0 for one a core.
    pub fn new<C>(images: usize, threads: usize, make: impl FnOnce() -> Result<C> + Send) -> Result<Self>
    where
        C: FnMut() -> Result<()> + Send + 'static,
    {
        let resident_before = rss::resident_mib();
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|e| Error::Invalid(format!("the threads cannot be started: {e}")))?;
        let call = Box::new(pool.install(make)?);
        Ok(Self { images, pool, call, resident_before, device: None })
    }

    /// [`Work::new`] for what may run on a card: each call waits until all of it is done.
    pub fn on<C>(
        compute: Compute,
        images: usize,
        threads: usize,
        make: impl FnOnce(&Device) -> Result<C> + Send,
    ) -> Result<Self>
    where
        C: FnMut() -> Result<()> + Send + 'static,
    {
        let device = Some(compute.name());
        let work = Self::new(images, threads, move || {
            let mut call = make(compute.device())?;
            Ok(move || {
                call()?;
                compute.synchronize()
            })
        })?;
        Ok(Self { device, ..work })
    }

    /// The figures of `times.repeat` calls; with `times.serve` none, see [`Work::serve`].
    pub fn figures(mut self, times: Times) -> Result<Option<Figures>> {
        self.time(WARM_UP)?;
        if times.serve {
            self.serve()?;
            return Ok(None);
        }
        let milliseconds = median(self.time(times.repeat.max(1))?);
        Ok(Some(Figures {
            milliseconds,
            images_per_second: Some(self.images as f64 / milliseconds * 1e3),
            peak_rss_mib: rss::peak_mib(),
            peak_growth_mib: self.peak_growth_mib(),
            repeat: times.repeat.max(1),
            threads: Some(self.pool.current_num_threads()),
            device: self.device,
        }))
    }

    /// Answers each line on stdin, a number of calls, with a JSON line: the milliseconds of each call and
    /// the memory so far. So another program can take turns with this one, both staying warm.
    fn serve(&mut self) -> Result<()> {
        for line in std::io::stdin().lock().lines() {
            let line = line.map_err(|e| Error::Invalid(format!("stdin cannot be read: {e}")))?;
            let calls = line.trim().parse();
            let calls = calls.map_err(|_| Error::Invalid(format!("'{line}' is not a number of calls")))?;
            print_json(&json!({
                "milliseconds": self.time(calls)?,
                "peak_rss_mib": rss::peak_mib(),
                "peak_growth_mib": self.peak_growth_mib(),
                "threads": self.pool.current_num_threads(),
                "device": self.device,
            }))?;
        }
        Ok(())
    }

    /// Milliseconds of each of `calls` calls.
    fn time(&mut self, calls: usize) -> Result<Vec<f64>> {
        let call = &mut self.call;
        self.pool.install(|| {
            (0..calls)
                .map(|_| {
                    let began = Instant::now();
                    call()?;
                    Ok(began.elapsed().as_secs_f64() * 1e3)
                })
                .collect()
        })
    }

    fn peak_growth_mib(&self) -> Option<f64> {
        Some(rss::peak_mib()? - self.resident_before?)
    }
}
