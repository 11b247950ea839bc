//! A batch that threads share against the same batch on one.

use candle_core::{Device, Tensor, Var};

use super::batch_mean;
use crate::nn::activation::Activation;
use crate::nn::{dispatch, fallback};
use crate::random;
use crate::ranks::Ranks;
use crate::ranks::threads::on_threads;

const CHANNELS: usize = 6;
const ROWS: usize = 20;

/// (ROWS, 4, CHANNELS), the channels apart and off 0. Further off, the rounding of their means would be what is seen.
fn batch() -> Tensor {
    let values = random::standard_normal(3, 0, ROWS * 4 * CHANNELS);
    let shifted = values.iter().enumerate().map(|(i, v)| v + 0.3 * (i % CHANNELS) as f32);
    Tensor::from_vec(shifted.collect(), (ROWS, 4, CHANNELS), &Device::Cpu).unwrap()
}

fn floats(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

/// Result, moments and all gradients of a normalisation of a rank's rows; those of gain and offset are sums over ranks.
type Normalisation = (Vec<f32>, Vec<f32>, Vec<f32>, Vec<f64>);

fn normalised(ranks: &Ranks, on_a_card: bool) -> Normalisation {
    let share = ranks.share(ROWS);
    let part = |t: &Tensor| t.narrow(0, share.start, share.len()).unwrap().contiguous().unwrap();
    let x = Var::from_tensor(&part(&batch())).unwrap();
    let vector = |stream| {
        let values = random::uniform(stream, 1, CHANNELS);
        Var::from_vec(values, CHANNELS, &Device::Cpu).unwrap()
    };
    let (gamma, beta) = (vector(1), vector(2));
    let weights = part(&(batch() * 0.1).unwrap().sin().unwrap());
    let way = if on_a_card { fallback::batch_norm_train } else { dispatch::batch_norm_train };
    let (y, moments) = way(&x, &gamma, &beta, Activation::LeakyRelu(0.2)).unwrap();
    let grads = (&y * weights).unwrap().sum_all().unwrap().backward().unwrap();
    let of = |var: &Var| floats(grads.get(var).unwrap());
    let mut of_parameters: Vec<f64> = [of(&gamma), of(&beta)].concat().into_iter().map(f64::from).collect();
    ranks.sum(&mut of_parameters);
    assert_eq!(moments.values, 4 * ROWS);
    (floats(&y), [floats(&moments.mean), floats(&moments.variance)].concat(), of(&x), of_parameters)
}

fn assert_close<T: Into<f64> + Copy>(found: &[T], expected: &[T], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        let (found, expected): (f64, f64) = ((*found).into(), (*expected).into());
        assert!(
            (found - expected).abs() < 2e-5 * expected.abs().max(1.0),
            "{what}: {found} and not {expected}"
        );
    }
}

#[test]
#[cfg_attr(miri, ignore = "no unsafe code of ours; candle asks the machine for its processors")]
fn a_shared_batch_is_normalised_as_a_whole_one() {
    for on_a_card in [false, true] {
        let (y, moments, dx, of_parameters) = normalised(&Ranks::alone(), on_a_card);
        for size in [2, 3] {
            let parts = on_threads(size, |ranks| ranks.together(|| normalised(ranks, on_a_card)));
            let joined = |part: fn(&Normalisation) -> &Vec<f32>| {
                parts.iter().flat_map(|of_rank| part(of_rank).clone()).collect::<Vec<f32>>()
            };
            assert_close(&joined(|(y, ..)| y), &y, "result");
            assert_close(&joined(|(_, _, dx, _)| dx), &dx, "gradient");
            for (_, of_rank, _, sums) in &parts {
                assert_close(of_rank, &moments, "moments");
                assert_close(sums, &of_parameters, "gradients of gain and offset");
            }
        }
    }
}

/// d/dx of Σ mean² by the share of each rank.
#[test]
#[cfg_attr(miri, ignore = "no unsafe code of ours; candle asks the machine for its processors")]
fn a_mean_over_ranks_weighs_by_shares() {
    let rows = || batch().flatten_from(1).unwrap();
    let of = |ranks: &Ranks| {
        let share = ranks.share(ROWS);
        let x = Var::from_tensor(&rows().narrow(0, share.start, share.len()).unwrap()).unwrap();
        let loss = batch_mean(&x).unwrap().sqr().unwrap().sum_all().unwrap();
        let weighed = (&loss * (share.len() as f64 / ROWS as f64)).unwrap();
        let grads = weighed.backward().unwrap();
        (floats(&loss), floats(grads.get(&x).unwrap()))
    };
    let (loss, gradient) = of(&Ranks::alone());
    let parts = on_threads(3, |ranks| ranks.together(|| of(ranks)));
    assert!(parts.iter().all(|(found, _)| (found[0] - loss[0]).abs() < 1e-5 * loss[0]));
    let joined: Vec<f32> = parts.into_iter().flat_map(|(_, gradient)| gradient).collect();
    assert_close(&joined, &gradient, "gradient");
}
