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

/// Needs the FFHQ faces beside the repository. The bound is what PCA with the same number of components
/// reaches on faces that it was not fitted to (21.5 dB for 128).
#[test]
fn shipped_models_beat_pca_of_the_same_size_on_faces_they_were_not_trained_on() {
    let ffhq = root().join("../shared/data/ffhq");
    if !ffhq.is_dir() {
        eprintln!("skipped: there are no FFHQ faces at {}", ffhq.display());
        return;
    }
    for name in shipped::names() {
        let file: PathBuf = root().join("models").join(format!("{name}.safetensors"));
        let row = &evaluate(&[file], &ffhq, Split::Test, &mut ()).unwrap()[0];
        assert!(row.metrics.n > 100 && row.metrics.psnr > 21.5, "{name}: {:?}", row.metrics);
    }
}
