use candle_core::Device;

use super::*;
use crate::latent::statistics::Encoded;
use crate::random::RandomStream;

/// Points around (−2, 0) and, half as many, (2, 1).
fn two_heaps(n: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = RandomStream::new(seed);
    let row = |_| {
        let center = if random.next_u64().is_multiple_of(3) { [2.0, 1.0] } else { [-2.0, 0.0] };
        vec![center[0] + 0.7 * random.normal::<f32>(), center[1] + 0.7 * random.normal::<f32>()]
    };
    (0..n).map(row).collect()
}

/// Nats per number of the density that [`two_heaps`] draws from, negative, a mean.
fn truth(rows: &[Vec<f32>]) -> f64 {
    let of_row = |row: &Vec<f32>| {
        let heap = |weight: f64, x: f64, y: f64| {
            let squares = (f64::from(row[0]) - x).powi(2) + (f64::from(row[1]) - y).powi(2);
            weight * (-0.5 * squares / 0.49).exp() / (2.0 * std::f64::consts::PI * 0.49)
        };
        -(heap(1.0 / 3.0, 2.0, 1.0) + heap(2.0 / 3.0, -2.0, 0.0)).ln() / 2.0
    };
    rows.iter().map(of_row).sum::<f64>() / rows.len() as f64
}

fn codes(rows: Vec<Vec<f32>>) -> Encoded {
    Encoded { mu: rows, log_var: None }
}

const SMALL: FlowShape = FlowShape { components: 2, width: 48, blocks: 2 };

#[test]
fn a_flow_recovers_a_known_density() {
    let (train, held_out) = (two_heaps(4000, 1), two_heaps(600, 2));
    let basis = Basis::fit(&train, &[1.0, 1.0], &Device::Cpu).unwrap();
    let gaussian = Prior::new(basis.clone(), Density::Gaussian, &Device::Cpu).nll(&held_out, 0).unwrap();
    let mut training =
        FlowTraining::new(&basis, (SMALL, 600, 5), &codes(train), &held_out, None, &Device::Cpu).unwrap();
    let before = training.look().unwrap();
    while !training.is_done() {
        training.update().unwrap();
        if training.step.is_multiple_of(LOOK_EVERY) {
            training.look().unwrap();
        }
    }
    assert!(training.best().1 < before);
    let flow = training.finished().unwrap();
    let prior = Prior::new(basis.clone(), Density::Flow(flow), &Device::Cpu);
    let (found, truth) = (prior.nll(&held_out, 0).unwrap(), truth(&held_out));
    assert!(found < truth + 0.06, "{found} nats, and {truth} is possible");
    assert!(gaussian > truth + 0.12, "one Gaussian is not enough: {gaussian} nats, and {truth} is possible");
    let drawn = prior.sample(&[1.0; 2], 3000, 1).unwrap();
    let drawn = prior.codes_of(&drawn, 16).unwrap();
    let right = drawn.iter().filter(|row| row[0] > 0.0).count() as f64 / 3000.0;
    assert!((right - 1.0 / 3.0).abs() < 0.05, "{right} of the draws lie in the smaller heap");
}

#[test]
fn a_training_that_was_stopped_goes_on_to_the_same_flow() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.safetensors.prior");
    let mut train = codes(two_heaps(200, 1));
    train.log_var = Some(vec![vec![-3.0, -2.0]; 200]);
    let held_out = two_heaps(40, 2);
    let basis = Basis::fit(&train.mu, &posterior_deviation(&train), &Device::Cpu).unwrap();
    let begin =
        |state| FlowTraining::new(&basis, (SMALL, 40, 5), &train, &held_out, state, &Device::Cpu).unwrap();
    let go_on = |training: &mut FlowTraining<'_>, until| {
        while training.step < until {
            training.update().unwrap();
            if training.step.is_multiple_of(5) {
                training.look().unwrap();
            }
        }
    };
    let mut whole = begin(None);
    go_on(&mut whole, 20);
    let mut first = begin(None);
    go_on(&mut first, 12);
    first.state().unwrap().write(&file, "an order").unwrap();
    assert!(FlowState::read(&file, "another").is_none());
    let mut second = begin(FlowState::read(&file, "an order"));
    assert_eq!(second.step, 12);
    go_on(&mut second, 20);
    assert_eq!(whole.best(), second.best());
    let weights = |training: &FlowTraining<'_>| {
        let state = training.state().unwrap();
        let mut all: Vec<(String, Vec<f32>)> = state
            .tensors
            .iter()
            .map(|(name, tensor)| (name.clone(), tensor.flatten_all().unwrap().to_vec1().unwrap()))
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    assert!(weights(&whole) == weights(&second));
    std::fs::write(&file, b"damaged").unwrap();
    assert!(FlowState::read(&file, "an order").is_none());
}
