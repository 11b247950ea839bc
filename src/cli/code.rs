//! A code on a command line: numbers with commas between them, or a file of them.

use std::ffi::OsStr;

use super::alignment::PhotoOptions;
use super::output::usage_error;
use super::session::WorkerClient;
use crate::error::{Error, Result};
use crate::worker::protocol::{Answer, ModelInfo, Query, Slot};

/// The code that `text` means for a model: its numbers, as in `0.5,-1.2,0`, or a `.npy` or JSON file of them. Under a
/// learned prior with noise they are that noise.
///
/// # Errors
/// A file that cannot be read; another number of numbers than the model's codes have.
pub fn read(session: &mut WorkerClient, model: &ModelInfo, text: &OsStr) -> Result<Vec<f32>> {
    let typed = text.to_str().filter(|text| text.contains(',') && !std::path::Path::new(text).exists());
    let code = match typed {
        Some(text) => numbers(text),
        None => session.read_code(text.as_ref())?,
    };
    match code.len() == model.config.latent_dim {
        true => Ok(code),
        false => Err(Error::Invalid(format!(
            "this is a code of {} numbers, and those of {} have {}",
            code.len(),
            model.name,
            model.config.latent_dim
        ))),
    }
}

fn numbers(text: &str) -> Vec<f32> {
    let number = |word: &str| {
        let number = word.trim().parse().ok().filter(|number: &f32| number.is_finite());
        number
            .unwrap_or_else(|| usage_error(format!("'{}' is no number of a code", crate::text::quote(word))))
    };
    text.split(',').map(number).collect()
}

/// The code of a photo's crop, and what a learned prior loses of it (see `Reconstruction::residual`).
///
/// # Errors
/// A photo that cannot be read, a model without an encoder.
pub fn of_photo(
    session: &mut WorkerClient,
    model: &ModelInfo,
    path: &std::path::Path,
    options: PhotoOptions,
) -> Result<(Vec<f32>, Vec<f32>)> {
    let (mut found, _) = session.reconstruct(&[model.id], path, options, None)?;
    let nothing = || Error::Fault("the model gave no code; please report this".into());
    found.pop().map(|found| (found.code, found.residual)).ok_or_else(nothing)
}

/// The code of the first draw of a seed.
///
/// # Errors
/// A model that fails.
pub fn of_draw(session: &mut WorkerClient, model: &ModelInfo, seed: u64) -> Result<Vec<f32>> {
    match session.ask(Slot::Samples, Query::Sample { model: model.id, count: 1, seed })? {
        Answer::Samples { codes, .. } if codes.len() == 1 => Ok(codes.concat()),
        other => super::output::unexpected(&other),
    }
}
