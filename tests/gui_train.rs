//! The Train screen, found by role and label, with a worker's events fed by hand, and once with a real worker:
//! no display, no GPU.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/pictures.rs"]
mod pictures;

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use morphospace::config::{
    Adjustment, Change, DataSource, DeviceConfig, ModelKind, Setting, Sparsity, TrainConfig, defaults,
};
use morphospace::gui::app::{App, WorkerLink};
use morphospace::gui::state::train::Leaving;
use morphospace::gui::state::train::run::Phase;
use morphospace::gui::state::train::run::RunLeft;
use morphospace::gui::state::train::{RememberedRun, View};
use morphospace::gui::state::{Screen, Settings};
use morphospace::worker::Worker;
use morphospace::worker::protocol::{
    Changes, Chapter, Command, Control, Event, ForkOrder, Job, JobEvent, JobId, ModelSource, Reply, Request,
    RequestId, ResumeOrder, RunHistory, RunInfo, StepReport, Survey, TrainOrder,
};

use dropped::Dropped;

/// A window on the Train screen with both ends of the wire in hand.
struct Window {
    harness: Harness<'static, App>,
    replies: Sender<Reply>,
    requests: Receiver<Request>,
    /// The numbers of the requests that started jobs, the first being that of job 1.
    jobs: RefCell<Vec<JobId>>,
    /// Workers that were started.
    workers: Rc<Cell<usize>>,
}

impl Window {
    fn open(settings: Settings) -> Self {
        let (replies, from_worker) = unbounded();
        let (to_worker, requests) = unbounded();
        let workers = Rc::new(Cell::new(0));
        let counted = Rc::clone(&workers);
        let build = move |context: &mut eframe::CreationContext<'static>| {
            let connect = move || {
                counted.set(counted.get() + 1);
                let (to_worker, events) = (to_worker.clone(), from_worker.clone());
                WorkerLink {
                    send: Box::new(move |request| to_worker.send(request).unwrap()),
                    events,
                    far: None,
                }
            };
            let mut app = App::new(&context.egui_ctx, connect, &["vae"], Vec::new());
            app.apply_settings(&context.egui_ctx, settings);
            app
        };
        let harness = Harness::builder().with_size(egui::vec2(1280.0, 800.0)).build_eframe(build);
        let jobs = RefCell::default();
        let mut window = Window { harness, replies, requests, jobs, workers };
        window.harness.run_steps(2);
        window.key(Key::Num5);
        assert_eq!(window.harness.state().state().screen, Screen::Train);
        window
    }

    fn new() -> Self {
        let window = Self::open(Settings::default());
        window.commands();
        window
    }

    /// A window whose run, job 1, trains a VAE of 1000 steps and stands at step 100.
    fn training() -> Self {
        let mut window = Self::new();
        window.click(Role::Button, "Start training");
        window.commands();
        window.begin();
        window
    }

    fn begin(&mut self) {
        self.job(JobEvent::Started { title: "Training a VAE".into() });
        self.job(JobEvent::Run(Box::new(info(0))));
        self.job(JobEvent::Steps((1..=100).map(step).collect()));
    }

    fn job(&mut self, event: JobEvent) {
        self.reply(self.job_id(1), Event::Job(event));
    }

    /// The number of the first, second, … job.
    fn job_id(&self, number: usize) -> JobId {
        self.jobs.borrow()[number - 1]
    }

    /// Tells what nobody has asked for.
    fn tell(&mut self, event: Event) {
        self.send(Reply { to: None, event });
    }

    fn reply(&mut self, request: RequestId, event: Event) {
        self.send(Reply { to: Some(request), event });
    }

    fn send(&mut self, reply: Reply) {
        self.replies.send(reply).unwrap();
        self.harness.run_steps(3);
    }

    /// Lets time pass until something with this label is there, which another thread may have to make first.
    fn until(&mut self, label: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.harness.query_by_label(label).is_none() {
            assert!(Instant::now() < deadline, "'{label}' never came");
            std::thread::sleep(Duration::from_millis(2));
            self.harness.run_steps(1);
        }
    }

    fn requests(&self) -> Vec<Request> {
        // How many images there are is asked for whenever another data set is chosen.
        let asked = self.requests.try_iter();
        let requests: Vec<Request> = asked.filter(|r| !matches!(r.command, Command::Survey(_))).collect();
        let starts = requests.iter().filter(|request| matches!(request.command, Command::Start(_)));
        self.jobs.borrow_mut().extend(starts.map(|request| request.id));
        requests
    }

    fn commands(&self) -> Vec<Command> {
        self.requests().into_iter().map(|request| request.command).collect()
    }

    /// The controls of job 1 since the last call.
    fn controls(&self) -> Vec<Control> {
        let control = |command| match command {
            Command::Control { job, control } if job == self.job_id(1) => Some(control),
            _ => None,
        };
        self.commands().into_iter().filter_map(control).collect()
    }

    /// The job that was started since the last call, with its number.
    fn started(&self) -> (usize, Job) {
        let start = |command| match command {
            Command::Start(work) => Some(work),
            _ => None,
        };
        let work = self.commands().into_iter().find_map(start).expect("a job");
        (self.jobs.borrow().len(), work)
    }

    fn click(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).click();
        self.harness.run_steps(3);
    }

    fn set(&mut self, role: Role, label: &str, value: f64) {
        self.harness.get_by_role_and_label(role, label).set_value_accesskit(value);
        self.harness.run_steps(3);
    }

    fn key(&mut self, key: Key) {
        self.harness.key_press_modifiers(Modifiers::NONE, key);
        self.harness.run_steps(3);
    }

    fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    fn is_disabled(&self, label: &str) -> bool {
        self.harness.get_by_role_and_label(Role::Button, label).accesskit_node().is_disabled()
    }

    fn close(&mut self) {
        let viewports = &mut self.harness.input_mut().viewports;
        viewports.get_mut(&ViewportId::ROOT).unwrap().events.push(ViewportEvent::Close);
        self.harness.run_steps(1);
        self.harness.run_steps(2);
    }

    fn leaving(&self) -> Leaving {
        self.harness.state().state().train.leaving
    }

    fn phase(&self) -> Phase {
        self.harness.state().state().train.runs[0].phase.clone()
    }
}

