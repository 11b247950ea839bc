//! Linear predictors of an attribute, from codes or from the features of pictures.

use std::ops::ControlFlow;
use std::ops::Range;

use super::table::Attribute;
use crate::error::Result;
use crate::latent::directions::regression::{Predictor, logistic, penalty, ridge};
use crate::latent::pca::Pca;
use crate::metrics::prediction::{auc, r2};
use crate::report::DirectionScore;

/// Numbers of a row that a predictor looks at, at most; of longer ones, their principal components.
const WIDEST: usize = 256;

/// Rows as predictors look at them.
pub struct Reduced {
    pca: Option<Pca>,
}

impl Reduced {
    /// A fit to rows like these. `watch` may cancel.
    pub fn new(rows: &[Vec<f32>], seed: u64, watch: &mut dyn FnMut() -> ControlFlow<()>) -> Result<Self> {
        let dim = rows.first().map_or(0, Vec::len);
        let widest = WIDEST.min(rows.len().saturating_sub(1));
        if dim <= WIDEST || widest == 0 {
            return Ok(Self { pca: None });
        }
        let mut copy = |range: Range<usize>, out: &mut [f32]| {
            out.chunks_exact_mut(dim).zip(&rows[range]).for_each(|(out, row)| out.copy_from_slice(row));
            Ok(())
        };
        let pca = Pca::fit((rows.len(), dim), widest, seed, &mut copy, &mut |_, _| watch())?;
        Ok(Self { pca: Some(pca) })
    }

    /// Some rows.
    pub fn of(&self, rows: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>> {
        let Some(pca) = self.pca.as_ref().filter(|_| !rows.is_empty()) else { return Ok(rows) };
        Ok(pca.encode(&rows.concat())?.chunks_exact(pca.code_size()).map(<[f32]>::to_vec).collect())
    }
}

/// A linear predictor of an attribute.
pub struct AttributePredictor {
    predictor: Predictor,
    is_presence: bool,
    /// Standard deviation of the attribute over the faces that it was fitted to; of yes or no that of the log-odds.
    deviation: f64,
}

impl AttributePredictor {
    /// Fits it to rows and what is known of them.
    ///
    /// # Errors
    /// As for [`logistic`].
    pub fn fit(rows: &[Vec<f32>], values: &[Option<f64>], is_presence: bool) -> Result<Self> {
        let known = rows.iter().zip(values).filter_map(|(row, value)| Some((row.clone(), (*value)?)));
        let (known, values): (Vec<Vec<f32>>, Vec<f64>) = known.unzip();
        let penalty = penalty(&known);
        let predictor = match is_presence {
            true => logistic(&known, &values, penalty)?,
            false => ridge(&known, &values, penalty)?,
        };
        let told: Vec<f64> = match is_presence {
            true => known.iter().map(|row| predictor.of(row)).collect(),
            false => values,
        };
        let deviation = deviation(&told).max(f64::MIN_POSITIVE);
        Ok(Self { predictor, is_presence, deviation })
    }

    /// The amount, or the log-odds of yes, in standard deviations over faces.
    pub fn predict(&self, row: &[f32]) -> f64 {
        self.predictor.of(row) / self.deviation
    }

    /// Agreement with what is known of some rows, and of how many; none where nothing varies over them.
    pub fn score(&self, rows: &[Vec<f32>], values: &[Option<f64>]) -> Option<(DirectionScore, usize)> {
        let known = rows.iter().zip(values).filter_map(|(row, value)| {
            let told = self.predictor.of(row);
            Some((told as f32, (*value)? as f32))
        });
        let known: Vec<(f32, f32)> = known.collect();
        let score = if self.is_presence {
            let part = |has: bool| -> Vec<f32> {
                known.iter().filter(|(_, truth)| (*truth > 0.5) == has).map(|(told, _)| *told).collect()
            };
            DirectionScore::Auc(auc(&part(true), &part(false))?)
        } else {
            let (told, truth): (Vec<f32>, Vec<f32>) = known.iter().copied().unzip();
            DirectionScore::R2(r2(&told, &truth)?)
        };
        Some((score, known.len()))
    }
}

fn deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// Replaces what a table says by what predictors say of draws, as InterFaceGAN labels them (Shen et al. 2020): of yes or
/// no the log-odds. The joint regression takes one column for each attribute then.
pub fn labelled(
    attributes: Vec<Attribute>,
    predictors: Vec<AttributePredictor>,
    features: &[Vec<f32>],
) -> Vec<(Attribute, AttributePredictor)> {
    let pairs = attributes.into_iter().zip(predictors).filter(|(attribute, _)| attribute.is_primary);
    let label = |(at, (attribute, predictor)): (usize, (Attribute, AttributePredictor))| {
        let values = features.iter().map(|row| Some(predictor.predict(row))).collect();
        (Attribute { values, mixture: vec![(at, 1.0)], is_presence: false, ..attribute }, predictor)
    };
    pairs.enumerate().map(label).collect()
}
