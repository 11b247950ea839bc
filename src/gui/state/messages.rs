//! Messages of the window to a person: banners, the progress of jobs, one line in the status bar.

use std::path::{Path, PathBuf};

use rust_i18n::t;

use super::train::run::RunKey;
use crate::gui::said::said;
use crate::report::RunQuantity;
use crate::text;
use crate::worker::protocol::{JobEvent, JobId, JobResult};

/// Seconds that a line stays in the status bar.
const LINE_SECONDS: f64 = 6.0;
/// Seconds of them in which it fades.
const FADE_SECONDS: f64 = 1.0;
/// Banners kept; the oldest go first.
const MOST_BANNERS: usize = 4;

/// A message for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Severity.
    pub severity: Severity,
    /// A sentence: what happened, to which file, what to do.
    pub message: String,
}

/// Severity of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Something was left out or may surprise.
    Warning,
    /// A request that failed.
    Error,
}

/// A message that stays until it is closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Banner {
    /// The message.
    pub notice: Notice,
    /// Number of times it was said.
    pub times: usize,
    /// Remedy, if there is one.
    pub remedy: Option<Remedy>,
}

/// A remedy behind a button on a banner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Let a run go on.
    Resume(RunKey),
    /// Start the worker again.
    Restart,
    /// Show a folder in the system's file manager.
    Show(PathBuf),
}

/// A job in the status bar.
#[derive(Clone, Debug, PartialEq)]
pub struct JobLine {
    /// Its number.
    pub id: JobId,
    /// As in "Training a VAE".
    pub title: String,
    /// As in "step 1,200 of 30,000".
    pub detail: String,
    /// Part done, in [0, 1]; none while not known.
    pub part: Option<f32>,
    /// Seconds left; none while not known.
    pub seconds_left: Option<f64>,
    /// Whether it was asked to stop.
    pub cancelling: bool,
}

/// Everything that is said to a person.
#[derive(Debug, Default)]
pub struct Messages {
    /// Banners, the newest last.
    pub banners: Vec<Banner>,
    /// Jobs that go on.
    pub jobs: Vec<JobLine>,
    /// Short task of the worker right now.
    pub busy: Option<String>,
    /// Whether the worker is gone.
    pub is_stopped: bool,
    line: Option<(String, f64)>,
    now: f64,
}

impl Messages {
    /// Tells the time, in seconds from any start.
    pub fn tick(&mut self, now: f64) {
        self.now = now;
        if self.line.as_ref().is_some_and(|(_, since)| now - since > LINE_SECONDS) {
            self.line = None;
        }
    }

    /// Shows a line in the status bar for a while.
    pub fn say(&mut self, text: String) {
        self.line = Some((text::line(said(&text)), self.now));
    }

    /// The line in the status bar, its opacity, and the seconds until that changes.
    pub fn line(&self) -> Option<(&str, f32, f64)> {
        let (text, since) = self.line.as_ref()?;
        let left = LINE_SECONDS - (self.now - since);
        let opacity = (left / FADE_SECONDS).clamp(0.0, 1.0) as f32;
        Some((text, opacity, (left - FADE_SECONDS).max(0.0)))
    }

    /// Shows a banner; the same words again are counted.
    pub fn notice(&mut self, notice: Notice) {
        self.banner(notice, None);
    }

    /// Shows an error as a banner.
    pub fn error(&mut self, message: String) {
        self.notice(Notice { severity: Severity::Error, message });
    }

    /// Shows a banner with something that helps.
    pub fn with_remedy(&mut self, notice: Notice, remedy: Remedy) {
        self.banner(notice, Some(remedy));
    }

    /// Takes a remedy away that has been done, or cannot be any more.
    pub fn forget_remedy(&mut self, remedy: Remedy) {
        self.banners.retain(|banner| banner.remedy.as_ref() != Some(&remedy));
    }

    fn banner(&mut self, notice: Notice, remedy: Option<Remedy>) {
        let notice = Notice { message: text::line(said(&notice.message)), ..notice };
        let same = |banner: &&mut Banner| banner.notice == notice && banner.remedy == remedy;
        if let Some(banner) = self.banners.iter_mut().find(same) {
            banner.times += 1;
            return;
        }
        self.banners.push(Banner { notice, times: 1, remedy });
        if self.banners.len() > MOST_BANNERS {
            self.banners.remove(0);
        }
    }

    /// The worker has ended though nobody asked it to.
    pub fn stopped(&mut self) {
        if !self.is_stopped {
            self.is_stopped = true;
            self.busy = None;
            self.jobs.clear();
            let message =
                t!("The worker has stopped. Pictures no longer change until it is started again").into();
            self.with_remedy(Notice { severity: Severity::Error, message }, Remedy::Restart);
        }
    }

