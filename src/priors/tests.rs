use super::*;
use crate::priors::flow::some_flow;

const CPU: Device = Device::Cpu;

/// Rows of a Gaussian of mixed numbers around a mean.
fn gaussian_rows(n: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = RandomStream::new(seed);
    let row = |_| {
        let [a, b, c]: [f32; 3] = std::array::from_fn(|_| random.normal());
        vec![1.0 + 2.0 * a, -1.0 + a + 0.5 * b, 0.3 * c]
    };
    (0..n).map(row).collect()
}

/// ln of the density that [`gaussian_rows`] draws from.
fn gaussian_truth(row: &[f32]) -> f64 {
    let [x, y, z] = [row[0], row[1], row[2]].map(f64::from);
    let a = (x - 1.0) / 2.0;
    let b = (y + 1.0 - a) / 0.5;
    let c = z / 0.3;
    -0.5 * (a * a + b * b + c * c) - 1.5 * (2.0 * std::f64::consts::PI).ln() - (2.0f64 * 0.5 * 0.3).ln()
}

fn mean_nll(rows: &[Vec<f32>], log_density: impl Fn(&[f32]) -> f64) -> f64 {
    -rows.iter().map(|row| log_density(row)).sum::<f64>() / rows.len() as f64 / rows[0].len() as f64
}

fn near(a: &[Vec<f32>], b: &[Vec<f32>], most: f32) {
    let off = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off <= most, "off by {off}");
}

#[test]
fn a_gaussian_has_the_density_of_its_codes_and_its_noise_comes_back() {
    let (train, test) = (gaussian_rows(20_000, 1), gaussian_rows(2000, 2));
    for unit in [[1.0, 1.0, 1.0], [0.1, 3.0, 7.0]] {
        let basis = Basis::fit(&train, &unit, &CPU).unwrap();
        let prior = Prior::new(basis, Density::Gaussian, &CPU);
        let (found, truth) = (prior.nll(&test, 0).unwrap(), mean_nll(&test, gaussian_truth));
        assert!((found - truth).abs() < 0.01, "{found} nats instead of {truth}");
        let noise = prior.noise_of(&test, 8).unwrap();
        near(&prior.codes_of(&noise, 8).unwrap(), &test, 1e-4);
        for k in 0..3 {
            let variance = noise.iter().map(|row| f64::from(row[k]).powi(2)).sum::<f64>() / 2000.0;
            // Five standard errors of a variance.
            assert!((variance - 1.0).abs() < 5.0 * (2.0f64 / 2000.0).sqrt(), "{variance}");
        }
        let read = Prior::load(&prior.store().unwrap(), &PriorInfo::unmeasured(PriorKind::Gaussian), 3, &CPU)
            .unwrap();
        assert_eq!(read.codes_of(&noise, 8).unwrap(), prior.codes_of(&noise, 8).unwrap());
    }
}

/// Rows of three far-apart Gaussians of the weights ½, ¼, ¼.
fn three_heaps(n: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = RandomStream::new(seed);
    let row = |_| {
        let center = [[-4.0, 0.0], [-4.0, 0.0], [3.0, 3.0], [3.0, -3.0]][(random.next_u64() % 4) as usize];
        vec![center[0] + random.normal::<f32>(), center[1] + 0.5 * random.normal::<f32>()]
    };
    (0..n).map(row).collect()
}

fn three_heaps_truth(row: &[f32]) -> f64 {
    let [x, y] = [row[0], row[1]].map(f64::from);
    let heap = |weight: f64, cx: f64, cy: f64| {
        weight * (-0.5 * ((x - cx).powi(2) + ((y - cy) / 0.5).powi(2))).exp()
            / (2.0 * std::f64::consts::PI * 0.5)
    };
    (heap(0.5, -4.0, 0.0) + heap(0.25, 3.0, 3.0) + heap(0.25, 3.0, -3.0)).ln()
}

