//! What the tests of several rooms share: pictures and a tiny trained model.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use morphospace::ImageBuf;
use tempfile::TempDir;

pub mod pictures;
pub mod settings;

pub use pictures::folder_of_pictures;
use settings::config;

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
