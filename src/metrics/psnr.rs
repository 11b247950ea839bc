//! Peak signal-to-noise ratio.

/// 10·log10(1/MSE) in dB of a picture with values in [0, 1] and this mean squared error; higher is better, infinite
/// for identical pictures, NaN for NaN.
///
/// For several pictures the mean of their PSNRs is meant, not the PSNR of their mean error.
pub fn psnr_of_mse(mse: f64) -> f64 {
    // Subtracting from 0 keeps an error of 1 from becoming −0 dB.
    0.0 - 10.0 * mse.log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::re::mse;

    #[test]
    fn a_tenth_of_the_error_is_ten_decibels_more() {
        assert_eq!(psnr_of_mse(1.0), 0.0);
        assert!(psnr_of_mse(1.0).is_sign_positive());
        assert!((psnr_of_mse(0.001) - 30.0).abs() < 1e-12);
        assert_eq!(psnr_of_mse(mse(&[0.25; 3], &[0.25; 3])), f64::INFINITY);
        assert!(psnr_of_mse(mse(&[0.0; 3], &[0.0; 2])).is_nan());
    }
}
