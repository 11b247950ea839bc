//! The checkpoints inside the program: each opens, has a card, and knows what it says it was trained on.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

use std::path::{Path, PathBuf};

use candle_core::Device;
use morphospace::config::Split;
use morphospace::models::shipped;
use morphospace::train::{TrainedModel, evaluate};

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
        assert!(model.latent.images > 0, "{name}: its code space was never measured");
        let pictures = model.decode(&[model.latent.center.clone(), model.latent.scale.clone()]).unwrap();
        assert_eq!(pictures[0].width(), model.image_size());
        assert_ne!(pictures[0], pictures[1], "{name}: the decoder does not look at the code");
    }
}

#[test]
fn every_shipped_model_has_a_card_and_names_no_folder_of_the_machine_it_was_trained_on() {
    for name in shipped::names() {
        let card = std::fs::read_to_string(root().join("models").join(format!("{name}.md"))).unwrap();
        for part in ["## Data", "## Training", "## Results", "## Terms of use"] {
            assert!(card.contains(part), "{name}: its card has no part {part}");
        }
        let data = open(name).meta.config.dataset.path;
        assert_eq!(data.components().count(), 1, "{name}: trained on {}", data.display());
    }
}

/// Needs the FFHQ faces beside the repository.
#[test]
fn cards_say_what_is_measured() {
    let ffhq = root().join("../shared/data/ffhq");
    if !ffhq.is_dir() {
        eprintln!("skipped: there are no FFHQ faces at {}", ffhq.display());
        return;
    }
    for name in shipped::names() {
        let card = std::fs::read_to_string(root().join("models").join(format!("{name}.md"))).unwrap();
        let row = card.lines().find(|line| line.starts_with("| test |")).unwrap();
        let said: Vec<f64> = row.split('|').skip(2).filter_map(|cell| cell.trim().parse().ok()).collect();
        let file: PathBuf = root().join("models").join(format!("{name}.safetensors"));
        let measured = evaluate(&[file], &ffhq, Split::Test, None, &mut ()).unwrap()[0].metrics;
        let measured = [measured.n as f64, measured.re, measured.psnr, measured.ssim];
        // Half a unit of the last digit that the card gives, and what another processor may differ by.
        for ((said, measured), tolerance) in said.iter().zip(measured).zip([0.0, 6e-6, 6e-3, 6e-4]) {
            assert!((said - measured).abs() <= tolerance, "{name}: {said} on the card, {measured} measured");
        }
        assert_eq!(said.len(), 4, "{name}: {row}");
    }
}
