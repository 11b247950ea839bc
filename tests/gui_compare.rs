//! The Compare screen, found by role and label: with a real worker on tiny data, and with a worker's events fed
//! by hand; no display, no GPU.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use morphospace::config::{DataSource, ExtractorSource, ModelConfig, ModelKind, Split, defaults};
use morphospace::features::FeatureSet;
use morphospace::gui::app::{App, WorkerLink};
use morphospace::gui::cli_line;
use morphospace::gui::state::compare::{Compare, Mode};
use morphospace::gui::state::{Screen, Settings, State};
use morphospace::metrics::features::Features;
use morphospace::report::{CopyCheck, CopySpace, LatentInfo, PixelMetrics};
use morphospace::worker::Worker;
use morphospace::worker::protocol::{
    Command, ComparisonOrder, EvaluationOrder, EvaluationRow, Event, Job, JobEvent, JobId, JobResult,
    ModelInfo, ModelSource, Progress, Reply, Request, SampleRow, SamplesOrder, SetMetrics,
};

use dropped::Dropped;

const PATIENCE: Duration = Duration::from_secs(120);

/// A window on the Compare screen.
struct Window {
    harness: Harness<'static, App>,
}

impl Window {
    fn open(
        connect: impl FnMut() -> WorkerLink + 'static,
        models: &'static [&'static str],
        paths: Vec<PathBuf>,
    ) -> Self {
        let build = move |context: &mut eframe::CreationContext<'static>| {
            let mut app = App::new(&context.egui_ctx, connect, models, paths);
            app.apply_settings(&context.egui_ctx, Settings::default());
            app
        };
        let harness = Harness::builder().with_size(egui::vec2(1280.0, 800.0)).build_eframe(build);
        let mut window = Window { harness };
        dropped::look(&mut window.harness);
        window.key(Key::Num6);
        assert_eq!(window.state().screen, Screen::Compare);
        window
    }

    /// A window with a worker of its own.
    fn with_worker(paths: Vec<PathBuf>) -> Self {
        let connect = || {
            let worker = Worker::spawn(|| ());
            WorkerLink::here(worker)
        };
        Self::open(connect, &[], paths)
    }

    fn state(&self) -> &State {
        self.harness.state().state()
    }

    fn compare(&self) -> &Compare {
        &self.state().compare
    }

    fn key(&mut self, key: Key) {
        self.harness.key_press_modifiers(Modifiers::NONE, key);
        self.harness.run_steps(3);
    }

    fn click(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).click();
        self.harness.run_steps(3);
    }

    fn drop(&mut self, paths: &[&Path]) {
        for path in paths {
            let dropped: egui::DroppedFileHandle = Arc::new(Dropped(path.to_path_buf()));
            self.harness.input_mut().dropped_files.push(dropped);
        }
        dropped::look(&mut self.harness);
    }

    fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label_contains(label).next().is_some()
    }

    fn is_disabled(&self, label: &str) -> bool {
        self.harness.get_by_role_and_label(Role::Button, label).accesskit_node().is_disabled()
    }

    /// The rows as they are read aloud, from the top.
    fn rows(&self) -> Vec<String> {
        let rows = self.harness.query_all_by_role(Role::Row);
        rows.filter_map(|row| row.accesskit_node().label().map(|label| label.to_string())).collect()
    }

    /// Lets time pass until the worker has brought it about.
    fn until(&mut self, what: &str, wanted: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(self.state()) {
            let banners = &self.state().messages.banners;
            assert!(Instant::now() < deadline, "waited in vain for {what}; {banners:?}");
            std::thread::sleep(Duration::from_millis(5));
            self.harness.run_steps(1);
        }
        self.harness.run_steps(2);
    }

    /// The text on the clipboard after a click.
    fn copied(&mut self, label: &str) -> String {
        self.harness.get_by_role_and_label(Role::Button, label).click();
        for _ in 0..3 {
            self.harness.run_steps(1);
            let commands = &self.harness.output().platform_output.commands;
            for command in commands {
                if let egui::OutputCommand::CopyText(text) = command {
                    return text.clone();
                }
            }
        }
        panic!("{label} copies nothing");
    }
}

