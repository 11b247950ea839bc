//! Words of reports that the window shows in its own language.

use std::collections::BTreeSet;

use super::quantities::{CODES, COPIES, KNOWN, PIXEL_COUNTS, PIXELS, SET_FACTS, SETS, SMOOTHNESS};
use super::{AtlasDecoding, RunQuantity, anomaly_quantities as anomalies, probe_quantities as probes};
use crate::table::{Measure, Quantity};

/// Names of the columns that maps have of themselves, of their classes, and what they hold.
const ATLAS: [&str; 14] = [
    "part",
    "The part of the data set that an image is of, or that the model has drawn it.",
    "training",
    "validation",
    "test",
    "draw",
    "cluster",
    "Points that lie close together on the map, named by what their members share.",
    "isolation",
    "Mean distance to the five nearest images, over the median of that: far above 1 it is a stranger.",
    "Mean squared error of the reconstruction, per pixel and channel.",
    "KL of the posterior of the image to the prior, in nats: how much the code says.",
    "age",
    "Built-in faces",
];

/// Names, units and definitions of all quantities that are measured, and the words of maps.
pub fn words() -> BTreeSet<&'static str> {
    fn of<R>(measures: &'static [Measure<R>]) -> impl Iterator<Item = Quantity> {
        measures.iter().map(|measure| measure.quantity)
    }
    let anomalies = [
        anomalies::MODEL,
        anomalies::CASE,
        anomalies::SCORE,
        anomalies::AUROC,
        anomalies::THRESHOLD,
        anomalies::FALSE_POSITIVES,
        anomalies::TRUE_POSITIVES,
        anomalies::FLAGGED_SHARE,
        anomalies::KNOWN,
        anomalies::NEW,
        anomalies::IMAGE,
        anomalies::SET,
        anomalies::FLAGGED,
    ];
    let probes = [
        probes::FEATURES,
        probes::KIND,
        probes::NUMBERS,
        probes::ATTRIBUTE,
        probes::AUC,
        probes::R2,
        probes::SPREAD,
        probes::IMAGES,
    ];
    let images = of(PIXELS).chain(of(PIXEL_COUNTS)).chain(of(CODES)).chain(of(KNOWN));
    let sets = of(SETS).chain(of(SET_FACTS)).chain(of(COPIES)).chain(of(SMOOTHNESS));
    let runs = RunQuantity::ALL.iter().map(|quantity| *quantity.about());
    let quantities = images.chain(sets).chain(runs).chain(anomalies).chain(probes);
    let words = quantities.flat_map(|about| [about.label, about.short, about.unit, about.definition]);
    let decodings = [AtlasDecoding::Plane, AtlasDecoding::Neighbors, AtlasDecoding::Pictures];
    let decodings = decodings.into_iter().map(AtlasDecoding::sentence);
    words.chain(decodings).chain(ATLAS).filter(|word| !word.is_empty()).collect()
}
