//! Tables, plots and the verdict.

use super::methods::Method;
use crate::config::NoiseKind;
use crate::experiments::claims::words::{listed, upper_first};
use crate::report::quantities::{PSNR, SSIM};
use crate::report::{Axis, Mark, PixelMetrics, Plot, Series};
use crate::table::{Cell, Column, Digits, Measure, Quantity, Table};

/// A method at a strength of the noise.
#[derive(Clone, Debug)]
pub struct DenoiseRow {
    pub name: String,
    /// Its name where there is little room.
    pub short: String,
    pub way: Way,
    pub settings: String,
    pub noise: NoiseKind,
    pub strength: f64,
    pub metrics: PixelMetrics,
}

/// A kind of method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Nothing,
    Filter,
    Model,
}

impl DenoiseRow {
    pub fn new(method: &Method, noise: NoiseKind, strength: f64, metrics: PixelMetrics) -> Self {
        let way = match method {
            Method::Nothing => Way::Nothing,
            Method::Filter(_) => Way::Filter,
            Method::Model(..) => Way::Model,
        };
        DenoiseRow {
            name: method.name(),
            short: method.short(),
            way,
            settings: method.settings(),
            noise,
            strength,
            metrics,
        }
    }
}

const fn words(column: &'static str, label: &'static str, definition: &'static str) -> Quantity {
    Quantity { digits: Digits::Words, ..Quantity::new(column, label, definition) }
}

const NAME: Quantity = words(
    "name",
    "method",
    "A filter, or a model that the noisy picture went through; the noisy picture itself is what all have to beat.",
);

const ROWS: &[Measure<DenoiseRow>] = &[
    Measure::new(NAME, |row| row.name.as_str().into()),
    Measure::new(
        words(
            "settings",
            "settings",
            "Of a filter those with the best mean PSNR on noisy validation images of this strength; of a model the \
             pictures that it learned from.",
        ),
        |row| Some(row.settings.as_str()).filter(|words| !words.is_empty()).map_or(Cell::Empty, Cell::from),
    ),
    Measure::new(words("noise", "noise", "Kind of the noise."), |row| row.noise.label().into()),
    Measure::new(
        Quantity::new(
            "strength",
            "strength",
            "Standard deviation of Gaussian noise, or share of the pixels that are spoiled.",
        )
        .digits(2, 2),
        |row| row.strength.into(),
    ),
    Measure::new(PSNR, |row| row.metrics.psnr.into()),
    Measure::new(SSIM, |row| row.metrics.ssim.into()),
    Measure::new(Quantity::count("n", "images", "Images measured."), |row| row.metrics.n.into()),
];

/// All rows, and a table of a row a method for PSNR and SSIM.
pub fn tables(rows: &[DenoiseRow], noise: NoiseKind, notes: &[String], tuning: usize) -> Vec<Table> {
    let known = match noise {
        NoiseKind::Gaussian => {
            "Non-local means know the standard deviation of the noise, and take it off if that is better."
        }
        NoiseKind::SaltPepper | NoiseKind::Mask => {
            "Non-local means know the root of the mean squared error of the noise, and take it off if that is better."
        }
    };
    let set = format!(
        "Each filter has for each strength the settings with the best mean PSNR on {tuning} noisy images of the \
         validation split. {known} Values are cut to [0, 1] after the noise, as on screen."
    );
    let all = Table {
        title: format!("{} removed", upper_first(noise.label())),
        columns: ROWS.iter().map(|measure| measure.quantity.in_column()).collect(),
        rows: rows.iter().map(|row| ROWS.iter().map(|measure| (measure.read)(row)).collect()).collect(),
        notes: std::iter::once(set).chain(notes.iter().cloned()).collect(),
    };
    let wide = |quantity: Quantity, read: fn(&PixelMetrics) -> f64| {
        let strengths = strengths(rows);
        let column = |strength: &f64| {
            let title = strength.to_string();
            Column { key: title.clone(), title, ..quantity.in_column() }
        };
        let cells = |name: &&str| {
            let of = rows.iter().filter(|row| row.name == **name);
            std::iter::once(Cell::from(*name)).chain(of.map(|row| read(&row.metrics).into())).collect()
        };
        Table {
            title: format!("{} by strength of the {}", quantity.title(), noise.label()),
            columns: std::iter::once(NAME.in_column()).chain(strengths.iter().map(column)).collect(),
            rows: names(rows).iter().map(cells).collect(),
            notes: Vec::new(),
        }
    };
    vec![all, wide(PSNR, |metrics| metrics.psnr), wide(SSIM, |metrics| metrics.ssim)]
}

