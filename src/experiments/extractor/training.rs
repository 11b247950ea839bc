//! Training the network of the embedded features.

use std::collections::HashMap;
use std::f64::consts::PI;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use candle_core::{DType, Tensor};
use rayon::prelude::*;

use serde::{Deserialize, Serialize};

use super::assessment::{Assessed, assess};
use super::distortion::{Distortion, DistortionDraw, LEARNED};
use super::targets::{ATTRIBUTES, DISTORTIONS, FaceTargets, Targets, faces_and_targets, mirrored};
use crate::atomic_file::{FileKind, write_atomically};
use crate::config::{DataSource, Split};
use crate::data::batches::{Batch, Batches, Variety};
use crate::data::pace::ProgressMeter;
use crate::error::{Error, Result};
use crate::features::extractor::embedded_name;
use crate::image_buf::ImageBuf;
use crate::models::{FeatureHeads, FeatureNet};
use crate::nn::{AdamW, AdamWConfig, Parameters, backward};
use crate::observer::Observer;
use crate::random::{self, streams};
use crate::report::ExtractorReport;

const BATCH_SIZE: usize = 64;
/// At the beginning; it falls to 0 along a cosine.
const LEARNING_RATE: f64 = 2e-3;
const ADAM: AdamWConfig = AdamWConfig { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.05 };

/// An extractor to be trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtractorOrder {
    /// A folder of faces with `attributes.csv`.
    pub data: DataSource,
    /// The file for the weights.
    pub out: PathBuf,
    /// Updates.
    pub steps: usize,
    /// Of the weights, the batches and the distortions.
    pub seed: u64,
}

