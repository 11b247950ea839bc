//! Trustworthiness and continuity of a map: whether the neighbours on it are neighbours in the space that it shows, and
//! the other way round (Venna & Kaski 2001, "Neighborhood preservation in nonlinear projection methods",
//! <https://doi.org/10.1007/3-540-44668-0_68>). Euclidean; equal to `sklearn.manifold.trustworthiness`.

use rayon::prelude::*;

use super::distances::{BLOCK, RowObserver, Rows, scan};
use super::features::Features;
use crate::error::{Error, Result};
use crate::random::RandomStream;

/// Most rows whose neighbours are looked at; of more, a sample of so many.
pub const MOST_ROWS: usize = 3000;
/// Most distances in memory at once, in one space: 128 MB.
const MOST_DISTANCES: usize = 1 << 24;

/// Agreement of two spaces about who is near whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// 1 where all of the nearest on the map are the nearest in the space; it loses more the farther they are there.
    pub trustworthiness: f64,
    /// Trustworthiness of the space for the map.
    pub continuity: f64,
    /// Rows that it was measured on.
    pub rows: usize,
}

/// Compares the `k` nearest neighbours of each row in `space` with those on `map`, which has a row for each of its rows.
/// Of more than [`MOST_ROWS`] rows a sample is taken, by `seed`, and ranked against all. `watch` is told how many of
/// these are done.
///
/// # Errors
/// Sets of unequal sizes; a `k` that is 0 or not below half of the rows; [`Error::Cancelled`] when `watch` breaks.
pub fn agreement(
    space: &Features,
    map: &Features,
    k: usize,
    seed: u64,
    watch: RowObserver<'_>,
) -> Result<Agreement> {
    let n = space.len();
    if n != map.len() {
        return Err(Error::Invalid(format!("a map of {} points does not show {n} codes", map.len())));
    }
    if k == 0 || 2 * k >= n {
        return Err(Error::Invalid(format!(
            "{k} neighbours of {n} codes say nothing about a map; take at least one, and fewer than half of the codes"
        )));
    }
    let sample = sample(n, seed);
    let of_space = Rows::new(space, watch)?;
    let of_map = Rows::new(map, watch)?;
    // Whole blocks of rows, which are done at the same time.
    let some = (MOST_DISTANCES / (n * BLOCK)).max(1) * BLOCK;
    let (mut sums, mut done) = ([0u64; 2], 0);
    for chosen in sample.chunks(some) {
        let in_space = distances(&of_space, chosen, done, watch)?;
        let on_map = distances(&of_map, chosen, done, watch)?;
        let rows = chosen.par_iter().zip(&in_space).zip(&on_map);
        let found =
            rows.map(|((row, space), map)| [excess(map, space, *row, k), excess(space, map, *row, k)]);
        // Whole numbers, so that their sum does not depend on the threads.
        let found = found.reduce(|| [0, 0], |a, b| [a[0] + b[0], a[1] + b[1]]);
        sums = [sums[0] + found[0], sums[1] + found[1]];
        done += chosen.len();
    }
    if watch(done).is_break() {
        return Err(Error::Cancelled);
    }
    let worst = (done * k) as f64 * (2.0 * n as f64 - 3.0 * k as f64 - 1.0) / 2.0;
    let [trustworthiness, continuity] = sums.map(|sum| 1.0 - sum as f64 / worst);
    Ok(Agreement { trustworthiness, continuity, rows: done })
}

/// Rows to be looked at, rising.
fn sample(n: usize, seed: u64) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..n).collect();
    if n > MOST_ROWS {
        let mut random = RandomStream::new(seed);
        for at in 0..MOST_ROWS {
            rows.swap(at, at + (random.next_u64() % (n - at) as u64) as usize);
        }
        rows.truncate(MOST_ROWS);
        rows.sort_unstable();
    }
    rows
}

