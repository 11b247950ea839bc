//! Between an image and the matrix of its patches, and the weight layouts that go with it.

use std::ops::Range;

use crate::nn::geometry::Geometry;
use crate::nn::memory::{build, give_back};
use crate::nn::simd::simd;

/// Where `len` kernel columns starting at image column `start` (which may lie left of the image) meet
/// an image of `width` columns: the columns of the kernel that do.
#[inline(always)]
fn overlap(start: isize, len: usize, width: usize) -> Range<usize> {
    let from = (-start).clamp(0, len as isize) as usize;
    let to = (width as isize - start).clamp(from as isize, len as isize) as usize;
    from..to
}

simd! {
/// `col` (rows × patch) = the patches of the image `x` (height × width × channels), zeros outside it.
pub fn im2col(g: &Geometry, x: &[f32], col: &mut [f32]) {
    let (run, patch, ch) = (g.kernel * g.channels, g.patch(), g.channels);
    for sy in 0..g.small_height {
        for ky in 0..g.kernel {
            let base = sy * g.small_width * patch + ky * run;
            let y = (sy * g.stride + ky).wrapping_sub(g.padding);
            if y >= g.height {
                for sx in 0..g.small_width {
                    col[base + sx * patch..][..run].fill(0.0);
                }
                continue;
            }
            let row = &x[y * g.width * ch..][..g.width * ch];
            for sx in 0..g.small_width {
                let target = &mut col[base + sx * patch..][..run];
                let start = (sx * g.stride) as isize - g.padding as isize;
                if start >= 0 && start as usize + g.kernel <= g.width {
                    target.copy_from_slice(&row[start as usize * ch..][..run]);
                } else {
                    let inside = overlap(start, g.kernel, g.width);
                    target[..inside.start * ch].fill(0.0);
                    if !inside.is_empty() {
                        let from = (start + inside.start as isize) as usize * ch;
                        let part = &mut target[inside.start * ch..inside.end * ch];
                        part.copy_from_slice(&row[from..][..inside.len() * ch]);
                    }
                    target[inside.end * ch..].fill(0.0);
                }
            }
        }
    }
}
}

simd! {
/// The transpose of [`im2col`]: adds every patch of `col` to its place in the image `x`.
pub fn add_col2im(g: &Geometry, col: &[f32], x: &mut [f32]) {
    let (run, patch, ch) = (g.kernel * g.channels, g.patch(), g.channels);
    for sy in 0..g.small_height {
        for ky in 0..g.kernel {
            let y = (sy * g.stride + ky).wrapping_sub(g.padding);
            if y >= g.height {
                continue;
            }
            let row = &mut x[y * g.width * ch..][..g.width * ch];
            for sx in 0..g.small_width {
                let source = &col[(sy * g.small_width + sx) * patch + ky * run..][..run];
                let start = (sx * g.stride) as isize - g.padding as isize;
                let inside = overlap(start, g.kernel, g.width);
                if inside.is_empty() {
                    continue;
                }
                let target = &mut row[(start + inside.start as isize) as usize * ch..][..inside.len() * ch];
                for (t, s) in target.iter_mut().zip(&source[inside.start * ch..inside.end * ch]) {
                    *t += s;
                }
            }
        }
    }
}
}

simd! {
/// `dst[c, r] = src[r, c]` for rows × cols elements; the strides are those between rows of each side.
pub fn transpose(src: &[f32], src_stride: usize, dst: &mut [f32], dst_stride: usize, rows: usize, cols: usize) {
    const TILE: usize = 16;
    for r0 in (0..rows).step_by(TILE) {
        let rn = TILE.min(rows - r0);
        for c0 in (0..cols).step_by(TILE) {
            let cn = TILE.min(cols - c0);
            if rn == TILE && cn == TILE {
                let mut tile = [[0f32; TILE]; TILE];
                for r in 0..TILE {
                    let row = &src[(r0 + r) * src_stride + c0..][..TILE];
                    for c in 0..TILE {
                        tile[c][r] = row[c];
                    }
                }
                for c in 0..TILE {
                    dst[(c0 + c) * dst_stride + r0..][..TILE].copy_from_slice(&tile[c]);
                }
            } else {
                for c in 0..cn {
                    for r in 0..rn {
                        dst[(c0 + c) * dst_stride + r0 + r] = src[(r0 + r) * src_stride + c0 + c];
                    }
                }
            }
        }
    }
}
}

/// The shape of a weight: small_channels, channels and the side of the kernel.
pub type WeightShape = [usize; 3];

/// PyTorch's weight (small, channels, k, k) as (small, k, k, channels): small × patch.
pub fn pack_weight(weight: &[f32], [small, channels, kernel]: WeightShape) -> Vec<f32> {
    reorder(weight, small, channels, kernel * kernel)
}

