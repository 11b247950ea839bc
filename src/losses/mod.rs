//! The terms that training minimises, as free functions. Every reconstruction term is a **sum** over
//! pixels and channels and a **mean** over the batch, every KL a sum over latent dimensions and a mean
//! over the batch, so that `kl_weight` means the same for every image size and batch size.

pub mod features;
pub mod objective;

use candle_core::{D, Result, Tensor};

use crate::config::Likelihood;
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

/// Distance that a probability keeps from 0 and 1, where the logarithms end: at most 1e-6 nats a pixel.
const PROBABILITY_MARGIN: f64 = 1e-6;

/// Negative log-likelihood of pixels that are black or white: `−(1/n) Σ_i Σ_p x log p + (1 − x) log(1 − p)` in nats
/// (Kingma & Welling 2014, appendix C.1). Probabilities are squeezed by a line into [1e-6, 1 − 1e-6], not cut off, so
/// that a pixel that is stuck at an end still has a gradient.
///
/// * `probabilities`: (n, height, width, 1) in [0, 1]
/// * `target`: the same shape, 0 or 1
/// * returns a scalar; the gradient goes to `probabilities` alone
pub fn bernoulli_nll(probabilities: &Tensor, target: &Tensor) -> Result<Tensor> {
    let n = target.dim(0)?;
    bernoulli_nll_per_pixel(probabilities, target)?.sum_all()?.affine(1.0 / n as f64, 0.0)
}

/// [`bernoulli_nll`] before it is summed.
pub fn bernoulli_nll_per_pixel(probabilities: &Tensor, target: &Tensor) -> Result<Tensor> {
    let target = target.detach();
    let white = probabilities.affine(1.0 - 2.0 * PROBABILITY_MARGIN, PROBABILITY_MARGIN)?;
    let black = white.affine(-1.0, 1.0)?;
    ((white.log()? * &target)? + (black.log()? * target.affine(-1.0, 1.0)?)?)?.neg()
}

