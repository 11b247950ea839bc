//! Models of other programs: proposals for a person to approve.

use std::path::PathBuf;

use super::protocol::ImportProposal;
use crate::config::ImportedConfig;
use crate::crop::Crop;
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::models::imported::{Recognised, outputs, recognise};
use crate::run::TrainedModel;
use crate::run::imported::{self, KeptImport};

/// Draws in a proposal.
const DRAWS: usize = 8;
/// Faces in a proposal.
const FACES: usize = 4;
/// Side of the faces that a proposal begins with; the model sees them at its own size.
const FACE_SIDE: usize = 128;

/// The reading of a file, or of the two halves of a model: as it was approved, else as the files say.
///
/// # Errors
/// Files that cannot be read, or are no models of pictures.
pub fn propose(files: Vec<PathBuf>) -> Result<ImportProposal> {
    let file = files.first().cloned().ok_or_else(|| Error::Invalid("no file of a model is given".into()))?;
    let kept = if files.len() == 1 { imported::recall(&file)? } else { None };
    let approved = kept.is_some();
    let Recognised { config, notes } = match (kept, files.len()) {
        (Some(kept), _) => {
            Recognised { config: kept.config, notes: vec!["Read as you approved it before.".into()] }
        }
        (None, 1) => imported::propose(&file)?,
        (None, _) => recognise(&files)?,
    };
    let [encoder_outputs, decoder_outputs] = outputs(&config)?;
    Ok(ImportProposal { notes, approved, encoder_outputs, decoder_outputs, ..preview(file, config)? })
}

/// Pictures of a model as this reading has it, without the names of its arrays.
///
/// # Errors
/// A reading that makes no sense, or does not fit the files.
pub fn preview(file: PathBuf, config: ImportedConfig) -> Result<ImportProposal> {
    let model = TrainedModel::from_import(imported::open_as(&config, None)?);
    let (mut draws, mut reconstructions) = (Vec::new(), Vec::new());
    if config.decoder.is_some() {
        draws = model.decode_points(&model.sample(DRAWS, 0)?)?;
    }
    if config.encoder.is_some() && config.decoder.is_some() {
        let faces = Dataset::builtin_faces(FACE_SIDE)?;
        let faces: Vec<ImageBuf> = (0..FACES)
            .map(|index| model.seen(&faces.image(index)?, Crop::default()))
            .collect::<Result<_>>()?;
        let back = model.decode(&model.encode(&faces)?.mu)?;
        reconstructions = faces.into_iter().zip(back).map(|(face, back)| [face, back]).collect();
    }
    let (latent_dim, parameters) = (model.latent_dim(), model.parameters);
    Ok(ImportProposal {
        file,
        config,
        notes: Vec::new(),
        approved: false,
        latent_dim,
        parameters,
        encoder_outputs: Vec::new(),
        decoder_outputs: Vec::new(),
        draws,
        reconstructions,
    })
}

/// Remembers a reading. What was measured of the code space stays where the codes are the same.
///
/// # Errors
/// As of [`preview`]; a reading that cannot be written.
pub fn keep(file: PathBuf, config: ImportedConfig) -> Result<()> {
    let before = imported::recall(&file)?.filter(|before| before.config.encoder == config.encoder);
    let (latent, data) = before.map_or((None, None), |before| (before.latent, before.data));
    imported::remember(&KeptImport { file, config, latent, data })
}
