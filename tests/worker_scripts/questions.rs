//! The explorer's side: models, photos and questions.

use morphospace::ImageBuf;
use morphospace::config::{Corruption, Noise, WalkPath};
use morphospace::data::resize::crop_resize;
use morphospace::export::write_png;
use morphospace::latent::sampling::sample;
use morphospace::run::TrainedModel;
use morphospace::worker::protocol::*;
use tempfile::TempDir;

use crate::common::pictures::picture;
use crate::common::{code, largest_difference, tiny_run};
use crate::script::Script;

#[test]
fn a_model_opens_and_decodes() {
    let mut script = Script::start();
    let info = script.open_tiny();
    assert_eq!((info.id, info.name.as_str(), info.steps), (1, "VAE · tiny", 3));
    assert_eq!((info.config.latent_dim, info.latent.center.len()), (8, 8));
    assert_eq!(info.source, ModelSource::File(tiny_run().to_owned()));
    assert_eq!(info.train.as_ref().unwrap().steps, 3);
    assert!(info.parameters > 0);

    let codes: Vec<_> = (0..40).map(code).collect();
    let images = script.decode(info.id, &codes);
    let model = TrainedModel::open(tiny_run(), &candle_core::Device::Cpu).unwrap();
    assert_eq!(images, model.decode(&codes).unwrap());
    assert_ne!(images[0], images[1]);
    assert!(script.decode(info.id, &[]).is_empty());
    assert_eq!(script.open_tiny().id, 2, "a number is never reused");
}

#[test]
fn opening_is_framed_by_busy_and_idle() {
    let script = Script::start();
    script.worker.send(Command::OpenModel(ModelSource::File(tiny_run().to_owned())));
    assert_eq!(script.next(), Event::Busy { what: "Opening tiny".into() });
    assert!(matches!(script.next(), Event::ModelOpened(_)));
    assert_eq!(script.next(), Event::Idle);
}

#[test]
fn the_same_seed_draws_the_same_samples() {
    let mut script = Script::start();
    let info = script.open_tiny();
    let mut draw = |count, seed| {
        let Ok(Answer::Samples { codes, images }) =
            script.ask(Slot::Samples, Query::Sample { model: info.id, count, seed })
        else {
            panic!("no samples")
        };
        (codes, images)
    };
    let (codes, images) = draw(24, 7);
    assert_eq!(codes, sample(&info.latent, 24, 7));
    assert_eq!(images.len(), 24);
    assert_eq!(draw(24, 7), (codes.clone(), images));
    assert_eq!(draw(5, 7).0, codes[..5]);
    assert_ne!(draw(24, 8).0, codes);
}

#[test]
fn only_the_newest_question_needs_an_answer() {
    const LAST: RequestId = 200;
    let script = Script::start();
    let model = script.open_tiny().id;
    for request in 1..=LAST {
        let query = Query::Decode { model, codes: vec![code(request as usize)] };
        script.worker.send(Command::Ask { slot: Slot::Explore, request, query });
    }
    let mut answered = Vec::new();
    let last = script.until(|event| match event {
        Event::Answered { slot: Slot::Explore, request, answer } => {
            answered.push(request);
            (request == LAST).then_some(answer)
        }
        _ => None,
    });
    assert!(answered.is_sorted_by(|a, b| a < b), "{answered:?}");
    let model = TrainedModel::open(tiny_run(), &candle_core::Device::Cpu).unwrap();
    assert_eq!(last, Answer::Images(model.decode(&[code(LAST as usize)]).unwrap()));
    let after: Vec<_> = script.finish().into_iter().filter(|event| *event != Event::Stopped).collect();
    assert!(after.iter().all(|event| *event == Event::Idle), "{after:?}");
}

/// The first sheet has 4096 pictures: while it is being decoded, a slider moves and another is asked for.
#[test]
fn a_long_answer_lets_the_slider_through_and_is_given_up_for_a_newer_one() {
    let script = Script::start();
    let model = script.open_tiny().id;
    let samples = |count| Query::Sample { model, count, seed: 1 };
    script.worker.send(Command::Ask { slot: Slot::Samples, request: 1, query: samples(4096) });
    std::thread::sleep(std::time::Duration::from_millis(5));
    let explore = Query::Decode { model, codes: vec![code(1)] };
    script.worker.send(Command::Ask { slot: Slot::Explore, request: 2, query: explore });
    let first = script.until(|event| match event {
        Event::Answered { request, .. } => Some(request),
        _ => None,
    });
    assert_eq!(first, 2, "the slider waited for the sheet");
    script.worker.send(Command::Ask { slot: Slot::Samples, request: 3, query: samples(2) });
    let next = script.until(|event| match event {
        Event::Answered { request, .. } => Some(request),
        _ => None,
    });
    assert_eq!(next, 3, "the old sheet was finished all the same");
}

