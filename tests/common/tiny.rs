//! A tiny trained model. Beside it the modules `pictures` and `settings` have to be.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::pictures::folder_of_pictures;
use super::settings::config;

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
