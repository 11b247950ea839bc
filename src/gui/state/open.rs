//! Files that come from outside: dropped, pasted, chosen, named on the command line.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rust_i18n::t;

use super::compare::Mode;
use super::compare::form::ExtractorChoice;
use super::compare::sets::SetKind;
use super::curves::table;
use super::messages::{Notice, Remedy, Severity};
use super::{DataTarget, Effect, PathKind, PathOrigin, PhotoTarget, Pick, Save, Screen, State};
use crate::config::{Alignment, DataSource, FeatureLoss, WALK_ENDING};
use crate::image_buf::ImageBuf;
use crate::worker::protocol::{
    Command, Export, ModelInfo, ModelSource, has_archive_extension, has_model_ending, is_feature_file,
};

impl State {
    /// Opens whatever lies at these paths, as soon as it is known: a checkpoint or the folder of a run as a model (on
    /// the Train screen as a run), a model of another program, of which it asks how it is read, an image as a photo,
    /// a data set (a folder, archive or arrays of images, the built-in faces) to train on (on the Compare screen to
    /// measure on, or as one of the two sets), a file of features as one of the two sets.
    pub fn open_paths(&mut self, paths: Vec<PathBuf>) {
        let (built_in, paths): (Vec<PathBuf>, Vec<PathBuf>) = paths
            .into_iter()
            .partition(|path| DataSource::try_from(path.clone()) == Ok(DataSource::BuiltinFaces));
        if !built_in.is_empty() {
            self.take_data(DataSource::BuiltinFaces);
        }
        // The two halves of a model.
        if paths.len() == 2 && paths.iter().all(|path| has_model_ending(path)) {
            return self.open_import(paths);
        }
        if !paths.is_empty() {
            self.effects.push(Effect::Look(paths, PathOrigin::ByName));
        }
    }

    /// Opens what lies at a path.
    pub fn looked(&mut self, path: PathBuf, place: PathKind) {
        self.remember_folder(&path);
        let ends_with = |ending: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
        match place {
            PathKind::Runs => self.open_runs(path),
            PathKind::Folder if (self.screen, self.compare.mode) == (Screen::Compare, Mode::Runs) => {
                self.open_runs(path);
            }
            PathKind::Folder | PathKind::Arrays => self.take_data(DataSource::Folder(path)),
            PathKind::Run if self.screen == Screen::Train => self.open_run(path),
            PathKind::Run => self.open_model(ModelSource::File(path)),
            // The worker says what is wrong with a file that is not there.
            PathKind::File | PathKind::Nothing if has_archive_extension(&path) => {
                self.take_data(DataSource::Folder(path));
            }
            PathKind::File | PathKind::Nothing if is_feature_file(&path) => {
                self.take_set(path, SetKind::ByName)
            }
            PathKind::File | PathKind::Nothing if is_efficientnet(&path) => {
                self.take_weights(ExtractorChoice::EfficientNet, path);
            }
            PathKind::File | PathKind::Nothing if is_inception(&path) => {
                self.take_weights(ExtractorChoice::Inception, path)
            }
            PathKind::File | PathKind::Nothing if has_model_ending(&path) => self.open_import(vec![path]),
            PathKind::File | PathKind::Nothing if is_walk(&path) => self.await_walk(path),
            PathKind::File | PathKind::Nothing if ends_with("safetensors") => {
                self.open_model(ModelSource::File(path));
            }
            PathKind::File | PathKind::Nothing => self.open_photo(path, PhotoTarget::Reconstruct),
        }
    }

    /// Opens what the lines of a pasted text name, if there is any of it.
    pub fn looked_at_text(&mut self, places: Vec<(PathBuf, PathKind)>) {
        let there: Vec<_> = places.into_iter().filter(|(_, place)| *place != PathKind::Nothing).collect();
        if there.is_empty() {
            self.pasted_nothing();
        }
        // The two halves of a model.
        if there.len() == 2 && there.iter().all(|(path, _)| has_model_ending(path)) {
            return self.open_import(there.into_iter().map(|(path, _)| path).collect());
        }
        there.into_iter().for_each(|(path, place)| self.looked(path, place));
    }

