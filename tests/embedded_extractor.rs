//! The embedded features: without any file, named everywhere, and in the order that a person would put
//! images in.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/labelled.rs"]
mod labelled;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;
#[path = "common/tiny.rs"]
mod tiny;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use labelled::labelled_pictures;
use morphospace::config::{DataSource, ExtractorSource};
use morphospace::experiments::extractor::{
    DistanceOrder, ExtractorOrder, assess_embedded, measure_distances, train_extractor,
};
use morphospace::features::Extractor;
use morphospace::observer::Observer;
use morphospace::report::JobEvent;
use morphospace::{Error, ImageBuf};
use pictures::{folder_of_pictures, picture};
use settings::config;
use tiny::tiny_run;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The FFHQ faces beside the repository, if they are there.
fn ffhq() -> Option<DataSource> {
    let folder = root().join("../shared/data/ffhq");
    if folder.is_dir() {
        return Some(DataSource::Folder(folder));
    }
    eprintln!("skipped: there are no FFHQ faces at {}", folder.display());
    None
}

/// Runs the program and gives what it prints on stdout and stderr.
fn morphospace(arguments: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_morphospace")).args(arguments).output().unwrap();
    let [out, notes] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{arguments:?}: {notes}");
    (out, notes)
}

fn json(arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&morphospace(&[arguments, &["--json"]].concat()).0).unwrap()
}

#[test]
fn the_default_extractor_needs_no_file_and_says_its_name() {
    let extractor = Extractor::open(&ExtractorSource::default()).unwrap();
    assert!(extractor.name().starts_with("embedded-ffhq-64@"), "{}", extractor.name());
    assert_eq!(extractor.dim(), 256);
    // Of any size; a larger one is resized as the program resizes photos.
    let images = [picture(64, 64, 1), picture(300, 200, 2), ImageBuf::filled(1, 1, [9; 3])];
    let together = extractor.features(&images).unwrap();
    assert!(together.len() == 3 * 256 && together.iter().all(|v| v.is_finite()));
    for (image, row) in images.into_iter().zip(together.chunks_exact(256)) {
        let alone = extractor.features(&[image]).unwrap();
        assert!(row.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-4));
    }
}

#[test]
fn sets_are_compared_without_a_file_and_never_called_fid() {
    let (a, b) = (folder_of_pictures(9), folder_of_pictures(8));
    let [a, b] = [a.path(), b.path()].map(|path| path.to_str().unwrap());
    let both = json(&["compare", a, b]);
    assert!(both["features"].as_str().unwrap().starts_with("embedded-"), "{both}");
    assert_eq!((&both["re"], &both["n_real"], &both["n_generated"]), (&0.0.into(), &9.into(), &8.into()));
    assert!(both["fid"].as_f64().unwrap() > 0.0);
    let (table, notes) = morphospace(&["compare", a, b]);
    assert!(table.contains("Fréchet distance") && table.contains("embedded-"), "{table}");
    assert!(!table.contains("FID") && notes.contains("8 images are few"), "{table}{notes}");

    // Too few for neighbours: pairs are what is left, and it says so.
    let few = folder_of_pictures(2);
    let (table, notes) = morphospace(&["compare", a, few.path().to_str().unwrap()]);
    assert!(table.contains("PSNR") && !table.contains("Fréchet"), "{table}");
    assert!(notes.contains("not compared as sets"), "{notes}");
}

