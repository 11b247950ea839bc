//! Tables, plots and the verdict.

use crate::config::{ModelConfig, ModelKind, defaults_of};
use crate::experiments::claims::words::{listed, short, upper_first};
use crate::report::quantities::{PIXEL_COUNTS, PIXELS, RE};
use crate::report::{Axis, Mark, PixelMetrics, Plot, Series};
use crate::table::{Digits, Measure, Quantity, Table};

/// A way to reduce dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Pca,
    /// An autoencoder of linear layers.
    Linear,
    /// One of convolutions with one vector for a code.
    Vector,
    /// An autoencoder of convolutions with its code on a grid.
    Grid,
    /// A model that was not trained for this test.
    Given,
}

impl Way {
    pub fn label(self) -> &'static str {
        match self {
            Way::Pca => "PCA",
            Way::Linear => "linear AE",
            Way::Vector => "AE",
            Way::Grid => "AE on a grid",
            Way::Given => "given model",
        }
    }

    /// Word for it in names of folders.
    pub fn slug(self) -> &'static str {
        match self {
            Way::Pca => "pca",
            Way::Linear => "linear",
            Way::Vector => "ae",
            Way::Grid => "grid",
            Way::Given => "given",
        }
    }

    /// Description in a sentence; empty where the name says it all.
    pub fn words(self) -> &'static str {
        match self {
            Way::Linear => "One linear layer each way: at its best it is a PCA, and no better.",
            Way::Vector => "Convolutions and a code of one vector, which is too small for all of a picture.",
            Way::Grid => {
                "The same with its code on a grid, where each number knows a part of the picture alone."
            }
            Way::Pca | Way::Given => "",
        }
    }
}

/// A code and what it keeps.
#[derive(Clone, Debug)]
pub struct DimensionsRow {
    pub way: Way,
    pub name: String,
    /// Size and grid of the code; of a PCA its size alone.
    pub code: ModelConfig,
    pub weights: usize,
    pub steps: Option<usize>,
    pub metrics: PixelMetrics,
    /// Its error over that of the PCA of its size; none where there is none.
    pub over_pca: Option<f64>,
}

impl DimensionsRow {
    /// A PCA of pictures of this size.
    pub fn pca(image_size: usize, k: usize, metrics: PixelMetrics) -> Self {
        DimensionsRow {
            way: Way::Pca,
            name: Way::Pca.label().into(),
            code: ModelConfig { image_size, latent_dim: k, ..defaults_of(ModelKind::Ae).model },
            weights: crate::measure::pca::weights(image_size, k),
            steps: None,
            metrics,
            over_pca: None,
        }
    }

    fn size(&self) -> usize {
        self.code.latent_dim
    }
}

/// Sorts by the size of the code, then by kind.
pub fn sort(rows: &mut [DimensionsRow]) {
    rows.sort_by_key(|row| (row.size(), row.way as usize));
}

const fn words(column: &'static str, label: &'static str, definition: &'static str) -> Quantity {
    Quantity { digits: Digits::Words, ..Quantity::new(column, label, definition) }
}

const OVER_PCA: Quantity = Quantity::new(
    "over_pca",
    "RE over PCA's",
    "Reconstruction error over that of the PCA with codes of the same size: below 1 it keeps more.",
)
.short("over PCA")
.down()
.digits(3, 2);

const ROWS: &[Measure<DimensionsRow>] = &[
    Measure::new(
        words("name", "model", "PCA, an autoencoder that was trained for this, or a model that was given."),
        |row| row.name.as_str().into(),
    ),
    Measure::new(Quantity::count("size", "code", "Numbers in a code."), |row| row.size().into()),
    Measure::new(words("grid", "grid", "Grid that the code is laid out on; none for one vector."), |row| {
        row.code.latent_grid.map(|side| format!("{side} × {side}")).unwrap_or_default().as_str().into()
    }),
];

