//! The verdict of the test of anomalies, in sentences.

use super::cases::SIMPLE;
use super::drawn::label;
use super::scores::Scored;
use super::tables::Findings;
use crate::config::AnomalyScore;
use crate::metrics::prediction::auc;
use crate::metrics::roc::share_above;

/// Area below which new images pass for more familiar than known ones, and above which they are told.
const CHANCE: f64 = 0.5;
const TOLD: f64 = 0.8;

impl Findings<'_> {
    /// The answer, the trap and its answer, the threshold.
    pub fn verdict(&self, by: &Scored) -> Vec<String> {
        let at = self.threshold(by);
        let flagged = format!(
            "A threshold on {} of {} above which {:.0} % of the validation images lie flags {:.1} % of the known test \
             images and {:.1} % of",
            label(by.score),
            by.model,
            100.0 * self.config.false_positives,
            100.0 * share_above(by.known(), at),
            100.0 * share_above(&self.of_group(by, None), at),
        );
        if self.config.rank.is_some() {
            let folder = self.cases.groups().join(", ");
            return vec![format!("{flagged} {folder}.")];
        }
        let mut sentences = self.answer();
        sentences.extend(self.trap());
        sentences.extend(self.blind_spots());
        sentences.push(format!("{flagged} the new ones."));
        sentences
    }

    /// Mean over models of the area of a score, over all new images or a group of them.
    fn mean(&self, score: AnomalyScore, group: Option<&str>) -> Option<f64> {
        let of = self.scores.iter().filter(|scored| scored.score == score);
        let areas: Vec<f64> = of.filter_map(|scored| self.auroc(scored, group)).collect();
        (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64)
    }

    fn answer(&self) -> Vec<String> {
        let Some(re) = self.mean(AnomalyScore::Re, None) else { return Vec::new() };
        let holds = if re >= TOLD {
            "as the lecture claims"
        } else if re > CHANCE {
            "less well than the lecture claims"
        } else {
            "not as the lecture claims"
        };
        let others = AnomalyScore::ALL.into_iter().skip(1);
        let others: Vec<String> = others
            .filter_map(|score| Some(format!("{} {:.3}", label(score), self.mean(score, None)?)))
            .collect();
        vec![format!(
            "Reconstruction error puts a new image above a known one in {:.1} % of the pairs (AUROC {re:.3}, mean over \
             models), {holds}. Others: {}.",
            100.0 * re,
            others.join(", ")
        )]
    }

    /// Of each score the case that it tells worst, mean over models.
    fn blind_spots(&self) -> Option<String> {
        let worst = |score: AnomalyScore| {
            let of = |case: usize| {
                let own = self.scores.iter().filter(|scored| scored.score == score);
                let areas: Vec<f64> = own.filter_map(|s| auc(&s.of_new()[case], s.known())).collect();
                (!areas.is_empty()).then(|| (areas.iter().sum::<f64>() / areas.len() as f64, case))
            };
            let cases = (0..self.cases.new.len()).filter_map(of);
            let (area, case) = cases.min_by(|a, b| a.0.total_cmp(&b.0))?;
            Some(format!("{} {area:.3} ({})", label(score), self.cases.new[case].name))
        };
        let each: Vec<String> = AnomalyScore::ALL.into_iter().filter_map(worst).collect();
        (self.cases.new.len() > 1 && !each.is_empty())
            .then(|| format!("What each score tells worst, by AUROC: {}.", each.join(", ")))
    }

    /// Whether simple pictures pass for familiar ones, and what helps.
    fn trap(&self) -> Vec<String> {
        let Some(re) = self.mean(AnomalyScore::Re, Some(SIMPLE)) else { return Vec::new() };
        let others: Vec<(AnomalyScore, f64)> = AnomalyScore::ALL
            .into_iter()
            .skip(1)
            .filter_map(|score| Some((score, self.mean(score, Some(SIMPLE))?)))
            .collect();
        let list = |told: bool| {
            let some = others.iter().filter(|(_, area)| (*area >= TOLD) == told);
            some.map(|(score, area)| format!("{} {area:.3}", label(*score))).collect::<Vec<_>>().join(", ")
        };
        let trap = if re < CHANCE {
            format!(
                "The trap: flat colours and gradients have a smaller error than faces more often than not (AUROC \
                 {re:.3}), though no face is in them: the error alone prefers pictures with little in them."
            )
        } else {
            format!(
                "The trap that simple pictures pass for familiar ones by their error does not close here: AUROC {re:.3}."
            )
        };
        let answer = match (list(true), list(false)) {
            (told, rest) if told.is_empty() => format!("No other score tells them from faces: {rest}."),
            (told, rest) if rest.is_empty() => {
                format!("Its answer: all other scores tell them from faces: {told}.")
            }
            (told, rest) => format!("Its answer: these tell them from faces: {told}; these do not: {rest}."),
        };
        vec![trap, answer]
    }
}
