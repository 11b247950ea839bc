//! The terms that training minimises, as free functions. Every reconstruction term is a **sum** over
//! pixels and channels and a **mean** over the batch, every KL a sum over latent dimensions and a mean
//! over the batch, so that `kl_weight` means the same for every image size and batch size.

use candle_core::{D, Result, Tensor};

use crate::nn;

/// Reconstruction term: `(1/n) Σ_i ‖x̂_i − x_i‖²`.
///
/// Up to a constant this is the negative log-likelihood of a Gaussian decoder with `sigma² = ½`
/// (Kingma & Welling 2014, appendix C.2).
///
/// * `reconstruction`, `target`: (n, height, width, channels)
/// * returns a scalar; the gradient goes to `reconstruction` alone
pub fn reconstruction(reconstruction: &Tensor, target: &Tensor) -> Result<Tensor> {
    let n = target.dim(0)?;
    nn::squared_error_sum(reconstruction, target)?.affine(1.0 / n as f64, 0.0)
}

/// KL divergence of N(mu, diag(exp(log_var))) from N(0, I) per image and dimension, in nats:
/// `½ (mu² + sigma² − log sigma² − 1)` (Kingma & Welling 2014, appendix B).
///
/// * `mu`, `log_var`: (n, latent_dim)
/// * returns (n, latent_dim)
pub fn gaussian_kl_per_dim(mu: &Tensor, log_var: &Tensor) -> Result<Tensor> {
    (((mu.sqr()? + log_var.exp()?)? - log_var)? - 1.0)? * 0.5
}

/// KL term: [`gaussian_kl_per_dim`] summed over dimensions, averaged over the batch; a scalar in nats.
pub fn gaussian_kl(mu: &Tensor, log_var: &Tensor) -> Result<Tensor> {
    gaussian_kl_per_dim(mu, log_var)?.sum(D::Minus1)?.mean_all()
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Var};

    use super::*;

    fn scalar(t: &Tensor) -> f64 {
        t.to_dtype(DType::F64).unwrap().to_scalar().unwrap()
    }

    #[test]
    fn the_kl_of_the_prior_from_itself_is_zero() {
        let zeros = Tensor::zeros((3, 5), DType::F32, &Device::Cpu).unwrap();
        assert_eq!(scalar(&gaussian_kl(&zeros, &zeros).unwrap()), 0.0);
    }

    /// `torch.distributions.kl_divergence(Normal(m, s), Normal(0, 1))` for (m, s) = (1, 2), (−0.5, 0.1).
    #[test]
    fn the_kl_agrees_with_torch_distributions() {
        let mu = Tensor::new(&[[1f64, -0.5]], &Device::Cpu).unwrap();
        let log_var = Tensor::new(&[[4f64.ln(), 0.01f64.ln()]], &Device::Cpu).unwrap();
        let per_dim = gaussian_kl_per_dim(&mu, &log_var).unwrap().to_vec2::<f64>().unwrap();
        assert!((per_dim[0][0] - 1.306_852_819_440_054_6).abs() < 1e-12);
        assert!((per_dim[0][1] - 1.932_585_092_994_046_7).abs() < 1e-12);
    }

    #[test]
    fn terms_are_means_over_the_batch_and_sums_over_the_rest() {
        let target = Tensor::zeros((4, 2, 2, 3), DType::F32, &Device::Cpu).unwrap();
        let off_by_half = (target.ones_like().unwrap() * 0.5).unwrap();
        assert_eq!(scalar(&reconstruction(&off_by_half, &target).unwrap()), 12.0 * 0.25);
        let ones = Tensor::ones((4, 6), DType::F32, &Device::Cpu).unwrap();
        assert!((scalar(&gaussian_kl(&ones, &ones.zeros_like().unwrap()).unwrap()) - 3.0).abs() < 1e-6);
    }

    /// In f32: vanishing variances, and those up to where exp overflows, have the right value and gradient;
    /// beyond, the loss is infinite, which ends a run with a sentence, and never not-a-number.
    #[test]
    fn extreme_variances_stay_numbers() {
        let mu = Tensor::zeros((1, 1), DType::F32, &Device::Cpu).unwrap();
        for log_var in [-1e30f32, -1e4, -100.0, -20.0, -1e-3, 0.0, 1e-3, 20.0, 88.0] {
            let var = Var::new(&[[log_var]], &Device::Cpu).unwrap();
            let kl = gaussian_kl(&mu, &var).unwrap();
            let grads = kl.backward().unwrap();
            let slope = scalar(&grads.get(&var).unwrap().sum_all().unwrap());
            let exact = f64::from(log_var);
            for (found, expected) in
                [(scalar(&kl), 0.5 * (exact.exp() - exact - 1.0)), (slope, 0.5 * exact.exp_m1())]
            {
                // What is lost near 0 is a rounding of the 1 in the formula.
                let off = (found - expected).abs();
                assert!(off <= 1e-6 * expected.abs() + 1e-7, "log_var {log_var}: {found} and not {expected}");
            }
        }
        for log_var in [89.0f32, 1e4, 1e30] {
            let log_var = Tensor::new(&[[log_var]], &Device::Cpu).unwrap();
            assert_eq!(scalar(&gaussian_kl(&mu, &log_var).unwrap()), f64::INFINITY);
        }
    }

    /// Central differences in double precision.
    #[test]
    fn gradients_agree_with_finite_differences() {
        let target = Tensor::new(&[[[[0.2f64, 0.7, 0.4]]], [[[0.9, 0.1, 0.3]]]], &Device::Cpu).unwrap();
        let check = |start: &Tensor, f: &dyn Fn(&Tensor) -> Tensor| {
            let var = Var::from_tensor(start).unwrap();
            let grads = f(var.as_tensor()).backward().unwrap();
            let analytic = grads.get(&var).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
            let values = start.flatten_all().unwrap().to_vec1::<f64>().unwrap();
            for (i, analytic) in analytic.iter().enumerate() {
                let at = |delta: f64| {
                    let mut moved = values.clone();
                    moved[i] += delta;
                    scalar(&f(&Tensor::from_vec(moved, start.shape(), &Device::Cpu).unwrap()))
                };
                let numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((numeric - analytic).abs() < 1e-7, "{numeric} against {analytic}");
            }
        };
        let start = Tensor::new(&[[[[0.5f64, 0.5, 0.1]]], [[[0.3, 0.8, 0.3]]]], &Device::Cpu).unwrap();
        check(&start, &|x| reconstruction(x, &target).unwrap());
        let mu = Tensor::new(&[[0.3f64, -1.2], [2.0, 0.0]], &Device::Cpu).unwrap();
        let log_var = Tensor::new(&[[-0.5f64, 0.8], [0.0, -3.0]], &Device::Cpu).unwrap();
        check(&mu, &|m| gaussian_kl(m, &log_var).unwrap());
        check(&log_var, &|l| gaussian_kl(&mu, l).unwrap());
    }
}