/// PSNR and SSIM over the strength, a line a method.
pub fn plots(rows: &[DenoiseRow], noise: NoiseKind) -> Vec<Plot> {
    let plot = |quantity: Quantity, read: fn(&PixelMetrics) -> f64| {
        let series = names(rows).into_iter().map(|name| {
            let of: Vec<&DenoiseRow> = rows.iter().filter(|row| row.name == name).collect();
            let is_noisy = of.first().is_some_and(|row| row.way == Way::Nothing);
            let mark = if is_noisy { Mark::Reference } else { Mark::Line };
            Series::new(
                of.first().map_or("", |row| &row.short),
                mark,
                of.iter().map(|row| [row.strength, read(&row.metrics)]).collect(),
            )
        });
        Plot {
            title: format!("{} removed: {}", upper_first(noise.label()), quantity.title()),
            x: Axis::of(format!("strength ({})", noise.strength())),
            y: Axis::of(if quantity.unit.is_empty() {
                quantity.title()
            } else {
                format!("{} ({})", quantity.title(), quantity.unit)
            }),
            series: series.collect(),
        }
    };
    vec![plot(PSNR, |metrics| metrics.psnr), plot(SSIM, |metrics| metrics.ssim)]
}

/// Whether models remove the noise, and at which strengths they do so better than filters, in sentences.
pub fn verdict(rows: &[DenoiseRow], noise: NoiseKind) -> Vec<String> {
    let strengths = strengths(rows);
    let best = |strength: f64, way: Way, read: fn(&PixelMetrics) -> f64| {
        let of = rows.iter().filter(|row| row.strength == strength && row.way == way);
        of.max_by(|a, b| read(&a.metrics).total_cmp(&read(&b.metrics)))
    };
    let psnr: fn(&PixelMetrics) -> f64 = |metrics| metrics.psnr;
    let at =
        |wins: &dyn Fn(f64) -> bool| strengths.iter().copied().filter(|s| wins(*s)).collect::<Vec<f64>>();
    let over = |strength: f64, way: Way, other: Way| {
        let pair = best(strength, way, psnr).zip(best(strength, other, psnr));
        pair.is_some_and(|(a, b)| psnr(&a.metrics) > psnr(&b.metrics))
    };
    let helped = at(&|strength| over(strength, Way::Model, Way::Nothing));
    let won = at(&|strength| over(strength, Way::Model, Way::Filter));
    let label = noise.label();
    let mut sentences = vec![match helped.as_slice() {
        [] => format!(
            "No autoencoder here removes {label}: at every strength the noisy picture has the higher PSNR."
        ),
        some if some.len() == strengths.len() => {
            format!(
                "Autoencoders remove {label}: at every strength one of them gives a higher PSNR than the noisy picture has."
            )
        }
        some => format!(
            "Autoencoders remove {label} where it is strong enough: at {} one of them gives a higher PSNR than the noisy \
             picture has, elsewhere a code keeps less of a picture than the noise leaves.",
            among(some, &strengths)
        ),
    }];
    sentences.push(match won.as_slice() {
        [] => "At no strength is one of them better than the best filter, which has learned nothing.".into(),
        some if some.len() == strengths.len() => {
            "At every strength one of them is better than the best filter.".into()
        }
        some => format!("Better than the best filter one of them is at {}.", among(some, &strengths)),
    });
    for (quantity, read) in [(PSNR, psnr), (SSIM, |metrics: &PixelMetrics| metrics.ssim)] {
        sentences.extend(winners(rows, &strengths, quantity, read));
    }
    sentences
}

