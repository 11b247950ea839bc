//! `morphospace bench latency`: how long a moved slider waits for its picture, with the worker at rest
//! and with a training run beside it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use serde::Serialize;

use super::figures::{median, quantile};
use super::training::Training;
use crate::cli::output::{print_json, print_line, unexpected};
use crate::config::{DataSource, TrainConfig};
use crate::error::{Error, Result};
use crate::remote::link::{Launcher, RemoteWorker};
use crate::worker::protocol::*;
use crate::worker::{Worker, shipped_models};

/// A slider in motion asks once a frame.
const FRAME: Duration = Duration::from_micros(16_667);
/// Nothing takes this long unless something is broken.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than will be done; the run is cancelled.
const STEPS: usize = 1_000_000;
/// Steps before the clock runs, so that the training is under way.
const FIRST_STEPS: usize = 5;

#[derive(clap::Args)]
pub struct Options {
    /// Images to train on
    #[arg(long, value_name = "DIR", default_value = "builtin:faces")]
    data: DataSource,
    /// Seconds to move a slider for, each time
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Train on another computer, by a command that leads to `morphospace serve --stdio`; the images lie there
    #[arg(long, value_name = "COMMAND")]
    remote_command: Option<String>,
}

#[derive(Serialize)]
struct Latency {
    /// From sending a move to receiving its picture (or a newer one), median, nothing else going on.
    idle_milliseconds: f64,
    /// The 95th percentile.
    idle_p95_milliseconds: f64,
    /// Median of a direction with nine others set, at rest; none for a model without directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    directions_milliseconds: Option<f64>,
    /// The 95th percentile.
    #[serde(skip_serializing_if = "Option::is_none")]
    directions_p95_milliseconds: Option<f64>,
    /// Median while the default VAE trains on all cores.
    training_milliseconds: f64,
    /// 95 of 100 being faster.
    training_p95_milliseconds: f64,
    /// Of the training, meanwhile.
    steps_per_second: f64,
    /// Events of the run that came over the line meanwhile; none without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    events_per_second: Option<f64>,
    /// Bytes of all that came.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_second: Option<f64>,
    /// Moves each time.
    moves: usize,
}

/// Drives the worker as Explore does with the shipped model: at 60 moves a second it asks for the one
/// picture in the explorer's slot.
pub fn run(options: Options, json: bool) -> Result<()> {
    let remote = options.remote_command.is_some();
    // There the run reads its images itself.
    let source = if remote { DataSource::BuiltinFaces } else { options.data.clone() };
    let training = Training::new(source, None)?;
    let mut slider = Slider::open(options.remote_command)?;
    let moves = (Duration::from_secs(options.seconds).as_secs_f64() / FRAME.as_secs_f64()) as usize;
    let idle = slider.drive(moves, Moved::Dimension)?;
    let has_directions = !slider.model.directions.is_empty();
    let edits = has_directions.then(|| slider.drive(moves, Moved::Direction)).transpose()?;

    let mut config = Box::new(TrainConfig { steps: STEPS, ..training.config.clone() });
    config.dataset.source = options.data;
    let out = slider.link.folder_for_run(&training.out)?;
    let work = Job::Train(TrainOrder { config, out });
    let job = slider.ask(Command::Start(work));
    let (first, began) = slider.wait(|event| step_of(event).filter(|step| *step >= FIRST_STEPS))?;
    let (before, since) = (slider.link.received(), Instant::now());
    slider.events = 0;
    let busy = slider.drive(moves, Moved::Dimension)?;
    let (events, seconds) = (slider.events, since.elapsed().as_secs_f64());
    let bytes = slider.link.received() - before;
    // However slow the machine, one more has been done by then.
    let (last, ended) = slider.wait(step_of)?;
    slider.ask(Command::Cancel(job));
    slider.wait(|event| matches!(event, Event::Job(JobEvent::Cancelled)).then_some(()))?;

    let figures = Latency {
        idle_milliseconds: median(idle.clone()),
        idle_p95_milliseconds: quantile(idle, 0.95),
        directions_milliseconds: edits.clone().map(median),
        directions_p95_milliseconds: edits.map(|edits| quantile(edits, 0.95)),
        training_milliseconds: median(busy.clone()),
        training_p95_milliseconds: quantile(busy, 0.95),
        steps_per_second: (last - first) as f64 / (ended - began).as_secs_f64(),
        events_per_second: remote.then_some(events as f64 / seconds),
        bytes_per_second: remote.then_some(bytes as f64 / seconds),
        moves,
    };
    if json {
        return print_json(&figures);
    }
    print_line(&format!(
        "idle      median {:.2} ms, p95 {:.2} ms",
        figures.idle_milliseconds, figures.idle_p95_milliseconds
    ))?;
    if let (Some(median), Some(p95)) = (figures.directions_milliseconds, figures.directions_p95_milliseconds)
    {
        print_line(&format!("direction median {median:.2} ms, p95 {p95:.2} ms, with nine others set"))?;
    }
    print_line(&format!(
        "training  median {:.2} ms, p95 {:.2} ms, at {:.1} steps/s ({moves} moves each)",
        figures.training_milliseconds, figures.training_p95_milliseconds, figures.steps_per_second
    ))?;
    if let (Some(events), Some(bytes)) = (figures.events_per_second, figures.bytes_per_second) {
        print_line(&format!("line      {events:.1} events/s of the run, {:.1} kB/s in all", bytes / 1e3))?;
    }
    Ok(())
}

