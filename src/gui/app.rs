//! The loop of the window: events → state → panels → effects.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, unbounded};
use eframe::egui::{self, Context, Event as Input, Ui, ViewportCommand};
use rust_i18n::t;

use crate::gui::first_face::FirstFace;
use crate::gui::focus::FocusInSight;
use crate::gui::language::Language;
use crate::gui::panels;
use crate::gui::parts::{self, Parts};
use crate::gui::state::compare::Compare;
use crate::gui::state::train::RememberedRun;
use crate::gui::state::{Effect, Pick, Screen, Settings, State};
use crate::gui::tasks::{self, TaskResult};
use crate::gui::textures::Textures;
use crate::gui::widgets::drop_overlay;
use crate::gui::witness::Witness;
use crate::gui::{far_tasks, intents, keyboard, shot, theme};
use crate::image_buf::ImageBuf;
use crate::remote::link::{FarFiles, Launcher, RemoteWorker};
use crate::signals;
use crate::worker::Worker;
use crate::worker::protocol::{Event, ModelSource, Reply, Request};

/// Key of the settings in eframe's storage.
const SETTINGS: &str = "settings";

/// The way to a worker and back. The worker ends when this is dropped, which may take as long as the saving of
/// a run.
pub struct WorkerLink {
    /// Sends it a request.
    pub send: Box<dyn Fn(Request) + Send>,
    /// Its replies and events.
    pub events: Receiver<Reply>,
    /// The line, if it is on another computer.
    pub far: Option<Arc<RemoteWorker>>,
}

impl WorkerLink {
    /// The way to a worker on this computer.
    pub fn here(worker: Worker) -> Self {
        let events = worker.events().clone();
        WorkerLink { send: Box::new(move |request| worker.send(request)), events, far: None }
    }

    /// The way to one on another computer. `wake` is called when there is something to see.
    pub fn far(launcher: &Launcher, wake: impl Fn() + Send + Sync + 'static) -> Self {
        match RemoteWorker::connect(launcher.clone(), wake) {
            Ok(far) => {
                let events = far.events().clone();
                let far = Arc::new(far);
                let sender = Arc::clone(&far);
                WorkerLink { send: Box::new(move |request| sender.send(request)), events, far: Some(far) }
            }
            Err(error) => {
                let (sender, events) = unbounded();
                for event in [Event::Failed { message: error.to_string() }, Event::Stopped] {
                    // The receiver is here.
                    let _ = sender.send(Reply { to: None, event });
                }
                WorkerLink { send: Box::new(|_| ()), events, far: None }
            }
        }
    }
}

/// Starts a worker on this computer, or reaches for one by a launcher.
type Connect = Box<dyn FnMut(Option<&Launcher>) -> WorkerLink>;

/// The window's application.
pub struct App {
    state: State,
    textures: Textures,
    /// Starts a worker, or reaches for one on another computer.
    connect: Connect,
    /// None while a worker that has failed comes to its end.
    link: Option<WorkerLink>,
    done: (Sender<TaskResult>, Receiver<TaskResult>),
    /// Looks at the disk that are under way.
    looking: usize,
    /// Whether something was given to be opened at the start.
    has_brought: bool,
    theme_is_light: Option<bool>,
    /// The language where none is chosen, and the one in use.
    default_language: Language,
    spoken: Option<Language>,
    first_face: FirstFace,
    /// The runs as they were last written down.
    remembered: Vec<RememberedRun>,
}

impl App {
    /// An application that talks to the worker that `connect` starts, now and whenever one has failed. It asks
    /// for the models inside the program (`models`, the first in front) and for what lies at `paths` at once,
    /// before there is a window.
    pub fn new(
        ctx: &Context,
        mut connect: impl FnMut() -> WorkerLink + 'static,
        models: &[&str],
        paths: Vec<PathBuf>,
    ) -> Self {
        App::at(ctx, move |_| connect(), None, models, paths)
    }

