//! A window whose worker is played by the test, with a model of six numbers.
#![allow(dead_code, reason = "each test uses the parts that it needs")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, Sender, unbounded};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use morphospace::ImageBuf;
use morphospace::config::{CodeUnits, ModelConfig, defaults};
use morphospace::gui::app::{App, WorkerLink};
use morphospace::gui::state::{Screen, Settings};
use morphospace::report::{LatentInfo, PixelMetrics};
use morphospace::worker::protocol::{
    Answer, Command, Event, FeatureChange, Filtered, InversionProgress, Job, ModelId, ModelInfo, ModelSource,
    NoisyInput, PhotoInfo, Query, Reconstruction, Reply, Request, RequestId, Slot, WalkFilm,
};

use super::dropped;

pub const LATENT_DIM: usize = 6;

/// A window with both ends of the wire in hand.
pub struct Window {
    pub harness: Harness<'static, App>,
    pub replies: Sender<Reply>,
    pub requests: Receiver<Request>,
}

impl Window {
    pub fn open(paths: Vec<PathBuf>) -> Self {
        let (replies, from_worker) = unbounded();
        let (to_worker, requests) = unbounded();
        let build = move |context: &mut eframe::CreationContext<'static>| {
            let connect = move || {
                let (to_worker, events) = (to_worker.clone(), from_worker.clone());
                WorkerLink {
                    send: Box::new(move |request| to_worker.send(request).unwrap()),
                    events,
                    far: None,
                }
            };
            let mut app = App::new(&context.egui_ctx, connect, &["vae"], paths);
            app.apply_settings(&context.egui_ctx, Settings::default());
            app
        };
        let harness = Harness::builder().with_size(egui::vec2(1280.0, 800.0)).build_eframe(build);
        let mut window = Window { harness, replies, requests };
        dropped::look(&mut window.harness);
        window
    }

    /// A window with a model open and what it was asked at the start answered.
    pub fn with_model() -> Self {
        let mut window = Self::open(Vec::new());
        window.tell(model(1, "Faces"));
        window.answer_all();
        window
    }

    /// Tells what nobody has asked for.
    pub fn tell(&mut self, event: Event) {
        self.send(Reply { to: None, event });
    }

    pub fn reply(&mut self, request: RequestId, event: Event) {
        self.send(Reply { to: Some(request), event });
    }

    pub fn send(&mut self, reply: Reply) {
        self.replies.send(reply).unwrap();
        self.harness.run_steps(3);
    }

    pub fn commands(&self) -> Vec<Command> {
        self.requests.try_iter().map(|request| request.command).collect()
    }

    /// The first job that was started since commands were last looked at.
    pub fn started(&self) -> (RequestId, Job) {
        let mut requests = self.requests.try_iter().collect::<Vec<_>>().into_iter();
        let job = requests.find_map(|request| match request.command {
            Command::Start(job) => Some((request.id, job)),
            _ => None,
        });
        job.unwrap()
    }

    /// The questions since the last call.
    pub fn asked(&self) -> Vec<(Slot, RequestId, Query)> {
        let question = |request: Request| match request.command {
            Command::Ask { slot, query } => Some((slot, request.id, query)),
            _ => None,
        };
        self.requests.try_iter().filter_map(question).collect()
    }

    /// Answers every question until there are none.
    pub fn answer_all(&mut self) {
        loop {
            let asked = self.asked();
            if asked.is_empty() {
                return;
            }
            for (slot, request, query) in asked {
                self.reply(request, Event::Answered { slot, answer: answer(&query) });
            }
        }
    }

    pub fn click(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).click();
        self.harness.run_steps(3);
    }

    pub fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
    }

    pub fn values(&self) -> Vec<f32> {
        self.harness.state().state().explore().unwrap().values().to_vec()
    }

    pub fn screen(&self) -> Screen {
        self.harness.state().state().screen
    }
}

