//! A kernel of its own for each channel, over feature maps of height × width × channels.

use super::window::within;
use crate::nn::simd::simd;

/// Channels whose sums are in registers at a time: six of AVX2's, which leaves as many for what is added. The widths
/// of the networks of mobile devices are multiples of it.
const LANES: usize = 48;

/// The movement of a square window whose results are as many as the strides in the image, as TensorFlow's padding
/// "SAME" has it: where the padding is odd, the pixel more is behind the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SameWindow {
    /// Pixels on a side of it.
    pub kernel: usize,
    /// Pixels between two positions.
    pub stride: usize,
}

impl SameWindow {
    /// Positions along an image of this length.
    pub fn positions(&self, length: usize) -> usize {
        length.div_ceil(self.stride)
    }

    /// The part of the window at a position that lies inside an image of this length, and where it begins there.
    #[inline(always)]
    fn inside(&self, at: usize, length: usize) -> (std::ops::Range<usize>, usize) {
        let reach = (self.positions(length) - 1) * self.stride + self.kernel;
        let before = reach.saturating_sub(length) / 2;
        let start = at * self.stride;
        let first = before.saturating_sub(start).min(self.kernel);
        let last = (length + before).saturating_sub(start).clamp(first, self.kernel);
        (first..last, (start + first).saturating_sub(before))
    }
}

simd! {
/// `out` (positions × channels) = the image `x` (height × width × channels) under `weight` (rows × columns × channels)
/// plus `bias` (channels), brought into the range `bounds`.
pub fn depthwise(
    x: &[f32], sizes: (usize, usize), window: SameWindow, weight: &[f32], bias: &[f32], bounds: (f32, f32),
    out: &mut [f32],
) {
    let ((height, width), channels) = (sizes, bias.len());
    let across = window.positions(width);
    for (at_y, row) in out.chunks_exact_mut(across * channels).enumerate() {
        let (rows, first_y) = window.inside(at_y, height);
        for (at_x, out) in row.chunks_exact_mut(channels).enumerate() {
            let (columns, first_x) = window.inside(at_x, width);
            let place = Place { rows: rows.clone(), columns, first_y, first_x, width, kernel: window.kernel };
            let mut first = 0;
            while first < channels {
                first += match channels - first {
                    LANES.. => block::<LANES>(x, &place, weight, bias, bounds, first, out),
                    16.. => block::<16>(x, &place, weight, bias, bounds, first, out),
                    8.. => block::<8>(x, &place, weight, bias, bounds, first, out),
                    _ => block::<1>(x, &place, weight, bias, bounds, first, out),
                };
            }
        }
    }
}
}

/// The part of a window that lies inside an image.
struct Place {
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    first_y: usize,
    first_x: usize,
    width: usize,
    kernel: usize,
}

/// So many channels of a position from `first` on. Returns their number.
#[inline(always)]
fn block<const COUNT: usize>(
    x: &[f32],
    place: &Place,
    weight: &[f32],
    bias: &[f32],
    bounds: (f32, f32),
    first: usize,
    out: &mut [f32],
) -> usize {
    let channels = bias.len();
    let mut sums = [0f32; COUNT];
    sums.copy_from_slice(&bias[first..][..COUNT]);
    for (row, y) in place.rows.clone().zip(place.first_y..) {
        for (column, at) in place.columns.clone().zip(place.first_x..) {
            let x = &x[(y * place.width + at) * channels + first..][..COUNT];
            let w = &weight[(row * place.kernel + column) * channels + first..][..COUNT];
            for lane in 0..COUNT {
                sums[lane] += x[lane] * w[lane];
            }
        }
    }
    for (out, sum) in out[first..][..COUNT].iter_mut().zip(sums) {
        *out = within(sum, bounds);
    }
    COUNT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(count: usize, period: f32) -> Vec<f32> {
        (0..count).map(|i| (i as f32 / period).sin()).collect()
    }

    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code, and slow")]
    fn it_equals_the_definition() {
        for (kernel, stride) in [(3, 1), (3, 2), (5, 1), (5, 2), (1, 1)] {
            for (height, width, channels) in [(7, 8, 5), (8, 6, 48), (1, 3, 112), (2, 2, 96)] {
                let window = SameWindow { kernel, stride };
                let (down, across) = (window.positions(height), window.positions(width));
                let (x, weight) =
                    (wave(height * width * channels, 2.0), wave(kernel * kernel * channels, 1.3));
                let (bias, bounds) = (wave(channels, 0.7), (-0.2, 1.5));
                let mut out = vec![f32::NAN; down * across * channels];
                depthwise(&x, (height, width), window, &weight, &bias, bounds, &mut out);
                let before = |length: usize, positions: usize| {
                    ((positions - 1) * stride + kernel).saturating_sub(length) / 2
                };
                for (index, found) in out.iter().enumerate() {
                    let (c, at) = (index % channels, index / channels);
                    let mut sum = f64::from(bias[c]);
                    for (ky, kx) in (0..kernel).flat_map(|ky| (0..kernel).map(move |kx| (ky, kx))) {
                        let y = (at / across * stride + ky).wrapping_sub(before(height, down));
                        let at_x = (at % across * stride + kx).wrapping_sub(before(width, across));
                        if y < height && at_x < width {
                            let w = weight[(ky * kernel + kx) * channels + c];
                            sum += f64::from(w) * f64::from(x[(y * width + at_x) * channels + c]);
                        }
                    }
                    let expected = sum.clamp(f64::from(-0.2f32), 1.5);
                    assert!((f64::from(*found) - expected).abs() < 1e-5, "{window:?} {height}×{width}");
                }
            }
        }
    }
}
