//! The experiment that repeats the lecture's tables, on small pictures that the test draws itself.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Parser;
use morphospace::config::{LectureConfig, ModelKind, Split};
use morphospace::error::Error;
use morphospace::experiments::repeat_lecture;
use morphospace::observer::Observer;
use morphospace::report::{Chapter, JobEvent, LectureReport};
use pictures::folder_of_pictures;
use tempfile::TempDir;

/// As the command line would have it: three steps of models of the smallest size.
fn lecture(data: &Path, out: &Path, more: &[&str]) -> LectureConfig {
    #[derive(Parser)]
    #[command(args_override_self = true)]
    struct Line {
        #[command(flatten)]
        config: LectureConfig,
    }
    let paths = ["x", "--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let small =
        ["--quick", "--steps", "3", "--base-width", "4", "--latent-dim", "8", "--wide-latent-dim", "64"];
    Line::parse_from(paths.iter().chain(&small).chain(more)).config
}

/// Events told, until so many updates are done.
#[derive(Default)]
struct Watcher {
    chapters: Vec<(usize, usize, String)>,
    updates: usize,
    stop_after: Option<usize>,
    skipped: usize,
}

impl Observer for Watcher {
    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        match event {
            JobEvent::Chapter(Chapter { number, of, title, .. }) => self.chapters.push((number, of, title)),
            JobEvent::Steps(reports) => {
                self.updates += reports.len();
                if self.stop_after == Some(self.updates) {
                    return ControlFlow::Break(());
                }
            }
            JobEvent::Skipped(files) => self.skipped += files.len(),
            _ => (),
        }
        ControlFlow::Continue(())
    }
}

fn tables(out: &Path) -> Vec<String> {
    ["tables.md", "tables.csv", "tables.tex"]
        .map(|name| std::fs::read_to_string(out.join(name)).unwrap())
        .into()
}