    fn pasted_nothing(&mut self) {
        self.messages.say(t!("The clipboard holds neither a picture nor the path of a file").into());
    }

    /// Effect of a file that is dropped on the screen in front, in a sentence.
    pub fn what_is_dropped(&self) -> Cow<'static, str> {
        match (self.screen, self.compare.mode) {
            (Screen::Train, _) => {
                t!("A folder of photos becomes the data set, the folder of a run is opened")
            }
            (Screen::Atlas, _) => {
                t!("A folder becomes what is mapped, an image finds its place on a map of codes")
            }
            (Screen::Compare, Mode::Models) => {
                t!("A folder becomes what is measured on, a checkpoint is opened")
            }
            (Screen::Compare, Mode::Runs) => t!("The runs in a folder are compared, a checkpoint is opened"),
            (Screen::Compare, Mode::Sets) => {
                t!("A folder, an archive, arrays or a file of features becomes one of the sets")
            }
            _ => t!("An image is reconstructed, a checkpoint or a walk is opened"),
        }
    }

    /// Takes a data set for the screen in front.
    fn take_data(&mut self, data: DataSource) {
        match (self.screen, self.compare.mode, data) {
            (Screen::Compare, Mode::Sets, DataSource::Folder(path)) => self.take_set(path, SetKind::Images),
            (Screen::Compare, _, data) => self.measure_on(data),
            (Screen::Atlas, _, data) => self.map_of(data),
            (_, _, data) => self.train_on(data),
        }
    }

    /// Sees sets of images by a network with these weights from now on.
    pub fn take_weights(&mut self, seen_by: ExtractorChoice, file: PathBuf) {
        self.remember_folder(&file);
        self.compare.form.take_weights(seen_by, file);
        self.screen = Screen::Compare;
    }

    /// Takes what was chosen in a dialog.
    pub fn picked(&mut self, pick: Pick, path: PathBuf) {
        match pick {
            Pick::Model => self.open_paths(vec![path]),
            Pick::Walk => {
                self.remember_folder(&path);
                self.await_walk(path);
            }
            Pick::Photo(target) => self.open_photo(path, target),
            Pick::File(save) => self.save_to(save, path),
            Pick::Data(_, target) => {
                self.remember_folder(&path);
                match target {
                    DataTarget::Train => self.train_on(DataSource::Folder(path)),
                    DataTarget::Measure => self.measure_on(DataSource::Folder(path)),
                    DataTarget::Atlas => self.map_of(DataSource::Folder(path)),
                    DataTarget::Import => {
                        if let Some(dialog) = &mut self.imports.dialog {
                            dialog.data = Some(DataSource::Folder(path));
                        }
                    }
                    DataTarget::Set(side) => self.choose_set(side, path, SetKind::Images),
                    DataTarget::ClaimSetting(claim, at) => {
                        self.compare.claims.choose_folder(claim, at, &path)
                    }
                    DataTarget::Prior => {
                        let data = DataSource::Folder(path).aligned(cut_for(self.prior_model()));
                        self.train.priors.form.data = Some(data);
                    }
                    DataTarget::Directions => {
                        let data = DataSource::Folder(path).aligned(cut_for(self.model()));
                        self.directions_form.data = Some(data);
                    }
                    DataTarget::Direction(number) => self.own_direction.add_images(number, path),
                }
            }
            Pick::Features(side) => {
                self.remember_folder(&path);
                self.choose_set(side, path, SetKind::ByName);
            }
            Pick::Weights(seen_by) => self.take_weights(seen_by, path),
            Pick::FeatureLoss => {
                self.remember_folder(&path);
                self.train.set_feature_loss(FeatureLoss::Inception(path));
            }
            Pick::Directions => {
                self.remember_folder(&path);
                if let Some(model) = self.selected {
                    self.send(Command::OpenDirections { model, file: path });
                }
            }
            Pick::Run => self.open_run(path),
            Pick::Runs => {
                self.remember_folder(&path);
                self.open_runs(path);
            }
            Pick::RunsFolder => self.keep_runs_in(path),
        }
    }

    /// Sets a new run up on a data set; where a prior is set up, that.
    pub fn train_on(&mut self, data: DataSource) {
        if self.screen == Screen::Train && self.train.selected.is_none() && self.train.priors.open {
            self.train.priors.form.data = Some(data);
            return;
        }
        self.messages.say(t!("A new run on %{data}", data = data).into());
        self.train.form.set_data(data);
        self.train.selected = None;
        self.train.priors.open = false;
        self.screen = Screen::Train;
    }

    /// Opens an image file.
    pub fn open_photo(&mut self, path: PathBuf, target: PhotoTarget) {
        self.remember_folder(&path);
        // On a map of codes it gets a place, and nothing else is to be shown.
        let on_map = self.screen == Screen::Atlas
            && self.atlas.shown.as_ref().is_some_and(|shown| shown.takes_photos());
        let target = Some(target).filter(|target| !on_map || *target != PhotoTarget::Reconstruct);
        self.await_photo(path, target);
    }

    /// Takes a picture from the clipboard.
    pub fn paste_image(&mut self, image: ImageBuf) {
        self.send(Command::PastePhoto { name: t!("Pasted picture").into(), image });
    }

    /// Takes text from the clipboard: paths or `file:` addresses, one a line.
    pub fn paste_text(&mut self, text: &str) {
        let paths: Vec<PathBuf> = text.lines().filter_map(pasted_path).collect();
        match paths.is_empty() {
            true => self.pasted_nothing(),
            false => self.effects.push(Effect::Look(paths, PathOrigin::AsText)),
        }
    }

    /// The folder becomes the one where dialogs begin.
    fn remember_folder(&mut self, path: &Path) {
        self.settings.last_folder = path.parent().filter(|parent| parent.is_absolute()).map(Path::to_owned);
    }

    /// Writes what was to be saved into the file that was chosen for it.
    pub fn save_to(&mut self, save: Save, file: PathBuf) {
        self.remember_folder(&file);
        if save == Save::Plots {
            return self.effects.push(Effect::Photograph(with_extension(file, "png")));
        }
        match self.export(save, file) {
            Some(export) => {
                self.send(Command::Export(export));
            }
            None => self.messages.say(t!("There is nothing to save yet").into()),
        }
    }

    /// Saves something where there is no dialog for it: at a path that was found for it, and says where.
    pub fn save_without_dialog(&mut self, save: Save, path: Result<PathBuf, String>) {
        let path = match path {
            Ok(path) => path,
            Err(why) => {
                let message = t!(
                    "This desktop offers no dialog for files, and there is no place to save it: %{why}",
                    why = why
                );
                return self.show_error(message.into());
            }
        };
        if save != Save::Plots && self.export(save, path.clone()).is_none() {
            return self.messages.say(t!("There is nothing to save yet").into());
        }
        let file = path.display();
        let message =
            t!("This desktop offers no dialog for files, so it is saved as %{file}", file = file).into();
        let notice = Notice { severity: Severity::Info, message };
        let folder = path.parent().unwrap_or(&path).to_owned();
        self.messages.with_remedy(notice, Remedy::Show(folder));
        self.save_to(save, path);
    }

    /// The desktop offers no dialog to open files with.
    pub fn no_dialog(&mut self) {
        let message = match self.takes_no_drops {
            false => t!(
                "This desktop offers no dialog for files. Drop the file on the window or paste its path, or install xdg-desktop-portal or zenity"
            ),
            true => t!(
                "This desktop offers no dialog for files. Paste the path of the file, or install xdg-desktop-portal or zenity"
            ),
        };
        self.show_error(message.into());
    }

    fn export(&self, save: Save, file: PathBuf) -> Option<Export> {
        let images =
            |pictures: &[super::Picture]| pictures.iter().map(|p| p.image.as_ref().clone()).collect();
        match save {
            Save::ExplorePicture => {
                let image = self.explore()?.picture.as_ref()?.image.as_ref().clone();
                Some(Export::Grid { images: vec![image], columns: 1, file: with_extension(file, "png") })
            }
            Save::Picture => {
                let image = self.picture_to_save.as_ref()?.as_ref().clone();
                Some(Export::Grid { images: vec![image], columns: 1, file: with_extension(file, "png") })
            }
            Save::SampleSheet => {
                let images: Vec<_> = images(&self.explore()?.samples.as_ref()?.pictures);
                Some(Export::Grid { images, columns: 6, file: with_extension(file, "png") })
            }
            Save::Numbers(quantities) => {
                let runs: Vec<_> = self.train.runs.iter().filter(|run| run.visible).collect();
                let names: Vec<String> = runs.iter().map(|run| run.name()).collect();
                let named = names.iter().zip(&runs).map(|(name, run)| (name.as_str(), &run.curves));
                let columns = table(named, quantities);
                (!columns.is_empty()).then(|| Export::Table { columns, file: with_extension(file, "csv") })
            }
            Save::Claim => {
                let outcome =
                    self.compare.claims.chosen.and_then(|claim| self.compare.claims.shown(claim))?;
                let (claim, report) = (outcome.order.claim.claim(), Box::new(outcome.report.clone()));
                Some(Export::Claim { claim, report, folder: file })
            }
            Save::AtlasPlot => self.atlas_plot(with_extension(file, "png")),
            Save::AtlasPoints => self.atlas_points(with_extension(file, "csv")),
            Save::Results(format) => {
                let (tables, file) = (self.compare.results(), with_extension(file, format.ending()));
                (!tables.is_empty()).then_some(Export::Results { tables, file })
            }
            Save::Directions => {
                let (model, directions) = (self.model()?, self.explore()?.directions().to_vec());
                let set = crate::worker::protocol::DirectionSet {
                    model: model.name.clone(),
                    latent_dim: model.config.latent_dim,
                    directions,
                };
                let file = with_extension(file, "json");
                (!set.directions.is_empty()).then_some(Export::Directions { set, file })
            }
            // A picture of the window, see `save_to`.
            Save::Plots => None,
            Save::Reconstructions => {
                let models = self.grid_models();
                let results = models.iter().filter_map(|m| self.reconstruct.shown(m.id));
                let rows: Vec<Vec<ImageBuf>> = match self.reconstruct.is_sheet {
                    true => self.reconstruct.sheet_rows(&models),
                    false => results.map(|result| images(&result.pictures())).collect(),
                };
                // While the noise changes, one answer may have it and another not yet.
                let columns =
                    rows.first().filter(|first| rows.iter().all(|row| row.len() == first.len()))?.len();
                Some(Export::Grid { images: rows.concat(), columns, file: with_extension(file, "png") })
            }
            Save::WalkFilm(format) => {
                self.walk_export(Some(self.walk.seconds), with_extension(file, format.ending()))
            }
            Save::WalkStrip => self.walk_export(None, with_extension(file, "png")),
            Save::WalkFrames => self.walk_export(None, file),
            Save::WalkPlan => {
                let plan = self.walk_plan().ok()?;
                Some(Export::WalkPlan { plan, file: with_walk_ending(file) })
            }
        }
    }

    fn walk_export(&self, seconds: Option<f32>, file: PathBuf) -> Option<Export> {
        let (walks, frames) = (self.ready_walks(), self.walk.frames);
        (!walks.is_empty()).then_some(Export::Walk { walks, frames, seconds, file })
    }

    /// Writes a picture of the plots.
    pub fn plots_photographed(&mut self, image: Option<ImageBuf>, file: PathBuf) {
        match image {
            Some(image) => {
                self.send(Command::Export(Export::Grid { images: vec![image], columns: 1, file }));
            }
            None => self.show_error(t!("The window gave no picture of its plots; try again").into()),
        }
    }

    /// Says that something outside did not work.
    pub fn show_error(&mut self, message: String) {
        self.messages.notice(Notice { severity: Severity::Warning, message });
    }
}

