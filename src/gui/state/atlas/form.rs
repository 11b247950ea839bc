//! The form of a map, as a person fills it in and as it is remembered.

use std::path::PathBuf;

use rust_i18n::t;
use serde::{Deserialize, Serialize};

use crate::config::{AtlasSpace, DataSource, ExtractorSource, LayoutMethod, Split};
use crate::gui::said::said;
use crate::worker::protocol::{AtlasOrder, ModelInfo};

/// Choice of the numbers that a map is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpaceChoice {
    /// Codes of the model in use.
    #[default]
    Codes,
    /// Features of the embedded network.
    Embedded,
    /// Features of the Inception network, whose weights are chosen on Compare.
    Inception,
    /// Pixels.
    Pixels,
}

/// Choice of the way to the plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MethodChoice {
    /// Principal components.
    Pca,
    /// UMAP.
    #[default]
    Umap,
    /// t-SNE.
    Tsne,
}

/// Order of a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AtlasForm {
    /// The images.
    pub data: DataSource,
    /// Part of them.
    pub split: Split,
    /// Images at most.
    pub images: usize,
    /// Draws of the model among them.
    pub draws: usize,
    /// Numbers that the map is made of.
    pub space: SpaceChoice,
    /// Way to the plane.
    pub method: MethodChoice,
    /// Neighbours of UMAP.
    pub neighbors: usize,
    /// Least distance of UMAP.
    pub min_dist: f32,
    /// Perplexity of t-SNE.
    pub perplexity: f32,
    /// Whether every image is reconstructed, to colour by its error.
    pub errors: bool,
    /// Of draws and layout.
    pub seed: u64,
    /// Column that the points are coloured by.
    pub color: String,
    /// Whether names of clusters stand on the map.
    pub labels: bool,
}

impl Default for AtlasForm {
    fn default() -> Self {
        AtlasForm {
            data: DataSource::BuiltinFaces,
            split: Split::All,
            images: 2000,
            draws: 0,
            space: SpaceChoice::default(),
            method: MethodChoice::default(),
            neighbors: LayoutMethod::NEIGHBORS,
            min_dist: LayoutMethod::MIN_DIST,
            perplexity: LayoutMethod::PERPLEXITY,
            errors: false,
            seed: 0,
            color: String::new(),
            labels: true,
        }
    }
}

impl AtlasForm {
    /// The way to the plane with its numbers.
    pub fn layout(&self) -> LayoutMethod {
        match self.method {
            MethodChoice::Pca => LayoutMethod::Pca,
            MethodChoice::Umap => LayoutMethod::Umap { neighbors: self.neighbors, min_dist: self.min_dist },
            MethodChoice::Tsne => LayoutMethod::Tsne { perplexity: self.perplexity },
        }
    }

    /// Obstacle to drawing the map with this model, in a sentence.
    pub fn problem(&self, model: Option<&ModelInfo>, inception: Option<&PathBuf>) -> Option<String> {
        match (self.space, model) {
            (SpaceChoice::Inception, _) if inception.is_none() => Some(
                t!("Choose the weights of the Inception network on Compare, under Features of, or paste the path of the file")
                    .into_owned(),
            ),
            (SpaceChoice::Codes, None) => Some(t!("Open a model, or choose features or pixels").into_owned()),
            (SpaceChoice::Codes, Some(model)) if !model.config.kind.has_encoder() => Some(
                t!(
                    "%{model} has no encoder: images have no codes in it. Choose features, where its draws can lie \
                     beside them",
                    model = model.name
                )
                .into_owned(),
            ),
            _ => self.layout().validate().err().map(|problem| said(&problem).into_owned()),
        }
    }

    /// The order of the form.
    pub fn order(&self, model: Option<&ModelInfo>, inception: Option<&PathBuf>) -> AtlasOrder {
        let has_encoder = model.is_some_and(|model| model.config.kind.has_encoder());
        AtlasOrder {
            model: model.map(|model| model.source.path()),
            data: self.data.clone(),
            split: self.split,
            space: match self.space {
                SpaceChoice::Codes => AtlasSpace::Codes,
                SpaceChoice::Embedded => AtlasSpace::Features(ExtractorSource::Embedded),
                SpaceChoice::Inception => AtlasSpace::Features(
                    inception.cloned().map(ExtractorSource::Inception).unwrap_or_default(),
                ),
                SpaceChoice::Pixels => AtlasSpace::Pixels,
            },
            method: self.layout(),
            images: Some(self.images),
            draws: if model.is_some() { self.draws } else { 0 },
            errors: self.errors && has_encoder,
            table: None,
            seed: self.seed,
        }
    }
}
