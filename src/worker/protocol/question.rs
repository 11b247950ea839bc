//! The part of the contract that is about questions of models and their answers, of which only the newest counts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::atlas::{AtlasAnswer, AtlasQuery, AtlasSlot};
use super::ids::{AtlasId, ModelId, PhotoId};
use super::walk::WalkFilm;
use crate::config::{Noise, Timeline};
use crate::crop::Crop;
use crate::filters::FilterKind;
use crate::image_buf::ImageBuf;
use crate::report::{InversionConfig, InversionProgress, NoisyInput, PixelMetrics};

/// Questions of the same slot replace each other; answers of one slot arrive in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Slot {
    /// The large picture that the sliders move.
    Explore,
    /// A row of pictures along one dimension.
    Traversal,
    /// The sheet of draws from the prior.
    Samples,
    /// A few draws of this model, beside those of others.
    Draws(ModelId),
    /// A photo through this model; each open model has its own slot, so that all can be asked at once.
    Reconstruct(ModelId),
    /// One of many photos through this model.
    ContactSheet(PhotoId, ModelId),
    /// The noisy photo through a filter of this kind.
    Filter(FilterKind),
    /// A key face of a walk through this model, by the number that the sender gave it.
    WalkKey(ModelId, u32),
    /// The picture under the scrubber of a walk through this model.
    WalkFrame(ModelId),
    /// The whole walk through this model.
    WalkFilm(ModelId),
    /// A sheet of sample pictures of a run.
    Sheet,
    /// One face with each of some shifts: what a direction under the pointer does.
    Preview,
    /// Faces made of others: children, mixtures, sums.
    Blend,
    /// A direction between two sets of faces.
    Direction,
    /// The code of a photo in this model, sought step by step. Answered many times, until it is found.
    Invert(ModelId),
    /// Something of a map.
    Atlas(AtlasSlot),
}

/// Source of the code of a face.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FaceSource {
    /// It is known, as in [`Query::Decode`].
    Point(Vec<f32>),
    /// A part of an open photo, through the encoder.
    Photo {
        /// The photo.
        photo: PhotoId,
        /// The part of it.
        crop: Crop,
    },
    /// The images of a folder or zip archive, through the encoder: the first thousand by name.
    Images(PathBuf),
    /// Points of a map, whose codes must be those of the same model.
    Atlas {
        /// The map.
        atlas: AtlasId,
        /// The points.
        points: Vec<u32>,
    },
}

