//! Statistics of a code space, measured on images.

use super::sampling::sample;
use crate::config::CodeUnits;
use crate::error::{Error, Result};
use crate::report::LatentInfo;

/// Codes decoded at once.
const BATCH: usize = 64;

/// Codes of a set of images: one row an image, each `latent_dim` long.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// The codes; the mean of the posterior for a variational model.
    pub mu: Vec<Vec<f32>>,
    /// Natural logarithm of the posterior's variance; only variational models have it.
    pub log_var: Option<Vec<Vec<f32>>>,
}

/// Turns codes into pictures: one flat picture a code, values in [0, 1].
pub type Decode<'a> = dyn FnMut(&[Vec<f32>]) -> Result<Vec<Vec<f32>>> + 'a;

/// Measures the code space on the codes of some images: [`of_codes`], and
///
/// * effect: mean squared difference of the pictures one scale to either side of the centre, or as far as
///   `units` can go.
///
/// `decode` is given at most 64 codes at a time.
///
/// # Errors
/// As [`of_codes`]; pictures that are not finite, or an error of `decode`.
pub fn measure(encoded: &Encoded, units: CodeUnits, decode: &mut Decode<'_>) -> Result<LatentInfo> {
    let info = of_codes(encoded, units)?;
    let effect = effect_per_dimension(&info.center, &info.scale, units, decode)?;
    check_finite(&[&effect])?;
    Ok(LatentInfo { effect, ..info })
}

/// The code space of a model without an encoder: that of its prior, N(0, I). The effects are those of
/// [`measure`], but around a draw: such a model has learned pictures of draws alone, which in many dimensions
/// lie far from the centre.
///
/// # Errors
/// Pictures that are not finite, or an error of `decode`.
pub fn of_prior(latent_dim: usize, decode: &mut Decode<'_>) -> Result<LatentInfo> {
    let info = LatentInfo { variance: vec![1.0; latent_dim], ..LatentInfo::unmeasured(latent_dim) };
    let draw = sample(&info, 1, 0).concat();
    let effect = effect_per_dimension(&draw, &info.scale, info.units, decode)?;
    check_finite(&[&effect])?;
    Ok(LatentInfo { effect, ..info })
}

/// The code space as far as the codes of some images tell without a decoder; the effect is left at 0.
///
/// * centre and scale: 0 and 1 where there are posteriors, else mean and standard deviation of the codes;
/// * variance: of `mu` over the images, dividing by their number; over a single image nothing varies, and it and the
///   scale are 1, as where nothing is measured;
/// * KL per dimension in nats: ½(mu² + σ² − log σ² − 1), averaged over the images (Kingma and Welling
///   2014, arXiv:1312.6114, appendix B);
/// * inactive: part of the images on which a unit is inactive, for units that can be.
///
/// # Errors
/// No images, rows of different lengths, numbers that are not finite.
pub fn of_codes(encoded: &Encoded, units: CodeUnits) -> Result<LatentInfo> {
    let Some(first) = encoded.mu.first() else {
        return Err(Error::Invalid("a code space cannot be measured without images".into()));
    };
    let latent_dim = first.len();
    check_shape(&encoded.mu, encoded.mu.len(), latent_dim)?;

    let mean = column_means(&encoded.mu, latent_dim, |_, v| v);
    let variance = match encoded.mu.len() {
        1 => vec![1.0; latent_dim],
        _ => column_means(&encoded.mu, latent_dim, |dim, v| (v - mean[dim]).powi(2)),
    };
    let kl = kl_per_dimension(encoded, latent_dim)?;
    let (center, scale) = if encoded.log_var.is_some() {
        (vec![0.0; latent_dim], vec![1.0; latent_dim])
    } else {
        (narrow(&mean), variance.iter().map(|v| v.sqrt() as f32).collect())
    };
    let inactive = match units {
        CodeUnits::Linear => Vec::new(),
        CodeUnits::Relu | CodeUnits::Sigmoid => {
            column_means(&encoded.mu, latent_dim, |_, v| f64::from(u8::from(units.is_inactive(v as f32))))
        }
    };
    let info = LatentInfo {
        center,
        scale,
        effect: vec![0.0; latent_dim],
        kl: narrow(&kl),
        variance: narrow(&variance),
        inactive: narrow(&inactive),
        units,
        images: encoded.mu.len(),
    };
    check_finite(&[&info.center, &info.scale, &info.kl, &info.variance])?;
    Ok(info)
}

fn check_finite(vectors: &[&[f32]]) -> Result<()> {
    if vectors.iter().copied().flatten().all(|v| v.is_finite()) {
        Ok(())
    } else {
        Err(Error::Invalid("the model's codes or pictures hold values that are not finite numbers".into()))
    }
}