const FACTS: &[Measure<DimensionsRow>] = &[
    Measure::new(OVER_PCA, |row| row.over_pca.into()),
    Measure::new(Quantity::count("weights", "weights", "Numbers that the model is made of."), |row| {
        row.weights.into()
    }),
    Measure::new(Quantity::count("steps", "steps", "Updates of the weights."), |row| row.steps.into()),
];

/// A row a code.
pub fn tables(rows: &[DimensionsRow], notes: Vec<String>) -> Vec<Table> {
    let pixels = || PIXELS.iter().chain(PIXEL_COUNTS.iter().take(1));
    let columns = ROWS.iter().map(|m| m.quantity.in_column());
    let columns = columns.chain(FACTS.iter().map(|m| m.quantity.in_column()));
    let cells = |row: &DimensionsRow| {
        let own = ROWS.iter().chain(FACTS).map(|measure| (measure.read)(row));
        own.chain(pixels().map(|measure| (measure.read)(&row.metrics))).collect()
    };
    vec![Table {
        title: "Reconstruction error over the size of the code".into(),
        columns: columns.chain(pixels().map(|m| m.quantity.in_column())).collect(),
        rows: rows.iter().map(cells).collect(),
        notes,
    }]
}

/// The error over the size, and the same beside PCA's.
pub fn plots(rows: &[DimensionsRow]) -> Vec<Plot> {
    let series = |read: &dyn Fn(&DimensionsRow) -> Option<f64>| {
        let trained = [Way::Pca, Way::Linear, Way::Vector, Way::Grid].into_iter().map(|way| {
            let of = rows.iter().filter(|row| row.way == way);
            let mark = if way == Way::Pca { Mark::Reference } else { Mark::Line };
            let points = of.filter_map(|row| Some([row.size() as f64, read(row)?])).collect();
            Series::new(way.label(), mark, points)
        });
        let given = rows.iter().filter(|row| row.way == Way::Given).map(|row| {
            let point = read(row).map(|value| [row.size() as f64, value]);
            Series::new(short(&row.name), Mark::Points, point.into_iter().collect())
        });
        trained.chain(given).filter(|series| !series.points.is_empty()).collect::<Vec<Series>>()
    };
    let size = || Axis::of("numbers in the code").log();
    vec![
        Plot {
            title: "Reconstruction error over the size of the code".into(),
            x: size(),
            y: Axis::of(RE.title()).log(),
            series: series(&|row| Some(row.metrics.re)),
        },
        Plot {
            title: "Reconstruction error over that of the PCA of the same size".into(),
            x: size(),
            y: Axis::of(OVER_PCA.title()),
            series: series(&|row| row.over_pca),
        },
    ]
}

/// Sentences that say at which sizes autoencoders keep more than PCA.
pub fn verdict(rows: &[DimensionsRow]) -> Vec<String> {
    // As it reads: an error that differs in no digit that is said is no lower.
    let percent = |row: &DimensionsRow| row.over_pca.map(|ratio| ((ratio - 1.0) * 100.0).round());
    let compared = |way: Way| {
        rows.iter()
            .filter(move |row| row.way == way)
            .filter_map(move |row| Some((row, percent(row)?)))
            .collect::<Vec<_>>()
    };
    let (vector, grid, linear) = (compared(Way::Vector), compared(Way::Grid), compared(Way::Linear));
    let both: Vec<_> = vector.iter().chain(&grid).collect();
    let won = both.iter().filter(|(_, percent)| *percent < 0.0).count();
    let mut sentences = Vec::new();
    if both.is_empty() {
        return vec!["There is no autoencoder beside a PCA of its size.".into()];
    }
    let answer = match won {
        0 => "not as the lecture claims",
        won if won == both.len() => "as the lecture claims, in all cases",
        won if 2 * won > both.len() => "as the lecture claims, in most cases",
        _ => "in some cases, where the lecture claims most",
    };
    sentences.push(format!(
        "In {won} of {} cases an autoencoder with convolutions has a lower error than the PCA with codes of its size: \
         {answer}.",
        both.len()
    ));
    sentences.extend(
        [(Way::Vector, &vector), (Way::Grid, &grid)].into_iter().filter_map(|(way, rows)| of_way(way, rows)),
    );
    let ends = linear.iter().fold(None, |ends: Option<(f64, f64)>, (_, percent)| {
        Some(ends.map_or((*percent, *percent), |(a, b)| (a.min(*percent), b.max(*percent))))
    });
    sentences.extend(ends.map(|(least, most)| {
        let by = if least == most { format!("{least:+.0} %") } else { format!("{least:+.0} % to {most:+.0} %") };
        format!(
            "The linear AE, whose best weights are those of the PCA, differs from its error by {by}: that much is training, \
             not what such codes can hold."
        )
    }));
    sentences
}

