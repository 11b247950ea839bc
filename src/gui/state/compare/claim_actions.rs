//! Tests of claims: what is asked for, and what comes back.

use std::path::PathBuf;
use std::sync::Arc;

use rust_i18n::t;

use super::claims::Outcome;
use super::{Compare, JobPurpose, Mode};
use crate::config::{Claim, ClaimOrder};
use crate::gui::said::said;
use crate::gui::state::{Command, State};
use crate::worker::protocol::{ClaimReport, Job, KeptClaim};

impl State {
    /// The test of a claim that the form asks for.
    ///
    /// # Errors
    /// The missing choice or the setting that makes no sense, in a sentence.
    pub fn claim_order(&self, claim: Claim) -> Result<ClaimOrder, String> {
        let claims = &self.compare.claims;
        let models = if claims.ticked { self.ticked() } else { Vec::new() };
        if claims.ticked && models.is_empty() {
            return Err(t!("Tick at least one model under Models").into_owned());
        }
        let form = &self.compare.form;
        let (data, quick, seed) = (form.data.clone(), !claims.thorough, form.seed);
        Ok(ClaimOrder {
            data,
            models,
            quick,
            seed,
            claim: claims.config(claim).map_err(|problem| said(&problem).into_owned())?,
        })
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

    /// Whether a claim waits until the tests before it are over.
    pub fn is_waiting(&self, claim: Claim) -> bool {
        let first = self.pending_in(Mode::Claims).next();
        let is_first = first.is_some_and(
            |first| matches!(&first.asked, JobPurpose::Claim(order) if order.claim.claim() == claim),
        );
        self.is_testing(claim) && !is_first
    }

    /// A test is done.
    pub(super) fn take_claim(&mut self, order: &ClaimOrder, report: &ClaimReport) {
        self.claims.put(Outcome::new(order.clone(), report.clone(), None, false));
    }
}
