//! State of the window, as plain data: no widgets, no textures, no threads. Events change it through
//! [`State::apply`], people through its methods; what is to be done outside piles up in `effects`.

pub mod about;
mod answers;
pub mod atlas;
mod closing;
pub mod compare;
pub mod curves;
pub(crate) mod device;
pub(crate) mod direction_form;
mod directions;
mod effects;
pub(crate) mod explore;
pub(crate) mod faces;
mod grid_models;
mod guide_actions;
mod import_actions;
pub(crate) mod imports;
pub(crate) mod messages;
pub(crate) mod open;
pub(crate) mod open_queries;
pub(crate) mod own_direction;
pub mod palette;
pub(crate) mod photo_grid;
pub mod picks;
pub(crate) mod picture;
pub mod plot_view;
pub(crate) mod reconstruct;
pub mod remote;
mod remote_actions;
mod restart;
mod settings;
pub(crate) mod shelf;
pub mod tour;
pub mod train;
pub(crate) mod undo;
pub(crate) mod walk;
mod walk_actions;
mod wanted;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rust_i18n::t;

use crate::config::{DataSource, DeviceConfig};
use crate::gui::said;
use crate::image_buf::ImageBuf;
use crate::worker::protocol::{
    Answer, CacheReport, CacheRequest, Command, DeviceReport, Event, FoundFace, JobId, ModelId, ModelInfo,
    ModelSource, PriorInfo, Query, Reply, Request, RequestId, Slot, readable_size,
};

pub use effects::*;
pub use settings::Settings;

use atlas::AtlasScreen;
use compare::Compare;
use direction_form::DirectionsForm;
use explore::Explore;
use faces::Faces;
use imports::Imports;
use messages::{Messages, Notice, Severity};
use open_queries::OpenQueries;
use own_direction::OwnDirection;
use palette::Palette;
use picture::Picture;
use reconstruct::Reconstruct;
use remote::{ConnectDialog, FarDialog, Remote};
use tour::Tour;
use train::Leaving;
use train::Train;
use walk::{Source, Walk};

/// The screens, in the order of their tabs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    /// Sliders, pad, samples.
    #[default]
    Explore,
    /// Photos through the models.
    Reconstruct,
    /// Walks between two codes.
    Interpolate,
    /// Data sets and runs as maps.
    Atlas,
    /// Training runs.
    Train,
    /// Tables of numbers.
    Compare,
}

impl Screen {
    /// Whether the open models stand at its left.
    pub fn lists_models(self) -> bool {
        matches!(self, Screen::Explore | Screen::Reconstruct | Screen::Interpolate)
    }
}

/// The draw of the seed 0 that a model with a learned prior begins with: a clear face in the one that the window opens
/// with.
const FIRST_DRAW: usize = 12;

