//! Windows that move over feature maps (images × height × width × channels), for networks
//! that are only used: patches for a product, maxima and averages. Windows may be oblong and the
//! work may begin and end at any row of the result, so that what is in hand stays in cache.

use crate::nn::simd::simd;

/// The movement of an oblong window over an image; pairs are rows, columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Pixels under the window.
    pub kernel: (usize, usize),
    /// Pixels between two positions.
    pub stride: usize,
    /// Pixels around the image on each side that are not there.
    pub padding: (usize, usize),
}

impl Window {
    /// Positions down and across an image; `None` if the window does not fit.
    pub fn positions(&self, height: usize, width: usize) -> Option<(usize, usize)> {
        let along = |length: usize, kernel: usize, padding: usize| {
            Some((length + 2 * padding).checked_sub(kernel)? / self.stride + 1)
        };
        Some((along(height, self.kernel.0, self.padding.0)?, along(width, self.kernel.1, self.padding.1)?))
    }

    /// The columns (or, with `vertical`, rows) of the window at position `at` that lie inside an image of
    /// this length, and where the first of them is in the image.
    #[inline(always)]
    fn inside(&self, at: usize, length: usize, vertical: bool) -> (std::ops::Range<usize>, usize) {
        let (kernel, padding) =
            if vertical { (self.kernel.0, self.padding.0) } else { (self.kernel.1, self.padding.1) };
        let start = at * self.stride;
        let first = padding.saturating_sub(start).min(kernel);
        let last = (length + padding).saturating_sub(start).clamp(first, kernel);
        (first..last, (start + first).saturating_sub(padding))
    }
}

simd! {
/// The patches of whole rows of positions: `col` gets a row of kernel × channels values for each of the
/// positions in the rows from `first_row` on, as many as it has room for; rows are counted through all images
/// `x`, whose sizes are (height, width, channels). Outside an image are zeros.
pub fn take_patches(
    x: &[f32], sizes: (usize, usize, usize), window: Window, positions: (usize, usize), first_row: usize,
    col: &mut [f32],
) {
    let (height, width, channels) = sizes;
    let run = window.kernel.1 * channels;
    let patch = window.kernel.0 * run;
    for (index, row) in col.chunks_exact_mut(positions.1 * patch).enumerate() {
        let (image, at_y) = ((first_row + index) / positions.0, (first_row + index) % positions.0);
        let (rows, first_y) = window.inside(at_y, height, true);
        let image = &x[image * height * width * channels..][..height * width * channels];
        for (at_x, target) in row.chunks_exact_mut(patch).enumerate() {
            target[..rows.start * run].fill(0.0);
            target[rows.end * run..].fill(0.0);
            let (columns, first_x) = window.inside(at_x, width, false);
            let (from, to) = (columns.start * channels, columns.end * channels);
            for (line, y) in target[rows.start * run..rows.end * run].chunks_exact_mut(run).zip(first_y..) {
                line[..from].fill(0.0);
                line[to..].fill(0.0);
                if !columns.is_empty() {
                    line[from..to].copy_from_slice(&image[(y * width + first_x) * channels..][..to - from]);
                }
            }
        }
    }
}
}

/// The reduction of a pool over the values under its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// The largest.
    Max,
    /// The mean of those that lie inside the image.
    Average,
}