fn config() -> TrainConfig {
    let mut config = defaults();
    config.dataset.source = DataSource::BuiltinFaces;
    TrainConfig { steps: 1000, ..config }
}

fn info(step: usize) -> RunInfo {
    RunInfo {
        folder: "/runs/one".into(),
        config: config(),
        step,
        changes: Vec::new(),
        device: "CPU".into(),
        parameters: 1_234_567,
        train_images: 5000,
        validation_images: 500,
    }
}

fn step(step: usize) -> StepReport {
    StepReport {
        step,
        steps: 1000,
        reconstruction: 120.0,
        re: 0.01,
        kl: 20.0,
        kl_weight: 1.0,
        loss: 140.0,
        learning_rate: 1e-3,
        gradient_norm: 1.5,
        images_per_second: 640.4,
        seconds_left: 480.0,
        ..StepReport::default()
    }
}

fn history(folder: &Path, step: usize) -> Event {
    Event::RunOpened(Box::new(RunHistory {
        folder: folder.to_owned(),
        config: config(),
        step,
        changes: vec![Change { step: 20, adjustment: Adjustment::to(Setting::KlWeight, 4.0) }],
        forked_from: None,
        names: vec!["loss".into()],
        steps: vec![1, 2],
        columns: vec![vec![3.0, 2.0]],
        sheets: Vec::new(),
    }))
}

fn saved(step: usize) -> JobEvent {
    JobEvent::Saved { checkpoint: "/runs/one/checkpoint.safetensors".into(), step }
}

#[test]
fn the_form_starts_the_run_that_it_shows() {
    let mut window = Window::new();
    let folder = tempfile::tempdir().unwrap();
    let dropped: egui::DroppedFileHandle = Arc::new(Dropped(folder.path().to_owned()));
    window.harness.input_mut().dropped_files.push(dropped);
    dropped::look(&mut window.harness);
    window.click(Role::Button, "Quick look");
    window.click(Role::RadioButton, "SAE");
    assert!(window.harness.query_by_role_and_label(Role::Slider, "KL weight").is_none(), "a SAE has none");
    window.set(Role::Slider, "Sparsity weight", 3.0);
    window.set(Role::SpinButton, "Latent size", 48.0);
    let out = window.harness.state().state().train.form.folder();
    window.click(Role::Button, "Start training");
    let commands = window.commands();
    let Command::Start(Job::Train(TrainOrder { config, out: into })) = &commands[0] else {
        panic!("{commands:?}")
    };
    assert_eq!(
        (config.model.kind, config.model.image_size, config.model.latent_dim),
        (ModelKind::Sae, 32, 48)
    );
    assert_eq!(config.sparsity, Some(Sparsity::Kl { target: 0.05, weight: 3.0 }));
    assert_eq!(config.dataset.source, DataSource::Folder(folder.path().to_owned()));
    assert_eq!(into, &out);
    assert!(
        matches!(commands[1], Command::Control { job, control: Control::Watch(_) } if job == window.job_id(1)),
        "a run is watched from its start, {commands:?}"
    );
    assert_eq!(window.phase(), Phase::Queued);
}

