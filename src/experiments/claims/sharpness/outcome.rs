//! The table and the plots.

use super::row::{SharpnessRow, Source};
use crate::experiments::claims::words::short;
use crate::metrics::sharpness::Spectrum;
use crate::report::quantities::SETS;
use crate::report::{Axis, Mark, Plot, Series};
use crate::table::{Cell, Digits, Measure, Quantity, Table};

const fn words(column: &'static str, label: &'static str, definition: &'static str) -> Quantity {
    Quantity { digits: Digits::Words, ..Quantity::new(column, label, definition) }
}

const SHARPNESS: Quantity = Quantity::new(
    "sharpness",
    "sharpness",
    "Variance of the Laplacian of the luma, mean over pictures, over that of the real images: 1 is as sharp as these, \
     below it is blurrier; noise is sharp too.",
)
.digits(3, 2);

const ROWS: &[Measure<SharpnessRow>] = &[
    Measure::new(words("name", "pictures", "The model, or real images."), |row| row.name.as_str().into()),
    Measure::new(words("source", "of these", "Draws, reconstructions of the test images, or images themselves."), |row| {
        row.source.label().into()
    }),
    Measure::new(
        Quantity::new("laplacian_variance", "Laplacian variance", "Variance over the pixels of the Laplacian of the luma in [0, 1], mean over pictures (Pech-Pacheco et al. 2000).")
            .short("Laplacian")
            .digits(5, 4),
        |row| row.variance.into(),
    ),
    Measure::new(SHARPNESS, |row| row.sharpness.into()),
    Measure::new(
        Quantity::new(
            "spectral_distance",
            "spectral distance",
            "Root mean square over the spatial frequencies, from one cycle per picture to half the side, of the power \
             beside that of the real images in dB; the power is that of the luma under a Hann window, averaged over \
             rings and pictures.",
        )
        .short("spectrum")
        .unit("dB")
        .down()
        .digits(2, 1),
        |row| row.distance.into(),
    ),
    Measure::new(
        Quantity::new(
            "high_frequencies",
            "high frequencies",
            "Energy of the upper half of the spatial frequencies over that of the real images.",
        )
        .short("high")
        .digits(3, 2),
        |row| row.high.into(),
    ),
    Measure::new(Quantity::count("n", "images", "Pictures measured."), |row| row.n.into()),
];

/// The columns of sets, in the order in which they matter here.
const SET_ORDER: [&str; 5] = ["coverage", "recall", "precision", "density", "fid"];

/// A row a set of pictures.
pub fn tables(rows: &[SharpnessRow], notes: &[String]) -> Vec<Table> {
    let sets =
        || SET_ORDER.iter().filter_map(|key| SETS.iter().find(|measure| measure.quantity.column == *key));
    let cells = |row: &SharpnessRow| {
        let own = ROWS.iter().map(|measure| (measure.read)(row));
        let of_sets = sets().map(|measure| row.sets.as_ref().map(measure.read).unwrap_or(Cell::Empty));
        own.chain(of_sets).collect()
    };
    let warning = rows.iter().find_map(|row| row.sets.as_ref()?.warning());
    let warning = warning.map(|words| format!("Of coverage and the rest: {words}."));
    vec![Table {
        title: "Sharpness and coverage".into(),
        columns: ROWS
            .iter()
            .map(|m| m.quantity.in_column())
            .chain(sets().map(|m| m.quantity.in_column()))
            .collect(),
        rows: rows.iter().map(cells).collect(),
        notes: warning.into_iter().chain(notes.iter().cloned()).collect(),
    }]
}

/// Spectra, their ratios, and sharpness beside coverage.
pub fn plots(rows: &[SharpnessRow], spectra: &[(String, Source, Spectrum)]) -> Vec<Plot> {
    let Some((_, _, real)) = spectra.first() else { return Vec::new() };
    let frequencies = || Axis::of("spatial frequency (cycles per picture)").log();
    let mut plots = Vec::new();
    for (source, title) in [(Source::Draws, "draws"), (Source::Reconstructions, "reconstructions")] {
        let of = || spectra.iter().filter(move |(_, other, _)| *other == source);
        if of().next().is_none() {
            continue;
        }
        let line = |(name, source, spectrum): &(String, Source, Spectrum)| {
            let mark = if *source == Source::Real { Mark::Reference } else { Mark::Line };
            let points = spectrum.power.iter().enumerate().skip(1).map(|(at, power)| [at as f64, *power]);
            Series::new(name.clone(), mark, points.collect())
        };
        plots.push(Plot {
            title: format!("Power of spatial frequencies, {title}"),
            x: frequencies(),
            y: Axis::of("power").log(),
            series: spectra.iter().take(1).chain(of()).map(line).collect(),
        });
        let over = |(name, _, spectrum): &(String, Source, Spectrum)| {
            let decibels = spectrum.decibels_over(real).into_iter().enumerate();
            Series::new(name.clone(), Mark::Line, decibels.map(|(at, d)| [at as f64 + 1.0, d]).collect())
        };
        let last = real.power.len().saturating_sub(1) as f64;
        let zero = Series::new("real", Mark::Reference, vec![[1.0, 0.0], [last, 0.0]]);
        plots.push(Plot {
            title: format!("Power beside that of real images, {title}"),
            x: frequencies(),
            y: Axis::of("power beside real images (dB)"),
            series: std::iter::once(zero).chain(of().map(over)).collect(),
        });
    }
    let drawn: Vec<&SharpnessRow> = rows.iter().filter(|row| row.sets.is_some()).collect();
    if !drawn.is_empty() {
        let bars = |name: &str, read: &dyn Fn(&SharpnessRow) -> Option<f64>| {
            let points = drawn.iter().enumerate().filter_map(|(at, row)| Some([at as f64, read(row)?]));
            Series::new(name, Mark::Bars, points.collect())
        };
        plots.push(Plot {
            title: "Sharpness and coverage of draws".into(),
            x: Axis::over("", drawn.iter().map(|row| short(&row.name)).collect()),
            y: Axis::of("share of real images'"),
            series: vec![
                bars("sharpness", &|row| Some(row.sharpness)),
                bars("coverage", &|row| row.set("coverage")),
                bars("recall", &|row| row.set("recall")),
            ],
        });
    }
    plots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_key_once() {
        let row = SharpnessRow {
            name: "a".into(),
            source: Source::Real,
            family: None,
            variance: 1.0,
            sharpness: 1.0,
            distance: 0.0,
            high: 1.0,
            sets: None,
            n: 9,
        };
        let table = tables(&[row], &[]).remove(0);
        let mut keys: Vec<&str> = table.columns.iter().map(|column| column.key.as_str()).collect();
        assert_eq!(table.rows[0].len(), keys.len());
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), table.columns.len());
    }
}
