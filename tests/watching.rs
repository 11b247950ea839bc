//! Looking at a run changes nothing of it, and sees what is there.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::ops::ControlFlow;
use std::path::Path;

use morphospace::config::DataSource;
use morphospace::experiments::{CollapseOrder, demonstrate_collapse};
use morphospace::observer::{Control, Observer, Watched};
use morphospace::report::{CollapseReport, JobEvent, LivePictures};
use morphospace::run::checkpoint::Checkpoint;
use morphospace::train::{Changes, resume, train};
use tempfile::TempDir;

use pictures::{folder_of_pictures, picture};
use settings::config;

/// Asks to look before every update.
#[derive(Default)]
struct Watcher {
    looks: Vec<(CollapseReport, LivePictures)>,
    reports: Vec<CollapseReport>,
    /// Ends the run after the first update.
    once: bool,
}

impl Observer for Watcher {
    fn controls(&mut self) -> Vec<Control> {
        let watched = Watched { photos: vec![picture(32, 32, 9)], codes: vec![vec![0.5; 8]] };
        vec![Control::Watch(watched)]
    }

    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        match event {
            JobEvent::Steps(_) if self.once => return ControlFlow::Break(()),
            JobEvent::Collapse(report) => self.reports.push(*report),
            JobEvent::Pictures(pictures) => self.looks.push((self.reports.pop().unwrap(), *pictures)),
            JobEvent::Warning { message } => panic!("{message}"),
            _ => (),
        }
        ControlFlow::Continue(())
    }
}

/// The weights, the optimiser and the history of a run, to the bit.
fn outcome(run: &Path) -> (Vec<u8>, String) {
    let read = |name: &str| std::fs::read(run.join(name)).unwrap();
    (read("checkpoint.safetensors"), String::from_utf8(read("history.csv")).unwrap())
}

#[test]
fn a_run_that_is_watched_is_the_same_run() {
    let data = folder_of_pictures(60);
    for kind in ["ae", "sae", "dae", "vae"] {
        let folder = TempDir::new().unwrap();
        let config = config(data.path(), &["--model", kind, "--steps", "25", "--validate-every", "10"]);
        let (plain, watched) = (folder.path().join("plain"), folder.path().join("watched"));
        train(&config, &plain, &mut ()).unwrap();
        let mut watcher = Watcher::default();
        train(&config, &watched, &mut watcher).unwrap();
        let (plain, watched) = (outcome(&plain), outcome(&watched));
        assert!(plain.0 == watched.0, "{kind}: the weights differ");
        assert_eq!(plain.1, watched.1, "{kind}");

        assert!(watcher.looks.len() >= 2, "{kind}: at the beginning and at the end at least");
        let (report, pictures) = watcher.looks.last().unwrap();
        assert_eq!((report.step, pictures.step), (25, 25));
        let dims = if kind == "vae" { 8 } else { 0 };
        assert_eq!(report.kl_per_dim.len(), dims);
        assert_eq!(report.histogram.iter().sum::<u32>() as usize, report.images * 8);
        match kind {
            "vae" => assert_eq!(report.histogram_range, (-4.0, 4.0)),
            "sae" => assert_eq!(report.histogram_range, (0.0, 1.0)),
            _ => assert_eq!(report.histogram_range.0, -report.histogram_range.1),
        }
        assert_eq!(pictures.inputs.len(), if kind == "dae" { pictures.originals.len() } else { 0 });
        assert_eq!(kind == "dae", pictures.photos[0].0 != picture(32, 32, 9), "noise on watched photos");
        assert_eq!((pictures.samples.len(), pictures.pinned.len()), (16, 1));
        // Draws and codes are fixed: what changes is the model.
        assert_eq!(watcher.looks[0].1.originals, pictures.originals);
    }
}

