//! What the fuzz targets begin with: small files as the program's own writers, and those of its tests, make them.

use std::collections::HashMap;
use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use image::{DynamicImage, ImageFormat};
use morphospace::config::{Easing, KeySource, Timeline, WalkPath, WalkPlan};
use morphospace::data::Dataset;
use morphospace::features::SetFile;
use morphospace::interchange::{write_onnx, write_pytorch};
use morphospace::remote::frames::frame;
use morphospace::remote::greeting::{Side, greet};
use morphospace::remote::messages::{
    Attach, Attached, Bytes, FileAnswer, FileRequest, News, ToServer, ToWindow,
};
use morphospace::run::checkpoint::Checkpoint;
use morphospace::train::train;
use morphospace::worker::protocol::{Answer, Command, Event, Job, ModelSource, Reply, Request, Slot};
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_64;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::arrays::{cifar, digits, gzipped, idx, npy};
use super::entries::with_checksums;
use super::pictures::{folder_of_pictures, picture};
use super::settings::config;

/// Where they lie.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus")
}

fn keep(entry: &str, name: &str, bytes: &[u8]) {
    let folder = folder().join(entry);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
}

/// The same with letters in place of a folder's path and name, which differ each time.
fn anywhere(mut bytes: Vec<u8>, folder: &Path) -> Vec<u8> {
    for words in [folder.as_os_str(), folder.file_name().unwrap()].map(|words| words.as_encoded_bytes()) {
        while let Some(at) = bytes.windows(words.len()).position(|some| some == words) {
            bytes[at..at + words.len()].fill(b'd');
        }
    }
    bytes
}

/// Writes all of them.
pub fn write() {
    let pictures = folder_of_pictures(4);
    models(pictures.path());
    torch();
    images();
    stored_pictures();
    caches();
    streams();
    texts();
}

/// A run of two steps: its folder.
fn run(pictures: &Path, more: &[&str]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let run = folder.path().join("run");
    let few =
        ["--steps", "2", "--batch-size", "2", "--image-size", "28", "--channels", "1", "--latent-dim", "2"];
    train(&config(pictures, &[&few, more].concat()), &run, &mut ()).unwrap();
    (folder, run)
}

/// Checkpoints, and what is written of them for other programs.
fn models(pictures: &Path) {
    let (_folder, linear) = run(pictures, &["--model", "ae", "--linear", "true"]);
    let (_other, vae) = run(pictures, &["--model", "vae", "--base-width", "1"]);
    let out = TempDir::new().unwrap();
    for (name, run) in [("linear", &linear), ("vae", &vae)] {
        let checkpoint = Checkpoint::open(run).unwrap();
        let file = out.path().join("model.safetensors");
        checkpoint.write_model(&file).unwrap();
        keep("checkpoint", name, &anywhere(std::fs::read(&file).unwrap(), pictures));
        for file in write_onnx(&checkpoint, run, &out.path().join(format!("{name}.onnx"))).unwrap() {
            keep("onnx", file.file_stem().unwrap().to_str().unwrap(), &std::fs::read(&file).unwrap());
        }
        for file in write_pytorch(&checkpoint, run, &out.path().join(format!("{name}.py"))).unwrap() {
            if file.extension().is_some_and(|ending| ending != "py") {
                keep("pytorch", &format!("{name}.pt"), &std::fs::read(&file).unwrap());
            }
        }
    }
    let whole = std::fs::read(linear.join("checkpoint.safetensors")).unwrap();
    keep("checkpoint", "whole_run", &anywhere(whole, pictures));
    let history = std::fs::read(linear.join("history.csv")).unwrap();
    let changes = b"step,setting,value,updates\n1,learning_rate,0.001,\n2,learning_rate_anneal,0.0001,10\n";
    keep("record", "curves", &history);
    keep("record", "curves_and_changes", &[&history, &b"---\n"[..], changes].concat());
}

