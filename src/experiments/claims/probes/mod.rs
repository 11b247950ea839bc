//! `experiment probes`: what linear models tell of images from the codes of autoencoders (linear probes: Alain & Bengio
//! 2017, <https://arxiv.org/abs/1610.01644>), beside pixels, a PCA of equal size and embedded features.
//!
//! The models and the PCA were fitted to the training split, without labels; the embedded features with them. So probes
//! are fitted to, and measured on, images of the other splits unless all are asked for.

mod cross;
mod findings;
mod sets;

use std::time::Instant;

use cross::{Dealt, deal};
use findings::{Findings, Told};

use super::subjects::Subjects;
use crate::config::{ClaimOrder, ProbesConfig, Split};
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::error::{Error, Result};
use crate::measure::directions::{Attribute, AttributeTable, Wanted};
use crate::observer::Observer;
use crate::report::ClaimReport;

/// Images that are probed, at most, in a look.
const QUICK: usize = 400;

/// Tests the claim.
///
/// # Errors
/// Models, images, a table or features that cannot be read; too few images; settings that are not possible;
/// [`Error::Cancelled`] when `observer` broke.
pub fn test(order: &ClaimOrder, config: &ProbesConfig, observer: &mut dyn Observer) -> Result<ClaimReport> {
    config.validate().map_err(Error::Invalid)?;
    observer.started("Probing codes for attributes");
    let mut subjects = Subjects::open(order, observer)?;
    let Some(&size) = subjects.sizes().first() else {
        return Err(Error::Fault("no model has images; please report this".into()));
    };
    let indices = probed(subjects.dataset(size)?, order, config)?;
    if !config.all {
        subjects.note_known(&indices)?;
    }
    let dataset = subjects.dataset(size)?;
    let wanted = Wanted { only: &config.only, pairs: false };
    let source = (&order.data, config.table.as_deref());
    let table = AttributeTable::of_dataset(dataset, source, (&indices, indices.len()), &wanted)?;
    let AttributeTable { attributes, left_out, .. } = table;
    if attributes.is_empty() {
        let reasons = left_out.join("; ");
        return Err(Error::Invalid(format!(
            "the table says nothing of these images that can be told: {reasons}"
        )));
    }
    left_out.iter().for_each(|reason| observer.warning(&format!("Not probed for: {reason}")));
    let sets = sets::gather(&subjects, &indices, order.seed, observer)?;
    let names: Vec<&str> = indices.iter().map(|index| dataset.name(*index)).collect();
    let mut pace = ProgressMeter::new("Probing", sets.len() * attributes.len(), Instant::now());
    let mut scores = Vec::new();
    for (at, set) in sets.iter().enumerate() {
        let mut dealt: Option<Dealt> = None;
        let mut of_set = Vec::new();
        for (number, attribute) in attributes.iter().enumerate() {
            let done = at * attributes.len() + number;
            if observer.progress(pace.progress(done, Instant::now())).is_break() {
                return Err(Error::Cancelled);
            }
            of_set.push(probe(&set.rows, &names, attribute, (config.folds, order.seed), &mut dealt)?);
        }
        scores.push(of_set);
    }
    let told = |attribute: &Attribute| Told {
        name: attribute.name.clone(),
        is_presence: attribute.is_presence,
        n: attribute.values.iter().flatten().count(),
    };
    let attributes: Vec<Told> = attributes.iter().map(told).collect();
    let findings = Findings { sets: &sets, attributes: &attributes, scores: &scores };
    let split = if config.all {
        "all splits, the training split among them"
    } else {
        "the validation and the test split"
    };
    Ok(ClaimReport {
        verdict: findings.verdict().into_iter().chain(subjects.notes.iter().cloned()).collect(),
        measured_on: format!(
            "{} images of {split}, {} folds by a hash of their names; penalties by leave-one-out on the images that are \
             fitted to. Models and PCA learned from the training split without labels, the embedded features with some.",
            indices.len(),
            config.folds
        ),
        tables: vec![findings.rows(), findings.by_attribute()],
        plots: findings.plots(),
        pictures: Vec::new(),
        seconds: 0.0,
    })
}

/// Images that are probed.
fn probed(dataset: &Dataset, order: &ClaimOrder, config: &ProbesConfig) -> Result<Vec<usize>> {
    let mut indices = if config.all {
        dataset.indices(Split::All)
    } else {
        [dataset.indices(Split::Validation), dataset.indices(Split::Test)].concat()
    };
    if order.quick {
        indices.truncate(QUICK);
    }
    indices.sort_unstable();
    // A tenth to fit to would be no fit.
    if indices.len() < 10 * config.folds {
        return Err(Error::Invalid(format!(
            "{}: the validation and the test split have {} images, too few for {} folds; give more images, or take all of \
             them with --all",
            order.data,
            indices.len(),
            config.folds
        )));
    }
    Ok(indices)
}

/// Scores of the folds. Rows that are dealt already are taken again where the folds are the same.
fn probe(
    rows: &[Vec<f32>],
    names: &[&str],
    attribute: &Attribute,
    how: (usize, u64),
    dealt: &mut Option<Dealt>,
) -> Result<Vec<f64>> {
    let Attribute { values, is_presence, .. } = attribute;
    let folds = deal(names, values, *is_presence, how);
    let ready = match dealt.take().filter(|dealt| dealt.is_of(&folds)) {
        Some(ready) => ready,
        None => Dealt::new(rows, folds)?,
    };
    let scores = ready.scores(values, *is_presence);
    *dealt = Some(ready);
    scores
}
