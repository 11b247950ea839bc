//! A map of images as plain data: where each lies on a plane, and what is known of it.

use serde::{Deserialize, Serialize};

use crate::config::LayoutMethod;
use crate::image_buf::ImageBuf;

/// A map of images and of draws from a model. Its points are numbered: the images in the order of their data set,
/// then the draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtlasMap {
    /// Its number in questions; 0 as long as no worker keeps it.
    pub id: u32,
    /// The numbers that it is made of, in words, as in "codes of VAE · FFHQ 64".
    pub space: String,
    /// Numbers of each point that it is made of.
    pub dim: usize,
    /// Way from those to the plane.
    pub method: LayoutMethod,
    /// Points on the plane.
    pub points: Vec<[f32; 2]>,
    /// Images among them, the first.
    pub images: usize,
    /// Names of the images.
    pub names: Vec<String>,
    /// Knowledge about the points, by which they can be coloured.
    pub columns: Vec<AtlasColumn>,
    /// Places where points lie close to each other, the largest first; numbered as in the column "cluster".
    pub clusters: Vec<AtlasCluster>,
    /// Names of places on it.
    pub labels: Vec<AtlasLabel>,
    /// Agreement of the map with what it is made of.
    pub quality: LayoutQuality,
    /// Share of the variance that the axes hold; of principal components alone.
    pub variance: Option<[f64; 2]>,
    /// Way from a place on the map to a picture.
    pub decoding: AtlasDecoding,
    /// Whether a face can be opened from it, and which way its codes come from: it was made with a model.
    pub has_model: bool,
    /// Images that are nearly the same, the nearest first.
    pub doublets: Doublets,
    /// Images that are far from all others, the farthest first.
    pub strangers: Vec<Stranger>,
    /// Of each draw the nearest image, the nearest first; none without draws.
    pub copies: Option<NearestImages>,
    /// Seconds that it took.
    pub seconds: f64,
}

impl AtlasMap {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&AtlasColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Name of a point: the file's, or as in "draw 3".
    pub fn name(&self, point: usize) -> String {
        self.names.get(point).cloned().unwrap_or_else(|| format!("draw {}", point + 1 - self.images))
    }
}

/// Name of the column that says which part of the data an image is of, or that a point is a draw.
pub const PART_COLUMN: &str = "part";
/// Name of the column with the number of a point's cluster.
pub const CLUSTER_COLUMN: &str = "cluster";

/// Knowledge about every point of a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtlasColumn {
    /// As in "smile".
    pub name: String,
    /// Definition in a sentence; empty for a column of a person's own table.
    pub about: String,
    /// Values of the points.
    pub values: AtlasValues,
}

/// Values of an [`AtlasColumn`], one a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AtlasValues {
    /// Amounts; NaN where there is none.
    Numbers(Vec<f32>),
    /// Words, by their place in `names`; [`AtlasValues::UNKNOWN`] where there is none.
    Words {
        /// The words.
        names: Vec<String>,
        /// Of each point.
        of: Vec<u16>,
    },
}

impl AtlasValues {
    /// Place of a word that is not known.
    pub const UNKNOWN: u16 = u16::MAX;

    /// Whether these are words.
    pub fn is_of_words(&self) -> bool {
        matches!(self, AtlasValues::Words { .. })
    }

    /// The value of a point as text; empty where there is none.
    pub fn text(&self, point: usize) -> String {
        match self {
            AtlasValues::Numbers(values) => match values.get(point) {
                Some(value) if value.is_finite() => shown(*value),
                _ => String::new(),
            },
            AtlasValues::Words { names, of } => {
                of.get(point).and_then(|at| names.get(usize::from(*at))).cloned().unwrap_or_default()
            }
        }
    }
}

/// A number of a column with three digits or so.
pub fn shown(value: f32) -> String {
    let size = value.abs();
    match size {
        _ if value == value.round() && size < 1e6 => format!("{value:.0}"),
        _ if size >= 100.0 => format!("{value:.0}"),
        _ if size >= 10.0 => format!("{value:.1}"),
        _ if size >= 0.1 => format!("{value:.2}"),
        _ if size >= 0.001 => format!("{value:.4}"),
        _ => format!("{value:.1e}"),
    }
}

/// Points that lie close to each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtlasCluster {
    /// Words for what its members share, as in "glasses, older"; its number where nothing sets them apart.
    pub label: String,
    /// Number of its points.
    pub n: usize,
    /// Place on the map where they are closest.
    pub at: [f32; 2],
}

/// A name of a place on a map: of a cluster, or of where something is most common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtlasLabel {
    /// As in "sunglasses", "age 5".
    pub text: String,
    /// Column that it is read from.
    pub column: String,
    /// The place.
    pub at: [f32; 2],
    /// Of two that would overlap the one with more is shown.
    pub weight: f32,
}

