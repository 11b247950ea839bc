//! Scores of images by a model, and by what they are held against.

use std::time::Instant;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use rayon::prelude::*;

use super::cases::{Case, Cases};
use crate::config::AnomalyScore;
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::experiments::claims::subjects::training_images;
use crate::features::Extractor;
use crate::latent::pca::Pca;
use crate::measure::pca;
use crate::metrics::copying::nearest_in_order;
use crate::metrics::distances::Rows;
use crate::metrics::re::mse;
use crate::models::inference::decode_floats;
use crate::observer::Observer;
use crate::random::{Purpose, RandomStream};
use crate::run::TrainedModel;

/// Images that go through a model at once.
const BATCH: usize = 64;
/// Draws from a posterior for the ELBO, and for a quick one.
const DRAWS: [usize; 2] = [4, 1];
/// Images that a PCA and the distances of features take, at most, and for a look.
const TRAINING: [usize; 2] = [4000, 1000];
/// Squared error of rounding to 8 bits, which even a PCA of a flat picture makes.
const ROUNDING: f64 = 1.0 / (12.0 * 255.0 * 255.0);

/// A score of all images.
pub struct Scored {
    /// The model; of scores that need none, the features.
    pub model: String,
    /// The score.
    pub score: AnomalyScore,
    /// Of each case in the order of [`Cases::all`] a number for each image.
    pub values: Vec<Vec<f64>>,
}

/// Reconstructions of the images of a case, measured.
pub struct Reconstructed {
    /// Squared error of each, mean per pixel and channel.
    re: Vec<f64>,
    /// Of a variational model: squared error of decoded draws, mean over draws, and KL in nats.
    posterior: Option<(Vec<f64>, Vec<f64>)>,
}

/// Bits of the images as PNG, by case.
pub struct Complexity(Vec<Vec<f64>>);

impl Scored {
    /// Known images of the validation split.
    pub fn validation(&self) -> &[f64] {
        &self.values[0]
    }

    /// Known images of the test split.
    pub fn known(&self) -> &[f64] {
        &self.values[1]
    }

    /// New images by case.
    pub fn of_new(&self) -> &[Vec<f64>] {
        &self.values[2..]
    }
}

