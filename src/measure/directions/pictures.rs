//! Worth of a direction in pictures: what an edit changes, and how far it goes before the pictures are no faces any
//! more.

use std::ops::ControlFlow;

use super::faces::rows;
use super::predictor::AttributePredictor;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::metrics::copying::{median, nearest};
use crate::metrics::distances::Rows;
use crate::metrics::features::Features;
use crate::run::TrainedModel;

/// Faces that are edited.
const EDITED: usize = 64;
/// Amounts that are tried.
const STEP: f32 = 0.5;
const FARTHEST: f32 = 6.0;
/// Part of the pictures without an edit that lie nearer to a real face than an edited one may.
const NEAR: f64 = 0.95;

/// Asked now and then whether to go on; breaks to cancel.
pub type Watch<'a> = &'a mut dyn FnMut() -> ControlFlow<()>;

/// Pictures of held-out codes, and the real faces beside them.
pub struct Pictures<'a> {
    model: &'a TrainedModel,
    extractor: &'a Extractor,
    codes: &'a [Vec<f32>],
    real: Rows<'a>,
    /// Distance to the nearest real face that nearly all pictures without an edit keep.
    limit: f64,
}

impl<'a> Pictures<'a> {
    /// Decodes `codes`, and looks how far their pictures are from `real` faces.
    ///
    /// # Errors
    /// Errors of decoding and seeing; [`Error::Cancelled`].
    pub fn new(
        model: &'a TrainedModel,
        extractor: &'a Extractor,
        codes: &'a [Vec<f32>],
        real: &'a Features,
        watch: Watch<'_>,
    ) -> Result<Self> {
        let real = Rows::new(real, &mut |_| watch())?;
        let mut pictures = Self { model, extractor, codes, real, limit: f64::INFINITY };
        let distances = pictures.distances(codes, watch)?;
        let at = (NEAR * distances.len() as f64).ceil() as usize;
        pictures.limit = distances[at.clamp(1, distances.len()) - 1];
        pictures.codes = &codes[..codes.len().min(EDITED)];
        Ok(pictures)
    }

    /// Mean change that an amount of 1 brings to what each predictor tells, in its standard deviations: half of that
    /// from −1 to +1.
    pub fn changes(
        &self,
        direction: &[f32],
        predictors: &[&AttributePredictor],
        watch: Watch<'_>,
    ) -> Result<Vec<f64>> {
        let ends = [self.edited(direction, -1.0), self.edited(direction, 1.0)].concat();
        let features = self.features(&ends, watch)?;
        let told = rows(&features);
        let (less, more) = told.split_at(self.codes.len());
        let change = |predictor: &&AttributePredictor| {
            let pairs =
                less.iter().zip(more).map(|(less, more)| predictor.predict(more) - predictor.predict(less));
            pairs.sum::<f64>() / (2.0 * self.codes.len() as f64)
        };
        Ok(predictors.iter().map(change).collect())
    }

    /// The largest amounts to either side, in steps of a half to six, at which the median edited picture is as near to a
    /// real face as 95 % of the pictures without an edit are. They end at the step beyond `reach`, up to where codes of
    /// faces lie: the features do not see everything that goes wrong beyond it.
    pub fn range(&self, direction: &[f32], reach: [f32; 2], watch: Watch<'_>) -> Result<[f32; 2]> {
        let mut range = [0.0f32; 2];
        for ((end, sign), reach) in range.iter_mut().zip([-1.0, 1.0]).zip(reach) {
            let farthest = FARTHEST.min((reach.abs() / STEP).ceil() * STEP);
            let mut amount = STEP;
            while amount <= farthest {
                let distances = self.distances(&self.edited(direction, sign * amount), watch)?;
                if median(&distances) > self.limit {
                    break;
                }
                *end = sign * amount;
                amount += STEP;
            }
        }
        Ok(range)
    }

    fn edited(&self, direction: &[f32], amount: f32) -> Vec<Vec<f32>> {
        let add = |code: &Vec<f32>| code.iter().zip(direction).map(|(c, d)| c + amount * d).collect();
        self.codes.iter().map(add).collect()
    }

    /// Distances of the pictures of codes to their nearest real faces, ascending.
    fn distances(&self, codes: &[Vec<f32>], watch: Watch<'_>) -> Result<Vec<f64>> {
        let features = self.features(codes, watch)?;
        nearest(&features, &self.real, &mut |_| watch())
    }

    fn features(&self, codes: &[Vec<f32>], watch: Watch<'_>) -> Result<Features> {
        seen(self.model, self.extractor, codes, watch)
    }
}

/// Features of the pictures of codes.
pub fn seen(
    model: &TrainedModel,
    extractor: &Extractor,
    codes: &[Vec<f32>],
    watch: Watch<'_>,
) -> Result<Features> {
    let picture = |index: usize| -> Result<ImageBuf> {
        let mut pictures = model.decode(&codes[index..=index])?;
        pictures.pop().ok_or_else(|| Error::Invalid("the model gave no picture".into()))
    };
    extractor.of_each(codes.len(), picture, &mut |_| watch())
}