/// State dicts: those of the tests, the pickle in one of them, and a stack of layers that is known by its names.
fn torch() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    for name in ["state_dict.pth", "state_dict_legacy.pth", "imports/unknown.pt"] {
        let bytes = std::fs::read(reference.join(name)).unwrap();
        keep("pytorch", name.rsplit('/').next().unwrap(), &bytes);
        if let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) {
            let inner = archive.file_names().flatten().find(|name| name.ends_with("data.pkl")).unwrap();
            let inner = inner.into_owned();
            let mut pickle = Vec::new();
            std::io::Read::read_to_end(&mut archive.by_name(&inner).unwrap(), &mut pickle).unwrap();
            keep("pytorch", &format!("{}.pkl", name.rsplit('/').next().unwrap()), &pickle);
        }
    }
    /// Names and shapes of the tensors of a stack.
    type Stack<'a> = &'a [(&'a str, &'a [usize])];
    let stacks: [(&str, Stack<'_>); 3] = [
        ("dcgan", &[("main.0.weight", &[2, 2, 4, 4]), ("main.2.weight", &[2, 1, 4, 4])]),
        (
            "example_vae",
            &[
                ("fc1.weight", &[1, 784]),
                ("fc1.bias", &[1]),
                ("fc21.weight", &[1, 1]),
                ("fc21.bias", &[1]),
                ("fc22.weight", &[1, 1]),
                ("fc22.bias", &[1]),
                ("fc3.weight", &[1, 1]),
                ("fc3.bias", &[1]),
                ("fc4.weight", &[784, 1]),
                ("fc4.bias", &[784]),
            ],
        ),
        ("pythae", &[("encoder.embedding.weight", &[1, 1]), ("encoder.layers.0.0.weight", &[1, 784])]),
    ];
    for (name, tensors) in stacks {
        let zeros = |sides: &[usize]| Tensor::zeros(sides, DType::F32, &Device::Cpu).unwrap();
        let tensors: HashMap<String, Tensor> =
            tensors.iter().map(|(name, sides)| ((*name).to_owned(), zeros(sides))).collect();
        let file = TempDir::new().unwrap();
        let path = file.path().join("a.safetensors");
        candle_core::safetensors::save(&tensors, &path).unwrap();
        keep("pytorch", &format!("{name}.safetensors"), &std::fs::read(path).unwrap());
    }
}

fn encoded(width: usize, height: usize, format: ImageFormat) -> Vec<u8> {
    let image = picture(width, height, 3);
    let image = image::RgbImage::from_raw(width as u32, height as u32, image.pixels().to_vec()).unwrap();
    let mut file = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A TIFF with nothing but an orientation in it, which is what EXIF data are.
fn exif(orientation: u8) -> Vec<u8> {
    [&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation], &[0; 6]].concat()
}

