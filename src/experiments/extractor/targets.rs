//! Targets of an extractor for a picture, and the loss of a wrong answer.

use candle_core::{Device, Tensor};

use super::distortion::LEARNED;
use crate::config::DataSource;
use crate::data::attributes::Attributes;
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::losses::bce_with_logits;
use crate::models::{FeatureHeads, FeatureNet};
use crate::observer::Observer;

/// Attributes that are there or not, by the columns of the table, each a probability in [0, 1]; of the
/// glasses the table names the kind.
pub const PRESENCES: [&str; 5] = ["smile", "glasses", "beard", "bald", "hair_dark"];

/// A number of the table, brought to about mean 0 and variance 1.
pub struct NumberTarget {
    /// The column.
    pub name: &'static str,
    center: f32,
    scale: f32,
    /// Whether it changes its sign in the mirror.
    mirrors: bool,
}

const fn amount(name: &'static str, center: f32, scale: f32, mirrors: bool) -> NumberTarget {
    NumberTarget { name, center, scale, mirrors }
}

/// Ages in years, angles in degrees; means and deviations are those of FFHQ's first 4,000 faces, rounded.
pub const AMOUNTS: [NumberTarget; 6] = [
    amount("age", 30.0, 16.0, false),
    amount("pitch", -2.0, 8.5, false),
    amount("roll", 0.0, 2.0, true),
    amount("yaw", 0.0, 15.0, true),
    amount("blur", 0.14, 0.18, false),
    amount("exposure", 0.62, 0.12, false),
];

/// Numbers about a face.
pub const ATTRIBUTES: usize = PRESENCES.len() + AMOUNTS.len();
/// Numbers about what was done to a picture: a level for each of [`LEARNED`], and whether anything was.
pub const DISTORTIONS: usize = LEARNED.len() + 1;

/// Attributes of a face in the table: presences, then amounts; NaN where it says nothing.
pub type FaceTargets = [f32; ATTRIBUTES];

/// The faces of a folder at the network's size, and what its table says of them.
pub fn faces_and_targets(
    data: &DataSource,
    observer: &mut dyn Observer,
) -> Result<(Dataset, Vec<FaceTargets>)> {
    let Some(folder) = data.folder() else {
        let reason =
            "an extractor learns from a folder of faces with attributes.csv; the built-in faces have none";
        return Err(Error::Invalid(reason.into()));
    };
    let table = Attributes::of_data(folder)?;
    let dataset = Dataset::open(data, FeatureNet::SIDE, &mut |progress| observer.progress(progress))?;
    observer.skipped(dataset.skipped());
    dataset.notes().iter().for_each(|note| observer.warning(note));
    let faces = of_faces(&dataset, &table)?;
    Ok((dataset, faces))
}

/// The table's answers for every image of a data set.
///
/// # Errors
/// If the table has none of the columns.
fn of_faces(dataset: &Dataset, table: &Attributes) -> Result<Vec<FaceTargets>> {
    if !PRESENCES.iter().copied().chain(AMOUNTS.iter().map(|a| a.name)).any(|column| table.has(column)) {
        return Err(Error::Invalid(format!(
            "the table of attributes has none of the columns that are learned: {}, {}",
            PRESENCES.join(", "),
            AMOUNTS.map(|a| a.name).join(", ")
        )));
    }
    let of_face = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or(name);
        let mut targets = [f32::NAN; ATTRIBUTES];
        let (presences, amounts) = targets.split_at_mut(PRESENCES.len());
        for (target, column) in presences.iter_mut().zip(PRESENCES) {
            let value = match column {
                "glasses" => table.text(file, column).map(|kind| f32::from(kind != "NoGlasses")),
                column => table.number(file, column),
            };
            *target = value.map_or(f32::NAN, |v| v.clamp(0.0, 1.0));
        }
        for (target, NumberTarget { name, center, scale, .. }) in amounts.iter_mut().zip(AMOUNTS) {
            *target = table.number(file, name).map_or(f32::NAN, |v| (v - center) / scale);
        }
        targets
    };
    Ok((0..dataset.len()).map(|index| of_face(dataset.name(index))).collect())
}

/// Targets of the face in the mirror.
pub fn mirrored(mut targets: FaceTargets) -> FaceTargets {
    for (target, amount) in targets[PRESENCES.len()..].iter_mut().zip(AMOUNTS) {
        if amount.mirrors {
            *target = -*target;
        }
    }
    targets
}

/// The questions' answers for a batch, on the device of the network.
pub struct Targets {
    /// (n, [`ATTRIBUTES`]), 0 where nothing is known.
    attributes: Tensor,
    /// 1 where something is known, else 0.
    known: Tensor,
    /// (n, [`DISTORTIONS`])
    distortions: Tensor,
}

/// Levels are within [0, 1] where amounts have a deviation of 1.
const LEVEL_WEIGHT: f64 = 10.0;

impl Targets {
    /// Targets of a batch; `levels` has a row of [`LEARNED`] for each picture.
    pub fn new(faces: &[FaceTargets], levels: &[[f32; LEARNED.len()]], device: &Device) -> Result<Self> {
        let n = faces.len();
        let values: Vec<f32> = faces.iter().flatten().map(|v| if v.is_nan() { 0.0 } else { *v }).collect();
        let known: Vec<f32> = faces.iter().flatten().map(|v| f32::from(!v.is_nan())).collect();
        let row = |levels: &[f32; LEARNED.len()]| {
            let any = f32::from(levels.iter().any(|level| *level > 0.0));
            levels.iter().copied().chain([any]).collect::<Vec<_>>()
        };
        let distortions: Vec<f32> = levels.iter().flat_map(row).collect();
        Ok(Self {
            attributes: Tensor::from_vec(values, (n, ATTRIBUTES), device)?,
            known: Tensor::from_vec(known, (n, ATTRIBUTES), device)?,
            distortions: Tensor::from_vec(distortions, (n, DISTORTIONS), device)?,
        })
    }

    /// Cross-entropy of what is there or not, squared error of amounts and levels, each a mean over the
    /// batch and its questions; a scalar. What is not known costs nothing that a weight could change.
    pub fn loss(&self, heads: &FeatureHeads, features: &Tensor) -> Result<Tensor> {
        let (attributes, distortions) = heads.forward(features)?;
        // A logit of 0 against a target of 0 is ln 2 with no gradient behind it.
        let (answers, known) = ((attributes * &self.known)?, &self.attributes);
        let (presences, amounts) = (PRESENCES.len(), AMOUNTS.len());
        let part = |t: &Tensor, from, count| t.narrow(1, from, count)?.contiguous();
        let presence = bce_with_logits(&part(&answers, 0, presences)?, &part(known, 0, presences)?)?;
        let amount =
            (part(&answers, presences, amounts)? - part(known, presences, amounts)?)?.sqr()?.mean_all()?;
        let levels = LEARNED.len();
        let asked = &self.distortions;
        let level = (part(&distortions, 0, levels)? - part(asked, 0, levels)?)?.sqr()?.mean_all()?;
        let distorted = bce_with_logits(&part(&distortions, levels, 1)?, &part(asked, levels, 1)?)?;
        Ok(((((level * LEVEL_WEIGHT)? + distorted)? + presence)? + amount)?)
    }
}