#[test]
fn what_is_wrong_with_the_form_is_said_and_keeps_it_from_starting() {
    let mut window = Window::new();
    window.set(Role::SpinButton, "Batch size", 1.0);
    window.harness.get_by_label("Batch normalisation needs at least 2 images in a batch");
    assert!(window.is_disabled("Start training"));
    window.set(Role::SpinButton, "Batch size", 16.0);
    assert!(!window.is_disabled("Start training"));
    window.click(Role::RadioButton, "Cyclical");
    window.harness.get_by_role_and_label(Role::Image, "Planned KL weight");
}

#[test]
fn a_run_tells_where_it_stands_and_the_next_one_waits() {
    let mut window = Window::training();
    assert_eq!(window.phase(), Phase::Training);
    window.harness.get_by_label("step 100 of 1,000 · 8 min left");
    window.harness.get_by_label("Loss 140");
    window.harness.get_by_label("Images/s 640");
    window.click(Role::Button, "New run");
    window.click(Role::Button, "Add to the queue");
    let (job, _) = window.started();
    assert_eq!(job, 2);
    window.harness.get_by_label("waits until the job before it is over");
    window.click(Role::Button, "Cancel");
    assert_eq!(window.commands(), [Command::Cancel(window.job_id(2))]);
    window.reply(window.job_id(2), Event::Job(JobEvent::Cancelled));
    assert_eq!(window.harness.state().state().train.runs.len(), 1, "nothing of it is on disk");
    window.job(saved(100));
    window.job(JobEvent::Cancelled);
    assert_eq!(window.phase(), Phase::Stopped);
}

#[test]
fn a_run_is_paused_stepped_saved_and_stopped() {
    let mut window = Window::training();
    assert!(window.is_disabled("Step"), "it has to be held first");
    window.click(Role::Button, "Pause");
    assert_eq!(window.controls(), [Control::Pause]);
    window.job(JobEvent::Paused);
    assert_eq!(window.phase(), Phase::Held);
    window.click(Role::Button, "Step");
    window.click(Role::Button, "Save");
    window.click(Role::Button, "Continue");
    assert_eq!(window.controls(), [Control::StepOnce, Control::Save, Control::Continue]);
    window.job(JobEvent::Continued);
    assert!(window.is_disabled("Fork…"), "there is no checkpoint yet");
    window.job(saved(100));
    window.click(Role::Button, "Stop");
    assert_eq!(window.commands(), [Command::Cancel(window.job_id(1))]);
    assert!(window.is_disabled("Pause"));
    window.job(JobEvent::Cancelled);
    window.click(Role::Button, "Resume");
    let (job, work) = window.started();
    let run = "/runs/one".into();
    assert_eq!((job, work), (2, Job::Resume(ResumeOrder { run, changes: Changes::default() })));
}

#[test]
fn the_kl_weight_acts_on_the_run_and_is_shown_until_it_has() {
    let mut window = Window::training();
    window.set(Role::Slider, "KL weight", 25.0);
    assert_eq!(window.controls(), [Control::Adjust(Adjustment::to(Setting::KlWeight, 25.0))]);
    let shown = |window: &Window| {
        let slider = window.harness.get_by_role_and_label(Role::Slider, "KL weight");
        slider.accesskit_node().numeric_value().unwrap()
    };
    assert_eq!(shown(&window), 25.0);
    let change = Change { step: 100, adjustment: Adjustment::to(Setting::KlWeight, 25.0) };
    window.job(JobEvent::Changed(change));
    assert_eq!(shown(&window), 25.0);
    window.harness.get_by_label("KL weight 25");
    window.click(Role::Button, "As planned");
    window.set(Role::SpinButton, "Anneal to", 0.5);
    window.set(Role::SpinButton, "Anneal over", 50.0);
    window.click(Role::Button, "Go");
    window.set(Role::Slider, "Learning rate", 0.0004);
    window.set(Role::Slider, "Free bits", 0.1);
    window.set(Role::Slider, "KL weight", 0.0);
    let adjust = |adjustment| Control::Adjust(adjustment);
    assert_eq!(
        window.controls(),
        [
            adjust(Adjustment::planned(Setting::KlWeight)),
            adjust(Adjustment::line(Setting::KlWeight, 0.5, 50)),
            adjust(Adjustment::to(Setting::LearningRate, 0.0004)),
            adjust(Adjustment::to(Setting::FreeBits, 0.1)),
            adjust(Adjustment::to(Setting::KlWeight, 0.0)),
        ]
    );
    window.job(JobEvent::Cancelled);
    let slider = window.harness.query_by_role_and_label(Role::Slider, "KL weight");
    assert!(slider.is_none() && window.has("as of step 100"), "nobody listens any more");
}

