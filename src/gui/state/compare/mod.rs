//! The Compare screen's state: what is to be measured, what is being measured, the tables of the last time.

mod actions;
mod claim_actions;
pub mod claims;
pub mod draws;
pub mod form;
pub mod kept;
pub mod lecture;
pub mod order;
pub mod pixels;
pub mod runs;
pub mod sets;
pub mod sheet;
pub mod smoothness;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::picture::Picture;
use crate::config::ClaimOrder;
use crate::table::Table;
use crate::worker::protocol::{EvaluationRow, JobId, ModelId, SampleRow, SmoothnessReport};
use claims::Claims;
use form::CompareForm;
use order::{Measured, ModelsOrder};
use runs::ManyRuns;
use sets::{SetsOrder, TwoSets};
use sheet::{Sheet, Sort};

/// Draws of each model that are shown beside those of others.
pub const DRAWS_SHOWN: usize = 8;

/// Mode of comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Models, on the images of a data set.
    #[default]
    Models,
    /// The lecture's claims about what autoencoders are for.
    Claims,
    /// Runs of a folder, by their settings.
    Runs,
    /// Two sets of images, or of their features.
    Sets,
}

/// Purpose of a job of this screen.
#[derive(Clone, Debug)]
pub enum JobPurpose {
    /// RE, PSNR and SSIM of models.
    Pixels(Arc<ModelsOrder>),
    /// Draws of models against real images.
    Draws(Arc<ModelsOrder>),
    /// Walks through the code spaces of models, and what is drawn from them.
    Smoothness(Arc<ModelsOrder>),
    /// A test of a claim.
    Claim(Arc<ClaimOrder>),
    /// Equally named images of two sets.
    Pairs(Arc<SetsOrder>),
    /// Two sets as sets.
    Sets(Arc<SetsOrder>),
}

impl JobPurpose {
    /// Mode in which its result is shown.
    pub fn mode(&self) -> Mode {
        match self {
            JobPurpose::Pixels(_) | JobPurpose::Draws(_) | JobPurpose::Smoothness(_) => Mode::Models,
            JobPurpose::Claim(_) => Mode::Claims,
            JobPurpose::Pairs(_) | JobPurpose::Sets(_) => Mode::Sets,
        }
    }
}

/// A job that is not over.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its number.
    pub job: JobId,
    /// Purpose.
    pub asked: JobPurpose,
    /// Whether it was asked to stop.
    pub cancelling: bool,
}

/// Whether tables are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// They are not.
    #[default]
    Off,
    /// They are, and nobody has looked for those of before.
    Unread,
    /// They are.
    On,
}

/// The Compare screen.
#[derive(Debug, Default)]
pub struct Compare {
    /// Mode of comparison.
    pub mode: Mode,
    /// Order of a measurement: models and images.
    pub form: CompareForm,
    /// The lecture's claims.
    pub claims: Claims,
    /// The runs of a folder.
    pub runs: ManyRuns,
    /// The two sets, and what was found between them.
    pub two: TwoSets,
    /// RE, PSNR and SSIM of the models, as of the last time.
    pub pixels: Option<Measured<ModelsOrder, Vec<EvaluationRow>>>,
    /// Metrics of the models' draws, as of the last time.
    pub draws: Option<Measured<ModelsOrder, Vec<SampleRow>>>,
    /// Smoothness of the models' code spaces, as of the last time.
    pub smoothness: Option<Measured<ModelsOrder, SmoothnessReport>>,
    /// The order of the rows of `smoothness`.
    pub smoothness_sort: Option<Sort>,
    /// The order of the rows of `pixels`; as measured if none.
    pub pixels_sort: Option<Sort>,
    /// The order of the rows of `draws`.
    pub draws_sort: Option<Sort>,
    /// The order of the rows of the table of copies.
    pub copies_sort: Option<Sort>,
    /// A few draws of each open model.
    pub drawn: BTreeMap<ModelId, Vec<Picture>>,
    /// Jobs that are not over, in the order in which they are done.
    pub pending: Vec<Pending>,
    /// Whether the tables of models are kept for the next start.
    pub keeping: Keeping,
}