fn images() {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    for (name, format) in
        [("a.jpg", Jpeg), ("a.png", Png), ("a.gif", Gif), ("a.bmp", Bmp), ("a.tiff", Tiff), ("a.webp", WebP)]
    {
        keep("picture", name, &encoded(9, 6, format));
    }
    let jpeg = encoded(9, 6, Jpeg);
    let data = [&b"Exif\0\0"[..], &exif(6)].concat();
    let segment = [&[0xFF, 0xE1][..], &(data.len() as u16 + 2).to_be_bytes(), &data].concat();
    keep("picture", "turned.jpg", &[&jpeg[..2], &segment, &jpeg[2..]].concat());
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 4, 3);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Sixteen);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[90; 96]).unwrap();
    writer.write_image_data(&[190; 96]).unwrap();
    writer.finish().unwrap();
    keep("picture", "animated_deep.png", &png);
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cmyk.jpg");
    keep("picture", "cmyk.jpg", &std::fs::read(reference).unwrap());
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Archives and arrays.
fn stored_pictures() {
    let (png, jpeg) = (encoded(5, 4, ImageFormat::Png), encoded(6, 5, ImageFormat::Jpeg));
    let parts: [(&str, &[u8]); 4] =
        [("faces/a.png", &png), ("faces/b.jpg", &jpeg), ("noise", &png), ("list.txt", b"a b")];
    keep("archive", "pictures.zip", &zipped(&parts));
    keep("archive", "one.zip", &zipped(&parts[..1]));

    let grey = npy("'|u1'", "False", "(2, 5, 4)", &[70; 40]);
    let floats: Vec<u8> = (0..2 * 4 * 4 * 3).flat_map(|n| (n as f32 / 96.0).to_le_bytes()).collect();
    let colour = npy("'<f4'", "False", "(2, 4, 4, 3)", &floats);
    let labels = npy("'<i8'", "False", "(2,)", &[1i64, 7].map(i64::to_le_bytes).concat());
    let features =
        npy("'<f8'", "True", "(3, 2)", &[0.5f64, 1.0, 2.0, 3.0, 5.0, 8.0].map(f64::to_le_bytes).concat());
    let names = npy(
        "'<U2'",
        "False",
        "(3,)",
        &"abcdef".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<_>>(),
    );
    for (name, bytes) in [("grey.npy", &grey), ("colour.npy", &colour), ("features.npy", &features)] {
        keep("arrays", name, bytes);
    }
    // The first letter says which name the first array has.
    let archive = |first: u8, arrays: &[&Vec<u8>]| {
        let arrays: Vec<u8> = arrays.iter().flat_map(|array| array.iter().copied()).collect();
        [&b"npz"[..], &[first], &arrays].concat()
    };
    keep("arrays", "features.npz", &archive(0, &[&features, &names]));
    keep("arrays", "pictures.npz", &archive(5, &[&grey, &labels]));
    let covariance = npy("'<f8'", "False", "(2, 2)", &[1.0f64, 0.0, 0.0, 1.0].map(f64::to_le_bytes).concat());
    let mean = npy("'<f8'", "False", "(2,)", &[1.0f64, 2.0].map(f64::to_le_bytes).concat());
    keep("arrays", "statistics.npz", &archive(3, &[&mean, &covariance]));
    keep("arrays", "whole.npz", &zipped(&[("x.npy", &grey), ("y.npy", &labels)]));
    let numbers = idx(8, &[1, 28, 28], &digits(1));
    keep("arrays", "numbers.idx", &numbers);
    keep("arrays", "unpacked.gz", &[&b"gz"[..], &numbers].concat());
    keep("arrays", "packed.gz", &gzipped(&numbers));
    keep("arrays", "batch.bin", &cifar(3..4, false));
    SetFile::open(&folder().join("arrays/features.npy")).unwrap();
}

/// Files of the cache.
fn caches() {
    let (data, cache) = (folder_of_pictures(2), TempDir::new().unwrap());
    Dataset::load_with(Some(cache.path()), data.path(), 28, &mut |_| ControlFlow::Continue(())).unwrap();
    let file = std::fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap();
    let squares = anywhere(std::fs::read(file.path()).unwrap(), data.path());
    keep("cache", "squares", &with_checksums(squares));
    let values: Vec<u8> = [1.0f32, 2.0, 3.0, 4.0].into_iter().flat_map(f32::to_le_bytes).collect();
    let index = serde_json::json!({
        "source": "data", "what": "features", "content": 7, "dim": 2, "names": ["a.png", "b.png"], "skipped": [],
        "evidence": null, "checksum": xxh3_64(&values),
    });
    let index = index.to_string().into_bytes();
    let head = [(index.len() as u64).to_le_bytes(), xxh3_64(&index).to_le_bytes()].concat();
    keep("cache", "vectors", &[&b"MORPHVEC\x02\0\0\0"[..], &head, &index, &values].concat());
}

