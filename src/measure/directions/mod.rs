//! Directions in the code space of a model, with names where a table gives some, and what they are worth.
//!
//! * Attributes: one [joint regression](crate::latent::directions::joint) of the codes of training faces on all
//!   attributes. How well codes tell an attribute is measured on faces of the test split by a linear predictor of the
//!   attribute from codes. What an edit does is measured in pictures: decoded, seen by the embedded features, and told by
//!   predictors of the attributes that were fitted to the features of real training faces.
//! * A model without an encoder has no codes of faces: its draws are labelled by those predictors, as InterFaceGAN labels
//!   them (Shen et al. 2020, <https://arxiv.org/abs/2005.09635>), and everything is measured on draws that nothing was
//!   fitted to. How well codes tell an attribute is then how well they tell what the predictors say, as R² of the
//!   log-odds for yes or no.
//! * Principal components and SeFa: see [`components`] and [`sefa`](crate::latent::directions::sefa).

mod faces;
mod first_layer;
mod order;
mod pictures;
mod predictor;
mod table;

use std::ops::ControlFlow;
use std::time::Instant;

use faces::{Codes, Faces, rows};
use first_layer::FirstLayer;
use pictures::{Pictures, seen};
use predictor::{AttributePredictor, Reduced, labelled};
use table::check_both;

use crate::config::{DataSource, ExtractorSource};
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::latent::directions::joint::JointRegression;
use crate::latent::directions::sefa::{everywhere, sefa};
use crate::latent::directions::{Spread, components};
use crate::metrics::disentanglement;
use crate::metrics::features::Features;
use crate::observer::Observer;
use crate::report::{
    Direction, DirectionMethod, DirectionQuality, DirectionScore, DirectionSet, DirectionsFitted,
    Disentanglement, Leak,
};
use crate::run::TrainedModel;
use crate::run::checkpoint::Checkpoint;
use crate::run::file_kind::is_imported;

pub use order::DirectionsOrder;
pub(crate) use table::{Attribute, AttributeTable, RawColumn, Wanted, raw_columns};

/// Draws of a model without an encoder.
const DRAWS: usize = 4000;
/// Scores below which a direction is left out: codes do not tell the attribute.
const LEAST_AUC: f64 = 0.65;
const LEAST_R2: f64 = 0.1;
/// Change in pictures below which it is left out: nobody would see it.
const LEAST_CHANGE: f64 = 0.1;

/// Finds directions.
///
/// # Errors
/// A model, images or a table that cannot be read; too few faces; more directions than there can be;
/// [`Error::Cancelled`] when `observer` breaks.
pub fn fit_directions(order: &DirectionsOrder, observer: &mut dyn Observer) -> Result<DirectionsFitted> {
    observer.started(&format!("Finding directions of {}", order.model.display()));
    let compute = observer.compute()?;
    let model = TrainedModel::open(&order.model, compute.device())?;
    let fit = DirectionsFit { order, model, extractor: Extractor::open(&ExtractorSource::Embedded)? };
    let path = &order.model;
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    let name = name.unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let set = DirectionSet { model: name, latent_dim: fit.model.latent_dim(), directions: Vec::new() };
    let mut fitted = DirectionsFitted { set, images: 0, left_out: Vec::new(), disentanglement: None };
    match order.method {
        DirectionMethod::Attributes => fit.attributes(&mut fitted, observer)?,
        DirectionMethod::Pca | DirectionMethod::Sefa => fit.unnamed(&mut fitted, observer)?,
        DirectionMethod::Yours => {
            return Err(Error::Invalid("directions of your own are chosen, not found; choose faces".into()));
        }
    }
    fitted.set.validate(fitted.set.latent_dim).map_err(Error::Invalid)?;
    Ok(fitted)
}

struct DirectionsFit<'a> {
    order: &'a DirectionsOrder,
    model: TrainedModel,
    extractor: Extractor,
}