/// The sizes at which a kind keeps more than PCA, and those at which it does not.
fn of_way(way: Way, rows: &[(&DimensionsRow, f64)]) -> Option<String> {
    let said = |rows: &[&(&DimensionsRow, f64)]| {
        let each = rows.iter().map(|(row, percent)| format!("{} ({percent:+.0} %)", row.size()));
        listed(&each.collect::<Vec<_>>())
    };
    let (better, worse): (Vec<_>, Vec<_>) = rows.iter().partition(|(_, percent)| *percent < 0.0);
    let name = upper_first(way.label());
    Some(match (better.as_slice(), worse.as_slice()) {
        ([], []) => return None,
        (better, []) => format!("{name}: better than PCA at every size, {}.", said(better)),
        ([], worse) => format!("{name}: no better than PCA at any size, {}.", said(worse)),
        (better, worse) => format!("{name}: better than PCA at {}; not at {}.", said(better), said(worse)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(way: Way, size: usize, over_pca: f64) -> DimensionsRow {
        let metrics = PixelMetrics { re: 0.01 * over_pca, psnr: 20.0, ssim: 0.5, n: 4, identical: 0 };
        DimensionsRow {
            way,
            name: way.label().into(),
            over_pca: Some(over_pca),
            ..DimensionsRow::pca(32, size, metrics)
        }
    }

    #[test]
    fn the_verdict_says_where_the_claim_is_true_and_where_it_is_not() {
        let mut rows = vec![
            row(Way::Vector, 64, 1.1),
            row(Way::Vector, 8, 0.8),
            row(Way::Pca, 8, 1.0),
            row(Way::Grid, 64, 1.001),
            row(Way::Linear, 8, 1.02),
            row(Way::Linear, 64, 1.3),
        ];
        sort(&mut rows);
        let said = verdict(&rows);
        assert!(said[0].starts_with("In 1 of 3 cases") && said[0].contains("in some cases"), "{said:?}");
        assert_eq!(said[1], "AE: better than PCA at 8 (-20 %); not at 64 (+10 %).");
        assert_eq!(said[2], "AE on a grid: no better than PCA at any size, 64 (+0 %).");
        assert!(said[3].contains("+2 % to +30 %"), "{said:?}");
        assert!(verdict(&rows[..1])[0].starts_with("There is no"), "a PCA alone");
        let won = verdict(&[row(Way::Vector, 8, 0.5)]);
        assert!(won[0].contains("in all cases") && won[1].contains("at every size"), "{won:?}");
    }

    #[test]
    fn tables_and_plots_have_a_place_for_everything() {
        let rows = [row(Way::Pca, 8, 1.0), row(Way::Vector, 8, 0.8), row(Way::Given, 9, 0.7)];
        let table = tables(&rows, Vec::new()).remove(0);
        let keys: Vec<&str> = table.columns.iter().map(|column| column.key.as_str()).collect();
        assert_eq!(keys, ["name", "size", "grid", "over_pca", "weights", "steps", "re", "psnr", "ssim", "n"]);
        assert!(table.rows.iter().all(|row| row.len() == keys.len()));
        let drawn = plots(&rows);
        let names: Vec<Vec<&str>> =
            drawn.iter().map(|plot| plot.series.iter().map(|s| s.name.as_str()).collect()).collect();
        assert_eq!(names, [["PCA", "AE", "given model"]; 2]);
    }
}