pub fn model(id: ModelId, name: &str) -> Event {
    Event::ModelOpened(Box::new(ModelInfo {
        id,
        name: name.into(),
        source: ModelSource::Shipped(name.into()),
        config: ModelConfig { image_size: 32, latent_dim: LATENT_DIM, base_width: 8, ..defaults().model },
        latent: LatentInfo {
            center: vec![0.5; LATENT_DIM],
            scale: vec![2.0; LATENT_DIM],
            effect: vec![0.1, 0.6, 0.5, 0.4, 0.2, 0.0],
            kl: vec![1.0; LATENT_DIM],
            variance: vec![1.0, 1.0, 1.0, 1.0, 1.0, 0.001],
            inactive: Vec::new(),
            units: CodeUnits::Linear,
            images: 100,
        },
        prior: None,
        steps: 1000,
        train: None,
        parameters: 12_345,
        devices: Vec::new(),
        validation: Some(PixelMetrics { re: 0.0061, psnr: 22.41, ssim: 0.702, n: 100, identical: 0 }),
        directions: Vec::new(),
    }))
}

pub fn picture() -> ImageBuf {
    ImageBuf::filled(32, 32, [120, 90, 60])
}

pub fn answer(query: &Query) -> Answer {
    match query {
        Query::Decode { codes, .. } => Answer::Images(vec![picture(); codes.len()]),
        Query::Sample { count, seed, .. } => {
            let codes = (0..*count).map(|i| vec![0.5 + 2.0 * (i as f32 + *seed as f32) / 8.0; LATENT_DIM]);
            Answer::Samples { codes: codes.collect(), images: vec![picture(); *count] }
        }
        Query::Traverse { steps, .. } => Answer::Images(vec![picture(); *steps]),
        Query::Edit { offsets, .. } => Answer::Images(vec![picture(); offsets.len()]),
        Query::Atlas { .. } => panic!("a test with a map answers questions of it itself"),
        Query::Sheet { .. } => Answer::Images(vec![picture()]),
        Query::Filter { kind, .. } => Answer::Filtered(Box::new(Filtered {
            filter: kind.label().into(),
            output: picture(),
            difference: vec![0.1; 32 * 32],
            metrics: metrics(17.0),
        })),
        Query::Blend { sums, .. } => {
            let codes = vec![vec![1.5; LATENT_DIM]; sums.len()];
            Answer::Samples { images: vec![picture(); codes.len()], codes }
        }
        Query::Difference { .. } => Answer::Direction(vec![0.25; LATENT_DIM]),
        Query::Invert { config, .. } => Answer::Inversion(Box::new(InversionProgress {
            step: config.steps,
            steps: config.steps,
            input: picture(),
            noisy: None,
            output: picture(),
            difference: vec![0.1; 32 * 32],
            code: vec![3.5; LATENT_DIM],
            residual: Vec::new(),
            start: metrics(18.0),
            metrics: metrics(21.0),
            curve: vec![0.02, 0.01],
            prior_distance: 0.9,
            seconds: 1.0,
        })),
        Query::Walk { times, .. } => Answer::Images(vec![picture(); times.len()]),
        Query::WalkFilm { frames, timeline, features, .. } => {
            let change = vec![0.01; frames - usize::from(!timeline.looped)];
            let features =
                features.then(|| FeatureChange { extractor: "eyes".into(), change: change.clone() });
            Answer::Film(Box::new(WalkFilm { images: vec![picture(); *frames], change, features }))
        }
        Query::Reconstruct { noise, .. } => Answer::Reconstruction(Box::new(Reconstruction {
            input: picture(),
            noisy: noise.map(|_| NoisyInput { image: picture(), metrics: metrics(14.25) }),
            output: picture(),
            difference: vec![0.1; 32 * 32],
            code: vec![2.5; LATENT_DIM],
            metrics: metrics(20.0),
            through_prior: None,
            residual: Vec::new(),
            trained_on: None,
        })),
    }
}

pub fn metrics(psnr: f64) -> PixelMetrics {
    PixelMetrics { re: 0.01, psnr, ssim: 0.6, n: 1, identical: 0 }
}

pub fn photo(id: u32, path: &str) -> Event {
    Event::PhotoOpened(PhotoInfo {
        id,
        name: Path::new(path).file_name().unwrap().to_string_lossy().into_owned(),
        path: Some(path.into()),
        width: 300,
        height: 200,
        preview: ImageBuf::filled(30, 20, [1, 2, 3]),
        faces: None,
        content: 0,
        remembered: None,
    })
}