/// A setting that the table says can change has a control, a line in the list of changes and a mark.
#[test]
fn the_weight_decay_changes_while_the_run_goes_on() {
    let mut window = Window::training();
    window.set(Role::Slider, "Weight decay", 0.01);
    let adjustment = Adjustment::to(Setting::WeightDecay, 0.01);
    assert_eq!(window.controls(), [Control::Adjust(adjustment)]);
    window.job(JobEvent::Changed(Change { step: 100, adjustment }));
    window.harness.get_by_label("weight decay 0.01");
    let state = window.harness.state().state();
    assert_eq!(state.train.run().unwrap().plan.as_ref().unwrap().value(Setting::WeightDecay, 100), 0.01);
    window.job(saved(100));
    window.click(Role::Button, "Fork…");
    window.click(Role::Button, "Add fork to the queue");
    let (_, work) = window.started();
    let Job::Fork(ForkOrder { config, .. }) = work else { panic!("{work:?}") };
    assert_eq!(config.weight_decay, 0.01, "as it stands there");
}

#[test]
fn a_fork_begins_where_the_run_was_saved() {
    let mut window = Window::training();
    window.job(saved(100));
    window.click(Role::Button, "Fork…");
    // The one of the run lies behind the dialog.
    let sliders = window.harness.query_all_by_role_and_label(Role::Slider, "KL weight");
    sliders.last().unwrap().set_value_accesskit(8.0);
    window.harness.run_steps(3);
    window.click(Role::Button, "Add fork to the queue");
    let (_, work) = window.started();
    let Job::Fork(ForkOrder { from, config, out }) = work else { panic!("{work:?}") };
    assert_eq!((from, config.kl_weight), ("/runs/one".into(), 8.0));
    assert_eq!(out.parent(), Some(Path::new("/runs")));
    assert!(window.harness.state().state().train.fork.is_none());
    // Its past is that of the run it came from.
    window.commands();
    window.reply(window.job_id(2), Event::Job(JobEvent::Started { title: "Training a VAE".into() }));
    let begun = RunInfo { folder: out.clone(), ..info(100) };
    window.reply(window.job_id(2), Event::Job(JobEvent::Run(Box::new(begun))));
    assert_eq!(window.commands(), [Command::OpenRun(out)]);
}

#[test]
fn closing_asks_saves_and_closes() {
    let mut window = Window::training();
    window.close();
    assert_eq!(window.leaving(), Leaving::Asking);
    window.click(Role::Button, "Keep training");
    assert_eq!(window.leaving(), Leaving::No);
    window.close();
    window.click(Role::Button, "Save and close");
    assert_eq!(window.commands(), [Command::Shutdown]);
    window.harness.get_by_label("Saving…");
    window.tell(Event::Stopped);
    assert!(!window.has("Worker stopped"), "that was asked for");
    assert_eq!(window.leaving(), Leaving::Saving);
    window.job(saved(120));
    window.job(JobEvent::Cancelled);
    assert_eq!(window.leaving(), Leaving::Now);
    let remembered = window.harness.state().state().train.remembered();
    assert_eq!(remembered, [RememberedRun { folder: "/runs/one".into(), left: RunLeft::Saved }]);
}

#[test]
fn an_idle_window_closes_at_once() {
    let mut window = Window::new();
    window.close();
    assert_eq!(window.leaving(), Leaving::Now);
}

