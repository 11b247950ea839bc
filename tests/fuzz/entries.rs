//! The ways by which bytes of strangers come into the program, each as a function of these bytes. The fuzz targets and
//! the test `corpus` go them.

use std::ffi::OsStr;
use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use candle_core::Device;
use flate2::Compression;
use flate2::write::GzEncoder;
use morphospace::config::{Plan, Setting, Sweep, TrainConfig};
use morphospace::data::{Attributes, Source, decode_image, list_cache, verify_cache};
use morphospace::features::SetFile;
use morphospace::models::ImportedModel;
use morphospace::models::imported::recognise;
use morphospace::remote::messages::{ToServer, ToWindow};
use morphospace::remote::{frames, greeting};
use morphospace::run::checkpoint::{Checkpoint, Meta};
use morphospace::run::{TrainedModel, parse_directions, read_run};
use morphospace::worker::{read_code, read_plan};
use morphospace::{ImageBuf, cli};
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_64;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const MB: usize = 1 << 20;
/// Pictures of an archive or of arrays that are read.
const PICTURES: usize = 4;
/// Messages that are read of a stream.
const MESSAGES: usize = 64;

/// A way in.
pub struct Entry {
    /// Its name, and that of its folder in `corpus`.
    pub name: &'static str,
    /// Bytes that it may take at once for a small input.
    pub most: usize,
    /// Goes it. A panic is a fault of the program.
    pub go: fn(&[u8]),
}

/// All ways in.
pub static ALL: [Entry; 13] = [
    Entry { name: "archive", most: 32 * MB, go: archive },
    Entry { name: "arrays", most: 64 * MB, go: arrays },
    Entry { name: "attributes", most: 16 * MB, go: attributes },
    Entry { name: "cache", most: 32 * MB, go: cache },
    Entry { name: "checkpoint", most: 64 * MB, go: checkpoint },
    Entry { name: "command_line", most: 32 * MB, go: command_line },
    // A message may unpack to 256 MB, and a vector that grows takes twice that.
    Entry { name: "frames", most: 1024 * MB, go: stream },
    // The largest arrays between two layers may be a gigabyte each.
    Entry { name: "onnx", most: 4096 * MB, go: onnx },
    // 64 megapixels of 16-bit RGBA, and as 8-bit RGB.
    Entry { name: "picture", most: 1024 * MB, go: picture },
    Entry { name: "pytorch", most: 64 * MB, go: pytorch },
    Entry { name: "record", most: 16 * MB, go: record },
    Entry { name: "sweep", most: 64 * MB, go: sweep },
    Entry { name: "walk", most: 16 * MB, go: walk },
];

/// The way of this name.
pub fn named(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.name == name)
}

/// A folder of this process, in the memory where the system has one there.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let made = FOLDER.get_or_init(|| {
        let shared = Path::new("/dev/shm");
        let folder = if shared.is_dir() { TempDir::new_in(shared) } else { TempDir::new() };
        folder.expect("a folder for temporary files")
    });
    made.path()
}

fn written(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    std::fs::write(&path, bytes).expect("a temporary file can be written");
    path
}

/// A model of this program, in a file and in memory.
fn checkpoint(bytes: &[u8]) {
    let open = |bytes: &[u8]| {
        let path = written("model.safetensors", bytes);
        let header = Meta::read(&path);
        let whole = Checkpoint::from_bytes(bytes, &path);
        assert!(header.is_ok() || whole.is_err() || bytes.is_empty(), "a checkpoint whose header is refused");
        if let Ok(model) = TrainedModel::from_bytes(bytes, &path, &Device::Cpu) {
            let _ = model.decode(&[vec![0.0; model.latent_dim()]]);
        }
    };
    open(bytes);
    // The header with the length that it has.
    if let Some(end) = bytes.iter().rposition(|byte| *byte == b'}').filter(|end| *end >= 8) {
        let mut mended = bytes.to_vec();
        mended[..8].copy_from_slice(&(end as u64 - 7).to_le_bytes());
        if mended != bytes {
            open(&mended);
        }
    }
}

/// A model of another program, in a file of ONNX.
fn onnx(bytes: &[u8]) {
    imported(written("model.onnx", bytes));
}

/// One in a file of PyTorch: the bytes are the file, or the pickle in it.
fn pytorch(bytes: &[u8]) {
    let is_pickle = bytes.starts_with(b"\x80") && !bytes.starts_with(b"\x80\x02\x8a\x0a");
    let zeros = [0; 64];
    let parts = [
        ("a/data.pkl", bytes),
        ("a/data/0", &zeros[..48]),
        ("a/data/1", &zeros[..6]),
        ("a/data/2", &zeros[..4]),
        ("a/data/3", &zeros),
    ];
    let file = if is_pickle { zipped(&parts) } else { bytes.to_vec() };
    imported(written("model.pt", &file));
}

