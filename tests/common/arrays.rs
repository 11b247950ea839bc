//! Files of arrays as NumPy and the data sets of MNIST and CIFAR have them, with digits that the tests draw.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Pixels on a side of a digit of MNIST.
pub const SIDE: usize = 28;

/// Strokes of the digits as on a pocket calculator: top, upper left, upper right, middle, lower left, lower right,
/// bottom.
const STROKES: [u8; 10] = [
    0b1110111, 0b0010010, 0b1011101, 0b1011011, 0b0111010, 0b1101011, 0b1101111, 0b1010010, 0b1111111,
    0b1111011,
];

/// The digit of a number in grey, of another shade for each: `SIDE` × `SIDE` bytes.
pub fn digit(number: usize) -> Vec<u8> {
    let shade = 255 - (number * 7 % 100) as u8;
    let mut pixels = vec![0; SIDE * SIDE];
    let mut fill = |x: std::ops::Range<usize>, y: std::ops::Range<usize>| {
        y.for_each(|y| x.clone().for_each(|x| pixels[y * SIDE + x] = shade));
    };
    let has = |stroke: u8| STROKES[number % 10] >> (6 - stroke) & 1 == 1;
    for (stroke, y) in [(0, 4), (3, 13), (6, 22)] {
        if has(stroke) {
            fill(8..20, y..y + 2);
        }
    }
    for (stroke, x, y) in [(1, 7, 5), (2, 19, 5), (4, 7, 14), (5, 19, 14)] {
        if has(stroke) {
            fill(x..x + 2, y..y + 9);
        }
    }
    pixels
}

/// Digits from 0 on, one after another.
pub fn digits(count: usize) -> Vec<u8> {
    (0..count).flat_map(digit).collect()
}

/// A picture of three colours in each of which is another digit: height × width × RGB.
pub fn colored(number: usize, side: usize) -> Vec<u8> {
    let channels = [number, number + 3, number + 5].map(digit);
    let at = |x: usize, y: usize| (y * SIDE / side) * SIDE + x * SIDE / side;
    (0..side * side)
        .flat_map(|pixel| channels.each_ref().map(|c| c[at(pixel % side, pixel / side)]))
        .collect()
}

/// Channel after channel of a picture that has them pixel by pixel.
pub fn planes(rgb: &[u8]) -> Vec<u8> {
    (0..3).flat_map(|channel| rgb.iter().skip(channel).step_by(3)).copied().collect()
}

/// Three equal channels.
pub fn grey(pixels: &[u8]) -> Vec<u8> {
    pixels.iter().flat_map(|value| [*value; 3]).collect()
}

/// A file as `numpy.save` writes it.
pub fn npy(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let dict = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{dict:<117}\n").bytes());
    bytes.extend(data);
    bytes
}

/// A file as `numpy.savez` writes it, or `numpy.savez_compressed`.
pub fn npz(path: &Path, is_packed: bool, arrays: &[(&str, Vec<u8>)]) {
    let method = if is_packed { CompressionMethod::Deflated } else { CompressionMethod::Stored };
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in arrays {
        let options = SimpleFileOptions::default().compression_method(method);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

/// An IDX file of numbers of a kind (0x08: bytes).
pub fn idx(kind: u8, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, shape.len() as u8];
    bytes.extend(shape.iter().flat_map(|side| (*side as u32).to_be_bytes()));
    bytes.extend(data);
    bytes
}

/// Packed as `gzip` does.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A binary batch of CIFAR-10, or of CIFAR-100 with a coarse label before the fine one.
pub fn cifar(numbers: std::ops::Range<usize>, is_hundred: bool) -> Vec<u8> {
    let coarse = |number: usize| is_hundred.then_some((number % 20) as u8);
    let labels = |number: usize| coarse(number).into_iter().chain([(number % 10) as u8]);
    numbers.flat_map(|number| labels(number).chain(planes(&colored(number, 32)))).collect()
}
