//! Names of places on a map: where an attribute is most common, or an amount largest or smallest. They make a map
//! readable whose points form no clusters.

use super::differences::{is_presence, word_of};
use crate::report::direction_names as names;
use crate::report::{AtlasColumn, AtlasLabel, AtlasValues, ColumnDifference};

/// Points in a cell of the grid, about; a place is made of nine cells.
const IN_CELL: usize = 12;
/// Cells along a side of the map at most.
const MOST_CELLS: usize = 40;
/// Fewest points of a place.
const FEWEST: f64 = 8.0;
/// Standard deviations from the mean of all that a place has to be away from it.
const REMARKABLE: f64 = 0.6;
/// Points by which the mean of a place is drawn to that of all, so that few points make no name by chance.
const SHRINK: f64 = 8.0;
/// Share of the points that have something at all, at least.
const LEAST_SHARE: f64 = 0.01;
/// Names at most.
const MOST: usize = 14;

/// Cells over a map, with the cell of each point.
struct Cells {
    across: usize,
    of: Vec<usize>,
}

impl Cells {
    fn new(points: &[[f32; 2]]) -> Self {
        let across = ((points.len() / IN_CELL) as f64).sqrt() as usize;
        let across = across.clamp(3, MOST_CELLS);
        let ends = |axis: usize| {
            let values = points.iter().map(|at| at[axis]);
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let bounds = [ends(0), ends(1)];
        let place = |at: &[f32; 2], axis: usize| {
            let (low, high) = bounds[axis];
            let part = (at[axis] - low) / (high - low).max(f32::MIN_POSITIVE);
            ((part * across as f32) as usize).min(across - 1)
        };
        Self { across, of: points.iter().map(|at| place(at, 1) * across + place(at, 0)).collect() }
    }

    /// Sums over each cell and the eight around it.
    fn around(&self, sums: &[f64]) -> Vec<f64> {
        let across = self.across as isize;
        let sum = |cell: isize| -> f64 {
            let (row, column) = (cell / across, cell % across);
            let near = |at: isize| (at - 1).max(0)..=(at + 1).min(across - 1);
            near(row)
                .flat_map(|row| near(column).map(move |column| sums[(row * across + column) as usize]))
                .sum()
        };
        (0..across * across).map(sum).collect()
    }
}

/// Places where columns differ most from their mean, the most remarkable first.
pub fn landmarks(points: &[[f32; 2]], columns: &[AtlasColumn]) -> Vec<AtlasLabel> {
    let cells = Cells::new(points);
    let mut found: Vec<AtlasLabel> = Vec::new();
    for column in columns.iter().filter(|column| !names::NUISANCES.contains(&column.name.as_str())) {
        match &column.values {
            AtlasValues::Numbers(values) => {
                let values: Vec<Option<f64>> =
                    values.iter().map(|v| v.is_finite().then(|| f64::from(*v))).collect();
                let signs: &[f64] = if is_presence(column) { &[1.0] } else { &[1.0, -1.0] };
                for sign in signs {
                    found.extend(place(
                        points,
                        &cells,
                        &values,
                        *sign,
                        &column.name,
                        |inside, effect| difference(column.name.clone(), false, inside, effect),
                        columns,
                    ));
                }
            }
            AtlasValues::Words { names: words, of } => {
                for (at, word) in
                    words.iter().enumerate().filter(|(_, w)| !names::is_nothing(&column.name, w))
                {
                    let values: Vec<Option<f64>> = of
                        .iter()
                        .map(|of| {
                            (*of != AtlasValues::UNKNOWN).then(|| f64::from(u8::from(usize::from(*of) == at)))
                        })
                        .collect();
                    found.extend(place(
                        points,
                        &cells,
                        &values,
                        1.0,
                        &column.name,
                        |inside, effect| difference(format!("{}: {word}", column.name), true, inside, effect),
                        columns,
                    ));
                }
            }
        }
    }
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    found.truncate(MOST);
    found
}

fn difference(name: String, is_share: bool, inside: f64, effect: f64) -> ColumnDifference {
    ColumnDifference { name, is_share, inside, outside: 0.0, effect }
}

/// The place where values are farthest from their mean in one direction, if that is far.
fn place(
    points: &[[f32; 2]],
    cells: &Cells,
    values: &[Option<f64>],
    sign: f64,
    column: &str,
    as_difference: impl Fn(f64, f64) -> ColumnDifference,
    columns: &[AtlasColumn],
) -> Option<AtlasLabel> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    // Of what hardly anything has, a single one would make a place.
    let least = FEWEST.max(known.len() as f64 * LEAST_SHARE);
    if known.iter().filter(|value| **value != 0.0).count() < least as usize {
        return None;
    }
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let variance = known.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / known.len() as f64;
    if known.len() < 2 * FEWEST as usize || variance <= 1e-12 {
        return None;
    }
    let zero = || vec![0.0; cells.across * cells.across];
    let (mut counts, mut sums, mut xs, mut ys) = (zero(), zero(), zero(), zero());
    for ((value, cell), at) in values.iter().zip(&cells.of).zip(points) {
        if let Some(value) = value {
            counts[*cell] += 1.0;
            sums[*cell] += value - mean;
            xs[*cell] += f64::from(at[0]);
            ys[*cell] += f64::from(at[1]);
        }
    }
    let [counts, sums, xs, ys] = [counts, sums, xs, ys].map(|sums| cells.around(&sums));
    let effect = |cell: usize| sign * sums[cell] / variance.sqrt() / (counts[cell] + SHRINK);
    let best = (0..counts.len())
        .filter(|cell| counts[*cell] >= FEWEST)
        .max_by(|a, b| effect(*a).total_cmp(&effect(*b)))
        .filter(|cell| effect(*cell) >= REMARKABLE)?;
    let inside = mean + sums[best] / counts[best];
    Some(AtlasLabel {
        text: word_of(&as_difference(inside, sign * effect(best)), columns),
        column: column.to_owned(),
        at: [(xs[best] / counts[best]) as f32, (ys[best] / counts[best]) as f32],
        weight: effect(best) as f32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_by_what_is_common_there_alone() {
        // A square of points; in one corner all smile, from left to right they grow older.
        let points: Vec<[f32; 2]> = (0..900).map(|k| [(k % 30) as f32, (k / 30) as f32]).collect();
        let column = |name: &str, value: &dyn Fn(&[f32; 2]) -> f32| AtlasColumn {
            name: name.into(),
            about: String::new(),
            values: AtlasValues::Numbers(points.iter().map(value).collect()),
        };
        let columns = [
            column("smile", &|at| if at[0] > 24.0 && at[1] > 24.0 { 1.0 } else { 0.0 }),
            column("age", &|at| 10.0 + 2.0 * at[0]),
            column("luck", &|at| ((at[0] * 7.0 + at[1] * 13.0) % 5.0) / 5.0),
        ];
        let found = landmarks(&points, &columns);
        let texts: Vec<&str> = found.iter().map(|label| label.text.as_str()).collect();
        assert_eq!(texts[0], "smile");
        assert!(found[0].at.iter().all(|v| *v > 22.0), "{found:?}");
        let ages: Vec<&AtlasLabel> = found.iter().filter(|label| label.text.starts_with("age")).collect();
        assert_eq!(ages.len(), 2, "{texts:?}");
        assert!(ages.iter().any(|label| label.at[0] < 5.0) && ages.iter().any(|label| label.at[0] > 24.0));
        assert!(!texts.iter().any(|text| text.contains("luck")), "{texts:?}");
        assert!(landmarks(&points[..5], &[]).is_empty());
    }
}