#[test]
fn a_mixture_recovers_a_known_density() {
    let (train, test) = (three_heaps(6000, 1), three_heaps(3000, 2));
    let basis = Basis::fit(&train, &[1.0, 1.0], &CPU).unwrap();
    let fit = |count| fit_mixture(&basis, &train, count, 3, &mut |_, _| ControlFlow::Continue(())).unwrap();
    let truth = mean_nll(&test, three_heaps_truth);
    let prior = Prior::new(basis.clone(), Density::Mixture(fit(3)), &CPU);
    let found = prior.nll(&test, 0).unwrap();
    assert!((found - truth).abs() < 0.02, "{found} nats instead of {truth}");
    let one = Prior::new(basis.clone(), Density::Mixture(fit(1)), &CPU).nll(&test, 0).unwrap();
    assert!(one > truth + 0.2, "one Gaussian describes three heaps: {one} nats");
    // Draws lie in the three heaps by their weights, and repeat by seed and number.
    let drawn = prior.sample(&[1.0; 2], 4000, 9).unwrap();
    let share = |heap: fn(&Vec<f32>) -> bool| drawn.iter().filter(|row| heap(row)).count() as f64 / 4000.0;
    for (found, weight) in [
        (share(|row| row[0] < 0.0), 0.5),
        (share(|row| row[0] > 0.0 && row[1] > 0.0), 0.25),
        (share(|row| row[0] > 0.0 && row[1] < 0.0), 0.25),
    ] {
        assert!((found - weight).abs() < 0.04, "{found} instead of {weight}");
    }
    assert_eq!(prior.sample(&[1.0; 2], 10, 9).unwrap(), drawn[..10]);
    let told = PriorInfo { mixed: Some(2), ..PriorInfo::unmeasured(PriorKind::Mixture(3)) };
    let read = Prior::load(&prior.store().unwrap(), &told, 2, &CPU).unwrap();
    assert!((read.nll(&test, 0).unwrap() - found).abs() < 1e-4);
    assert!(
        Prior::load(&prior.store().unwrap(), &PriorInfo::unmeasured(PriorKind::Mixture(3)), 2, &CPU).is_err()
    );
}

#[test]
fn a_mixture_that_cannot_be_says_so() {
    let rows = three_heaps(10, 1);
    let basis = Basis::fit(&rows, &[1.0, 1.0], &CPU).unwrap();
    for count in [0, 11] {
        assert!(fit_mixture(&basis, &rows, count, 0, &mut |_, _| ControlFlow::Continue(())).is_err());
    }
    let stop = fit_mixture(&basis, &rows, 2, 0, &mut |_, _| ControlFlow::Break(()));
    assert!(matches!(stop, Err(Error::Cancelled)));
    assert!(Basis::fit(&rows[..1], &[1.0, 1.0], &CPU).is_err());
}

#[test]
fn noise_of_codes_gives_the_codes_back() {
    let codes = gaussian_rows(64, 5);
    let basis = Basis::fit(&codes, &[1.0; 3], &CPU).unwrap();
    let prior = Prior::new(basis, Density::Flow(some_flow(2, 0.12)), &CPU);
    for steps in [4, 8, 16] {
        let noise = prior.noise_of(&codes, steps).unwrap();
        near(&prior.codes_of(&noise, steps).unwrap(), &codes, 2e-3);
    }
    // More steps change little: the solver is of second order.
    let noise = prior.noise_of(&codes, 64).unwrap();
    let [four, eight, many] = [4, 8, 256].map(|steps| prior.codes_of(&noise, steps).unwrap());
    let distance = |a: &[Vec<f32>], b: &[Vec<f32>]| -> f32 {
        a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
    };
    assert!(distance(&eight, &many) < 0.5 * distance(&four, &many));
    assert!(prior.codes_of(&[vec![0.0; 2]], 8).unwrap_err().to_string().contains("3 numbers"));
}
