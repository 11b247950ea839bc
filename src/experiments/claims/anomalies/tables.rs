//! Tables of the test of anomalies.

use super::cases::Cases;
use super::scores::Scored;
use crate::config::{AnomaliesConfig, AnomalyScore};
use crate::metrics::prediction::auc;
use crate::metrics::roc::{share_above, threshold};
use crate::report::anomaly_quantities as quantities;
use crate::table::{Cell, Column, Table};

/// Scores beside the images that they are of.
pub struct Findings<'a> {
    /// Settings.
    pub config: &'a AnomaliesConfig,
    /// The images.
    pub cases: &'a Cases,
    /// All scores of all models.
    pub scores: &'a [Scored],
}

impl Findings<'_> {
    /// The threshold of a score.
    pub fn threshold(&self, scored: &Scored) -> f64 {
        threshold(scored.validation(), self.config.false_positives)
    }

    /// Scores of all new images of a group, or of all there are.
    pub fn of_group(&self, scored: &Scored, group: Option<&str>) -> Vec<f64> {
        let cases = self.cases.new.iter().zip(scored.of_new());
        let cases = cases.filter(|(case, _)| group.is_none_or(|group| case.group == group));
        cases.flat_map(|(_, values)| values).copied().collect()
    }

    /// Share of the pairs in which a new image of a group has a higher score than a known one.
    pub fn auroc(&self, scored: &Scored, group: Option<&str>) -> Option<f64> {
        auc(&self.of_group(scored, group), scored.known())
    }

    /// The scores that a model gives, and those that need none.
    pub fn of_model(&self, model: &str) -> impl Iterator<Item = &Scored> {
        let model = model.to_owned();
        self.scores.iter().filter(move |s| s.model == model || s.score == AnomalyScore::Features)
    }

    /// A row a model and score: the area under the curve over all new images and over each group of them, and what a
    /// threshold flags.
    pub fn summary(&self) -> Table {
        let groups = self.cases.groups();
        let is_ranked = self.config.rank.is_some();
        let mut columns = vec![quantities::MODEL.in_column(), quantities::SCORE.in_column()];
        if !is_ranked {
            columns.push(quantities::AUROC.in_column());
            let key = |group: &String| format!("auroc_{}", group.replace([' ', '-'], "_"));
            let column = |group: &String| Column { title: group.clone(), ..quantities::AUROC.in_column() };
            let of_groups = groups.iter().filter(|_| groups.len() > 1);
            columns.extend(of_groups.map(|group| column(group).keyed(&key(group))));
        }
        let facts = [
            quantities::THRESHOLD,
            quantities::FALSE_POSITIVES,
            if is_ranked { quantities::FLAGGED_SHARE } else { quantities::TRUE_POSITIVES },
            quantities::KNOWN,
            quantities::NEW,
        ];
        columns.extend(facts.iter().map(|quantity| quantity.in_column()));
        let row = |scored: &Scored| {
            let (new, at) = (self.of_group(scored, None), self.threshold(scored));
            let mut row: Vec<Cell> = vec![scored.model.as_str().into(), scored.score.key().into()];
            if !is_ranked {
                row.push(self.auroc(scored, None).into());
                let of_groups = groups.iter().filter(|_| groups.len() > 1);
                row.extend(of_groups.map(|group| Cell::from(self.auroc(scored, Some(group)))));
            }
            let known = scored.known();
            row.extend([at.into(), share_above(known, at).into(), share_above(&new, at).into()]);
            row.extend([Cell::from(known.len()), new.len().into()]);
            row
        };
        let title = if is_ranked { "Thresholds" } else { "Known against new images" };
        let rows = self.scores.iter().map(row).collect();
        Table { title: title.into(), columns, rows, notes: Vec::new() }
    }

    /// A row a model, score and case.
    pub fn by_case(&self) -> Table {
        let columns = [
            quantities::MODEL,
            quantities::CASE,
            quantities::SCORE,
            quantities::AUROC,
            quantities::TRUE_POSITIVES,
            quantities::NEW,
        ];
        let mut rows = Vec::new();
        for scored in self.scores {
            let at = self.threshold(scored);
            for (case, values) in self.cases.new.iter().zip(scored.of_new()) {
                let words = [scored.model.as_str(), &case.name, scored.score.key()].map(Cell::from);
                let numbers =
                    [auc(values, scored.known()).into(), share_above(values, at).into(), values.len().into()];
                rows.push(words.into_iter().chain(numbers).collect());
            }
        }
        let columns = columns.iter().map(|quantity| quantity.in_column()).collect();
        Table { title: "By case".into(), columns, rows, notes: Vec::new() }
    }

    /// A row an image, the most foreign one first, with all scores of a model: known images of the test split and new
    /// ones; or, where a folder is to be ranked, those of the folder.
    pub fn ranking(&self, by: &Scored, model: &str) -> Table {
        let at = self.threshold(by);
        let scores: Vec<&Scored> = self.of_model(model).filter(|scored| scored.score != by.score).collect();
        let skipped = if self.config.rank.is_some() { 2 } else { 1 };
        let mut rows = Vec::new();
        for (case_at, case) in self.cases.all().enumerate().skip(skipped) {
            for (number, name) in case.names.iter().enumerate() {
                let value = by.values[case_at][number];
                let flagged = if value > at { "yes" } else { "no" };
                let mut row: Vec<Cell> = vec![name.as_str().into(), case.name.as_str().into(), value.into()];
                row.push(flagged.into());
                row.extend(scores.iter().map(|scored| Cell::from(scored.values[case_at][number])));
                rows.push((value, row));
            }
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut columns = vec![quantities::IMAGE.in_column(), quantities::SET.in_column()];
        let number = |score: AnomalyScore| Column {
            title: score.key().into(),
            better: None,
            ..quantities::THRESHOLD.in_column().keyed(score.key())
        };
        columns.extend([number(by.score).keyed("score"), quantities::FLAGGED.in_column()]);
        columns.extend(scores.iter().map(|scored| number(scored.score)));
        let note = format!("By {} of {}; flagged above {at:.5}.", by.score.key(), by.model);
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        Table { title: "Images by how foreign they are".into(), columns, rows, notes: vec![note] }
    }
}
