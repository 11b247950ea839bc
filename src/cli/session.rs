//! A conversation with the worker: one command out, its events in, until it is answered.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::alignment::PhotoOptions;
use super::output::{print_error, unexpected};
use crate::config::{Change, DeviceConfig, ImportedConfig, Noise, WalkPlan};
use crate::error::{Error, Result};
use crate::ranks::joined;
use crate::report::RunQuantity;
use crate::report::quantities::{PIXELS, PSNR, RE};
use crate::signals;
use crate::table::{Measure, Quantity};
use crate::text;
use crate::worker::Worker;
use crate::worker::protocol::*;

/// Interval at which Ctrl-C is looked at while nothing else happens.
const POLL: Duration = Duration::from_millis(50);
/// Files that are named of those that could not be used.
const MOST_NAMED: usize = 20;

/// A worker of one's own and a progress bar on stderr.
pub struct WorkerClient {
    worker: Worker,
    bar: ProgressBar,
    /// The number of the last request.
    last: RequestId,
    /// Device of jobs, once that was told.
    device: Option<String>,
}

impl WorkerClient {
    /// Starts the worker's threads.
    pub fn start() -> Self {
        if let Err(error) = signals::listen(|| ()) {
            print_error(&format!("Ctrl-C will not save: {error}"));
        }
        let target = match joined().is_first() {
            true => ProgressDrawTarget::stderr_with_hz(10),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        Self { worker: Worker::spawn(|| ()), bar, last: 0, device: None }
    }

    /// Starts the worker's threads, and has jobs computed on this.
    pub fn on(device: DeviceConfig) -> Self {
        let mut session = Self::start();
        session.send(Command::ComputeOn(device));
        session
    }

    /// Runs a job to its end with a progress bar.
    pub fn job(&mut self, work: Job) -> Result<JobResult> {
        let when_stopped = when_stopped(&work);
        let job = self.send(Command::Start(work));
        let mut cancelled = false;
        loop {
            if signals::are_heard() && !cancelled {
                cancelled = true;
                self.send(Command::Cancel(job));
                self.say(when_stopped);
                signals::let_hurry();
            }
            let Some(Reply { to, event }) = self.next()? else { continue };
            match event {
                Event::Job(event) if to == Some(job) => match event {
                    JobEvent::Finished(result) => {
                        self.bar.finish_and_clear();
                        return Ok(result);
                    }
                    JobEvent::Failed { message } => {
                        self.bar.finish_and_clear();
                        return Err(Error::Invalid(message));
                    }
                    JobEvent::Cancelled => {
                        self.bar.finish_and_clear();
                        return Err(Error::Cancelled);
                    }
                    event => self.show(&event),
                },
                Event::Failed { message } => self.say(&message),
                Event::Device(report) => self.show_device(report),
                _ => (),
            }
        }
    }

    /// Looks into the cache of data sets or clears it.
    pub fn cache(&mut self, request: CacheRequest) -> Result<CacheReport> {
        self.answer(Command::Cache(request), |event| match event {
            Event::Cache(report) => Some(report),
            _ => None,
        })
    }

    /// Reads the past of the run in a folder.
    pub fn open_run(&mut self, folder: &Path) -> Result<RunHistory> {
        self.answer(Command::OpenRun(folder.to_owned()), |event| match event {
            Event::RunOpened(history) => Some(*history),
            _ => None,
        })
    }

    /// Reads the settings and last numbers of the runs in a folder.
    pub fn open_runs(&mut self, folder: &Path) -> Result<RunSet> {
        self.answer(Command::OpenRuns(folder.to_owned()), |event| match event {
            Event::RunsOpened(set) => Some(*set),
            _ => None,
        })
    }

    /// Opens the model in a checkpoint file or a run's folder, or a shipped one by its name.
    pub fn open_model(&mut self, checkpoint: &Path) -> Result<ModelInfo> {
        self.answer(Command::OpenModel(ModelSource::File(checkpoint.to_owned())), |event| match event {
            Event::ModelOpened(info) => Some(*info),
            _ => None,
        })
    }

    /// Asks how a model of another program is read.
    pub fn propose_import(&mut self, files: Vec<PathBuf>) -> Result<ImportProposal> {
        self.answer(Command::ProposeImport(files), |event| match event {
            Event::ImportProposed(proposal) => Some(*proposal),
            _ => None,
        })
    }

    /// Shows a model of another program as a reading has it.
    pub fn preview_import(&mut self, file: PathBuf, config: ImportedConfig) -> Result<ImportProposal> {
        self.answer(Command::PreviewImport { file, config: Box::new(config) }, |event| match event {
            Event::ImportProposed(proposal) => Some(*proposal),
            _ => None,
        })
    }

    /// Remembers a reading for its file.
    pub fn keep_import(&mut self, file: PathBuf, config: ImportedConfig) -> Result<()> {
        let command = Command::KeepImport { file, config: Box::new(config) };
        self.answer(command, |event| matches!(event, Event::ImportKept(_)).then_some(()))
    }

    /// Solves the flow of a model's prior in so many steps.
    pub fn solve_in(&mut self, model: ModelId, steps: usize) -> Result<()> {
        self.answer(Command::SolveIn { model, steps }, |event| matches!(event, Event::Solving).then_some(()))
    }

    /// Opens an image file; faces are sought if the options want it.
    pub fn open_photo_for(&mut self, path: &Path, options: PhotoOptions) -> Result<PhotoInfo> {
        self.send(Command::FindFaces(options.finds_faces()));
        self.open_photo(path)
    }

    /// Opens an image file.
    pub fn open_photo(&mut self, path: &Path) -> Result<PhotoInfo> {
        self.answer(Command::OpenPhoto(path.to_owned()), |event| match event {
            Event::PhotoOpened(info) => Some(info),
            _ => None,
        })
    }

    /// Reads a walk file.
    pub fn open_walk(&mut self, path: &Path) -> Result<WalkPlan> {
        self.answer(Command::OpenWalk(path.to_owned()), |event| match event {
            Event::WalkOpened(plan) => Some(*plan),
            _ => None,
        })
    }

    /// Reads a code from a file.
    pub fn read_code(&mut self, path: &Path) -> Result<Vec<f32>> {
        self.answer(Command::ReadCode(path.to_owned()), |event| match event {
            Event::CodeRead(code) => Some(code),
            _ => None,
        })
    }

    /// Asks a question.
    pub fn ask(&mut self, slot: Slot, query: Query) -> Result<Answer> {
        self.answer(Command::Ask { slot, query }, |event| match event {
            Event::Answered { answer, .. } => Some(answer),
            _ => None,
        })
    }

    /// The pictures of an answer.
    pub fn ask_images(&mut self, slot: Slot, query: Query) -> Result<Vec<crate::ImageBuf>> {
        match self.ask(slot, query)? {
            Answer::Images(images) => Ok(images),
            Answer::Samples { images, .. } => Ok(images),
            Answer::Reconstruction(r) => Ok(vec![r.output]),
            Answer::Film(film) => Ok(film.images),
            other => unexpected(&other),
        }
    }

    /// A part of a photo through models.
    pub fn reconstruct(
        &mut self,
        models: &[ModelId],
        path: &Path,
        options: PhotoOptions,
        noise: Option<Noise>,
    ) -> Result<(Vec<Reconstruction>, Crop)> {
        let info = self.open_photo_for(path, options)?;
        let (photo, crop) = (info.id, options.crop_of(&info));
        let through = |model: &ModelId| {
            let query = Query::Reconstruct { model: *model, photo, crop, noise };
            match self.ask(Slot::Reconstruct(*model), query)? {
                Answer::Reconstruction(reconstruction) => Ok(*reconstruction),
                other => unexpected(&other),
            }
        };
        let found = models.iter().map(through).collect::<Result<Vec<_>>>();
        // There may be thousands.
        self.send(Command::ClosePhoto(photo));
        Ok((found?, crop))
    }

    /// Seeks the code of a photo in a model, with a progress bar.
    pub fn invert(
        &mut self,
        model: ModelId,
        path: &Path,
        options: PhotoOptions,
        config: InversionConfig,
    ) -> Result<InversionProgress> {
        let info = self.open_photo_for(path, options)?;
        let (photo, crop) = (info.id, options.crop_of(&info));
        let query = Query::Invert { model, photo, crop, noise: None, config };
        let bar = self.bar.clone();
        let answer = self.answer(Command::Ask { slot: Slot::Invert(model), query }, |event| match event {
            Event::Answered { answer: Answer::Inversion(news), .. } => {
                bar.set_style(style("step {pos}/{len} {wide_bar} {msg}"));
                bar.set_length(news.steps as u64);
                bar.set_position(news.step as u64);
                bar.set_message(format!("RE {}", RE.shown(news.metrics.re)));
                news.is_finished().then_some(*news)
            }
            _ => None,
        });
        self.bar.finish_and_clear();
        self.send(Command::ClosePhoto(photo));
        answer
    }

    /// Reads a file of directions for a model.
    pub fn open_directions(&mut self, model: ModelId, file: &Path) -> Result<DirectionSet> {
        let command = Command::OpenDirections { model, file: file.to_owned() };
        self.answer(command, |event| match event {
            Event::DirectionsOpened { set, .. } => Some(*set),
            _ => None,
        })
    }

    /// Keeps directions with a model.
    pub fn save_directions(&mut self, model: ModelId, directions: Vec<Direction>) -> Result<PathBuf> {
        only(self.files(Command::SaveDirections { model, directions })?)
    }

    /// Writes a file.
    pub fn export(&mut self, export: Export) -> Result<PathBuf> {
        only(self.export_all(export)?)
    }

    /// Writes all files of an export.
    pub fn export_all(&mut self, export: Export) -> Result<Vec<PathBuf>> {
        self.files(Command::Export(export))
    }

    fn files(&mut self, command: Command) -> Result<Vec<PathBuf>> {
        self.answer(command, |event| match event {
            Event::FilesWritten { files } => Some(files),
            _ => None,
        })
    }

    /// Sends a command. Returns its number.
    fn send(&mut self, command: Command) -> RequestId {
        self.last += 1;
        self.worker.send(Request { id: self.last, command });
        self.last
    }

    /// Sends a command and reads replies to it until `pick` finds what it waits for, or it has failed. What else
    /// fails meanwhile is said.
    fn answer<T>(&mut self, command: Command, pick: impl Fn(Event) -> Option<T>) -> Result<T> {
        let request = self.send(command);
        loop {
            if signals::are_heard() {
                // Nothing of it is kept.
                signals::let_hurry();
                return Err(Error::Cancelled);
            }
            match self.next()? {
                Some(Reply { to, event }) if to == Some(request) => match event {
                    Event::Failed { message } => return Err(Error::Invalid(message)),
                    Event::Warning { message } => self.say(&message),
                    event => {
                        if let Some(found) = pick(event) {
                            return Ok(found);
                        }
                    }
                },
                Some(Reply { event: Event::Failed { message }, .. }) => print_error(&message),
                Some(_) | None => (),
            }
        }
    }

    fn next(&self) -> Result<Option<Reply>> {
        match self.worker.events().recv_timeout(POLL) {
            Ok(Reply { event: Event::Stopped, .. }) | Err(RecvTimeoutError::Disconnected) => {
                Err(Error::Invalid("the worker has stopped unexpectedly".into()))
            }
            Ok(reply) => Ok(Some(reply)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
        }
    }

    /// A line above the progress bar, or just a line where stderr is no terminal.
    fn say(&self, text: &str) {
        use std::io::Write;
        if !joined().is_first() {
            return;
        }
        let text = text::line(text);
        if self.bar.is_hidden() {
            // Nobody may listen any more; the work goes on.
            let _ = writeln!(std::io::stderr(), "{text}");
        } else {
            self.bar.println(&text);
        }
    }

    /// The card that is used, or why none is, the first time that it is told.
    fn show_device(&mut self, report: DeviceReport) {
        let is_new = self.device.as_ref() != Some(&report.name);
        if let Some(note) = &report.note {
            self.say(note);
        } else if is_new && report.threads.is_none() && report.problem.is_none() {
            self.say(&format!("Computing on {}", report.name));
        }
        self.device = Some(report.name);
    }

    /// Text of an event, on stderr.
    fn show(&mut self, event: &JobEvent) {
        let bar = &self.bar;
        match event {
            JobEvent::Started { title } => self.say(title),
            JobEvent::Progress(progress) if progress.total == 0 => {
                bar.set_style(style("{msg} {pos} found"));
                bar.set_position(progress.done as u64);
                bar.set_message(text::line(&progress.what));
            }
            JobEvent::Progress(progress) => {
                bar.set_style(style("{msg} {wide_bar} {pos}/{len}"));
                bar.set_length(progress.total as u64);
                bar.set_position(progress.done as u64);
                // No rate yet means no estimate yet.
                let left = if progress.rate > 0.0 { time_left(progress.seconds_left) } else { String::new() };
                bar.set_message(format!("{}{left}", progress.what));
            }
            JobEvent::Steps(reports) => {
                let Some(report) = reports.last() else { return };
                bar.set_style(style("step {pos}/{len} {wide_bar} {msg}"));
                bar.set_length(report.steps as u64);
                bar.set_position(report.step as u64);
                let sparsity = report.sparsity.map(|s| format!(" · {}", sparsity_words(&s)));
                bar.set_message(format!(
                    "loss {:.2}{} · {:.0} images/s{}",
                    report.loss,
                    sparsity.unwrap_or_default(),
                    report.images_per_second,
                    time_left(report.seconds_left),
                ));
            }
            JobEvent::Validation(report) => self.say(&validation_line(report)),
            JobEvent::Prior(news) => {
                let PriorProgress { step, loss, validation_loss, .. } = &**news;
                self.say(&format!("step {step:>7}  loss {loss:.4}  on held-out codes {validation_loss:.4}"));
            }
            JobEvent::Saved { checkpoint, step } => {
                self.say(&format!("step {step:>7}  saved {}", checkpoint.display()));
            }
            JobEvent::Chapter(Chapter { title, text, .. }) => self.say(&format!("{title}. {text}")),
            JobEvent::Changed(Change { step, adjustment }) => {
                self.say(&format!("step {step:>7}  {adjustment}"))
            }
            JobEvent::Paused => self.say("held"),
            JobEvent::Continued => self.say("goes on"),
            JobEvent::Warning { message } => self.say(message),
            JobEvent::Skipped(files) => {
                let files_word = if files.len() == 1 { "file" } else { "files" };
                self.say(&format!("{} {files_word} could not be used:", files.len()));
                for file in files.iter().take(MOST_NAMED) {
                    self.say(&format!("  {}: {}", file.path.display(), file.reason));
                }
                if files.len() > MOST_NAMED {
                    self.say(&format!("  and {} more", files.len() - MOST_NAMED));
                }
            }
            JobEvent::Run(_)
            | JobEvent::Collapse(_)
            | JobEvent::Map(_)
            | JobEvent::Pictures(_)
            | JobEvent::Sampled { .. } => (),
            JobEvent::Finished(_) | JobEvent::Failed { .. } | JobEvent::Cancelled => (),
        }
    }
}

/// The file that was written.
fn only(files: Vec<PathBuf>) -> Result<PathBuf> {
    match <[PathBuf; 1]>::try_from(files) {
        Ok([file]) => Ok(file),
        Err(files) => unexpected(&files),
    }
}

/// Sentence when a job is asked to stop.
fn when_stopped(work: &Job) -> &'static str {
    match work {
        Job::Train(_)
        | Job::Resume(_)
        | Job::Fork(_)
        | Job::LearnPrior(_)
        | Job::DemonstrateCollapse(_)
        | Job::RepeatLecture(_) => "saving…; press Ctrl-C again to lose what was done since the last save",
        _ => "stopping…; press Ctrl-C again to stop at once",
    }
}

/// The terms that apply, then the metrics.
fn validation_line(report: &ValidationReport) -> String {
    let ValidationReport { step, loss, kl, sparsity, metrics, noisy_input, .. } = report;
    let mut line = format!("step {step:>7}  validation loss {loss:>8.2}");
    if *kl > 0.0 {
        line += &format!("  KL {kl:>6.2} nats");
    }
    if let Some(sparsity) = sparsity {
        line += &format!("  {}", sparsity_words(sparsity));
    }
    for Measure { quantity, read } in PIXELS {
        let Quantity { label, unit, .. } = quantity;
        line += format!("  {label} {} {unit}", quantity.shown(read(metrics))).trim_end();
        if let Some(noisy) = noisy_input.as_ref().filter(|_| quantity.column == PSNR.column) {
            line += &format!(" (noisy input {})", quantity.shown(noisy.psnr));
        }
    }
    line + &format!("  ({} images)", metrics.n)
}

/// As in "activity 0.052, 87 % inactive".
fn sparsity_words(sparsity: &SparsityReport) -> String {
    let activity = RunQuantity::MeanActivity.about().brief(sparsity.mean_activity);
    let inactive = RunQuantity::InactiveShare.about().brief(sparsity.inactive_share);
    format!("activity {activity}, {inactive} inactive")
}

/// As in " · 8 minutes left".
fn time_left(seconds: f64) -> String {
    format!(" · {} left", HumanDuration(Duration::try_from_secs_f64(seconds).unwrap_or_default()))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_that_of_its_own_request_only() {
        let mut session = WorkerClient::start();
        session.send(Command::OpenPhoto("/nowhere/other.png".into()));
        session.send(Command::OpenRun("/nowhere/run".into()));
        let name = crate::worker::shipped_models()[0];
        let model = session.open_model(Path::new(name)).unwrap().id;
        session.send(Command::CloseModel(model));
        let error = session.open_photo(Path::new("/nowhere/own.png")).unwrap_err().to_string();
        assert!(error.contains("own.png"), "{error}");
    }
}