/// The squares that a model is used to.
fn cut_for(model: Option<&ModelInfo>) -> Alignment {
    let train = model.and_then(|model| model.train.as_ref());
    train.map(|train| train.dataset.source.alignment()).unwrap_or_default()
}

/// Whether a file is called as the weights of the Inception network of the FID are.
fn is_inception(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.ends_with(".pth") && name.contains("inception")
}

/// Whether a file is called as weights of an EfficientNet are, in either format.
fn is_efficientnet(path: &Path) -> bool {
    let has_ending = path
        .extension()
        .is_some_and(|e| ["pth", "safetensors"].iter().any(|end| e.eq_ignore_ascii_case(end)));
    has_ending
        && path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().to_lowercase().starts_with("efficientnet"))
}

/// The file with the extension that its format needs.
fn with_extension(file: PathBuf, extension: &str) -> PathBuf {
    if file.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension)) {
        return file;
    }
    let mut name = file.into_os_string();
    name.push(".");
    name.push(extension);
    name.into()
}

/// The file with the ending by which a walk is known when it is dropped.
fn with_walk_ending(file: PathBuf) -> PathBuf {
    if is_walk(&file) {
        return file;
    }
    let is_json = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    with_extension(if is_json { file.with_extension("") } else { file }, &WALK_ENDING[1..])
}

