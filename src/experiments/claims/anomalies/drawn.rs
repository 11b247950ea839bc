//! Plots and pictures of the test of anomalies.

use super::scores::Scored;
use super::tables::Findings;
use crate::config::AnomalyScore;
use crate::error::{Error, Result};
use crate::image_buf::{ImageBuf, difference, heat};
use crate::metrics::prediction::auc;
use crate::metrics::roc::curve;
use crate::report::{Axis, Mark, PictureTable, Plot, Series};
use crate::run::TrainedModel;

/// Bins of a histogram.
const BINS: usize = 32;
/// Share of the images beyond either end of a histogram, which its last bins hold.
const BEYOND: f64 = 0.01;
/// Pictures in a row.
const SHOWN: usize = 8;
/// Differences are shown this many times as large.
const GAIN: f32 = 4.0;

/// The name of a score for people.
pub fn label(score: AnomalyScore) -> &'static str {
    match score {
        AnomalyScore::Re => "RE",
        AnomalyScore::Elbo => "−ELBO",
        AnomalyScore::ReOverPca => "RE / PCA",
        AnomalyScore::ReOverComplexity => "RE / PNG",
        AnomalyScore::ElboLessComplexity => "−ELBO − PNG",
        AnomalyScore::Features => "features",
    }
}

