//! Dialogs for files: what each asks for, on this computer or on another.

use std::borrow::Cow;

use rust_i18n::t;

use super::{DataKind, FilmFormat, Pick, Save};
use crate::table::TableFormat;
use crate::worker::protocol::{ARRAY_ENDINGS, MODEL_ENDINGS, image_endings};

/// Files of a kind, by the endings of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFilter {
    /// As in "Models".
    pub name: String,
    /// Endings without the point.
    pub endings: Vec<&'static str>,
    /// Whether other files may be chosen too, as a name says little there.
    pub others: bool,
}

impl FileFilter {
    fn new(name: Cow<'static, str>, endings: &[&'static str]) -> Option<Self> {
        Some(FileFilter { name: name.into(), endings: endings.to_vec(), others: false })
    }

    fn or_others(self) -> Option<Self> {
        Some(FileFilter { others: true, ..self })
    }

    /// Whether a file of this name is of the kind.
    pub fn takes(&self, name: &str) -> bool {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        self.endings.iter().any(|known| known.eq_ignore_ascii_case(ending))
    }
}

impl Pick {
    /// Words over the dialog.
    pub fn title(self) -> String {
        match self {
            Pick::Model => t!("Open model").into(),
            Pick::Photo(_) => t!("Open photo").into(),
            Pick::Data(DataKind::Folder, _) => t!("Choose a folder of images").into(),
            Pick::Data(DataKind::Archive, _) => t!("Choose an archive or arrays of images").into(),
            Pick::Features(_) => t!("Choose a file of features").into(),
            Pick::FeatureLoss => t!("Choose the weights of the Inception network").into(),
            Pick::Weights(seen_by) => {
                let network = seen_by.brought().unwrap_or_default();
                t!("Choose the weights of the %{network} network", network = network).into()
            }
            Pick::Directions => t!("Open directions").into(),
            Pick::Run => t!("Open the folder of a run").into(),
            Pick::Runs => t!("Choose a folder of runs").into(),
            Pick::RunsFolder => t!("Keep new runs in").into(),
            Pick::Walk => t!("Open walk").into(),
            Pick::File(save) => naming(save).0.into(),
        }
    }

    /// Whether it asks for a folder.
    pub fn is_folder(self) -> bool {
        matches!(
            self,
            Pick::Data(DataKind::Folder, _)
                | Pick::Run
                | Pick::Runs
                | Pick::RunsFolder
                | Pick::File(Save::WalkFrames | Save::Claim)
        )
    }

    /// Whether it is chosen on the computer of the worker, where that is another one. Photos and walks lie where a
    /// person sits, and what is saved is wanted there.
    pub fn is_of_worker(self) -> bool {
        !matches!(self, Pick::Photo(_) | Pick::Walk | Pick::File(_))
    }

    /// The files that it asks for; none for folders and for what is saved.
    pub fn filter(self) -> Option<FileFilter> {
        let weights = || FileFilter::new(t!("Weights"), &["safetensors", "pth"]);
        match self {
            Pick::Model => FileFilter::new(t!("Models"), &[&["safetensors"], &MODEL_ENDINGS[..]].concat()),
            Pick::Photo(_) => FileFilter::new(t!("Images"), &image_endings())?.or_others(),
            Pick::Data(DataKind::Archive, _) => {
                FileFilter::new(t!("Zip archives and arrays"), &[&["zip"], &ARRAY_ENDINGS[..]].concat())?
                    .or_others()
            }
            Pick::Features(_) => FileFilter::new(t!("Features"), &["npy", "npz"]),
            Pick::FeatureLoss | Pick::Weights(_) => weights(),
            Pick::Directions => FileFilter::new(t!("Directions"), &["json"]),
            Pick::Walk => FileFilter::new(t!("Walks"), &["json"]),
            Pick::Data(DataKind::Folder, _) | Pick::Run | Pick::Runs | Pick::RunsFolder | Pick::File(_) => {
                None
            }
        }
    }
}

/// Title of the dialog that saves something, a name for the file and the ending of its format.
pub fn naming(save: Save) -> (Cow<'static, str>, &'static str, &'static str) {
    match save {
        Save::ExplorePicture => (t!("Save picture"), "face.png", "png"),
        Save::Picture => (t!("Save picture"), "picture.png", "png"),
        Save::SampleSheet => (t!("Save samples"), "samples.png", "png"),
        Save::Reconstructions => (t!("Save reconstructions"), "reconstructions.png", "png"),
        Save::WalkFilm(FilmFormat::Gif) => (t!("Export animation"), "walk.gif", "gif"),
        Save::WalkFilm(FilmFormat::WebP) => (t!("Export animation"), "walk.webp", "webp"),
        Save::WalkFilm(FilmFormat::Apng) => (t!("Export animation"), "walk.apng", "apng"),
        Save::WalkFrames => (t!("Export pictures into a folder"), "walk", "png"),
        Save::WalkPlan => (t!("Save walk"), "faces.walk.json", "json"),
        Save::WalkStrip => (t!("Export strip"), "walk.png", "png"),
        Save::Directions => (t!("Export directions"), "directions.json", "json"),
        Save::Plots => (t!("Save plots"), "curves.png", "png"),
        Save::Numbers(_) => (t!("Save numbers"), "curves.csv", "csv"),
        Save::AtlasPlot => (t!("Save map"), "map.png", "png"),
        Save::AtlasPoints => (t!("Save points"), "map.csv", "csv"),
        Save::Claim => (t!("Save tables, plots and pictures into a folder"), "claim", "md"),
        Save::Results(TableFormat::Markdown) => (t!("Save tables"), "comparison.md", "md"),
        Save::Results(TableFormat::Csv) => (t!("Save tables"), "comparison.csv", "csv"),
        Save::Results(TableFormat::Latex) => (t!("Save tables"), "comparison.tex", "tex"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_goes_by_the_ending() {
        let models = Pick::Model.filter().unwrap();
        assert!(models.takes("a.safetensors") && models.takes("a.b.ONNX"));
        assert!(!models.takes("safetensors") && !models.takes("a.png"));
        assert!(Pick::Run.filter().is_none() && Pick::Run.is_folder() && Pick::Run.is_of_worker());
        assert!(!Pick::File(Save::Plots).is_of_worker());
    }
}