simd! {
/// Pools one image `x` (height, width, channels) into rows of `stride` values of which the first
/// `channels` are written, a row a position.
pub fn pool(
    x: &[f32], sizes: (usize, usize, usize), window: Window, positions: (usize, usize), kind: Pool,
    out: &mut [f32], stride: usize,
) {
    let (height, width, channels) = sizes;
    for at_y in 0..positions.0 {
        let (rows, first_y) = window.inside(at_y, height, true);
        for at_x in 0..positions.1 {
            let (columns, first_x) = window.inside(at_x, width, false);
            let out = &mut out[(at_y * positions.1 + at_x) * stride..][..channels];
            match kind {
                Pool::Max => out.fill(f32::NEG_INFINITY),
                Pool::Average => out.fill(0.0),
            }
            for y in first_y..first_y + rows.len() {
                for x in x[(y * width + first_x) * channels..][..columns.len() * channels].chunks_exact(channels)
                {
                    match kind {
                        Pool::Max => for (out, v) in out.iter_mut().zip(x) {
                            *out = if *v > *out { *v } else { *out };
                        },
                        Pool::Average => for (out, v) in out.iter_mut().zip(x) {
                            *out += v;
                        },
                    }
                }
            }
            if kind == Pool::Average {
                let share = 1.0 / (rows.len() * columns.len()) as f32;
                out.iter_mut().for_each(|out| *out *= share);
            }
        }
    }
}
}

simd! {
/// The gradient of a pool by maxima of one image `x` (height, width, channels) whose result is `y`: each number of
/// `grad` goes to the first pixel under its window that has the largest value. `open` is scratch, a number a
/// channel.
pub fn max_pool_backward(
    x: &[f32], sizes: (usize, usize, usize), window: Window, positions: (usize, usize), y: &[f32], grad: &[f32],
    dx: &mut [f32], open: &mut [f32],
) {
    let (height, width, channels) = sizes;
    dx.fill(0.0);
    for at_y in 0..positions.0 {
        let (rows, first_y) = window.inside(at_y, height, true);
        for at_x in 0..positions.1 {
            let (columns, first_x) = window.inside(at_x, width, false);
            let at = (at_y * positions.1 + at_x) * channels;
            let (y, grad) = (&y[at..at + channels], &grad[at..at + channels]);
            open.fill(1.0);
            for row in first_y..first_y + rows.len() {
                for column in first_x..first_x + columns.len() {
                    let at = (row * width + column) * channels;
                    let pixels = x[at..at + channels].iter().zip(&mut dx[at..at + channels]);
                    for ((x, dx), ((y, grad), open)) in pixels.zip(y.iter().zip(grad).zip(open.iter_mut())) {
                        let hit = if *x == *y { *open } else { 0.0 };
                        *dx += hit * grad;
                        *open -= hit;
                    }
                }
            }
        }
    }
}
}

simd! {
/// `v[r, c] = v[r, c] + bias[c]`, brought into the range (lowest, highest), for rows of `stride` values of which the
/// first `bias.len()` are meant.
pub fn add_bias_within(v: &mut [f32], stride: usize, bias: &[f32], bounds: (f32, f32)) {
    for row in v.chunks_mut(stride) {
        for (v, b) in row[..bias.len()].iter_mut().zip(bias) {
            *v = within(*v + b, bounds);
        }
    }
}
}