/// Trains the network on the train split, writes its weights in half precision, and measures what was
/// written on the test split. The same order gives the same file on the same machine. Cancelled, it leaves
/// none.
///
/// # Errors
/// Images or a table that cannot be read, a split without images, a loss that is no number, a file that
/// cannot be written; [`Error::Cancelled`] when `observer` broke.
pub fn train_extractor(order: &ExtractorOrder, observer: &mut dyn Observer) -> Result<ExtractorReport> {
    let ExtractorOrder { data, out, steps, seed } = order;
    observer.started(&format!("Training a feature extractor on {data}"));
    let compute = observer.compute()?;
    let device = compute.device();
    // Before an hour of work.
    FileKind::of(out, "weights are", &[FileKind::Weights])?;
    let (dataset, faces) = faces_and_targets(data, observer)?;
    let dataset = Arc::new(dataset);
    let parameters = Parameters::seeded(*seed, device);
    let net = FeatureNet::new(parameters.var_builder())?;
    let heads = FeatureHeads::new(ATTRIBUTES, DISTORTIONS, parameters.var_builder())?;
    let mut optimizer = AdamW::new(parameters.trainable(), ADAM)?;
    let mut batches = Batches::new(
        Arc::clone(&dataset),
        dataset.indices(Split::Train),
        BATCH_SIZE,
        Variety::default(),
        *seed,
        0,
    );
    let began = Instant::now();
    let mut pace = ProgressMeter::new("Training the extractor", *steps, began);
    for step in 0..*steps {
        if observer.progress(pace.progress(step, Instant::now())).is_break() {
            return Err(Error::Cancelled);
        }
        let batch = batches.next_batch()?;
        let DistortedBatch { pixels, faces, levels } = distort(&batch, &faces, *seed)?;
        let side = FeatureNet::SIDE;
        let images = Tensor::from_vec(pixels, (batch.indices.len(), side, side, 3), device)?;
        let loss = Targets::new(&faces, &levels, device)?.loss(&heads, &net.forward(&images, true)?)?;
        if !loss.to_scalar::<f32>()?.is_finite() {
            let message =
                format!("after {step} updates the loss of the extractor is no number; try another seed");
            return Err(Error::Diverged(message));
        }
        let learning_rate = LEARNING_RATE * 0.5 * (1.0 + (PI * step as f64 / *steps as f64).cos());
        optimizer.step(&backward(&loss)?, learning_rate)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    let bytes = half_precision(&parameters, out)?;
    // What is measured is what the file holds.
    let Assessed { n, rows } = assess(&bytes, &dataset, &faces, observer)?;
    write_atomically(out, FileKind::Weights, |file| file.write_all(&bytes))?;
    let features = embedded_name(&bytes);
    Ok(ExtractorReport { features, steps: Some(*steps), seconds: Some(seconds), n, rows })
}

/// A batch as the network sees it, and what it is asked.
struct DistortedBatch {
    pixels: Vec<f32>,
    faces: Vec<FaceTargets>,
    levels: Vec<[f32; LEARNED.len()]>,
}

/// Mirrors half of the faces, leaves a quarter clean, does one thing to half of them and two to the rest.
/// Depends on the seed and the batch alone.
fn distort(batch: &Batch, faces: &[FaceTargets], seed: u64) -> Result<DistortedBatch> {
    let n = batch.indices.len();
    let len = batch.size * batch.size * 3;
    let image = |k: usize| {
        ImageBuf::from_unit_floats(batch.size, batch.size, &batch.pixels[k * len..(k + 1) * len])
            .ok_or_else(|| Error::Invalid("a batch of the wrong size".into()))
    };
    let one = |k: usize| -> Result<(Vec<f32>, FaceTargets, [f32; LEARNED.len()])> {
        // Each picture has four streams: of its choices and of what is done to it.
        let stream = |part| streams::extractor_training(batch.place.step * n + k, part);
        let draws = random::uniform(seed, stream(0), 6);
        let (mut picture, other) = (image(k)?, image((k + 1) % n)?);
        let mut levels = [0.0f32; LEARNED.len()];
        let count = [0, 1, 1, 2][(draws[1] * 4.0) as usize];
        for (number, choice) in draws[2..].chunks_exact(2).take(count).enumerate() {
            let kind = (choice[0] * LEARNED.len() as f32) as usize;
            let level = 0.05 + 0.95 * choice[1];
            let draw = DistortionDraw { seed, stream: stream(1 + number as u64) };
            picture = Distortion::at_level(kind, level).apply(&picture, &other, draw)?;
            levels[kind] = levels[kind].max(level);
        }
        let mut face = faces[batch.indices[k]];
        let mut pixels = picture.to_unit_floats();
        if draws[0] < 0.5 {
            face = mirrored(face);
            for row in pixels.chunks_exact_mut(batch.size * 3) {
                row.reverse();
                row.chunks_exact_mut(3).for_each(<[f32]>::reverse);
            }
        }
        Ok((pixels, face, levels))
    };
    let each = (0..n).into_par_iter().map(one).collect::<Result<Vec<_>>>()?;
    let mut distorted =
        DistortedBatch { pixels: Vec::with_capacity(n * len), faces: Vec::new(), levels: Vec::new() };
    for (pixels, face, levels) in each {
        distorted.pixels.extend(pixels);
        distorted.faces.push(face);
        distorted.levels.push(levels);
    }
    Ok(distorted)
}

/// The content of the file of weights, a tensor a variable, sorted by name.
fn half_precision(parameters: &Parameters, out: &Path) -> Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for (name, var) in parameters.all() {
        tensors.push((name, var.as_detached_tensor().to_dtype(DType::F16)?));
    }
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize(tensors, Some(metadata))
        .map_err(|error| Error::file(out, format!("the weights cannot be put together: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::batches::BatchPlace;

    #[test]
    fn a_batch_is_spoiled_by_its_seed_alone_and_the_mirror_turns_heads() {
        let (n, side) = (96, 16);
        let face: FaceTargets = std::array::from_fn(|i| i as f32 + 1.0);
        let pixels =
            (0..n * side * side * 3).map(|i| ((i / 3 * 29 + i % 3 * 5) % 256) as f32 / 255.0).collect();
        let place = BatchPlace { step: 4, first: 0, of: n };
        let batch = Batch { place, indices: vec![0; n], pixels, size: side };
        let [a, b, other] = [7, 7, 8].map(|seed| distort(&batch, &[face], seed).unwrap());
        assert!(a.pixels == b.pixels && a.levels == b.levels && a.pixels != other.pixels);
        let counts = a.levels.iter().map(|l| l.iter().filter(|v| **v > 0.0).count());
        let count = |wanted| counts.clone().filter(|c| *c == wanted).count();
        assert!(count(0) > 10 && count(1) > 30 && count(2) > 10 && count(3) == 0);
        let len = side * side * 3;
        let (mut straight, mut turned) = (0, 0);
        for (k, (face_seen, levels)) in a.faces.iter().zip(&a.levels).enumerate() {
            let is_turned = *face_seen != face;
            assert!(!is_turned || *face_seen == mirrored(face));
            if levels.iter().all(|level| *level == 0.0) {
                let (seen, from) = (&a.pixels[k * len..][..len], &batch.pixels[k * len..][..len]);
                let first = if is_turned { &seen[(side - 1) * 3..side * 3] } else { &seen[..3] };
                assert!(first.iter().zip(from).all(|(a, b)| (a - b).abs() < 1e-6));
                *(if is_turned { &mut turned } else { &mut straight }) += 1;
            }
        }
        assert!(straight > 2 && turned > 2);
    }
}