fn imported(path: PathBuf) {
    let Ok(found) = recognise(&[path]) else { return };
    let Ok(model) = ImportedModel::open(&found.config) else { return };
    let _ = model.first_layer();
    let numbers = model.shape().latent_dim;
    if let Ok(code) = candle_core::Tensor::zeros((1, numbers), candle_core::DType::F32, &Device::Cpu) {
        let _ = model.decode(&code);
    }
}

/// A picture.
fn picture(bytes: &[u8]) {
    seen(decode_image(Path::new("picture"), bytes.to_vec()));
}

fn seen(image: morphospace::Result<ImageBuf>) {
    if let Ok(image) = image {
        assert_eq!(image.pixels().len(), image.width() * image.height() * 3);
    }
}

/// A zip archive of pictures.
fn archive(bytes: &[u8]) {
    pictures_of(&written("pictures.zip", bytes));
}

fn pictures_of(path: &Path) {
    let Ok(source) = Source::open(path, &mut |_| ControlFlow::Continue(())) else { return };
    let last = source.images().last();
    for image in source.images().iter().take(PICTURES).chain(last) {
        if let Ok(bytes) = source.read(image) {
            seen(decode_image(&image.path, bytes));
        }
    }
}

/// Arrays of NumPy, IDX and CIFAR, by how they begin; `npz` before arrays one after another are those of an archive,
/// `gz` before bytes are these bytes packed.
fn arrays(bytes: &[u8]) {
    const NAMES: [&str; 8] = ["features", "names", "extractor", "mu", "sigma", "x_train", "y_train", "more"];
    let (name, file) = match bytes {
        [b'n', b'p', b'z', arrays @ ..] => {
            let starts = arrays.windows(6).enumerate().filter(|(_, six)| six == b"\x93NUMPY");
            let mut ends: Vec<usize> = starts.map(|(at, _)| at).chain([arrays.len()]).collect();
            ends.dedup();
            let parts = ends.windows(2).map(|ends| &arrays[ends[0]..ends[1]]);
            // The first byte says the first array's name.
            let first = usize::from(arrays.first().copied().unwrap_or(0));
            let named = parts.enumerate().map(|(at, part)| (NAMES[(at + first) % 8], part)).take(8);
            let named: Vec<(String, &[u8])> =
                named.map(|(name, part)| (format!("{name}.npy"), part)).collect();
            let named: Vec<(&str, &[u8])> = named.iter().map(|(name, part)| (name.as_str(), *part)).collect();
            ("arrays.npz", zipped(&named))
        }
        [b'g', b'z', unpacked @ ..] => ("train-images-idx3-ubyte.gz", gzipped(unpacked)),
        [0x93, ..] => ("arrays.npy", bytes.to_vec()),
        [b'P', b'K', ..] => ("arrays.npz", bytes.to_vec()),
        [0x1F, 0x8B, ..] => ("train-images-idx3-ubyte.gz", bytes.to_vec()),
        [0, 0, ..] => ("train-images-idx3-ubyte", bytes.to_vec()),
        _ => ("data_batch_1.bin", bytes.to_vec()),
    };
    let path = written(name, &file);
    pictures_of(&path);
    let _ = Attributes::of_data(&path);
    if path.extension() == Some(OsStr::new("npy")) {
        let _ = read_code(&path);
    }
    if name.starts_with("arrays") {
        let _ = SetFile::open(&path).and_then(|set| set.read(&mut |_| ControlFlow::Continue(())));
    }
}

/// A table of attributes.
fn attributes(bytes: &[u8]) {
    let name = if bytes.first().is_some_and(u8::is_ascii_digit) { "list_attr_celeba.txt" } else { "a.csv" };
    let Ok(table) = Attributes::of_file(&written(name, bytes)) else { return };
    for column in table.columns() {
        let _ = (table.has(column), table.text("a.png", column), table.number("a.png", column));
    }
}

/// A file of the cache, as it is and with the checksums that belong to it.
fn cache(bytes: &[u8]) {
    let folder = folder().join("cache");
    std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
    let look = |bytes: &[u8]| {
        let number = |from: usize| bytes.get(from..).and_then(<[u8]>::first_chunk::<16>);
        let name = match bytes.get(..8) {
            Some(b"MORPHPIX") => {
                let side = number(12).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
                let listing = number(16).map_or(0, |b| u128::from_le_bytes(*b));
                format!("{:016x}-{side}-{listing:032x}.pixels", 7)
            }
            _ => format!("{:016x}-{:016x}-{:032x}.vectors", 7, 7, content_of(bytes)),
        };
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("a temporary file can be written");
        let _ = list_cache(Some(&folder));
        let _ = verify_cache(Some(&folder), &mut |_| ControlFlow::Continue(()));
        let _ = std::fs::remove_file(&path);
    };
    look(bytes);
    look(&with_checksums(bytes.to_vec()));
}

