//! Precision, recall, density and coverage: the parts of two sets of features on each other's manifolds.
//!
//! Precision and recall: Kynkäänniemi, Karras, Laine, Lehtinen, Aila: "Improved precision and recall metric
//! for assessing generative models", 2019, <https://arxiv.org/abs/1904.06991>. Density and coverage:
//! Naeem, Oh, Uh, Choi, Yoo: "Reliable fidelity and diversity metrics for generative models", 2020,
//! <https://arxiv.org/abs/2002.09797>. Equal to the latter authors' `prdc` on the same features.
//!
//! A manifold is the union of balls around the features of its images, each reaching to the image's
//! k-th nearest neighbour in its own set.

use super::distances::{BLOCK, RowObserver, Rows, check_dims, scan};
use super::features::Features;
use crate::error::{Error, Result};

/// The agreement of two sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prdc {
    /// Share of the generated images that lie on the real manifold: fidelity.
    pub precision: f64,
    /// Share of the real images that lie on the generated manifold: diversity.
    pub recall: f64,
    /// Real balls that a generated image lies in, mean over the images, over k; can exceed 1.
    pub density: f64,
    /// Share of the real images whose ball holds a generated one.
    pub coverage: f64,
}

/// A set of features with a ball around each of its images.
pub struct Manifold<'a> {
    rows: Rows<'a>,
    k: usize,
    /// Squared distance of each row to its k-th nearest neighbour.
    radii: Vec<f64>,
}

impl<'a> Manifold<'a> {
    /// Measures distances to the `k`-th nearest neighbours.
    ///
    /// # Errors
    /// A `k` that is 0 or not below the number of images; [`Error::Cancelled`] when `watch` broke.
    pub fn new(features: &'a Features, k: usize, watch: RowObserver<'_>) -> Result<Self> {
        let n = features.len();
        check_k(k, n)?;
        let rows = Rows::new(features, watch)?;
        let nearest = || vec![f64::INFINITY; BLOCK * k];
        let look = |nearest: &mut Vec<f64>, (local, row): (usize, usize), first: usize, distances: &[f64]| {
            let nearest = &mut nearest[local * k..][..k];
            for (column, distance) in (first..).zip(distances) {
                if *distance < nearest[k - 1] && column != row {
                    let place = nearest.partition_point(|d| d <= distance);
                    nearest[place..].rotate_right(1);
                    nearest[place] = *distance;
                }
            }
        };
        let mut radii = Vec::with_capacity(n);
        scan(&rows, &rows, nearest, look, watch, |rows, nearest: Vec<f64>| {
            radii.extend(nearest.chunks_exact(k).take(rows.len()).map(|nearest| nearest[k - 1]));
        })?;
        Ok(Self { rows, k, radii })
    }
}

/// Refuses a neighbour that `n` images do not have.
///
/// # Errors
/// A `k` that is 0 or not below `n`.
pub fn check_k(k: usize, n: usize) -> Result<()> {
    if (1..n).contains(&k) {
        return Ok(());
    }
    let remedy = match n {
        0 | 1 => "take more images".to_owned(),
        2 => "take more images or a k of 1".to_owned(),
        _ => format!("take more images or a k from 1 to {}", n - 1),
    };
    let images = if n == 1 { "one image has" } else { &format!("{n} images have") };
    Err(Error::Invalid(format!("{images} no {k}-th nearest neighbours; {remedy}")))
}

/// Compares two manifolds that were made with the same k.
///
/// # Errors
/// Features of unequal dimensions; [`Error::Cancelled`] when `watch` broke.
pub fn prdc(real: &Manifold<'_>, generated: &Manifold<'_>, watch: RowObserver<'_>) -> Result<Prdc> {
    /// The finds of a block of real rows.
    struct Found {
        /// Real balls around each generated row.
        balls: Vec<u32>,
        recalled: [bool; BLOCK],
        covered: [bool; BLOCK],
    }
    check_dims(real.rows.features, generated.rows.features)?;
    let (n_real, n_generated) = (real.rows.features.len(), generated.rows.features.len());
    let nothing = || Found { balls: vec![0; n_generated], recalled: [false; BLOCK], covered: [false; BLOCK] };
    let look = |found: &mut Found, (local, row): (usize, usize), first: usize, distances: &[f64]| {
        let radius = real.radii[row];
        let (balls, radii) = (&mut found.balls[first..], &generated.radii[first..]);
        let (mut recalled, mut covered) = (false, false);
        for ((distance, balls), generated_radius) in distances.iter().zip(balls).zip(radii) {
            let inside = *distance < radius;
            *balls += u32::from(inside);
            covered |= inside;
            recalled |= distance < generated_radius;
        }
        found.recalled[local] |= recalled;
        found.covered[local] |= covered;
    };
    let (mut balls, mut recalled, mut covered) = (vec![0u32; n_generated], 0, 0);
    scan(&real.rows, &generated.rows, nothing, look, watch, |rows, found: Found| {
        balls.iter_mut().zip(&found.balls).for_each(|(sum, more)| *sum += more);
        recalled += found.recalled[..rows.len()].iter().filter(|seen| **seen).count();
        covered += found.covered[..rows.len()].iter().filter(|seen| **seen).count();
    })?;
    let precise = balls.iter().filter(|balls| **balls > 0).count();
    let in_balls: f64 = balls.iter().map(|balls| f64::from(*balls)).sum();
    Ok(Prdc {
        precision: precise as f64 / n_generated as f64,
        recall: recalled as f64 / n_real as f64,
        density: in_balls / (real.k * n_generated) as f64,
        coverage: covered as f64 / n_real as f64,
    })
}
