//! Where the networks come from that judge reconstructions.

use std::path::Path;

use candle_core::Device;

use super::weights;
use crate::config::FeatureLoss;
use crate::error::{Error, Result};
use crate::models::{PerceptualNet, shipped};
use crate::nn::Parameters;

/// Loads the network of a feature loss, if there is one.
///
/// # Errors
/// A sentence that names the file, if it cannot be read or holds the weights of another network.
pub fn open(loss: &FeatureLoss, device: &Device) -> Result<Option<PerceptualNet>> {
    match loss {
        FeatureLoss::None => Ok(None),
        FeatureLoss::Embedded => {
            let tensors = candle_core::safetensors::load_buffer(shipped::EXTRACTOR, &Device::Cpu)?;
            let tensors = Parameters::frozen(tensors, &Device::Cpu);
            Ok(Some(PerceptualNet::embedded(&tensors.var_builder(), device)?))
        }
        FeatureLoss::Inception(path) => inception(path, device).map(Some),
    }
}

fn inception(path: &Path, device: &Device) -> Result<PerceptualNet> {
    let bytes = weights::read(path).map_err(|error| {
        let place = "The feature loss of this run is seen by the network in it; put the file back, or begin from \
                     where the run stands with its new place, by --fork and --feature-loss inception:FILE";
        Error::Invalid(format!("{error}. {place}"))
    })?;
    let tensors = Parameters::frozen(weights::tensors(&bytes, path)?, &Device::Cpu);
    PerceptualNet::inception(&tensors.var_builder(), device)
        .map_err(|error| weights::not_inception(path, &error))
}
