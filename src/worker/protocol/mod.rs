//! The contract between the worker threads and whoever drives them: the window, the command line, a
//! test. Only plain data crosses it: no tensors, no handles, nothing that could not go over a pipe.

mod atlas;
mod device;
mod ids;
mod imports;
mod job;
mod place;
mod question;
mod walk;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{
    Claim, DataSource, DeviceConfig, ImportedConfig, ModelConfig, Timeline, TrainConfig, WalkPlan,
};
use crate::image_buf::ImageBuf;
use crate::table::Table;

pub use crate::crop::Crop;
pub use crate::data::arrays::{ARRAY_ENDINGS, are_pictures};
pub use crate::data::format::{IMAGE_FORMATS, has_archive_extension, image_endings};
pub use crate::experiments::extractor::{DistanceOrder, ExtractorOrder};
pub use crate::experiments::{CollapseOrder, SmoothnessOrder};
pub use crate::features::set_file::is_feature_file;
pub use crate::filters::FilterKind;
pub use crate::measure::atlas::{AtlasOrder, AtlasSpot};
pub use crate::measure::code_space::CodeSpaceOrder;
pub use crate::measure::codes::CodesOrder;
pub use crate::measure::directions::DirectionsOrder;
pub use crate::measure::evaluate::EvaluationOrder;
pub use crate::measure::generative::SamplesOrder;
pub use crate::metrics::compare::PairsOrder;
pub use crate::metrics::sets::NEAREST_K;
pub use crate::models::imported::{MODEL_ENDINGS, has_model_ending};
pub use crate::report::*;
pub use crate::run::checkpoint::FILE_NAME as CHECKPOINT_FILE;
pub use crate::run::folder::is_in_use;
pub use crate::train::{Changes, ForkOrder, PriorOrder, ResumeOrder, TrainOrder};
pub use crate::worker::faces::FaceOrder;
pub use crate::worker::sets::{ComparisonOrder, FeatureOrder};
pub use atlas::{AtlasAnswer, AtlasQuery, AtlasSlot};
pub use device::{DeviceMemory, DeviceReport};
pub use ids::{AtlasId, JobId, ModelId, PhotoId, RequestId, sender_of};
pub use imports::ImportProposal;
pub use job::Job;
pub use place::{PathKind, path_kind};
pub use question::{Answer, FaceSource, Filtered, Query, Reconstruction, Slot};
pub use walk::{FeatureChange, WalkFilm};

/// A command on its way to a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Echoed in every reply to it.
    pub id: RequestId,
    /// The command.
    pub command: Command,
}

/// An event on its way from a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The request that it is about; none for what nobody has asked for.
    pub to: Option<RequestId>,
    /// The event.
    pub event: Event,
}

