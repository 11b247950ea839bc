//! The test of anomalies on cases of which the outcome is known.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/own_cache.rs"]
mod own_cache;

use std::path::{Path, PathBuf};

use morphospace::config::{AnomaliesConfig, AnomalyScore, ClaimConfig, ClaimOrder, DataSource};
use morphospace::data::Dataset;
use morphospace::experiments::claims::test_claim;
use morphospace::export::write_png;
use morphospace::random::RandomStream;
use morphospace::report::ClaimReport;
use morphospace::{Error, ImageBuf};

fn order(data: DataSource, models: &[&str], config: AnomaliesConfig) -> ClaimOrder {
    let models = models.iter().map(PathBuf::from).collect();
    ClaimOrder { data, models, quick: true, seed: 0, claim: ClaimConfig::Anomalies(config) }
}

/// A number of the first row with these words.
fn number(report: &ClaimReport, words: &[&str], key: &str) -> f64 {
    let rows = report.tables.iter().flat_map(|table| table.objects());
    let mut rows = rows.filter(|row| row.contains_key(key));
    let row = rows.find(|row| words.iter().all(|word| row.values().any(|value| value == word)));
    row.unwrap_or_else(|| panic!("{words:?} {key}"))[key].as_f64().unwrap()
}

/// Built-in faces that no model knows, noise among them.
fn with_a_planted_one(folder: &Path) {
    let faces = Dataset::builtin_faces(64).unwrap();
    for index in 500..515 {
        write_png(&faces.image(index).unwrap(), &folder.join(format!("face-{index}.png"))).unwrap();
    }
    let mut generator = RandomStream::new(3);
    let pixels = (0..64 * 64 * 3).map(|_| (generator.unit() * 255.0) as u8).collect();
    write_png(&ImageBuf::new(64, 64, pixels).unwrap(), &folder.join("planted.png")).unwrap();
}

#[test]
fn a_planted_picture_is_ranked_first() {
    own_cache::own_cache();
    let folder = tempfile::tempdir().unwrap();
    with_a_planted_one(folder.path());
    let rank = Some(DataSource::Folder(folder.path().into()));
    let config = AnomaliesConfig { rank, by: AnomalyScore::Re, ..AnomaliesConfig::default() };
    let report = test_claim(&order(DataSource::BuiltinFaces, &["vae-faces-64"], config), &mut ()).unwrap();
    let ranked = report.tables[0].objects();
    assert_eq!(ranked.len(), 16);
    assert!(ranked[0]["name"] == "planted.png" && ranked[0]["flagged"] == "yes", "{:?}", ranked[0]);
    for key in ["score", "elbo", "re_over_complexity", "features"] {
        let number = |row: &serde_json::Map<String, serde_json::Value>| row[key].as_f64().unwrap();
        assert!(ranked[1..].iter().all(|row| number(row) < number(&ranked[0])), "{key}");
    }
    assert!(ranked.is_sorted_by(|a, b| a["score"].as_f64() >= b["score"].as_f64()));
    assert!(report.verdict.iter().any(|said| said.contains("flags")), "{:?}", report.verdict);
    assert!(!report.plots.is_empty() && report.pictures[0].rows.len() == 6);
}

/// What the lecture does not say: the error alone prefers pictures with little in them.
#[test]
fn simple_pictures_pass_for_familiar_ones_by_their_error_and_not_by_what_it_is_held_against() {
    let ffhq = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ffhq");
    if !ffhq.is_dir() {
        eprintln!("skipped: there are no FFHQ faces at {}", ffhq.display());
        return;
    }
    own_cache::own_cache();
    let order = order(DataSource::Folder(ffhq), &["vae-ffhq-64"], AnomaliesConfig::default());
    let report = test_claim(&order, &mut ()).unwrap();
    let area = |case: &str, score: &str| number(&report, &[case, score], "auroc");
    for simple in ["flat colours", "gradients"] {
        assert!(area(simple, "re") < 0.4, "{simple}: {}", area(simple, "re"));
        for answer in ["re_over_pca", "re_over_complexity", "elbo_less_complexity", "features"] {
            assert!(area(simple, answer) > 0.9, "{simple}, {answer}: {}", area(simple, answer));
        }
    }
    assert!(area("noise", "re") > 0.99 && area("checkers", "re") > 0.9);
    let set = number(&report, &["vae-ffhq-64", "re"], "false_positive_rate");
    assert!(set < 0.25, "{set}");
    let first = &report.tables[0].objects()[0];
    assert!(["name", "score", "auroc", "threshold"].iter().all(|key| first.contains_key(*key)), "{first:?}");
    assert!(report.verdict.iter().any(|said| said.starts_with("The trap")), "{:?}", report.verdict);
    assert!(report.pictures.len() == 2);
}

#[test]
fn what_cannot_be_measured_is_refused_in_words() {
    own_cache::own_cache();
    let refused = |order: &ClaimOrder| match test_claim(order, &mut ()) {
        Err(error @ Error::Invalid(_)) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("measured"),
    };
    let usual = AnomaliesConfig::default;
    let said = refused(&order(DataSource::BuiltinFaces, &["dcgan-ffhq-64"], usual()));
    assert!(said.contains("no model with an encoder"), "{said}");
    let config = AnomaliesConfig { false_positives: 2.0, ..usual() };
    let said = refused(&order(DataSource::BuiltinFaces, &["vae-faces-64"], config));
    assert!(said.contains("choose 0 to 1"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    with_a_planted_one(folder.path());
    let said = refused(&order(DataSource::Folder(folder.path().into()), &["vae-faces-64"], usual()));
    assert!(said.contains("a threshold takes 10 at least"), "{said}");
}
