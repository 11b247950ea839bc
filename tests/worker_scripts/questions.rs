//! The explorer's side: models, photos and questions.

use morphospace::ImageBuf;
use morphospace::config::{Corruption, Easing, Noise, Timeline, WalkPath};
use morphospace::data::crop_resize;
use morphospace::export::write_png;
use morphospace::latent::sampling::sample;
use morphospace::run::TrainedModel;
use morphospace::worker::protocol::*;
use morphospace::worker::shipped_models;
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
    script.send(Command::OpenModel(ModelSource::File(tiny_run().to_owned())));
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
    const LAST: usize = 200;
    let script = Script::start();
    let model = script.open_tiny().id;
    let mut newest = None;
    for seed in 1..=LAST {
        let query = Query::Decode { model, codes: vec![code(seed)] };
        newest = Some(script.send(Command::Ask { slot: Slot::Explore, query }));
    }
    let mut answered = Vec::new();
    let last = script.until_reply(|reply| match reply {
        Reply { to, event: Event::Answered { slot: Slot::Explore, answer } } => {
            answered.push(to);
            (to == newest).then_some(answer)
        }
        _ => None,
    });
    assert!(answered.is_sorted_by(|a, b| a < b), "{answered:?}");
    let model = TrainedModel::open(tiny_run(), &candle_core::Device::Cpu).unwrap();
    assert_eq!(last, Answer::Images(model.decode(&[code(LAST)]).unwrap()));
    let after = script.finish().into_iter().map(|reply| reply.event);
    let after: Vec<_> = after.filter(|event| *event != Event::Stopped).collect();
    assert!(after.iter().all(|event| *event == Event::Idle), "{after:?}");
}

/// The first sheet has 4096 pictures: while it is being decoded, a slider moves and another is asked for.
#[test]
fn a_long_answer_lets_the_slider_through_and_is_given_up_for_a_newer_one() {
    let script = Script::start();
    let model = script.open_tiny().id;
    let samples = |count| Query::Sample { model, count, seed: 1 };
    script.send(Command::Ask { slot: Slot::Samples, query: samples(4096) });
    std::thread::sleep(std::time::Duration::from_millis(5));
    let explore = Query::Decode { model, codes: vec![code(1)] };
    let answered = || {
        script.until_reply(|reply| match reply.event {
            Event::Answered { .. } => reply.to,
            _ => None,
        })
    };
    let slider = script.send(Command::Ask { slot: Slot::Explore, query: explore });
    assert_eq!(answered(), slider, "the slider waited for the sheet");
    let newer = script.send(Command::Ask { slot: Slot::Samples, query: samples(2) });
    assert_eq!(answered(), newer, "the old sheet was finished all the same");
}

#[test]
fn a_traversal_moves_one_dimension_through_its_range() {
    let mut script = Script::start();
    let info = script.open_tiny();
    let start = code(3);
    let query = |dim, steps| Query::Traverse {
        model: info.id,
        code: start.clone(),
        dim,
        span: 3.0,
        steps,
        shift: vec![],
    };
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
    let walk = |path| Timeline::evenly(vec![from.clone(), to.clone()], path, Easing::Linear, false);
    for path in [WalkPath::Lerp, WalkPath::Slerp] {
        let query = Query::Walk { model, timeline: walk(path), times: vec![0.0, 0.25, 0.5, 1.0] };
        let images = script.pictures(Slot::WalkFrame(model), query);
        assert_eq!((images.len(), &images[0], &images[3]), (4, &ends[0], &ends[1]), "{path:?}");
        assert_ne!(images[1], images[2]);
        let film = Query::WalkFilm { model, timeline: walk(path), frames: 5, features: true };
        let Ok(Answer::Film(film)) = script.ask(Slot::WalkFilm(model), film) else { panic!("no film") };
        assert_eq!([&film.images[0], &film.images[1], &film.images[4]], [&images[0], &images[1], &images[3]]);
        let features = film.features.unwrap();
        assert!(features.extractor.starts_with("embedded"), "{}", features.extractor);
        assert_eq!((film.change.len(), features.change.len()), (4, 4));
        assert!(film.change.iter().chain(&features.change).all(|change| change.is_finite() && *change > 0.0));
    }
    let middle: Vec<f32> = from.iter().zip(&to).map(|(a, b)| (a + b) / 2.0).collect();
    let query = Query::Walk { model, timeline: walk(WalkPath::Lerp), times: vec![0.5] };
    let found = script.pictures(Slot::WalkFrame(model), query);
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

    let left = Crop { center_x: 0.2, center_y: 0.5, size: 0.4, angle: 0.0 };
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
    let photo = script.paste(image).id;
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
    let info = script.paste(image.clone());
    assert_eq!((info.name.as_str(), info.path, &info.preview), ("Clipboard", None, &image));
    let found = reconstruct(&mut script, model, info.id, Crop::default()).unwrap();
    assert_eq!(found.input, crop_resize(&image, Crop::default(), 32));
}