#[test]
fn a_traversal_moves_one_dimension_through_its_range() {
    let mut script = Script::start();
    let info = script.open_tiny();
    let start = code(3);
    let query = |dim, steps| Query::Traverse { model: info.id, code: start.clone(), dim, span: 3.0, steps };
    let images = script.pictures(Slot::Traversal, query(2, 7));
    let codes: Vec<Vec<f32>> = (-3..=3)
        .map(|v| {
            let mut code = start.clone();
            code[2] = info.latent.center[2] + info.latent.scale[2] * v as f32;
            code
        })
        .collect();
    assert_eq!(images, script.decode(info.id, &codes));
    let message = script.ask(Slot::Traversal, query(8, 7)).unwrap_err();
    assert!(message.contains('8'), "{message}");
}

#[test]
fn a_walk_begins_and_ends_where_it_should() {
    let mut script = Script::start();
    let model = script.open_tiny().id;
    let (from, to) = (code(1), code(2));
    let ends = script.decode(model, &[from.clone(), to.clone()]);
    for path in [WalkPath::Lerp, WalkPath::Slerp] {
        let positions = vec![0.0, 0.25, 0.5, 1.0];
        let query = Query::Walk { model, from: from.clone(), to: to.clone(), path, positions };
        let images = script.pictures(Slot::WalkStrip, query);
        assert_eq!((images.len(), &images[0], &images[3]), (4, &ends[0], &ends[1]), "{path:?}");
        assert_ne!(images[1], images[2]);
    }
    let middle: Vec<f32> = from.iter().zip(&to).map(|(a, b)| (a + b) / 2.0).collect();
    let query = Query::Walk { model, from, to, path: WalkPath::Lerp, positions: vec![0.5] };
    let found = script.pictures(Slot::WalkFrame, query);
    // 1 of 255: the half-way code may be rounded differently in its last bit.
    let wanted = script.decode(model, &[middle]);
    assert!(largest_difference(&found[0], &wanted[0]) <= 1);
}

#[test]
fn a_photo_goes_through_the_model_as_it_is_cropped() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("me.png");
    let photo = picture(900, 500, 1);
    write_png(&photo, &file).unwrap();
    let mut script = Script::start();
    let model = script.open_tiny().id;
    let info = script.open_photo(&file);
    assert_eq!((info.id, info.name.as_str(), info.width, info.height), (1, "me.png", 900, 500));
    assert_eq!(info.path.as_deref(), Some(file.as_path()));
    assert_eq!((info.preview.width(), info.preview.height()), (768, 427));

    let mut through = |crop| reconstruct(&mut script, model, info.id, crop).unwrap();
    let whole = through(Crop::default());
    assert_eq!(whole.input, crop_resize(&photo, Crop::default(), 32));
    assert_eq!((whole.code.len(), whole.difference.len(), whole.metrics.n), (8, 32 * 32, 1));
    let squares = whole.input.pixels().iter().zip(whole.output.pixels());
    let sum: f64 = squares.map(|(a, b)| ((f64::from(*a) - f64::from(*b)) / 255.0).powi(2)).sum();
    assert!((whole.metrics.re - sum / (32.0 * 32.0 * 3.0)).abs() < 1e-7);
    assert!((whole.metrics.psnr + 10.0 * whole.metrics.re.log10()).abs() < 1e-9);
    let mean = whole.difference.iter().sum::<f32>() / 1024.0;
    assert!(mean > 0.0 && mean <= 1.0);

    let left = Crop { center_x: 0.2, center_y: 0.5, size: 0.4 };
    let part = through(left);
    assert_eq!(part.input, crop_resize(&photo, left, 32));
    assert_ne!((&part.input, &part.code), (&whole.input, &whole.code));
    assert_eq!(through(Crop::default()), whole, "the same question has the same answer");
    assert_eq!(script.decode(model, &[whole.code])[0], whole.output);
}

