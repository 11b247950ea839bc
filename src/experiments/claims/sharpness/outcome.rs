//! Tables, plots and the verdict.

use super::measured::Sharpness;
use crate::config::ModelKind;
use crate::experiments::claims::words::{listed, short};
use crate::metrics::sharpness::Spectrum;
use crate::report::quantities::SETS;
use crate::report::{Axis, Mark, Plot, Series, SetMetrics};
use crate::table::{Cell, Digits, Measure, Quantity, Table};

/// Sharpness and coverage of a set of pictures.
#[derive(Clone, Debug)]
pub struct SharpnessRow {
    pub name: String,
    pub source: Source,
    /// Of the model; none for real images.
    pub family: Option<Family>,
    /// Variance of the Laplacian.
    pub variance: f64,
    /// Variance of the Laplacian over that of the real images.
    pub sharpness: f64,
    /// Log-spectral distance from the real images in dB.
    pub distance: f64,
    /// Energy of the high frequencies over that of the real images.
    pub high: f64,
    /// Of draws.
    pub sets: Option<SetMetrics>,
    pub n: usize,
}

/// Where pictures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The images that all others are held against.
    Real,
    /// Images of the validation split.
    Other,
    Draws,
    Reconstructions,
}

/// A family of models in the lecture's claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Gan,
    Vae,
    /// Neither of those that the claim is about.
    Neither,
}

impl Family {
    pub fn of(kind: ModelKind) -> Self {
        match kind {
            kind if kind.is_adversarial() => Family::Gan,
            ModelKind::Vae => Family::Vae,
            _ => Family::Neither,
        }
    }
}

impl Source {
    fn label(self) -> &'static str {
        match self {
            Source::Real => "test images",
            Source::Other => "validation images",
            Source::Draws => "draws",
            Source::Reconstructions => "reconstructions",
        }
    }
}

impl SharpnessRow {
    pub fn new(
        name: &str,
        source: Source,
        family: Option<Family>,
        own: &Sharpness,
        real: &Sharpness,
    ) -> Self {
        SharpnessRow {
            name: name.to_owned(),
            source,
            family,
            variance: own.variance,
            sharpness: own.variance / real.variance.max(f64::MIN_POSITIVE),
            distance: own.spectrum.distance(&real.spectrum),
            high: own.spectrum.high() / real.spectrum.high().max(f64::MIN_POSITIVE),
            sets: None,
            n: own.spectrum.n,
        }
    }
}

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
                bars("coverage", &|row| row.sets.as_ref()?.coverage),
                bars("recall", &|row| row.sets.as_ref()?.recall),
            ],
        });
    }
    plots
}

/// Whether GANs are sharper and cover less, in sentences.
pub fn verdict(rows: &[SharpnessRow]) -> Vec<String> {
    let of = |family: Family| {
        rows.iter()
            .filter(move |row| row.source == Source::Draws && row.family == Some(family))
            .collect::<Vec<_>>()
    };
    let (gans, vaes) = (of(Family::Gan), of(Family::Vae));
    let mut sentences = Vec::new();
    if gans.is_empty() || vaes.is_empty() {
        sentences.push("To compare, name models that draw: a GAN (dcgan, vae-gan) and a VAE.".to_owned());
    } else {
        let said = |rows: &[&SharpnessRow], shown: &dyn Fn(&SharpnessRow) -> String| {
            listed(&rows.iter().map(|row| format!("{} {}", short(&row.name), shown(row))).collect::<Vec<_>>())
        };
        let sentence = |what: &str,
                        claim: Claimed,
                        read: &dyn Fn(&SharpnessRow) -> f64,
                        shown: &dyn Fn(f64) -> String| {
            let values = |rows: &[&SharpnessRow]| rows.iter().map(|row| read(row)).collect::<Vec<f64>>();
            let shown = |row: &SharpnessRow| shown(read(row));
            let answer = claim.answer(&values(&gans), &values(&vaes));
            format!("{what} {}; {}: {answer}.", said(&gans, &shown), said(&vaes, &shown))
        };
        let share = |value: f64| format!("{value:.2}");
        sentences.push(sentence(
            "Sharpness of draws beside real images (1):",
            Claimed::More("GANs are sharper"),
            &|row| row.sharpness,
            &share,
        ));
        sentences.push(sentence(
            "Distance of their spectrum from that of real images:",
            Claimed::Less("GANs are nearer to real images"),
            &|row| row.distance,
            &|value| format!("{value:.1} dB"),
        ));
        let set = |read: fn(&SetMetrics) -> Option<f64>| {
            move |row: &SharpnessRow| row.sets.as_ref().and_then(read).unwrap_or(f64::NAN)
        };
        sentences.push(sentence(
            "Coverage of real images:",
            Claimed::Less("GANs cover less"),
            &set(|sets| sets.coverage),
            &share,
        ));
        sentences.push(sentence(
            "Recall:",
            Claimed::Less("GANs cover less"),
            &set(|sets| sets.recall),
            &share,
        ));
    }
    if let Some(other) = rows.iter().find(|row| row.source == Source::Other) {
        let sets = other.sets.as_ref();
        let number = |value: Option<f64>| value.map_or_else(|| "–".into(), |value| format!("{value:.2}"));
        sentences.push(format!(
            "Other real images have a sharpness of {:.2}, a distance of {:.1} dB, a coverage of {} and a recall of {}: no \
             model can be asked for more.",
            other.sharpness,
            other.distance,
            number(sets.and_then(|sets| sets.coverage)),
            number(sets.and_then(|sets| sets.recall)),
        ));
    }
    sentences
}