/// A flow loses a little of a code on the way to its noise and back; what it loses is told, so that a photo's face
/// can be explored as it is.
#[test]
fn a_photo_through_the_noise_of_a_flow_is_its_reconstruction_with_what_was_lost() {
    let mut script = Script::start();
    let model = script.open_model(ModelSource::Shipped("vae-grid-ffhq-64".into())).id;
    let photo = script.paste(picture(64, 64, 3)).id;
    let found = reconstruct(&mut script, model, photo, Crop::default()).unwrap();
    // In 8 bits it may be nothing at all, which hangs on how a processor rounds.
    assert!((0.0..1e-3).contains(&found.through_prior.unwrap()), "{:?}", found.through_prior);
    assert!(found.residual.len() == found.code.len() && found.residual.iter().any(|lost| *lost != 0.0));
    let offsets = vec![found.residual];
    let query = Query::Edit { model, from: found.code, offsets };
    let back = script.pictures(Slot::Explore, query);
    let pixels = back[0].pixels().iter().zip(found.output.pixels());
    let farthest = pixels.map(|(a, b)| a.abs_diff(*b)).max();
    assert!(farthest <= Some(1), "{farthest:?} levels away");
}

/// A search tells of itself until it is over, and ends when nobody waits for it any more.
#[test]
fn a_search_for_a_code_tells_how_far_it_is_and_can_be_withdrawn() {
    let script = Script::start();
    let model = script.open_tiny().id;
    let photo = script.paste(picture(64, 64, 3)).id;
    let query = |steps| {
        let config = InversionConfig { steps, ..Default::default() };
        Query::Invert { model, photo, crop: Crop::default(), noise: None, config }
    };
    let slot = Slot::Invert(model);
    script.send(Command::Ask { slot, query: query(5_000_000) });
    let news = |event| match event {
        Event::Answered { answer: Answer::Inversion(news), .. } => Some(news),
        _ => None,
    };
    let first = script.until(news);
    assert!(!first.is_finished() && first.curve.len() == first.step + 1);
    script.send(Command::Withdraw(slot));
    let short = script.send(Command::Ask { slot, query: query(40) });
    let last = script
        .until_reply(|reply| news(reply.event).filter(|news| reply.to == Some(short) && news.is_finished()));
    assert_eq!((last.step, last.curve.len()), (40, 41));
    assert!(last.metrics.re < last.start.re && last.curve[40] < last.curve[0], "{:?}", last.curve);
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

/// Why a command could not be done.
fn refused(script: &Script, command: Command) -> String {
    script.answer(command, |event| (!matches!(event, Event::Busy { .. })).then_some(event)).unwrap_err()
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
        let message = refused(&script, Command::OpenModel(ModelSource::File(path.clone())));
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(message.contains(name), "{name}: {message}");
    }
    let unknown = Command::OpenModel(ModelSource::Shipped("gpt-7".into()));
    assert!(refused(&script, unknown).contains("gpt-7"));
    for path in
        [folder.path().join("missing.jpg"), write("text.jpg", b"not a picture"), write("empty.png", b"")]
    {
        let message = refused(&script, Command::OpenPhoto(path.clone()));
        assert!(message.contains(path.file_name().unwrap().to_str().unwrap()), "{message}");
    }

    let uneven = || Timeline::evenly(vec![code(1), vec![1.0]], WalkPath::Lerp, Easing::Linear, false);
    for query in [
        Query::Decode { model: 99, codes: vec![code(1)] },
        Query::Decode { model, codes: vec![vec![0.0; 7]] },
        Query::Sample { model, count: usize::MAX, seed: 0 },
        Query::Traverse { model, code: code(1), dim: 0, span: 3.0, steps: usize::MAX, shift: vec![] },
        Query::Traverse { model, code: vec![], dim: 0, span: 3.0, steps: 3, shift: vec![] },
        Query::Reconstruct { model, photo: 99, crop: Crop::default(), noise: None },
        Query::Walk { model, timeline: uneven(), times: vec![0.5] },
        Query::WalkFilm { model, timeline: uneven(), frames: 5, features: false },
        Query::WalkFilm { model, timeline: Timeline::default(), frames: 1, features: false },
    ] {
        let message = script.ask(Slot::Explore, query.clone()).expect_err(&format!("{query:?}"));
        assert!(!message.is_empty() && !message.contains("fault"), "{query:?}: {message}");
    }
    assert_eq!(script.decode(model, &[code(1)]), before);
}

