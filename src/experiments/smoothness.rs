//! Continuity and completeness of code spaces: the lecture's claim that an autoencoder's lacks both and that of a VAE
//! has them. A code space is continuous where codes that lie near each other give pictures that do, and complete where
//! what is drawn from it looks like what the model was trained on.
//!
//! The path length is that of Karras et al. 2019, "A style-based generator architecture for generative adversarial
//! networks", <https://arxiv.org/abs/1812.04948>, section 4.1, with the distance of feature vectors in place of LPIPS.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::config::{DataSource, Easing, ExtractorSource, Split, Timeline, WalkPath, even_times};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::export::{sheet, write_png};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::latent::walk;
use crate::metrics::change;
use crate::metrics::copying::nearest_distances;
use crate::models::inference::decode_floats;
use crate::observer::Observer;
use crate::report::{Progress, SmoothnessReport, SmoothnessRow};
use crate::run::TrainedModel;

/// The step of the path length in time.
const EPSILON: f32 = 1e-4;
/// Pictures of a walk.
const FRAMES: usize = 17;
/// Places of a walk where its path length is measured.
const PLACES: usize = 4;
/// Share of held-out faces that are nearer to a real face than what counts as unlike any.
const LIKE: f64 = 0.99;
/// Pictures of the first walk and draws in a row of the sheet.
const SHOWN: usize = 8;

/// Models whose code spaces are measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmoothnessOrder {
    /// Faces: walks go between those of the test split, draws are held against those of the training split.
    pub data: DataSource,
    /// Checkpoints, run folders or names of shipped models, all with an encoder.
    pub models: Vec<PathBuf>,
    /// Feature extractor.
    pub extractor: ExtractorSource,
    /// Walks, the same for all models.
    pub walks: usize,
    /// Draws from each model.
    pub draws: usize,
    /// Of the draws.
    pub seed: u64,
    /// PNG file for a row a model: pictures of the first walk, then draws.
    pub sheet: Option<PathBuf>,
}

/// Measures walks between the same pairs of held-out faces through each model, and what each draws from the same
/// seed: a model without a prior from the Gaussian fitted to its codes. Walks go where those of the window go: in a
/// straight line between codes, or, under a learned prior with noise, along a great circle in that.
///
/// # Errors
/// Models, images or an extractor that cannot be read; a model without an encoder; too few faces in the test split;
/// [`Error::Cancelled`] when `observer` broke.
pub fn measure_smoothness(order: &SmoothnessOrder, observer: &mut dyn Observer) -> Result<SmoothnessReport> {
    observer.started("Measuring how smooth code spaces are");
    let compute = observer.compute()?;
    let open = |path: &PathBuf| TrainedModel::open(path, compute.device());
    let models = order.models.iter().map(open).collect::<Result<Vec<_>>>()?;
    for (model, path) in models.iter().zip(&order.models) {
        if let Some(why) = model.shape().unlike_squares_in_colour() {
            return Err(Error::file(path, why));
        }
    }
    let Some(first) = models.first() else { return Err(Error::Invalid("name a model to measure".into())) };
    let extractor = Extractor::open(&order.extractor)?;
    let mut faces = BTreeMap::new();
    for model in &models {
        if let std::collections::btree_map::Entry::Vacant(place) = faces.entry(model.image_size()) {
            let dataset = Dataset::open(&order.data, model.image_size(), &mut |p| observer.progress(p))?;
            // One split for all, by the rule of the first: the same faces are held out.
            place.insert(dataset.as_trained(first.meta.naming, &first.meta.data_fingerprint)?);
        }
    }
    let Some(dataset) = faces.get(&first.image_size()) else {
        return Err(Error::Fault("the faces are not there; please report this".into()));
    };
    let pairs = pairs(dataset, order)?;
    let real = extractor.of_squares(dataset, Split::Train, &mut |p| observer.progress(p))?.features;
    let held_out = extractor.of_squares(dataset, Split::Test, &mut |p| observer.progress(p))?.features;
    let mut quiet = |_| std::ops::ControlFlow::Continue(());
    let threshold = at_share(&nearest_distances(&held_out, &real, &mut quiet)?, LIKE);
    let foreign: Vec<String> = order
        .models
        .iter()
        .zip(&models)
        .filter_map(|(path, model)| {
            let own = model.foreign_to(&order.data)?;
            let name = path.display();
            Some(format!(
                "{name} was trained on {own}, other pictures than these: its draws are unlike these for that."
            ))
        })
        .collect();
    let (mut rows, mut pictures) = (Vec::new(), Vec::new());
    for (index, (path, model)) in order.models.iter().zip(&models).enumerate() {
        let done = Progress {
            what: "Measuring models".into(),
            done: index,
            total: models.len(),
            rate: 0.0,
            seconds_left: 0.0,
        };
        if observer.progress(done).is_break() {
            return Err(Error::Cancelled);
        }
        let Some(dataset) = faces.get(&model.image_size()) else { continue };
        let walks = Walks::through(model, dataset, &pairs)?;
        let measured = walks.measure(model, &extractor)?;
        let points = model.sample(order.draws, order.seed)?;
        let draw = |at: usize| picture(model, &points[at]);
        let drawn = extractor.of_each(points.len(), draw, &mut |p| observer.progress(p))?;
        let distances = nearest_distances(&drawn, &real, &mut quiet)?;
        let beyond = distances.len() - distances.partition_point(|distance| *distance <= threshold);
        rows.push(SmoothnessRow {
            name: path.display().to_string(),
            kind: model.meta.config.model.kind,
            prior: model.meta.prior.as_ref().map(|prior| prior.kind),
            draws: model.draws(),
            unlike: beyond as f64 / distances.len().max(1) as f64,
            nearest: at_share(&distances, 0.5),
            walks: pairs.len(),
            n: points.len(),
            ..measured
        });
        if order.sheet.is_some() {
            pictures.extend(walks.shown());
            for point in points.iter().take(SHOWN) {
                pictures.push(picture(model, point)?);
            }
        }
    }
    if let Some(file) = &order.sheet {
        write_png(&sheet(&pictures, pictures.len() / models.len())?, file)?;
    }
    Ok(SmoothnessReport {
        features: extractor.name().to_owned(),
        verdict: foreign.into_iter().chain(verdict(&rows)).collect(),
        rows,
        threshold,
        real: real.len(),
        held_out: held_out.len(),
        sheet: order.sheet.clone(),
    })
}

