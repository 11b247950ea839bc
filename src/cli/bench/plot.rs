//! `morphospace bench plot`: how long a frame of the plots takes while two long runs grow, with the machine
//! at rest or beside a training run.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::figures::{at_least_one, median, quantile};
use super::training::Training;
use crate::cli::output::{print_json, print_line, unexpected};
use crate::config::{DataSource, TrainConfig};
use crate::error::{Error, Result};
use crate::gui::bench::{Motion, PlotPanel};
use crate::worker::Worker;
use crate::worker::protocol::{Command, Event, Job, JobEvent, JobId, Request, TrainOrder};

/// A window draws this often.
const FRAME: Duration = Duration::from_micros(16_667);
/// Nothing takes this long unless something is broken.
const PATIENCE: Duration = Duration::from_secs(60);
const JOB: JobId = 1;
/// More than will be done; the run is cancelled.
const STEPS: usize = 1_000_000;
/// Steps before the clock runs, so that the training is under way.
const FIRST_STEPS: usize = 5;

#[derive(clap::Args)]
pub struct Options {
    /// Steps of each of the two runs that are plotted
    #[arg(long, default_value_t = 1_000_000, value_parser = at_least_one())]
    steps: usize,
    /// Frames of each motion
    #[arg(long, default_value_t = 240, value_parser = at_least_one())]
    frames: usize,
    /// Train the default VAE meanwhile, on all cores
    #[arg(long)]
    train: bool,
    /// Images to train on
    #[arg(long, value_name = "DIR", default_value = "builtin:faces")]
    data: DataSource,
}

#[derive(Serialize)]
struct PlotFigures {
    /// Layout, shapes and triangles of a frame, without painting: median over all motions.
    milliseconds: f64,
    /// 95 of 100 being faster.
    p95_milliseconds: f64,
    /// For each motion.
    motions: Vec<MotionFigures>,
    /// Numbers behind the plots.
    numbers: usize,
    /// Corners of the triangles of a frame, for a graphics driver to paint.
    vertices: usize,
    /// Of the training, meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps_per_second: Option<f64>,
}

#[derive(Serialize)]
struct MotionFigures {
    name: &'static str,
    milliseconds: f64,
    p95_milliseconds: f64,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let mut panel = PlotPanel::new(options.steps);
    let training = options.train.then(|| BackgroundRun::start(options.data)).transpose()?;
    let (mut all, mut motions) = (Vec::new(), Vec::new());
    for motion in Motion::ALL {
        let times = drive(&mut panel, motion, options.frames);
        motions.push(MotionFigures {
            name: motion.label(),
            milliseconds: median(times.clone()),
            p95_milliseconds: quantile(times.clone(), 0.95),
        });
        all.extend(times);
    }
    let figures = PlotFigures {
        milliseconds: median(all.clone()),
        p95_milliseconds: quantile(all, 0.95),
        motions,
        numbers: panel.numbers(),
        vertices: panel.vertices(),
        steps_per_second: training.map(BackgroundRun::stop).transpose()?,
    };
    if json {
        return print_json(&figures);
    }
    for row in &figures.motions {
        let MotionFigures { name, milliseconds, p95_milliseconds } = row;
        print_line(&format!("{name:8}  median {milliseconds:.2} ms, p95 {p95_milliseconds:.2} ms"))?;
    }
    let beside = match figures.steps_per_second {
        Some(rate) => format!(", beside a training run at {rate:.1} steps/s"),
        None => String::new(),
    };
    print_line(&format!(
        "all       median {:.2} ms, p95 {:.2} ms for a frame of 9 plots of {} numbers, {} vertices, not \
         painted{beside}",
        figures.milliseconds, figures.p95_milliseconds, figures.numbers, figures.vertices
    ))
}

/// Milliseconds of each of so many frames, at 60 a second. The first second does not count.
fn drive(panel: &mut PlotPanel, motion: Motion, frames: usize) -> Vec<f64> {
    const WARM_UP: usize = 60;
    let mut times = Vec::with_capacity(frames);
    for frame in 0..frames + WARM_UP {
        let began = Instant::now();
        let took = panel.frame(motion);
        if frame >= WARM_UP {
            times.push(took.as_secs_f64() * 1e3);
        }
        std::thread::sleep(FRAME.saturating_sub(began.elapsed()));
    }
    times
}

/// A training run that goes on meanwhile.
struct BackgroundRun {
    worker: Worker,
    first: usize,
    began: Instant,
    /// Its folder goes with it.
    _training: Training,
}

impl BackgroundRun {
    fn start(data: DataSource) -> Result<Self> {
        let training = Training::new(data, None)?;
        let worker = Worker::spawn(|| ());
        let config = Box::new(TrainConfig { steps: STEPS, ..training.config.clone() });
        let work = Job::Train(TrainOrder { config, out: training.out.clone() });
        worker.send(Request { id: JOB, command: Command::Start(work) });
        let mut beside = Self { worker, first: 0, began: Instant::now(), _training: training };
        while beside.first < FIRST_STEPS {
            beside.first = beside.next_step()?;
        }
        beside.began = Instant::now();
        Ok(beside)
    }

    /// Ends it; steps a second since the start.
    fn stop(self) -> Result<f64> {
        let seconds = self.began.elapsed().as_secs_f64();
        self.worker.send(Request { id: JOB + 1, command: Command::Cancel(JOB) });
        let mut last = self.first;
        loop {
            match self.next()? {
                Event::Job(JobEvent::Steps(reports)) => {
                    last = reports.last().map_or(last, |report| report.step);
                }
                Event::Job(JobEvent::Cancelled) => {
                    return Ok((last - self.first) as f64 / seconds);
                }
                _ => (),
            }
        }
    }

    fn next_step(&self) -> Result<usize> {
        loop {
            if let Event::Job(JobEvent::Steps(reports)) = self.next()?
                && let Some(report) = reports.last()
            {
                return Ok(report.step);
            }
        }
    }

    /// The next event. What would spoil the figures is an error.
    fn next(&self) -> Result<Event> {
        let reply = self.worker.events().recv_timeout(PATIENCE);
        match reply.map_err(|_| Error::Invalid("the worker has stopped unexpectedly".into()))?.event {
            Event::Job(JobEvent::Failed { message }) => Err(Error::Invalid(message)),
            event @ (Event::Stopped | Event::Job(JobEvent::Finished(_))) => unexpected(&event),
            event => Ok(event),
        }
    }
}