/// Agreement of neighbours on a map with neighbours in what it is made of (Venna and Kaski 2001).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayoutQuality {
    /// 1 where nobody is a neighbour on the map who is none in truth; 0.5 by chance.
    pub trustworthiness: f64,
    /// 1 where no neighbour in truth is far on the map.
    pub continuity: f64,
    /// Neighbours that were looked at.
    pub k: usize,
    /// Points whose neighbours were looked at.
    pub n: usize,
}

/// Way from a place on a map to a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AtlasDecoding {
    /// The code of a place is exactly the one that the axes say.
    Plane,
    /// The code of a place is a mean of those of the points near it, the nearer the heavier.
    Neighbors,
    /// The picture of a place is such a mean of the pictures near it: there is no model that could decode.
    Pictures,
}

impl AtlasDecoding {
    /// Sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            AtlasDecoding::Plane => {
                "Each place has exactly one code on the plane of the two components; it is decoded."
            }
            AtlasDecoding::Neighbors => {
                "A place has no code of its own: the codes of the points near it are averaged, the nearer the heavier, \
                 and decoded."
            }
            AtlasDecoding::Pictures => {
                "Without a model with an encoder the pictures near a place are averaged, the nearer the heavier."
            }
        }
    }
}

/// Pairs of images that are nearly the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Doublets {
    /// The pairs, the ones that differ least first.
    pub pairs: Vec<Doublet>,
    /// Test images with a doublet among the training images, which make test numbers too good.
    pub test_in_training: usize,
    /// Validation images likewise.
    pub validation_in_training: usize,
    /// RE below which a pair counts, see [`Doublet::re`].
    pub limit: f64,
}

/// Two images that are nearly the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Doublet {
    /// Their points.
    pub points: [u32; 2],
    /// Mean squared difference of their pixels.
    pub re: f64,
    /// Distance of what the map is made of over the median distance of an image to its nearest.
    pub distance: f64,
    /// Whether they are of different parts of the data.
    pub across: bool,
}

/// An image that is far from all others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stranger {
    /// Its point.
    pub point: u32,
    /// Mean distance to its nearest neighbours over the median of that.
    pub isolation: f64,
}

/// The nearest training images of draws, held against how near real images are to each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearestImages {
    /// A draw each, the one nearest to an image first.
    pub draws: Vec<NearestImage>,
    /// Distance of an image to its nearest other image: median, and the hundredth part that is nearest.
    pub real: [f64; 2],
    /// Draws nearer to a training image than the nearest hundredth of the images are to each other.
    pub suspicious: usize,
    /// Sentence for people.
    pub verdict: String,
}

/// A draw and the training image nearest to it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearestImage {
    /// The draw's point.
    pub draw: u32,
    /// The image's point.
    pub image: u32,
    /// Distance.
    pub distance: f64,
    /// Share of images that are at least as near to their nearest other image.
    pub share: f64,
}

/// A point of a map from near: the answer to a click.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtlasFace {
    /// The point of the map, if one was asked for.
    pub of: Option<u32>,
    /// Its picture: of an image the square itself, else decoded.
    pub picture: ImageBuf,
    /// The picture that the model has for its code; none without one.
    pub decoded: Option<ImageBuf>,
    /// The code as one explores it; empty without a model.
    pub code: Vec<f32>,
    /// The points nearest in what the map is made of, with their distances, the nearest first.
    pub neighbors: Vec<(u32, f32)>,
}

/// Faces decoded at places of a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtlasPlaces {
    /// The places, as asked for.
    pub at: Vec<[f32; 2]>,
    /// A picture each.
    pub images: Vec<ImageBuf>,
    /// Distance on the map of each place to the nearest point.
    pub nearest: Vec<f32>,
}

/// Some points of a map against the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtlasSelection {
    /// Points.
    pub points: Vec<u32>,
    /// Mean picture of the points, and of the rest; none where there is no rest.
    pub means: [Option<ImageBuf>; 2],
    /// Columns in which they differ, the most first.
    pub differences: Vec<ColumnDifference>,
}

/// Difference of some points and the rest in one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnDifference {
    /// As in "smile", or "glasses: sun".
    pub name: String,
    /// Whether `inside` and `outside` are shares; else means.
    pub is_share: bool,
    /// Of the points.
    pub inside: f64,
    /// Of the rest.
    pub outside: f64,
    /// Their difference in standard deviations of all.
    pub effect: f64,
}

/// Codes of some images of a run on a plane after some updates, turned so that it lies as the map before did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeMap {
    /// Updates done.
    pub step: usize,
    /// The images' places, in units of the code.
    pub points: Vec<[f32; 2]>,
    /// Names of the images.
    pub names: Vec<String>,
    /// Knowledge about them.
    pub columns: Vec<AtlasColumn>,
    /// Share of the variance of the codes that the plane holds.
    pub variance: f64,
    /// Root mean square distance of the codes from their mean, over all their numbers.
    pub spread: f64,
}
