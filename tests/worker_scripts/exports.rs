//! The files that a worker writes.

use std::io::Cursor;
use std::path::Path;

use image::AnimationDecoder;
use morphospace::ImageBuf;
use morphospace::config::{Easing, KeySource, Timeline, WalkPath, WalkPlan};
use morphospace::table::{Better, Column, Table};
use morphospace::worker::protocol::*;
use tempfile::TempDir;

use crate::common::{code, largest_difference, tiny_run};
use crate::script::Script;

#[test]
fn exports_are_files_that_others_can_read() {
    let folder = TempDir::new().unwrap();
    let mut script = Script::start();
    let model = script.open_tiny().id;
    let (from, to) = (code(1), code(2));
    let timeline = Timeline::evenly(vec![from.clone(), to.clone()], WalkPath::Slerp, Easing::Linear, false);
    let walk = |name: &str, frames| Export::Walk {
        walks: vec![(model, timeline.clone())],
        frames,
        seconds: None,
        file: folder.path().join(name),
    };

    let gif = script.export(walk("walk.gif", 5)).unwrap();
    let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(std::fs::read(gif).unwrap())).unwrap();
    let frames = decoder.into_frames().collect_frames().unwrap();
    assert_eq!(frames.len(), 8, "five there, three back");
    assert_eq!(frames[0].buffer().dimensions(), (256, 256));

    let strip = image::open(script.export(walk("walk.PNG", 5)).unwrap()).unwrap().to_rgb8();
    assert_eq!(strip.dimensions(), (5 * 34 + 2, 36));
    let ends = script.decode(model, &[from.clone(), to.clone()]);
    assert_eq!(part_of(&strip, 2, 2), ends[0]);
    assert_eq!(part_of(&strip, 2 + 4 * 34, 2), ends[1]);

    let grid =
        |images: Vec<ImageBuf>| Export::Grid { images, columns: 1, file: folder.path().join("grid.png") };
    let file = script.export(grid(ends.clone())).unwrap();
    assert_eq!(image::open(&file).unwrap().to_rgb8().dimensions(), (36, 70));
    script.export(grid(ends[..1].to_vec())).unwrap();
    assert_eq!(image::open(&file).unwrap().to_rgb8().as_raw(), ends[0].pixels());

    for (bad, reason) in [
        (walk("walk.txt", 5), "walk.txt"),
        (walk("walk.gif", 1), "a walk of 1 pictures"),
        (walk("no/such/folder/walk.gif", 5), "walk.gif"),
        (grid(Vec::new()), "no picture"),
    ] {
        let message = script.export(bad).unwrap_err();
        assert!(message.contains(reason), "{message}");
    }
    let mut left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["grid.png", "walk.PNG", "walk.gif"]);
}

#[test]
fn a_walk_is_a_film_in_each_format_or_a_folder_with_models_beside_each_other() {
    let folder = TempDir::new().unwrap();
    let mut script = Script::start();
    let models = [script.open_tiny().id, script.open_tiny().id];
    let keys = vec![code(1), code(2), code(3)];
    let looped = Timeline::evenly(keys.clone(), WalkPath::Lerp, Easing::EaseInOut, true);
    let walk = |name: &str, seconds| Export::Walk {
        walks: models.map(|model| (model, looped.clone())).to_vec(),
        frames: 6,
        seconds,
        file: folder.path().join(name),
    };
    let file = script.export(walk("walk.webp", Some(3.0))).unwrap();
    let reader = Cursor::new(std::fs::read(file).unwrap());
    let film = image::codecs::webp::WebPDecoder::new(reader).unwrap().into_frames().collect_frames().unwrap();
    assert_eq!(film.len(), 6, "a loop goes only there");
    assert_eq!(film[0].delay().numer_denom_ms().0, 500);
    assert_eq!(film[0].buffer().dimensions(), (2 * 258 + 2, 260));
    let file = script.export(walk("walk.apng", None)).unwrap();
    let reader = Cursor::new(std::fs::read(file).unwrap());
    let film = image::codecs::png::PngDecoder::new(reader).unwrap().apng().unwrap().into_frames();
    assert_eq!(film.collect_frames().unwrap().len(), 6);
    let strip = image::open(script.export(walk("strip.png", None)).unwrap()).unwrap().to_rgb8();
    assert_eq!(strip.dimensions(), (6 * 34 + 2, 2 * 34 + 2));
    // Three keys in six pictures: every second is one, in both rows.
    for (key, image) in script.decode(models[0], &keys).iter().enumerate() {
        for row in [2, 36] {
            assert_eq!(part_of(&strip, 2 + 2 * 34 * key as u32, row), *image, "key {key}");
        }
    }
    script.export(walk("frames/", None)).unwrap();
    assert_eq!(std::fs::read_dir(folder.path().join("frames")).unwrap().count(), 6);
    for (bad, reason) in [
        (walk("walk.gif", Some(0.0)), "0 seconds"),
        (
            Export::Walk { walks: Vec::new(), frames: 6, seconds: None, file: folder.path().join("a.gif") },
            "a model",
        ),
    ] {
        assert!(script.export(bad).unwrap_err().contains(reason));
    }
}