/// Not `clamp`, which would refuse bounds that are no numbers on every call, nor `max`, which would turn NaN into 0.
#[inline(always)]
pub fn within(v: f32, (lowest, highest): (f32, f32)) -> f32 {
    let v = if v <= lowest { lowest } else { v };
    if v >= highest { highest } else { v }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows and images (number, height, width) of all kinds, channels being 3.
    fn cases() -> Vec<(Window, [usize; 3])> {
        let mut cases = Vec::new();
        for kernel in [(1, 1), (3, 3), (1, 7), (7, 1), (2, 3), (5, 5)] {
            for stride in 1..=2 {
                for padding in [(0, 0), (kernel.0 / 2, kernel.1 / 2), (kernel.0 - 1, 0)] {
                    for images in [[1, 7, 8], [3, 5, 4], [2, 1, 9]] {
                        cases.push((Window { kernel, stride, padding }, images));
                    }
                }
            }
        }
        cases.retain(|(window, [_, height, width])| window.positions(*height, *width).is_some());
        cases
    }

    fn values(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7) % 31) as f32 - 12.0).collect()
    }

    /// Indices under the window at a position, `None` outside the image, in the order of patches.
    fn under(
        window: Window,
        [height, width]: [usize; 2],
        (at_y, at_x): (usize, usize),
    ) -> Vec<Option<(usize, usize)>> {
        let mut under = Vec::new();
        for ky in 0..window.kernel.0 {
            for kx in 0..window.kernel.1 {
                let y = (at_y * window.stride + ky).checked_sub(window.padding.0).filter(|y| *y < height);
                let x = (at_x * window.stride + kx).checked_sub(window.padding.1).filter(|x| *x < width);
                under.push(y.zip(x));
            }
        }
        under
    }

    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code, and slow")]
    fn patches_equal_the_definition_from_any_row_on() {
        assert!(cases().len() > 60);
        for (window, [n, height, width]) in cases() {
            let x = values(n * height * width * 3);
            let (down, across) = window.positions(height, width).unwrap();
            let patch = window.kernel.0 * window.kernel.1 * 3;
            for (first, rows) in [(0, n * down), (n * down / 2, n * down - n * down / 2)] {
                let mut col = vec![f32::NAN; rows * across * patch];
                take_patches(&x, (height, width, 3), window, (down, across), first, &mut col);
                for (index, values) in col.chunks_exact(patch).enumerate() {
                    let row = first + index / across;
                    let under = under(window, [height, width], (row % down, index % across));
                    for (place, values) in under.iter().zip(values.chunks_exact(3)) {
                        let expected = place.map_or([0.0; 3], |(y, at)| {
                            std::array::from_fn(|c| x[(((row / down) * height + y) * width + at) * 3 + c])
                        });
                        assert_eq!(values, expected, "{window:?} over {height}×{width}");
                    }
                }
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code, and slow")]
    fn pools_equal_the_definition_and_leave_their_neighbours_alone() {
        for (window, [_, height, width]) in cases() {
            if window.padding.0 * 2 > window.kernel.0 || window.padding.1 * 2 > window.kernel.1 {
                // There would be windows with nothing of the image under them.
                continue;
            }
            let x = values(height * width * 3);
            let positions = window.positions(height, width).unwrap();
            for kind in [Pool::Max, Pool::Average] {
                let mut out = vec![7.0; positions.0 * positions.1 * 5];
                pool(&x, (height, width, 3), window, positions, kind, &mut out, 5);
                for (index, found) in out.chunks_exact(5).enumerate() {
                    let at = (index / positions.1, index % positions.1);
                    let places: Vec<_> = under(window, [height, width], at).into_iter().flatten().collect();
                    for c in 0..3 {
                        let seen = places.iter().map(|(y, at)| x[(y * width + at) * 3 + c]);
                        let expected = match kind {
                            Pool::Max => seen.fold(f32::MIN, f32::max),
                            Pool::Average => seen.sum::<f32>() / places.len() as f32,
                        };
                        assert!((found[c] - expected).abs() < 1e-5, "{window:?} {kind:?}");
                    }
                    assert_eq!(found[3..], [7.0; 2]);
                }
            }
        }
    }

    #[test]
    fn bias_and_bounds_touch_the_first_columns_alone() {
        let before = [1.0, -2.0, 9.0, -3.0, 4.0, 9.0, f32::NAN, 0.0];
        for (bounds, after) in [
            ((0.0, f32::INFINITY), [1.5, 0.0, 9.0, 0.0, 3.0, 9.0]),
            ((0.0, 2.0), [1.5, 0.0, 9.0, 0.0, 2.0, 9.0]),
            ((f32::NEG_INFINITY, f32::INFINITY), [1.5, -3.0, 9.0, -2.5, 3.0, 9.0]),
        ] {
            let mut v = before;
            add_bias_within(&mut v, 3, &[0.5, -1.0], bounds);
            assert_eq!(v[..6], after);
            assert!(v[6].is_nan() && v[7] == bounds.0.max(-1.0));
        }
    }
}
