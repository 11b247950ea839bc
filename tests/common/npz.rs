//! Files as `numpy.savez` writes them.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Writes arrays of doubles: of each its name, its shape as Python writes it, and its numbers.
pub fn npz(path: &Path, arrays: &[(&str, &str, &[f64])]) {
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    for (name, shape, values) in arrays {
        archive.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
        let dict = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        let mut bytes = [&b"\x93NUMPY\x01\x00\x76\x00"[..], format!("{dict:<117}\n").as_bytes()].concat();
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        archive.write_all(&bytes).unwrap();
    }
    archive.finish().unwrap();
}