#[test]
fn evaluate_measures_draws_and_features_are_written_by_default() {
    let data = folder_of_pictures(9);
    let folder = data.path().to_str().unwrap();
    let run = tiny_run().to_str().unwrap();
    let row = json(&["evaluate", run, "--data", folder, "--split", "all"]);
    assert!(row["features"].as_str().unwrap().starts_with("embedded-") && row["fid"].is_number(), "{row}");
    assert_eq!((&row["n_real"], &row["n_generated"]), (&9.into(), &9.into()));
    // A model that only draws is measured by itself too.
    let gan = json(&["evaluate", "dcgan-ffhq-64", "--data", folder, "--split", "all"]);
    let rows = gan["rows"].as_array().cloned().unwrap_or_else(|| vec![gan.clone()]);
    assert_eq!((rows.len(), &rows[0]["kind"]), (1, &"dcgan".into()), "{gan}");
    assert!(rows[0]["fid"].is_number() && rows[0]["psnr"].is_null(), "{gan}");
    let out = data.path().join("features.npy");
    let written = json(&["features", folder, "--out", out.to_str().unwrap()]);
    assert_eq!(
        (&written["dim"], &written["n"], &written["features"]),
        (&256.into(), &9.into(), &row["features"])
    );
}

#[test]
fn draws_are_held_against_the_images_that_their_model_was_trained_on() {
    let data = folder_of_pictures(60);
    let (folder, runs) = (data.path().to_str().unwrap(), tempfile::tempdir().unwrap());
    let out = runs.path().join("run");
    let settings = config(data.path(), &["--steps", "3"]);
    morphospace::train::train(&settings, &out, &mut ()).unwrap();
    let run = out.to_str().unwrap();
    let evaluate =
        |more: &[&str]| json(&[&["evaluate", run, "--data", folder, "--split", "all"], more].concat());
    let row = evaluate(&[]);
    let copies = row["copies"].as_array().unwrap();
    assert_eq!(
        copies.iter().map(|check| check["space"].as_str().unwrap()).collect::<Vec<_>>(),
        ["features", "codes"]
    );
    for check in copies {
        let [train, unseen] = ["n_train", "n_unseen"].map(|key| check[key].as_u64().unwrap());
        assert!(train > 40 && unseen > 0 && train + unseen == 60, "{check}");
        assert!(
            ["nearest", "nearest_unseen"].iter().all(|key| check[key].as_f64().unwrap() > 0.0),
            "{check}"
        );
        assert!(check["copy_z"].is_number() && (0.0..=1.0).contains(&check["copied"].as_f64().unwrap()));
    }
    assert!(evaluate(&["--no-copy-check"])["copies"].is_null());
    let (table, _) = morphospace(&["evaluate", run, "--data", folder, "--split", "all"]);
    assert!(table.contains("copies among draws of") && table.contains("  codes  "), "{table}");
    // Of other pictures nothing was learned, and nothing can be copied.
    let others = json(&["evaluate", run, "--data", "builtin:faces", "--samples", "9"]);
    assert!(others["copies"].is_null() && others["fid"].is_number(), "{others}");
}

struct StopAt(usize);

