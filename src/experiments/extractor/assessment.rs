//! Assessment of an extractor's network on faces that it was not trained on.

use std::time::Instant;

use candle_core::{Device, Tensor};

use super::distortion::{Distortion, DistortionDraw, LEARNED};
use super::targets::{AMOUNTS, ATTRIBUTES, DISTORTIONS, FaceTargets, PRESENCES, faces_and_targets};
use crate::config::{DataSource, Split};
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::error::{Error, Result};
use crate::features::extractor::embedded_name;
use crate::image_buf::ImageBuf;
use crate::metrics::prediction::{auc, r2};
use crate::models::{FeatureHeads, FeatureNet, shipped};
use crate::nn::Parameters;
use crate::observer::Observer;
use crate::random::{self, streams};
use crate::report::{ExtractorReport, PredictionRow};

/// Pictures at once.
const CHUNK: usize = 64;
const SEED: u64 = 0;

/// Measures the extractor inside the program on the test split of a folder of faces with `attributes.csv`.
///
/// # Errors
/// Images or a table that cannot be read, no image in the split; [`Error::Cancelled`] when `observer` broke.
pub fn assess_embedded(data: &DataSource, observer: &mut dyn Observer) -> Result<ExtractorReport> {
    observer.started(&format!("Measuring the embedded extractor on {data}"));
    let (dataset, faces) = faces_and_targets(data, observer)?;
    let Assessed { n, rows } = assess(shipped::EXTRACTOR, &dataset, &faces, observer)?;
    let features = embedded_name(shipped::EXTRACTOR);
    Ok(ExtractorReport { features, steps: None, seconds: None, n, rows })
}

/// Measurements of a network on the test split.
pub struct Assessed {
    /// Faces of the test split.
    pub n: usize,
    pub rows: Vec<PredictionRow>,
}

/// Measures the network whose weights are the content of a `.safetensors` file.
pub fn assess(
    weights: &[u8],
    dataset: &Dataset,
    faces: &[FaceTargets],
    observer: &mut dyn Observer,
) -> Result<Assessed> {
    let unseen = dataset.indices(Split::Test);
    if unseen.is_empty() {
        let reason = "no face is in the test split, so the extractor cannot be measured; give it more faces";
        return Err(Error::Invalid(reason.into()));
    }
    let tensors = candle_core::safetensors::load_buffer(weights, &Device::Cpu)?;
    let parameters = Parameters::frozen(tensors, &Device::Cpu);
    let reader = Reader {
        net: FeatureNet::new(parameters.var_builder())?,
        heads: FeatureHeads::new(ATTRIBUTES, DISTORTIONS, parameters.var_builder())?,
    };
    let clean = unseen.iter().map(|index| dataset.image(*index)).collect::<Result<Vec<_>>>()?;
    let mut pace = ProgressMeter::new("Measuring the extractor", LEARNED.len() + 1, Instant::now());
    let [attributes, untouched] = reader.read(&clean)?;
    let mut rows = attribute_rows(&attributes, unseen.iter().map(|index| &faces[*index]));
    let any = LEARNED.len();
    let mut touched_at_all = Vec::new();
    for (kind, name) in LEARNED.into_iter().enumerate() {
        if observer.progress(pace.progress(kind, Instant::now())).is_break() {
            return Err(Error::Cancelled);
        }
        let levels = random::uniform(SEED, streams::extractor_levels(kind), clean.len());
        let levels: Vec<f32> = levels.into_iter().map(|u| 0.1 + 0.9 * u).collect();
        let distort = |(k, image): (usize, &ImageBuf)| {
            let draw = DistortionDraw { seed: SEED, stream: streams::extractor_test(kind, k) };
            Distortion::at_level(kind, levels[k]).apply(image, &clean[(k + 1) % clean.len()], draw)
        };
        let distorted = clean.iter().enumerate().map(distort).collect::<Result<Vec<_>>>()?;
        let [_, touched] = reader.read(&distorted)?;
        let of = |answers: &[Vec<f32>], at: usize| answers.iter().map(|a| a[at]).collect::<Vec<f32>>();
        rows.push(PredictionRow {
            name: name.to_owned(),
            auc: auc(&of(&touched, kind), &of(&untouched, kind)),
            r2: r2(&of(&touched, kind), &levels),
            n: 2 * clean.len(),
            positives: clean.len(),
        });
        touched_at_all.extend(of(&touched, any));
    }
    let untouched: Vec<f32> = untouched.iter().map(|a| a[any]).collect();
    rows.push(PredictionRow {
        name: "distorted at all".into(),
        auc: auc(&touched_at_all, &untouched),
        r2: None,
        n: touched_at_all.len() + untouched.len(),
        positives: touched_at_all.len(),
    });
    Ok(Assessed { n: unseen.len(), rows })
}

struct Reader {
    net: FeatureNet,
    heads: FeatureHeads,
}

impl Reader {
    /// Answers about attributes and about distortions, a row a picture.
    fn read(&self, pictures: &[ImageBuf]) -> Result<[Vec<Vec<f32>>; 2]> {
        let (mut attributes, mut distortions) = (Vec::new(), Vec::new());
        for chunk in pictures.chunks(CHUNK) {
            let pixels: Vec<f32> = chunk.iter().flat_map(ImageBuf::to_unit_floats).collect();
            let side = FeatureNet::SIDE;
            let images = Tensor::from_vec(pixels, (chunk.len(), side, side, 3), &Device::Cpu)?;
            let (a, d) = self.heads.forward(&self.net.forward(&images, false)?)?;
            attributes.extend(a.to_vec2::<f32>()?);
            distortions.extend(d.to_vec2::<f32>()?);
        }
        Ok([attributes, distortions])
    }
}

fn attribute_rows<'a>(
    answers: &[Vec<f32>],
    faces: impl Iterator<Item = &'a FaceTargets> + Clone,
) -> Vec<PredictionRow> {
    let names = PRESENCES.into_iter().chain(AMOUNTS.iter().map(|a| a.name)).enumerate();
    let row = |(at, name): (usize, &str)| {
        let known = answers.iter().zip(faces.clone()).map(|(answer, face)| (answer[at], face[at]));
        let known: Vec<(f32, f32)> = known.filter(|(_, truth)| !truth.is_nan()).collect();
        let is_presence = at < PRESENCES.len();
        let part = |has: bool| -> Vec<f32> {
            known.iter().filter(|(_, truth)| (*truth > 0.5) == has).map(|(answer, _)| *answer).collect()
        };
        let (with, without) = (part(true), part(false));
        let (answers, truths): (Vec<f32>, Vec<f32>) = known.iter().copied().unzip();
        PredictionRow {
            // The table's word for how sharp the photo is, not for what was done to it here.
            name: if name == "blur" { "blur of the photo".into() } else { name.replace('_', " ") },
            auc: if is_presence { auc(&with, &without) } else { None },
            r2: if is_presence { None } else { r2(&answers, &truths) },
            n: known.len(),
            positives: if is_presence { with.len() } else { known.len() },
        }
    };
    names.map(row).collect()
}