#[test]
fn every_model_in_the_list_answers_however_many_were_opened_and_whatever_became_of_its_file() {
    let folder = TempDir::new().unwrap();
    let mut script = Script::start();
    let whole = std::fs::read(tiny_run().join("checkpoint.safetensors")).unwrap();
    let shipped: Vec<_> = shipped_models()
        .into_iter()
        .map(|name| script.open_model(ModelSource::Shipped(name.into())))
        .collect();
    let files: Vec<_> = (0..20).map(|number| folder.path().join(format!("{number}.safetensors"))).collect();
    let opened: Vec<_> = files
        .iter()
        .map(|file| {
            std::fs::write(file, &whole).unwrap();
            script.open_model(ModelSource::File(file.clone())).id
        })
        .collect();
    let again: Vec<_> = (0..20).map(|_| script.open_tiny().id).collect();
    // A run saves over its checkpoint, and files go.
    std::fs::write(folder.path().join("newer"), b"another checkpoint").unwrap();
    std::fs::rename(folder.path().join("newer"), &files[0]).unwrap();
    std::fs::remove_file(&files[1]).unwrap();
    let pictures = script.decode(again[0], &[code(1)]);
    for id in opened.iter().chain(&again) {
        assert_eq!(script.decode(*id, &[code(1)]), pictures, "model {id}");
    }
    for model in &shipped {
        let query = Query::Decode { model: model.id, codes: vec![model.latent.center.clone()] };
        assert_eq!(script.pictures(Slot::Explore, query).len(), 1, "{}", model.name);
    }
    // What was written over in place is another model: that is told rather than shown.
    let other = std::fs::read(&files[2]).unwrap().iter().map(|byte| !byte).collect::<Vec<u8>>();
    std::fs::write(&files[2], other).unwrap();
    let query = Query::Decode { model: opened[2], codes: vec![code(1)] };
    let message = script.ask(Slot::Explore, query).unwrap_err();
    assert!(message.contains("2.safetensors") && message.contains("open it again"), "{message}");
}

#[test]
fn every_photo_in_the_list_can_be_used_after_forty_others_and_without_its_file() {
    let folder = TempDir::new().unwrap();
    let mut script = Script::start();
    let model = script.open_tiny().id;
    let file = folder.path().join("first.png");
    write_png(&picture(60, 40, 1), &file).unwrap();
    let (first, pasted) = (script.open_photo(&file).id, script.paste(picture(50, 70, 2)).id);
    let before = [first, pasted].map(|id| reconstruct(&mut script, model, id, Crop::default()).unwrap());
    std::fs::remove_file(&file).unwrap();
    for seed in 0..40 {
        script.paste(picture(20, 20, seed));
    }
    let after = [first, pasted].map(|id| reconstruct(&mut script, model, id, Crop::default()).unwrap());
    assert_eq!(before, after);
}

#[test]
fn what_is_closed_is_gone_and_nothing_else() {
    let mut script = Script::start();
    let (one, two) = (script.open_tiny().id, script.open_tiny().id);
    let (photo, other) = (script.paste(picture(9, 9, 1)).id, script.paste(picture(9, 9, 2)).id);
    for command in [Command::CloseModel(one), Command::ClosePhoto(photo), Command::CloseModel(99)] {
        script.answer(command, |event| (event == Event::Closed).then_some(())).unwrap();
    }
    let message = script.ask(Slot::Explore, Query::Decode { model: one, codes: vec![code(1)] }).unwrap_err();
    assert!(message.contains("model 1 is not open"), "{message}");
    assert!(reconstruct(&mut script, two, photo, Crop::default()).unwrap_err().contains("photo 1"));
    reconstruct(&mut script, two, other, Crop::default()).unwrap();
}

/// Three things go wrong and two go well; each reply says which.
#[test]
fn every_reply_names_the_request_it_belongs_to() {
    let folder = TempDir::new().unwrap();
    let script = Script::start();
    let missing = |name: &str| folder.path().join(name);
    let bad_model = script.send(Command::OpenModel(ModelSource::File(missing("a.safetensors"))));
    let good_model = script.send(Command::OpenModel(ModelSource::File(tiny_run().to_owned())));
    let bad_photo = script.send(Command::OpenPhoto(missing("b.png")));
    let bad_run = script.send(Command::OpenRun(missing("c")));
    let cache = script.send(Command::Cache(CacheRequest::Look));
    let mut outcomes = Vec::new();
    script.until_reply(|Reply { to, event }| {
        match event {
            Event::Busy { .. } | Event::Idle => assert!(to.is_some()),
            Event::Failed { message } => outcomes.push((to.unwrap(), Some(message))),
            _ => outcomes.push((to.unwrap(), None)),
        }
        (outcomes.len() == 5).then_some(())
    });
    let ids: Vec<_> = outcomes.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [bad_model, good_model, bad_photo, bad_run, cache]);
    for (outcome, name) in outcomes.iter().zip([Some("a.safetensors"), None, Some("b.png"), Some("c"), None])
    {
        let told = outcome.1.as_ref().map(|message| message.contains(name.unwrap_or("nothing")));
        assert_eq!(told, name.map(|_| true), "{outcome:?}");
    }
}