impl DirectionsFit<'_> {
    fn has_encoder(&self) -> bool {
        self.model.meta.config.model.kind.has_encoder()
    }

    /// Directions of attributes.
    fn attributes(&self, fitted: &mut DirectionsFitted, observer: &mut dyn Observer) -> Result<()> {
        let order = self.order;
        let faces = Faces::open(order, &self.model, observer)?;
        let wanted = Wanted { only: &order.only, pairs: order.pairs };
        let source = (&faces.data, order.table.as_deref());
        let table =
            AttributeTable::of_dataset(&faces.dataset, source, (&faces.indices, faces.train), &wanted)?;
        let AttributeTable { attributes, design, left_out } = table;
        fitted.left_out = left_out;
        let features = faces.features(&self.extractor, observer)?;
        let real = features.rows(&(0..faces.train).collect::<Vec<_>>());
        let (attributes, predictors) = self.predictors(attributes, &real, &mut fitted.left_out, observer)?;
        if attributes.is_empty() {
            return Err(Error::Invalid(format!(
                "nothing can be learned from the table: {}",
                fitted.left_out.join("; ")
            )));
        }
        let (codes, known, design) = match self.has_encoder() {
            true => {
                let codes = faces.codes(&self.model, observer)?;
                (codes, attributes.into_iter().zip(predictors).collect(), design)
            }
            false => {
                let codes = Codes::drawn(&self.model, DRAWS.min(order.images), order.seed)?;
                let all = [&codes.train[..], &codes.held_out[..]].concat();
                let mut pace = ProgressMeter::new("Labelling draws", 1, Instant::now());
                let watch = &mut || observer.progress(pace.progress(0, Instant::now()));
                let drawn = seen(&self.model, &self.extractor, &all, watch)?;
                let known = labelled(attributes, predictors, &rows(&drawn));
                let design = known.iter().map(|(attribute, _)| attribute.values.clone()).collect();
                (codes, known, design)
            }
        };
        let train = codes.train.len();
        let of_train = |column: &Vec<Option<f64>>| column[..train].to_vec();
        let joint = JointRegression::fit(&codes.train, &design.iter().map(of_train).collect::<Vec<_>>())?;
        fitted.images = train;
        fitted.set.directions =
            self.measured(&codes, known, &joint, &real, &mut fitted.left_out, observer)?;
        if faces.data == DataSource::BuiltinFaces && order.table.is_none() && self.has_encoder() {
            fitted.disentanglement = Some(self.disentanglement(&faces, &codes)?);
        }
        Ok(())
    }

    /// Predictors of attributes from the features of real training faces. Attributes that cannot be told are left out.
    fn predictors(
        &self,
        attributes: Vec<Attribute>,
        real: &Features,
        left_out: &mut Vec<String>,
        observer: &mut dyn Observer,
    ) -> Result<(Vec<Attribute>, Vec<AttributePredictor>)> {
        let rows = rows(real);
        let mut pace = ProgressMeter::new("Learning to tell attributes", attributes.len(), Instant::now());
        let (mut kept, mut predictors) = (Vec::new(), Vec::new());
        for (done, attribute) in attributes.into_iter().enumerate() {
            if observer.progress(pace.progress(done, Instant::now())).is_break() {
                return Err(Error::Cancelled);
            }
            let values = &attribute.values[..rows.len()];
            if let Err(reason) = if attribute.is_presence { check_both(values) } else { Ok(()) } {
                left_out.push(format!("{}: {reason}", attribute.name));
                continue;
            }
            predictors.push(in_pool(|| AttributePredictor::fit(&rows, values, attribute.is_presence))?);
            kept.push(attribute);
        }
        Ok((kept, predictors))
    }

    /// The directions of attributes that codes tell, with their worth.
    fn measured(
        &self,
        codes: &Codes,
        known: Vec<(Attribute, AttributePredictor)>,
        joint: &JointRegression,
        real: &Features,
        left_out: &mut Vec<String>,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Direction>> {
        let spread = Spread::Codes(&codes.train);
        let mut pace = ProgressMeter::new("Reading attributes from codes", known.len(), Instant::now());
        let mut found = Vec::new();
        let still = &mut || observer.progress(pace.progress(0, Instant::now()));
        let reduced = Reduced::new(&codes.train, self.order.seed, still)?;
        let (train, held_out) = (reduced.of(codes.train.clone())?, reduced.of(codes.held_out.clone())?);
        for (done, (attribute, predictor)) in known.into_iter().enumerate() {
            if observer.progress(pace.progress(done, Instant::now())).is_break() {
                return Err(Error::Cancelled);
            }
            let mut leave = |reason: String| left_out.push(format!("{}: {reason}", attribute.name));
            let (of_train, of_held_out) = attribute.values.split_at(train.len());
            let reader = in_pool(|| AttributePredictor::fit(&train, of_train, attribute.is_presence))?;
            let Some((score, n)) = reader.score(&held_out, of_held_out) else {
                leave("it does not vary over the faces that it is measured on".into());
                continue;
            };
            if let Some(reason) = too_weak(score) {
                leave(reason);
                continue;
            }
            match spread.scaled(&joint.direction(&attribute.mixture)) {
                Ok(vector) => found.push((attribute, predictor, vector, score, n)),
                Err(reason) => leave(reason.to_string()),
            }
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut pace = ProgressMeter::new("Measuring directions", found.len(), Instant::now());
        let mut done = 0;
        let mut watch = |done: usize| observer.progress(pace.progress(done, Instant::now()));
        let extractor = &self.extractor;
        let pictures = Pictures::new(&self.model, extractor, &codes.held_out, real, &mut || watch(done))?;
        let predictors: Vec<&AttributePredictor> = found.iter().map(|(_, predictor, ..)| predictor).collect();
        let mut directions = Vec::new();
        for (at, (attribute, _, vector, score, n)) in found.iter().enumerate() {
            let changes = pictures.changes(vector, &predictors, &mut || watch(done))?;
            if changes[at].abs() < LEAST_CHANGE {
                left_out.push(format!(
                    "{}: an amount of 1 changes it by {:.2} standard deviations in pictures",
                    attribute.name, changes[at]
                ));
                done += 1;
                continue;
            }
            let range = pictures.range(vector, spread.reach(vector), &mut || watch(done))?;
            // Of the same column is not something else.
            let others =
                found.iter().zip(&changes).filter(|((other, ..), _)| other.column != attribute.column);
            let leak = others.map(|((other, ..), change)| Leak { name: other.name.clone(), change: *change });
            directions.push(Direction {
                name: attribute.name.clone(),
                method: DirectionMethod::Attributes,
                vector: vector.clone(),
                quality: Some(DirectionQuality {
                    score: *score,
                    n: *n,
                    change: changes[at],
                    leak: leak.collect(),
                }),
                variance: None,
                range: Some(range),
            });
            done += 1;
        }
        Ok(directions)
    }

    fn disentanglement(&self, faces: &Faces, codes: &Codes) -> Result<Disentanglement> {
        let factors = table::factors_of(&faces.indices);
        let all = [&codes.train[..], &codes.held_out[..]].concat();
        in_pool(|| disentanglement::measure(&all, &factors, codes.train.len()))
    }

    /// Directions by principal components or SeFa.
    fn unnamed(&self, fitted: &mut DirectionsFitted, observer: &mut dyn Observer) -> Result<()> {
        let order = self.order;
        let by_pca = order.method == DirectionMethod::Pca;
        let faces = match order.data.is_some() || (by_pca && self.has_encoder()) {
            true => Some(Faces::open(order, &self.model, observer)?),
            false => None,
        };
        let codes = match (&faces, self.has_encoder()) {
            (Some(faces), true) => Some(faces.codes(&self.model, observer)?),
            (None, true) => None,
            (_, false) => Some(Codes::drawn(&self.model, DRAWS.min(order.images), order.seed)?),
        };
        let layer = match is_imported(&order.model) {
            // Principal components of draws need no weights.
            true if by_pca => {
                FirstLayer::of_imported(&self.model).or_else(|_| FirstLayer::identity(&self.model))?
            }
            true => FirstLayer::of_imported(&self.model)?,
            false => FirstLayer::of(&Checkpoint::open(&order.model)?)?,
        };
        let found = match (by_pca, &codes) {
            (true, Some(codes)) => self.components(&codes.train, &layer, observer)?,
            _ => {
                let inputs = layer.inputs()?;
                let count = order.count.unwrap_or(DirectionsOrder::COUNT.min(inputs));
                let weights = layer.rows()?;
                let found = in_pool(|| sefa(&weights, inputs, count))?;
                found.into_iter().map(|direction| (everywhere(&direction, layer.places), None)).collect()
            }
        };
        let spread = match &codes {
            Some(codes) => Spread::Codes(&codes.train),
            None => Spread::Variances(&self.model.code_space().variance),
        };
        let label = if by_pca { "PCA" } else { "SeFa" };
        let mut directions = Vec::with_capacity(found.len());
        for (number, (direction, variance)) in (1..).zip(&found) {
            directions.push(Direction {
                name: format!("{label} {number}"),
                method: order.method,
                vector: spread.scaled(direction)?,
                quality: None,
                variance: *variance,
                range: None,
            });
        }
        if let (Some(faces), Some(codes)) = (&faces, &codes) {
            let features = faces.features(&self.extractor, observer)?;
            let real = features.rows(&(0..faces.train).collect::<Vec<_>>());
            let mut pace = ProgressMeter::new("Measuring directions", directions.len(), Instant::now());
            let mut watch = |done: usize| observer.progress(pace.progress(done, Instant::now()));
            let (model, extractor) = (&self.model, &self.extractor);
            let pictures = Pictures::new(model, extractor, &codes.held_out, &real, &mut || watch(0))?;
            for (done, direction) in directions.iter_mut().enumerate() {
                let reach = spread.reach(&direction.vector);
                direction.range = Some(pictures.range(&direction.vector, reach, &mut || watch(done))?);
            }
        }
        fitted.images = codes.map_or(0, |codes| codes.train.len());
        fitted.set.directions = directions;
        Ok(())
    }

    /// Of codes; of a model whose codes are noise, of what its first layer makes of them.
    fn components(
        &self,
        codes: &[Vec<f32>],
        layer: &FirstLayer,
        observer: &mut dyn Observer,
    ) -> Result<Vec<(Vec<f64>, Option<f64>)>> {
        let count = self.order.count.unwrap_or(DirectionsOrder::COUNT.min(self.model.latent_dim()));
        let seed = self.order.seed;
        let mut pace: Option<ProgressMeter> = None;
        let mut watch = |done: usize, total: usize| -> ControlFlow<()> {
            let now = Instant::now();
            let pace =
                pace.get_or_insert_with(|| ProgressMeter::new("Fitting principal components", total, now));
            observer.progress(pace.progress(done, now))
        };
        let found = in_pool(|| match self.has_encoder() {
            true => components::of_codes(codes, count, seed, &mut watch),
            false => components::of_activations(codes, &layer.activations(codes)?, count, seed, &mut watch),
        })?;
        Ok(found.into_iter().map(|(direction, share)| (direction, Some(share))).collect())
    }
}

/// Why a direction of this score is left out.
fn too_weak(score: DirectionScore) -> Option<String> {
    match score {
        DirectionScore::Auc(auc) if auc < LEAST_AUC => Some(format!("codes do not tell it (AUC {auc:.2})")),
        DirectionScore::R2(r2) if r2 < LEAST_R2 => Some(format!("codes do not tell it (R² {r2:.2})")),
        _ => None,
    }
}