impl Observer for StopAt {
    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        match event {
            JobEvent::Progress(progress)
                if progress.what == "Training the extractor" && progress.done == self.0 =>
            {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

#[test]
fn training_repeats_itself_can_be_cancelled_and_refuses_what_it_cannot_learn_from() {
    let data = labelled_pictures(200);
    let out = tempfile::tempdir().unwrap();
    let order = |name: &str, seed| ExtractorOrder {
        data: DataSource::Folder(data.path().to_owned()),
        out: out.path().join(name).with_extension("safetensors"),
        steps: 2,
        seed,
    };
    let [a, b, c] = [("a", 1), ("b", 1), ("c", 2)].map(|(name, seed)| {
        let report = train_extractor(&order(name, seed), &mut ()).unwrap();
        assert_eq!(report.rows.len(), 11 + 8);
        let glasses = report.rows.iter().find(|row| row.name == "glasses").unwrap();
        assert!(glasses.n <= report.n && glasses.positives <= glasses.n);
        std::fs::read(order(name, seed).out).unwrap()
    });
    assert!(a == b && a != c);
    let stopped = train_extractor(&order("d", 1), &mut StopAt(1));
    assert!(matches!(stopped, Err(Error::Cancelled)) && !order("d", 1).out.exists());

    let refused = |order: ExtractorOrder| train_extractor(&order, &mut ()).unwrap_err().to_string();
    let builtin = ExtractorOrder { data: DataSource::BuiltinFaces, ..order("e", 1) };
    assert!(refused(builtin).contains("attributes.csv"));
    let missing = ExtractorOrder { out: out.path().join("no/e.safetensors"), ..order("e", 1) };
    assert!(refused(missing).contains("does not exist"));
    std::fs::write(data.path().join("attributes.csv"), "file,height\n001.png,3\n").unwrap();
    assert!(refused(order("e", 1)).contains("none of the columns"));
}

#[test]
fn unseen_faces_are_known_as_the_card_says() {
    let Some(data) = ffhq() else { return };
    let report = assess_embedded(&data, &mut ()).unwrap();
    let card = std::fs::read_to_string(root().join("models/extractor-ffhq-64.md")).unwrap();
    assert!(card.contains(&report.features), "the card is of other weights than {}", report.features);
    for row in &report.rows {
        let line = card.lines().find(|line| line.starts_with(&format!("| {} |", row.name)));
        let line = line.unwrap_or_else(|| panic!("{} is not on the card", row.name));
        let said: Vec<Option<f64>> =
            line.split('|').skip(2).take(2).map(|cell| cell.trim().parse().ok()).collect();
        for (said, measured) in said.into_iter().zip([row.auc, row.r2]) {
            // Half a unit of the last digit, and what another processor may differ by.
            let off = said.zip(measured).map_or(0.0, |(said, measured)| (said - measured).abs());
            assert!(
                said.is_some() == measured.is_some() && off < 0.003,
                "{}: {said:?} {measured:?}",
                row.name
            );
        }
        // Everything that is done to pictures is seen.
        assert!(row.r2.is_none() || row.auc.is_none_or(|auc| auc > 0.8), "{row:?}");
    }
}

#[test]
fn more_of_anything_is_further_away_and_the_other_half_is_nearest() {
    let Some(data) = ffhq() else { return };
    let order = DistanceOrder {
        data,
        others: vec![DataSource::BuiltinFaces],
        extractor: ExtractorSource::Embedded,
        count: Some(1000),
        k: 3,
        seed: 0,
    };
    let rows = measure_distances(&order, &mut ()).unwrap();
    let (floor, rest) = rows.split_first().unwrap();
    assert_eq!((floor.metrics.n_real, floor.metrics.n_generated), (Some(500), Some(500)));
    let mut before: HashMap<&str, f64> = HashMap::new();
    for row in rest {
        let last = before.insert(&row.name, row.metrics.fid).unwrap_or(floor.metrics.fid);
        assert!(row.metrics.fid > last, "{} {}: {} after {last}", row.name, row.strength, row.metrics.fid);
    }
    let floor = &floor.metrics;
    let strongest = |name: &str| rest.iter().rfind(|row| row.name == name).unwrap();
    for name in ["blur", "noise", "JPEG", "contrast", "occlusion", "builtin:faces"] {
        let metrics = &strongest(name).metrics;
        assert!(metrics.coverage.unwrap() < 0.5 * floor.coverage.unwrap(), "{name}: {metrics:?}");
    }
    // Dropped modes look right one by one, and are missed.
    let dropped = &strongest("modes dropped").metrics;
    assert!(dropped.precision.unwrap() > 0.5 * floor.precision.unwrap(), "{dropped:?}");
    assert!(dropped.recall.unwrap() < 0.2, "{dropped:?}");
    assert!(dropped.coverage.unwrap() < 0.3 * floor.coverage.unwrap(), "{dropped:?}");
}

/// The file that the program was built with is the one that the card describes.
#[test]
fn the_card_has_its_parts() {
    let card: PathBuf = root().join("models/extractor-ffhq-64.md");
    let card = std::fs::read_to_string(card).unwrap();
    for part in ["## Data", "## Training", "## Results", "## What it reacts to", "## Terms of use"] {
        assert!(card.contains(part), "the card has no part {part}");
    }
}
