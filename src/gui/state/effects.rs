//! Effects outside of the state: what it wants done, and what a person is to choose for it.

use std::path::PathBuf;
use std::sync::Arc;

use super::compare::form::ExtractorChoice;
use super::compare::sets::SetSide;
use super::curves::RunQuantity;
use super::walk::KeyId;
use crate::config::Claim;
use crate::image_buf::ImageBuf;
use crate::remote::link::Launcher;
use crate::table::TableFormat;
pub use crate::worker::protocol::PathKind;
use crate::worker::protocol::{AtlasMap, AtlasOrder, ModelId, Request, RunHistory};

/// Target of a photo that is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoTarget {
    /// To be reconstructed.
    Reconstruct,
    /// To be this key face of the walk, or another one.
    WalkKey(Option<KeyId>),
}

/// Content of a file that a person chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Save {
    /// The large picture of Explore.
    ExplorePicture,
    /// The picture that was pointed at.
    Picture,
    /// The sheet of samples.
    SampleSheet,
    /// Photo, reconstruction and difference of the models.
    Reconstructions,
    /// The walk as an animation.
    WalkFilm(FilmFormat),
    /// The walk as a strip.
    WalkStrip,
    /// The directions of the model in use.
    Directions,
    /// The pictures of the walk one by one, in a folder.
    WalkFrames,
    /// The walk itself, to be opened again.
    WalkPlan,
    /// The plots of the Train screen as they are seen.
    Plots,
    /// All numbers of some quantities of the runs that are seen.
    Numbers(&'static [RunQuantity]),
    /// The map of the Atlas screen as a plot.
    AtlasPlot,
    /// The selected points of the map, or all, as a table.
    AtlasPoints,
    /// The tables of the Compare screen.
    Results(TableFormat),
    /// All that came out of the test of the chosen claim, in a folder.
    Claim,
}

/// The format of an animation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilmFormat {
    /// 256 colours a picture; shown everywhere.
    Gif,
    /// Without loss; shown by every browser.
    WebP,
    /// Without loss; shown by every browser.
    Apng,
}

impl FilmFormat {
    /// Ending of the names of its files.
    pub fn ending(self) -> &'static str {
        match self {
            FilmFormat::Gif => "gif",
            FilmFormat::WebP => "webp",
            FilmFormat::Apng => "apng",
        }
    }
}

/// An effect that the state wants outside of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell the worker.
    Send(Request),
    /// Let a person choose a file or folder.
    Pick(Pick),
    /// Ask the clipboard for what it holds.
    Paste,
    /// Look what lies at these paths, which were pasted as text or given by name.
    Look(Vec<PathBuf>, PathOrigin),
    /// Give a folder another name.
    RenameFolder {
        /// Its path.
        from: PathBuf,
        /// Its path from then on.
        to: PathBuf,
    },
    /// Show a folder in the system's file manager.
    ShowFolder(PathBuf),
    /// List the names in the folder of new runs.
    ListNames(PathBuf),
    /// Make a map ready to be shown, which was ordered so and made with this model.
    IndexMap(Box<AtlasMap>, AtlasOrder, Option<ModelId>),
    /// Make the past of a run ready to be shown.
    ReadPast(Box<RunHistory>),
    /// Photograph the plots of the Train screen into a file.
    Photograph(PathBuf),
    /// Put text on the clipboard.
    Copy(String),
    /// Put a picture on the clipboard.
    CopyPicture(Arc<ImageBuf>),
    /// Let the worker end and start another.
    Restart,
    /// Leave the worker for one on another computer, or on this one.
    MoveTo(Option<Launcher>),
    /// Give the commands to the worker on the other computer, in place of another window.
    TakeControl,
    /// List a folder of the other computer, the home folder if none is named.
    ListFar(Option<PathBuf>),
    /// Let a person choose a file of this computer, to be sent to the other one.
    PickHere(Pick),
    /// Close the window.
    Close,
}

/// Way by which a path came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathOrigin {
    /// It was dropped, chosen or named on the command line.
    ByName,
    /// It is a line of pasted text, which may be no path at all.
    AsText,
}

/// Purpose of a dialog for files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// A checkpoint.
    Model,
    /// A photo.
    Photo(PhotoTarget),
    /// A walk.
    Walk,
    /// Where to save.
    File(Save),
    /// Images.
    Data(DataKind, DataTarget),
    /// A file of features.
    Features(SetSide),
    /// The weights of a network that sees sets of images.
    Weights(ExtractorChoice),
    /// The weights of the Inception network, for the feature loss of the run that is being set up.
    FeatureLoss,
    /// A file of directions for the model in use.
    Directions,
    /// The folder of a run.
    Run,
    /// A folder in which those of runs stand.
    Runs,
    /// Where new runs are kept.
    RunsFolder,
}

/// Form of a data set on the disk: dialogs choose a folder or a file, not both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataKind {
    /// In a folder with all its subfolders.
    Folder,
    /// In a file: a zip archive, or arrays.
    Archive,
}

/// Target of images that are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataTarget {
    /// To train on.
    Train,
    /// To measure models on.
    Measure,
    /// To be mapped.
    Atlas,
    /// To measure the code space of a model of another program on.
    Import,
    /// To be one of two sets.
    Set(SetSide),
    /// To learn a prior on.
    Prior,
    /// To fill this box of a direction in the making.
    Direction(usize),
    /// To find directions on.
    Directions,
    /// To be the value of a setting of the test of a claim, by its position among them.
    ClaimSetting(Claim, usize),
}