#[test]
fn a_run_that_was_interrupted_is_offered_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("checkpoint.safetensors"), b"").unwrap();
    let remember = |folder: &Path| RememberedRun { folder: folder.to_owned(), left: RunLeft::UnderWay };
    let runs = vec![remember(folder.path()), remember(Path::new("/nowhere/at all"))];
    let mut window = Window::open(Settings { runs, ..Settings::default() });
    let sent = window.requests.try_iter().collect::<Vec<_>>();
    let opens = |folder: &Path| sent.iter().find(|r| r.command == Command::OpenRun(folder.to_owned()));
    assert!(opens(folder.path()).is_some());
    let gone = opens(Path::new("/nowhere/at all")).unwrap().id;
    window.reply(gone, Event::Failed { message: "/nowhere/at all is no run".into() });
    assert!(window.has("/nowhere/at all is no run"));
    window.click(Role::Button, "Close message");
    assert_eq!(window.harness.state().state().train.runs.len(), 1);
    window.tell(history(folder.path(), 40));
    let name = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    window.until(&format!("The run {name} was interrupted at step 40 of 1,000"));
    window.harness.query_all_by_role_and_label(Role::Button, "Resume").next().unwrap().click();
    window.harness.run_steps(3);
    let (_, work) = window.started();
    assert!(matches!(work, Job::Resume(ResumeOrder { run, .. }) if run == folder.path()));
    assert!(window.harness.state().state().messages.banners.is_empty());
}

#[test]
fn a_run_that_saved_itself_is_said_to_be_saved() {
    let folder = tempfile::tempdir().unwrap();
    let runs = vec![RememberedRun { folder: folder.path().to_owned(), left: RunLeft::Saved }];
    let mut window = Window::open(Settings { runs, ..Settings::default() });
    window.tell(history(folder.path(), 40));
    let name = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    window.until(&format!("The run {name} is saved at step 40 of 1,000"));
}

#[test]
fn a_run_that_is_done_goes_on_for_more_steps() {
    let mut window = Window::training();
    window.job(saved(1000));
    window.job(JobEvent::Steps(vec![step(1000)]));
    let summary = morphospace::worker::protocol::TrainSummary {
        steps: 1000,
        steps_per_second: 1.0,
        images_per_second: 64.0,
        train_loss: 100.0,
        validation_loss: None,
        checkpoint: "/runs/one/checkpoint.safetensors".into(),
        ranks: None,
    };
    window.job(JobEvent::Finished(morphospace::worker::protocol::JobResult::Trained(summary)));
    assert_eq!(window.phase(), Phase::Done);
    window.click(Role::Button, "Continue for…");
    assert!(window.has("1,000 done +") && window.has("more = 2,000"));
    window.set(Role::SpinButton, "More steps", 500.0);
    assert!(window.has("more = 1,500"));
    window.click(Role::Button, "Continue");
    let (_, work) = window.started();
    let changes = Changes { steps: Some(1500), ..Changes::default() };
    assert_eq!(work, Job::Resume(ResumeOrder { run: "/runs/one".into(), changes }));
}

#[test]
fn a_run_is_renamed_on_the_disk_and_in_the_list() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("old name");
    std::fs::create_dir(&folder).unwrap();
    let runs = vec![RememberedRun { folder: folder.clone(), left: RunLeft::AtRest }];
    let mut window = Window::open(Settings { runs, ..Settings::default() });
    window.tell(history(&folder, 40));
    window.click(Role::Button, "old name");
    window.until("step 40 of 1,000 · stopped");
    window.click(Role::Button, "Rename…");
    // The field has the focus, so that what is typed goes into it.
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.harness.run_steps(1);
    window.harness.event(egui::Event::Text("new name".into()));
    window.harness.run_steps(3);
    window.click(Role::Button, "Rename");
    window.until("The run is called new name now");
    assert!(parent.path().join("new name").is_dir() && !folder.exists());
    assert!(window.has("new name"));
}

#[test]
fn the_images_of_a_new_run_are_counted_before_it_starts() {
    let mut window = Window::open(Settings::default());
    let survey = |request: &Request| matches!(request.command, Command::Survey(DataSource::BuiltinFaces));
    let request = window.requests.try_iter().find(survey).expect("the images are counted").id;
    assert!(window.has("counting the images…"));
    let survey = Survey { images: 4000, train: 3603, validation: 195, test: 202, ..Survey::default() };
    window.reply(request, Event::Surveyed { data: DataSource::BuiltinFaces, survey });
    assert!(window.has("3,603 to train, 195 to validate"));
}