#[test]
fn a_walk_file_opens_again() {
    let folder = TempDir::new().unwrap();
    let script = Script::start();
    let sources = vec![KeySource::Seed(3), KeySource::Code(code(1))];
    let timeline = Timeline::evenly(sources, WalkPath::Slerp, Easing::Smoother, true);
    let plan = WalkPlan::new(timeline, 12, 1.5);
    let file = folder.path().join("faces.walk.json");
    script.export(Export::WalkPlan { plan: plan.clone(), file: file.clone() }).unwrap();
    let opened = |file: &Path| {
        script.answer(Command::OpenWalk(file.to_owned()), |event| match event {
            Event::WalkOpened(plan) => Some(*plan),
            _ => None,
        })
    };
    assert_eq!(opened(&file), Ok(plan));
    std::fs::write(&file, "{}").unwrap();
    assert!(opened(&file).unwrap_err().contains("this is no walk"));
    let missing = opened(&folder.path().join("none.walk.json")).unwrap_err();
    assert!(missing.contains("none.walk.json"), "{missing}");
}

fn part_of(sheet: &image::RgbImage, x: u32, y: u32) -> ImageBuf {
    let part = image::imageops::crop_imm(sheet, x, y, 32, 32).to_image();
    ImageBuf::new(32, 32, part.into_raw()).unwrap()
}

#[test]
fn an_exported_model_is_smaller_and_does_the_same() {
    let folder = TempDir::new().unwrap();
    let mut script = Script::start();
    let model = script.open_tiny();
    let file = folder.path().join("shared.safetensors");
    script.export(Export::Model { checkpoint: tiny_run().to_owned(), file: file.clone() }).unwrap();
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    assert!(size(&file) < size(&tiny_run().join("checkpoint.safetensors")) / 3);
    let shared = script.open_model(ModelSource::File(file));
    assert_eq!((shared.name.as_str(), shared.steps), ("VAE · shared", model.steps));
    let (full, half) = (script.decode(model.id, &[code(1)]), script.decode(shared.id, &[code(1)]));
    assert!(largest_difference(&full[0], &half[0]) <= 2);
}

#[test]
fn results_are_written_in_the_format_that_the_name_says() {
    let folder = TempDir::new().unwrap();
    let script = Script::start();
    let table = Table {
        title: "Two runs".into(),
        columns: vec![Column::text("Run"), Column::measure("PSNR", "dB", Better::Up, 2)],
        rows: vec![vec!["a".into(), 24.8333.into()], vec!["b".into(), None::<f64>.into()]],
        notes: Vec::new(),
    };
    let write = |name: &str| {
        let results = Export::Results { tables: vec![table.clone()], file: folder.path().join(name) };
        script.export(results).map(|file| std::fs::read_to_string(file).unwrap())
    };
    let markdown = write("a.md").unwrap();
    assert!(markdown.contains("| a   |") && markdown.contains(" 24.83 |"), "{markdown}");
    assert_eq!(write("a.CSV").unwrap(), "Run,PSNR (dB)\na,24.8333\nb,\n");
    assert!(write("a.tex").unwrap().contains("    b & -- \\\\\n"));
    let message = write("a.xlsx").unwrap_err();
    assert!(message.contains("a.xlsx") && message.contains(".tex"), "{message}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

/// The allocation would end the program.
#[test]
fn a_sheet_that_no_memory_holds_is_refused_and_the_worker_goes_on() {
    let folder = TempDir::new().unwrap();
    let mut script = Script::start();
    let model = script.open_tiny().id;
    let images = vec![ImageBuf::filled(1, 4_000_000, [0; 3]), ImageBuf::filled(4_000_000, 1, [0; 3])];
    let file = folder.path().join("sheet.png");
    let message = script.export(Export::Grid { images, columns: 2, file: file.clone() }).unwrap_err();
    assert!(message.contains("of memory") && !file.exists(), "{message}");
    let order = FaceOrder { count: 1, seed: 0, image_size: usize::MAX, out: None, sheet: Some(file) };
    script.start_job(1, Job::Faces(order));
    let JobEvent::Failed { message } = script.job_end(1) else { panic!("rendered") };
    assert!(message.contains("of memory"), "{message}");
    assert_eq!(script.decode(model, &[code(1)]).len(), 1);
}