impl Findings<'_> {
    /// Areas under the curve of each case, ROC curves and histograms of the scores of a model.
    pub fn plots(&self, model: &str) -> Vec<Plot> {
        let mut plots = Vec::new();
        if self.config.rank.is_none() {
            plots.push(self.areas());
            plots.push(self.curves(model, None));
            let groups = self.cases.groups();
            let each = groups.iter().filter(|_| groups.len() > 1);
            plots.extend(each.map(|group| self.curves(model, Some(group))));
        }
        plots.extend(self.of_model(model).map(|scored| self.histogram(scored)));
        plots
    }

    /// The area of each case and score, mean over models.
    fn areas(&self) -> Plot {
        let names: Vec<String> = self.cases.new.iter().map(|case| case.name.clone()).collect();
        let ends = [-0.4, names.len() as f64 - 0.6];
        let series = AnomalyScore::ALL.into_iter().filter_map(|score| {
            let of: Vec<&Scored> = self.scores.iter().filter(|scored| scored.score == score).collect();
            let point = |case: usize| {
                let areas: Vec<f64> = of.iter().filter_map(|s| auc(&s.of_new()[case], s.known())).collect();
                [case as f64, areas.iter().sum::<f64>() / areas.len() as f64]
            };
            let points = (0..names.len()).map(point).collect();
            (!of.is_empty()).then(|| Series::new(label(score), Mark::Bars, points))
        });
        let chance = Series::new("chance", Mark::Reference, ends.map(|x| [x, 0.5]).to_vec());
        Plot {
            title: "AUROC of known against new images, mean over models".into(),
            series: series.chain([chance]).collect(),
            x: Axis::over("new images", names),
            y: Axis::of("AUROC"),
        }
    }

    fn curves(&self, model: &str, group: Option<&str>) -> Plot {
        let series = self.of_model(model).map(|scored| {
            Series::new(
                label(scored.score),
                Mark::Steps,
                curve(scored.known(), &self.of_group(scored, group)),
            )
        });
        let chance = Series::new("chance", Mark::Reference, vec![[0.0, 0.0], [1.0, 1.0]]);
        let new = group.map_or_else(|| "all new images".to_owned(), str::to_owned);
        Plot {
            title: format!("ROC of known images against {new}, {model}"),
            x: Axis::of("false-positive rate"),
            y: Axis::of("true-positive rate"),
            series: series.chain([chance]).collect(),
        }
    }

    /// Shares of the known images and of each group of new ones over a score.
    fn histogram(&self, scored: &Scored) -> Plot {
        let groups = self.cases.groups();
        let new = groups.iter().map(|group| (group.clone(), self.of_group(scored, Some(group))));
        let sets: Vec<(String, Vec<f64>)> =
            std::iter::once(("known".to_owned(), scored.known().to_vec())).chain(new).collect();
        let mut all: Vec<f64> = sets.iter().flat_map(|(_, values)| values).copied().collect();
        all.sort_by(f64::total_cmp);
        // Errors spread over powers of ten.
        let log = all.first().is_some_and(|least| *least > 0.0) && scored.score != AnomalyScore::Features;
        let place = |value: f64| if log { value.ln() } else { value };
        let back = |place: f64| if log { place.exp() } else { place };
        let end = |share: f64| all[((all.len() - 1) as f64 * share).round() as usize];
        let (from, to) = (place(end(BEYOND)), place(end(1.0 - BEYOND)));
        let step = ((to - from) / BINS as f64).max(f64::MIN_POSITIVE);
        let series = sets.iter().map(|(name, values)| {
            let mut counts = [0usize; BINS];
            for value in values {
                counts[(((place(*value) - from) / step).max(0.0) as usize).min(BINS - 1)] += 1;
            }
            let share = |bin: usize| counts[bin.min(BINS - 1)] as f64 / values.len().max(1) as f64;
            let points = (0..=BINS).map(|bin| [back(from + bin as f64 * step), share(bin)]).collect();
            Series::new(name, Mark::Steps, points)
        });
        let axis = Axis::of(label(scored.score));
        Plot {
            title: format!("{} of known and new images, {}", label(scored.score), scored.model),
            series: series.collect(),
            x: if log { axis.log() } else { axis },
            y: Axis::of("share of the images"),
        }
    }

    /// The most foreign images of each kind by a score, and of the new ones the most familiar by the error alone, each
    /// with what the model makes of it and where that differs.
    ///
    /// # Errors
    /// As for [`TrainedModel::decode`].
    pub fn pictures(&self, by: &Scored, model: (&str, &TrainedModel)) -> Result<Vec<PictureTable>> {
        let is_known = |group: &str| group == self.cases.known.group;
        let mut groups = vec![self.cases.known.group.clone()];
        groups.extend(self.cases.groups());
        let mut rows = Vec::new();
        for group in &groups {
            let mut order = self.places(by, |of| of == group);
            order.sort_by(|a, b| b.2.total_cmp(&a.2));
            let name = if is_known(group) { "known" } else { group };
            rows.extend(self.shown(name, &order, model.1)?);
        }
        let title = format!("Most foreign by {}, {}; differences × {GAIN}", label(by.score), model.0);
        let mut tables = vec![PictureTable { title, columns: Vec::new(), rows }];
        let re = self.scores.iter().find(|s| s.model == model.0 && s.score == AnomalyScore::Re);
        if let Some(re) = re.filter(|_| self.config.rank.is_none()) {
            let mut order = self.places(re, |group| !is_known(group));
            order.sort_by(|a, b| a.2.total_cmp(&b.2));
            let title = format!("New, and yet most familiar by RE alone, {}", model.0);
            let rows = self.shown("new", &order, model.1)?;
            tables.push(PictureTable { title, columns: Vec::new(), rows: rows.into() });
        }
        Ok(tables)
    }

    /// Case, number and score of the images of some groups, those of the validation split aside.
    fn places(&self, by: &Scored, of: impl Fn(&str) -> bool) -> Vec<(usize, usize, f64)> {
        let cases =
            self.cases.all().zip(&by.values).enumerate().skip(1).filter(|(_, (case, _))| of(&case.group));
        cases
            .flat_map(|(at, (_, values))| {
                values.iter().enumerate().map(move |(number, value)| (at, number, *value))
            })
            .collect()
    }

    /// Rows of the first images, their reconstructions and the differences.
    fn shown(
        &self,
        name: &str,
        order: &[(usize, usize, f64)],
        model: &TrainedModel,
    ) -> Result<[(String, Vec<ImageBuf>); 3]> {
        let cases: Vec<_> = self.cases.all().collect();
        let images: Vec<ImageBuf> =
            order.iter().take(SHOWN).map(|(case, number, _)| cases[*case].images[*number].clone()).collect();
        let back = model.decode(&model.encode(&images)?.mu)?;
        let maps =
            images.iter().zip(&back).map(|(image, back)| heat_map(image, back)).collect::<Result<_>>()?;
        Ok([(name.to_owned(), images), ("reconstruction".into(), back), ("difference".into(), maps)])
    }
}

/// Where a picture differs from its reconstruction, as heat.
fn heat_map(image: &ImageBuf, back: &ImageBuf) -> Result<ImageBuf> {
    let pixels = difference(image, back).into_iter().flat_map(|value| heat(GAIN * value)).collect();
    ImageBuf::new(image.width(), image.height(), pixels)
        .ok_or_else(|| Error::Fault("a heat map lost pixels; please report this".into()))
}
