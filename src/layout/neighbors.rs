//! Exact nearest neighbours, from products of blocks of rows.

use std::ops::Range;

use super::watch::LayoutObserver;
use crate::error::Result;
use crate::metrics::distances::{BLOCK, Rows, check_dims, scan};
use crate::metrics::features::Features;

/// Part of the work, for who waits.
const PART: &str = "Finding neighbours";

/// The `k` nearest neighbours of each of some rows, the nearest first; equally near ones in the order of their set.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbors {
    k: usize,
    /// (rows × k), places in the set that was searched.
    indices: Vec<u32>,
    /// (rows × k), Euclidean, rising in each row.
    distances: Vec<f32>,
}

impl Neighbors {
    /// `k` neighbours and their distances for each row, one row after another.
    ///
    /// # Panics
    /// If there are not as many distances as neighbours.
    pub fn new(k: usize, indices: Vec<u32>, distances: Vec<f32>) -> Self {
        assert_eq!(indices.len(), distances.len(), "a distance for each neighbour");
        Self { k, indices, distances }
    }

    /// Neighbours of some of the rows.
    ///
    /// # Panics
    /// If there are fewer rows.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let range = rows.start * self.k..rows.end * self.k;
        Self {
            k: self.k,
            indices: self.indices[range.clone()].to_vec(),
            distances: self.distances[range].to_vec(),
        }
    }

    /// Appends the neighbours of more rows.
    ///
    /// # Panics
    /// If these have another number of neighbours.
    pub fn followed_by(mut self, others: &Self) -> Self {
        assert_eq!(self.k, others.k, "as many neighbours of each");
        self.indices.extend_from_slice(&others.indices);
        self.distances.extend_from_slice(&others.distances);
        self
    }

    /// Neighbours of each row among the others: the row itself is left out, its duplicates are not. Of a set with
    /// fewer others, all of them.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled) when `watch` breaks.
    pub fn within(features: &Features, k: usize, watch: LayoutObserver<'_>) -> Result<Self> {
        let total = features.len();
        let rows = Rows::new(features, &mut |_| watch(PART, 0, total))?;
        search(&rows, &rows, k.min(total - 1), true, watch)
    }

    /// Neighbours of each of the `queries` in `set`. Of a set with fewer rows, all of them.
    ///
    /// # Errors
    /// Rows of unequal lengths; [`Error::Cancelled`](crate::error::Error::Cancelled) when `watch` breaks.
    pub fn between(queries: &Features, set: &Features, k: usize, watch: LayoutObserver<'_>) -> Result<Self> {
        check_dims(queries, set)?;
        let total = queries.len();
        let of_set = Rows::new(set, &mut |_| watch(PART, 0, total))?;
        let rows = Rows::new(queries, &mut |_| watch(PART, 0, total))?;
        search(&rows, &of_set, k.min(set.len()), false, watch)
    }

    /// Neighbours of each row.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Places of the neighbours of a row in the set, and their distances.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn of(&self, row: usize) -> (&[u32], &[f32]) {
        let range = row * self.k..(row + 1) * self.k;
        (&self.indices[range.clone()], &self.distances[range])
    }

    /// (rows × k) places of the neighbours.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// (rows × k) distances of the neighbours.
    pub fn distances(&self) -> &[f32] {
        &self.distances
    }
}

fn search(
    queries: &Rows<'_>,
    set: &Rows<'_>,
    k: usize,
    leave_itself_out: bool,
    watch: LayoutObserver<'_>,
) -> Result<Neighbors> {
    let total = queries.features.len();
    let mut found =
        Neighbors { k, indices: Vec::with_capacity(total * k), distances: Vec::with_capacity(total * k) };
    if k == 0 {
        return Ok(found);
    }
    let nearest = || vec![(f64::INFINITY, 0u32); BLOCK * k];
    let look = |nearest: &mut Vec<(f64, u32)>, (local, row): (usize, usize), first: usize, some: &[f64]| {
        let nearest = &mut nearest[local * k..][..k];
        let mut farthest = nearest[k - 1].0;
        for (column, distance) in (first..).zip(some) {
            if *distance < farthest && !(leave_itself_out && column == row) {
                let place = nearest.partition_point(|(other, _)| other <= distance);
                nearest[place..].rotate_right(1);
                nearest[place] = (*distance, column as u32);
                farthest = nearest[k - 1].0;
            }
        }
    };
    let mut told = |done| watch(PART, done, total);
    scan(queries, set, nearest, look, &mut told, |rows, nearest: Vec<(f64, u32)>| {
        for (distance, column) in &nearest[..rows.len() * k] {
            found.indices.push(*column);
            // Of numbers near the largest there are the root may be beyond single precision.
            found.distances.push((distance.sqrt() as f32).min(f32::MAX));
        }
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::error::Error;
    use crate::random::standard_normal;

    fn watch(_: &str, _: usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn they_are_those_of_a_search_one_by_one() {
        let (values, dim, k) = (standard_normal(1, 0, 600 * 5), 5, 7);
        let features = Features::from_f32(values.clone(), dim).unwrap();
        let found = Neighbors::within(&features, k, &mut watch).unwrap();
        let row = |at: usize| &values[at * dim..][..dim];
        let distance = |a: usize, b: usize| {
            let square = |(x, y): (&f32, &f32)| (f64::from(*x) - f64::from(*y)).powi(2);
            row(a).iter().zip(row(b)).map(square).sum::<f64>().sqrt()
        };
        for at in 0..600 {
            let mut others: Vec<usize> = (0..600).filter(|other| *other != at).collect();
            others.sort_by(|a, b| distance(at, *a).total_cmp(&distance(at, *b)));
            let (indices, distances) = found.of(at);
            assert!(indices.iter().zip(&others).all(|(index, other)| *index as usize == *other));
            assert!(
                distances.iter().zip(&others).all(|(d, o)| (f64::from(*d) - distance(at, *o)).abs() < 1e-5)
            );
        }
        let some = features.rows(&[3, 500]);
        let between = Neighbors::between(&some, &features, k + 1, &mut watch).unwrap();
        assert_eq!((between.of(0).0[0], between.of(0).1[0], &between.of(0).0[1..]), (3, 0.0, found.of(3).0));
        assert_eq!(between.of(1).0[1..], *found.of(500).0);
    }

    #[test]
    fn duplicates_stay_and_few_rows_have_few_neighbours() {
        let features = Features::from_f32(vec![1.0, 1.0, 5.0, 1.0], 1).unwrap();
        let found = Neighbors::within(&features, 10, &mut watch).unwrap();
        assert_eq!(found.k(), 3);
        assert_eq!(found.of(1), (&[0, 3, 2][..], &[0.0, 0.0, 4.0][..]));
        let one = Features::from_f32(vec![1.0], 1).unwrap();
        assert_eq!(Neighbors::within(&one, 4, &mut watch).unwrap().k(), 0);
        let far = Features::from_f32(vec![f32::MAX, -f32::MAX], 1).unwrap();
        assert!(Neighbors::within(&far, 1, &mut watch).unwrap().of(0).1[0].is_finite());
    }

    #[test]
    fn a_break_is_obeyed_and_unequal_rows_are_refused() {
        let features = Features::from_f32(standard_normal(1, 0, 4000), 4).unwrap();
        let stopped = Neighbors::within(&features, 3, &mut |_, _, _| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(Error::Cancelled)));
        let other = Features::from_f32(vec![1.0; 6], 3).unwrap();
        assert!(Neighbors::between(&other, &features, 3, &mut watch).is_err());
    }
}