/// The state of the data that an index of vectors speaks of.
fn content_of(bytes: &[u8]) -> u128 {
    let text = String::from_utf8_lossy(bytes);
    let digits = text.split_once("\"content\":").map(|(_, rest)| rest);
    let digits = digits.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// A file of the cache with the checksums that belong to it.
pub fn with_checksums(mut bytes: Vec<u8>) -> Vec<u8> {
    let number = |bytes: &[u8], at: usize| -> Option<u64> {
        Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk::<8>()?))
    };
    match bytes.get(..8) {
        Some(b"MORPHPIX") if bytes.len() >= 64 => {
            let index = usize::try_from(number(&bytes, 40).unwrap_or(0)).unwrap_or(usize::MAX);
            let from = bytes.len().saturating_sub(index).max(64);
            let hash = xxh3_64(&bytes[from..]);
            bytes[48..56].copy_from_slice(&hash.to_le_bytes());
            let hash = xxh3_64(&bytes[..56]);
            bytes[56..64].copy_from_slice(&hash.to_le_bytes());
        }
        Some(b"MORPHVEC") if bytes.len() >= 28 => {
            let index = usize::try_from(number(&bytes, 12).unwrap_or(0)).unwrap_or(usize::MAX);
            let to = index.saturating_add(28).min(bytes.len());
            let hash = xxh3_64(&bytes[28..to]);
            bytes[20..28].copy_from_slice(&hash.to_le_bytes());
        }
        _ => (),
    }
    bytes
}

/// A stream between a window and a server: as it is, and as the content of one frame.
fn stream(bytes: &[u8]) {
    for side in [greeting::Side::Window, greeting::Side::Server] {
        let _ = greeting::hear(&mut &bytes[..], side, "the other");
    }
    let length = (bytes.len() as u32 + 1).to_le_bytes();
    let whole = [&length[..], &[0], bytes].concat();
    for stream in [bytes, &whole] {
        let mut to_server = stream;
        for _ in 0..MESSAGES {
            let Ok(Some(message)) = frames::read::<ToServer>(&mut to_server) else { break };
            let _ = frames::frame(&message);
        }
        let mut to_window = stream;
        for _ in 0..MESSAGES {
            let Ok(Some(message)) = frames::read::<ToWindow>(&mut to_window) else { break };
            let _ = frames::frame(&message);
        }
    }
}

/// The file of a sweep, and the schedules of its runs.
fn sweep(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(sweep) = Sweep::read(text, Path::new("/base")) else { return };
    for run in sweep.runs.iter().take(PICTURES) {
        let _ = run.arguments();
        schedules(&run.config);
    }
}

fn schedules(config: &TrainConfig) {
    let plan = Plan::new(config, &[]);
    let last = config.steps;
    for step in [0, 1, last / 3, last / 2, last.saturating_sub(1), last, last.saturating_add(1)] {
        let _ = plan.at(step).validate();
        for setting in Setting::changeable() {
            let _ = plan.value(setting, step);
        }
    }
}

/// Arguments of the command line, one a line.
fn command_line(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let arguments: Vec<&str> = ["morphospace"].into_iter().chain(text.lines()).collect();
    let _ = cli::check(&arguments);
}

/// A walk, a code and directions, in JSON.
fn walk(bytes: &[u8]) {
    let path = written("a.walk.json", bytes);
    if let Ok(plan) = read_plan(&path) {
        plan.check().expect("what was read is a walk");
    }
    let _ = read_code(&path);
    let _ = parse_directions(bytes, 8);
}

/// What a run wrote down: its curves, and, after a line of `---`, the changes of its settings.
fn record(bytes: &[u8]) {
    const BETWEEN: &[u8] = b"---\n";
    let run = folder().join("run");
    if !run.is_dir() {
        let sound = Path::new(env!("CARGO_MANIFEST_DIR"));
        let corpus = ["tests/fuzz/corpus", "corpus"].map(|folder| sound.join(folder));
        let corpus = corpus.iter().find(|folder| folder.is_dir()).expect("the corpora are there");
        std::fs::create_dir(&run).expect("a temporary folder can be made");
        std::fs::copy(corpus.join("checkpoint/linear"), run.join("checkpoint.safetensors"))
            .expect("the corpora have a checkpoint");
    }
    let at = bytes.windows(BETWEEN.len()).position(|some| some == BETWEEN).unwrap_or(bytes.len());
    let changes = bytes.get(at + BETWEEN.len()..).unwrap_or_default();
    for (name, content) in [("history.csv", &bytes[..at]), ("events.csv", changes)] {
        std::fs::write(run.join(name), content).expect("a temporary file can be written");
    }
    if let Ok(history) = read_run(&run) {
        assert!(history.columns.iter().all(|column| column.len() == history.steps.len()));
    }
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in parts {
        archive.start_file(*name, stored).expect("names differ");
        archive.write_all(bytes).expect("a vector takes everything");
    }
    archive.finish().expect("a vector takes everything").into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).and_then(|()| out.finish()).expect("a vector takes everything")
}