    /// An application as by [`App::new`], with a worker at a place, which may change.
    pub fn at(
        ctx: &Context,
        mut connect: impl FnMut(Option<&Launcher>) -> WorkerLink + 'static,
        place: Option<Launcher>,
        models: &[&str],
        paths: Vec<PathBuf>,
    ) -> Self {
        ctx.add_plugin(FocusInSight::default());
        let link = Some(connect(place.as_ref()));
        let mut app = App {
            state: State::at(place),
            textures: Textures::default(),
            connect: Box::new(connect),
            link,
            done: unbounded(),
            looking: 0,
            has_brought: !paths.is_empty(),
            theme_is_light: None,
            default_language: Language::default(),
            spoken: None,
            first_face: FirstFace::new(),
            remembered: Vec::new(),
        };
        app.open_shipped(models.iter().map(|name| (*name).to_owned()).collect());
        app.state.open_paths(paths);
        app.perform(ctx);
        app
    }

    fn open_shipped(&mut self, models: Vec<String>) {
        for name in &models {
            self.state.open_model_beside(ModelSource::Shipped(name.clone()));
        }
        self.state.shipped = models;
    }

    /// Leaves the worker for one at another place. What was open stays where it was.
    fn move_to(&mut self, ctx: &Context, place: Option<Launcher>) {
        let mut settings = self.settings();
        settings.move_between(self.state.place(), place.as_ref());
        let models = std::mem::take(&mut self.state.shipped);
        let takes_no_drops = self.state.takes_no_drops;
        let keeps_tables = self.state.compare.keeps_tables();
        self.state = State::at(place);
        if keeps_tables {
            self.state.keep_tables();
        }
        self.state.takes_no_drops = takes_no_drops;
        self.textures = Textures::default();
        self.open_shipped(models);
        self.apply_settings(ctx, settings);
        let link = self.link.take();
        tasks::end_worker(ctx, &self.done.0, move || drop(link));
    }

    /// Takes over what an earlier start has saved.
    pub fn restore(&mut self, ctx: &Context, mut saved: Settings) {
        if let Some(place) = self.state.place() {
            saved.move_between(None, Some(place));
        }
        self.apply_settings(ctx, saved);
        // Whoever brings something knows what for.
        if !self.has_brought {
            self.state.welcome();
        }
        self.state.keep_tables();
    }

    /// Gives the window its looks and settings.
    pub fn apply_settings(&mut self, ctx: &Context, settings: Settings) {
        let last_folder = self.state.settings.last_folder.take().or(settings.last_folder.clone());
        if let Some(folder) = &settings.runs_folder {
            self.state.train.form.set_parent(folder.clone());
        }
        self.state.restore_runs(settings.runs.clone());
        let form = std::mem::replace(&mut self.state.compare.form, settings.compare.clone());
        // Given on the command line.
        if let Some(file) = form.weights() {
            self.state.compare.form.take_weights(form.seen_by, file.clone());
        }
        // Whoever has dropped sets by now has chosen them, and what is compared.
        let Compare { two, mode, .. } = &mut self.state.compare;
        if two.a.is_none() && two.b.is_none() {
            *mode = settings.compare_mode;
            two.restore(&settings.two_sets);
        }
        self.state.settings = Settings { last_folder, ..settings };
        // There it is as the windows before have chosen.
        if self.state.remote.is_none() {
            self.state.compute_on(self.state.settings.device);
        }
        if !self.state.settings.find_faces {
            self.state.find_faces(false);
        }
        theme::install(ctx);
        self.follow_theme(ctx);
    }

    /// Says whether files that are dropped on the window never arrive, so that none are asked for.
    pub fn takes_no_drops(&mut self, none: bool) {
        self.state.takes_no_drops = none;
    }

    /// Chooses the language for those who have chosen none.
    pub fn speak_by_default(&mut self, language: Language) {
        self.default_language = language;
    }