/// A part of the claim: where the numbers of GANs lie beside those of VAEs.
enum Claimed {
    More(&'static str),
    Less(&'static str),
}

impl Claimed {
    fn answer(&self, gans: &[f64], vaes: &[f64]) -> String {
        let (words, sign) = match self {
            Claimed::More(words) => (words, 1.0),
            Claimed::Less(words) => (words, -1.0),
        };
        // As they read: what differs in no digit that is said is no difference.
        let rounded =
            |values: &[f64]| values.iter().map(|v| sign * (v * 100.0).round()).collect::<Vec<f64>>();
        let (gans, vaes) = (rounded(gans), rounded(vaes));
        let ends = |values: &[f64]| {
            values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)))
        };
        let ((least, most), (fewest, highest)) = (ends(&gans), ends(&vaes));
        let answer = match () {
            () if least > highest => "true here",
            () if most <= fewest => "not true here",
            () => "true of some here and not of others",
        };
        format!("“{words}” is {answer}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, family: Family, sharpness: f64, coverage: f64) -> SharpnessRow {
        let sets = SetMetrics {
            fid: 1.0,
            kid: None,
            kid_std: None,
            precision: Some(0.5),
            recall: Some(coverage / 2.0),
            density: None,
            coverage: Some(coverage),
            k: 3,
            n_real: Some(9),
            n_generated: Some(9),
            features: "numbers".into(),
            not_available: None,
        };
        SharpnessRow {
            name: name.into(),
            source: Source::Draws,
            family: Some(family),
            variance: sharpness,
            sharpness,
            distance: 10.0 - sharpness,
            high: sharpness,
            sets: Some(sets),
            n: 9,
        }
    }

    #[test]
    fn the_verdict_says_what_came_out_and_not_what_was_expected() {
        let rows = [
            row("dcgan", Family::Gan, 0.9, 0.3),
            row("vae-gan", Family::Gan, 0.7, 0.8),
            row("vae", Family::Vae, 0.2, 0.5),
        ];
        let said = verdict(&rows);
        assert!(
            said[0].contains("dcgan 0.90 and vae-gan 0.70; vae 0.20") && said[0].ends_with("is true here."),
            "{said:?}"
        );
        assert!(said[1].ends_with("is true here."), "{said:?}");
        assert!(said[2].contains("true of some here and not of others"), "{said:?}");
        let other = verdict(&[row("gan", Family::Gan, 0.2, 0.6), row("vae", Family::Vae, 0.2001, 0.5)]);
        assert!(
            other[0].ends_with("is not true here.") && other[2].ends_with("is not true here."),
            "{other:?}"
        );
        assert!(verdict(&rows[..2])[0].starts_with("To compare"));
    }

    #[test]
    fn every_column_has_its_key_once() {
        let table = tables(&[row("a", Family::Vae, 1.0, 1.0)], &[]).remove(0);
        let mut keys: Vec<&str> = table.columns.iter().map(|column| column.key.as_str()).collect();
        assert_eq!(table.rows[0].len(), keys.len());
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), table.columns.len());
    }
}
