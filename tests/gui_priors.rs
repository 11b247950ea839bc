//! *New prior* on the Train screen and the prior of a model on Explore, found by role and label, with a worker's
//! events fed by hand.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

use crossbeam_channel::{Receiver, Sender, unbounded};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use morphospace::ImageBuf;
use morphospace::config::{DataSource, FlowShape, ModelConfig, ModelKind, PriorKind, defaults};
use morphospace::gui::app::{App, WorkerLink};
use morphospace::gui::state::{Screen, Settings};
use morphospace::worker::protocol::{
    Command, Control, Event, Job, JobEvent, JobResult, LatentInfo, ModelInfo, ModelSource, PriorInfo,
    PriorLearned, PriorOrder, PriorProgress, Reply, Request, RequestId,
};

struct Window {
    harness: Harness<'static, App>,
    replies: Sender<Reply>,
    requests: Receiver<Request>,
}

impl Window {
    /// On the Train screen, with an AE of the built-in faces open.
    fn new() -> Self {
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
            let mut app = App::new(&context.egui_ctx, connect, &["ae"], Vec::new());
            app.apply_settings(&context.egui_ctx, Settings::default());
            app
        };
        let harness = Harness::builder().with_size(egui::vec2(1280.0, 800.0)).build_eframe(build);
        let mut window = Window { harness, replies, requests };
        window.tell(None, model(None));
        window.key(Key::Num5);
        window.commands();
        window
    }

    fn tell(&mut self, to: Option<RequestId>, event: Event) {
        self.replies.send(Reply { to, event }).unwrap();
        self.harness.run_steps(3);
    }

    fn commands(&self) -> Vec<(RequestId, Command)> {
        self.requests.try_iter().map(|request| (request.id, request.command)).collect()
    }

    /// The prior that was ordered since the last call, with the number of its job.
    fn ordered(&self) -> Option<(RequestId, PriorOrder)> {
        self.commands().into_iter().find_map(|(id, command)| match command {
            Command::Start(Job::LearnPrior(order)) => Some((id, order)),
            _ => None,
        })
    }

    fn click(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).click();
        self.harness.run_steps(3);
    }

    fn key(&mut self, key: Key) {
        self.harness.key_press_modifiers(Modifiers::NONE, key);
        self.harness.run_steps(3);
    }

    fn has(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
    }
}

fn model(prior: Option<PriorInfo>) -> Event {
    let mut train = defaults();
    train.dataset.source = DataSource::BuiltinFaces;
    Event::ModelOpened(Box::new(ModelInfo {
        id: if prior.is_some() { 2 } else { 1 },
        name: "AE · small".into(),
        source: ModelSource::File("/runs/small".into()),
        config: ModelConfig {
            kind: ModelKind::Ae,
            image_size: 32,
            latent_dim: 6,
            base_width: 8,
            ..defaults().model
        },
        latent: LatentInfo { images: 9, ..LatentInfo::unmeasured(6) },
        prior,
        steps: 10,
        train: Some(Box::new(train)),
        parameters: 100,
        devices: Vec::new(),
        validation: None,
        directions: Vec::new(),
    }))
}

fn info() -> PriorInfo {
    PriorInfo {
        kind: PriorKind::Flow,
        shape: Some(FlowShape { components: 4, width: 64, blocks: 6 }),
        mixed: None,
        images: 90,
        held_out: 9,
        nll: 0.75,
        standard_nll: 1.5,
        steps: 50,
        seconds: 3.0,
        seed: 0,
        solver_steps: 8,
        truncation: 0.5,
    }
}

#[test]
fn a_flow_is_ordered_watched_held_and_explored() {
    let mut window = Window::new();
    window.click(Role::Button, "New prior");
    window.click(Role::RadioButton, "Gaussian");
    window.click(Role::RadioButton, "Flow");
    window.click(Role::Button, "Learn the prior");
    let (job, order) = window.ordered().unwrap();
    assert_eq!((order.kind, order.out), (PriorKind::Flow, None));
    assert_eq!((order.model.to_str(), order.data), (Some("/runs/small"), Some(DataSource::BuiltinFaces)));
    window.click(Role::Button, "Learn the prior");
    assert!(window.ordered().is_none(), "one at a time");

    let draws = vec![ImageBuf::filled(32, 32, [90, 80, 70]); 16];
    for step in [25, 50] {
        let validation_loss = if step == 25 { 1.5 } else { 1.625 };
        let news = PriorProgress { step, steps: 100, loss: 1.25, validation_loss, draws: draws.clone() };
        window.tell(Some(job), Event::Job(JobEvent::Prior(Box::new(news))));
    }
    assert!(window.has("lowest loss on held-out codes 1.5000 at step 25"));
    assert!(window.has("Draw 16") && window.has("Loss of the flow over the updates"));
    window.click(Role::Button, "Pause");
    let held = (job, Control::Pause);
    let controls = window.commands().into_iter().find_map(|(_, command)| match command {
        Command::Control { job, control } => Some((job, control)),
        _ => None,
    });
    assert_eq!(controls, Some(held));
    window.tell(Some(job), Event::Job(JobEvent::Paused));
    assert!(window.has("· held"));
    window.tell(Some(job), Event::Job(JobEvent::Cancelled));
    window.click(Role::Button, "Resume");
    let (job, _) = window.ordered().unwrap();

    let learned = PriorLearned { info: info(), checkpoint: "/runs/small/checkpoint.safetensors".into() };
    window.tell(Some(job), Event::Job(JobEvent::Finished(JobResult::PriorLearned(Box::new(learned)))));
    assert!(window.has("0.750 nats per number, 1.500 before"));
    let opened = window.commands().into_iter().find_map(|(id, command)| match command {
        Command::OpenModel(source) => Some((id, source)),
        _ => None,
    });
    let (request, source) = opened.expect("the model is opened with its prior");
    assert_eq!(source, ModelSource::File("/runs/small".into()));

    window.tell(Some(request), model(Some(info())));
    window.click(Role::Button, "Explore");
    assert_eq!(window.harness.state().state().screen, Screen::Explore);
    assert!(window.has("Dimensions of the noise") && !window.has("No prior"));
    // What is not drawn stays at its middle, and what is drawn half as far from it.
    let values = window.harness.state().state().explore().unwrap().values().to_vec();
    assert!(values[..4].iter().all(|value| *value != 0.0) && values[4..] == [0.0, 0.0], "{values:?}");
    window.click(Role::RadioButton, "16");
    let solved =
        window.commands().into_iter().any(|(_, command)| command == Command::SolveIn { model: 2, steps: 16 });
    assert!(solved);
}

#[test]
fn a_model_without_a_prior_leads_to_the_form() {
    let mut window = Window::new();
    window.key(Key::Num1);
    assert!(window.has("No prior"));
    window.click(Role::Button, "Learn a prior…");
    assert_eq!(window.harness.state().state().screen, Screen::Train);
    assert!(window.has("New prior") && window.has("stored in the model's own file"));
}