impl Reconstructed {
    /// Of the images of a case; `at` is its number, by which draws are told apart. `done` is told the images that are
    /// done and may cancel.
    fn of(
        model: &TrainedModel,
        (at, case): (usize, &Case),
        (draws, seed): (usize, u64),
        done: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<Self> {
        let mut re = Vec::with_capacity(case.images.len());
        let (mut drawn, mut kl) = (Vec::new(), Vec::new());
        for (batch, images) in case.images.chunks(BATCH).enumerate() {
            done(batch * BATCH)?;
            let encoded = model.encode(images)?;
            re.extend(errors(model, images, &encoded.mu)?);
            let Some(log_var) = &encoded.log_var else { continue };
            let mut sums = vec![0.0; images.len()];
            for draw in 0..draws {
                let code = |(number, (mu, log_var)): (usize, (&Vec<f32>, &Vec<f32>))| -> Vec<f32> {
                    let image = (batch * BATCH + number) * DRAWS[0] + draw;
                    let stream = (at as u64) << 40 | image as u64;
                    let mut generator = RandomStream::of_purpose(seed, Purpose::Posterior, stream);
                    let place =
                        |(mu, log_var): (&f32, &f32)| mu + (0.5 * log_var).exp() * generator.normal::<f32>();
                    mu.iter().zip(log_var).map(place).collect()
                };
                let codes: Vec<Vec<f32>> = encoded.mu.iter().zip(log_var).enumerate().map(code).collect();
                let found = errors(model, images, &codes)?;
                sums.iter_mut().zip(found).for_each(|(sum, error)| *sum += error / draws as f64);
            }
            drawn.extend(sums);
            kl.extend(encoded.mu.iter().zip(log_var).map(|(mu, log_var)| kl_of(mu, log_var)));
        }
        Ok(Self { re, posterior: model.is_variational().then_some((drawn, kl)) })
    }
}

/// Squared errors of decoded codes of images.
fn errors(model: &TrainedModel, images: &[crate::ImageBuf], codes: &[Vec<f32>]) -> Result<Vec<f64>> {
    let pictures = decode_floats(model.network(), codes, model.latent_dim(), model.device())?;
    let pairs = pictures.par_iter().zip(images);
    Ok(pairs.map(|(picture, image)| mse(picture, &image.to_unit_floats())).collect())
}

/// KL of a posterior from N(0, I) in nats.
fn kl_of(mu: &[f32], log_var: &[f32]) -> f64 {
    let term = |(mu, log_var): (&f32, &f32)| {
        let (mu, log_var) = (f64::from(*mu), f64::from(*log_var));
        0.5 * (mu * mu + log_var.exp_m1() - log_var)
    };
    mu.iter().zip(log_var).map(term).sum()
}

/// Measures the reconstructions of all cases.
///
/// # Errors
/// As for [`TrainedModel::encode`]; [`Error::Cancelled`].
pub fn reconstruct(
    (name, model): (&str, &TrainedModel),
    cases: &Cases,
    (quick, seed): (bool, u64),
    observer: &mut dyn Observer,
) -> Result<Vec<Reconstructed>> {
    let total = cases.all().map(|case| case.images.len()).sum();
    let mut pace = ProgressMeter::new(format!("Measuring {name}"), total, Instant::now());
    let mut before = 0;
    in_pool(|| {
        let mut all = Vec::new();
        for (at, case) in cases.all().enumerate() {
            let mut done = |done: usize| match observer.progress(pace.progress(before + done, Instant::now()))
            {
                std::ops::ControlFlow::Continue(()) => Ok(()),
                std::ops::ControlFlow::Break(()) => Err(Error::Cancelled),
            };
            all.push(Reconstructed::of(model, (at, case), (DRAWS[usize::from(quick)], seed), &mut done)?);
            before += case.images.len();
        }
        Ok(all)
    })
}

impl Complexity {
    /// The complexity of all cases.
    ///
    /// # Errors
    /// Images that cannot be written as PNG.
    pub fn of(cases: &Cases) -> Result<Self> {
        let bits = |case: &Case| case.images.par_iter().map(png_bits).collect::<Result<Vec<f64>>>();
        Ok(Self(cases.all().map(bits).collect::<Result<_>>()?))
    }
}

/// Bits of an image as PNG, compressed as far as the encoder can.
fn png_bits(image: &crate::ImageBuf) -> Result<f64> {
    let failed = |reason: String| Error::Invalid(format!("a picture cannot be written as PNG: {reason}"));
    let side = |length: usize| u32::try_from(length).map_err(|error| failed(error.to_string()));
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive)
        .write_image(image.pixels(), side(image.width())?, side(image.height())?, ExtendedColorType::Rgb8)
        .map_err(|error| failed(error.to_string()))?;
    Ok(8.0 * bytes.len() as f64)
}

/// Errors of a PCA by case.
///
/// # Errors
/// No training image besides one; [`Error::Cancelled`].
pub fn pca_errors(
    dataset: &Dataset,
    cases: &Cases,
    k: usize,
    (quick, seed): (bool, u64),
    observer: &mut dyn Observer,
) -> Result<Vec<Vec<f64>>> {
    let train = training_images(dataset, TRAINING[usize::from(quick)]);
    let k = k.min(train.len().saturating_sub(1));
    in_pool(|| {
        let pca = pca::fit(dataset, &train, k, seed, observer)?;
        cases.all().map(|case| errors_of_pca(&pca, case)).collect()
    })
}

fn errors_of_pca(pca: &Pca, case: &Case) -> Result<Vec<f64>> {
    let mut errors = Vec::with_capacity(case.images.len());
    for images in case.images.chunks(BATCH) {
        let given: Vec<f32> = images.iter().flat_map(crate::ImageBuf::to_unit_floats).collect();
        let length = given.len() / images.len();
        let back = pca::reconstructions(pca, &given)?;
        errors.extend(back.chunks_exact(length).zip(given.chunks_exact(length)).map(|(a, b)| mse(a, b)));
    }
    Ok(errors)
}