/// A VAE is collapsed by hand: the encoder says N(0, 1) whatever it sees, and the decoder takes nothing from the
/// code.
#[test]
fn a_collapsed_model_is_seen_as_one() {
    let (data, folder) = (folder_of_pictures(300), TempDir::new().unwrap());
    let run = folder.path().join("run");
    train(&config(data.path(), &["--steps", "3"]), &run, &mut ()).unwrap();
    let file = run.join("checkpoint.safetensors");
    let mut checkpoint = Checkpoint::read(&file).unwrap();
    for name in ["mu.weight", "mu.bias", "log_var.weight", "log_var.bias", "decoder_input.weight"] {
        let weights = checkpoint.weights.get_mut(name).unwrap();
        *weights = weights.zeros_like().unwrap();
    }
    checkpoint.write(&file).unwrap();
    let mut watcher = Watcher { once: true, ..Watcher::default() };
    let changes = Changes { steps: Some(9), ..Changes::default() };
    resume(&run, changes, &mut watcher).unwrap_err();
    let (report, pictures) = &watcher.looks[0];
    assert_eq!((report.step, report.active_units), (3, 0));
    assert_eq!(report.kl_per_dim, [0.0; 8]);
    assert_eq!(report.re, report.re_shuffled);
    assert_eq!(pictures.reconstructions, pictures.shuffled);
    assert!(pictures.samples.iter().all(|sample| *sample == pictures.samples[0]));
    // The draws are those of N(0, 1): within one standard deviation lie 68 % of them.
    let bins = report.histogram.len() as f32;
    let width = 8.0 / bins;
    let within: u32 = (0..report.histogram.len())
        .filter(|bin| ((*bin as f32 + 0.5) * width - 4.0).abs() < 1.0)
        .map(|bin| report.histogram[bin])
        .sum();
    let n = f64::from(report.histogram.iter().sum::<u32>());
    // Fifteen bins reach to ±0.984: 67.5 % of the draws, within five standard errors.
    let share = f64::from(within) / n;
    assert!((share - 0.675).abs() < 5.0 * (0.675 * 0.325 / n).sqrt(), "{share} of {n}");
}

#[test]
fn the_demonstration_collapses_and_recovers() {
    let (data, folder) = (folder_of_pictures(200), TempDir::new().unwrap());
    let run = folder.path().join("run");
    let source = DataSource::Folder(data.path().to_owned());
    let mut watcher = Chapters::default();
    let order = CollapseOrder { data: source, quick: true, seed: 3, out: run.clone() };
    let summary = demonstrate_collapse(&order, &mut watcher).unwrap();
    assert_eq!(watcher.0, [(0, 0), (1, 160), (2, 240)]);
    assert_eq!((summary.steps, summary.latent_dim), (400, 32));
    let (start, collapsed) = (summary.active_units_start, summary.active_units_collapsed);
    assert!(start > 2 * collapsed && summary.active_units_recovered > 2 * collapsed, "{summary:?}");
    let events = std::fs::read_to_string(run.join("events.csv")).unwrap();
    assert_eq!(
        events.lines().skip(1).collect::<Vec<_>>(),
        ["160,kl_anneal,200,40", "240,kl_weight,0,", "240,kl_anneal,1,80"]
    );
    // Nothing to count on: it says so rather than claiming anything.
    let few = folder_of_pictures(4);
    let source = DataSource::Folder(few.path().to_owned());
    let order = CollapseOrder { data: source, quick: true, seed: 0, out: folder.path().join("few") };
    let error = demonstrate_collapse(&order, &mut ()).unwrap_err();
    assert!(error.to_string().contains("too few images"), "{error}");
}

/// The chapters and the steps they came at.
#[derive(Default)]
struct Chapters(Vec<(usize, usize)>, usize);

impl Observer for Chapters {
    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        match event {
            JobEvent::Steps(reports) => self.1 = reports[0].step,
            JobEvent::Chapter(chapter) => {
                assert!(chapter.of == 3 && !chapter.title.is_empty() && chapter.text.ends_with('.'));
                self.0.push((chapter.number, self.1));
            }
            _ => (),
        }
        ControlFlow::Continue(())
    }
}