/// A command to a worker. Whatever cannot be done is answered by [`Event::Failed`], a job by
/// [`JobEvent::Failed`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Load a model. Answered by [`Event::ModelOpened`].
    OpenModel(ModelSource),
    /// Solve the flow of a model's prior in so many steps from now on. Answered by
    /// [`Event::Solving`].
    SolveIn {
        /// The model.
        model: ModelId,
        /// Steps from noise to code.
        steps: usize,
    },
    /// Say how a model of another program, in one file or in two, is read: as it was approved, else as the files say.
    /// Answered by [`Event::ImportProposed`].
    ProposeImport(Vec<PathBuf>),
    /// Show a model of another program as a reading has it; nothing is remembered. Answered by
    /// [`Event::ImportProposed`].
    PreviewImport {
        /// The file that is opened.
        file: PathBuf,
        /// The reading.
        config: Box<ImportedConfig>,
    },
    /// Remember a reading for its file. Answered by [`Event::ImportKept`].
    KeepImport {
        /// The file that is opened.
        file: PathBuf,
        /// The reading.
        config: Box<ImportedConfig>,
    },
    /// Forget a model. Answered by [`Event::Closed`], also where there is no such model.
    CloseModel(ModelId),
    /// Decode an image file. Answered by [`Event::PhotoOpened`].
    OpenPhoto(PathBuf),
    /// Take a picture from the clipboard. Answered by [`Event::PhotoOpened`].
    PastePhoto {
        /// Name.
        name: String,
        /// The picture.
        image: ImageBuf,
    },
    /// Look for faces in the photos that are opened from now on, or do not; it is done if it is never said. Answered
    /// by nothing.
    FindFaces(bool),
    /// Look for faces in an open photo. Answered by [`Event::FacesFound`].
    FindFacesIn(PhotoId),
    /// Remember the part of a photo that was chosen by hand, from one start to the next. Answered by
    /// [`Event::CropRemembered`].
    RememberCrop {
        /// [`PhotoInfo::content`].
        content: u64,
        /// The part; none to forget it.
        crop: Option<Crop>,
    },
    /// Read a walk file. Answered by [`Event::WalkOpened`].
    OpenWalk(PathBuf),
    /// Read a code: an array in a `.npy` file, or a list of numbers as JSON. Answered by [`Event::CodeRead`].
    ReadCode(PathBuf),
    /// Forget a map. Answered by [`Event::Closed`], also where there is no such map.
    CloseAtlas(AtlasId),
    /// Forget a photo. Answered by [`Event::Closed`], also where there is no such photo.
    ClosePhoto(PhotoId),
    /// A question whose answer is only of interest until the next one in the same slot. Answered by
    /// [`Event::Answered`], or by nothing where a newer one came in time.
    Ask {
        /// Slot of the answer. A newer question in the same slot replaces one not yet begun.
        slot: Slot,
        /// The question.
        query: Query,
    },
    /// Nobody waits any more for an answer in this slot.
    Withdraw(Slot),
    /// Write a file. Answered by [`Event::FilesWritten`].
    Export(Export),
    /// Look into the cache of data sets or clear it. Answered by [`Event::Cache`].
    Cache(CacheRequest),
    /// Compute the jobs that begin from now on on this; what there is, if it is never said. Answered by
    /// [`Event::Device`]. Questions are answered on the processor.
    ComputeOn(DeviceConfig),
    /// Start something long, as the job with the number of this request. Jobs run one after another, beside the
    /// answering of questions. Told in [`Event::Job`]; the last of these is one of finished, failed and cancelled.
    Start(Job),
    /// Stop a job at its next safe point; a training run saves itself first.
    Cancel(JobId),
    /// Change, hold or look at the training run that is this job. Nothing happens if it is over.
    Control {
        /// Number of the job.
        job: JobId,
        /// The request.
        control: Control,
    },
    /// Say which outcomes of tests of claims are kept. Answered by [`Event::KeptClaims`].
    ListClaims,
    /// Count the images of a data set and of its parts. Answered by [`Event::Surveyed`], or by nothing where another
    /// is asked for before it is done.
    Survey(DataSource),
    /// Keep a table in place of the one of its kind. Answered by [`Event::TableKept`], also where it could not be kept.
    KeepTable {
        /// Its kind.
        kind: TableKind,
        /// The models.
        models: Vec<PathBuf>,
        /// The measurement and what came of it, as the window has it.
        content: String,
    },
    /// Say which tables are kept. Answered by [`Event::KeptTables`].
    ListTables,
    /// Read what a run has left in its folder. Answered by [`Event::RunOpened`].
    OpenRun(PathBuf),
    /// Read the settings and last numbers of all runs whose folders stand in a folder. Answered by
    /// [`Event::RunsOpened`].
    OpenRuns(PathBuf),
    /// Keep directions with a model, in place of those that were kept: in `directions.json` in a run's folder, in
    /// `NAME.directions.json` beside the file of a model `NAME.safetensors`, among the person's own data for a model
    /// inside the program. The same model brings them when it is opened again. Answered by [`Event::FilesWritten`].
    SaveDirections {
        /// The model.
        model: ModelId,
        /// The directions, in the order in which they are shown.
        directions: Vec<Direction>,
    },
    /// Read a file of directions for a model; nothing is kept. Answered by [`Event::DirectionsOpened`].
    OpenDirections {
        /// The model.
        model: ModelId,
        /// The file: `.json`.
        file: PathBuf,
    },
    /// Finish: cancel the job in progress, save, end the threads.
    Shutdown,
}

/// A control of a training run while it goes on, with photos and the part of each that the model sees.
pub type Control = crate::observer::Control<(PhotoId, Crop)>;
/// The photos and codes of a `Control::Watch`.
pub type Watched = crate::observer::Watched<(PhotoId, Crop)>;