/// Distances of features to the nearest image of the training split, and the number of those.
///
/// # Errors
/// As for [`Extractor::of_each`].
pub fn feature_distances(
    dataset: &Dataset,
    cases: &Cases,
    extractor: &Extractor,
    quick: bool,
    observer: &mut dyn Observer,
) -> Result<(Scored, usize)> {
    let train = training_images(dataset, TRAINING[usize::from(quick)]);
    let all = extractor.of_each(train.len(), |at| dataset.image(train[at]), &mut |p| observer.progress(p))?;
    let mut quiet = |_| std::ops::ControlFlow::Continue(());
    let among = Rows::new(&all, &mut quiet)?;
    let mut values = Vec::new();
    for case in cases.all() {
        let image = |at: usize| Ok(case.images[at].clone());
        let features = extractor.of_each(case.images.len(), image, &mut |p| observer.progress(p))?;
        values.push(nearest_in_order(&features, &among, &mut quiet)?);
    }
    let scored = Scored { model: extractor.name().to_owned(), score: AnomalyScore::Features, values };
    Ok((scored, train.len()))
}

/// The scores that a model gives, and the standard deviation of a pixel under its decoder where it has an ELBO: the
/// most likely one for the validation split (Rybkin, Daniilidis & Levine 2021, <https://arxiv.org/abs/2006.13202>)
/// unless one is given.
pub fn scores_of(
    model: &str,
    of_model: &[Reconstructed],
    of_pca: &[Vec<f64>],
    Complexity(bits): &Complexity,
    (numbers, sigma): (usize, Option<f64>),
) -> (Vec<Scored>, Option<f64>) {
    let scored = |score, values| Scored { model: model.to_owned(), score, values };
    let over = |others: &[Vec<f64>], value: &dyn Fn(f64, f64) -> f64| -> Vec<Vec<f64>> {
        let pairs = of_model.iter().zip(others);
        pairs
            .map(|(own, others)| own.re.iter().zip(others).map(|(re, other)| value(*re, *other)).collect())
            .collect()
    };
    let mut scores = vec![
        scored(AnomalyScore::Re, of_model.iter().map(|case| case.re.clone()).collect()),
        scored(AnomalyScore::ReOverPca, over(of_pca, &|re, pca| re / (pca + ROUNDING))),
        scored(AnomalyScore::ReOverComplexity, over(bits, &|re, bits| re * numbers as f64 / bits)),
    ];
    let Some((errors, _)) = of_model.first().and_then(|validation| validation.posterior.as_ref()) else {
        return (scores, None);
    };
    let likely = (errors.iter().sum::<f64>() / errors.len() as f64).sqrt();
    let sigma = sigma.unwrap_or(likely).max(ROUNDING.sqrt());
    let elbos: Vec<Vec<f64>> = of_model.iter().map(|case| negative_elbos(case, numbers, sigma)).collect();
    let less = |(elbos, bits): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
        elbos.iter().zip(bits).map(|(elbo, bits)| in_bits(*elbo, numbers) - bits).collect()
    };
    scores.push(scored(AnomalyScore::ElboLessComplexity, elbos.iter().zip(bits).map(less).collect()));
    scores.push(scored(AnomalyScore::Elbo, elbos));
    scores.sort_by_key(|scored| scored.score);
    (scores, Some(sigma))
}

/// −ELBO of a Gaussian decoder in nats, for a density over values in [0, 1].
fn negative_elbos(case: &Reconstructed, numbers: usize, sigma: f64) -> Vec<f64> {
    let Some((errors, kl)) = &case.posterior else { return Vec::new() };
    let constant = 0.5 * numbers as f64 * (2.0 * std::f64::consts::PI * sigma * sigma).ln();
    let elbo = |(error, kl): (&f64, &f64)| numbers as f64 * error / (2.0 * sigma * sigma) + constant + kl;
    errors.iter().zip(kl).map(elbo).collect()
}