    /// Whether the disk is being looked at, so that what was dropped or pasted is not open yet.
    pub fn is_looking(&self) -> bool {
        self.looking > 0
    }

    /// Everything the window shows.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Settings as they are to be found at the next start.
    fn settings(&self) -> Settings {
        let compare = &self.state.compare;
        Settings {
            runs: self.state.train.remembered(),
            compare: compare.form.remembered(),
            compare_mode: compare.mode,
            two_sets: compare.two.remembered(),
            ..self.state.settings.clone()
        }
    }

    /// Settings that an earlier start has saved.
    pub fn saved_settings(storage: Option<&dyn eframe::Storage>) -> Settings {
        storage.and_then(|storage| eframe::get_value(storage, SETTINGS)).unwrap_or_default()
    }

    /// Draws a frame.
    pub fn frame(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.follow_language();
        // Before the worker, which hears of a signal too, says that the run has ended.
        if signals::are_heard() {
            self.state.end();
        }
        self.receive_events(&ctx);
        if ctx.input(|input| input.viewport().close_requested()) && !self.state.may_close() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        }
        self.outside_input(&ctx);
        intents::run_shortcuts(&ctx, &mut self.state);
        self.follow_theme(&ctx);
        self.show(ui);
        self.state.settle();
        self.perform(&ctx);
        self.textures.end_frame();
        let face = self.state.explore().is_some_and(|explore| explore.picture.is_some());
        self.first_face.end_frame(&ctx, face);
    }

    /// Everything that came since the last frame.
    fn receive_events(&mut self, ctx: &Context) {
        self.state.messages.tick(ctx.input(|input| input.time));
        self.receive_line_news();
        while let Some(reply) = self.link.as_ref().and_then(|link| link.events.try_recv().ok()) {
            // A job is told before its events.
            self.receive_line_news();
            self.state.apply(reply);
        }
        while let Ok(done) = self.done.1.try_recv() {
            match done {
                TaskResult::WorkerEnded => {
                    self.link = Some((self.connect)(self.state.place()));
                    self.state.worker_restarted();
                }
                TaskResult::FarListed(listed) => self.state.far_listed(listed),
                TaskResult::Sent(pick, path) => self.state.picked(pick, path),
                TaskResult::Looked(places) => {
                    self.looking -= 1;
                    places.into_iter().for_each(|(path, place)| self.state.looked(path, place));
                }
                TaskResult::LookedAtText(places) => {
                    self.looking -= 1;
                    self.state.looked_at_text(places);
                }
                TaskResult::Names(folder, names) => {
                    self.looking -= 1;
                    self.state.names_listed(&folder, names);
                }
                TaskResult::Renamed(from, to) => self.state.folder_renamed(&from, &to),
                TaskResult::FolderShown => (),
                TaskResult::Map(ready) => self.state.atlas_ready(*ready),
                TaskResult::Past(past) => self.state.run_read(*past),
                TaskResult::Photographed(image, file) => self.state.plots_photographed(image, file),
                TaskResult::Picked(pick, path) => {
                    match self.files().filter(|_| !matches!(pick, Pick::File(_))) {
                        Some(files) => far_tasks::send_picked(ctx, &self.done.0, files, pick, path),
                        None => self.state.picked(pick, path),
                    }
                }
                TaskResult::NoDialog => self.state.no_dialog(),
                TaskResult::SaveAt(save, path) => self.state.save_without_dialog(save, path),
                TaskResult::Failed(message) => self.state.show_error(message),
            }
        }
        if self.state.walk.playing {
            if self.state.screen == Screen::Interpolate && self.state.walk_is_ready() {
                self.state.walk.advance(ctx.input(|input| input.stable_dt.min(0.1)));
                ctx.request_repaint();
            } else {
                self.state.walk.playing = false;
            }
        }
    }

    fn receive_line_news(&mut self) {
        let far = self.link.as_ref().and_then(|link| link.far.clone());
        while let Some(news) = far.as_ref().and_then(|far| far.news().try_recv().ok()) {
            self.state.line_told(news);
        }
    }

    /// Files of the other computer, if the worker is there.
    fn files(&self) -> Option<FarFiles> {
        Some(self.link.as_ref()?.far.as_ref()?.files())
    }

    /// Files dropped on the window, and what is pasted when no text field wants it.
    fn outside_input(&mut self, ctx: &Context) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        self.state.open_paths(dropped.iter().map(|file| file.path().to_owned()).collect());
        if ctx.text_edit_focused() {
            return;
        }
        for event in ctx.input(|input| input.events.clone()) {
            match event {
                Input::Paste(text) => self.state.paste_text(&text),
                Input::PasteImage(image) => {
                    let rgba = image.pixels.iter().map(|pixel| pixel.to_srgba_unmultiplied());
                    if let Some(image) = ImageBuf::from_rgba(image.width(), image.height(), rgba) {
                        self.state.paste_image(image);
                    }
                }
                _ => {}
            }
        }
    }

    fn follow_language(&mut self) {
        let language = self.state.settings.language.unwrap_or(self.default_language);
        if self.spoken != Some(language) {
            self.spoken = Some(language);
            language.speak();
        }
    }

    fn follow_theme(&mut self, ctx: &Context) {
        let light = self.state.settings.light;
        if self.theme_is_light != Some(light) {
            self.theme_is_light = Some(light);
            ctx.set_theme(if light { egui::Theme::Light } else { egui::Theme::Dark });
        }
    }

    fn show(&mut self, ui: &mut Ui) {
        let (state, textures) = (&mut self.state, &mut self.textures);
        parts::resize_by_keys(ui);
        panels::top_bar::show(ui, state);
        panels::welcome::show(ui, state);
        panels::status_bar::show(ui, state);
        // The keyboard comes to what is set at the right first, then to the list of models.
        match state.screen {
            Screen::Explore => {
                panels::explore_side::show(ui, state, textures);
                panels::models::show(ui, state, textures);
                panels::explore::show(ui, state, textures);
            }
            Screen::Reconstruct => {
                panels::reconstruct_side::show(ui, state, textures);
                panels::models::show(ui, state, textures);
                panels::reconstruct::show(ui, state, textures);
            }
            Screen::Interpolate => {
                panels::interpolate_side::show(ui, state, textures);
                panels::models::show(ui, state, textures);
                panels::interpolate::show(ui, state, textures);
            }
            Screen::Atlas => panels::atlas::show(ui, state, textures),
            Screen::Train => panels::train::show(ui, state, textures),
            Screen::Compare => panels::compare::show(ui, state, textures),
        }
        let parts = Parts::of(ui);
        parts::finish_edges(ui);
        panels::banners::show(ui.ctx(), state, parts.middle);
        panels::shortcuts::show(ui.ctx(), state);
        panels::about::show(ui.ctx(), state);
        panels::import::show(ui.ctx(), state, textures);
        panels::connect::show(ui.ctx(), state);
        panels::far_files::show(ui.ctx(), state);
        panels::palette::show(ui.ctx(), state);
        panels::tour::show(ui.ctx(), state, &parts);
        panels::leaving::show(ui.ctx(), state);
        drop_overlay::show(ui.ctx(), &state.what_is_dropped());
        keyboard::end_frame(ui, &parts);
    }

    /// Does outside what the state wants done.
    fn perform(&mut self, ctx: &Context) {
        let folder = self.state.settings.last_folder.clone();
        for effect in std::mem::take(&mut self.state.effects) {
            match effect {
                // While there is no worker nothing can be told; the next one is asked for everything anew.
                Effect::Send(request) => self.link.iter().for_each(|link| (link.send)(request.clone())),
                Effect::Pick(pick) if pick.is_of_worker() && self.state.remote.is_some() => {
                    self.state.pick_far(pick)
                }
                Effect::Pick(pick) | Effect::PickHere(pick) => {
                    let folder = folder.clone().filter(|_| self.state.remote.is_none());
                    tasks::open_dialog(ctx, &self.done.0, pick, folder);
                }
                Effect::Look(paths, given) => {
                    self.looking += 1;
                    match self.files() {
                        Some(files) => far_tasks::look(ctx, &self.done.0, files, paths, given),
                        None => tasks::look(ctx, &self.done.0, paths, given),
                    }
                }
                Effect::ListNames(folder) => {
                    self.looking += 1;
                    match self.files() {
                        Some(files) => far_tasks::list_names(ctx, &self.done.0, files, folder),
                        None => tasks::list_names(ctx, &self.done.0, folder),
                    }
                }
                Effect::RenameFolder { from, to } => tasks::rename_folder(ctx, &self.done.0, from, to),
                Effect::ShowFolder(folder) => tasks::show_folder(ctx, &self.done.0, folder),
                Effect::ListFar(folder) => match self.files() {
                    Some(files) => far_tasks::list(ctx, &self.done.0, files, folder),
                    None => self.state.far_listed(Err(t!("there is no connection").into())),
                },
                Effect::MoveTo(place) => self.move_to(ctx, place),
                Effect::TakeControl => {
                    self.link.iter().filter_map(|link| link.far.as_ref()).for_each(|far| far.take_control());
                }
                Effect::Paste => ctx.send_viewport_cmd(ViewportCommand::RequestPaste),
                Effect::Copy(text) => ctx.copy_text(text),
                Effect::CopyPicture(image) => {
                    let size = [image.width(), image.height()];
                    ctx.copy_image(egui::ColorImage::from_rgb(size, image.pixels()));
                }
                Effect::Photograph(file) => {
                    let [x, y, width, height] = self.state.train.plots_area;
                    let part = egui::Rect::from_min_size(egui::pos2(x, y), egui::vec2(width, height));
                    let done = self.done.0.clone();
                    shot::take(ctx, part, move |image| {
                        // The window may be closed by now; then nobody wants to know.
                        let _ = done.send(TaskResult::Photographed(image, file));
                    });
                }
                Effect::IndexMap(map, order, model) => {
                    tasks::index_map(ctx, &self.done.0, *map, (order, model));
                }
                Effect::ReadPast(history) => tasks::read_past(ctx, &self.done.0, history),
                Effect::Restart => {
                    let link = self.link.take();
                    tasks::end_worker(ctx, &self.done.0, move || drop(link));
                }
                Effect::Close => ctx.send_viewport_cmd(ViewportCommand::Close),
            }
        }
    }

    /// Writes down at once which runs there are and which goes on: the program may be killed.
    fn remember_runs(&mut self, frame: &mut eframe::Frame) {
        let runs = self.state.train.remembered();
        if runs == self.remembered {
            return;
        }
        self.remembered = runs;
        if let Some(storage) = frame.storage_mut() {
            eframe::App::save(self, storage);
            storage.flush();
        }
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        Witness::frame(ui.ctx(), frame);
        self.frame(ui);
        // What a click changes may have been painted before it in this frame.
        if ui.input(|input| !input.events.is_empty()) {
            ui.ctx().request_repaint();
        }
        self.remember_runs(frame);
    }

    // Where the edges of panels fall between two pixels it is to be seen.
    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        let colors = if visuals.dark_mode { theme::dark() } else { theme::light() };
        colors.canvas.to_normalized_gamma_f32()
    }

    fn on_exit(&mut self) {
        if self.state.closes_unsaved {
            signals::hurry();
            // A worker that is let go of saves its run.
            std::mem::forget(self.link.take());
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        let mut settings = self.settings();
        // What is in front at the next start is this computer's.
        if let Some(place) = self.state.place() {
            settings.move_between(Some(place), None);
        }
        eframe::set_value(storage, SETTINGS, &settings);
    }
}