/// The picture of a point.
fn picture(model: &TrainedModel, point: &[f32]) -> Result<ImageBuf> {
    let nothing = || Error::Invalid("the model gave no picture".into());
    model.decode_points(&[point.to_vec()])?.pop().ok_or_else(nothing)
}

/// Pairs of held-out faces, by a hash of their names.
fn pairs(dataset: &Dataset, order: &SmoothnessOrder) -> Result<Vec<[usize; 2]>> {
    let mut held_out = dataset.indices(Split::Test);
    held_out.sort_by_key(|index| (xxh3_64(dataset.name(*index).as_bytes()), *index));
    let pairs: Vec<[usize; 2]> = held_out.as_chunks::<2>().0.iter().copied().take(order.walks).collect();
    match pairs.len() {
        found if found == order.walks && found > 0 => Ok(pairs),
        found => Err(Error::Invalid(format!(
            "{}: the test split has faces for {found} walks, not for {}; give more images, or ask for fewer walks",
            order.data, order.walks
        ))),
    }
}

/// The number that this share of ascending ones does not exceed.
fn at_share(values: &[f64], share: f64) -> f64 {
    let at = (values.len() as f64 * share).ceil() as usize;
    values.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// The walks through a model.
struct Walks {
    timelines: Vec<Timeline<Vec<f32>>>,
    films: Vec<Vec<ImageBuf>>,
}

impl Walks {
    fn through(model: &TrainedModel, dataset: &Dataset, pairs: &[[usize; 2]]) -> Result<Self> {
        let images = pairs.as_flattened().iter().map(|at| dataset.image(*at)).collect::<Result<Vec<_>>>()?;
        let points = model.points_of(model.encode(&images)?.mu)?;
        let is_noise = model.meta.prior.as_ref().is_some_and(|prior| prior.has_noise());
        let path = if is_noise { WalkPath::Slerp } else { WalkPath::Lerp };
        let ends = points.as_chunks::<2>().0.iter();
        let timelines: Vec<_> =
            ends.map(|ends| Timeline::evenly(ends.to_vec(), path, Easing::Linear, false)).collect();
        let film = |timeline| model.decode_points(&walk::codes(timeline, &even_times(FRAMES, false))?);
        let films = timelines.iter().map(film).collect::<Result<_>>()?;
        Ok(Walks { timelines, films })
    }

    /// A row with all that walks tell; of draws nothing yet.
    fn measure(&self, model: &TrainedModel, extractor: &Extractor) -> Result<SmoothnessRow> {
        let (mut changed, mut variation, mut largest, mut length) = (0.0, 0.0, 0.0, 0.0);
        let mut seen_finely = true;
        for (timeline, film) in self.timelines.iter().zip(&self.films) {
            changed += mean(&change::of_pictures(film, false));
            let steps = change::of_features(&extractor.features(film)?, extractor.dim(), false);
            let step = mean(&steps);
            let squares: Vec<f64> = steps.iter().map(|s| (s - step).powi(2)).collect();
            variation += mean(&squares).sqrt() / step.max(f64::MIN_POSITIVE);
            largest += steps.iter().copied().fold(0.0, f64::max) / step.max(f64::MIN_POSITIVE);
            match path_length(model, extractor, timeline) {
                Ok(walked) => length += walked,
                Err(Error::Invalid(_)) => seen_finely = false,
                Err(error) => return Err(error),
            }
        }
        let count = self.films.len() as f64;
        Ok(SmoothnessRow {
            name: String::new(),
            kind: model.meta.config.model.kind,
            prior: None,
            draws: false,
            path_length: seen_finely.then_some(length / count),
            change: changed / count,
            variation: variation / count,
            largest: largest / count,
            unlike: f64::NAN,
            nearest: f64::NAN,
            walks: 0,
            n: 0,
        })
    }

    /// Pictures of the first walk, from end to end.
    fn shown(&self) -> Vec<ImageBuf> {
        self.films
            .first()
            .map_or_else(Vec::new, |film| film.iter().step_by((FRAMES - 1) / SHOWN).cloned().collect())
    }
}

/// (Distance in features between the pictures at t and t + ε, over ε)², mean over places t of a walk.
fn path_length(model: &TrainedModel, extractor: &Extractor, timeline: &Timeline<Vec<f32>>) -> Result<f64> {
    let places = (0..PLACES).map(|place| (place as f32 + 0.5) / PLACES as f32);
    let times: Vec<f32> = places.flat_map(|t| [t, t + EPSILON]).collect();
    let codes = model.codes_of(&walk::codes(timeline, &times)?)?;
    let pictures = decode_floats(model.network(), &codes, model.latent_dim(), model.device())?;
    let features = extractor.features_of_floats(&pictures, model.image_size())?;
    let distances = change::of_features(&features, extractor.dim(), false);
    // Of each pair the times as they are in single precision.
    let steps = times.as_chunks::<2>().0.iter().map(|[from, to]| f64::from(to - from));
    let squares = distances.into_iter().step_by(2).zip(steps).map(|(d, step)| (d / step).powi(2));
    Ok(mean(&squares.collect::<Vec<_>>()))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Whether models that are made to draw are smoother than the others, in sentences.
fn verdict(rows: &[SmoothnessRow]) -> Vec<String> {
    let of = |draws: bool, read: fn(&SmoothnessRow) -> f64| {
        let values: Vec<f64> = rows.iter().filter(|row| row.draws == draws).map(read).collect();
        (!values.is_empty()).then(|| mean(&values))
    };
    let both = |read| of(true, read).zip(of(false, read));
    // As they read: what differs in no digit that is said does not tell the models apart.
    let as_claimed = |of_drawing: f64, of_others: f64| match (of_drawing * 100.0)
        .round()
        .total_cmp(&(of_others * 100.0).round())
    {
        Ordering::Less => "as the lecture claims",
        Ordering::Equal => "which does not tell them apart",
        Ordering::Greater => "not as the lecture claims",
    };
    let Some((even, uneven)) = both(|row| row.variation) else {
        return vec!["To compare, name models that are made to draw and models that are not.".into()];
    };
    let mut sentences = vec![format!(
        "Continuity: along the same walks the distance from picture to picture varies by {:.0} % in models that are made \
         to draw and by {:.0} % in the others, {}.",
        even * 100.0,
        uneven * 100.0,
        as_claimed(even, uneven)
    )];
    if let Some((like, unlike)) = both(|row| row.unlike) {
        sentences.push(format!(
            "Completeness: {:.0} % of the draws of models that are made to draw are unlike any face, of the others {:.0} \
             %, {}.",
            like * 100.0,
            unlike * 100.0,
            as_claimed(like, unlike)
        ));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ModelKind;

    fn row(draws: bool, variation: f64, unlike: f64) -> SmoothnessRow {
        SmoothnessRow {
            name: "a".into(),
            kind: if draws { ModelKind::Vae } else { ModelKind::Ae },
            prior: None,
            draws,
            path_length: None,
            change: 0.0,
            variation,
            largest: 1.0,
            unlike,
            nearest: 1.0,
            walks: 1,
            n: 1,
        }
    }

    #[test]
    fn the_verdict_says_what_came_out_and_not_what_was_expected() {
        let words = verdict(&[row(true, 0.1, 0.02), row(true, 0.3, 0.04), row(false, 0.4, 0.01)]);
        assert!(
            words[0].contains("20 %") && words[0].contains("40 % in the others, as the lecture claims"),
            "{words:?}"
        );
        assert!(words[1].contains("3 %") && words[1].contains("not as the lecture claims"), "{words:?}");
        let alike = verdict(&[row(true, 0.21, 0.997), row(false, 0.212, 1.0)]);
        assert!(alike.iter().all(|said| said.contains("does not tell them apart")), "{alike:?}");
        assert!(verdict(&[row(true, 0.1, 0.0)])[0].starts_with("To compare"));
    }

    #[test]
    fn a_share_of_ascending_numbers() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(
            [at_share(&values, 0.99), at_share(&values, 0.5), at_share(&[3.0], 0.99)],
            [198.0, 100.0, 3.0]
        );
        assert!(at_share(&[], 0.5).is_nan());
    }
}
