//! Matrix products on slices, on the `gemm` crate (the one candle uses).

use rayon::prelude::*;

/// A matrix read from a slice: element (r, c) is `data[r * row_stride + c * col_stride]`.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    row_stride: usize,
    col_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Rows of `stride` elements one after another.
    pub fn rows(data: &'a [f32], stride: usize) -> Self {
        Self { data, row_stride: stride, col_stride: 1 }
    }

    /// Rows of `stride` elements one after another, seen transposed.
    pub fn transposed(data: &'a [f32], stride: usize) -> Self {
        Self { data, row_stride: 1, col_stride: stride }
    }

    fn holds(&self, rows: usize, cols: usize) -> bool {
        rows == 0
            || cols == 0
            || (rows - 1)
                .checked_mul(self.row_stride)
                .zip((cols - 1).checked_mul(self.col_stride))
                .and_then(|(r, c)| r.checked_add(c))
                .is_some_and(|last| last < self.data.len())
    }
}

/// Multiply-adds below which a product is not worth waking the pool for.
const WORTH_SHARING: usize = if cfg!(miri) { 1 << 7 } else { 1 << 20 };

/// `out = a · b`, or `out += a · b` with `accumulate`, on this thread. `a` is rows × depth, `b` is
/// depth × cols, `out` rows of `out_stride` elements of which the first `cols` are written.
/// Panics when a slice is too short.
#[allow(clippy::too_many_arguments)]
pub fn matmul(
    rows: usize,
    cols: usize,
    depth: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    out: &mut [f32],
    out_stride: usize,
    accumulate: bool,
) {
    check(rows, cols, depth, a, b, out, out_stride);
    // SAFETY: `check` has shown that every index the product reads or writes is inside its slice, and
    // `out` is borrowed exclusively.
    unsafe {
        block(
            (rows, cols, depth),
            (a.data.as_ptr(), a),
            (b.data.as_ptr(), b),
            out.as_mut_ptr(),
            out_stride,
            accumulate,
        )
    }
}

/// [`matmul`] without accumulation, shared over the pool: the longer side of `out` is cut into one
/// block a thread.
#[allow(clippy::too_many_arguments)]
pub fn matmul_shared(
    rows: usize,
    cols: usize,
    depth: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    out: &mut [f32],
    out_stride: usize,
) {
    /// Blocks are multiples of this, so that `gemm`'s own tiles are cut as seldom as possible.
    const TILE: usize = 16;
    let threads = rayon::current_num_threads();
    let long = rows.max(cols);
    if threads == 1 || long < 2 * TILE || rows.saturating_mul(cols).saturating_mul(depth) < WORTH_SHARING {
        return matmul(rows, cols, depth, a, b, out, out_stride, false);
    }
    check(rows, cols, depth, a, b, out, out_stride);
    let step = long.div_ceil(threads).next_multiple_of(TILE);
    let target = ProductOutput(out.as_mut_ptr());
    (0..long.div_ceil(step)).into_par_iter().with_max_len(1).for_each(|part| {
        let (from, to) = (part * step, ((part + 1) * step).min(long));
        // SAFETY: `check` has shown that the whole product stays inside its slices, and this block is
        // a part of it. The blocks cut the longer side of `out` without overlap and rows do not
        // overlap (`check`: cols <= out_stride), so no element is written by two tasks; `out` is
        // borrowed exclusively until all tasks have ended.
        unsafe {
            let (a_at, b_at, out_at) = (a.data.as_ptr(), b.data.as_ptr(), target.at(0));
            if rows >= cols {
                let (a_at, out_at) = (a_at.add(from * a.row_stride), out_at.add(from * out_stride));
                block((to - from, cols, depth), (a_at, a), (b_at, b), out_at, out_stride, false);
            } else {
                let (b_at, out_at) = (b_at.add(from * b.col_stride), out_at.add(from));
                block((rows, to - from, depth), (a_at, a), (b_at, b), out_at, out_stride, false);
            }
        }
    });
}

/// Where the blocks of one product are written.
struct ProductOutput(*mut f32);
// SAFETY: the pointer is only used for disjoint blocks of a slice that the owner of the `ProductOutput` has
// borrowed exclusively; see `matmul_shared`.
unsafe impl Sync for ProductOutput {}
impl ProductOutput {
    /// # Safety
    /// `offset` must be inside the slice.
    unsafe fn at(&self, offset: usize) -> *mut f32 {
        // SAFETY: promised by the caller.
        unsafe { self.0.add(offset) }
    }
}

fn check(
    rows: usize,
    cols: usize,
    depth: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    out: &[f32],
    out_stride: usize,
) {
    assert!(a.holds(rows, depth) && b.holds(depth, cols), "a factor is too short for {rows}×{depth}×{cols}");
    let out = Matrix::rows(out, out_stride);
    assert!(cols <= out_stride && out.holds(rows, cols), "the product {rows}×{cols} does not fit its memory");
}

