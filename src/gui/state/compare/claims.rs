//! The claims of the Compare screen: their tests, the settings of these, and what came out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Compare, JobPurpose, Mode};
use crate::config::{Claim, ClaimConfig, ClaimOrder};
use crate::gui::state::picture::Picture;
use crate::gui::state::{Command, State};
use crate::worker::protocol::{ClaimReport, Job, KeptClaim, PictureTable};

/// The claims.
#[derive(Debug, Default)]
pub struct Claims {
    /// The one that is looked at; all of them if none.
    pub chosen: Option<Claim>,
    /// What was written into the form of each test: the name of a setting and its value.
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
    /// What came out; its pictures are beside it.
    pub report: ClaimReport,
    /// The pictures of each table of pictures, row by row.
    pub pictures: Vec<Vec<Vec<Picture>>>,
    /// Seconds since 1970; none for one of this session.
    pub when: Option<u64>,
    /// Whether a model is another than then.
    pub changed: bool,
}

impl Outcome {
    fn new(order: ClaimOrder, report: ClaimReport, when: Option<u64>, changed: bool) -> Self {
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

    fn put(&mut self, outcome: Outcome) {
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

impl State {
    /// The test of a claim that the form asks for.
    ///
    /// # Errors
    /// What is missing, in a sentence.
    pub fn claim_order(&self, claim: Claim) -> Result<ClaimOrder, String> {
        let claims = &self.compare.claims;
        let models = if claims.ticked { self.ticked() } else { Vec::new() };
        if claims.ticked && models.is_empty() {
            return Err("Tick at least one model under Models".into());
        }
        let form = &self.compare.form;
        let (data, quick, seed) = (form.data.clone(), !claims.thorough, form.seed);
        Ok(ClaimOrder { data, models, quick, seed, claim: claims.config(claim)? })
    }

    /// Tests a claim.
    pub fn test_claim(&mut self, claim: Claim) {
        if self.compare.is_testing(claim) {
            return;
        }
        let Ok(order) = self.claim_order(claim) else { return };
        let job = Job::TestClaim { order: Box::new(order.clone()), keep: true };
        self.ask(Some(job), JobPurpose::Claim(Arc::new(order)));
    }

    /// Asks for the outcomes that are kept, once.
    pub fn list_claims(&mut self) {
        if !std::mem::replace(&mut self.compare.claims.is_listed, true) {
            self.send(Command::ListClaims);
        }
    }

    /// Takes in the outcomes that are kept.
    pub(in crate::gui::state) fn take_kept_claims(&mut self, kept: Vec<KeptClaim>) {
        let claims = &mut self.compare.claims;
        let old = kept
            .into_iter()
            .map(|kept| Arc::new(Outcome::new(kept.order, kept.report, Some(kept.when), kept.changed)));
        // Whatever was tested since the start is newer.
        claims.outcomes.extend(old);
    }

    fn ticked(&self) -> Vec<PathBuf> {
        let form = &self.compare.form;
        let candidates = self.candidates().into_iter();
        candidates.map(|candidate| candidate.checkpoint).filter(|path| form.is_ticked(path)).collect()
    }
}

impl Compare {
    /// Whether a claim is being tested, or waits for that.
    pub fn is_testing(&self, claim: Claim) -> bool {
        let is_it = |purpose: &JobPurpose| matches!(purpose, JobPurpose::Claim(order) if order.claim.claim() == claim);
        self.pending_in(Mode::Claims).any(|pending| is_it(&pending.asked))
    }

    /// A test is done.
    pub(super) fn take_claim(&mut self, order: &ClaimOrder, report: &ClaimReport) {
        self.claims.put(Outcome::new(order.clone(), report.clone(), None, false));
    }
}