    /// News of a job.
    pub fn job(&mut self, id: JobId, event: JobEvent) {
        match event {
            JobEvent::Started { title } => {
                self.jobs.retain(|job| job.id != id);
                let detail = t!("starting").into();
                let (part, seconds_left, cancelling) = (None, None, false);
                let title = text::line(title);
                self.jobs.push(JobLine { id, title, detail, part, seconds_left, cancelling });
            }
            JobEvent::Progress(progress) => self.update(id, |job| {
                let (what, done) = (progress.what, count(progress.done));
                job.detail = match progress.total {
                    0 => t!("%{what} · %{n} found", what = what, n = done).into(),
                    total => t!("%{what} · %{n} of %{all}", what = what, n = done, all = count(total)).into(),
                };
                job.part = (progress.total > 0).then(|| progress.done as f32 / progress.total as f32);
                // Before anything is done nobody knows.
                job.seconds_left = (progress.rate > 0.0).then_some(progress.seconds_left);
            }),
            JobEvent::Steps(steps) => self.update(id, |job| {
                let Some(step) = steps.last() else { return };
                let sparsity = step.sparsity.map(|s| {
                    let activity = RunQuantity::MeanActivity.about().brief(s.mean_activity);
                    let inactive = RunQuantity::InactiveShare.about().brief(s.inactive_share);
                    t!(
                        " · activity %{activity}, %{inactive} inactive",
                        activity = activity,
                        inactive = inactive
                    )
                });
                let (at, all) = (count(step.step), count(step.steps));
                let speed = format!("{:.0}", step.images_per_second);
                let detail =
                    t!("step %{at} of %{all} · %{speed} images/s", at = at, all = all, speed = speed);
                job.detail = format!("{detail}{}", sparsity.unwrap_or_default());
                job.part = (step.steps > 0).then(|| step.step as f32 / step.steps as f32);
                job.seconds_left = Some(step.seconds_left);
            }),
            JobEvent::Validation(_)
            | JobEvent::Run(_)
            | JobEvent::Collapse(_)
            | JobEvent::Pictures(_)
            | JobEvent::Map(_)
            | JobEvent::Prior(_)
            | JobEvent::Sampled { .. }
            | JobEvent::Changed(_)
            | JobEvent::Paused
            | JobEvent::Continued
            | JobEvent::Chapter(_) => {}
            JobEvent::Saved { checkpoint, .. } => {
                self.say(t!("Saved %{files}", files = name(&checkpoint)).into())
            }
            JobEvent::Warning { message } => self.notice(Notice { severity: Severity::Warning, message }),
            JobEvent::Skipped(files) => self.skipped(&files),
            JobEvent::Finished(result) => {
                let title = self.end(id);
                self.say(
                    match result {
                        JobResult::Trained(summary) => {
                            t!("%{job} · done, %{file}", job = title, file = name(&summary.checkpoint))
                        }
                        JobResult::PriorLearned(_)
                        | JobResult::DirectionsFitted(_)
                        | JobResult::CollapseShown(_)
                        | JobResult::Evaluated(_)
                        | JobResult::Surveyed(_)
                        | JobResult::CacheVerified(_)
                        | JobResult::FacesWritten(_)
                        | JobResult::Compared { .. }
                        | JobResult::SetsCompared(_)
                        | JobResult::SamplesMeasured(_)
                        | JobResult::FeaturesWritten(_)
                        | JobResult::CodesWritten(_)
                        | JobResult::CodeSpaceMeasured(_)
                        | JobResult::LectureRepeated(_)
                        | JobResult::ExtractorMeasured(_)
                        | JobResult::DistancesMeasured(_)
                        | JobResult::SmoothnessMeasured(_)
                        | JobResult::ClaimTested(_)
                        | JobResult::AtlasDrawn(_) => t!("%{job} · done", job = title),
                    }
                    .into(),
                );
            }
            JobEvent::Failed { message } => {
                self.end(id);
                self.error(message);
            }
            JobEvent::Cancelled => {
                let title = self.end(id);
                self.say(t!("%{job} · cancelled", job = title).into());
            }
        }
    }

    fn skipped(&mut self, files: &[crate::worker::protocol::SkippedFile]) {
        let Some(first) = files.first() else { return };
        let message = match files.len() {
            1 => t!("%{file} was left out, %{why}", file = first.path.display(), why = first.reason),
            n => t!(
                "%{n} files were left out, %{file} first, %{why}",
                n = count(n),
                file = first.path.display(),
                why = first.reason
            ),
        };
        self.notice(Notice { severity: Severity::Warning, message: message.into() });
    }

    fn update(&mut self, id: JobId, change: impl FnOnce(&mut JobLine)) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) {
            change(job);
        }
    }

    /// A job is over, and what there is to say about it is said elsewhere.
    pub fn ended(&mut self, id: JobId) {
        self.end(id);
    }

    fn end(&mut self, id: JobId) -> String {
        let title = self.jobs.iter().find(|job| job.id == id).map(|job| job.title.clone());
        self.jobs.retain(|job| job.id != id);
        title.unwrap_or_else(|| t!("Job").into())
    }
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// A number with separated thousands, as in "12,400".
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time to wait, as in "8 min left".
pub fn time_left(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() || s < 0.0 => String::new(),
        s if s < 90.0 => t!("%{time} s left", time = format!("{s:.0}")).into(),
        s if s < 5400.0 => t!("%{time} min left", time = format!("{:.0}", s / 60.0)).into(),
        s => t!("%{time} h left", time = format!("{:.1}", s / 3600.0)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_told_is_short_and_plain() {
        let long = format!("a\u{1b}[31m.tif: {} copy it again", "0, ".repeat(90_000));
        let mut messages = Messages::default();
        messages.error(long.clone());
        messages.say(long.clone());
        messages.job(1, JobEvent::Started { title: long });
        let line = messages.line().map(|(text, ..)| text.to_owned());
        let told =
            [messages.banners[0].notice.message.clone(), line.unwrap(), messages.jobs[0].title.clone()];
        for text in told {
            assert!(
                text.chars().count() <= 800 && text.ends_with("copy it again"),
                "{} characters",
                text.len()
            );
            assert!(text.starts_with("a\\u{1b}[31m.tif: "), "{text}");
        }
    }
}