/// Whether a file is called as walks are.
fn is_walk(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().ends_with(WALK_ENDING))
}

/// A line of pasted text as a path, if it can be one.
fn pasted_path(line: &str) -> Option<PathBuf> {
    let line = line.trim().trim_matches(['"', '\'']);
    let path = match line.strip_prefix("file://") {
        Some(address) => percent_decoded(address)?,
        None => line.to_owned(),
    };
    let path = PathBuf::from(path);
    path.is_absolute().then_some(path)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_pasted_text() {
        let file = std::env::temp_dir().join("a face.png");
        let address = format!("file://{}", file.display().to_string().replace(' ', "%20"));
        for text in [address, file.display().to_string(), format!("  \"{}\" ", file.display())] {
            assert_eq!(pasted_path(&text), Some(file.clone()), "{text}");
        }
        for text in ["hello", "a face.png", "file://%zz"] {
            assert_eq!(pasted_path(text), None, "{text}");
        }
    }

    #[test]
    fn pasted_text_that_names_nothing_says_so() {
        let said = |state: &State| state.messages.line().map(|(text, ..)| text.to_owned());
        let mut state = State::default();
        state.paste_text("/no/such/file.png");
        assert!(matches!(&state.effects[..], [Effect::Look(paths, PathOrigin::AsText)] if paths.len() == 1));
        assert_eq!(said(&state), None, "nobody has looked yet");
        state.looked_at_text(vec![("/no/such/file.png".into(), PathKind::Nothing)]);
        assert!(said(&state).unwrap().contains("neither a picture nor the path of a file"));
    }

    #[test]
    fn what_is_saved_without_a_dialog_says_where() {
        let mut state = State::default();
        state.save_without_dialog(Save::Plots, Ok("/home/ada/Pictures/Morphospace/curves.png".into()));
        let banner = &state.messages.banners[0];
        assert!(banner.notice.message.ends_with("saved as /home/ada/Pictures/Morphospace/curves.png"));
        assert_eq!(banner.remedy, Some(Remedy::Show("/home/ada/Pictures/Morphospace".into())));
        assert!(matches!(&state.effects[..], [Effect::Photograph(file)] if file.ends_with("curves.png")));
        state.save_without_dialog(Save::ExplorePicture, Ok("/home/ada/face.png".into()));
        assert_eq!(state.messages.banners.len(), 1, "there is nothing to save");
    }

    #[test]
    fn two_pasted_paths_of_halves_are_one_model() {
        let mut state = State::default();
        let halves = ["/a/encoder.onnx", "/a/decoder.onnx"].map(|path| (path.into(), PathKind::File));
        state.looked_at_text(halves.to_vec());
        let [Effect::Send(request)] = &state.effects[..] else { panic!("{:?}", state.effects) };
        assert!(matches!(&request.command, Command::ProposeImport(files) if files.len() == 2));
    }

    #[test]
    fn a_file_gets_the_extension_of_its_format_once() {
        assert_eq!(with_extension("a.GIF".into(), "gif"), PathBuf::from("a.GIF"));
        assert_eq!(with_extension("a.b".into(), "png"), PathBuf::from("a.b.png"));
        assert_eq!(with_extension("walk".into(), "gif"), PathBuf::from("walk.gif"));
        for name in ["a", "a.json", "a.walk.json"] {
            assert_eq!(with_walk_ending(name.into()), PathBuf::from("a.walk.json"));
        }
    }
}
