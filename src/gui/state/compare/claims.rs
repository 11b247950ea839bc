//! The claims of the Compare screen: their tests, the settings of these, and what came out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::config::{Claim, ClaimConfig, ClaimOrder};
use crate::gui::state::picture::Picture;
use crate::worker::protocol::{ClaimReport, PictureTable};

/// The claims.
#[derive(Debug, Default)]
pub struct Claims {
    /// The one that is looked at; all of them if none.
    pub chosen: Option<Claim>,
    /// Entries in the form of each test: the name of a setting and its value.
    pub settings: BTreeMap<Claim, BTreeMap<String, String>>,
    /// Whether a look is enough.
    pub thorough: bool,
    /// Whether the ticked models are tested and not those that come with the program and fit.
    pub ticked: bool,
    /// Outcomes, the newest first.
    pub outcomes: Vec<Arc<Outcome>>,
    /// Position among the outcomes of a claim of the one that is shown; the newest unless said.
    pub shown: BTreeMap<Claim, usize>,
    /// Whether the kept ones were asked for.
    pub is_listed: bool,
}

/// An outcome with its pictures ready to show.
#[derive(Debug)]
pub struct Outcome {
    /// The test.
    pub order: ClaimOrder,
    /// The outcome; its pictures are beside it.
    pub report: ClaimReport,
    /// The pictures of each table of pictures, row by row.
    pub pictures: Vec<Vec<Vec<Picture>>>,
    /// Seconds since 1970; none for one of this session.
    pub when: Option<u64>,
    /// Whether a model is another than then.
    pub changed: bool,
}

impl Outcome {
    /// An outcome with its pictures.
    pub fn new(order: ClaimOrder, report: ClaimReport, when: Option<u64>, changed: bool) -> Self {
        let table = |table: &PictureTable| {
            let row = |(_, images): &(String, Vec<_>)| images.iter().cloned().map(Picture::new).collect();
            table.rows.iter().map(row).collect()
        };
        let pictures = report.pictures.iter().map(table).collect();
        Outcome { order, report, pictures, when, changed }
    }
}

impl Claims {
    /// The outcomes of a claim, the newest first.
    pub fn of(&self, claim: Claim) -> impl Iterator<Item = &Arc<Outcome>> {
        self.outcomes.iter().filter(move |outcome| outcome.order.claim.claim() == claim)
    }

    /// The outcome of a claim that is shown.
    pub fn shown(&self, claim: Claim) -> Option<&Arc<Outcome>> {
        let at = self.shown.get(&claim).copied().unwrap_or(0);
        self.of(claim).nth(at).or_else(|| self.of(claim).next())
    }

    /// The test of a claim as the form says it.
    ///
    /// # Errors
    /// A setting that makes no sense, in a sentence.
    pub fn config(&self, claim: Claim) -> Result<ClaimConfig, String> {
        let values = self.settings.get(&claim).cloned().unwrap_or_default();
        claim.with(&values.into_iter().collect::<Vec<_>>())
    }

    /// Takes a folder as the value of a setting, or beside its others.
    pub fn choose_folder(&mut self, claim: Claim, at: usize, folder: &Path) {
        let Some(setting) = claim.settings().get(at) else { return };
        let value = self.settings.entry(claim).or_default().entry(setting.name.clone()).or_default();
        let folder = folder.display().to_string();
        *value = match setting.is_list && !value.trim().is_empty() {
            true => format!("{value}, {folder}"),
            false => folder,
        };
    }

    /// Puts an outcome in front, in place of one of the same images and models.
    pub fn put(&mut self, outcome: Outcome) {
        let claim = outcome.order.claim.claim();
        self.shown.remove(&claim);
        let is_same = |other: &Arc<Outcome>| {
            let (a, b) = (&other.order, &outcome.order);
            a.claim.claim() == claim && (&a.data, &a.models) == (&b.data, &b.models)
        };
        self.outcomes.retain(|other| !is_same(other));
        self.outcomes.insert(0, Arc::new(outcome));
    }
}
