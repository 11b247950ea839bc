//! Priors learned for the codes of a small run, by the program as a person runs it and by a worker that is held,
//! stopped and told to go on.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/program.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use morphospace::config::{DataSource, PriorKind};
use morphospace::run::checkpoint::Checkpoint;
use morphospace::worker::Worker;
use morphospace::worker::protocol::*;
use pictures::folder_of_pictures;
use program::{json, morphospace, text};

/// Pictures, and a run of each kind of model trained on them for a few steps.
struct Trained {
    _folder: tempfile::TempDir,
    data: tempfile::TempDir,
    runs: PathBuf,
}

impl Trained {
    fn get() -> &'static Self {
        static TRAINED: OnceLock<Trained> = OnceLock::new();
        TRAINED.get_or_init(|| {
            let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(120));
            let runs = folder.path().to_owned();
            for kind in ["ae", "vae", "dcgan"] {
                let out = runs.join(kind);
                let mut options =
                    vec!["train", "--model", kind, "--data", text(data.path()), "--out", text(&out)];
                options.extend(["--image-size", "32", "--latent-dim", "8", "--base-width", "4"]);
                json(&[&options[..], &["--batch-size", "16", "--steps", "20"]].concat());
            }
            Trained { _folder: folder, data, runs }
        })
    }

    /// A copy of a run that a test may change.
    fn copy(&self, kind: &str) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        for name in ["checkpoint.safetensors", "config.json", "history.csv"] {
            std::fs::copy(self.runs.join(kind).join(name), copy.path().join(name)).unwrap();
        }
        copy
    }
}

#[test]
fn each_kind_of_prior_is_stored_and_drawn_from() {
    let trained = Trained::get();
    let data = text(trained.data.path());
    for (model, kind) in [("ae", "gaussian"), ("vae", "gmm:2"), ("vae", "flow"), ("ae", "flow")] {
        let run = trained.copy(model);
        let run = run.path();
        let before = std::fs::read(run.join("checkpoint.safetensors")).unwrap();
        let learned = json(&["prior", text(run), "--data", data, "--kind", kind, "--steps", "30"]);
        assert_eq!(learned["kind"], kind);
        assert!(learned["validation_nll"].is_number() && learned["seconds"].as_f64().unwrap() > 0.0);
        if kind == "flow" {
            assert!((1..=30).contains(&learned["steps"].as_u64().unwrap()));
        }
        let info = json(&["info", text(run)]);
        assert_eq!(info["prior"]["kind"], kind);
        assert_eq!(info["prior"]["nll"], learned["validation_nll"]);
        assert!(!run.join("checkpoint.safetensors.prior").exists(), "what it went on from is cleared away");

        // It still trains as it would have, and what is drawn is another thing than before.
        let checkpoint = Checkpoint::read(&run.join("checkpoint.safetensors")).unwrap();
        assert!(!checkpoint.optimizer.is_empty());
        let sheet = |run: &Path, seed: &str| {
            let out = run.join(format!("{seed}.png"));
            json(&["sample", text(run), "-n", "4", "--seed", seed, "--out", text(&out)]);
            std::fs::read(out).unwrap()
        };
        let drawn = sheet(run, "1");
        assert_eq!(drawn, sheet(run, "1"), "the same seed draws the same");
        let plain = trained.copy(model);
        assert_ne!(drawn, sheet(plain.path(), "1"));

        // As a model to share, with less precise numbers.
        let shared = run.join("shared.safetensors");
        json(&["export", text(run), "--out", text(&shared)]);
        assert_eq!(json(&["info", text(&shared)])["prior"]["kind"], kind);
        json(&["sample", text(&shared), "-n", "4", "--out", text(&run.join("shared.png"))]);

        // An AE draws by its prior, so its draws are measured.
        let rows = json(&["evaluate", text(run), "--data", data, "--split", "all"]);
        assert!(rows.to_string().contains("\"fid\""), "{rows}");

        let gone = json(&["prior", text(run), "--kind", "standard"]);
        assert_eq!(gone["kind"], "standard");
        assert_eq!(std::fs::read(run.join("checkpoint.safetensors")).unwrap(), before);
    }
}