/// # Safety
/// All elements of the (rows, cols, depth) product, laid out by the strides of `a`, `b` and `out_stride`
/// from the given pointers, must be readable or, for `out`, exclusively writable and initialised.
unsafe fn block(
    (rows, cols, depth): (usize, usize, usize),
    (a_at, a): (*const f32, Matrix<'_>),
    (b_at, b): (*const f32, Matrix<'_>),
    out: *mut f32,
    out_stride: usize,
    accumulate: bool,
) {
    // SAFETY: promised by the caller. Strides fit `isize` because they lie inside slices.
    unsafe {
        gemm::gemm(
            rows,
            cols,
            depth,
            out,
            1,
            out_stride as isize,
            accumulate,
            a_at,
            a.col_stride as isize,
            a.row_stride as isize,
            b_at,
            b.col_stride as isize,
            b.row_stride as isize,
            if accumulate { 1.0 } else { 0.0 },
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(len: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 7 + 3) % 11) as f32 - 5.0).collect()
    }

    /// Small integers, so that the sums are exact.
    fn plain(rows: usize, cols: usize, depth: usize, a: Matrix<'_>, b: Matrix<'_>) -> Vec<f32> {
        let at = |m: Matrix<'_>, r: usize, c: usize| m.data[r * m.row_stride + c * m.col_stride];
        (0..rows * cols).map(|i| (0..depth).map(|k| at(a, i / cols, k) * at(b, k, i % cols)).sum()).collect()
    }

    #[test]
    fn products_equal_the_definition() {
        // The last two have a long side each and are shared over the pool, in Miri too.
        let sizes: &[(usize, usize, usize)] = if cfg!(miri) {
            &[(1, 1, 1), (3, 5, 2), (33, 3, 2), (3, 33, 2)]
        } else {
            &[(1, 1, 1), (3, 5, 7), (1, 200, 64), (70, 3, 9), (150, 130, 90), (130, 400, 33)]
        };
        for &(rows, cols, depth) in sizes {
            let (a, b) = (ramp(rows * depth), ramp(depth * cols));
            for a in [Matrix::rows(&a, depth), Matrix::transposed(&a, rows)] {
                for b in [Matrix::rows(&b, cols), Matrix::transposed(&b, depth)] {
                    let expected = plain(rows, cols, depth, a, b);
                    let mut out = vec![f32::NAN; rows * cols];
                    matmul_shared(rows, cols, depth, a, b, &mut out, cols);
                    assert_eq!(out, expected);
                    matmul(rows, cols, depth, a, b, &mut out, cols, true);
                    assert!(out.iter().zip(&expected).all(|(o, e)| *o == 2.0 * e));
                }
            }
        }
    }

    /// Rows further apart than they are long: what lies between stays as it was.
    #[test]
    fn a_product_writes_nothing_but_its_own_elements() {
        let (rows, cols, depth, stride) = (40, 6, 5, 9);
        let (a, b) = (ramp(rows * depth), ramp(depth * cols));
        let (a, b) = (Matrix::rows(&a, depth), Matrix::rows(&b, cols));
        let expected = plain(rows, cols, depth, a, b);
        // Not one float more than is needed: the last row ends with its last element.
        let mut out = vec![f32::MAX; (rows - 1) * stride + cols];
        matmul_shared(rows, cols, depth, a, b, &mut out, stride);
        for (index, value) in out.iter().enumerate() {
            let (r, c) = (index / stride, index % stride);
            assert_eq!(*value, if c < cols { expected[r * cols + c] } else { f32::MAX });
        }
    }

    #[test]
    #[should_panic(expected = "too short")]
    fn a_short_factor_is_refused() {
        matmul(2, 2, 2, Matrix::rows(&[0.0; 3], 2), Matrix::rows(&[0.0; 4], 2), &mut [0.0; 4], 2, false);
    }

    #[test]
    #[should_panic(expected = "does not fit")]
    fn a_short_result_is_refused() {
        matmul(2, 2, 2, Matrix::rows(&[0.0; 4], 2), Matrix::rows(&[0.0; 4], 2), &mut [0.0; 3], 2, false);
    }

    /// Large enough to be shared, and one element short.
    #[test]
    #[should_panic(expected = "too short")]
    fn a_short_factor_of_a_shared_product_is_refused() {
        let (a, b, mut out) = (vec![0.0; 128 * 128], vec![0.0; 128 * 128 - 1], vec![0.0; 128 * 128]);
        matmul_shared(128, 128, 128, Matrix::rows(&a, 128), Matrix::rows(&b, 128), &mut out, 128);
    }

    /// Rows that overlap would be written by two tasks at once.
    #[test]
    #[should_panic(expected = "does not fit")]
    fn overlapping_rows_are_refused() {
        let (a, mut out) = (vec![0.0; 128 * 128], vec![0.0; 128 * 128]);
        matmul_shared(128, 128, 128, Matrix::rows(&a, 128), Matrix::rows(&a, 128), &mut out, 127);
    }

    /// Strides whose product leaves the range of `usize`.
    #[test]
    #[should_panic(expected = "too short")]
    fn strides_that_overflow_are_refused() {
        let far = Matrix::rows(&[0.0; 4], usize::MAX / 2 + 1);
        matmul(4, 2, 2, far, Matrix::rows(&[0.0; 4], 2), &mut [0.0; 8], 2, false);
    }
}
