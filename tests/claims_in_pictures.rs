//! Tests of the lecture's claims about noise, sharpness and dimensions, on pictures whose right answer is known.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;
#[path = "common/tiny.rs"]
mod tiny;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use morphospace::ImageBuf;
use morphospace::config::{
    ClaimConfig, ClaimOrder, DataSource, DenoiseConfig, DimensionsConfig, NoiseKind, SharpnessConfig,
};
use morphospace::error::Error;
use morphospace::experiments::claims::test_claim;
use morphospace::export::{draw_pictures, draw_plot, write_png};
use morphospace::observer::Observer;
use morphospace::random;
use morphospace::report::{ClaimReport, JobEvent};
use morphospace::table::{Cell, Table};
use pictures::folder_of_pictures;
use tempfile::TempDir;
use tiny::tiny_run;

fn order(data: &Path, models: &[&Path], claim: ClaimConfig) -> ClaimOrder {
    let models = models.iter().map(|path| path.to_path_buf()).collect();
    ClaimOrder { data: DataSource::Folder(data.into()), models, quick: true, seed: 0, claim }
}

/// A folder of square pictures of 32 pixels, of which each number gives one.
fn folder_of(count: usize, pixel: impl Fn(usize, usize, usize) -> [f32; 3]) -> TempDir {
    // The cache of these tests lies apart.
    let folder = folder_of_pictures(0);
    for at in 0..count {
        let values: Vec<f32> = (0..32 * 32).flat_map(|place| pixel(at, place % 32, place / 32)).collect();
        let picture = ImageBuf::from_unit_floats(32, 32, &values).unwrap();
        write_png(&picture, &folder.path().join(format!("{at:03}.png"))).unwrap();
    }
    folder
}

fn column(table: &Table, key: &str) -> usize {
    table.columns.iter().position(|column| column.key == key).unwrap()
}

/// The number of a row, which is found by the words in two of its cells.
fn number(table: &Table, words: [(&str, &str); 2], key: &str) -> f64 {
    let is = |row: &&Vec<Cell>| {
        words
            .iter()
            .all(|(key, word)| table.columns[column(table, key)].shown(&row[column(table, key)]) == *word)
    };
    match table.rows.iter().find(is).map(|row| &row[column(table, key)]) {
        Some(Cell::Number(number)) => *number,
        other => panic!("{words:?} {key}: {other:?} in {:?}", table.shown()),
    }
}

/// All that a window and files show can be drawn.
fn can_be_drawn(report: &ClaimReport) {
    report.plots.iter().for_each(|plot| drop(draw_plot(plot).unwrap()));
    report.pictures.iter().for_each(|pictures| drop(draw_pictures(pictures).unwrap()));
    assert!(!report.verdict.is_empty() && !report.plots.is_empty() && !report.pictures.is_empty());
}

/// Grey pictures with noise: means take normal noise off best and a median what spoils single pixels.
#[test]
fn filters_win_against_the_noise_that_they_are_for() {
    let grey = folder_of(300, |at, _, _| [0.2 + 0.6 * (at % 7) as f32 / 7.0; 3]);
    let strengths = vec![0.1];
    for (noise, best, others) in [
        (NoiseKind::Gaussian, "Gaussian", ["median", "noisy picture"]),
        (NoiseKind::SaltPepper, "median", ["Gaussian", "noisy picture"]),
    ] {
        let claim = ClaimConfig::Denoise(DenoiseConfig { noise, strengths: strengths.clone() });
        let report = test_claim(&order(grey.path(), &[tiny_run()], claim), &mut ()).unwrap();
        let psnr = |name: &str| number(&report.tables[0], [("name", name), ("strength", "0.10")], "psnr");
        for other in others {
            assert!(psnr(best) > psnr(other) + 3.0, "{noise:?}: {} {other} {}", psnr(best), psnr(other));
        }
        assert!(
            report.verdict.iter().any(|said| said.starts_with("By PSNR the best is")),
            "{:?}",
            report.verdict
        );
        can_be_drawn(&report);
        assert_eq!(report.pictures[0].columns.len(), 6, "clean, noisy, three filters, a model");
    }
    let claim = ClaimConfig::Denoise(DenoiseConfig { noise: NoiseKind::Mask, strengths: vec![1.5] });
    let message = test_claim(&order(grey.path(), &[tiny_run()], claim), &mut ()).unwrap_err().to_string();
    assert!(message.contains("choose 0 to 1"), "{message}");
}