/// Everything the window shows.
#[derive(Debug, Default)]
pub struct State {
    /// The screen in front.
    pub screen: Screen,
    /// The names of the models inside the program.
    pub shipped: Vec<String>,
    /// Open models in the order of opening.
    pub models: Vec<ModelInfo>,
    /// The model whose sliders are shown.
    pub selected: Option<ModelId>,
    /// Sliders and pictures, per model.
    pub explores: BTreeMap<ModelId, Explore>,
    /// Faces made of others, per model.
    pub faces: BTreeMap<ModelId, Faces>,
    /// A direction in the making, of the model in use.
    pub own_direction: OwnDirection,
    /// The form for directions that the program finds.
    pub directions_form: DirectionsForm,
    /// The Reconstruct screen.
    pub reconstruct: Reconstruct,
    /// The Interpolate screen.
    pub walk: Walk,
    /// The Train screen.
    pub train: Train,
    /// The Compare screen.
    pub compare: Compare,
    /// The Atlas screen.
    pub atlas: AtlasScreen,
    /// Models of other programs that wait for something.
    pub imports: Imports,
    /// The computer of the worker, if it is another one.
    pub remote: Option<Remote>,
    /// The dialog that asks for a computer.
    pub connecting: Option<ConnectDialog>,
    /// The dialog for files of the other computer.
    pub far_dialog: Option<FarDialog>,
    /// Whether the window system delivers no files that are dropped on the window.
    pub takes_no_drops: bool,
    /// Banners, jobs and the status line.
    pub messages: Messages,
    /// Device that runs train and measure on, once the worker has said so.
    pub device: Option<DeviceReport>,
    /// Settings to remember.
    pub settings: Settings,
    /// Whether the help is open.
    pub shortcuts_open: bool,
    /// The palette, while it is open.
    pub palette: Option<Palette>,
    /// Whether the ways to begin are shown.
    pub is_welcoming: bool,
    /// Whether the window closes without waiting for the worker to save anything.
    pub closes_unsaved: bool,
    /// The tour of the window, while it goes on.
    pub tour: Option<Tour>,
    /// Content of the cache of data sets, as of when the help was opened.
    pub cache: Option<CacheReport>,
    /// The picture that a file is being chosen for.
    picture_to_save: Option<Arc<ImageBuf>>,
    /// The box that says what the program is.
    pub about: about::AboutBox,
    /// Effects outside, in order.
    pub effects: Vec<Effect>,
    /// Requests that are not answered yet, by number, in the order of their sending.
    awaited: BTreeMap<RequestId, Awaited>,
    /// The number of the last request.
    requests: RequestId,
    draws: u64,
    /// Steps of the solvers of flows, where they were chosen.
    solver_steps: BTreeMap<ModelId, usize>,
    queries: OpenQueries,
    asked: BTreeMap<Slot, Query>,
}

/// Purpose of a request.
#[derive(Clone, Debug, PartialEq)]
enum Awaited {
    /// A model, and whether it is to be selected even if another is.
    Model(ModelSource, bool),
    /// A photo, and what it is for; if nothing, it only goes into the list.
    Photo(PathBuf, Option<PhotoTarget>),
    /// The walk in a file.
    Walk(PathBuf),
    /// The past of the run in a folder.
    Run(PathBuf),
    /// The runs in a folder.
    Runs(PathBuf),
    /// Numbers of the images of a data set.
    Survey(DataSource),
    /// Another number of steps for the solver of a flow.
    Solver,
    /// Reading of a model of another program, and whether a person is asked even if he has approved it before.
    Import { ask: bool, files: Vec<PathBuf> },
    /// Pictures of a reading.
    ImportPreview,
    /// A reading that is remembered.
    ImportKept,
}

impl State {
    /// The words that fit: `drop` where files can be dropped on the window, `open` where they never arrive.
    pub fn offer<'a>(&self, drop: &'a str, open: &'a str) -> &'a str {
        if self.takes_no_drops { open } else { drop }
    }

    /// The model in use.
    pub fn model(&self) -> Option<&ModelInfo> {
        let id = self.selected?;
        self.models.iter().find(|model| model.id == id)
    }

    /// The sliders in use.
    pub fn explore(&self) -> Option<&Explore> {
        self.explores.get(&self.selected?)
    }

    /// The sliders in use.
    pub fn explore_mut(&mut self) -> Option<&mut Explore> {
        self.explores.get_mut(&self.selected?)
    }

    /// Faces made of others in the model in use.
    pub fn faces_mut(&mut self) -> Option<&mut Faces> {
        self.faces.get_mut(&self.selected?)
    }

    /// Whether a model is on its way.
    pub fn is_opening_model(&self) -> bool {
        let is_model = |awaited: &Awaited| matches!(awaited, Awaited::Model(..));
        self.awaited.values().any(is_model) && !self.messages.is_stopped
    }

    /// Opens a model; it is selected when it is there.
    pub fn open_model(&mut self, source: ModelSource) {
        self.await_model(source, true);
    }

    /// Opens a model; it is selected when it is there only if no other is.
    pub fn open_model_beside(&mut self, source: ModelSource) {
        self.await_model(source, false);
    }

    fn await_model(&mut self, source: ModelSource, to_front: bool) {
        let id = self.send(Command::OpenModel(source.clone()));
        self.awaited.insert(id, Awaited::Model(source, to_front));
    }

    fn await_photo(&mut self, path: PathBuf, target: Option<PhotoTarget>) {
        let id = self.send(Command::OpenPhoto(path.clone()));
        self.awaited.insert(id, Awaited::Photo(path, target));
    }