#[test]
fn a_noisy_photo_is_measured_against_the_clean_one() {
    let mut script = Script::start();
    let model = script.open_tiny().id;
    let image = picture(64, 64, 2);
    script.worker.send(Command::PastePhoto { name: "Clipboard".into(), image });
    let photo = script.until(|event| match event {
        Event::PhotoOpened(info) => Some(info.id),
        _ => None,
    });
    let mut through = |strength: f64, seed| {
        let noise = Some(Noise { corruption: Corruption::Gaussian(strength), seed });
        let query = Query::Reconstruct { model, photo, crop: Crop::default(), noise };
        match script.ask(Slot::Reconstruct(model), query) {
            Ok(Answer::Reconstruction(reconstruction)) => Ok(*reconstruction),
            Ok(other) => panic!("{other:?} instead of a reconstruction"),
            Err(message) => Err(message),
        }
    };
    let found = through(0.2, 7).unwrap();
    let noisy = found.noisy.clone().unwrap();
    let re = |a: &ImageBuf, b: &ImageBuf| {
        let squares = a.pixels().iter().zip(b.pixels());
        let sum: f64 = squares.map(|(a, b)| ((f64::from(*a) - f64::from(*b)) / 255.0).powi(2)).sum();
        sum / (32.0 * 32.0 * 3.0)
    };
    assert!((noisy.metrics.re - re(&found.input, &noisy.image)).abs() < 1e-7);
    // The variance of the noise, less what is cut off at black and white.
    assert!((0.025..0.045).contains(&noisy.metrics.re), "{:?}", noisy.metrics);
    assert!((found.metrics.re - re(&found.input, &found.output)).abs() < 1e-7);
    assert_eq!(through(0.2, 7).unwrap(), found, "the same seed spoils the same pixels");
    assert_ne!(through(0.2, 8).unwrap().noisy, found.noisy);
    assert_eq!(through(0.0, 7).unwrap().noisy.unwrap().image, found.input);
    assert!(through(f64::NAN, 7).unwrap_err().contains("not possible"));
}

#[test]
fn a_pasted_picture_is_a_photo_too() {
    let mut script = Script::start();
    let model = script.open_tiny().id;
    let image = picture(64, 48, 2);
    script.worker.send(Command::PastePhoto { name: "Clipboard".into(), image: image.clone() });
    let info = script.until(|event| match event {
        Event::PhotoOpened(info) => Some(info),
        _ => None,
    });
    assert_eq!((info.name.as_str(), info.path, &info.preview), ("Clipboard", None, &image));
    let found = reconstruct(&mut script, model, info.id, Crop::default()).unwrap();
    assert_eq!(found.input, crop_resize(&image, Crop::default(), 32));
}

fn reconstruct(
    script: &mut Script,
    model: ModelId,
    photo: PhotoId,
    crop: Crop,
) -> Result<Reconstruction, String> {
    match script.ask(Slot::Reconstruct(model), Query::Reconstruct { model, photo, crop, noise: None })? {
        Answer::Reconstruction(reconstruction) => Ok(*reconstruction),
        other => panic!("{other:?} instead of a reconstruction"),
    }
}

#[test]
fn bad_input_is_told_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    };
    let whole = std::fs::read(tiny_run().join("checkpoint.safetensors")).unwrap();
    let mut script = Script::start();
    let model = script.open_tiny().id;
    let before = script.decode(model, &[code(1)]);

    let models = [
        folder.path().join("missing.safetensors"),
        folder.path().to_owned(),
        write("empty.safetensors", b""),
        write("noise.safetensors", &[0xA7; 5000]),
        write("half.safetensors", &whole[..whole.len() / 2]),
    ];
    for path in models {
        script.worker.send(Command::OpenModel(ModelSource::File(path.clone())));
        let notice = script.notice();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(notice.severity, Severity::Error);
        assert!(notice.message.contains(name), "{name}: {}", notice.message);
    }
    script.worker.send(Command::OpenModel(ModelSource::Shipped("gpt-7".into())));
    assert!(script.notice().message.contains("gpt-7"));
    for path in
        [folder.path().join("missing.jpg"), write("text.jpg", b"not a picture"), write("empty.png", b"")]
    {
        script.worker.send(Command::OpenPhoto(path.clone()));
        let message = script.notice().message;
        assert!(message.contains(path.file_name().unwrap().to_str().unwrap()), "{message}");
    }

    for query in [
        Query::Decode { model: 99, codes: vec![code(1)] },
        Query::Decode { model, codes: vec![vec![0.0; 7]] },
        Query::Sample { model, count: usize::MAX, seed: 0 },
        Query::Traverse { model, code: code(1), dim: 0, span: 3.0, steps: usize::MAX },
        Query::Traverse { model, code: vec![], dim: 0, span: 3.0, steps: 3 },
        Query::Reconstruct { model, photo: 99, crop: Crop::default(), noise: None },
        Query::Walk { model, from: code(1), to: vec![1.0], path: WalkPath::Lerp, positions: vec![0.5] },
    ] {
        let message = script.ask(Slot::Explore, query.clone()).expect_err(&format!("{query:?}"));
        assert!(!message.is_empty() && !message.contains("fault"), "{query:?}: {message}");
    }
    assert_eq!(script.decode(model, &[code(1)]), before);
}