fn measured(out: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(out.join("measured")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Its kinds, codes and whether the input was noisy, row by row.
fn first_table(report: &LectureReport) -> Vec<(&str, usize, bool)> {
    let rows = report.reconstruction.iter();
    rows.map(|row| (row.name.as_str(), row.latent_dim, row.noise.is_some())).collect()
}

#[test]
fn the_tables_are_the_same_whether_or_not_the_work_was_interrupted() {
    let data = folder_of_pictures(300);
    std::fs::write(data.path().join("broken.png"), "no picture").unwrap();
    let folders = TempDir::new().unwrap();
    let (whole, broken) = (folders.path().join("whole"), folders.path().join("broken"));

    let mut watcher = Watcher::default();
    let report = repeat_lecture(&lecture(data.path(), &whole, &[]), &mut watcher).unwrap();
    let kinds = watcher.chapters.len() - 1;
    assert!(kinds >= 5);
    assert_eq!(watcher.chapters[1], (1, kinds + 1, "SAE".to_owned()));
    assert_eq!(watcher.chapters.last(), Some(&(kinds, kinds + 1, "Measuring".to_owned())));
    assert_eq!((watcher.updates, watcher.skipped), (3 * kinds, 1), "each file is told once");
    assert_eq!(
        first_table(&report),
        [
            ("AE", 8, false),
            ("SAE", 8, false),
            ("DAE", 8, false),
            ("DAE", 8, true),
            ("DAE, wide code", 64, false),
            ("DAE, wide code", 64, true),
            ("VAE", 8, false),
            ("PCA, 8 components", 8, false),
            ("PCA, 64 components", 64, false),
        ]
    );
    let [ae, .., pca, _] = &report.reconstruction[..] else { panic!("{report:?}") };
    assert_eq!((ae.kind, ae.split, ae.steps), (Some(ModelKind::Ae), Split::Test, Some(3)));
    assert_eq!(ae.lecture.unwrap().psnr, 24.83);
    assert_eq!(ae.metrics.n, 13, "about one in twenty of 300");
    // Waves of a few phases are a matter for a linear code, and three steps are none for a network.
    assert!(pca.metrics.psnr > ae.metrics.psnr + 3.0 && pca.lecture.is_none(), "{pca:?} {ae:?}");
    let noisy = &report.reconstruction[3];
    // Gaussian noise of 0.1, of which some is cut off.
    assert!((19.5..22.0).contains(&noisy.noisy_input.unwrap().psnr), "{noisy:?}");

    let draws: Vec<(&str, Split)> = report.draws.iter().map(|row| (row.name.as_str(), row.split)).collect();
    assert_eq!(draws, ["VAE", "DCGAN", "VAE-GAN"].map(|name| (name, Split::Test)));
    for row in &report.draws {
        assert_eq!((row.n, row.metrics.n_generated.unwrap(), row.metrics.k), (13, 13, 3));
        assert!(row.metrics.features.starts_with("embedded") && row.metrics.fid > 0.0, "{row:?}");
    }
    assert_eq!(report.draws[1].lecture.unwrap().fid, 149.5);
    assert!(report.tables[1].notes.iter().any(|note| note.starts_with("13 images are few")));

    // Nothing is done twice.
    let before = (tables(&whole), measured(&whole));
    let times = |files: &[PathBuf]| -> Vec<_> {
        files.iter().map(|file| file.metadata().unwrap().modified().unwrap()).collect()
    };
    let (made, mut watcher) = (times(&before.1), Watcher::default());
    assert_eq!(repeat_lecture(&lecture(data.path(), &whole, &[]), &mut watcher).unwrap(), report);
    assert_eq!((watcher.updates, watcher.chapters.len()), (0, 1));
    assert_eq!((tables(&whole), measured(&whole)), before);
    assert_eq!(times(&before.1), made);

    // Stopped in the middle of a run, between runs, and with a measurement that was lost.
    for updates in [2, 4, 5] {
        let mut watcher = Watcher { stop_after: Some(updates), ..Watcher::default() };
        let stopped = repeat_lecture(&lecture(data.path(), &broken, &[]), &mut watcher);
        assert!(matches!(stopped, Err(Error::Cancelled)));
        assert!(!broken.join("tables.md").exists());
    }
    let again = repeat_lecture(&lecture(data.path(), &broken, &[]), &mut ()).unwrap();
    assert_eq!((&again.reconstruction, &again.draws), (&report.reconstruction, &report.draws));
    let lost = measured(&broken).into_iter().next().unwrap();
    std::fs::write(&lost, "{").unwrap();
    assert_eq!(repeat_lecture(&lecture(data.path(), &broken, &[]), &mut ()).unwrap(), again);
    assert_eq!(tables(&broken), tables(&whole));
}

#[test]
fn a_folder_of_other_settings_or_images_is_refused_before_anything_is_trained() {
    let (data, other) = (folder_of_pictures(80), folder_of_pictures(81));
    let folder = TempDir::new().unwrap();
    let mut watcher = Watcher { stop_after: Some(1), ..Watcher::default() };
    assert!(repeat_lecture(&lecture(data.path(), folder.path(), &[]), &mut watcher).is_err());
    for (data, more, words) in [
        (data.path(), &["--latent-dim", "9"][..], "latent_dim 8, not 9"),
        (data.path(), &["--seed", "5"], "seed 0, not 5"),
        (other.path(), &[], "other images"),
        (data.path(), &["--image-size", "65"], "image size 65"),
    ] {
        let mut watcher = Watcher::default();
        let refused = repeat_lecture(&lecture(data, folder.path(), more), &mut watcher);
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
        assert_eq!(watcher.updates, 0);
    }
}

#[test]
fn given_models_are_measured_and_nothing_is_trained() {
    let data = folder_of_pictures(160);
    let (folder, runs) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let run = |kind: &str| {
        let run = runs.path().join(kind);
        let config = settings::config(data.path(), &["--model", kind, "--steps", "3"]);
        morphospace::train::train(&config, &run, &mut ()).unwrap();
        run
    };
    let (vae, ae) = (run("vae"), run("ae"));
    let mut config = lecture(data.path(), folder.path(), &[]);
    config.models = vec![vae, ae.clone(), "vae-faces-64".into()];
    let mut watcher = Watcher::default();
    let report = repeat_lecture(&config, &mut watcher).unwrap();
    assert_eq!((watcher.updates, watcher.chapters), (0, vec![(0, 1, "Measuring".to_owned())]));
    let names: Vec<&str> = report.reconstruction.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names[0], format!("AE ({})", ae.display()));
    assert_eq!(names[2..4], ["VAE (vae-faces-64)", "PCA, 8 components"]);
    let notes = report.tables[0].notes.join(" ");
    assert!(notes.contains("other images than these") && notes.contains("trained differently"), "{notes}");
    assert!(notes.contains(": VAE (vae-faces-64)."), "the others were trained on these: {notes}");
    assert!(notes.contains("32×32 and 64×64"), "{notes}");

    config.models = vec!["no/such/run".into()];
    let message = repeat_lecture(&config, &mut ()).unwrap_err().to_string();
    assert!(message.contains("no/such/run"), "{message}");
}
