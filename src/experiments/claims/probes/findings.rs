//! Findings of probes as tables, plots and sentences.

use super::cross::mean_and_spread;
use super::sets::NumberSet;
use crate::report::probe_quantities as quantities;
use crate::report::{Axis, Mark, Plot, Series};
use crate::table::{Cell, Column, Table};

/// An attribute that was told.
pub struct Told {
    /// As in "smile".
    pub name: String,
    /// Whether it is yes or no; else an amount.
    pub is_presence: bool,
    /// Images of which it is known.
    pub n: usize,
}

/// Scores of all sets of numbers on all attributes.
pub struct Findings<'a> {
    /// The sets.
    pub sets: &'a [NumberSet],
    /// The attributes.
    pub attributes: &'a [Told],
    /// Of each set of each attribute a score a fold.
    pub scores: &'a [Vec<Vec<f64>>],
}

impl Findings<'_> {
    /// A row a set and attribute, and one for the mean over the attributes of a kind.
    pub fn rows(&self) -> Table {
        let columns = [
            quantities::FEATURES,
            quantities::KIND,
            quantities::NUMBERS,
            quantities::ATTRIBUTE,
            quantities::AUC,
            quantities::R2,
            quantities::SPREAD,
            quantities::IMAGES,
        ];
        let mut rows = Vec::new();
        for (at, set) in self.sets.iter().enumerate() {
            let first = || -> Vec<Cell> {
                let numbers = set.rows.first().map_or(0, Vec::len);
                vec![set.name.as_str().into(), set.kind.as_str().into(), numbers.into()]
            };
            let score = |is_presence: bool, (mean, spread): (f64, f64)| -> [Cell; 3] {
                let mean = Cell::from(mean);
                let both = if is_presence { [mean, Cell::Empty] } else { [Cell::Empty, mean] };
                let [auc, r2] = both;
                [auc, r2, spread.into()]
            };
            for (told, folds) in self.attributes.iter().zip(&self.scores[at]) {
                let rest = score(told.is_presence, mean_and_spread(folds));
                rows.push(
                    [first(), vec![told.name.as_str().into()], rest.into(), vec![told.n.into()]].concat(),
                );
            }
            for is_presence in [true, false] {
                if let Some(folds) = self.mean_folds(at, is_presence) {
                    let name = if is_presence { "mean of yes or no" } else { "mean of amounts" };
                    let rest = score(is_presence, mean_and_spread(&folds));
                    rows.push([first(), vec![name.into()], rest.into(), vec![Cell::Empty]].concat());
                }
            }
        }
        let columns = columns.iter().map(|quantity| quantity.in_column()).collect();
        Table { title: "Probes".into(), columns, rows, notes: Vec::new() }
    }

    /// A row an attribute, a column a set.
    pub fn by_attribute(&self) -> Table {
        let column = |set: &NumberSet| {
            let key = set.name.replace([' ', ',', '-', '@'], "_");
            Column { title: set.name.clone(), key, ..quantities::AUC.in_column() }
        };
        let mut columns = vec![quantities::ATTRIBUTE.in_column(), Column::text("score")];
        columns.extend(self.sets.iter().map(column));
        let score = |is_presence: bool| -> Cell { if is_presence { "AUC" } else { "R²" }.into() };
        let mut rows = Vec::new();
        for is_presence in [true, false] {
            for (at, told) in self.of_kind(is_presence) {
                let mut row = vec![told.name.as_str().into(), score(is_presence)];
                row.extend(self.scores.iter().map(|of| Cell::from(mean_and_spread(&of[at]).0)));
                rows.push(row);
            }
            if self.of_kind(is_presence).next().is_some() {
                let mean = |set| {
                    Cell::from(self.mean_folds(set, is_presence).map(|folds| mean_and_spread(&folds).0))
                };
                let mut row: Vec<Cell> = vec!["mean".into(), score(is_presence)];
                row.extend((0..self.sets.len()).map(mean));
                rows.push(row);
            }
        }
        Table { title: "By attribute".into(), columns, rows, notes: Vec::new() }
    }

    /// Bars with their spread, a plot for yes or no and one for amounts.
    pub fn plots(&self) -> Vec<Plot> {
        let plot = |is_presence: bool| {
            let attributes: Vec<(usize, &Told)> = self.of_kind(is_presence).collect();
            // Pixels are as a PCA of them, and so many bars tell little.
            let shown = self.sets.iter().zip(self.scores).filter(|(set, _)| set.kind != "pixels");
            let series = shown.map(|(set, of)| {
                let told = attributes.iter().map(|(at, _)| mean_and_spread(&of[*at]));
                let (means, spread): (Vec<f64>, Vec<f64>) = told.unzip();
                // What is worse than the mean of all is no worse for being far worse.
                let points = means.iter().enumerate().map(|(at, mean)| [at as f64, mean.max(0.0)]).collect();
                Series { spread, ..Series::new(&set.name, Mark::Bars, points) }
            });
            let names = attributes.iter().map(|(_, told)| told.name.clone()).collect();
            let (title, score) = match is_presence {
                true => ("Yes or no told from codes and other numbers", "AUC"),
                false => ("Amounts told from codes and other numbers", "R²"),
            };
            let plot = Plot {
                title: title.into(),
                x: Axis::over("attribute", names),
                y: Axis::of(score),
                series: series.collect(),
            };
            (!attributes.is_empty()).then_some(plot)
        };
        [true, false].into_iter().filter_map(plot).collect()
    }

    /// Sentences on how many attributes codes tell better than a PCA of equal size, by more than the spread, and on
    /// the best kind.
    pub fn verdict(&self) -> Vec<String> {
        let codes: Vec<usize> = (0..self.sets.len()).filter(|at| self.sets[*at].is_code).collect();
        let mut sentences = Vec::new();
        let counts: Vec<(usize, [usize; 2])> =
            codes.iter().filter_map(|at| Some((*at, self.against(*at, self.equal(*at)?)))).collect();
        if !counts.is_empty() {
            let [better, worse] =
                [0, 1].map(|side| counts.iter().map(|(_, counts)| counts[side]).sum::<usize>());
            let all = counts.len() * self.attributes.len();
            let each = counts
                .iter()
                .map(|(at, [better, worse])| format!("{} {better} and {worse}", self.sets[*at].name));
            let claim = match () {
                () if 2 * better > all => "better than",
                () if 2 * worse > all => "worse than",
                () => "for the most part neither better nor worse than",
            };
            sentences.push(format!(
                "{}, {claim} a PCA of equal size: by more than the spread over the folds better in {better} of {all} \
                 comparisons and worse in {worse} ({}).",
                self.levels(&codes),
                each.collect::<Vec<_>>().join(", ")
            ));
        }
        for is_presence in [true, false] {
            let mean = |at: usize| Some(mean_and_spread(&self.mean_folds(at, is_presence)?).0);
            let best = |among: &mut dyn Iterator<Item = usize>| {
                among.filter_map(|at| Some((mean(at)?, at))).max_by(|a, b| a.0.total_cmp(&b.0))
            };
            let Some((score, at)) = best(&mut codes.iter().copied()) else { continue };
            let (what, measure) = if is_presence { ("Yes or no", "AUC") } else { ("Amounts", "R²") };
            let mut others = (0..self.sets.len()).filter(|at| !self.sets[*at].is_code);
            let beside = best(&mut others).map(|(score, at)| {
                format!("; of the others the best are {} with {score:.3}", self.sets[at].name)
            });
            sentences.push(format!(
                "{what}: of the codes those of {} ({}) tell most, mean {measure} {score:.3}{}.",
                self.sets[at].name,
                self.sets[at].kind,
                beside.unwrap_or_default()
            ));
        }
        sentences
    }

    /// Scores of codes, mean over models.
    fn levels(&self, codes: &[usize]) -> String {
        let level = |is_presence: bool| {
            let means: Vec<f64> = codes
                .iter()
                .filter_map(|at| Some(mean_and_spread(&self.mean_folds(*at, is_presence)?).0))
                .collect();
            let mean = (!means.is_empty()).then(|| means.iter().sum::<f64>() / means.len() as f64)?;
            Some(match is_presence {
                true => format!("mean AUC {mean:.3} of yes or no, by chance 0.5"),
                false => format!("mean R² {mean:.3} of amounts, by chance 0"),
            })
        };
        let both: Vec<String> = [true, false].into_iter().filter_map(level).collect();
        format!("Codes tell attributes ({})", both.join("; "))
    }

    fn of_kind(&self, is_presence: bool) -> impl Iterator<Item = (usize, &Told)> {
        self.attributes.iter().enumerate().filter(move |(_, told)| told.is_presence == is_presence)
    }

    /// Mean over the attributes of a kind, a number a fold.
    fn mean_folds(&self, set: usize, is_presence: bool) -> Option<Vec<f64>> {
        let of: Vec<&Vec<f64>> = self.of_kind(is_presence).map(|(at, _)| &self.scores[set][at]).collect();
        let folds = of.iter().map(|folds| folds.len()).min()?;
        let mean = |fold: usize| of.iter().map(|folds| folds[fold]).sum::<f64>() / of.len() as f64;
        Some((0..folds).map(mean).collect())
    }

    /// The PCA of the same size.
    fn equal(&self, at: usize) -> Option<usize> {
        let name = self.sets[at].equal.as_ref()?;
        self.sets.iter().position(|set| set.name == *name)
    }

    /// Attributes that a set tells better, and worse, than another by more than the standard deviation over folds of the
    /// difference, each fold for itself.
    fn against(&self, set: usize, other: usize) -> [usize; 2] {
        let differences = self.scores[set].iter().zip(&self.scores[other]).map(|(own, others)| {
            let pairs: Vec<f64> = own.iter().zip(others).map(|(own, other)| own - other).collect();
            mean_and_spread(&pairs)
        });
        let (mut better, mut worse) = (0, 0);
        for (mean, spread) in differences {
            better += usize::from(mean > spread);
            worse += usize::from(-mean > spread);
        }
        [better, worse]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, is_code: bool) -> NumberSet {
        let equal = is_code.then(|| "PCA".to_owned());
        NumberSet { name: name.into(), kind: "AE".into(), is_code, equal, rows: vec![vec![0.0; 3]] }
    }

    #[test]
    fn the_verdict_counts_what_is_beyond_the_spread_and_names_the_best() {
        let sets = [set("one", true), set("two", true), set("PCA", false)];
        let told = |name: &str, is_presence| Told { name: name.into(), is_presence, n: 9 };
        let attributes = [told("smile", true), told("hat", true), told("age", false)];
        let scores = [
            vec![vec![0.9, 0.91], vec![0.5, 0.7], vec![0.3, 0.3]],
            vec![vec![0.7, 0.71], vec![0.6, 0.6], vec![0.1, 0.1]],
            vec![vec![0.8, 0.81], vec![0.6, 0.6], vec![0.2, 0.2]],
        ];
        let findings = Findings { sets: &sets, attributes: &attributes, scores: &scores };
        assert_eq!((findings.against(0, 2), findings.against(1, 2)), ([2, 0], [0, 2]));
        let words = findings.verdict();
        assert!(words[0].contains("neither better nor worse than a PCA of equal size"), "{words:?}");
        assert!(words[0].contains("better in 2 of 6 comparisons and worse in 2"), "{words:?}");
        assert!(words[0].contains("(one 2 and 0, two 0 and 2)"), "{words:?}");
        assert!(words[1].contains("those of one (AE)") && words[1].contains("0.752"), "{words:?}");
        let rows = findings.rows();
        assert_eq!(rows.rows.len(), 3 * (3 + 2));
        let object = &rows.objects()[0];
        assert!(
            object["attribute"] == "smile" && object["auc"] == 0.905 && !object.contains_key("r2"),
            "{object:?}"
        );
        assert_eq!(findings.by_attribute().rows.len(), 5);
        assert_eq!(findings.plots().len(), 2);
    }
}
