//! Copy check: whether draws lie nearer to training images than real images that a model has never seen do.
//!
//! Meehan, Chaudhuri, Dasgupta: "A non-parametric test to detect data-copying in generative models", 2020,
//! <https://arxiv.org/abs/2004.05675>. L(x) is the distance of x to the nearest training image, P are the real images
//! that the model was not trained on, Q the draws. Of their statistics this is Z_U, over the whole space: the count of
//! pairs in which L(q) is above L(p) (Mann and Whitney), less what equal distributions have, over its standard
//! deviation. Their mean over the cells of a partition asks for more unseen images than there often are.
//!
//! A few copies among many draws hardly move that; for them there is the share of draws that are nearer than the
//! nearest hundredth of the unseen images.

use super::distances::{RowObserver, Rows, check_dims, scan};
use super::features::Features;
use crate::error::Result;
use crate::report::{CopyCheck, CopySpace};

/// Checks draws against the images that their model was trained on and real ones that it was not. `watch` is told the
/// rows that are done: all of the draws and the unseen images.
///
/// # Errors
/// Features of unequal dimensions; [`Error::Cancelled`](crate::Error::Cancelled) when `watch` broke.
pub fn copy_check(
    space: CopySpace,
    [train, unseen]: [&Features; 2],
    drawn: &Features,
    watch: RowObserver<'_>,
) -> Result<CopyCheck> {
    check_dims(train, unseen)?;
    check_dims(train, drawn)?;
    let train_rows = Rows::new(train, watch)?;
    let of_unseen = nearest(unseen, &train_rows, watch)?;
    let of_drawn = nearest(drawn, &train_rows, &mut |done| watch(unseen.len() + done))?;
    let n = of_unseen.len();
    let as_near = of_unseen[CopyCheck::nearest_of_unseen(n) - 1];
    let copied = of_drawn.partition_point(|distance| *distance < as_near);
    Ok(CopyCheck {
        space,
        nearest: median(&of_drawn),
        nearest_unseen: median(&of_unseen),
        copied: copied as f64 / of_drawn.len() as f64,
        copy_z: mann_whitney(&of_unseen, &of_drawn),
        n_train: train.len(),
        n_unseen: n,
        n_drawn: drawn.len(),
    })
}

/// Euclidean distances of some rows to the nearest of others, ascending.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled) when `watch` broke.
pub fn nearest_distances(features: &Features, among: &Features, watch: RowObserver<'_>) -> Result<Vec<f64>> {
    check_dims(among, features)?;
    nearest(features, &Rows::new(among, watch)?, watch)
}

/// [`nearest_distances`] among rows that are ready.
pub fn nearest(features: &Features, among: &Rows<'_>, watch: RowObserver<'_>) -> Result<Vec<f64>> {
    let mut nearest = nearest_in_order(features, among, watch)?;
    nearest.sort_unstable_by(f64::total_cmp);
    Ok(nearest)
}

/// [`nearest`] in the order of the rows.
pub fn nearest_in_order(features: &Features, among: &Rows<'_>, watch: RowObserver<'_>) -> Result<Vec<f64>> {
    let rows = Rows::new(features, watch)?;
    let nothing = || vec![f64::INFINITY; super::distances::BLOCK];
    let look = |found: &mut Vec<f64>, (local, _): (usize, usize), _: usize, distances: &[f64]| {
        found[local] = distances.iter().copied().fold(found[local], f64::min);
    };
    let mut nearest = Vec::with_capacity(features.len());
    scan(&rows, among, nothing, look, watch, |rows, found: Vec<f64>| {
        // A product that cancels may leave a little less than nothing.
        nearest.extend(found[..rows.len()].iter().map(|squared| squared.max(0.0).sqrt()));
    })?;
    Ok(nearest)
}

/// Median of ascending numbers.
pub fn median(values: &[f64]) -> f64 {
    let half = values.len() / 2;
    if values.len().is_multiple_of(2) { (values[half - 1] + values[half]) / 2.0 } else { values[half] }
}

