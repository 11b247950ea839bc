//! Statistics of a batch of which each of several ranks has a share. A thread whose work nobody
//! [shares](crate::ranks::here) has the whole batch.
//!
//! Losses and gradients of a rank are those of its own share; whoever wants them of the batch weighs and adds them up
//! ([`backward_shared`](super::backward_shared)). What a normalisation or a penalty takes of the whole batch is added
//! up here, between its layers.

use candle_core::{Result, Tensor};

use super::composed::of_two;
use super::kernels::batch_norm::{self, ChannelMoments};
use crate::ranks::here;

/// The moments of a batch, and the number of values of each channel that they are of.
pub type BatchMoments = (ChannelMoments, usize);

/// Mean and biased variance of so many values of each channel, on any device.
pub struct Moments {
    pub mean: Tensor,
    pub variance: Tensor,
    pub values: usize,
}

/// Mean and variance of each of `channels` channels over all rows of `x` on all ranks.
pub fn moments(x: &[f32], channels: usize) -> BatchMoments {
    let rows = x.len() / channels;
    let own = batch_norm::wide_moments(x, channels);
    let ranks = here();
    if ranks.is_alone() {
        return (ChannelMoments::rounded(&own), rows);
    }
    let (all, rows) = of_all(&own, rows);
    (ChannelMoments::rounded(&all), rows)
}

/// Means and variances over all ranks, given those of this one's rows.
fn of_all(own: &[[f64; 2]], rows: usize) -> (Vec<[f64; 2]>, usize) {
    let n = rows as f64;
    // Sums of squares in f64 keep 16 digits, of which the variance of f32 needs 7: a mean of thousands of deviations
    // leaves enough.
    let sums = own.iter().flat_map(|[mean, variance]| [n * mean, n * (variance + mean * mean)]);
    let mut sums: Vec<f64> = sums.chain([n]).collect();
    here().sum(&mut sums);
    let n = sums.pop().unwrap_or(n);
    let of = |[sum, squares]: &[f64; 2]| {
        let mean = sum / n;
        [mean, (squares / n - mean * mean).max(0.0)]
    };
    (sums.as_chunks().0.iter().map(of).collect(), n as usize)
}

/// Adds up sums of all ranks.
pub fn add_up(sums: &mut [f64]) {
    here().sum(sums);
}

/// [`moments`] as tensors on any device, given those of this rank's rows.
pub fn of_all_ranks(own: Moments) -> Result<Moments> {
    if here().is_alone() {
        return Ok(own);
    }
    let pairs = floats(&own.mean)?.into_iter().zip(floats(&own.variance)?);
    let (all, values) = of_all(&pairs.map(<[f64; 2]>::from).collect::<Vec<_>>(), own.values);
    let of = |part: usize| tensor(all.iter().map(|moments| moments[part]).collect(), &own.mean);
    Ok(Moments { mean: of(0)?, variance: of(1)?, values })
}

/// Two sums a channel over this rank's rows, added up over all ranks; and the number of all rows.
pub fn sums_of_tensors(sums: [&Tensor; 2], rows: usize) -> Result<([Tensor; 2], usize)> {
    let [first, second] = sums;
    if here().is_alone() {
        return Ok(([first.clone(), second.clone()], rows));
    }
    let mut all = [floats(first)?, floats(second)?, vec![rows as f64]].concat();
    add_up(&mut all);
    let channels = first.elem_count();
    let part = |from: usize, like: &Tensor| tensor(all[from..from + channels].to_vec(), like);
    Ok(([part(0, first)?, part(channels, second)?], all[2 * channels] as usize))
}

/// Mean over the rows of all ranks, (n, k) to (k). Its gradient is that of this rank's own mean: a loss that is made
/// of it is on every rank the same loss of the whole batch, and weighs on each as much as its share.
pub fn batch_mean(rows: &Tensor) -> Result<Tensor> {
    let own = rows.mean(0)?;
    let ranks = here();
    if ranks.is_alone() {
        return Ok(own);
    }
    let mut mean = floats(&own)?;
    ranks.weigh(rows.dim(0)?, &mut mean);
    let all = tensor(mean, &own)?;
    let unused = all.clone();
    of_two([&own, &unused], all, "mean over ranks", |_, _, gradient| Ok([Some(gradient.clone()), None]))
}

fn floats(t: &Tensor) -> Result<Vec<f64>> {
    t.detach().to_dtype(candle_core::DType::F64)?.flatten_all()?.to_vec1()
}

fn tensor(values: Vec<f64>, like: &Tensor) -> Result<Tensor> {
    let device = like.device();
    let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
    Tensor::from_vec(values, like.shape(), device)?.to_dtype(like.dtype())
}

#[cfg(test)]
mod tests;
