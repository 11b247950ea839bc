//! Feature vectors of a set of images, as plain numbers.

use std::ops::Range;

use crate::error::{Error, Result};

/// A row of numbers for each image of a set; at least one image, all numbers finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    dim: usize,
    values: Values,
}

/// As they came: a network gives single precision, a file may hold more.
#[derive(Clone, Debug, PartialEq)]
enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Features {
    /// Rows of `dim` numbers one after another.
    ///
    /// # Errors
    /// No row, a row that is not whole, a number that is not finite.
    pub fn from_f32(values: Vec<f32>, dim: usize) -> Result<Self> {
        check(values.len(), dim, values.iter().position(|v| !v.is_finite()))?;
        Ok(Self { dim, values: Values::F32(values) })
    }

    /// Features from numbers in double precision, otherwise as [`Features::from_f32`].
    ///
    /// # Errors
    /// As [`Features::from_f32`].
    pub fn from_f64(values: Vec<f64>, dim: usize) -> Result<Self> {
        check(values.len(), dim, values.iter().position(|v| !v.is_finite()))?;
        Ok(Self { dim, values: Values::F64(values) })
    }

    /// Images.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one image")]
    pub fn len(&self) -> usize {
        let values = match &self.values {
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
        };
        values / self.dim
    }

    /// Numbers of each image.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Copies some rows to `out`, which is as long as they are.
    ///
    /// # Panics
    /// If there are fewer rows or `out` has another length.
    pub fn copy_rows(&self, rows: Range<usize>, out: &mut [f64]) {
        let range = rows.start * self.dim..rows.end * self.dim;
        match &self.values {
            Values::F32(values) => {
                assert_eq!(out.len(), range.len(), "room for the rows");
                out.iter_mut().zip(&values[range]).for_each(|(out, v)| *out = f64::from(*v));
            }
            Values::F64(values) => out.copy_from_slice(&values[range]),
        }
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// If there are fewer rows, or none is wanted.
    pub fn rows(&self, rows: &[usize]) -> Features {
        assert!(!rows.is_empty(), "a set has an image at least");
        let ranges = rows.iter().map(|row| row * self.dim..(row + 1) * self.dim);
        let values = match &self.values {
            Values::F32(values) => Values::F32(ranges.flat_map(|range| &values[range]).copied().collect()),
            Values::F64(values) => Values::F64(ranges.flat_map(|range| &values[range]).copied().collect()),
        };
        Features { dim: self.dim, values }
    }

    /// The numbers in single precision, row after row.
    pub fn to_f32(&self) -> std::borrow::Cow<'_, [f32]> {
        match &self.values {
            Values::F32(values) => values.into(),
            Values::F64(values) => values.iter().map(|v| *v as f32).collect::<Vec<_>>().into(),
        }
    }
}

fn check(values: usize, dim: usize, not_finite: Option<usize>) -> Result<()> {
    if values == 0 {
        return Err(Error::Invalid(
            "there are no features in it: they are a row of numbers for each image, of one image at least"
                .into(),
        ));
    }
    if dim == 0 || !values.is_multiple_of(dim) {
        return Err(Error::Invalid(format!("{values} numbers are not whole rows of {dim} numbers each")));
    }
    match not_finite {
        None => Ok(()),
        Some(at) => Err(Error::Invalid(format!(
            "the features of image {} hold a value that is not a finite number; compute them anew",
            at / dim + 1
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_in_either_precision() {
        let single = Features::from_f32(vec![1.0, 2.0, 3.0, 4.0, 5.0, 9.0], 2).unwrap();
        let double = Features::from_f64(vec![1.0, 2.0, 3.0, 4.0, 5.0, 9.0], 2).unwrap();
        for features in [single, double] {
            assert_eq!((features.len(), features.dim()), (3, 2));
            let mut rows = [0.0; 4];
            features.copy_rows(1..3, &mut rows);
            assert_eq!(rows, [3.0, 4.0, 5.0, 9.0]);
            assert_eq!(features.to_f32()[4..], [5.0, 9.0]);
            assert_eq!(features.rows(&[2, 0]).to_f32(), &[5.0, 9.0, 1.0, 2.0][..]);
        }
    }

    #[test]
    fn what_are_no_features_is_refused() {
        let message = Features::from_f32(vec![], 2).unwrap_err().to_string();
        assert!(message.contains("there are no features in it"), "{message}");
        assert!(Features::from_f32(vec![1.0], 0).is_err());
        assert!(Features::from_f64(vec![1.0; 5], 2).is_err());
        let message = Features::from_f32(vec![1.0, 2.0, f32::NAN, 4.0], 2).unwrap_err().to_string();
        assert!(message.contains("image 2"), "{message}");
    }
}