/// Request about the cache of data sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CacheRequest {
    /// Say what is in it.
    Look,
    /// Remove data sets; all, if nothing is said.
    Clear {
        /// Only what was not used for so many days.
        older_than_days: Option<u64>,
        /// Only what came from this folder or archive.
        data: Option<PathBuf>,
    },
}

/// Source of a model.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ModelSource {
    /// One of the checkpoints inside the program, by name.
    Shipped(String),
    /// A checkpoint file, the folder of a run, or, where there is neither, the name of a shipped model.
    File(PathBuf),
}

impl ModelSource {
    /// Its name in jobs: the file or folder, or the name of a shipped model.
    pub fn path(&self) -> PathBuf {
        match self {
            ModelSource::Shipped(name) => name.into(),
            ModelSource::File(path) => path.clone(),
        }
    }
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Export {
    /// A walk through models beside each other: there and back (a loop only there) as a film, or once as a strip, a row
    /// a model, or as numbered pictures in a folder.
    Walk {
        /// The models with their key codes.
        walks: Vec<(ModelId, Timeline<Vec<f32>>)>,
        /// Pictures from end to end.
        frames: usize,
        /// Seconds from end to end; without them a picture of a film stays for 80 ms.
        seconds: Option<f32>,
        /// The file: `.gif`, `.webp`, `.apng` or `.png`. A path that ends in a separator, or an existing folder, is
        /// where the pictures go one by one.
        file: PathBuf,
    },
    /// A walk as a file that [`Command::OpenWalk`] opens again.
    WalkPlan {
        /// The walk; files in it are absolute.
        plan: WalkPlan,
        /// The file: `.json`.
        file: PathBuf,
    },
    /// A checkpoint as a model to share: half precision, without the state of the run; or for other programs, see
    /// [`write_onnx`](crate::interchange::write_onnx) and [`write_pytorch`](crate::interchange::write_pytorch).
    Model {
        /// The checkpoint, the run's folder, or the name of a shipped model.
        checkpoint: PathBuf,
        /// The file: `.safetensors`, `.onnx` or `.py`.
        file: PathBuf,
    },
    /// A code as an array of NumPy, 1 × `latent_dim`.
    Code {
        /// The code, as in [`Query::Decode`].
        code: Vec<f32>,
        /// The file: `.npy`.
        file: PathBuf,
    },
    /// Pictures in rows as one PNG.
    Grid {
        /// The pictures.
        images: Vec<ImageBuf>,
        /// Pictures in a row.
        columns: usize,
        /// The file.
        file: PathBuf,
    },
    /// Pictures in rows and columns with their names as one PNG.
    Pictures {
        /// The pictures.
        pictures: PictureTable,
        /// The file.
        file: PathBuf,
    },
    /// Numbers over steps as one CSV: a line a step, a column each.
    Table {
        /// The columns, in the order of the file.
        columns: Vec<TableColumn>,
        /// The file: `.csv`.
        file: PathBuf,
    },
    /// Tables of results, see [`render`](crate::table::render).
    Results {
        /// The tables.
        tables: Vec<Table>,
        /// The file: `.md`, `.csv` or `.tex`.
        file: PathBuf,
    },
    /// The outcome of a test of a claim: tables as Markdown, CSV and LaTeX, plots and pictures as PNG, each under the
    /// name of the claim in a folder, which is made.
    Claim {
        /// The claim.
        claim: Claim,
        /// The outcome.
        report: Box<ClaimReport>,
        /// The folder.
        folder: PathBuf,
    },
    /// A plot as PNG.
    Plot {
        /// The plot.
        plot: Box<Plot>,
        /// The file: `.png`.
        file: PathBuf,
    },
    /// Points of a map with all that is known of them, a row each.
    Atlas {
        /// The map.
        atlas: AtlasId,
        /// The points; all if not said.
        points: Option<Vec<u32>>,
        /// The file: `.csv`, `.md` or `.tex`.
        file: PathBuf,
    },
    /// Directions of a model, with about five digits a number.
    Directions {
        /// The directions.
        set: DirectionSet,
        /// The file: `.json`.
        file: PathBuf,
    },
}

/// A column of a table over steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableColumn {
    /// Name in the first line.
    pub name: String,
    /// The steps it has a number for, rising.
    pub steps: Vec<u32>,
    /// As many numbers; NaN is an empty cell.
    pub values: Vec<f32>,
}

