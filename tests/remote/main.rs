//! A worker on another computer: windows come and go, lines are cut, and nothing is lost.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

mod lines;
#[path = "../common/pictures.rs"]
mod pictures;
#[path = "../common/place.rs"]
mod place;
mod ssh;
mod window;

use std::path::PathBuf;

use morphospace::config::DataSource;
use morphospace::remote::link::LineNews;
use morphospace::worker::protocol::*;

use place::Place;
use window::Window;

/// A run of a few seconds at a place.
pub fn training(place: &Place, steps: usize) -> Job {
    let mut config = morphospace::config::defaults();
    config.model.image_size = 32;
    config.model.latent_dim = 4;
    config.model.base_width = 12;
    config.batch_size = 16;
    config.steps = steps;
    config.dataset.source = DataSource::Folder(place.data.path().to_owned());
    Job::Train(TrainOrder { config: Box::new(config), out: place.run() })
}

#[test]
fn exploring_is_answered_here_and_goes_on_without_a_line() {
    let place = Place::new();
    let mut window = Window::at(&place);
    let model = window.open_shipped();
    let dims = model.config.latent_dim;
    let query = || Query::Decode { model: model.id, codes: vec![vec![0.5; dims]] };
    let there = window.ask(Slot::Explore, query());
    window.wait_for_copy(model.id, dims);
    place.cut();
    window.wait_for_loss();
    assert_eq!(window.ask(Slot::Explore, query()), there, "the copy gives the same picture");
    let file = place.folder.path().join("draws.png");
    window.send(Command::Export(Export::Grid { images: pictures_in(there), columns: 1, file: file.clone() }));
    assert_eq!(window.written(), std::slice::from_ref(&file), "and what is here is saved here");
    assert!(file.is_file());
}

fn pictures_in(answer: Answer) -> Vec<morphospace::ImageBuf> {
    match answer {
        Answer::Images(images) => images,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_photo_travels_and_a_model_made_there_is_saved_here() {
    let place = Place::new();
    let mut window = Window::at(&place);
    let model = window.open_shipped();
    let photo = place.folder.path().join("photo.png");
    let face = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/collins.jpg");
    let face = if face.is_file() { face } else { a_picture(&photo) };
    let there = window.remote.files().send(&face).unwrap();
    assert_ne!(there, face);
    assert_eq!(std::fs::read(&there).unwrap(), std::fs::read(&face).unwrap());
    assert_eq!(window.remote.files().send(&face).unwrap(), there, "it is sent once");
    let id = window.send(Command::OpenPhoto(there));
    let photo = window.until(|reply| match reply {
        Reply { to, event: Event::PhotoOpened(info) } if *to == Some(id) => Some(info.id),
        _ => None,
    });
    let query = Query::Reconstruct { model: model.id, photo, crop: Crop::default(), noise: None };
    assert!(matches!(window.ask(Slot::Reconstruct(model.id), query), Answer::Reconstruction(_)));

    let file = place.folder.path().join("shared.safetensors");
    window.send(Command::Export(Export::Model { checkpoint: model.source.path(), file: file.clone() }));
    assert_eq!(window.written(), std::slice::from_ref(&file));
    let opened = window.remote.files().look(vec![file, "/nowhere".into()]).unwrap();
    assert_eq!(opened, [PathKind::File, PathKind::Nothing]);
}

fn a_picture(file: &std::path::Path) -> PathBuf {
    let picture = morphospace::ImageBuf::filled(80, 60, [200, 120, 90]);
    morphospace::export::write_png(&picture, file).unwrap();
    file.to_owned()
}

#[test]
fn a_folder_there_is_listed_and_what_cannot_be_is_told() {
    let place = Place::new();
    let window = Window::at(&place);
    std::fs::create_dir(place.folder.path().join("runs")).unwrap();
    let files = window.remote.files();
    let listed = files.list(Some(place.folder.path().to_owned())).unwrap();
    assert!(listed.entries.iter().any(|entry| entry.name == "runs" && entry.kind == PathKind::Folder));
    let error = files.list(Some("/no/such/folder".into())).unwrap_err().to_string();
    assert!(error.contains("/no/such/folder"), "{error}");
    let error = files.fetch("/no/such/file".as_ref(), |_| "x".into()).unwrap_err().to_string();
    assert!(error.contains("/no/such/file"), "{error}");
}

#[test]
fn another_program_at_the_other_end_is_told() {
    for (command, words) in [
        ("echo permission denied >&2; exit 255", "permission denied"),
        ("echo MORPHOSPACE-SERVER 0.0.0-old; cat", "version 0.0.0-old"),
        ("cat /dev/null", "does not answer"),
    ] {
        let mut window = Window::by(command);
        let reason = window.news(|news| match news {
            LineNews::Lost { reason, .. } => Some(reason.clone()),
            _ => None,
        });
        assert!(reason.contains(words), "{command}: {reason}");
    }
}
