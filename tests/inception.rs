//! The FID's Inception with trained weights: its features against pytorch-fid's, and what is made of them.
//! The weights are too large for this repository; where they are not beside it, these tests say so.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;
#[path = "common/tiny.rs"]
mod tiny;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use morphospace::config::{DataSource, ExtractorSource, Split};
use morphospace::features::Extractor;
use morphospace::worker::Worker;
use morphospace::worker::protocol::{
    Command, ComparisonOrder, Event, FeatureOrder, Job, JobEvent, JobResult, Request, SamplesOrder,
};
use morphospace::{Error, ImageBuf};
use pictures::{folder_of_pictures, picture};
use tiny::tiny_run;

/// The folder of the weights, if it is there.
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/inception");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there are no weights of Inception in {}", folder.display());
    None
}

fn source(folder: &Path) -> ExtractorSource {
    ExtractorSource::Inception(folder.join("inception_v3_nsfwjs_fid_layout.safetensors"))
}

#[test]
fn features_are_those_of_pytorch_fid() {
    let Some(folder) = shared() else { return };
    let reference =
        candle_core::safetensors::load(folder.join("expected_features.safetensors"), &Device::Cpu);
    let reference = reference.unwrap();
    let images = reference["images_u8"].permute((0, 2, 3, 1)).unwrap();
    let (n, height, width, _) = images.dims4().unwrap();
    let pixels = images.flatten_all().unwrap().to_vec1::<u8>().unwrap();
    let images: Vec<ImageBuf> = pixels
        .chunks_exact(height * width * 3)
        .map(|pixels| ImageBuf::new(width, height, pixels.to_vec()).unwrap())
        .collect();
    let expected = reference["features"].to_dtype(DType::F32).unwrap().to_vec2::<f32>().unwrap();

    let extractor = Extractor::open(&source(&folder)).unwrap();
    assert_eq!((extractor.dim(), expected[0].len()), (2048, 2048));
    // Six and two: groups of any number give the same.
    let features = [&images[..6], &images[6..]].map(|images| extractor.features(images).unwrap()).concat();
    assert_eq!(features.len(), n * 2048);
    for (found, expected) in features.chunks_exact(2048).zip(&expected) {
        let mean = expected.iter().sum::<f32>() / 2048.0;
        for (found, expected) in found.iter().zip(expected) {
            // A feature is a mean over pixels; next to nothing is left of some.
            let scale = expected.abs().max(mean / 10.0);
            assert!((found - expected).abs() <= 1e-4 * scale, "{found} instead of {expected}");
        }
    }
}

#[test]
fn images_of_all_sizes_are_seen_in_order_and_a_break_is_obeyed() {
    let Some(folder) = shared() else { return };
    let extractor = Extractor::open(&source(&folder)).unwrap();
    let image = |index: usize| match index {
        3 => Err(Error::Invalid("no such picture".into())),
        index => Ok(picture(40 + 9 * (index % 7), 64 - index % 7, index)),
    };
    let mut last = (0, 0);
    let seen = extractor.extract(7, image, &mut |progress| {
        last = (progress.done, progress.total);
        ControlFlow::Continue(())
    });
    let seen = seen.unwrap();
    assert_eq!((seen.values.len(), last), (6 * 2048, (7, 7)));
    assert!(matches!(&seen.failed[..], [(3, error)] if error.to_string() == "no such picture"));
    for (index, row) in [0, 1, 2, 4, 5, 6].into_iter().zip(seen.values.chunks_exact(2048)) {
        let alone = extractor.features(&[image(index).unwrap()]).unwrap();
        let difference = row.iter().zip(&alone).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 1e-4, "image {index}: {difference}");
    }
    let stopped = extractor.extract(10_000, image, &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Cancelled)));
}

#[test]
fn files_of_something_else_are_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path| {
        let error = Extractor::open(&ExtractorSource::Inception(path.to_owned())).err().unwrap().to_string();
        assert!(error.contains(path.to_str().unwrap()) && !error.contains('\n'), "{error}");
        error
    };
    assert!(refused(&folder.path().join("missing.pth")).contains("read"));
    assert!(refused(folder.path()).contains("no file of weights"));
    let text = folder.path().join("weights.safetensors");
    std::fs::write(&text, "no tensors at all").unwrap();
    assert!(refused(&text).contains("neither"));
    let ours = tiny_run().join("checkpoint.safetensors");
    assert!(refused(&ours).contains("'Conv2d_1a_3x3.conv.weight' is missing"));
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    for file in ["state_dict.pth", "state_dict_legacy.pth"] {
        assert!(refused(&reference.join(file)).contains("'Conv2d_1a_3x3.conv.weight' is missing"));
    }
    // The right name and another shape.
    let other = folder.path().join("other.safetensors");
    let tensor = Tensor::zeros((32, 3, 5, 5), DType::F32, &Device::Cpu).unwrap();
    let tensors = [("Conv2d_1a_3x3.conv.weight".to_owned(), tensor)].into();
    candle_core::safetensors::save(&tensors, &other).unwrap();
    assert!(refused(&other).contains("[32, 3, 5, 5]"));
}

/// The end of a job.
fn outcome(worker: &Worker, work: Job) -> JobEvent {
    worker.send(Request { id: 1, command: Command::Start(work) });
    loop {
        if let Event::Job(event) = worker.events().recv().unwrap().event
            && matches!(event, JobEvent::Finished(_) | JobEvent::Failed { .. } | JobEvent::Cancelled)
        {
            return event;
        }
    }
}