    /// Reads a walk out of a file.
    fn await_walk(&mut self, file: PathBuf) {
        let id = self.send(Command::OpenWalk(file.clone()));
        self.awaited.insert(id, Awaited::Walk(file));
    }

    /// Reads what a run has left in its folder.
    fn await_run(&mut self, folder: PathBuf) {
        let id = self.send(Command::OpenRun(folder.clone()));
        self.awaited.insert(id, Awaited::Run(folder));
    }

    /// Solves the flow of a model in so many steps.
    pub fn solve_in(&mut self, model: ModelId, steps: usize) {
        self.solver_steps.insert(model, steps);
        let id = self.send(Command::SolveIn { model, steps });
        self.awaited.insert(id, Awaited::Solver);
    }

    /// Steps of the solver that were chosen for a model; none if they are as its file says.
    pub fn solver_steps(&self, model: ModelId) -> Option<usize> {
        self.solver_steps.get(&model).copied()
    }

    /// Makes a model the one in use.
    pub fn select(&mut self, id: ModelId) {
        if self.selected == Some(id) || !self.models.iter().any(|model| model.id == id) {
            return;
        }
        self.selected = Some(id);
        self.reconstruct.reveal = Some(id);
    }

    /// Moves the sliders of Explore to the code of a photo in the model in use and goes there. `residual` is added to
    /// the code of the sliders, so that the face is the photo's.
    pub fn explore_code(&mut self, code: &[f32], residual: Vec<f32>) {
        if let Some(explore) = self.explore_mut() {
            explore.set_photo(code, residual);
            self.screen = Screen::Explore;
        }
    }

    /// Trains and measures on this from the next job on.
    pub fn compute_on(&mut self, device: DeviceConfig) {
        self.settings.device = device;
        self.send(Command::ComputeOn(device));
    }

    /// Looks for faces in photos from now on, in those that are open too, or no longer does.
    pub fn find_faces(&mut self, on: bool) {
        self.settings.find_faces = on;
        self.send(Command::FindFaces(on));
        let open: Vec<u32> = self.reconstruct.photos.iter().map(|photo| photo.info.id).collect();
        for id in open {
            match on {
                true => {
                    self.send(Command::FindFacesIn(id));
                }
                false => self.reconstruct.photos.iter_mut().for_each(|photo| photo.set_faces(None)),
            }
        }
    }

    fn faces_found(&mut self, id: u32, faces: Vec<FoundFace>) {
        let photo = self.reconstruct.photos.iter_mut().find(|photo| photo.info.id == id);
        if let Some(photo) = photo.filter(|_| self.settings.find_faces) {
            photo.set_faces(Some(faces));
        }
    }

    /// Has the crop of the photo in front remembered, if somebody has chosen it.
    pub fn remember_crop(&mut self) {
        let photo = self.reconstruct.current_mut();
        let news = photo.and_then(|photo| Some((photo.info.content, photo.take_unremembered()?)));
        if let Some((content, crop)) = news {
            self.send(Command::RememberCrop { content, crop });
        }
    }

    fn device_told(&mut self, report: DeviceReport) {
        if let Some(problem) = &report.problem {
            self.messages.error(problem.clone());
        }
        if let Some(note) = &report.note {
            self.messages.say(note.clone());
        }
        self.device = Some(report);
    }

    /// Opens or closes the help, which also shows the cache.
    pub fn toggle_shortcuts(&mut self) {
        self.shortcuts_open = !self.shortcuts_open;
        if self.shortcuts_open {
            self.send(Command::Cache(CacheRequest::Look));
        }
    }

    /// Empties the cache of data sets.
    pub fn clear_cache(&mut self) {
        self.send(Command::Cache(CacheRequest::Clear { older_than_days: None, data: None }));
    }

    fn take_cache(&mut self, report: CacheReport) {
        if report.removed > 0 {
            let size = readable_size(report.freed);
            self.messages.say(t!("Cleared %{size} of cached images", size = size).into());
        }
        for file in &report.failed {
            self.show_error(format!("{}: {}", file.path.display(), file.reason));
        }
        self.cache = Some(report);
    }

