//! Opening models of other programs: asking how one is read, approving it, and changing its inputs while it is open.

use std::path::PathBuf;

use super::imports::ImportDialog;
use super::{Awaited, State};
use crate::config::ImportedConfig;
use crate::worker::protocol::{
    CodeSpaceOrder, Command, ImportProposal, Job, JobEvent, JobId, JobResult, ModelId, ModelSource,
};

impl State {
    /// Asks how a model of another program is read, in one file or in the two halves of a pair. One that was approved
    /// before is opened at once.
    pub fn open_import(&mut self, files: Vec<PathBuf>) {
        let id = self.send(Command::ProposeImport(files.clone()));
        self.awaited.insert(id, Awaited::Import { ask: false, files });
    }

    /// Asks anew how an open model of another program is read.
    pub fn correct_import(&mut self, model: ModelId) {
        let found = self.models.iter().find(|open| open.id == model);
        if let Some(ModelSource::File(file)) = found.map(|model| model.source.clone()) {
            let files = vec![file];
            let id = self.send(Command::ProposeImport(files.clone()));
            self.awaited.insert(id, Awaited::Import { ask: true, files });
        }
    }

    /// A reading with its pictures has come.
    pub(super) fn import_proposed(&mut self, awaited: Option<Awaited>, proposal: ImportProposal) {
        match awaited {
            Some(Awaited::ImportPreview) => {
                if let Some(dialog) =
                    self.imports.dialog.as_mut().filter(|dialog| dialog.file == proposal.file)
                {
                    let new = ImportDialog::new(proposal);
                    dialog.latent_dim = new.latent_dim;
                    dialog.draws = new.draws;
                    dialog.reconstructions = new.reconstructions;
                    dialog.pictured = new.pictured;
                    dialog.problem = None;
                    dialog.waits = false;
                }
            }
            Some(Awaited::Import { ask: false, .. }) if proposal.approved => {
                self.open_model(ModelSource::File(proposal.file));
            }
            _ => self.imports.show(ImportDialog::new(proposal)),
        }
    }

    /// Files cannot be read as a model. Two that are no halves of one are models each.
    pub(super) fn import_failed(&mut self, files: Vec<PathBuf>, message: String) {
        match files.len() {
            2.. => files.into_iter().for_each(|file| self.open_import(vec![file])),
            _ => self.messages.error(message),
        }
    }

    /// A reading cannot be shown.
    pub(super) fn import_preview_failed(&mut self, message: String) {
        if let Some(dialog) = &mut self.imports.dialog {
            dialog.problem = Some(message);
            dialog.pictured = dialog.config.clone();
            dialog.waits = false;
        }
    }

    /// Asks for pictures of the reading as it stands, once the last ones have come.
    pub fn picture_import(&mut self) {
        let Some(dialog) = &mut self.imports.dialog else { return };
        if dialog.is_current() || dialog.waits {
            return;
        }
        dialog.waits = true;
        let (file, config) = (dialog.file.clone(), Box::new(dialog.config.clone()));
        let id = self.send(Command::PreviewImport { file, config });
        self.awaited.insert(id, Awaited::ImportPreview);
    }

    /// Approves the reading, and opens the model.
    pub fn approve_import(&mut self) {
        let Some(ImportDialog { file, config, data, .. }) = self.imports.close() else { return };
        self.keep_import(file.clone(), config);
        if let Some(data) = data {
            let order = CodeSpaceOrder { model: file.clone(), data };
            let job = self.send(Command::Start(Job::MeasureCodeSpace(order)));
            self.imports.measuring.push((job, file));
        }
    }

    /// Changes the value of an input beside code or picture of an open model.
    pub fn set_extra_input(&mut self, model: ModelId, input: usize, value: f64) {
        let Some(model) = self.models.iter_mut().find(|open| open.id == model) else { return };
        let (ModelSource::File(file), Some(config)) = (&model.source, model.config.imported.as_deref_mut())
        else {
            return;
        };
        if let Some(extra) = config.extra_mut().nth(input) {
            extra.value = value;
        }
        let (file, config) = (file.clone(), config.clone());
        let is_on_its_way = |awaited: &Awaited| matches!(awaited, Awaited::ImportKept);
        match self.awaited.values().any(is_on_its_way) {
            true => self.imports.changed = Some((file, config)),
            false => self.keep_import(file, config),
        }
    }

    fn keep_import(&mut self, file: PathBuf, config: ImportedConfig) {
        let id = self.send(Command::KeepImport { file, config: Box::new(config) });
        self.awaited.insert(id, Awaited::ImportKept);
    }

    /// A reading is remembered: what has changed since follows it, else the model opens.
    pub(super) fn import_kept(&mut self, file: PathBuf) {
        match self.imports.changed.take() {
            Some((file, config)) => self.keep_import(file, config),
            None => self.open_model(ModelSource::File(file)),
        }
    }

    /// Opens a model again whose code space has been measured.
    pub(super) fn import_told(&mut self, job: JobId, event: &JobEvent) {
        let Some(at) = self.imports.measuring.iter().position(|(id, _)| *id == job) else { return };
        match event {
            JobEvent::Finished(JobResult::CodeSpaceMeasured(_)) => {
                let (_, file) = self.imports.measuring.remove(at);
                self.open_model(ModelSource::File(file));
            }
            JobEvent::Finished(_) | JobEvent::Failed { .. } | JobEvent::Cancelled => {
                self.imports.measuring.remove(at);
            }
            _ => (),
        }
    }
}
