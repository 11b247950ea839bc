//! A dict of tensors as `torch.save` writes it since PyTorch 1.6: a zip archive, not compressed, with a pickle that says
//! what the tensors are and a file with the numbers of each. `torch.load(…, weights_only=True)` reads it.
//! <https://docs.pytorch.org/docs/stable/notes/serialization.html>

use std::io::{BufWriter, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::atomic_file::TORCH_ARCHIVE;
use crate::interchange::weights::NamedTensor;

/// Writes tensors under their names.
pub fn write(tensors: &[NamedTensor], out: &mut (impl Write + Seek)) -> std::io::Result<()> {
    let mut archive = ZipWriter::new(out);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    archive.start_file(format!("{TORCH_ARCHIVE}/data.pkl"), stored)?;
    archive.write_all(&pickle(tensors))?;
    archive.start_file(format!("{TORCH_ARCHIVE}/byteorder"), stored)?;
    archive.write_all(b"little")?;
    for (key, tensor) in tensors.iter().enumerate() {
        // PyTorch can map such a file into memory where its numbers begin at a multiple of 64 bytes.
        archive.start_file(format!("{TORCH_ARCHIVE}/data/{key}"), stored.with_alignment(64))?;
        let mut numbers = BufWriter::with_capacity(1 << 18, &mut archive);
        tensor.values.iter().try_for_each(|value| numbers.write_all(&value.to_le_bytes()))?;
        numbers.flush()?;
    }
    archive.start_file(format!("{TORCH_ARCHIVE}/version"), stored)?;
    archive.write_all(b"3\n")?;
    archive.finish().map(|_| ()).map_err(Into::into)
}

/// The dict in protocol 2. The opcodes are those of Python's `pickletools`.
fn pickle(tensors: &[NamedTensor]) -> Vec<u8> {
    // PROTO 2, EMPTY_DICT, MARK.
    let mut code = b"\x80\x02}(".to_vec();
    for (key, NamedTensor { name, shape, values }) in tensors.iter().enumerate() {
        text(&mut code, name);
        code.extend(b"ctorch._utils\n_rebuild_tensor_v2\n(");
        // The storage, by its persistent id; at its beginning.
        code.push(b'(');
        text(&mut code, "storage");
        code.extend(b"ctorch\nFloatStorage\n");
        text(&mut code, &key.to_string());
        text(&mut code, "cpu");
        integer(&mut code, values.len());
        code.extend(b"tQ");
        integer(&mut code, 0);
        tuple(&mut code, shape);
        tuple(&mut code, &strides(shape));
        // It takes no gradient, and has no hooks.
        code.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    // SETITEMS, STOP.
    code.extend(b"u.");
    code
}

/// Numbers between neighbours along each side.
fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|side| shape[side + 1..].iter().product()).collect()
}

/// BINUNICODE.
fn text(code: &mut Vec<u8>, text: &str) {
    code.push(b'X');
    code.extend((text.len() as u32).to_le_bytes());
    code.extend(text.as_bytes());
}

/// BININT, or LONG1 of more than 31 bits.
fn integer(code: &mut Vec<u8>, value: usize) {
    match i32::try_from(value) {
        Ok(value) => {
            code.push(b'J');
            code.extend(value.to_le_bytes());
        }
        Err(_) => {
            code.extend(b"\x8a\x08");
            code.extend((value as u64).to_le_bytes());
        }
    }
}

fn tuple(code: &mut Vec<u8>, values: &[usize]) {
    code.push(b'(');
    values.iter().for_each(|value| integer(code, *value));
    code.push(b't');
}