impl Compare {
    /// Whether tables are kept for the next start.
    pub fn keeps_tables(&self) -> bool {
        self.keeping != Keeping::Off
    }

    /// Jobs that are not over whose results are shown in this mode.
    pub fn pending_in(&self, mode: Mode) -> impl Iterator<Item = &Pending> {
        self.pending.iter().filter(move |pending| pending.asked.mode() == mode)
    }

    /// Whether something is being measured that is shown in this mode, or waits for that.
    pub fn is_measuring(&self, mode: Mode) -> bool {
        self.pending_in(mode).next().is_some()
    }

    /// The table of reconstructions, if there is one.
    pub fn pixels_sheet(&self) -> Option<Sheet> {
        let measured = self.pixels.as_ref()?;
        Some(pixels::sheet(measured, &self.form).sorted(self.pixels_sort))
    }

    /// The table of draws, if there is one.
    pub fn draws_sheet(&self) -> Option<Sheet> {
        let measured = self.draws.as_ref()?;
        Some(draws::sheet(measured, &self.form).sorted(self.draws_sort))
    }

    /// The table of copies among draws, if there is one.
    pub fn copies_sheet(&self) -> Option<Sheet> {
        Some(draws::copies_sheet(self.draws.as_ref()?)?.sorted(self.copies_sort))
    }

    /// The table of smoothness, if there is one.
    pub fn smoothness_sheet(&self) -> Option<Sheet> {
        Some(smoothness::sheet(self.smoothness.as_ref()?).sorted(self.smoothness_sort))
    }

    /// The tables of two sets, as far as there are any.
    pub fn sets_sheets(&self) -> Vec<Sheet> {
        let sets = self.two.sets.as_ref().map(|found| sets::sets_sheet(&found.order, &found.found));
        let pairs = self.two.pairs.as_ref();
        let pairs = pairs.and_then(|found| Some(sets::pairs_sheet(&found.order, found.found.as_ref().ok()?)));
        sets.into_iter().chain(pairs).collect()
    }

    /// Whether there is a table to take along.
    pub fn has_results(&self) -> bool {
        match self.mode {
            Mode::Models => self.pixels.is_some() || self.draws.is_some() || self.smoothness.is_some(),
            Mode::Claims => self.claims.chosen.is_some_and(|claim| self.claims.shown(claim).is_some()),
            Mode::Runs => self.runs.shown.is_some(),
            Mode::Sets => {
                self.two.sets.is_some() || self.two.pairs.as_ref().is_some_and(|found| found.found.is_ok())
            }
        }
    }

    /// The tables that are shown, as they are written to a file.
    pub fn results(&self) -> Vec<Table> {
        let lecture = self.form.lecture.then(lecture::about);
        match self.mode {
            Mode::Models => {
                let sheets =
                    self.pixels_sheet().into_iter().chain(self.draws_sheet()).chain(self.copies_sheet());
                let sheets = sheets.chain(self.smoothness_sheet());
                sheets.map(|sheet| sheet.results(lecture.as_deref())).collect()
            }
            Mode::Claims => {
                let shown = self.claims.chosen.and_then(|claim| self.claims.shown(claim));
                shown.map_or_else(Vec::new, |outcome| outcome.report.tables.clone())
            }
            Mode::Runs => {
                let shown = self.runs.shown.iter();
                shown.map(|shown| shown.passing_set().table("Runs")).collect()
            }
            Mode::Sets => self.sets_sheets().iter().map(|sheet| sheet.results(None)).collect(),
        }
    }

    /// Order behind the tables of models, once there are any.
    pub fn measured_order(&self) -> Option<&Arc<ModelsOrder>> {
        let pixels = self.pixels.as_ref().map(|measured| &measured.order);
        let pixels = pixels.or(self.draws.as_ref().map(|measured| &measured.order));
        pixels.or(self.smoothness.as_ref().map(|measured| &measured.order))
    }
}

#[cfg(test)]
mod tests;