fn silent() -> Error {
    Error::Invalid(format!("the worker has said nothing for {} s", PATIENCE.as_secs()))
}

/// The step that an event tells of.
fn step_of(event: &Event) -> Option<usize> {
    match event {
        Event::Job(JobEvent::Steps(reports)) => Some(reports.last()?.step),
        _ => None,
    }
}

/// Object of a slider.
#[derive(Clone, Copy)]
enum Moved {
    /// The dimension that changes the picture most.
    Dimension,
    /// A direction, nine others being set.
    Direction,
}

/// The way to a worker.
enum Link {
    Here(Worker),
    Far(Box<RemoteWorker>),
}

impl Link {
    fn send(&self, request: Request) {
        match self {
            Link::Here(worker) => worker.send(request),
            Link::Far(worker) => worker.send(request),
        }
    }

    fn events(&self) -> &Receiver<Reply> {
        match self {
            Link::Here(worker) => worker.events(),
            Link::Far(worker) => worker.events(),
        }
    }

    /// Bytes that have come over the line.
    fn received(&self) -> u64 {
        match self {
            Link::Here(_) => 0,
            Link::Far(worker) => worker.traffic().0,
        }
    }

    fn folder_for_run(&self, here: &Path) -> Result<PathBuf> {
        match self {
            Link::Here(_) => Ok(here.to_owned()),
            Link::Far(worker) => Ok(worker.files().scratch()?.join("run")),
        }
    }
}

/// A worker with the shipped model, and the dimension of it that changes the picture most.
struct Slider {
    link: Link,
    /// Events of jobs since this was last set to nothing.
    events: usize,
    model: ModelInfo,
    dim: usize,
    request: RequestId,
}

impl Slider {
    fn open(remote: Option<String>) -> Result<Self> {
        let link = match remote {
            Some(command) => Link::Far(Box::new(RemoteWorker::connect(Launcher::Command(command), || ())?)),
            None => Link::Here(Worker::spawn(|| ())),
        };
        let name = shipped_models().first().copied().unwrap_or_default();
        let command = Command::OpenModel(ModelSource::Shipped(name.into()));
        link.send(Request { id: 1, command });
        let model = loop {
            match link.events().recv_timeout(PATIENCE).map(|reply| reply.event) {
                Ok(Event::ModelOpened(model)) => break *model,
                Ok(Event::Busy { .. } | Event::Idle | Event::Device(_)) => (),
                other => return unexpected(&other),
            }
        };
        let dim = model.latent.by_effect().first().copied().unwrap_or_default();
        let is_here = |link: &Link| match link {
            Link::Here(_) => true,
            Link::Far(worker) => worker.answers_here(model.id),
        };
        let begun = Instant::now();
        while !is_here(&link) {
            if begun.elapsed() > PATIENCE {
                return Err(silent());
            }
            std::thread::sleep(FRAME);
        }
        Ok(Self { link, events: 0, model, dim, request: 1 })
    }

