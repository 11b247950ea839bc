//! The distance of feature maps by the direction of each pixel's channels (Zhang et al. 2018).

use crate::nn::simd::simd;

/// Number added to a pixel's squared length, for each of its channels, before it is divided by its length: a pixel in
/// which next to nothing is active has no direction.
pub const EPS: f32 = 1e-4;

const LANES: usize = 8;

/// Σ a·b in sums that are added up side by side.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; LANES];
    let (a_whole, b_whole) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_whole.remainder().iter().zip(b_whole.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_whole.zip(b_whole) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[inline(always)]
fn inverse_length(pixel: &[f32]) -> f32 {
    1.0 / (dot(pixel, pixel) + EPS * pixel.len() as f32).sqrt()
}

simd! {
/// Divides each pixel's channels by their length.
pub fn to_directions(v: &mut [f32], channels: usize) {
    for pixel in v.chunks_exact_mut(channels) {
        let scale = inverse_length(pixel);
        pixel.iter_mut().for_each(|v| *v *= scale);
    }
}
}

simd! {
/// Adds to `sum` the squared distances of the directions of `v` from the directions `target`.
pub fn add_distance(v: &[f32], target: &[f32], channels: usize, sum: &mut f64) {
    for (pixel, target) in v.chunks_exact(channels).zip(target.chunks_exact(channels)) {
        let scale = inverse_length(pixel);
        let mut sums = [0f32; LANES];
        for (pixel, target) in pixel.chunks(LANES).zip(target.chunks(LANES)) {
            for ((sum, v), t) in sums.iter_mut().zip(pixel).zip(target) {
                let off = v * scale - t;
                *sum += off * off;
            }
        }
        *sum += f64::from(sums.iter().sum::<f32>());
    }
}
}

simd! {
/// Adds to `grad` the gradient of `factor` times what [`add_distance`] sums up.
pub fn add_distance_gradient(v: &[f32], target: &[f32], channels: usize, factor: f32, grad: &mut [f32]) {
    let pixels = v.chunks_exact(channels).zip(target.chunks_exact(channels));
    for ((pixel, target), grad) in pixels.zip(grad.chunks_exact_mut(channels)) {
        let scale = inverse_length(pixel);
        let (squared, along) = (dot(pixel, pixel) * scale * scale, dot(pixel, target) * scale);
        // With the direction n, of squared length q: 2 · scale · (n − t − n (q − n·t)).
        let (of_pixel, of_target) = (2.0 * factor * scale * scale * (1.0 - squared + along), 2.0 * factor * scale);
        for ((grad, v), t) in grad.iter_mut().zip(pixel).zip(target) {
            *grad += of_pixel * v - of_target * t;
        }
    }
}
}
