//! Sums that are fast on a card.
//!
//! candle's kernel gives each element of the result one block of threads. A sum over everything, or over the rows
//! of a long matrix, then runs on one processor of the card, or on as many as there are columns, out of more than
//! a hundred; so they are taken in two parts. That is also more exact in f32.

use candle_core::{Result, Tensor};

/// Fewest numbers that one block of threads should have to add.
const SHORTEST: usize = 256;

/// Into how many parts of equal length to cut a sum of `length` values: a power of two, 1 where it cannot be cut.
fn parts(length: usize) -> usize {
    let mut parts = 1;
    while length.is_multiple_of(2 * parts) && length / (2 * parts) >= SHORTEST && parts < 1024 {
        parts *= 2;
    }
    parts
}

/// Σ over the rows of a matrix in one piece: (rows, columns) to (columns).
pub fn sum_rows(x: &Tensor) -> Result<Tensor> {
    let (rows, columns) = x.dims2()?;
    match parts(rows) {
        1 => x.sum(0),
        parts => x.reshape((rows / parts, parts * columns))?.sum(0)?.reshape((parts, columns))?.sum(0),
    }
}

/// Σ over all elements, a scalar.
pub fn total(x: &Tensor) -> Result<Tensor> {
    let length = x.elem_count();
    match parts(length) {
        1 => x.sum_all(),
        parts => x.reshape((parts, length / parts))?.sum(1)?.sum(0),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};

    use super::*;

    #[test]
    fn a_sum_in_parts_is_the_sum() {
        for (rows, columns) in [(1, 1), (3, 5), (512, 3), (1024, 1), (4096, 7), (1000, 2), (6 * 1024, 3)] {
            let x = Tensor::arange(0f64, (rows * columns) as f64, &Device::Cpu).unwrap();
            let x = x.affine(1.0, -7.0).unwrap().reshape((rows, columns)).unwrap();
            let scalar = |t: Tensor| t.to_dtype(DType::F64).unwrap().to_scalar::<f64>().unwrap();
            assert_eq!(scalar(total(&x).unwrap()), scalar(x.sum_all().unwrap()));
            let [found, expected] = [sum_rows(&x), x.sum(0)].map(|t| t.unwrap().to_vec1::<f64>().unwrap());
            assert_eq!(found, expected, "{rows}×{columns}");
        }
        assert_eq!([1, 255, 512, 1 << 20, 3 << 19, 1001].map(parts), [1, 1, 2, 1024, 1024, 1]);
    }
}
