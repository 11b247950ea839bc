//! Models of other programs that wait for something: the dialog that asks how one is read.

use std::path::PathBuf;

use super::picture::Picture;
use crate::config::{DataSource, ImportedConfig};
use crate::worker::protocol::{ImportProposal, JobId};

/// Models of other programs that wait for something.
#[derive(Debug, Default)]
pub struct Imports {
    /// The model that waits for approval.
    pub dialog: Option<ImportDialog>,
    /// Models that wait for their turn.
    pub(super) waiting: Vec<ImportDialog>,
    /// Inputs that were changed while another change was on its way.
    pub(super) changed: Option<(PathBuf, ImportedConfig)>,
    /// Jobs that measure code spaces, with the files of the models.
    pub(super) measuring: Vec<(JobId, PathBuf)>,
}

/// A model that waits for approval.
#[derive(Debug)]
pub struct ImportDialog {
    /// The file that is opened.
    pub file: PathBuf,
    /// The reading, as it was corrected.
    pub config: ImportedConfig,
    /// Sentences that say why it was read so.
    pub notes: Vec<String>,
    /// Numbers of a code.
    pub latent_dim: usize,
    /// Weights in it.
    pub parameters: usize,
    /// Names of the arrays that the file of the encoder gives.
    pub encoder_outputs: Vec<String>,
    /// Names of the arrays that the file of the decoder gives.
    pub decoder_outputs: Vec<String>,
    /// Pictures of draws.
    pub draws: Vec<Picture>,
    /// Built-in faces, each with its reconstruction.
    pub reconstructions: Vec<[Picture; 2]>,
    /// Images that the code space is measured on; N(0, I) if none.
    pub data: Option<DataSource>,
    /// Fault of the reading.
    pub problem: Option<String>,
    /// The reading that the pictures are of.
    pub(super) pictured: ImportedConfig,
    pub(super) waits: bool,
}

impl Imports {
    /// Shows a dialog, or lets it wait for its turn.
    pub(super) fn show(&mut self, dialog: ImportDialog) {
        self.waiting.push(dialog);
        self.next_unless_shown();
    }

    /// Closes the dialog; the next one takes its place.
    pub fn close(&mut self) -> Option<ImportDialog> {
        let closed = self.dialog.take();
        self.next_unless_shown();
        closed
    }

    fn next_unless_shown(&mut self) {
        if self.dialog.is_none() && !self.waiting.is_empty() {
            self.dialog = Some(self.waiting.remove(0));
        }
    }
}

impl ImportDialog {
    pub(super) fn new(proposal: ImportProposal) -> Self {
        let ImportProposal {
            file,
            config,
            notes,
            latent_dim,
            parameters,
            draws,
            reconstructions,
            encoder_outputs,
            decoder_outputs,
            ..
        } = proposal;

        ImportDialog {
            file,
            pictured: config.clone(),
            config,
            notes,
            latent_dim,
            parameters,
            encoder_outputs,
            decoder_outputs,
            draws: draws.into_iter().map(Picture::new).collect(),
            reconstructions: reconstructions.into_iter().map(|pair| pair.map(Picture::new)).collect(),
            data: None,
            problem: None,
            waits: false,
        }
    }

    /// Whether the pictures are those of the reading as it stands.
    pub fn is_current(&self) -> bool {
        self.config == self.pictured
    }
}