/// The best method at each strength, those of one together.
fn winners(
    rows: &[DenoiseRow],
    strengths: &[f64],
    quantity: Quantity,
    read: fn(&PixelMetrics) -> f64,
) -> Option<String> {
    let mut wins: Vec<(&str, Vec<f64>)> = Vec::new();
    for strength in strengths {
        let of = rows.iter().filter(|row| row.strength == *strength);
        let best = of.max_by(|a, b| read(&a.metrics).total_cmp(&read(&b.metrics)))?;
        match wins.iter_mut().find(|(name, _)| *name == best.name) {
            Some((_, at)) => at.push(*strength),
            None => wins.push((&best.name, vec![*strength])),
        }
    }
    let won = |(name, at): &(&str, Vec<f64>)| format!("{} at {}", the(name), among(at, strengths));
    Some(format!(
        "By {} the best is {}.",
        quantity.title(),
        listed(&wins.iter().map(won).collect::<Vec<_>>())
    ))
}

/// A method within a sentence.
fn the(name: &str) -> String {
    match name {
        "noisy picture" => "the noisy picture itself".into(),
        "median" => "the median".into(),
        "Gaussian" => "the Gaussian filter".into(),
        name => name.to_owned(),
    }
}

/// Some of the strengths, where they follow each other as a range.
fn among(some: &[f64], strengths: &[f64]) -> String {
    let place = |strength: &f64| strengths.iter().position(|other| other == strength);
    let follow = some.windows(2).all(|pair| place(&pair[0]).map(|at| at + 1) == place(&pair[1]));
    match some {
        [first, .., last] if follow && some.len() > 2 => format!("{first} to {last}"),
        some => listed(&some.iter().map(f64::to_string).collect::<Vec<_>>()),
    }
}

/// In the order of the rows.
fn names(rows: &[DenoiseRow]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.name.as_str()) {
            names.push(&row.name);
        }
    }
    names
}

fn strengths(rows: &[DenoiseRow]) -> Vec<f64> {
    let mut strengths: Vec<f64> = rows.iter().map(|row| row.strength).collect();
    strengths.dedup();
    strengths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, way: Way, strength: f64, psnr: f64) -> DenoiseRow {
        let metrics = PixelMetrics { re: 0.0, psnr, ssim: psnr / 100.0, n: 2, identical: 0 };
        let settings = String::new();
        DenoiseRow {
            name: name.into(),
            short: name.into(),
            way,
            settings,
            noise: NoiseKind::Gaussian,
            strength,
            metrics,
        }
    }

    fn rows(of_model: [f64; 3]) -> Vec<DenoiseRow> {
        let at = |(strength, model): (f64, f64)| {
            let noisy = row("noisy picture", Way::Nothing, strength, 39.0 - 100.0 * strength);
            [noisy, row("median", Way::Filter, strength, 30.0), row("dae", Way::Model, strength, model)]
        };
        [0.05, 0.1, 0.2].into_iter().zip(of_model).flat_map(at).collect()
    }

    #[test]
    fn the_verdict_says_where_models_win_and_where_not() {
        let said = verdict(&rows([20.0, 29.0, 31.0]), NoiseKind::Gaussian);
        assert!(said[0].contains("strong enough: at 0.2 one"), "{said:?}");
        assert!(said[1].contains("one of them is at 0.2."), "{said:?}");
        assert_eq!(
            said[2],
            "By PSNR the best is the noisy picture itself at 0.05, the median at 0.1 and dae at 0.2."
        );
        let never = verdict(&rows([20.0, 20.0, 10.0]), NoiseKind::Gaussian);
        assert!(
            never[0].starts_with("No autoencoder") && never[1].starts_with("At no strength"),
            "{never:?}"
        );
        let always = verdict(&rows([41.0, 41.0, 41.0]), NoiseKind::Gaussian);
        assert!(always[0].contains("at every strength") && always[1].starts_with("At every"), "{always:?}");
        assert!(always[2].ends_with("dae at 0.05 to 0.2."), "{always:?}");
    }

    #[test]
    fn tables_have_a_row_a_method_and_a_key_for_every_column() {
        let tables = tables(&rows([20.0, 29.0, 31.0]), NoiseKind::Gaussian, &[], 5);
        let keys: Vec<&str> = tables[0].columns.iter().map(|column| column.key.as_str()).collect();
        assert_eq!(keys, ["name", "settings", "noise", "strength", "psnr", "ssim", "n"]);
        assert_eq!((tables[0].rows.len(), tables[1].rows.len(), tables[1].columns.len()), (9, 3, 4));
        assert_eq!(tables[1].shown()[2][1..], ["20.00", "29.00", "31.00"]);
    }
}