fn check_shape(rows: &[Vec<f32>], count: usize, latent_dim: usize) -> Result<()> {
    if rows.len() == count && rows.iter().all(|row| row.len() == latent_dim) {
        Ok(())
    } else {
        Err(Error::Invalid(format!("these are not {count} codes of {latent_dim} numbers each")))
    }
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

/// Mean over rows of `value(dim, number)`.
fn column_means(rows: &[Vec<f32>], latent_dim: usize, value: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; latent_dim];
    for row in rows {
        for (dim, (sum, &number)) in sums.iter_mut().zip(row).enumerate() {
            *sum += value(dim, f64::from(number));
        }
    }
    sums.iter().map(|sum| sum / rows.len() as f64).collect()
}

/// Empty for codes that are no distributions.
fn kl_per_dimension(encoded: &Encoded, latent_dim: usize) -> Result<Vec<f64>> {
    let Some(log_var) = &encoded.log_var else { return Ok(Vec::new()) };
    check_shape(log_var, encoded.mu.len(), latent_dim)?;
    let of_mean = column_means(&encoded.mu, latent_dim, |_, mu| mu * mu);
    // σ² − 1 loses what is left of it when σ² is near 1; expm1 does not.
    let of_variance = column_means(log_var, latent_dim, |_, log_var| log_var.exp_m1() - log_var);
    Ok(of_mean.iter().zip(&of_variance).map(|(mean, variance)| 0.5 * (mean + variance)).collect())
}

fn effect_per_dimension(
    around: &[f32],
    scale: &[f32],
    units: CodeUnits,
    decode: &mut Decode<'_>,
) -> Result<Vec<f32>> {
    let beside = |dim: usize, step: f32| {
        let mut code = around.to_vec();
        code[dim] = units.clamp(code[dim] + step);
        code
    };
    let dims: Vec<usize> = (0..around.len()).collect();
    let mut effect = Vec::with_capacity(around.len());
    for some in dims.chunks(BATCH / 2) {
        let codes: Vec<_> =
            some.iter().flat_map(|&dim| [beside(dim, -scale[dim]), beside(dim, scale[dim])]).collect();
        let pictures = decode(&codes)?;
        if pictures.len() != codes.len() {
            return Err(Error::Invalid(format!(
                "{} codes were decoded into {} pictures",
                codes.len(),
                pictures.len()
            )));
        }
        let (pairs, _) = pictures.as_chunks::<2>();
        effect.extend(pairs.iter().map(|[below, above]| mean_squared_difference(below, above) as f32));
    }
    Ok(effect)
}