#[test]
fn the_arrow_keys_go_from_run_to_run() {
    let mut window = Window::training();
    window.click(Role::Button, "New run");
    window.click(Role::Button, "Add to the queue");
    let runs: Vec<u32> = window.harness.state().state().train.runs.iter().map(|run| run.key).collect();
    window.harness.get_by_role_and_label(Role::Button, "one").focus();
    window.harness.run_steps(2);
    window.key(Key::ArrowDown);
    assert_eq!(window.harness.state().state().train.selected, Some(runs[1]));
    window.key(Key::ArrowDown);
    window.key(Key::ArrowUp);
    assert_eq!(window.harness.state().state().train.selected, Some(runs[0]));
}

#[test]
fn a_run_that_cannot_be_read_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("checkpoint.safetensors"), b"").unwrap();
    let runs = vec![RememberedRun { folder: folder.path().to_owned(), left: RunLeft::AtRest }];
    let mut window = Window::open(Settings { runs, ..Settings::default() });
    assert_eq!(window.phase(), Phase::Reading);
    let message = "it is damaged".to_owned();
    let reads = |request: &Request| matches!(request.command, Command::OpenRun(_));
    let request = window.requests().into_iter().find(reads).unwrap().id;
    window.reply(request, Event::Failed { message });
    window.harness.get_by_label("it is damaged");
    assert!(window.harness.state().state().train.runs.is_empty());
}

#[test]
fn a_demonstration_is_told_in_chapters() {
    let mut window = Window::new();
    window.click(Role::Button, "Show it");
    let (_, work) = window.started();
    assert!(
        matches!(&work, Job::DemonstrateCollapse(order) if order.data == DataSource::BuiltinFaces && !order.quick)
    );
    window.begin();
    window.click(Role::RadioButton, "Curves");
    let (title, text) = ("The weight is raised".to_owned(), "The codes are pressed to the prior.".to_owned());
    let chapter = Chapter { number: 1, of: 3, title: title.clone(), text: text.clone() };
    window.job(JobEvent::Chapter(chapter));
    for label in [title.as_str(), text.as_str(), "2 of 3 · from step 100"] {
        assert!(window.has(label), "{label}");
    }
    assert_eq!(window.harness.state().state().train.view, View::Collapse, "it is shown where it is seen");
    assert!(window.is_disabled("Chapter before") && window.is_disabled("Next chapter"));
    let rescue = Chapter { number: 2, of: 3, title: "Rescue".into(), text: "It grows back.".into() };
    window.job(JobEvent::Chapter(rescue));
    assert!(window.has("3 of 3 · from step 100") && window.is_disabled("Next chapter"));
    window.click(Role::Button, "Chapter before");
    assert!(window.has(&title) && !window.has("It grows back."));
    window.click(Role::Button, "Next chapter");
    assert!(window.has("It grows back."));
}

#[test]
fn a_run_that_fails_can_be_resumed_from_the_banner() {
    let mut window = Window::training();
    window.job(saved(100));
    window.job(JobEvent::Failed { message: "the loss is no longer a number".into() });
    let banners = &window.harness.state().state().messages.banners;
    assert_eq!(banners.len(), 1);
    assert!(window.has("the loss is no longer a number"));
    window.click(Role::Button, "New run");
    window.harness.query_all_by_role_and_label(Role::Button, "Resume").next().unwrap().click();
    window.harness.run_steps(3);
    assert!(matches!(window.started().1, Job::Resume(_)));
}

#[test]
fn a_worker_that_has_stopped_is_started_again() {
    let mut window = Window::training();
    window.job(saved(100));
    window.tell(Event::Stopped);
    window.commands();
    window.click(Role::Button, "Restart");
    let deadline = Instant::now() + Duration::from_secs(30);
    while window.workers.get() < 2 {
        assert!(Instant::now() < deadline, "no second worker");
        std::thread::sleep(Duration::from_millis(10));
        window.harness.run_steps(1);
    }
    window.harness.run_steps(2);
    assert!(!window.has("Worker stopped"));
    assert!(!window.harness.state().state().messages.is_stopped);
    let model = Command::OpenModel(ModelSource::Shipped("vae".into()));
    let run = Command::OpenRun("/runs/one".into());
    assert_eq!(window.commands(), [Command::ComputeOn(DeviceConfig::default()), model, run]);
}

