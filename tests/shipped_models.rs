//! The checkpoints inside the program: each opens, has a card, and knows what it says it was trained on.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/own_cache.rs"]
mod own_cache;

use std::path::{Path, PathBuf};

use candle_core::Device;
use morphospace::config::{DataSource, ExtractorSource, Split};
use morphospace::measure::generative::{SamplesOrder, measure_samples};
use morphospace::measure::{EvaluationOrder, evaluate};
use morphospace::metrics::sets::NEAREST_K;
use morphospace::models::shipped;
use morphospace::report::SetMetrics;
use morphospace::run::TrainedModel;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn open(name: &str) -> TrainedModel {
    TrainedModel::from_bytes(shipped::bytes(name).unwrap(), Path::new(name), &Device::Cpu).unwrap()
}

#[test]
fn every_shipped_model_opens_and_decodes() {
    assert!(!shipped::names().is_empty());
    for name in shipped::names() {
        assert!(shipped::title(name).is_some());
        let model = open(name);
        let encodes = model.meta.config.model.kind.has_encoder();
        assert!(model.latent.images > 0 || !encodes, "{name}: its code space was never measured");
        let pictures = model.decode(&[model.latent.center.clone(), model.latent.scale.clone()]).unwrap();
        assert_eq!(pictures[0].width(), model.image_size());
        assert_ne!(pictures[0], pictures[1], "{name}: the decoder does not look at the code");
    }
}

#[test]
fn every_shipped_model_has_a_card_and_names_no_folder_of_the_machine_it_was_trained_on() {
    own_cache::own_cache();
    for name in shipped::names() {
        let card = std::fs::read_to_string(root().join("models").join(format!("{name}.md"))).unwrap();
        for part in ["## Data", "## Training", "## Results", "## Terms of use"] {
            assert!(card.contains(part), "{name}: its card has no part {part}");
        }
        let data = PathBuf::from(open(name).meta.config.dataset.source);
        assert_eq!(data.components().count(), 1, "{name}: trained on {}", data.display());
    }
}

/// A card's data is the built-in faces or the FFHQ faces beside the repository.
fn data_of(name: &str) -> Option<DataSource> {
    let trained_on = open(name).meta.config.dataset.source;
    match trained_on {
        DataSource::BuiltinFaces => Some(trained_on),
        DataSource::Folder(_) | DataSource::AlignedFolder(_) => {
            let ffhq = root().join("../shared/data/ffhq");
            if !ffhq.is_dir() {
                eprintln!("skipped: {name}: there are no FFHQ faces at {}", ffhq.display());
                return None;
            }
            Some(DataSource::Folder(ffhq))
        }
    }
}

#[test]
fn cards_say_what_is_measured() {
    for name in shipped::names() {
        let Some(data) = data_of(name) else { continue };
        let card = std::fs::read_to_string(root().join("models").join(format!("{name}.md"))).unwrap();
        let row = card.lines().find(|line| line.starts_with("| test |")).unwrap();
        let said: Vec<f64> = row.split('|').skip(2).filter_map(|cell| cell.trim().parse().ok()).collect();
        let file: PathBuf = root().join("models").join(format!("{name}.safetensors"));
        if !open(name).meta.config.model.kind.has_encoder() {
            check_draws(name, file, data, &said);
            continue;
        }
        let (checkpoints, split) = (vec![file], Split::Test);
        let order =
            EvaluationOrder { checkpoints, data, split, noise: None, pca: false, likelihood_samples: None };
        let measured = evaluate(&order, &mut ()).unwrap()[0].metrics;
        let measured = [measured.n as f64, measured.re, measured.psnr, measured.ssim];
        // Half a unit of the last digit that the card gives, and what another processor may differ by.
        for ((said, measured), tolerance) in said.iter().zip(measured).zip([0.0, 6e-6, 6e-3, 6e-4]) {
            assert!((said - measured).abs() <= tolerance, "{name}: {said} on the card, {measured} measured");
        }
        assert_eq!(said.len(), 4, "{name}: {row}");
    }
}

/// Numbers on the card of a model without an encoder about its draws: pictures, Fréchet distance, precision,
/// recall,
/// density and coverage on the embedded features.
fn check_draws(name: &str, file: PathBuf, data: DataSource, said: &[f64]) {
    let order = SamplesOrder {
        checkpoints: vec![file],
        data,
        split: Split::Test,
        extractor: ExtractorSource::Embedded,
        samples: None,
        seed: 0,
        k: NEAREST_K,
        copies: false,
    };
    let SetMetrics { n_real, fid, precision, recall, density, coverage, .. } =
        measure_samples(&order, &mut ()).unwrap().remove(0).metrics;
    let measured =
        [n_real.map(|n| n as f64), Some(fid), precision, recall, density, coverage].map(Option::unwrap);
    assert_eq!(said.len(), measured.len(), "{name}: {said:?}");
    // Half a unit of the last digit that the card gives, and what another processor may differ by: a pixel
    // that is rounded the other way can move a picture over the edge of a ball.
    for ((said, measured), tolerance) in
        said.iter().zip(measured).zip([0.0, 0.05, 0.011, 0.011, 0.011, 0.011])
    {
        assert!((said - measured).abs() <= tolerance, "{name}: {said} on the card, {measured} measured");
    }
}