    /// A command for the worker. Returns its number, which every reply to it names.
    pub fn send(&mut self, command: Command) -> RequestId {
        self.requests += 1;
        self.effects.push(Effect::Send(Request { id: self.requests, command }));
        self.requests
    }

    /// Asks the worker to stop a job, and has the status bar show that.
    pub fn cancel_job(&mut self, job: JobId) {
        self.messages.jobs.iter_mut().filter(|line| line.id == job).for_each(|line| line.cancelling = true);
        self.send(Command::Cancel(job));
    }

    /// Takes in what the worker tells.
    pub fn apply(&mut self, reply: Reply) {
        let Reply { to, event } = reply;
        match said::event(event) {
            Event::ModelOpened(info) => {
                let to_front = match self.settled(to) {
                    Some(Awaited::Model(_, to_front)) => to_front,
                    _ => true,
                };
                self.model_opened(*info, to_front);
            }
            Event::ImportProposed(proposal) => {
                let awaited = self.settled(to);
                self.import_proposed(awaited, *proposal);
            }
            Event::ImportKept(file) => {
                self.settled(to);
                self.import_kept(file);
            }
            Event::PhotoOpened(info) => {
                let id = info.id;
                let file = info.path.clone();
                self.add_photo(info);
                self.walk_photo_opened(id, file.as_deref());
                match self.settled(to) {
                    Some(Awaited::Photo(_, Some(PhotoTarget::WalkKey(key)))) => {
                        let crop = self.reconstruct.photo(id).map(|photo| photo.crop).unwrap_or_default();
                        self.put_walk_key(key, Source::Photo(id, crop));
                    }
                    Some(Awaited::Photo(_, None)) => (),
                    _ => self.show_photo(id),
                }
            }
            Event::Answered { slot, answer } => {
                let more = matches!(&answer, Answer::Inversion(news) if !news.is_finished());
                if to.is_some_and(|request| self.queries.accept(slot, request, more)) {
                    self.take_answer(slot, answer);
                }
            }
            Event::Failed { message } => self.failed(to, message),
            Event::DirectionsOpened { model, set } => self.add_directions(model, set.directions),
            Event::Warning { message } => {
                self.messages.notice(Notice { severity: Severity::Warning, message });
            }
            Event::WalkOpened(plan) => {
                self.settled(to);
                self.open_walk(*plan);
            }
            // Only the command line asks for one.
            Event::CodeRead(_) | Event::Closed | Event::CropRemembered | Event::TableKept => (),
            Event::FacesFound { photo, faces } => self.faces_found(photo, faces),
            // What was asked before has been answered by other steps.
            Event::Solving => {
                self.settled(to);
                self.asked.clear();
            }
            Event::Cache(report) => self.take_cache(report),
            Event::KeptClaims(kept) => self.take_kept_claims(kept),
            Event::KeptTables(kept) => self.take_kept_tables(&kept),
            Event::FilesWritten { files } => {
                let name = |file: &PathBuf| {
                    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
                };
                let names: Vec<String> = files.iter().map(name).collect();
                let files = match &names[..] {
                    [one, other] => t!("%{one} and %{other}", one = one, other = other).into_owned(),
                    names => names.join(", "),
                };
                self.messages.say(t!("Saved %{files}", files = files).into());
            }
            Event::Device(report) => self.device_told(report),
            Event::Busy { what } => self.messages.busy = Some(what),
            Event::Idle => self.messages.busy = None,
            Event::RunOpened(history) => {
                self.settled(to);
                self.effects.push(Effect::ReadPast(history));
            }
            Event::Surveyed { data, survey } => {
                self.settled(to);
                self.train.form.counted(data, Ok(survey));
            }
            Event::RunsOpened(set) => {
                self.settled(to);
                self.runs_opened(*set);
            }
            Event::Job(event) => {
                // Jobs are always somebody's.
                let job = to.unwrap_or_default();
                self.prior_told(job, &event);
                self.directions_told(job, &event);
                self.atlas_told(job, &event);
                self.import_told(job, &event);
                if let Some(event) = self.compare_told(job, event) {
                    self.job_told(job, event);
                }
            }
            // Whoever closes the window has asked for it.
            Event::Stopped if self.train.leaving != Leaving::No => {}
            Event::Stopped => {
                self.compare.pending.clear();
                self.atlas.pending = None;
                self.messages.stopped();
            }
        }
    }