/// Squared distances of some rows to all.
fn distances(set: &Rows<'_>, rows: &[usize], done: usize, watch: RowObserver<'_>) -> Result<Vec<Vec<f64>>> {
    let some = set.features.rows(rows);
    let some = Rows::new(&some, &mut |_| watch(done))?;
    let n = set.features.len();
    let start = || (0..BLOCK).map(|_| Vec::with_capacity(n)).collect::<Vec<_>>();
    let look = |found: &mut Vec<Vec<f64>>, (local, _): (usize, usize), _: usize, distances: &[f64]| {
        found[local].extend_from_slice(distances);
    };
    let mut all = Vec::with_capacity(rows.len());
    scan(&some, set, start, look, &mut |_| watch(done), |rows, found| {
        all.extend(found.into_iter().take(rows.len()));
    })?;
    Ok(all)
}

/// Ranks beyond `k` in one space of those that are the `k` nearest in the `other`, added up. Of equally near ones the
/// first comes first.
fn excess(other: &[f64], own: &[f64], row: usize, k: usize) -> u64 {
    let mut nearest: Vec<usize> = (0..other.len()).filter(|column| *column != row).collect();
    let order = |a: &usize, b: &usize| other[*a].total_cmp(&other[*b]).then(a.cmp(b));
    nearest.select_nth_unstable_by(k - 1, order);
    let rank = |column: usize| {
        let distance = own[column];
        let nearer = own.iter().filter(|d| **d < distance).count();
        let equal = own[..column].iter().filter(|d| **d == distance).count();
        // The row itself, at no distance, is before all or equal to some.
        let itself = own[row] < distance || (own[row] == distance && row < column);
        1 + nearer + equal - usize::from(itself)
    };
    nearest[..k].iter().map(|column| rank(*column).saturating_sub(k) as u64).sum()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use serde::Deserialize;

    use super::*;
    use crate::random::standard_normal;

    fn go_on(_: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Computed by `tests/reference/layout.py`.
    #[test]
    fn they_are_those_of_scikit_learn() {
        #[derive(Deserialize)]
        struct Case {
            rows: Vec<Vec<f32>>,
            map: Vec<Vec<f32>>,
            k: usize,
            trustworthiness: f64,
            continuity: f64,
        }
        #[derive(Deserialize)]
        struct Reference {
            agreement: Vec<Case>,
        }
        let text = include_str!("../../tests/reference/layout.json");
        let reference: Reference = serde_json::from_str(text).unwrap();
        assert!(reference.agreement.len() > 2);
        for case in reference.agreement {
            let of = |rows: &[Vec<f32>]| Features::from_f32(rows.concat(), rows[0].len()).unwrap();
            let found = agreement(&of(&case.rows), &of(&case.map), case.k, 0, &mut go_on).unwrap();
            assert!((found.trustworthiness - case.trustworthiness).abs() < 1e-6, "{found:?}");
            assert!((found.continuity - case.continuity).abs() < 1e-6, "{found:?}");
            assert_eq!(found.rows, case.rows.len());
        }
    }

    #[test]
    fn a_map_that_is_the_space_is_trusted_also_in_a_sample() {
        let space = Features::from_f32(standard_normal(1, 0, 2 * 4000), 2).unwrap();
        let found = agreement(&space, &space, 10, 3, &mut go_on).unwrap();
        assert_eq!(found, Agreement { trustworthiness: 1.0, continuity: 1.0, rows: MOST_ROWS });
        let noise = Features::from_f32(standard_normal(2, 0, 2 * 4000), 2).unwrap();
        let found = agreement(&space, &noise, 10, 3, &mut go_on).unwrap();
        assert!(
            (found.trustworthiness - 0.5).abs() < 0.02 && (found.continuity - 0.5).abs() < 0.02,
            "{found:?}"
        );
        assert_eq!(found, agreement(&space, &noise, 10, 3, &mut go_on).unwrap());
    }

    #[test]
    fn what_cannot_be_compared_is_refused_and_a_break_is_obeyed() {
        let space = Features::from_f32(standard_normal(1, 0, 40), 2).unwrap();
        let other = Features::from_f32(vec![0.0; 19], 1).unwrap();
        assert!(agreement(&space, &other, 3, 0, &mut go_on).is_err());
        for k in [0, 10] {
            let message = agreement(&space, &space, k, 0, &mut go_on).unwrap_err().to_string();
            assert!(message.contains("fewer than half"), "{message}");
        }
        let stopped = agreement(&space, &space, 3, 0, &mut |_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
}
