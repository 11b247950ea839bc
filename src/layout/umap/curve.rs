//! Nearness on the map as a curve of distance, 1 / (1 + a·d^2b), and the forces that follow from it.

/// Distance on the map at which nearness has fallen by a factor of e, beyond the least distance.
const SPREAD: f64 = 1.0;
/// Points of the curve that is approached, up to three times [`SPREAD`].
const SAMPLES: usize = 300;
/// Keeps the push between two points that meet finite.
const SOFT: f32 = 1e-3;

/// The a and b whose curve is nearest, in the sum of squares, to 1 up to `min_dist` and exp(−(d − min_dist) / spread)
/// beyond, as `find_ab_params` of umap-learn finds them. By the method of Levenberg and Marquardt.
pub(super) fn fit(min_dist: f64) -> [f64; 2] {
    let samples = (0..SAMPLES).map(|at| {
        let distance = 3.0 * SPREAD * at as f64 / (SAMPLES - 1) as f64;
        (distance, if distance < min_dist { 1.0 } else { (-(distance - min_dist) / SPREAD).exp() })
    });
    let samples: Vec<(f64, f64)> = samples.collect();
    let error = |[a, b]: [f64; 2]| {
        let square = |(d, wanted): &(f64, f64)| (1.0 / (1.0 + a * d.powf(2.0 * b)) - wanted).powi(2);
        samples.iter().map(square).sum::<f64>()
    };
    let (mut found, mut damping) = ([1.0, 1.0], 1e-3);
    for _ in 0..200 {
        let [a, b] = found;
        // Of JᵀJ its three numbers, and Jᵀr.
        let (mut aa, mut ab, mut bb, mut ra, mut rb) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (distance, wanted) in &samples[1..] {
            let power = distance.powf(2.0 * b);
            let near = 1.0 / (1.0 + a * power);
            let by_a = -near * near * power;
            let by_b = by_a * a * 2.0 * distance.ln();
            let rest = near - wanted;
            (aa, ab, bb) = (aa + by_a * by_a, ab + by_a * by_b, bb + by_b * by_b);
            (ra, rb) = (ra + by_a * rest, rb + by_b * rest);
        }
        let (aa, bb) = (aa * (1.0 + damping), bb * (1.0 + damping));
        let determinant = aa * bb - ab * ab;
        let next = [a - (bb * ra - ab * rb) / determinant, b - (aa * rb - ab * ra) / determinant];
        if next.iter().all(|v| v.is_finite() && *v > 0.0) && error(next) <= error(found) {
            let moved = (next[0] - a).abs().max((next[1] - b).abs());
            (found, damping) = (next, damping / 10.0);
            if moved < 1e-12 {
                break;
            }
        } else {
            damping *= 10.0;
        }
    }
    found
}

/// Factors of the difference of two positions by which one is moved, as a table over the squared distance: a power of
/// it takes longer than the rest of a step.
pub(super) struct Forces {
    a: f32,
    b: f32,
    /// Pull and push at the squared distances whose first 16 bits count up from those of [`FIRST`].
    table: Vec<[f32; 2]>,
}

/// Squared distances of the table: from here up to the last; others are computed.
const FIRST: f32 = 1.0 / (1 << 20) as f32;
const LAST: f32 = (1 << 14) as f32;
/// Bits below those that choose a place in the table.
const REST: u32 = 16;

impl Forces {
    pub fn new([a, b]: [f64; 2]) -> Self {
        let mut forces = Self { a: a as f32, b: b as f32, table: Vec::new() };
        let places = (FIRST.to_bits() >> REST)..=(LAST.to_bits() >> REST);
        forces.table = places.map(|place| forces.compute(f32::from_bits(place << REST))).collect();
        forces
    }

    /// Pull, which is negative, and push at a squared distance above 0.
    #[inline]
    pub fn at(&self, square: f32) -> [f32; 2] {
        if !(FIRST..LAST).contains(&square) {
            return self.compute(square);
        }
        let bits = square.to_bits();
        let place = ((bits >> REST) - (FIRST.to_bits() >> REST)) as usize;
        let part = (bits & ((1 << REST) - 1)) as f32 / (1 << REST) as f32;
        let (low, high) = (self.table[place], self.table[place + 1]);
        [low[0] + part * (high[0] - low[0]), low[1] + part * (high[1] - low[1])]
    }

    /// Gradients of the cross entropy, as umap-learn has them.
    #[cold]
    fn compute(&self, square: f32) -> [f32; 2] {
        let (a, b) = (self.a, self.b);
        let power = square.powf(b);
        let pull = -2.0 * a * b * power / square / (a * power + 1.0);
        [pull, 2.0 * b / ((SOFT + square) * (a * power + 1.0))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of `umap.umap_.find_ab_params(1.0, min_dist)` of umap-learn 0.5.
    #[test]
    fn the_curve_is_that_of_umap_learn() {
        for (min_dist, a, b) in [
            (0.0, 1.932_808_397, 0.790_494_973),
            (0.1, 1.576_943_460, 0.895_060_878),
            (0.5, 0.583_030_020, 1.334_166_992),
            (1.0, 0.114_975_683, 1.929_237_144),
        ] {
            let found = fit(min_dist);
            assert!((found[0] - a).abs() < 1e-4 && (found[1] - b).abs() < 1e-4, "{min_dist}: {found:?}");
        }
    }

    #[test]
    fn the_table_has_the_forces() {
        let forces = Forces::new(fit(0.1));
        let mut square = 1e-8f32;
        while square < 1e6 {
            let (found, right) = (forces.at(square), forces.compute(square));
            for (found, right) in found.iter().zip(right) {
                assert!((found / right - 1.0).abs() < 5e-5, "{square}: {found} {right}");
            }
            square *= 1.001;
        }
    }
}