/// What a window and a server say to each other.
fn streams() {
    let mut greeting = b"Welcome.\n".to_vec();
    greet(&mut greeting, Side::Server).unwrap();
    keep("frames", "greeting", &greeting);
    let request = |command| ToServer::Request(Request { id: 7, command });
    let to_server = [
        ToServer::Attach(Attach { back: Some((1, 2)), seen: 3 }),
        request(Command::OpenModel(ModelSource::Shipped("vae".into()))),
        request(Command::OpenPhoto("a.png".into())),
        ToServer::File(4, FileRequest::Send { name: "a".into(), length: 3, hash: 5 }),
        ToServer::File(4, FileRequest::Part(Bytes(vec![1, 2, 3]))),
        ToServer::Ping(9),
        ToServer::Leave,
    ];
    let to_server: Vec<u8> = to_server.iter().flat_map(|message| frame(message).unwrap()).collect();
    keep("frames", "to_server", &to_server);
    let images = vec![picture(16, 16, 1), picture(4, 3, 2)];
    let answered = Event::Answered { slot: Slot::Explore, answer: Answer::Images(images) };
    let to_window = [
        ToWindow::Attached(Attached {
            server: 1,
            window: 2,
            resumed: false,
            received: 0,
            host: "desk".into(),
            runs_folder: "runs".into(),
        }),
        ToWindow::News(1, News::Reply(Reply { to: Some(3), event: Event::CodeRead(vec![0.5, -1.0]) })),
        ToWindow::News(2, News::Reply(Reply { to: None, event: answered })),
        ToWindow::News(3, News::Job(4, Box::new(Job::VerifyCache))),
        ToWindow::File(4, FileAnswer::Begins { length: 3, hash: 5 }),
        ToWindow::Pong { ping: 9, received: 8 },
        ToWindow::Ending("The end.".into()),
    ];
    let to_window: Vec<u8> = to_window.iter().flat_map(|message| frame(message).unwrap()).collect();
    keep("frames", "to_window", &to_window);
    let settings = morphospace::config::defaults();
    let body = &frame(&settings).unwrap()[5..];
    keep("frames", "content", body);
}

/// What people write, and files of text.
fn texts() {
    let sweep = "data = \"builtin:faces\"\nout = \"runs\"\n\n[settings]\nmodel = \"vae\"\nsteps = 2000\n\n[grid]\n\
                 kl-weight = [0.1, 1, 4]\nseed = [0, 1]\n\n[[runs]]\nlatent-dim = 32\n\n[[runs]]\nfree-bits = 0.05\n";
    keep("sweep", "grid", sweep.as_bytes());
    let schedules = "out = \"r\"\n[settings]\ndata = \"aligned:d\"\nlr-schedule = \"cosine\"\nkl-schedule = \
                     \"cyclical:4:0.5\"\nlearning-rate = 1e-4\naugment = \"flip\"\nsparsity = \"l1:0.1\"\n";
    keep("sweep", "schedules", schedules.as_bytes());
    for (name, lines) in [
        (
            "train",
            "train\n--data\na\n--kl-schedule\nwarmup:100\n--learning-rate\n1e-3\n--noise\ngaussian:0.2",
        ),
        ("sample", "sample\nvae\n--count\n12\n--seed\n7\n--out\na.png"),
        ("interpolate", "interpolate\nvae\na.png\nb.png\n--frames\n9\n--crop-a\n0.5,0.5,1"),
        ("traverse", "traverse\nvae\n--range\n3\n--steps\n5\n--dims\n1,2"),
        ("window", "--remote\nme@desk\na.png"),
    ] {
        keep("command_line", name, lines.as_bytes());
    }
    let sources = vec![
        KeySource::Seed(7),
        KeySource::Photo { file: "a.jpg".into(), crop: morphospace::worker::protocol::Crop::default() },
        KeySource::Code(vec![0.5, -2.5]),
    ];
    let timeline = Timeline::evenly(sources, WalkPath::Lerp, Easing::EaseInOut, true);
    let walk = serde_json::to_string_pretty(&WalkPlan::new(timeline, 25, 2.5)).unwrap();
    keep("walk", "walk", walk.as_bytes());
    keep("walk", "code", b"[0.5, -1, 2e-3]");
    let directions = serde_json::json!({
        "latent_dim": 8,
        "directions": [{ "name": "Smiling", "vector": [0.5, 1.0, 0.0, 0.0, -1.0, 2.0, 0.25, 0.125] }],
    });
    keep("walk", "directions", directions.to_string().as_bytes());
    keep("attributes", "plain", b"file,Smiling,Male\na.png,1,0\nb.png,0.5,-1\n");
    keep("attributes", "celeba", b"2\nSmiling Male\na.jpg 1 -1\nb.jpg -1 1\n");
}