/// The reconstruction term of a likelihood, see [`reconstruction`] and [`bernoulli_nll`].
pub fn of_likelihood(likelihood: Likelihood, output: &Tensor, target: &Tensor) -> Result<Tensor> {
    match likelihood {
        Likelihood::Gaussian => reconstruction(output, target),
        Likelihood::Bernoulli => bernoulli_nll(output, target),
    }
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

/// Binary cross-entropy of logits, `mean(−t log σ(x) − (1 − t) log(1 − σ(x)))`, in nats.
///
/// In the form `max(x, 0) − x t + log(1 + exp(−|x|))`, which no logit overflows; its gradient is
/// `(σ(x) − t) / n` everywhere, also at 0 and where σ is 0 or 1 to machine precision.
///
/// * `logits`, `target`: the same shape; targets in [0, 1]
/// * returns a scalar; the gradient goes to `logits` alone
pub fn bce_with_logits(logits: &Tensor, target: &Tensor) -> Result<Tensor> {
    // |x| = x · sign(x) with a constant sign: max(x, 0) = (x + |x|) / 2 has then the slopes 0, ½ and 1,
    // where candle's relu has 1 at 0.
    let magnitude = (logits * logits.detach().sign()?)?;
    let above_zero = ((logits + &magnitude)? * 0.5)?;
    let tail = (magnitude.neg()?.exp()? + 1.0)?.log()?;
    ((above_zero - (logits * target.detach())?)? + tail)?.mean_all()
}

/// KL term with free bits: `Σ_j max(λ, (1/n) Σ_i KL_ij)`. A dimension whose KL, averaged over the batch, is
/// below `λ` nats has no gradient, so nothing draws it further down (Kingma et al. 2016, appendix C.8,
/// <https://arxiv.org/abs/1606.04934>, with each dimension a group of its own).
///
/// * `mu`, `log_var`: (n, latent_dim)
/// * `free_bits`: `λ` in nats; with 0 it is [`gaussian_kl`]
/// * returns a scalar in nats, at least `λ · latent_dim`
pub fn free_bits_kl(mu: &Tensor, log_var: &Tensor, free_bits: f64) -> Result<Tensor> {
    let per_dim = nn::batch_mean(&gaussian_kl_per_dim(mu, log_var)?)?;
    ((per_dim - free_bits)?.relu()? + free_bits)?.sum_all()
}

/// Distance that a mean activity keeps from 0 and 1, where the logarithms end.
const ACTIVITY_MARGIN: f64 = 1e-6;

/// Sparsity penalty `Σ_j p·log(p/p_j) + (1 − p)·log((1 − p)/(1 − p_j))`, the KL of a coin with probability
/// `p_j = (1/n) Σ_i z_ij` from one with probability `p` (Ng 2011, CS294A lecture notes "Sparse
/// autoencoder", section 3). The mean activity is that of the batch. It is squeezed into
/// [1e-6, 1 − 1e-6] by a line, not cut off, so that a unit that is stuck at an end still has a gradient.
/// It bounds the mean alone: what keeps a decoder from scaling small activities up is weight decay, which
/// is part of Ng's cost and here the optimiser's.
///
/// * `codes`: (n, latent_dim) in [0, 1]
/// * `target`: `p` in (0, 1)
/// * returns a scalar in nats; 0 where every unit's mean activity is `p`
pub fn sparsity_kl(codes: &Tensor, target: f64) -> Result<Tensor> {
    let activity = nn::batch_mean(codes)?.affine(1.0 - 2.0 * ACTIVITY_MARGIN, ACTIVITY_MARGIN)?;
    let on = activity.log()?.affine(-target, target * target.ln())?;
    let rest = 1.0 - target;
    let off = activity.affine(-1.0, 1.0)?.log()?.affine(-rest, rest * rest.ln())?;
    (on + off)?.sum_all()
}

/// Sparsity penalty `(1/n) Σ_i Σ_j |z_ij|`; a scalar.
///
/// * `codes`: (n, latent_dim)
pub fn sparsity_l1(codes: &Tensor) -> Result<Tensor> {
    codes.abs()?.sum(D::Minus1)?.mean_all()
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

    /// `torch.nn.functional.binary_cross_entropy_with_logits(x, t, reduction="none")` and its gradient, in
    /// float64 by torch 2.15.0: (x, t, loss, gradient).
    const BCE: &[(f64, f64, f64, f64)] = &[
        (-100.0, 0.0, 0.0, 3.7200759760208356e-44),
        (-100.0, 1.0, 100.0, -1.0),
        (-100.0, 0.9, 90.0, -0.9),
        (-20.0, 0.0, 2.061153026033935e-09, 2.0611536181902037e-09),
        (-20.0, 1.0, 20.000000002061153, -0.9999999979388464),
        (-20.0, 0.9, 18.000000002061153, -0.8999999979388464),
        (-1.5, 0.0, 0.20141327798275244, 0.18242552380635635),
        (-1.5, 1.0, 1.7014132779827524, -0.8175744761936437),
        (-1.5, 0.9, 1.5514132779827525, -0.7175744761936437),
        (0.0, 0.0, std::f64::consts::LN_2, 0.5),
        (0.0, 1.0, std::f64::consts::LN_2, -0.5),
        (0.0, 0.9, std::f64::consts::LN_2, -0.4),
        (0.25, 0.0, 0.8259394198788436, 0.5621765008857981),
        (0.25, 1.0, 0.5759394198788436, -0.43782349911420193),
        (0.25, 0.9, 0.6009394198788436, -0.33782349911420195),
        (20.0, 0.0, 20.000000002061153, 0.9999999979388463),
        (20.0, 1.0, 2.061153620314381e-09, -2.06115369216775e-09),
        (20.0, 0.9, 2.000000002061153, 0.09999999793884629),
        (100.0, 0.0, 100.0, 1.0),
        (100.0, 1.0, 3.720075976020836e-44, 0.0),
        (100.0, 0.9, 9.999999999999998, 0.09999999999999998),
    ];

    #[test]
    fn the_cross_entropy_and_its_gradient_agree_with_torch_at_every_logit() {
        for dtype in [DType::F32, DType::F64] {
            // f32 has 7 digits, of the larger terms that cancel in a loss near 0 too.
            let tolerance = if dtype == DType::F32 { 2e-7 } else { 1e-15 };
            for (logit, target, loss, gradient) in BCE {
                let on_cpu = |v: f64| Tensor::new(&[v], &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
                let x = Var::from_tensor(&on_cpu(*logit)).unwrap();
                let ours = bce_with_logits(x.as_tensor(), &on_cpu(*target)).unwrap();
                let ours_gradient = scalar(&ours.backward().unwrap().get(&x).unwrap().squeeze(0).unwrap());
                let ours = scalar(&ours);
                let close = |a: f64, b: f64| (a - b).abs() <= tolerance * b.abs().max(1.0);
                assert!(close(ours, *loss), "{dtype:?} {logit} {target}: {ours} instead of {loss}");
                assert!(
                    close(ours_gradient, *gradient),
                    "{dtype:?} {logit} {target}: gradient {ours_gradient} instead of {gradient}"
                );
            }
        }
    }

    #[test]
    fn the_cross_entropy_is_a_mean_and_what_is_no_number_stays_none() {
        let of = |logits: &[f64]| {
            let logits = Tensor::new(logits, &Device::Cpu).unwrap();
            scalar(&bce_with_logits(&logits, &logits.ones_like().unwrap()).unwrap())
        };
        assert!((of(&[0.0, -100.0]) - (2f64.ln() + 100.0) / 2.0).abs() < 1e-12);
        assert!(of(&[0.0, f64::NAN]).is_nan());
    }

    /// Holds the gradient of `f` at `start` to central differences in double precision.
    fn assert_gradient(start: &Tensor, f: &dyn Fn(&Tensor) -> Tensor) {
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
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let target = Tensor::new(&[[[[0.2f64, 0.7, 0.4]]], [[[0.9, 0.1, 0.3]]]], &Device::Cpu).unwrap();
        let start = Tensor::new(&[[[[0.5f64, 0.5, 0.1]]], [[[0.3, 0.8, 0.3]]]], &Device::Cpu).unwrap();
        assert_gradient(&start, &|x| reconstruction(x, &target).unwrap());
        let mu = Tensor::new(&[[0.3f64, -1.2], [2.0, 0.0]], &Device::Cpu).unwrap();
        let log_var = Tensor::new(&[[-0.5f64, 0.8], [0.0, -3.0]], &Device::Cpu).unwrap();
        assert_gradient(&mu, &|m| gaussian_kl(m, &log_var).unwrap());
        assert_gradient(&log_var, &|l| gaussian_kl(&mu, l).unwrap());
        // The dimensions have 1.05 and 0.98 nats: with 1 free nat the gradient flows to the first alone.
        for free_bits in [0.0, 0.1, 1.0] {
            assert_gradient(&mu, &|m| free_bits_kl(m, &log_var, free_bits).unwrap());
            assert_gradient(&log_var, &|l| free_bits_kl(&mu, l, free_bits).unwrap());
        }
        let codes = Tensor::new(&[[0.3f64, 0.9, 0.02], [0.1, 0.6, 0.04]], &Device::Cpu).unwrap();
        assert_gradient(&codes, &|z| sparsity_kl(z, 0.05).unwrap());
        let signed = Tensor::new(&[[0.3f64, -0.9], [0.1, -0.6]], &Device::Cpu).unwrap();
        assert_gradient(&signed, &|z| sparsity_l1(z).unwrap());
        let logits = Tensor::new(&[-30f64, -2.0, -0.1, 0.0, 0.4, 3.0, 40.0], &Device::Cpu).unwrap();
        let target = Tensor::new(&[1f64, 0.0, 0.9, 0.3, 1.0, 0.0, 0.0], &Device::Cpu).unwrap();
        assert_gradient(&logits, &|x| bce_with_logits(x, &target).unwrap());
    }

    /// `free_bits_kl` of a batch of two by hand from `torch.distributions.kl_divergence` per dimension.
    #[test]
    fn free_bits_raise_each_dimension_to_the_floor() {
        let mu = Tensor::new(&[[1f64, 0.1], [0.0, 0.1]], &Device::Cpu).unwrap();
        let log_var = mu.zeros_like().unwrap();
        let kl = |free_bits| scalar(&free_bits_kl(&mu, &log_var, free_bits).unwrap());
        // Per dimension ½·mean(mu²): 0.25 and 0.005 nats.
        assert!((kl(0.0) - 0.255).abs() < 1e-12);
        assert!((kl(0.1) - 0.35).abs() < 1e-12);
        assert!((kl(1.0) - 2.0).abs() < 1e-12);
        assert!((kl(0.0) - scalar(&gaussian_kl(&mu, &log_var).unwrap())).abs() < 1e-12);
    }

    /// `kl_divergence(Bernoulli(0.05), Bernoulli(p)).sum()` of torch.distributions, in double precision, for
    /// p = (0.5, 0.05, 0.2).
    #[test]
    fn the_sparsity_kl_agrees_with_torch_distributions() {
        let codes = Tensor::new(&[[0.4f64, 0.02, 0.3], [0.6, 0.08, 0.1]], &Device::Cpu).unwrap();
        let found = scalar(&sparsity_kl(&codes, 0.05).unwrap());
        assert!((found - 0.588_574_963_238_404_4).abs() < 3e-6, "{found}");
    }

    #[test]
    fn a_unit_at_an_end_has_a_finite_penalty_and_a_gradient() {
        for (end, sign) in [(0f32, -1.0), (1.0, 1.0)] {
            let codes = Var::from_tensor(&Tensor::full(end, (4, 2), &Device::Cpu).unwrap()).unwrap();
            let penalty = sparsity_kl(&codes, 0.05).unwrap();
            assert!(scalar(&penalty).is_finite() && scalar(&penalty) > 0.1);
            let grads = penalty.backward().unwrap();
            let gradient = grads.get(&codes).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert!(gradient.iter().all(|g| g.is_finite() && g * sign > 1.0), "{end}: {gradient:?}");
        }
    }

    #[test]
    fn the_l1_penalty_is_a_sum_over_units_and_a_mean_over_the_batch() {
        let codes = Tensor::new(&[[1f64, -2.0, 0.0], [0.5, 0.0, 0.0]], &Device::Cpu).unwrap();
        assert!((scalar(&sparsity_l1(&codes).unwrap()) - 1.75).abs() < 1e-12);
    }
}