/// A VAE of three steps gives back hardly more than a mean face of these.
#[test]
fn a_model_that_has_learned_nothing_is_blurred_and_covers_nothing() {
    let folder = folder_of_pictures(300);
    let claim = ClaimConfig::Sharpness(SharpnessConfig::default());
    let report = test_claim(&order(folder.path(), &[tiny_run()], claim), &mut ()).unwrap();
    let table = &report.tables[0];
    let tiny = tiny_run().to_str().unwrap();
    let of = |name: &str, source: &str, key: &str| number(table, [("name", name), ("source", source)], key);
    assert_eq!(of("real images", "test images", "sharpness"), 1.0);
    assert_eq!(of("real images", "test images", "spectral_distance"), 0.0);
    assert!((0.7..1.4).contains(&of("other real images", "validation images", "sharpness")));
    assert!(of(tiny, "reconstructions", "sharpness") < 0.8);
    assert!(
        of(tiny, "draws", "spectral_distance")
            > of("other real images", "validation images", "spectral_distance")
    );
    assert!(of(tiny, "draws", "coverage") <= of("other real images", "validation images", "coverage"));
    assert!(report.verdict[0].starts_with("To compare"), "{:?}", report.verdict);
    can_be_drawn(&report);
}

/// Ends the work after so many updates.
#[derive(Default)]
struct Watcher {
    updates: usize,
    stop_after: Option<usize>,
}

impl Observer for Watcher {
    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        if let JobEvent::Steps(steps) = event {
            self.updates += steps.len();
            if self.stop_after == Some(self.updates) {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

fn dimensions(runs: PathBuf, sizes: &[usize], steps: usize) -> ClaimConfig {
    ClaimConfig::Dimensions(DimensionsConfig { runs: Some(runs), sizes: sizes.to_vec(), steps: Some(steps) })
}

#[test]
fn trainings_that_were_stopped_go_on_and_are_not_done_again() {
    let folder = folder_of_pictures(120);
    let runs = TempDir::new().unwrap();
    let order = order(folder.path(), &[tiny_run()], dimensions(runs.path().into(), &[4, 16], 3));
    let mut watcher = Watcher { stop_after: Some(5), ..Watcher::default() };
    assert!(matches!(test_claim(&order, &mut watcher), Err(Error::Cancelled)));
    let mut watcher = Watcher::default();
    let report = test_claim(&order, &mut watcher).unwrap();
    assert_eq!(watcher.updates, 5 * 3 - 5, "linear and plain ones of both sizes, and a grid of 16");
    let mut watcher = Watcher::default();
    let again = test_claim(&order, &mut watcher).unwrap();
    assert_eq!((watcher.updates, &again.tables), (0, &report.tables));
    can_be_drawn(&report);
    // A PCA beside each size, that of the given model with 8 numbers too.
    assert_eq!(report.tables[0].rows.len(), 5 + 1 + 3);
    let other = ClaimOrder { seed: 1, ..order };
    let message = test_claim(&other, &mut ()).unwrap_err().to_string();
    assert!(message.contains("begun with") && message.contains("--runs"), "{message}");
}

/// RE of an AE over that of the PCA with codes of its size, after some hundred steps.
fn over_pca(data: &Path, size: usize, steps: usize) -> f64 {
    let runs = TempDir::new().unwrap();
    let report =
        test_claim(&order(data, &[], dimensions(runs.path().into(), &[size], steps)), &mut ()).unwrap();
    number(&report.tables[0], [("name", "AE"), ("size", &size.to_string())], "over_pca")
}

#[test]
fn no_autoencoder_beats_a_pca_on_pictures_that_are_linear() {
    // Grey and three patterns by chance.
    let patterns = random::standard_normal(0, 0, 3 * 32 * 32);
    let linear = folder_of(300, |at, x, y| {
        let weights = random::standard_normal(1, at as u64, 3);
        let of = |part: usize| weights[part] * patterns[part * 1024 + y * 32 + x];
        [0.5 + 0.05 * (of(0) + of(1) + of(2)); 3]
    });
    assert!(over_pca(linear.path(), 3, 100) > 1.0);
}

#[test]
fn an_autoencoder_beats_a_pca_on_pictures_that_lie_on_a_curve() {
    // A spot on a circle: one number says it, and no few components do.
    let curved = folder_of(400, |at, x, y| {
        let angle = std::f32::consts::TAU * random::uniform(0, at as u64, 1)[0];
        let (u, v) = (x as f32 - 15.5 - 9.0 * angle.cos(), y as f32 - 15.5 - 9.0 * angle.sin());
        [0.1 + 0.8 * (-(u * u + v * v) / 12.0).exp(); 3]
    });
    assert!(over_pca(curved.path(), 2, 300) < 0.8);
}