/// NaN for pictures of different sizes, or of none.
fn mean_squared_difference(a: &[f32], b: &[f32]) -> f64 {
    if a.len() != b.len() {
        return f64::NAN;
    }
    let squares = a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
    squares.sum::<f64>() / a.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decoder with 5 outputs whose output `i` moves by `(i + 1)·dim` per unit of dimension `dim`.
    fn linear(codes: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
        assert!(codes.len() <= BATCH, "{} codes at once", codes.len());
        let output = |code: &[f32], i: usize| -> f32 {
            0.5 + code.iter().enumerate().map(|(dim, z)| (i + 1) as f32 * dim as f32 * z).sum::<f32>()
        };
        Ok(codes.iter().map(|code| (0..5).map(|i| output(code, i)).collect()).collect())
    }

    fn near(found: f32, expected: f64) -> bool {
        (f64::from(found) - expected).abs() <= 1e-5 * expected.abs().max(1.0)
    }

    #[test]
    fn codes_of_a_plain_autoencoder_give_their_own_centre_and_scale() {
        let encoded = Encoded { mu: vec![vec![1.0, 10.0, -3.0], vec![3.0, 10.0, 5.0]], log_var: None };
        let info = measure(&encoded, CodeUnits::Linear, &mut linear).unwrap();
        assert_eq!(info.center, [2.0, 10.0, 1.0]);
        assert_eq!(info.variance, [1.0, 0.0, 16.0]);
        assert_eq!(info.scale, [1.0, 0.0, 4.0]);
        assert!(info.kl.is_empty());
        assert_eq!((info.images, info.active_units()), (2, Some(2)));
        // Output i moves by 2·scale·(i + 1)·dim; the mean of (i + 1)² over 5 outputs is 11.
        assert!(near(info.effect[0], 0.0) && near(info.effect[1], 0.0), "{:?}", info.effect);
        assert!(near(info.effect[2], (2.0f64 * 4.0 * 2.0).powi(2) * 11.0), "{:?}", info.effect);
        assert_eq!(info.by_effect()[0], 2);
    }

    #[test]
    fn a_single_image_says_nothing_about_what_varies() {
        for log_var in [None, Some(vec![vec![0.5; 2]])] {
            let info = of_codes(&Encoded { mu: vec![vec![3.0, -1.0]], log_var }, CodeUnits::Linear).unwrap();
            assert_eq!((info.images, info.active_units()), (1, None));
            assert_eq!((info.scale, info.variance), (vec![1.0; 2], vec![1.0; 2]), "sliders still move");
        }
        let alike = Encoded { mu: vec![vec![3.0], vec![3.0]], log_var: None };
        assert_eq!(of_codes(&alike, CodeUnits::Linear).unwrap().active_units(), Some(0));
        assert_eq!(LatentInfo::unmeasured(9).active_units(), None);
    }

    #[test]
    fn a_variational_model_is_measured_against_its_prior() {
        let encoded = Encoded {
            mu: vec![vec![0.0, 1.0, 0.0], vec![0.0, -1.0, 0.0]],
            log_var: Some(vec![vec![0.0, 0.0, 4f32.ln()], vec![0.0, 0.0, 1.0]]),
        };
        let info = measure(&encoded, CodeUnits::Linear, &mut linear).unwrap();
        assert_eq!((&info.center[..], &info.scale[..]), (&[0.0; 3][..], &[1.0; 3][..]));
        assert_eq!(info.variance, [0.0, 1.0, 0.0]);
        assert_eq!(info.kl[..2], [0.0, 0.5]);
        let wide = 0.5 * (4.0 - 4f64.ln() - 1.0);
        let e = 0.5 * (1f64.exp() - 1.0 - 1.0);
        assert!(near(info.kl[2], (wide + e) / 2.0), "{}", info.kl[2]);
        assert!(near(info.effect[1], 4.0 * 11.0), "{:?}", info.effect);
    }

    #[test]
    fn a_model_without_an_encoder_is_measured_around_a_draw() {
        // Its only output is the square of the first number: flat at the centre, steep at a draw.
        let mut squared = |codes: &[Vec<f32>]| Ok(codes.iter().map(|code| vec![code[0] * code[0]]).collect());
        let info = of_prior(3, &mut squared).unwrap();
        assert_eq!((&info.center[..], &info.scale[..]), (&[0.0; 3][..], &[1.0; 3][..]));
        let draw = f64::from(sample(&info, 1, 0)[0][0]);
        // (z + 1)² − (z − 1)² = 4z.
        assert!(near(info.effect[0], (4.0 * draw).powi(2)) && info.effect[0] > 0.0, "{:?}", info.effect);
        assert_eq!(info.effect[1..], [0.0; 2]);
        assert_eq!(info.active(), [true; 3]);
    }

    #[test]
    fn sparse_codes_say_how_often_each_unit_is_off_and_stay_in_their_range() {
        let encoded = Encoded { mu: vec![vec![0.0, 0.05, 0.5], vec![1.0, 0.15, 0.5]], log_var: None };
        let info = measure(&encoded, CodeUnits::Sigmoid, &mut |codes| {
            assert!(codes.iter().flatten().all(|v| (0.0..=1.0).contains(v)), "{codes:?}");
            linear(codes)
        })
        .unwrap();
        assert_eq!(info.inactive, [0.5, 0.5, 0.0]);
        let (activity, inactive) = info.sparsity().unwrap();
        assert!((activity - 1.1 / 3.0).abs() < 1e-6 && (inactive - 1.0 / 3.0).abs() < 1e-6);
        // A tenth of the first one's standard deviation is much; no variance at all is nothing.
        assert_eq!(info.active(), [true, true, false]);
        let rectified = measure(&encoded, CodeUnits::Relu, &mut linear).unwrap();
        assert_eq!(rectified.inactive, [0.5, 0.0, 0.0]);
        assert_eq!(measure(&encoded, CodeUnits::Linear, &mut linear).unwrap().sparsity(), None);
    }

    #[test]
    fn many_dimensions_are_decoded_in_batches_and_keep_their_order() {
        for latent_dim in [1, 31, 32, 33, 100] {
            let encoded =
                Encoded { mu: vec![vec![0.0; latent_dim]], log_var: Some(vec![vec![0.0; latent_dim]]) };
            let info = measure(&encoded, CodeUnits::Linear, &mut linear).unwrap();
            for (dim, &effect) in info.effect.iter().enumerate() {
                assert!(near(effect, (2 * dim * 2 * dim * 11) as f64), "{dim}: {effect}");
            }
            assert_eq!(info.effect.len(), latent_dim);
        }
    }

    #[test]
    fn what_cannot_be_measured_is_an_error() {
        let codes = |mu: Vec<Vec<f32>>| Encoded { mu, log_var: None };
        let fails = |encoded: &Encoded| measure(encoded, CodeUnits::Linear, &mut linear).is_err();
        assert!(fails(&codes(vec![])));
        assert!(fails(&codes(vec![vec![0.0; 2], vec![0.0; 3]])));
        assert!(fails(&Encoded { log_var: Some(vec![]), ..codes(vec![vec![0.0; 2]]) }));
        assert!(fails(&codes(vec![vec![f32::NAN; 2]])));
        let one = codes(vec![vec![0.0; 2]]);
        assert!(measure(&one, CodeUnits::Linear, &mut |_| Ok(vec![])).is_err());
        let failed = measure(&one, CodeUnits::Linear, &mut |_| Err(Error::Cancelled)).unwrap_err();
        assert!(matches!(failed, Error::Cancelled));
    }
}
