//! `experiment anomalies`: whether a model tells images that it was not trained on the like of from known ones, by its
//! reconstruction error, its ELBO and what else there is, each beside the distance of embedded features.
//!
//! The error alone has a known fault: it prefers pictures with little in them, familiar or not (Serrà et al. 2020,
//! "Input complexity and out-of-distribution detection with likelihood-based generative models",
//! <https://arxiv.org/abs/1909.11480>; Nalisnick et al. 2019, <https://arxiv.org/abs/1810.09136>). So it is also held
//! against what the picture costs others: a PCA of the same size, and PNG. The distance to the nearest training image is
//! that of Bergman, Cohen & Hoshen 2020, "Deep nearest neighbor anomaly detection", <https://arxiv.org/abs/2002.10445>,
//! with one neighbour.

mod cases;
mod drawn;
mod scores;
mod tables;
mod textures;
mod verdict;

use std::collections::BTreeMap;

use cases::Cases;
use scores::{Complexity, Scored, feature_distances, pca_errors, reconstruct, scores_of};
use tables::Findings;

use super::subjects::{Subject, Subjects};
use crate::config::{AnomaliesConfig, AnomalyScore, ClaimOrder, ExtractorSource, Split};
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::observer::Observer;
use crate::report::ClaimReport;

/// Tests the claim.
///
/// # Errors
/// Models, images or features that cannot be read; too few known images; settings that are not possible;
/// [`Error::Cancelled`] when `observer` broke.
pub fn test(
    order: &ClaimOrder,
    config: &AnomaliesConfig,
    observer: &mut dyn Observer,
) -> Result<ClaimReport> {
    config.validate().map_err(Error::Invalid)?;
    observer.started("Telling new images from known ones");
    let mut subjects = Subjects::open(order, observer)?;
    let Some(&size) = subjects.sizes().first() else {
        return Err(Error::Fault("no model has images; please report this".into()));
    };
    subjects.note_known(&subjects.dataset(size)?.indices(Split::Test))?;
    let how = (order.quick, order.seed);
    let mut scores: Vec<Scored> = Vec::new();
    let mut sigmas = Vec::new();
    let mut gathered = BTreeMap::new();
    for size in subjects.sizes() {
        let cases = Cases::gather(subjects.dataset(size)?, &order.data, config, how, observer)?;
        let complexity = Complexity::of(&cases)?;
        gathered.insert(size, (cases, complexity));
    }
    let mut of_pca: BTreeMap<(usize, usize), Vec<Vec<f64>>> = BTreeMap::new();
    for Subject { name, model } in &subjects.models {
        let (size, k) = (model.image_size(), model.latent_dim());
        let Some((cases, complexity)) = gathered.get(&size) else { continue };
        let dataset = subjects.dataset(size)?;
        if let std::collections::btree_map::Entry::Vacant(place) = of_pca.entry((size, k)) {
            place.insert(pca_errors(dataset, cases, k, how, observer)?);
        }
        let Some(pca) = of_pca.get(&(size, k)) else { continue };
        let made = reconstruct((name, model), cases, how, observer)?;
        let (own, sigma) = scores_of(name, &made, pca, complexity, (size * size * 3, config.sigma));
        scores.extend(own);
        sigmas.extend(sigma.map(|sigma| format!("{name} {sigma:.3}")));
    }
    let Some((cases, _)) = gathered.get(&size) else {
        return Err(Error::Fault("no images were measured; please report this".into()));
    };
    let extractor = Extractor::open(&ExtractorSource::Embedded)?;
    let (distances, train) =
        feature_distances(subjects.dataset(size)?, cases, &extractor, order.quick, observer)?;
    scores.push(distances);
    let findings = Findings { config, cases, scores: &scores };
    let lead = lead(&subjects, size, config.by, &scores)?;
    let by = ranked_by(&scores, &lead.name, config.by)?;
    let ranking = findings.ranking(by, &lead.name);
    let mut tables = vec![findings.summary(), findings.by_case(), ranking];
    if config.rank.is_some() {
        // What was asked for first; of which images are new nothing is known.
        tables.swap(0, 2);
        tables.remove(1);
    }
    if !sigmas.is_empty() {
        let how =
            if config.sigma.is_some() { "as given" } else { "the most likely one on the validation split" };
        tables[0].notes.push(format!("σ of a pixel for the ELBO, {how}: {}.", sigmas.join(", ")));
    }
    Ok(ClaimReport {
        verdict: findings.verdict(by).into_iter().chain(subjects.notes.iter().cloned()).collect(),
        measured_on: format!(
            "{} known images of the test split, thresholds by {} of the validation split, {} new images; {} with {train} \
             images of the training split.",
            cases.known.images.len(),
            cases.validation.images.len(),
            cases.new.iter().map(|case| case.images.len()).sum::<usize>(),
            extractor.name(),
        ),
        plots: findings.plots(&lead.name),
        pictures: findings.pictures(by, (&lead.name, &lead.model))?,
        tables,
        seconds: 0.0,
    })
}

/// The model whose scores are shown one by one: the first that has the one that images are ranked by, and an ELBO if one
/// has it.
fn lead<'a>(subjects: &'a Subjects, size: usize, by: AnomalyScore, scores: &[Scored]) -> Result<&'a Subject> {
    let has = |subject: &Subject, score: AnomalyScore| {
        score == AnomalyScore::Features || scores.iter().any(|s| s.model == subject.name && s.score == score)
    };
    // Pictures are shown at the size at which features see them.
    let fit = || subjects.models.iter().filter(|s| s.model.image_size() == size && has(s, by));
    let found = fit().find(|subject| has(subject, AnomalyScore::Elbo)).or_else(|| fit().next());
    found.ok_or_else(|| {
        Error::Invalid(format!("none of these models has the score {}; it takes a variational one", by.key()))
    })
}

fn ranked_by<'a>(scores: &'a [Scored], model: &str, by: AnomalyScore) -> Result<&'a Scored> {
    let is_it = |s: &&Scored| s.score == by && (s.model == model || by == AnomalyScore::Features);
    scores.iter().find(is_it).ok_or_else(|| Error::Fault("a score was lost; please report this".into()))
}
