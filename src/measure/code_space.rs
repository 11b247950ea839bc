//! The code space of a model of another program, measured on images.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::validate::encode_all;
use crate::config::DataSource;
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::latent::statistics;
use crate::models::inference::decode_floats;
use crate::observer::Observer;
use crate::report::CodeSpaceMeasured;
use crate::run::TrainedModel;
use crate::run::imported::{self, KeptImport};

/// Most images that it is measured on.
const IMAGES: usize = 1000;

/// A code space to measure on images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeSpaceOrder {
    /// The file of the model.
    pub model: PathBuf,
    /// The images.
    pub data: DataSource,
}

/// Measures mean, spread and effects of the codes that a model of another program has for images, and remembers them for
/// its file.
///
/// # Errors
/// A model without an encoder, or one of the program's own, which was measured when it was trained; images that cannot
/// be read; [`Error::Cancelled`].
pub fn measure_code_space(order: &CodeSpaceOrder, observer: &mut dyn Observer) -> Result<CodeSpaceMeasured> {
    let CodeSpaceOrder { model: file, data } = order;
    observer.started(&format!("Measuring the codes of {}", file.display()));
    let compute = observer.compute()?;
    let model = TrainedModel::open(file, compute.device())?;
    let Some(config) = model.shape().imported.as_deref().cloned() else {
        return Err(Error::file(file, "its code space was measured when it was trained"));
    };
    if config.encoder.is_none() {
        return Err(Error::file(file, "it has no encoder, so images have no codes in it"));
    }
    let dataset = Dataset::open(data, model.image_size(), &mut |progress| observer.progress(progress))?;
    observer.skipped(dataset.skipped());
    let indices: Vec<usize> = (0..dataset.len().min(IMAGES)).collect();
    let mut pace = ProgressMeter::new("Encoding images", indices.len(), Instant::now());
    let latent = in_pool(|| -> Result<_> {
        let (network, shape) = (model.network(), model.shape());
        let encoded = encode_all(network, shape, &dataset, &indices, model.device(), &mut |done| {
            observer.progress(pace.progress(done, Instant::now())) == ControlFlow::Continue(())
        })?;
        match config.decoder.is_some() {
            true => statistics::measure(&encoded, shape.code_units, &mut |codes| {
                decode_floats(network, codes, shape.latent_dim, model.device())
            }),
            false => statistics::of_codes(&encoded, shape.code_units),
        }
    })?;
    let active_units = latent.active_units();
    let kept = KeptImport { file: file.clone(), config, latent: Some(latent), data: Some(data.clone()) };
    imported::remember(&kept)?;
    Ok(CodeSpaceMeasured { images: indices.len(), latent_dim: model.latent_dim(), active_units })
}