    /// Sends `moves` moves, one a frame, and waits for their pictures: milliseconds for each. A move whose
    /// question a newer one replaced is answered by the newer picture.
    fn drive(&mut self, moves: usize, moved: Moved) -> Result<Vec<f64>> {
        let mut milliseconds = Vec::with_capacity(moves);
        let mut waiting = VecDeque::new();
        let began = Instant::now();
        let mut sent = 0;
        while sent < moves || !waiting.is_empty() {
            let due = began + FRAME * sent as u32;
            if sent < moves && Instant::now() >= due {
                let asked = Instant::now();
                waiting.push_back((self.move_to(sent, moved), asked));
                sent += 1;
                continue;
            }
            let reply = match self.next(if sent < moves { due } else { Instant::now() + PATIENCE })? {
                Some(reply) => reply,
                None if sent < moves => continue,
                None => return Err(silent()),
            };
            let Reply { to: Some(answered), event: Event::Answered { .. } } = reply else { continue };
            while let Some((_, asked)) = waiting.pop_front_if(|(request, _)| *request <= answered) {
                milliseconds.push(asked.elapsed().as_secs_f64() * 1e3);
            }
        }
        Ok(milliseconds)
    }

    /// Asks for the picture of the slider's position in this frame: there and back in four seconds.
    fn move_to(&mut self, frame: usize, moved: Moved) -> RequestId {
        let LatentInfo { center, scale, .. } = &self.model.latent;
        let mut code = center.clone();
        let phase = frame as f32 * FRAME.as_secs_f32() * std::f32::consts::TAU / 4.0;
        let (model, position) = (self.model.id, 3.0 * phase.sin());
        let query = match moved {
            Moved::Dimension => {
                code[self.dim] += position * scale[self.dim];
                Query::Decode { model, codes: vec![code] }
            }
            Moved::Direction => {
                let mut offset = vec![0.0; code.len()];
                let directions = self.model.directions.iter().cycle().take(10).enumerate();
                for (at, direction) in directions {
                    let amount = if at == 0 { position } else { 0.3 };
                    offset.iter_mut().zip(&direction.vector).for_each(|(sum, v)| *sum += amount * v);
                }
                Query::Edit { model, from: code, offsets: vec![offset] }
            }
        };
        self.ask(Command::Ask { slot: Slot::Explore, query })
    }

    fn ask(&mut self, command: Command) -> RequestId {
        self.request += 1;
        self.link.send(Request { id: self.request, command });
        self.request
    }

    /// Reads events until `pick` finds what it waits for; and when that was.
    fn wait<T>(&mut self, pick: impl Fn(&Event) -> Option<T>) -> Result<(T, Instant)> {
        loop {
            let reply = self.next(Instant::now() + PATIENCE)?.ok_or_else(silent)?;
            if let Some(found) = pick(&reply.event) {
                return Ok((found, Instant::now()));
            }
        }
    }

    /// The next reply, or none by that time. What would spoil the figures is an error.
    fn next(&mut self, until: Instant) -> Result<Option<Reply>> {
        let reply = match self.link.events().recv_deadline(until) {
            Ok(reply) => reply,
            Err(error) if error.is_timeout() => return Ok(None),
            Err(_) => return Err(Error::Invalid("the worker has stopped unexpectedly".into())),
        };
        self.events += usize::from(matches!(reply.event, Event::Job(_)));
        match reply.event {
            Event::Failed { message } | Event::Job(JobEvent::Failed { message }) => {
                Err(Error::Invalid(message))
            }
            Event::Stopped | Event::Job(JobEvent::Finished(_)) => unexpected(&reply.event),
            _ => Ok(Some(reply)),
        }
    }
}
