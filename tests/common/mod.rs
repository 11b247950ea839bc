//! What the tests of several rooms share: pictures and a tiny trained model.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::Parser;
use morphospace::ImageBuf;
use morphospace::config::TrainConfig;
use morphospace::export::write_png;
use tempfile::TempDir;

/// A picture of smooth colours that differ from seed to seed.
pub fn picture(width: usize, height: usize, seed: usize) -> ImageBuf {
    let wave =
        |v: usize, period: usize| (((v + 7 * seed) as f32 / period as f32).sin() * 100.0 + 128.0) as u8;
    let pixels = (0..height)
        .flat_map(|y| (0..width).map(move |x| [wave(x, 5 + seed % 3), wave(y, 9), wave(x + y, 13)]))
        .flatten()
        .collect();
    ImageBuf::new(width, height, pixels).unwrap()
}

/// A folder of `count` pictures of 40×36 pixels.
pub fn folder_of_pictures(count: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    for seed in 0..count {
        write_png(&picture(40, 36, seed), &folder.path().join(format!("{seed:03}.png"))).unwrap();
    }
    folder
}

/// The command line's defaults for the smallest model there is, with `more` options.
pub fn config(data: &Path, more: &[&str]) -> TrainConfig {
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        config: TrainConfig,
    }
    let data = data.to_str().unwrap();
    let smallest = [
        "train",
        "--data",
        data,
        "--image-size",
        "32",
        "--latent-dim",
        "8",
        "--base-width",
        "4",
        "--batch-size",
        "8",
    ];
    Line::parse_from(smallest.iter().chain(more)).config
}

/// The folder of a run of three steps: a VAE for 32×32 pixels with 8 numbers in a code. Made once.
pub fn tiny_run() -> &'static Path {
    static RUN: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, run) = RUN.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let run = folder.path().join("tiny");
        let pictures = folder_of_pictures(24);
        morphospace::train::train(&config(pictures.path(), &["--steps", "3"]), &run, &mut ()).unwrap();
        (folder, run)
    });
    run
}

/// A code of [`tiny_run`]'s model.
pub fn code(seed: usize) -> Vec<f32> {
    (0..8).map(|i| ((seed * 8 + i) as f32).sin() * 2.0).collect()
}

/// Of two pictures of the same size, in steps of 255.
pub fn largest_difference(a: &ImageBuf, b: &ImageBuf) -> u8 {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    a.pixels().iter().zip(b.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}