/// A query of a model. Codes are `latent_dim` long; where a model has a learned prior with noise
/// ([`PriorInfo::has_noise`](crate::report::PriorInfo::has_noise)), its codes here are that noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Query {
    /// Decode codes. Answered by [`Answer::Images`].
    Decode {
        /// The model.
        model: ModelId,
        /// The codes.
        codes: Vec<Vec<f32>>,
    },
    /// Pictures of one code with something added to it, a picture for each of the additions. They live in the space of
    /// codes, as directions do, whatever prior the model has learned. Answered by [`Answer::Images`].
    Edit {
        /// The model.
        model: ModelId,
        /// The face whose code is changed, as in [`Query::Decode`].
        from: Vec<f32>,
        /// Added to the code, one picture each; `latent_dim` long.
        offsets: Vec<Vec<f32>>,
    },
    /// Weighted sums of the codes of faces. Answered by [`Answer::Samples`]: the codes as in [`Query::Decode`], with
    /// a picture each.
    Blend {
        /// The model.
        model: ModelId,
        /// The faces, as in [`Query::Decode`].
        faces: Vec<Vec<f32>>,
        /// For each sum the weights of each face: one number, or one for each number of the code.
        sums: Vec<Vec<Vec<f32>>>,
    },
    /// The direction from the mean of some faces to that of others, as long as the standard deviation of codes along it.
    /// Answered by [`Answer::Direction`].
    Difference {
        /// The model.
        model: ModelId,
        /// Faces that have it.
        with: Vec<FaceSource>,
        /// Faces that do not.
        without: Vec<FaceSource>,
    },
    /// Seek the code whose picture is nearest to a photo. Answered by [`Answer::Inversion`] several times a second until
    /// it is finished.
    Invert {
        /// The model.
        model: ModelId,
        /// The photo.
        photo: PhotoId,
        /// The part of it that is sought.
        crop: Crop,
        /// Noise on that part before the search sees it.
        noise: Option<Noise>,
        /// Numbers of the search.
        config: InversionConfig,
    },
    /// Draw codes from the prior (for an AE: the Gaussian fitted to its codes) and decode them.
    /// Answered by [`Answer::Samples`]. The same seed gives the same draws.
    Sample {
        /// The model.
        model: ModelId,
        /// Number of them.
        count: usize,
        /// Of the draws.
        seed: u64,
    },
    /// A photo with noise on it through a filter whose settings suit that noise. Answered by [`Answer::Filtered`].
    Filter {
        /// The photo.
        photo: PhotoId,
        /// The part of it.
        crop: Crop,
        /// Side of the picture, which is as large as the models'.
        side: usize,
        /// The noise.
        noise: Noise,
        /// The filter's kind.
        kind: FilterKind,
    },
    /// Move one dimension through its range, the others held. Answered by [`Answer::Images`].
    Traverse {
        /// The model.
        model: ModelId,
        /// Where to start.
        code: Vec<f32>,
        /// Index of the number of the code to move.
        dim: usize,
        /// From minus to plus this many standard deviations.
        span: f32,
        /// Number of pictures.
        steps: usize,
        /// Added to the code of each, `latent_dim` numbers; empty for none.
        #[serde(default)]
        shift: Vec<f32>,
    },
    /// Photo → crop → noise → encode → decode. Answered by [`Answer::Reconstruction`].
    Reconstruct {
        /// The model.
        model: ModelId,
        /// The photo.
        photo: PhotoId,
        /// The part of it that the model sees.
        crop: Crop,
        /// Noise on that part before the model sees it.
        noise: Option<Noise>,
    },
    /// Pictures of a walk past key codes. Answered by [`Answer::Images`].
    Walk {
        /// The model.
        model: ModelId,
        /// The key codes.
        timeline: Timeline<Vec<f32>>,
        /// Times in [0, 1].
        times: Vec<f32>,
    },
    /// The whole of a walk, and how much it changes from picture to picture. Answered by [`Answer::Film`].
    WalkFilm {
        /// The model.
        model: ModelId,
        /// The key codes.
        timeline: Timeline<Vec<f32>>,
        /// Pictures from end to end.
        frames: usize,
        /// Whether to measure changes in the embedded features too, which costs more than the pictures.
        features: bool,
    },
    /// A question of a map. Answered by [`Answer::Atlas`].
    Atlas {
        /// The map.
        atlas: AtlasId,
        /// The question.
        query: AtlasQuery,
    },
    /// A sheet of sample pictures as a run wrote it. Answered by [`Answer::Images`] with one picture.
    Sheet {
        /// The run's folder.
        run: PathBuf,
        /// Updates done when it was written, as told by
        /// [`JobEvent::Sampled`](crate::report::JobEvent::Sampled) and
        /// [`RunHistory::sheets`](crate::report::RunHistory::sheets).
        step: usize,
    },
}

/// The answer to a [`Query`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// Pictures in the order asked for.
    Images(Vec<ImageBuf>),
    /// Draws and their pictures.
    Samples {
        /// The codes.
        codes: Vec<Vec<f32>>,
        /// A picture for each.
        images: Vec<ImageBuf>,
    },
    /// A photo through the model.
    Reconstruction(Box<Reconstruction>),
    /// A direction: `latent_dim` numbers.
    Direction(Vec<f32>),
    /// Progress of a search for a code.
    Inversion(Box<InversionProgress>),
    /// A whole walk.
    Film(Box<WalkFilm>),
    /// A noisy photo through a filter.
    Filtered(Box<Filtered>),
    /// Something of a map.
    Atlas(Box<AtlasAnswer>),
}

/// A noisy photo through a filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filtered {
    /// The filter with its settings, in words.
    pub filter: String,
    /// Its result.
    pub output: ImageBuf,
    /// Absolute difference of the clean crop and `output` per pixel, as in [`Reconstruction`].
    pub difference: Vec<f32>,
    /// Agreement of `output` with the clean crop.
    pub metrics: PixelMetrics,
}

/// A photo through a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reconstruction {
    /// The crop at the model's size.
    pub input: ImageBuf,
    /// Input of the model in place of `input`, where that was noisy.
    pub noisy: Option<NoisyInput>,
    /// Its result.
    pub output: ImageBuf,
    /// Absolute difference of `input` and `output` per pixel, averaged over the channels, in [0, 1];
    /// height × width.
    pub difference: Vec<f32>,
    /// The point: the code (`mu` for a variational model), or the noise that it comes from under a learned prior.
    pub code: Vec<f32>,
    /// Agreement of `output` with `input`.
    pub metrics: PixelMetrics,
    /// RE between `output` and what the point gives that the prior has for the code; none for a model without a
    /// learned prior.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through_prior: Option<f64>,
    /// Loss of the prior's way from the code to the point and back: added to the code of the point it is the encoder's.
    /// Empty where nothing is lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub residual: Vec<f32>,
    /// 1 if the model was trained on `input`; none if that is not known.
    #[serde(default)]
    pub trained_on: Option<usize>,
}