#[test]
fn jobs_write_compare_and_measure_what_models_draw() {
    let Some(shared) = shared() else { return };
    let (data, out) = (folder_of_pictures(9), tempfile::tempdir().unwrap());
    std::fs::write(data.path().join("broken.png"), "no picture").unwrap();
    let images = DataSource::Folder(data.path().to_owned());
    let (worker, extractor) = (Worker::spawn(|| ()), source(&shared));
    let order = |name: &str| {
        Job::Features(FeatureOrder {
            data: images.clone(),
            extractor: extractor.clone(),
            image_size: None,
            out: out.path().join(name),
        })
    };
    for name in ["a.npz", "b.npz"] {
        let JobEvent::Finished(JobResult::FeaturesWritten(written)) = outcome(&worker, order(name)) else {
            panic!("no features")
        };
        assert_eq!((written.n, written.dim), (9, 2048));
        assert!(written.features.starts_with("inception:inception_v3_nsfwjs_fid_layout@"), "{written:?}");
    }
    let bytes = |name: &str| std::fs::read(out.path().join(name)).unwrap();
    assert_eq!(bytes("a.npz"), bytes("b.npz"));

    let compare = |b: PathBuf| {
        Job::CompareSets(ComparisonOrder {
            a: out.path().join("a.npz"),
            b,
            extractor: Some(extractor.clone()),
            k: 3,
        })
    };
    for b in [out.path().join("b.npz"), data.path().to_owned()] {
        let end = outcome(&worker, compare(b));
        let JobEvent::Finished(JobResult::SetsCompared(metrics)) = end else { panic!("{end:?}") };
        assert!(metrics.fid < 1e-6, "{metrics:?}");
        assert_eq!(
            (metrics.precision, metrics.recall, metrics.n_real, metrics.n_generated),
            (Some(1.0), Some(1.0), Some(9), Some(9))
        );
        assert!(metrics.features.starts_with("inception:"));
    }

    let measure = |samples| {
        Job::MeasureSamples(SamplesOrder {
            checkpoints: vec![tiny_run().to_owned()],
            data: images.clone(),
            split: Split::All,
            extractor: extractor.clone(),
            samples,
            seed: 5,
            k: 3,
            copies: false,
        })
    };
    let rows = [None, None, Some(6)].map(|samples| match outcome(&worker, measure(samples)) {
        JobEvent::Finished(JobResult::SamplesMeasured(mut rows)) if rows.len() == 1 => rows.swap_remove(0),
        other => panic!("{other:?}"),
    });
    assert_eq!(rows[0], rows[1], "the same seed gives the same draws");
    assert_eq!((rows[0].metrics.n_generated, rows[2].metrics.n_generated), (Some(9), Some(6)));
    assert!(rows[0].metrics.fid > 1.0 && rows[0].metrics.warning().is_some(), "{:?}", rows[0]);

    let JobEvent::Failed { message } = outcome(&worker, measure(Some(3))) else {
        panic!("3 have no 3 neighbours")
    };
    assert!(message.contains("3 images"), "{message}");
    let work = Job::Features(FeatureOrder {
        data: DataSource::BuiltinFaces,
        extractor: extractor.clone(),
        image_size: Some(32),
        out: out.path().join("never.npy"),
    });
    worker.send(Request { id: 1, command: Command::Start(work) });
    loop {
        match worker.events().recv().unwrap().event {
            Event::Job(JobEvent::Progress(_)) => worker.send(Request { id: 2, command: Command::Cancel(1) }),
            Event::Job(JobEvent::Cancelled) => break,
            Event::Job(JobEvent::Finished(_) | JobEvent::Failed { .. }) => panic!("not cancelled"),
            _ => (),
        }
    }
    assert!(!out.path().join("never.npy").exists());
}

/// Runs the program with `--json` and reads the one object.
fn json(arguments: &[&str]) -> serde_json::Value {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_morphospace"))
        .args(arguments)
        .arg("--json")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_command_line_puts_pairs_and_sets_into_one_object() {
    let Some(shared) = shared() else { return };
    let extractor = source(&shared).to_string();
    let (a, b) = (folder_of_pictures(6), folder_of_pictures(5));
    let [a, b] = [a.path(), b.path()].map(|path| path.to_str().unwrap());
    let run = tiny_run().to_str().unwrap();

    let both = json(&["compare", a, b, "--extractor", &extractor]);
    let count = |key: &str| both[key].as_u64().unwrap();
    assert_eq!((count("n"), count("n_real"), count("n_generated"), count("k")), (5, 6, 5, 3), "{both}");
    assert_eq!((&both["re"], &both["precision"]), (&0.0.into(), &1.0.into()));
    assert!(
        both["fid"].as_f64().unwrap() > 0.0 && both["features"].as_str().unwrap().starts_with("inception:")
    );

    let options = ["--split", "all", "--extractor", &extractor, "--samples", "5", "--nearest-k", "2"];
    let row = json(&[&["evaluate", run, "--data", a], &options[..]].concat());
    assert_eq!(
        (&row["n"], &row["n_real"], &row["n_generated"], &row["k"]),
        (&6.into(), &6.into(), &5.into(), &2.into())
    );
    for key in ["re", "kl", "fid", "precision", "recall", "density", "coverage"] {
        assert!(row[key].is_number(), "{key} of {row}");
    }
    assert_eq!(row["features"], both["features"]);
}
