//! Gaussian blur.

use super::border::{Border, CHANNELS};

/// Standard deviations after which the weights are cut off.
const REACH: f64 = 4.0;

/// A blur with a standard deviation of `sigma` pixels, rows first, then columns.
pub fn blur(pixels: &[f32], width: usize, height: usize, sigma: f64) -> Vec<f32> {
    let weights = weights(sigma);
    let margin = weights.len() / 2;
    let columns = Border::Reflect.places(width, margin);
    let mut across = vec![0.0; pixels.len()];
    for (line, out) in pixels.chunks_exact(width * CHANNELS).zip(across.chunks_exact_mut(width * CHANNELS)) {
        for (columns, out) in columns.windows(weights.len()).zip(out.chunks_exact_mut(CHANNELS)) {
            for (column, weight) in columns.iter().zip(&weights) {
                for (out, value) in out.iter_mut().zip(&line[column * CHANNELS..]) {
                    *out += weight * f64::from(*value);
                }
            }
        }
    }
    let rows = Border::Reflect.places(height, margin);
    let mut blurred = Vec::with_capacity(pixels.len());
    let mut sum = vec![0.0; width * CHANNELS];
    for rows in rows.windows(weights.len()) {
        sum.fill(0.0);
        for (row, weight) in rows.iter().zip(&weights) {
            let line = &across[row * width * CHANNELS..];
            sum.iter_mut().zip(line).for_each(|(sum, value)| *sum += weight * value);
        }
        blurred.extend(sum.iter().map(|value| *value as f32));
    }
    blurred
}

/// Weights along one axis, which sum to 1.
fn weights(sigma: f64) -> Vec<f64> {
    let reach = (REACH * sigma + 0.5) as i32;
    let raw = |at: i32| if at == 0 { 1.0 } else { (-0.5 * (f64::from(at) / sigma).powi(2)).exp() };
    let sum: f64 = (-reach..=reach).map(raw).sum();
    (-reach..=reach).map(|at| raw(at) / sum).collect()
}