    /// Puts a photo of the session on the Reconstruct screen.
    pub fn show_photo(&mut self, id: u32) {
        self.put_in_front(id);
        self.screen = Screen::Reconstruct;
    }

    /// Makes a photo of the session the one that goes through the models.
    fn put_in_front(&mut self, id: u32) {
        if self.reconstruct.current == Some(id) {
            return;
        }
        self.reconstruct.forget_results();
        self.reconstruct.current = Some(id);
        // An answer about the photo before may be on its way.
        let is_of_photo =
            |slot: &Slot| matches!(slot, Slot::Reconstruct(_) | Slot::Invert(_) | Slot::Filter(_));
        let queries = &mut self.queries;
        self.asked.extract_if(.., |slot, _| is_of_photo(slot)).for_each(|(slot, _)| queries.forget(slot));
    }

    /// Purpose of a request that has been answered.
    fn settled(&mut self, request: Option<RequestId>) -> Option<Awaited> {
        self.awaited.remove(&request?)
    }

    fn model_opened(&mut self, info: ModelInfo, to_front: bool) {
        self.messages.say(t!("Opened %{name}", name = info.name).into());
        let mut code = None;
        if let Some(old) = self.models.iter().find(|model| model.source == info.source) {
            // Another reading of the same file is looked at from the same place.
            if info.config.imported.is_some() && old.config.latent_dim == info.config.latent_dim {
                code = self.explores.get(&old.id).map(Explore::code);
            }
            self.let_go_of(old.id);
        }
        let id = info.id;
        let explore = Explore::new(&info.latent).with_directions(info.directions.clone());
        // The middle of noise is no typical draw, and of a generator it is none that was ever learned.
        let from_noise =
            !info.config.kind.has_encoder() || info.prior.as_ref().is_some_and(PriorInfo::has_noise);
        let explore = match &info.prior {
            Some(prior) if prior.has_noise() => explore.drawing(prior.spread(info.config.latent_dim)),
            _ => explore,
        };
        let number = if info.prior.is_some() { FIRST_DRAW } else { 0 };
        let mut explore = if from_noise { explore.at_a_draw(number) } else { explore };
        code.iter().for_each(|code| explore.set_code(code));
        self.explores.insert(id, explore);
        self.faces.insert(id, Faces::new(&info.config));
        self.models.push(info);
        if to_front || self.model().is_none() {
            self.select(id);
        }
    }

    /// A request could not be done. Nothing else that is waited for is touched.
    fn failed(&mut self, request: Option<RequestId>, message: String) {
        match self.settled(request) {
            Some(Awaited::Run(folder)) => return self.run_unreadable(folder, message),
            Some(Awaited::Runs(folder)) => return self.runs_unreadable(&folder, message),
            // It is said beside the data set.
            Some(Awaited::Survey(data)) => return self.train.form.counted(data, Err(message)),
            Some(Awaited::Photo(file, _)) => self.walk_photo_failed(&file),
            Some(Awaited::ImportPreview) => return self.import_preview_failed(message),
            Some(Awaited::Import { files, .. }) => return self.import_failed(files, message),
            Some(Awaited::Model(..) | Awaited::Walk(_) | Awaited::Solver | Awaited::ImportKept) => (),
            None => {
                match request.and_then(|request| self.queries.slot(request).map(|slot| (slot, request))) {
                    // Of a question whose answer nobody waits for any more.
                    Some((slot, request)) if !self.queries.accept(slot, request, false) => return,
                    Some((Slot::Sheet, _)) => self.sheet_read(None),
                    Some((Slot::Atlas(slot), _)) => self.atlas_answer_failed(slot),
                    Some((Slot::WalkKey(model, key), _)) => {
                        self.walk.rows.get_mut(&model).map(|row| row.codes.remove(&key));
                    }
                    _ => (),
                }
            }
        }
        self.messages.error(message);
    }
}

#[cfg(test)]
mod tests;