/// A density over values in [0, 1] as bits for values of 8 bits.
fn in_bits(nats: f64, numbers: usize) -> f64 {
    nats / std::f64::consts::LN_2 + numbers as f64 * 255f64.log2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image_buf::ImageBuf;

    fn reconstructed(re: &[f64], posterior: bool) -> Reconstructed {
        Reconstructed { re: re.to_vec(), posterior: posterior.then(|| (re.to_vec(), vec![2.0; re.len()])) }
    }

    fn of(scores: &[Scored], score: AnomalyScore) -> &Scored {
        scores.iter().find(|scored| scored.score == score).unwrap()
    }

    #[test]
    fn the_elbo_is_the_log_likelihood_of_a_gaussian_less_the_kl() {
        // Of twelve numbers with an error of 0.04 each under σ 0.2: ½ each, and the normalisation.
        let (errors, pca, bits) = ([0.04, 0.04], vec![vec![0.01; 2]], Complexity(vec![vec![24.0, 48.0]]));
        let (scores, sigma) = scores_of("a", &[reconstructed(&errors, true)], &pca, &bits, (12, None));
        assert!((sigma.unwrap() - 0.2).abs() < 1e-12, "the most likely one");
        let elbo = of(&scores, AnomalyScore::Elbo).values[0][0];
        let expected = 12.0 * (0.5 + 0.5 * (2.0 * std::f64::consts::PI * 0.04).ln()) + 2.0;
        assert!((elbo - expected).abs() < 1e-9, "{elbo} {expected}");
        let less = &of(&scores, AnomalyScore::ElboLessComplexity).values[0];
        assert!((less[0] - less[1] - 24.0).abs() < 1e-9, "24 bits more, 24 less");
        assert!((of(&scores, AnomalyScore::ReOverComplexity).values[0][0] - 0.02).abs() < 1e-12);
        assert!((of(&scores, AnomalyScore::ReOverPca).values[0][0] - 4.0).abs() < 0.01);
        let (scores, sigma) = scores_of("a", &[reconstructed(&errors, false)], &pca, &bits, (12, None));
        assert_eq!((scores.len(), sigma), (3, None));
        let (_, sigma) = scores_of("a", &[reconstructed(&errors, true)], &pca, &bits, (12, Some(0.5)));
        assert_eq!(sigma, Some(0.5));
    }

    #[test]
    fn the_kl_is_that_of_the_losses() {
        // As in `losses`: (m, s) = (1, 2) and (−0.5, 0.1).
        let found = kl_of(&[1.0, -0.5], &[4f32.ln(), 0.01f32.ln()]);
        assert!((found - 1.306_852_8 - 1.932_585_1).abs() < 1e-5, "{found}");
    }

    /// The trap: of two pictures that a model gives back equally well in its own measure, the error prefers the one
    /// with less in it; held against a PCA, or against its bits, it does not.
    #[test]
    fn a_flat_picture_passes_for_known_by_its_error_alone() {
        let known = [0.0020, 0.0022, 0.0024];
        let flat = [0.0005, 0.0004];
        let cases = [reconstructed(&known, false), reconstructed(&flat, false)];
        let pca = vec![vec![0.002; 3], vec![0.00001; 2]];
        let bits = Complexity(vec![vec![60_000.0; 3], vec![900.0; 2]]);
        let (scores, _) = scores_of("a", &cases, &pca, &bits, (12_288, None));
        let auc = |score| {
            let values = &of(&scores, score).values;
            crate::metrics::prediction::auc(&values[1], &values[0]).unwrap()
        };
        assert_eq!(auc(AnomalyScore::Re), 0.0);
        assert_eq!((auc(AnomalyScore::ReOverPca), auc(AnomalyScore::ReOverComplexity)), (1.0, 1.0));
    }

    #[test]
    fn a_flat_picture_takes_fewer_bits_than_noise() {
        // A linear congruential generator: what a predictor of PNG cannot tell.
        let mut state = 1u32;
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let noise = ImageBuf::new(16, 16, (0..768).map(|_| draw()).collect());
        let [flat, noise] =
            [ImageBuf::filled(16, 16, [9; 3]), noise.unwrap()].map(|image| png_bits(&image).unwrap());
        assert!(flat < 1000.0 && noise > 6000.0, "{flat} {noise}");
    }
}