/// Output of the program for a line that was copied.
fn output_of(line: &str) -> serde_json::Value {
    let program = env!("CARGO_BIN_EXE_morphospace");
    let line = line.replacen("morphospace", &format!("'{program}'"), 1);
    let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn models_are_measured_and_the_copied_line_finds_the_same() {
    let data = pictures::folder_of_pictures(24);
    let runs = tempfile::tempdir().unwrap();
    let run = |name: &str, more: &[&str]| {
        let out = runs.path().join(name);
        morphospace::train::train(&settings::config(data.path(), more), &out, &mut ()).unwrap();
        out
    };
    let better = run("better", &["--steps", "40", "--model", "ae"]);
    let worse = run("worse", &["--steps", "2"]);
    let mut window = Window::with_worker(vec![worse.clone(), better.clone()]);
    window.until("two models", |state| state.models.len() == 2);
    // A folder that is dropped here is measured on, not trained on.
    window.drop(&[data.path()]);
    assert_eq!(window.state().screen, Screen::Compare);
    assert_eq!(window.compare().form.data, DataSource::Folder(data.path().to_owned()));
    window.click(Role::ComboBox, "Split");
    window.click(Role::Button, "All");
    assert_eq!(window.compare().form.split, Split::All);
    window.click(Role::RadioButton, "None");
    window.click(Role::Button, "Measure");
    window.until("the table", |state| state.compare.pixels.is_some());
    assert!(window.has("Mean over 24 images, all of"), "it says what was measured");
    let name = |row: &str| row.split(", ").next().unwrap().to_owned();
    let rows = window.rows();
    assert_eq!(rows.len(), 2, "{rows:?}");
    let (first, second) = (name(&rows[0]), name(&rows[1]));
    assert!(rows[1].contains("RE 0.") && rows[1].matches("(best)").count() >= 2, "{rows:?}");
    assert_eq!(rows.concat().matches("(best)").count(), 3, "one a column: {rows:?}");

    window.click(Role::Button, "PSNR (dB), higher is better");
    assert_eq!(name(&window.rows()[0]), second, "best first");
    window.click(Role::Button, "PSNR (dB), higher is better");
    assert_eq!(name(&window.rows()[0]), first, "and the other way round");
    window.click(Role::Button, "RE, lower is better");
    assert_eq!(name(&window.rows()[0]), second);

    window.click(Role::CheckBox, "Published numbers of the lecture on autoencoders");
    let rows = window.rows();
    assert_eq!(rows.len(), 6, "{rows:?}");
    assert!(rows[2..].iter().all(|row| row.contains("(lecture)") && !row.contains("(best)")), "{rows:?}");
    assert!(rows[2].contains("DAE (lecture), RE 0.0011, PSNR (dB) 29.85, SSIM 0.939"), "{rows:?}");
    assert!(window.has("a yardstick, not a rival"));

    // The same numbers from the command line, and in the files.
    let line = window.copied("Copy command");
    let found = output_of(&line);
    let measured = window.compare().pixels.as_ref().unwrap().found.clone();
    for (row, told) in measured.iter().zip(found["rows"].as_array().unwrap()) {
        assert_eq!(told["name"].as_str(), Some(row.name.as_str()));
        assert!((told["re"].as_f64().unwrap() - row.metrics.re).abs() < 1e-9, "{told}");
        assert!((told["psnr"].as_f64().unwrap() - row.metrics.psnr).abs() < 1e-6, "{told}");
    }
    let markdown = window.copied("Copy as Markdown");
    let re = format!("{:.5}", measured[0].metrics.re);
    assert!(markdown.contains(&re) && markdown.contains("RE ↓") && markdown.contains("Mean over 24 images"));
    assert!(window.has("Side by side"));
    window.until("draws", |state| state.compare.drawn.len() == 2);
    window.harness.get_by_role_and_label(Role::Image, &format!("Draw 8 of {first}"));
}

#[test]
fn two_sets_are_compared_in_pairs_and_by_their_features() {
    let (a, b) = (pictures::folder_of_pictures(6), tempfile::tempdir().unwrap());
    for entry in std::fs::read_dir(a.path()).unwrap().flatten().take(5) {
        std::fs::copy(entry.path(), b.path().join(entry.file_name())).unwrap();
    }
    let mut window = Window::with_worker(Vec::new());
    window.click(Role::RadioButton, "Two sets");
    window.click(Role::RadioButton, "None");
    assert!(window.is_disabled("Compare"));
    window.drop(&[a.path(), b.path()]);
    assert_eq!(window.compare().two.a.as_deref(), Some(a.path()));
    window.click(Role::Button, "Compare");
    window.until("the pairs", |state| state.compare.two.pairs.is_some());
    assert!(window.has("Mean over 5 pairs"));
    assert!(window.has("One image has no partner"));
    let rows = window.rows();
    assert!(rows[0].contains("RE 0.00000, PSNR (dB) ∞, SSIM 1.0000"), "{rows:?}");
    // Without a word the command line sees them as sets too, which five images are enough for.
    assert_eq!(output_of(&window.copied("Copy command"))["psnr"], serde_json::Value::Null);

    // Files of features come here from any screen, and need nothing that sees images.
    let file = |name: &str, shift: f64| {
        let values = (0..40 * 3).map(|i| f64::from(i * i % 17) + shift).collect();
        let features = Features::from_f64(values, 3).unwrap();
        let (names, extractor, skipped, notes) = (Vec::new(), None, Vec::new(), Vec::new());
        let path = b.path().join(name);
        FeatureSet { features, names, extractor, skipped, notes }.write(&path).unwrap();
        path
    };
    let (near, far) = (file("near.npy", 0.0), file("far.npy", 2.0));
    let mut window = Window::with_worker(vec![near, far]);
    assert_eq!(window.compare().mode, Mode::Sets);
    window.click(Role::Button, "Compare");
    window.until("the distance", |state| state.compare.two.sets.is_some());
    // The same covariance, every mean 2 away: 3 · 2².
    assert!(window.rows()[0].contains("Fréchet distance 12.000"), "{:?}", window.rows());
    assert!(window.has("40 images are few"));
    let told = output_of(&window.copied("Copy command"));
    assert!((told["fid"].as_f64().unwrap() - 12.0).abs() < 1e-6, "{told}");
}

#[test]
fn arrays_of_a_file_are_named_where_it_does_not_say_which_are_meant() {
    let mut played = Played::new(&[]);
    played.window.drop(&[Path::new("/sets/a.npz"), Path::new("/sets/b.npy")]);
    assert!(!played.window.has("Arrays of the second set"), "a .npy has one");
    let field = "Arrays of the first set";
    played.window.harness.get_by_role_and_label(Role::TextInput, field).focus();
    played.window.harness.run_steps(2);
    played.window.harness.get_by_role_and_label(Role::TextInput, field).type_text("mean,cov");
    played.window.harness.run_steps(3);
    played.window.click(Role::Button, "Compare");
    let started = played.started();
    let [(job, Job::CompareSets(order))] = &started[..] else { panic!("{started:?}") };
    let (a, b) = (PathBuf::from("/sets/a.npz:mean,cov"), PathBuf::from("/sets/b.npy"));
    assert_eq!(order, &ComparisonOrder { a, b, extractor: None, k: 3 });
    // Of statistics there is a distance, and a sentence in place of the rest.
    let metrics = SetMetrics {
        fid: 4.0,
        kid: None,
        kid_std: None,
        precision: None,
        recall: None,
        density: None,
        coverage: None,
        k: 3,
        n_real: None,
        n_generated: Some(50),
        features: "3 numbers from files".into(),
        not_available: Some("precision is not available".into()),
    };
    played.job(*job, JobEvent::Finished(JobResult::SetsCompared(metrics)));
    assert_eq!(played.window.rows(), ["b.npy, Fréchet distance 4.000"], "no columns without a number");
    assert!(played.window.has("50 images of the second set against an unknown number of the first"));
    assert!(played.window.has("precision is not available") && played.window.has("50 images are few"));
    // Another file has arrays of its own.
    played.window.drop(&[Path::new("/sets/c.npz")]);
    assert!(
        played.window.has("Arrays of the second set") && played.window.compare().two.arrays[1].is_empty()
    );
}

/// A window whose worker is played by hand.
struct Played {
    window: Window,
    replies: Sender<Reply>,
    requests: Receiver<Request>,
}

impl Played {
    fn new(models: &[(&'static str, ModelKind)]) -> Self {
        let (replies, from_worker) = unbounded();
        let (to_worker, requests) = unbounded();
        let connect = move || {
            let (to_worker, events) = (to_worker.clone(), from_worker.clone());
            WorkerLink { send: Box::new(move |request| to_worker.send(request).unwrap()), events, far: None }
        };
        let mut played = Played { window: Window::open(connect, &[], Vec::new()), replies, requests };
        for (id, (name, kind)) in (1..).zip(models) {
            played.tell(model(id, name, *kind));
        }
        played
    }

    fn tell(&mut self, event: Event) {
        self.reply(None, event);
    }

    fn job(&mut self, job: JobId, event: JobEvent) {
        self.reply(Some(job), Event::Job(event));
    }

    fn reply(&mut self, to: Option<JobId>, event: Event) {
        self.replies.send(Reply { to, event }).unwrap();
        self.window.harness.run_steps(3);
    }

    /// Jobs started and cancelled since the last call.
    fn jobs(&self) -> (Vec<(JobId, Job)>, Vec<JobId>) {
        let (mut started, mut cancelled) = (Vec::new(), Vec::new());
        for Request { id, command } in self.requests.try_iter() {
            match command {
                Command::Start(work) => started.push((id, work)),
                Command::Cancel(job) => cancelled.push(job),
                _ => (),
            }
        }
        (started, cancelled)
    }

    fn started(&self) -> Vec<(JobId, Job)> {
        self.jobs().0
    }
}

fn model(id: u32, name: &str, kind: ModelKind) -> Event {
    Event::ModelOpened(Box::new(ModelInfo {
        id,
        name: name.into(),
        source: ModelSource::File(name.into()),
        config: ModelConfig { kind, image_size: 32, latent_dim: 4, base_width: 8, ..defaults().model },
        latent: LatentInfo::unmeasured(4),
        prior: None,
        steps: 10,
        train: None,
        parameters: 100,
        devices: Vec::new(),
        validation: None,
        directions: Vec::new(),
    }))
}

fn evaluated(names: &[(&str, f64)]) -> JobEvent {
    let row = |(name, psnr): &(&str, f64)| EvaluationRow {
        likelihood: None,
        name: (*name).into(),
        kind: (!name.starts_with("PCA")).then_some(ModelKind::Vae),
        prior: None,
        split: Split::Test,
        metrics: PixelMetrics { re: 0.01, psnr: *psnr, ssim: 0.5, n: 7, identical: 0 },
        kl: None,
        sparsity: None,
        noise: None,
        noisy_input: None,
        trained_on: None,
        foreign: None,
    };
    JobEvent::Finished(JobResult::Evaluated(names.iter().map(row).collect()))
}

fn drawn(names: &[&str], n: usize) -> JobEvent {
    let row = |name: &&str| SampleRow {
        name: (*name).into(),
        kind: ModelKind::Vae,
        prior: None,
        split: Split::Test,
        metrics: SetMetrics {
            fid: 50.0,
            kid: Some(0.25),
            kid_std: None,
            precision: Some(0.5),
            recall: Some(0.25),
            density: Some(0.75),
            coverage: Some(0.4),
            k: 3,
            n_real: Some(n),
            n_generated: Some(n),
            features: "inception:weights@1a2b3c4d".into(),
            not_available: None,
        },
        trained_on: None,
        foreign: None,
        copies: Vec::new(),
    };
    JobEvent::Finished(JobResult::SamplesMeasured(names.iter().map(row).collect()))
}

#[test]
fn an_empty_window_says_what_to_do() {
    let mut played = Played::new(&[]);
    assert!(played.window.is_disabled("Measure"));
    assert!(played.window.has("Open a checkpoint, or train a model"));
    played.window.click(Role::RadioButton, "Two sets");
    assert!(played.window.is_disabled("Compare") && played.window.has("Choose two sets: folders, archives"));
    assert!(played.started().is_empty());
}

#[test]
fn tables_come_one_after_the_other_and_only_what_draws_is_drawn_from() {
    let mut played = Played::new(&[("a vae", ModelKind::Vae), ("an ae", ModelKind::Ae)]);
    played.window.drop(&[Path::new("/weights/inception.pth")]);
    played.window.click(Role::Button, "Measure");
    let started = played.started();
    let [(first, Job::Evaluate(EvaluationOrder { checkpoints, .. })), (second, draws)] = &started[..] else {
        panic!("{started:?}")
    };
    assert_eq!(checkpoints, &[PathBuf::from("a vae"), "an ae".into()]);
    let Job::MeasureSamples(SamplesOrder { checkpoints, extractor, samples: None, seed: 0, k: 3, .. }) =
        draws
    else {
        panic!("{draws:?}")
    };
    assert_eq!(checkpoints, &[PathBuf::from("a vae")]);
    assert_eq!(extractor, &ExtractorSource::Inception("/weights/inception.pth".into()));
    assert!(played.window.is_disabled("Measure"), "once is enough");
    assert!(played.window.has("waits for its turn"));

    played.job(*first, JobEvent::Started { title: "Measuring".into() });
    let (what, done, total) = ("Measuring a vae".into(), 5, 20);
    let progress = Progress { what, done, total, rate: 1.0, seconds_left: 15.0 };
    played.job(*first, JobEvent::Progress(progress));
    assert!(
        played.window.has("5 of 20")
            && played.window.has("15 s left")
            && played.window.has("Then their draws")
    );
    played.job(*first, evaluated(&[("a vae", 20.0), ("an ae", 21.0)]));
    assert_eq!(played.window.rows().len(), 2, "the first table does not wait for the second");
    played.job(*second, JobEvent::Started { title: "Measuring samples".into() });
    played.job(*second, drawn(&["a vae"], 7));
    assert_eq!(played.window.rows().len(), 3);
    assert!(played.window.has("7 draws from the prior (seed 0) against 7 real images"));
    assert!(played.window.has("inception:weights@1a2b3c4d, k 3"), "numbers say what saw the images");
    assert!(played.window.has("below 2048"), "few images are warned of");
    let line = cli_line::evaluate(played.window.compare().measured_order().unwrap());
    let words = "morphospace evaluate 'a vae' 'an ae' --data builtin:faces --extractor \
                 inception:/weights/inception.pth --json";
    assert_eq!(line, words);

    played.window.click(Role::CheckBox, "Published numbers of the lecture on autoencoders");
    assert!(played.window.rows().iter().any(|row| row.contains("DCGAN (lecture), Fréchet distance 149.5")));
    // Without the VAE there is nothing to draw from, and no table that could be taken for that of the AE.
    played.window.click(Role::CheckBox, "a vae");
    played.window.click(Role::Button, "Measure");
    assert!(matches!(&played.started()[..], [(_, Job::Evaluate(_))]));
    assert!(played.window.compare().draws.is_none() && played.window.compare().pixels.is_some());
}

#[test]
fn a_pca_of_the_same_size_stands_beside_the_models_if_wanted() {
    let mut played = Played::new(&[("an ae", ModelKind::Ae)]);
    played.window.click(Role::CheckBox, "PCA of the same size");
    played.window.click(Role::Button, "Measure");
    let started = played.started();
    let [(job, Job::Evaluate(EvaluationOrder { pca: true, .. }))] = &started[..] else {
        panic!("{started:?}")
    };
    played.job(*job, evaluated(&[("an ae", 21.0), ("PCA, 4 components", 22.0)]));
    let rows = played.window.rows();
    assert!(rows.iter().any(|row| row.contains("PCA, 4 components")), "{rows:?}");
    let line = cli_line::evaluate(played.window.compare().measured_order().unwrap());
    assert!(line.contains(" --pca"), "{line}");
}

#[test]
fn what_fails_or_is_cancelled_leaves_the_table_of_the_last_time() {
    let mut played = Played::new(&[("a vae", ModelKind::Vae)]);
    played.window.click(Role::RadioButton, "None");
    played.window.click(Role::Button, "Measure");
    let (first, _) = played.started().remove(0);
    played.job(first, evaluated(&[("a vae", 20.0)]));
    played.window.click(Role::Button, "Measure");
    let (second, _) = played.started().remove(0);
    played.job(second, JobEvent::Started { title: "Measuring".into() });
    played.job(second, JobEvent::Failed { message: "the disk is gone".into() });
    assert!(played.window.has("the disk is gone"));
    assert_eq!(played.window.rows().len(), 1);
    played.window.click(Role::Button, "Measure");
    let (third, _) = played.started().remove(0);
    played.job(third, JobEvent::Started { title: "Measuring".into() });
    played.window.click(Role::Button, "Cancel");
    assert_eq!(played.jobs().1, [third]);
    assert!(played.window.has("stopping…"));
    played.job(third, JobEvent::Cancelled);
    assert_eq!(played.window.rows().len(), 1);
    assert!(!played.window.is_disabled("Measure"));
    // A worker that ends takes its jobs along.
    played.window.click(Role::Button, "Measure");
    played.tell(Event::Stopped);
    assert!(!played.window.compare().is_measuring(Mode::Models));
}

#[test]
fn copies_among_draws_have_a_table_of_their_own() {
    let mut played = Played::new(&[("a vae", ModelKind::Vae)]);
    played.window.drop(&[Path::new("/weights/efficientnet-lite1.safetensors")]);
    played.window.click(Role::Button, "Measure");
    let started = played.started();
    let [_, (draws, Job::MeasureSamples(SamplesOrder { extractor, copies: true, .. }))] = &started[..] else {
        panic!("{started:?}")
    };
    let weights = PathBuf::from("/weights/efficientnet-lite1.safetensors");
    assert_eq!(extractor, &ExtractorSource::EfficientNet(weights));
    let JobEvent::Finished(JobResult::SamplesMeasured(mut rows)) = drawn(&["a vae"], 7) else { panic!() };
    let check = |space, copied, copy_z| CopyCheck {
        space,
        nearest: 1.25,
        nearest_unseen: 2.5,
        copied,
        copy_z,
        n_train: 3603,
        n_unseen: 397,
        n_drawn: 202,
    };
    rows[0].copies = vec![check(CopySpace::Features, 0.01, 0.5), check(CopySpace::Codes, 0.6, -12.5)];
    played.job(*draws, JobEvent::Finished(JobResult::SamplesMeasured(rows)));
    let rows = played.window.rows();
    assert!(
        rows.iter().any(|row| row.contains("a vae, by codes") && row.contains("Copied 0.6000")),
        "{rows:?}"
    );
    assert!(
        rows.iter().any(|row| row.contains("a vae, by features") && row.contains("Copied 0.0100")),
        "{rows:?}"
    );
    assert!(played.window.has("by their codes its draws lie nearer to training images"));
    assert!(!played.window.has("by their features its draws lie nearer"));
    let tables = played.window.compare().results();
    assert!(tables.iter().any(|table| table.title == "Copies" && table.rows.len() == 2), "{tables:?}");
}

#[test]
fn sets_without_equal_names_are_no_error_where_they_are_compared_as_sets() {
    let mut played = Played::new(&[]);
    for path in ["/weights/inception.pth", "/a.zip", "/b.zip"] {
        if path == "/a.zip" {
            played.window.click(Role::RadioButton, "Two sets");
        }
        played.window.drop(&[Path::new(path)]);
    }
    played.window.click(Role::Button, "Compare");
    let started = played.started();
    let [(pairs, Job::Compare(_)), (sets, Job::CompareSets(_))] = &started[..] else { panic!("{started:?}") };
    played.job(*pairs, JobEvent::Failed { message: "no image of both has the same name".into() });
    played.job(*sets, JobEvent::Failed { message: "/b.zip cannot be read".into() });
    assert!(played.window.has("Not compared in pairs, no image of both has the same name"));
    let banners = &played.window.state().messages.banners;
    assert_eq!(banners.len(), 1);
    assert_eq!(banners[0].notice.message, "/b.zip cannot be read");
}

#[test]
fn the_screen_fits_the_smallest_window_in_both_themes() {
    let mut played = Played::new(&[("a vae", ModelKind::Vae), ("an ae", ModelKind::Ae)]);
    played.window.drop(&[Path::new("/weights/inception.pth")]);
    played.window.click(Role::Button, "Measure");
    let started = played.started();
    let [(first, _), (second, _)] = &started[..] else { panic!("{started:?}") };
    played.job(*first, evaluated(&[("a vae", 20.0), ("an ae", 21.0)]));
    played.job(*second, drawn(&["a vae"], 7));
    played.window.harness.set_size(egui::vec2(900.0, 600.0));
    for _ in 0..2 {
        played.window.harness.run_steps(4);
        let harness = &played.window.harness;
        let measure = harness.get_by_role_and_label(Role::Button, "Measure").rect();
        assert!(measure.bottom() <= 600.0 - 28.0, "{measure:?} is not above the status bar");
        let (side, toggle) = (measure.left() + 250.0, "Published numbers of the lecture on autoencoders");
        let mut left = harness.get_by_role_and_label(Role::CheckBox, toggle).rect();
        assert!(left.left() > side, "{left:?}");
        for tool in ["Copy command", "Copy as Markdown", "Save tables…"] {
            let rect = harness.get_by_role_and_label(Role::Button, tool).rect();
            assert!(rect.left() >= left.right() - 0.5 && rect.right() <= 900.0, "{tool} at {rect:?}");
            left = rect;
        }
        for head in [
            "RE, lower is better",
            "SSIM, higher is better",
            "Fréchet distance, lower is better",
            "Coverage, higher is better",
        ] {
            let rect = harness.get_by_role_and_label(Role::Button, head).rect();
            assert!(rect.left() > side && rect.right() <= 900.0, "{head} at {rect:?}");
        }
        played.window.key(Key::T);
    }
}

#[test]
fn a_model_without_an_encoder_is_left_out_of_reconstructions_with_a_word() {
    let mut played = Played::new(&[("a gan", ModelKind::Dcgan), ("a vae", ModelKind::Vae)]);
    played.window.click(Role::RadioButton, "None");
    played.window.click(Role::Button, "Measure");
    let started = played.started();
    let [(job, Job::Evaluate(EvaluationOrder { checkpoints, .. }))] = &started[..] else {
        panic!("{started:?}")
    };
    assert_eq!(checkpoints, &[PathBuf::from("a vae")]);
    played.job(*job, evaluated(&[("a vae", 20.0)]));
    assert!(played.window.has("a gan has no encoder"));
    // By itself it is measured by its draws alone.
    played.window.click(Role::CheckBox, "a vae");
    assert!(played.window.is_disabled("Measure") && played.window.has("measured by its draws"));
    played.window.drop(&[Path::new("/weights/inception.pth")]);
    played.window.click(Role::Button, "Measure");
    assert!(matches!(&played.started()[..], [(_, Job::MeasureSamples(_))]));
}

#[test]
fn all_none_or_one_of_the_models_are_ticked_at_once() {
    let models = [("a vae", ModelKind::Vae), ("an ae", ModelKind::Ae), ("a gan", ModelKind::Dcgan)];
    let mut played = Played::new(&models);
    let ticked = |played: &Played| {
        let form = &played.window.compare().form;
        models.map(|(name, _)| form.is_ticked(&PathBuf::from(name)))
    };
    assert!(played.window.is_disabled("Tick all models"));
    played.window.click(Role::Button, "Tick no model");
    assert_eq!(ticked(&played), [false; 3]);
    assert!(played.window.has("Tick the models to measure") && played.window.is_disabled("Measure"));
    played.window.click(Role::Button, "Only an ae");
    assert_eq!(ticked(&played), [false, true, false]);
    played.window.click(Role::Button, "Tick all models");
    assert_eq!(ticked(&played), [true; 3]);
}

#[test]
fn arrows_go_from_row_to_row_of_a_table_which_is_one_stop_of_the_tab_key() {
    let mut played = Played::new(&[("a vae", ModelKind::Vae), ("an ae", ModelKind::Ae)]);
    played.window.click(Role::RadioButton, "None");
    played.window.click(Role::Button, "Measure");
    let (job, _) = played.started().remove(0);
    played.job(job, evaluated(&[("a vae", 20.0), ("an ae", 21.0)]));
    played.window.harness.get_by_role_and_label(Role::Button, "SSIM, higher is better").focus();
    played.window.harness.run_steps(2);
    let focused = |played: &Played| {
        let rows = played.window.harness.query_all_by_role(Role::Row);
        rows.map(|row| row.accesskit_node().is_focused()).collect::<Vec<_>>()
    };
    played.window.key(Key::Tab);
    assert_eq!(focused(&played), [true, false]);
    played.window.key(Key::ArrowDown);
    assert_eq!(focused(&played), [false, true]);
    played.window.key(Key::ArrowDown);
    assert_eq!(focused(&played), [false, true], "there is no row below");
    played.window.key(Key::Tab);
    assert_eq!(focused(&played), [false, false], "one stop for all rows");
    played.window.harness.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
    played.window.harness.run_steps(3);
    assert_eq!(focused(&played), [false, true], "and back to where it was");
}

#[test]
fn nothing_moves_when_a_measurement_begins_and_ends() {
    let mut played = Played::new(&[("a vae", ModelKind::Vae)]);
    played.window.click(Role::RadioButton, "None");
    let measure = |played: &mut Played| {
        played.window.click(Role::Button, "Measure");
        let (job, _) = played.started().remove(0);
        played.job(job, JobEvent::Started { title: "Measuring".into() });
        job
    };
    let places = |played: &Played| {
        let harness = &played.window.harness;
        let head = harness.get_by_role_and_label(Role::Button, "SSIM, higher is better").rect();
        [head, harness.get_by_role_and_label(Role::Button, "Measure").rect()]
    };
    let job = measure(&mut played);
    assert!(played.window.rows().is_empty(), "there is no table yet");
    played.job(job, evaluated(&[("a vae", 20.0)]));
    let before = places(&played);
    let job = measure(&mut played);
    played.window.harness.get_by_role_and_label(Role::Button, "Cancel");
    assert_eq!(places(&played), before);
    played.job(job, evaluated(&[("a vae", 21.0)]));
    assert_eq!(places(&played), before);
}