#[test]
fn what_cannot_have_a_prior_says_why() {
    let trained = Trained::get();
    let data = text(trained.data.path());
    for (arguments, words) in [
        (
            vec!["prior", text(&trained.runs.join("dcgan")), "--kind", "gaussian", "--data", data],
            "no encoder",
        ),
        (vec!["prior", "ae-ffhq-64", "--kind", "gaussian", "--data", data], "--out"),
        (vec!["prior", text(&trained.runs.join("ae")), "--kind", "gmm:900", "--data", data], "900 Gaussians"),
        (vec!["prior", "/nowhere/model.safetensors", "--kind", "flow", "--data", data], "/nowhere"),
    ] {
        let output = morphospace(&arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && stderr.contains(words), "{arguments:?}: {stderr}");
    }
    let output = morphospace(&["prior", "x", "--kind", "cauchy"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn training_on_drops_a_prior_and_says_so() {
    let trained = Trained::get();
    let run = trained.copy("ae");
    json(&["prior", text(run.path()), "--kind", "gaussian", "--data", text(trained.data.path())]);
    let output = morphospace(&["train", "--resume", text(run.path()), "--steps", "22"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.contains("prior"), "{stderr}");
    assert!(json(&["info", text(run.path())])["prior"].is_null());
}

/// Replies of a worker until the job says something that `pick` wants.
fn until<T>(worker: &Worker, mut pick: impl FnMut(JobEvent) -> Option<T>) -> T {
    loop {
        let reply = worker.events().recv_timeout(Duration::from_secs(120)).unwrap();
        if let Event::Job(event) = reply.event {
            assert!(!matches!(event, JobEvent::Failed { .. }), "{event:?}");
            if let Some(found) = pick(event) {
                return found;
            }
        }
    }
}

#[test]
fn a_flow_is_held_stopped_and_goes_on_to_the_same_prior() {
    let trained = Trained::get();
    let order = |run: &Path| PriorOrder {
        model: run.to_owned(),
        data: Some(DataSource::Folder(trained.data.path().to_owned())),
        kind: PriorKind::Flow,
        steps: 60,
        seed: 3,
        solver_steps: 4,
        truncation: 0.8,
        out: None,
    };
    let run = trained.copy("vae");
    let worker = Worker::spawn(|| ());
    let send = |id, command| worker.send(Request { id, command });
    send(1, Command::Start(Job::LearnPrior(order(run.path()))));
    send(2, Command::Control { job: 1, control: Control::Pause });
    until(&worker, |event| matches!(event, JobEvent::Paused).then_some(()));
    send(3, Command::Control { job: 1, control: Control::Continue });
    let news = until(&worker, |event| match event {
        JobEvent::Prior(news) => Some(news),
        _ => None,
    });
    assert!(news.loss > 0.0 && news.validation_loss > 0.0 && news.steps == 60);
    assert_eq!((news.draws.len(), news.draws[0].width()), (16, 32));
    send(4, Command::Control { job: 1, control: Control::Pause });
    until(&worker, |event| matches!(event, JobEvent::Paused).then_some(()));
    send(5, Command::Cancel(1));
    until(&worker, |event| matches!(event, JobEvent::Cancelled).then_some(()));
    assert!(run.path().join("checkpoint.safetensors.prior").is_file());
    assert!(json(&["info", text(run.path())])["prior"].is_null());

    let whole = trained.copy("vae");
    let mut learned = Vec::new();
    for (id, run) in [(6, run.path()), (7, whole.path())] {
        send(id, Command::Start(Job::LearnPrior(order(run))));
        let mut first = None;
        learned.push(until(&worker, |event| match event {
            JobEvent::Prior(news) => {
                first.get_or_insert(news.step);
                None
            }
            JobEvent::Finished(JobResult::PriorLearned(learned)) => Some((first, learned.info)),
            _ => None,
        }));
    }
    let [(_, resumed), (_, whole)] = &learned[..] else { panic!("two priors") };
    assert_eq!((resumed.nll, resumed.steps), (whole.nll, whole.steps));
}