#[test]
fn every_view_fits_the_smallest_window_in_both_themes() {
    let mut window = Window::training();
    window.job(saved(100));
    window.harness.set_size(egui::vec2(900.0, 600.0));
    for _ in 0..2 {
        for view in ["Curves", "Pictures", "Collapse"] {
            window.click(Role::RadioButton, view);
            let mut right_end = 190.0;
            for tool in ["Pause", "Step", "Save", "Stop", "Fork…", "Explore"] {
                let rect = window.harness.get_by_role_and_label(Role::Button, tool).rect();
                assert!(rect.left() >= right_end - 0.5, "{tool} at {rect:?} in {view}");
                right_end = rect.right();
            }
            let views = window.harness.get_by_role_and_label(Role::RadioButton, "Curves").rect();
            assert!(views.left() >= right_end, "{views:?} and {right_end} in {view}");
            let slider = window.harness.get_by_role_and_label(Role::Slider, "KL weight").rect();
            assert!(slider.right() < 900.0 && slider.bottom() < 600.0, "{slider:?}");
        }
        window.key(Key::T);
    }
    window.click(Role::Button, "New run");
    let start = window.harness.get_by_role_and_label(Role::Button, "Add to the queue").rect();
    assert!(start.bottom() <= 600.0 - 28.0 && start.right() < 900.0, "{start:?} is not above the status bar");
}

/// The window and a real worker: a run is set up, changed while it trains, and is done.
#[test]
fn a_real_run_takes_a_change_and_ends() {
    let data = pictures::folder_of_pictures(24);
    let runs = tempfile::tempdir().unwrap();
    let settings = Settings { runs_folder: Some(runs.path().to_owned()), ..Settings::default() };
    let build = move |context: &mut eframe::CreationContext<'static>| {
        let connect = || {
            let worker = Worker::spawn(|| ());
            WorkerLink::here(worker)
        };
        let mut app = App::new(&context.egui_ctx, connect, &[], vec![]);
        app.apply_settings(&context.egui_ctx, settings);
        app
    };
    let mut harness: Harness<'static, App> =
        Harness::builder().with_size(egui::vec2(1280.0, 800.0)).build_eframe(build);
    let dropped: egui::DroppedFileHandle = Arc::new(Dropped(data.path().to_owned()));
    harness.input_mut().dropped_files.push(dropped);
    dropped::look(&mut harness);
    harness.get_by_role_and_label(Role::Button, "Quick look").click();
    harness.run_steps(3);
    for (name, value) in [("Base width", 4.0), ("Batch size", 8.0), ("Steps", 60.0)] {
        harness.get_by_role_and_label(Role::SpinButton, name).set_value_accesskit(value);
        harness.run_steps(2);
    }
    harness.get_by_role_and_label(Role::Button, "Start training").click();
    let run = |harness: &Harness<'static, App>| {
        let run = &harness.state().state().train.runs[0];
        (run.phase.clone(), run.step)
    };
    let deadline = Instant::now() + Duration::from_secs(120);
    let wait = |harness: &mut Harness<'static, App>, wanted: &dyn Fn(&Phase, usize) -> bool| {
        loop {
            harness.run_steps(1);
            let (phase, step) = run(harness);
            assert!(!matches!(phase, Phase::Failed(_)) && Instant::now() < deadline, "{phase:?} at {step}");
            if wanted(&phase, step) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    harness.run_steps(2);
    wait(&mut harness, &|phase, _| *phase == Phase::Training);
    harness.get_by_role_and_label(Role::Button, "Pause").click();
    wait(&mut harness, &|phase, _| *phase == Phase::Held);
    harness.get_by_role_and_label(Role::Slider, "KL weight").set_value_accesskit(50.0);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Continue").click();
    wait(&mut harness, &|phase, _| *phase == Phase::Done);
    let state = harness.state().state();
    let run = &state.train.runs[0];
    assert_eq!((run.step, run.plan.as_ref().unwrap().changes().len()), (60, 1));
    assert_eq!(run.plan.as_ref().unwrap().value(Setting::KlWeight, 59), 50.0);
    let told = std::fs::read_to_string(run.folder.join("history.csv")).unwrap();
    let mut lines = told.lines();
    let column = lines.next().unwrap().split(',').position(|name| name == "kl_weight").unwrap();
    let last = lines.next_back().unwrap().split(',').nth(column).unwrap();
    assert_eq!(last.parse::<f64>().unwrap(), 50.0);
}