/// [`pack_weight`] transposed, patch × small: a product with patches reads it without packing it again.
pub fn pack_weight_transposed(weight: &[f32], shape: WeightShape) -> Vec<f32> {
    const BLOCK: usize = 64;
    let packed = pack_weight(weight, shape);
    let [small, channels, kernel] = shape;
    let patch = channels * kernel * kernel;
    let transposed = build(packed.len(), BLOCK * small, |index, rows| {
        transpose(&packed[index * BLOCK..], patch, rows, small, small, rows.len() / small);
    });
    give_back(packed);
    transposed
}

/// The way back from small × patch to PyTorch's layout.
pub fn unpack_weight(packed: &[f32], [small, channels, kernel]: WeightShape) -> Vec<f32> {
    reorder(packed, small, kernel * kernel, channels)
}

/// (outer, rows, cols) to (outer, cols, rows).
fn reorder(src: &[f32], outer: usize, rows: usize, cols: usize) -> Vec<f32> {
    const BLOCK: usize = 8;
    let matrix = rows * cols;
    assert_eq!(src.len(), outer * matrix, "a weight has the size of its geometry");
    build(src.len(), BLOCK * matrix, |index, block| {
        for (dst, src) in block.chunks_mut(matrix).zip(src[index * BLOCK * matrix..].chunks(matrix)) {
            transpose(src, cols, dst, rows, rows, cols);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::geometry::ConvConfig;

    fn geometries() -> Vec<Geometry> {
        let mut all = Vec::new();
        for kernel in 1..=5 {
            for stride in 1..=3 {
                for padding in 0..=kernel + 1 {
                    for (height, width) in [(5, 5), (7, 6), (1, 9)] {
                        let cfg = ConvConfig { kernel, stride, padding };
                        all.extend(Geometry::of_conv(&[1, height, width, 3], &[2, 3], cfg));
                    }
                }
            }
        }
        assert!(all.len() > 100);
        // Miri takes seconds for each.
        all.into_iter().step_by(if cfg!(miri) { 83 } else { 1 }).collect()
    }

    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code, and slow")]
    fn patches_equal_the_definition() {
        for g in geometries() {
            let x: Vec<f32> = (1..=g.big()).map(|v| v as f32).collect();
            let mut col = vec![f32::NAN; g.rows() * g.patch()];
            im2col(&g, &x, &mut col);
            for (index, value) in col.iter().enumerate() {
                let (row, inside) = (index / g.patch(), index % g.patch());
                let (ky, kx, c) = (inside / (g.kernel * 3), inside / 3 % g.kernel, inside % 3);
                let y = (row / g.small_width * g.stride + ky) as isize - g.padding as isize;
                let at = (row % g.small_width * g.stride + kx) as isize - g.padding as isize;
                let in_image = (0..g.height as isize).contains(&y) && (0..g.width as isize).contains(&at);
                let expected = if in_image { x[(y as usize * g.width + at as usize) * 3 + c] } else { 0.0 };
                assert_eq!(*value, expected, "{g:?} at {index}");
            }
        }
    }

    /// ⟨im2col(x), c⟩ = ⟨x, col2im(c)⟩, in integers and so exactly.
    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code, and slow")]
    fn adding_patches_is_the_transpose_of_taking_them() {
        for g in geometries() {
            let x: Vec<f32> = (0..g.big()).map(|i| ((i * 5) % 13) as f32 - 6.0).collect();
            let c: Vec<f32> = (0..g.rows() * g.patch()).map(|i| ((i * 7) % 11) as f32 - 5.0).collect();
            let (mut col, mut image) = (vec![0.0; c.len()], vec![0.0; x.len()]);
            im2col(&g, &x, &mut col);
            add_col2im(&g, &c, &mut image);
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            assert_eq!(dot(&col, &c), dot(&x, &image), "{g:?}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code, and slow")]
    fn weights_come_back_from_packing() {
        let channels = if cfg!(miri) { 2 } else { 37 };
        let (shape, patch) = ([19, channels, 3], channels * 9);
        let weight: Vec<f32> = (0..19 * patch).map(|v| v as f32).collect();
        let packed = pack_weight(&weight, shape);
        assert_eq!(unpack_weight(&packed, shape), weight);
        let turned = pack_weight_transposed(&weight, shape);
        for small in 0..19 {
            for p in 0..patch {
                assert_eq!(turned[p * 19 + small], packed[small * patch + p]);
                assert_eq!(
                    packed[small * patch + p],
                    weight[(small * channels + p % channels) * 9 + p / channels]
                );
            }
        }
    }
}