/// Z of the pairs in which a number of `q` is above one of `p`, equal ones counting half; both ascend.
fn mann_whitney(p: &[f64], q: &[f64]) -> f64 {
    let above = |q: &f64| {
        let (below, to) = (p.partition_point(|p| p < q), p.partition_point(|p| p <= q));
        (below + to) as f64 / 2.0
    };
    let (m, n) = (p.len() as f64, q.len() as f64);
    let u: f64 = q.iter().map(above).sum();
    (u - m * n / 2.0) / (m * n * (m + n + 1.0) / 12.0).sqrt()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::error::Error;
    use crate::random::RandomStream;

    /// Points of a Gaussian in ten dimensions.
    fn points(n: usize, stream: u64) -> Vec<f32> {
        let mut generator = RandomStream::of_stream(7, stream);
        (0..n * 10).map(|_| generator.normal::<f64>() as f32).collect()
    }

    fn set(values: Vec<f32>) -> Features {
        Features::from_f32(values, 10).unwrap()
    }

    fn check(train: &Features, unseen: &Features, drawn: Vec<f32>) -> CopyCheck {
        copy_check(CopySpace::Codes, [train, unseen], &set(drawn), &mut |_| ControlFlow::Continue(()))
            .unwrap()
    }

    #[test]
    fn copies_are_found_and_others_are_not() {
        let (train, unseen) = (points(700, 1), set(points(400, 2)));
        let (training, fresh) = (set(train.clone()), points(300, 3));
        let other = check(&training, &unseen, fresh.clone());
        assert!(other.copy_z.abs() < 3.0 && other.copied < 0.03, "{other:?}");
        assert!((other.nearest / other.nearest_unseen - 1.0).abs() < 0.1, "{other:?}");
        assert_eq!((other.n_train, other.n_unseen), (700, 400));
        assert!(!other.is_suspicious());

        // Training images with a little noise.
        let noise = points(300, 4);
        let near: Vec<f32> = train.iter().zip(&noise).map(|(v, noise)| v + 0.05 * noise).collect();
        let copies = check(&training, &unseen, near.clone());
        assert!(copies.copy_z < -15.0 && copies.copied == 1.0 && copies.is_suspicious(), "{copies:?}");
        assert!(copies.nearest < 0.2 * copies.nearest_unseen, "{copies:?}");

        // One draw in ten a copy: the middle does not move, the share says it.
        let some = [&near[..300], &fresh[300..]].concat();
        let some = check(&training, &unseen, some);
        assert!((0.1..0.13).contains(&some.copied) && some.is_suspicious(), "{some:?}");

        // Far from all images is no copy.
        let far = check(&training, &unseen, fresh.iter().map(|v| v * 3.0).collect());
        assert!(far.copy_z > 15.0 && far.copied < 0.01 && !far.is_suspicious(), "{far:?}");
    }

    #[test]
    fn the_numbers_are_those_of_their_definition() {
        let line = |values: &[f32]| Features::from_f32(values.to_vec(), 1).unwrap();
        let (train, unseen) = (line(&[0.0, 10.0]), line(&[1.0, 3.0, 12.0]));
        let mut calls = Vec::new();
        let mut watch = |done| {
            calls.push(done);
            ControlFlow::Continue(())
        };
        let found =
            copy_check(CopySpace::Features, [&train, &unseen], &line(&[0.5, 2.0, 6.0, 10.0]), &mut watch)
                .unwrap();
        assert_eq!(calls.last(), Some(&7));
        // Distances 0.5, 2, 4 and 0 against 1, 3 and 2: pairs above, a tie as half, are 0, 1.5, 3 and 0 of 12.
        let z = (4.5 - 6.0) / (12.0f64 * 8.0 / 12.0).sqrt();
        assert_eq!((found.nearest, found.nearest_unseen, found.copied), (1.25, 2.0, 0.5));
        assert!((found.copy_z - z).abs() < 1e-12, "{found:?}");
        let stopped =
            copy_check(CopySpace::Features, [&train, &unseen], &unseen, &mut |_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(Error::Cancelled)));
        let two = Features::from_f32(vec![0.0; 4], 2).unwrap();
        let go_on = &mut |_| ControlFlow::Continue(());
        assert!(
            copy_check(CopySpace::Features, [&train, &unseen], &two, go_on)
                .unwrap_err()
                .to_string()
                .contains("1 and of 2")
        );
    }
}
