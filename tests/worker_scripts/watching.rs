//! The view of a training run for somebody who watches it.

use std::path::Path;

use morphospace::worker::protocol::*;
use tempfile::TempDir;

use crate::common::settings::config;
use crate::common::{code, folder_of_pictures};
use crate::script::{Script, is_end};

const JOB: JobId = 1;

fn tell(script: &Script, control: Control) {
    script.send(Command::Control { job: JOB, control });
}

fn start(script: &Script, data: &Path, run: &Path, options: &[&str]) {
    let work = Job::Train(TrainOrder { config: Box::new(config(data, options)), out: run.to_owned() });
    script.start_job(JOB, work);
}

/// The next look at the run, and the warnings before it.
fn look(script: &Script) -> (CollapseReport, LivePictures, Vec<String>) {
    let (mut collapse, mut warnings) = (None, Vec::new());
    let pictures = script.job_until(JOB, |event| {
        match event {
            JobEvent::Collapse(report) => collapse = Some(*report),
            JobEvent::Warning { message } => warnings.push(message),
            JobEvent::Pictures(pictures) => return Some(*pictures),
            end if is_end(&end) => panic!("{end:?}"),
            _ => (),
        }
        None
    });
    (collapse.expect("pictures without numbers"), pictures, warnings)
}

#[test]
fn a_held_run_shows_what_it_is_asked_to_and_every_update() {
    let (data, out) = (folder_of_pictures(120), TempDir::new().unwrap());
    let (mut script, run) = (Script::start(), out.path().join("run"));
    start(&script, data.path(), &run, &["--steps", "4", "--sample-every", "2", "--validate-every", "1"]);
    tell(&script, Control::Pause);
    tell(&script, Control::Watch(Watched::default()));
    let (collapse, pictures, warnings) = look(&script);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!((collapse.step, pictures.step, collapse.kl_per_dim.len()), (0, 0, 8));
    assert_eq!(collapse.histogram.iter().sum::<u32>() as usize, collapse.images * 8);
    let shown = collapse.images.min(8);
    let counts = [&pictures.originals, &pictures.reconstructions, &pictures.shuffled].map(Vec::len);
    assert_eq!((counts, pictures.samples.len()), ([shown; 3], 16));
    assert!(pictures.inputs.is_empty() && pictures.photos.is_empty() && pictures.pinned.is_empty());

    let photo = script.open_photo(&data.path().join("000.png")).id;
    let photos = vec![(photo, Crop::default()), (77, Crop::default())];
    tell(&script, Control::Watch(Watched { photos, codes: vec![code(0), vec![1.0; 3]] }));
    let (_, watched, warnings) = look(&script);
    assert_eq!((watched.step, watched.photos.len(), watched.pinned.len()), (0, 1, 1));
    assert_eq!((watched.photos[0].0.width(), watched.photos[0].1.height()), (32, 32));
    assert_eq!(watched.samples, pictures.samples, "nothing was trained meanwhile");
    assert!(warnings.iter().any(|w| w.contains("photo 77 is not open")), "{warnings:?}");
    assert!(warnings.iter().any(|w| w.contains("8 numbers")), "{warnings:?}");
    // The checkpoint of step 0 decodes the code to the same picture.
    let model = script.open_model(ModelSource::File(run.clone())).id;
    assert_eq!(script.decode(model, &[code(0)]), watched.pinned);

    let mut validation = None;
    tell(&script, Control::StepOnce);
    let collapse = script.job_until(JOB, |event| match event {
        JobEvent::Validation(report) => {
            validation = Some(report);
            None
        }
        JobEvent::Collapse(report) => (report.step == 1).then_some(report),
        end if is_end(&end) => panic!("{end:?}"),
        _ => None,
    });
    // A few images: both look at all of them.
    let validation = validation.unwrap();
    assert_eq!(
        (collapse.images, Some(collapse.active_units)),
        (validation.metrics.n, validation.active_units)
    );
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-5 * b.abs();
    let kl: f64 = collapse.kl_per_dim.iter().map(|kl| f64::from(*kl)).sum();
    assert!(
        (kl - validation.kl).abs() < 1e-3 * kl + 1e-5 && near(collapse.re, validation.metrics.re),
        "{collapse:?} {validation:?}"
    );
    assert!(near(collapse.re_shuffled, validation.re_shuffled.unwrap()), "{collapse:?} {validation:?}");

    tell(&script, Control::Continue);
    let (mut sheets, mut last) = (Vec::new(), 0);
    script.job_until(JOB, |event| {
        match &event {
            JobEvent::Sampled { step } => sheets.push(*step),
            JobEvent::Pictures(pictures) => last = pictures.step,
            _ => (),
        }
        is_end(&event).then_some(())
    });
    assert_eq!((sheets, last), (vec![2, 4], 4), "the end is always seen");
    let sheet = script.pictures(Slot::Sheet, Query::Sheet { run: run.clone(), step: 4 });
    // Photos, reconstructions, four rows of draws; the watched photo, its reconstruction, the code.
    assert_eq!((sheet.len(), sheet[0].height()), (1, 9 * 34 + 2));
    let missing = script.ask(Slot::Sheet, Query::Sheet { run, step: 3 }).unwrap_err();
    assert!(missing.contains("step-0000003.png"), "{missing}");
}

#[test]
fn a_run_that_nobody_watches_tells_no_pictures() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let script = Script::start();
    start(&script, data.path(), &out.path().join("run"), &["--steps", "3"]);
    script.job_until(JOB, |event| {
        assert!(!matches!(event, JobEvent::Collapse(_) | JobEvent::Pictures(_)));
        is_end(&event).then_some(())
    });
}
