//! Structural similarity.
//!
//! Wang, Bovik, Sheikh, Simoncelli: "Image quality assessment: from error visibility to structural
//! similarity", IEEE Transactions on Image Processing 13 (2004), doi:10.1109/TIP.2003.819861.
//! Equals scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5,
//! use_sample_covariance=False, data_range=1, channel_axis=-1)` in double precision.

use std::array::from_fn;

use crate::error::{Error, Result};

/// Pixels across the Gaussian window: scikit-image cuts it off after 3.5 standard deviations.
pub const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;
/// (K1·L)² with K1 = 0.01 and the range of the values L = 1: keeps the luminance term finite.
const C1: f64 = 0.01 * 0.01;
/// (K2·L)² with K2 = 0.03: the same for contrast and structure.
const C2: f64 = 0.03 * 0.03;
const CHANNELS: usize = 3;
/// Moments averaged under the window: a, b, a² + b², a·b. The two squares are only needed as a sum.
const MOMENTS: usize = 4;

/// Mean structural similarity of two RGB pictures in [0, 1], height × width × 3; higher is better, 1 for
/// identical pictures, negative for inverted ones.
///
/// The similarity is taken per channel at every place where the whole 11×11 window lies inside the
/// picture (scikit-image computes it with reflected borders, then crops to the same places), then
/// averaged over places and channels.
///
/// # Errors
/// A slice that is not height × width × 3 long, or a picture smaller than the window.
pub fn ssim(a: &[f32], b: &[f32], width: usize, height: usize) -> Result<f64> {
    let row = width * CHANNELS;
    if a.len() != b.len() || a.len() != row * height {
        return Err(Error::Invalid(format!(
            "structural similarity of {width}×{height} RGB pictures needs {} values each, not {} and {}",
            row * height,
            a.len(),
            b.len()
        )));
    }
    if width < WINDOW || height < WINDOW {
        return Err(Error::Invalid(format!(
            "structural similarity needs pictures of at least {WINDOW}×{WINDOW} pixels; \
             these are {width}×{height}"
        )));
    }
    let weights = gaussian();
    let columns = (width - WINDOW + 1) * CHANNELS;
    let rows = height - WINDOW + 1;
    // The window is separable: rows are smoothed sideways once, and the last 11 of them kept.
    let mut products: [Vec<f64>; MOMENTS] = from_fn(|_| vec![0.0; row]);
    let mut recent: [[Vec<f64>; MOMENTS]; WINDOW] = from_fn(|_| from_fn(|_| vec![0.0; columns]));
    let mut window: [Vec<f64>; MOMENTS] = from_fn(|_| vec![0.0; columns]);
    let mut total = 0.0;
    for (y, (a, b)) in a.chunks_exact(row).zip(b.chunks_exact(row)).enumerate() {
        multiply(a, b, &mut products);
        for (line, smooth) in products.iter().zip(&mut recent[y % WINDOW]) {
            weigh(&weights, |tap| &line[tap * CHANNELS..][..columns], smooth);
        }
        if y + 1 < WINDOW {
            continue;
        }
        for (moment, mean) in window.iter_mut().enumerate() {
            weigh(&weights, |tap| &recent[(y + 1 + tap) % WINDOW][moment][..], mean);
        }
        total += similarity(&window);
    }
    Ok(total / (rows * columns) as f64)
}

/// The weights of the window along one axis; they sum to 1.
fn gaussian() -> [f64; WINDOW] {
    let raw: [f64; WINDOW] = from_fn(|i| {
        let distance = i as f64 - (WINDOW / 2) as f64;
        (-0.5 * (distance / SIGMA).powi(2)).exp()
    });
    let sum: f64 = raw.iter().sum();
    raw.map(|w| w / sum)
}

/// The quantities to average, for one row of the pictures.
fn multiply(a: &[f32], b: &[f32], products: &mut [Vec<f64>; MOMENTS]) {
    let [plain_a, plain_b, squares, cross] = products;
    for (i, (&x, &y)) in a.iter().zip(b).enumerate() {
        let (x, y) = (f64::from(x), f64::from(y));
        plain_a[i] = x;
        plain_b[i] = y;
        squares[i] = x * x + y * y;
        cross[i] = x * y;
    }
}

/// `out` = Σ weight · line(tap), the window being symmetric.
fn weigh<'a>(weights: &[f64; WINDOW], line: impl Fn(usize) -> &'a [f64], out: &mut [f64]) {
    const MIDDLE: usize = WINDOW / 2;
    for (sum, &value) in out.iter_mut().zip(line(MIDDLE)) {
        *sum = weights[MIDDLE] * value;
    }
    for (tap, weight) in weights[..MIDDLE].iter().enumerate() {
        for ((sum, &left), &right) in out.iter_mut().zip(line(tap)).zip(line(WINDOW - 1 - tap)) {
            *sum += weight * (left + right);
        }
    }
}

/// Σ over the places of a row of the paper's formula (13).
fn similarity(window: &[Vec<f64>; MOMENTS]) -> f64 {
    let [mean_a, mean_b, squares, cross] = window;
    let mut total = 0.0;
    for (((&a, &b), &squares), &cross) in mean_a.iter().zip(mean_b).zip(squares).zip(cross) {
        let (luminance, energy) = (a * b, a * a + b * b);
        let (covariance, variances) = (cross - luminance, squares - energy);
        total += (2.0 * luminance + C1) * (2.0 * covariance + C2) / ((energy + C1) * (variances + C2));
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_smaller_than_the_window_or_of_a_wrong_length_are_errors() {
        let small = ssim(&[0.5; 10 * 11 * 3], &[0.5; 10 * 11 * 3], 10, 11).unwrap_err().to_string();
        assert!(small.contains("11×11") && small.contains("10×11"), "{small}");
        assert!(ssim(&[0.5; 11 * 11 * 3], &[0.5; 11 * 11 * 3 - 1], 11, 11).is_err());
        assert!(ssim(&[], &[], 0, 0).is_err());
        assert_eq!(ssim(&[0.5; 11 * 11 * 3], &[0.5; 11 * 11 * 3], 11, 11).unwrap(), 1.0);
    }

    #[test]
    fn constant_pictures_differ_by_luminance_alone() {
        let (a, b) = (0.5f32, 0.25f32);
        let found = ssim(&[a; 12 * 13 * 3], &[b; 12 * 13 * 3], 12, 13).unwrap();
        let expected = (2.0 * 0.125 + C1) / (0.25 + 0.0625 + C1);
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}
