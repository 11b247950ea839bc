//! The part of the contract that is about models of other programs.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::ImportedConfig;
use crate::image_buf::ImageBuf;

/// A reading of a model of another program, and pictures of it, for a person to approve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportProposal {
    /// The file that is opened; the other half of a pair is named in the reading.
    pub file: PathBuf,
    /// The reading.
    pub config: ImportedConfig,
    /// Sentences that say why it is so.
    pub notes: Vec<String>,
    /// Whether it was approved before.
    pub approved: bool,
    /// Numbers of a code.
    pub latent_dim: usize,
    /// Weights in it.
    pub parameters: usize,
    /// Names of the arrays that the file of the encoder gives, of which one holds codes; empty where there is no choice.
    pub encoder_outputs: Vec<String>,
    /// Names of the arrays that the file of the decoder gives, of which one holds pictures.
    pub decoder_outputs: Vec<String>,
    /// Pictures of draws from N(0, I); none without a decoder.
    pub draws: Vec<ImageBuf>,
    /// Built-in faces as the model sees them, each with its reconstruction; none without an encoder and a decoder.
    pub reconstructions: Vec<[ImageBuf; 2]>,
}
