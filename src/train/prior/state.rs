//! The file that the training of a flow goes on from, beside the model that it is for.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use crate::atomic_file::{FileKind, write_atomically};
use crate::error::{Error, Result};
use crate::priors::Stored;

const METADATA_KEY: &str = "morphospace_prior";
/// Added to the name of the model's file.
const SUFFIX: &str = ".prior";

/// A flow in training, apart from its order.
pub struct FlowState {
    /// `raw.*`, `mean.*`, `best.*` and `optimizer.*`.
    pub tensors: Stored,
    /// Updates done.
    pub step: usize,
    /// Updates until the best weights.
    pub best_step: usize,
    /// Their loss on the held-out codes.
    pub best_loss: f64,
}

#[derive(Serialize, Deserialize)]
struct StateMeta {
    /// Text of what it was ordered for; another order does not go on from it.
    order: String,
    step: usize,
    best_step: usize,
    /// None before the first look at the held-out codes: JSON has no word for an infinite one.
    best_loss: Option<f64>,
}

/// The file for a model that is to be written to `model`.
pub fn state_file(model: &Path) -> PathBuf {
    let mut name = model.file_name().unwrap_or_default().to_owned();
    name.push(SUFFIX);
    model.with_file_name(name)
}

impl FlowState {
    /// Writes it, whole or not at all.
    pub fn write(&self, file: &Path, order: &str) -> Result<()> {
        let meta = StateMeta {
            order: order.to_owned(),
            step: self.step,
            best_step: self.best_step,
            best_loss: Some(self.best_loss).filter(|loss| loss.is_finite()),
        };
        let json = serde_json::to_string(&meta).map_err(|error| Error::Invalid(error.to_string()))?;
        let mut tensors: Vec<(&String, &Tensor)> = self.tensors.iter().collect();
        tensors.sort_by_key(|(name, _)| *name);
        let bytes = safetensors::serialize(tensors, Some(HashMap::from([(METADATA_KEY.to_owned(), json)])))
            .map_err(|error| {
            Error::file(file, format!("the state of the flow cannot be put together: {error}"))
        })?;
        write_atomically(file, FileKind::Own, |out| out.write_all(&bytes))
    }

    /// Reads it, if there is one for this order; what is damaged or for another counts as none.
    pub fn read(file: &Path, order: &str) -> Option<Self> {
        let bytes = std::fs::read(file).ok()?;
        let (_, header) = SafeTensors::read_metadata(&bytes).ok()?;
        let json = header.metadata().as_ref()?.get(METADATA_KEY)?;
        let StateMeta { order: of, step, best_step, best_loss } = serde_json::from_str(json).ok()?;
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).ok()?;
        let best_loss = best_loss.unwrap_or(f64::INFINITY);
        (of == order).then(|| Self { tensors: tensors.into_iter().collect(), step, best_step, best_loss })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_was_written_also_before_its_first_look() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.prior");
        for best_loss in [f64::INFINITY, 0.1 + 0.2] {
            let tensors = [("raw.a".to_owned(), Tensor::new(&[1.5f32, -2.0], &Device::Cpu).unwrap())];
            let state =
                FlowState { tensors: tensors.into_iter().collect(), step: 7, best_step: 0, best_loss };
            state.write(&file, "order").unwrap();
            let back = FlowState::read(&file, "order").unwrap();
            assert_eq!((back.step, back.best_step, back.best_loss), (7, 0, best_loss));
            assert!(FlowState::read(&file, "another order").is_none());
        }
    }
}
