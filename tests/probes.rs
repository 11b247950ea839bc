//! The test of features on cases of which the outcome is known.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/own_cache.rs"]
mod own_cache;

use std::fmt::Write;
use std::path::PathBuf;

use candle_core::Device;
use morphospace::Error;
use morphospace::config::{ClaimConfig, ClaimOrder, DataSource, ProbesConfig, Split};
use morphospace::data::Dataset;
use morphospace::experiments::claims::test_claim;
use morphospace::random::RandomStream;
use morphospace::report::ClaimReport;
use morphospace::run::TrainedModel;

const MODEL: &str = "vae-faces-64";

fn order(config: ProbesConfig) -> ClaimOrder {
    let models = vec![PathBuf::from(MODEL)];
    ClaimOrder {
        data: DataSource::BuiltinFaces,
        models,
        quick: true,
        seed: 0,
        claim: ClaimConfig::Probes(config),
    }
}

fn row(report: &ClaimReport, name: &str, attribute: &str) -> serde_json::Map<String, serde_json::Value> {
    let mut rows = report.tables[0].objects().into_iter();
    rows.find(|row| row["name"] == name && row["attribute"] == attribute).unwrap()
}

/// A table that says a number of the model's own codes, whether it is large, and by chance.
#[test]
fn a_number_of_the_code_is_told_from_it_and_chance_is_not() {
    own_cache::own_cache();
    let faces = Dataset::builtin_faces(64).unwrap();
    let model = TrainedModel::open(MODEL.as_ref(), &Device::Cpu).unwrap();
    let held_out = [faces.indices(Split::Validation), faces.indices(Split::Test)].concat();
    let held_out = &held_out[..400];
    let images: Vec<_> = held_out.iter().map(|index| faces.image(*index).unwrap()).collect();
    let codes = model.encode(&images).unwrap().mu;
    // The number that varies most.
    let variance = |at: usize| codes.iter().map(|code| code[at].powi(2)).sum::<f32>();
    let widest = (0..codes[0].len()).max_by(|a, b| variance(*a).total_cmp(&variance(*b))).unwrap();
    let mut chance = RandomStream::new(5);
    let mut table = String::from("file,own,large,chance");
    for (index, code) in held_out.iter().zip(&codes) {
        let value = code[widest];
        let (large, chance) = (u8::from(value > 0.0), u8::from(chance.unit() > 0.5));
        write!(table, "\n{},{value},{large},{chance}", faces.name(*index)).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("said.csv");
    std::fs::write(&file, table).unwrap();
    let report =
        test_claim(&order(ProbesConfig { table: Some(file), ..ProbesConfig::default() }), &mut ()).unwrap();
    let number = |attribute: &str, key: &str| row(&report, MODEL, attribute)[key].as_f64().unwrap();
    assert!(number("own", "r2") > 0.99, "{}", number("own", "r2"));
    assert!(number("large", "auc") > 0.99, "{}", number("large", "auc"));
    let (auc, spread) = (number("chance", "auc"), number("chance", "spread"));
    assert!((auc - 0.5).abs() < 2.0 * spread && spread < 0.2, "{auc} {spread}");
    assert_eq!(number("own", "n"), 400.0);
    // Beside it pixels, a PCA of equal size and the embedded features.
    let names: Vec<_> = report.tables[0].objects().iter().map(|row| row["kind"].to_string()).collect();
    for kind in ["\"VAE\"", "\"PCA\"", "\"pixels\"", "\"features\""] {
        assert!(names.iter().any(|name| name == kind), "{names:?}");
    }
    assert!(row(&report, "PCA, 128 components", "own")["r2"].as_f64().unwrap() < number("own", "r2"));
    assert!(report.verdict[0].contains("PCA of equal size"), "{:?}", report.verdict);
    assert!(report.measured_on.contains("400 images"), "{}", report.measured_on);
}

#[test]
fn what_cannot_be_probed_is_refused_in_words() {
    own_cache::own_cache();
    let refused = |config: ProbesConfig| match test_claim(&order(config), &mut ()) {
        Err(error @ Error::Invalid(_)) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("measured"),
    };
    let said = refused(ProbesConfig { folds: 1, ..ProbesConfig::default() });
    assert!(said.contains("choose 2 to 20"), "{said}");
    let said = refused(ProbesConfig { only: vec!["hat size".into()], ..ProbesConfig::default() });
    assert!(said.contains("no column 'hat size'"), "{said}");
}