/// An event of a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A model is ready for questions, until it is closed.
    ModelOpened(Box<ModelInfo>),
    /// A model of another program waits for a person to approve its reading.
    ImportProposed(Box<ImportProposal>),
    /// A reading is remembered for this file, which opens so from now on.
    ImportKept(PathBuf),
    /// A photo is ready for questions, until it is closed.
    PhotoOpened(PhotoInfo),
    /// The faces in an open photo, the most prominent first.
    FacesFound {
        /// The photo.
        photo: PhotoId,
        /// The faces.
        faces: Vec<FoundFace>,
    },
    /// A part of a photo is remembered, or forgotten.
    CropRemembered,
    /// A walk is read; the files that it names are absolute.
    WalkOpened(Box<WalkPlan>),
    /// A code is read.
    CodeRead(Vec<f32>),
    /// A model, photo or map is forgotten.
    Closed,
    /// The flow of a model is solved in as many steps as was asked for.
    Solving,
    /// The answer to a question.
    Answered {
        /// The slot it was asked in.
        slot: Slot,
        /// The answer.
        answer: Answer,
    },
    /// A request that could not be done. The state is as before.
    Failed {
        /// A sentence for people.
        message: String,
    },
    /// An export is on disk.
    FilesWritten {
        /// The files; one but for a model for other programs.
        files: Vec<PathBuf>,
    },
    /// Something short began (opening, exporting) that a status line may show.
    Busy {
        /// As in "Opening photo.jpg".
        what: String,
    },
    /// The end of what [`Event::Busy`] said.
    Idle,
    /// Numbers of the images of a data set.
    Surveyed {
        /// The data set.
        data: DataSource,
        /// The numbers.
        survey: Survey,
    },
    /// The past of a run.
    RunOpened(Box<RunHistory>),
    /// The runs in a folder.
    RunsOpened(Box<RunSet>),
    /// Directions out of a file, which fit the model.
    DirectionsOpened {
        /// The model.
        model: ModelId,
        /// The directions.
        set: Box<DirectionSet>,
    },
    /// Something that was asked for was done, but not all of it.
    Warning {
        /// A sentence for people.
        message: String,
    },
    /// Content of the cache of data sets now.
    Cache(CacheReport),
    /// Kept outcomes of tests of claims, the newest first.
    KeptClaims(Vec<KeptClaim>),
    /// Kept tables, one of a kind.
    KeptTables(Vec<KeptTable>),
    /// The answer to [`Command::KeepTable`].
    TableKept,
    /// Device of jobs. Told when it is opened, and once a second while a job is done on a card.
    Device(DeviceReport),
    /// News of the job that the request has started.
    Job(JobEvent),
    /// A thread of the worker has ended for good. After an error nothing more will come from it.
    Stopped,
}

/// Facts about an open model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Its number in questions.
    pub id: ModelId,
    /// As in "VAE · FFHQ 64".
    pub name: String,
    /// Where it came from.
    pub source: ModelSource,
    /// Its shape.
    pub config: ModelConfig,
    /// The space of its codes as measured at the end of training, or that of the noise of its prior.
    pub latent: LatentInfo,
    /// The prior that was learned for its codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorInfo>,
    /// Updates it was trained for.
    pub steps: usize,
    /// Its training, if the file says so.
    pub train: Option<Box<TrainConfig>>,
    /// Weights in it.
    pub parameters: usize,
    /// On what it was trained, one after the other, as in "CPU"; empty if the file does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// Measured on validation images when the checkpoint was written, if it was.
    pub validation: Option<PixelMetrics>,
    /// Directions that are kept with it, in the space of its codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directions: Vec<Direction>,
}

/// Facts about an open photo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoInfo {
    /// Its number in questions.
    pub id: PhotoId,
    /// The file's name.
    pub name: String,
    /// The file, unless it was pasted.
    pub path: Option<PathBuf>,
    /// Its size in pixels, upright.
    pub width: usize,
    /// Its size in pixels, upright.
    pub height: usize,
    /// The whole photo, at most 768 pixels on the longer side.
    pub preview: ImageBuf,
    /// The faces in it, the most prominent first; none if they were not looked for.
    #[serde(default)]
    pub faces: Option<Vec<FoundFace>>,
    /// XXH3-64 of its pixels as they are kept.
    #[serde(default)]
    pub content: u64,
    /// The part of it that was chosen by hand at an earlier time.
    #[serde(default)]
    pub remembered: Option<Crop>,
}
