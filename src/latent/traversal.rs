//! One dimension of a code through its range, the others held.

use crate::error::{Error, Result};

/// `steps` codes equal to `code` but for dimension `dim`, which goes evenly from `center − span·scale` to
/// `center + span·scale` of that dimension. An odd number of steps passes through the centre exactly; one
/// step is the centre alone.
///
/// `center` and `scale` are those of [`LatentInfo`](crate::report::LatentInfo); `span` is in standard
/// deviations.
///
/// # Errors
/// A dimension that the code, the centre or the scale has not, no steps, or a span that is not finite.
pub fn traverse(
    code: &[f32],
    center: &[f32],
    scale: &[f32],
    dim: usize,
    span: f32,
    steps: usize,
) -> Result<Vec<Vec<f32>>> {
    let (Some(_), Some(&center), Some(&scale)) = (code.get(dim), center.get(dim), scale.get(dim)) else {
        let last = code.len().min(center.len()).min(scale.len()).saturating_sub(1);
        return Err(Error::Invalid(format!("there is no dimension {dim}; the last is {last}")));
    };
    if steps == 0 {
        return Err(Error::Invalid("a traversal needs at least 1 step".into()));
    }
    if !span.is_finite() {
        return Err(Error::Invalid(format!("a span of {span} standard deviations is not possible")));
    }
    let last = (steps - 1) as f64;
    let position = |step: usize| if steps == 1 { 0.0 } else { 2.0 * step as f64 / last - 1.0 };
    let codes = (0..steps).map(|step| {
        let mut moved = code.to_vec();
        moved[dim] = (f64::from(center) + f64::from(scale) * f64::from(span) * position(step)) as f32;
        moved
    });
    Ok(codes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_dimension_moves_through_its_range_and_the_others_stay() {
        let code = [9.0, 8.0, 7.0];
        let codes = traverse(&code, &[0.0, 1.0, 0.0], &[1.0, 2.0, 1.0], 1, 3.0, 5).unwrap();
        let expected = [-5.0, -2.0, 1.0, 4.0, 7.0].map(|v| vec![9.0, v, 7.0]);
        assert_eq!(codes, expected);
    }

    #[test]
    fn an_odd_number_of_steps_passes_through_the_centre() {
        for steps in (1..40).step_by(2) {
            let codes = traverse(&[5.0], &[0.3], &[0.7], 0, 2.5, steps).unwrap();
            assert_eq!(codes.len(), steps);
            assert_eq!(codes[steps / 2], [0.3]);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let message = traverse(&[0.0; 4], &[0.0; 4], &[1.0; 4], 4, 3.0, 5).unwrap_err().to_string();
        assert!(message.contains("no dimension 4") && message.contains("last is 3"), "{message}");
        assert!(traverse(&[0.0; 4], &[0.0; 2], &[1.0; 4], 3, 3.0, 5).is_err());
        assert!(traverse(&[0.0], &[0.0], &[1.0], 0, 3.0, 0).is_err());
        assert!(traverse(&[0.0], &[0.0], &[1.0], 0, f32::NAN, 3).is_err());
    }
}
