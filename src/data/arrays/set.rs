//! Open arrays of pictures, read one picture at a time.

use std::io::ErrorKind;
use std::path::Path;

use super::bytes::{Bytes, about};
use super::find::find;
use super::numbers::Scale;
use super::part::{Found, Packing, Part};
use super::range::meaning;
use crate::data::folder::{ListedImage, Listing, Stamp, sort};
use crate::{Error, Result, memory};

/// Bytes that the name, path and mark of a picture take.
const LISTED_BYTES: u64 = 256;

/// The arrays of a file or a folder. They can be read from several threads at once.
pub struct Arrays {
    parts: Vec<OpenPart>,
    /// Sentences on how they are read.
    notes: Vec<String>,
}

struct OpenPart {
    part: Part,
    bytes: Bytes,
    scale: Scale,
    /// Number of its first picture among those of all parts.
    start: usize,
}

impl Arrays {
    /// Opens the arrays of a file or folder and lists their pictures; none where there are no arrays.
    ///
    /// # Errors
    /// A sentence that names the file, if it is one of arrays that cannot be read, or does not fit into the memory
    /// unpacked.
    pub fn open(path: &Path) -> Result<Option<(Self, Listing)>> {
        let Some(Found { parts, skipped }) = find(path)? else { return Ok(None) };
        check_memory(path, &parts)?;
        let mut read = Vec::with_capacity(parts.len());
        for part in parts {
            let bytes = Bytes::of(&part.pictures)?;
            read.push((part, bytes));
        }
        let mut notes = Vec::from_iter(note_on_sides(&read));
        // Arrays of one kind in one file are looked at together.
        let kind = |part: &Part| (part.pictures.file.clone(), part.pictures.numbers);
        let mut known = Vec::new();
        for (part, _) in &read {
            if known.iter().any(|(other, _)| *other == kind(part)) {
                continue;
            }
            let alike = read.iter().filter(|(other, _)| kind(other) == kind(part));
            let found = meaning(&alike.map(|(part, bytes)| (part, bytes)).collect::<Vec<_>>())?;
            notes.extend(found.note);
            known.push((kind(part), found.scale));
        }
        let scale_of =
            |part: &Part| known.iter().find(|(other, _)| *other == kind(part)).map(|(_, scale)| *scale);
        let mut listing = Listing { skipped, ..Listing::default() };
        let mut open = Vec::with_capacity(read.len());
        for (part, bytes) in read {
            let Some(scale) = scale_of(&part) else { continue };
            let start = listing.images.len();
            let (file, stamp) = (&part.pictures.file, Stamp::of_file(&part.pictures.file));
            listing.images.extend((0..part.pictures.count).map(|number| {
                let name = part.name(number);
                ListedImage { path: file.join(&name), name, stamp, entry: start + number }
            }));
            open.push(OpenPart { part, bytes, scale, start });
        }
        sort(&mut listing.images);
        Ok(Some((Arrays { parts: open, notes }, listing)))
    }

    /// Sentences on how they are read, for people.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// A picture as the bytes of an uncompressed file.
    ///
    /// # Errors
    /// A sentence that names the picture, if its numbers are none of a picture; [`Error::Io`] if the system does not
    /// let the file be read.
    pub fn read(&self, image: &ListedImage) -> Result<Vec<u8>> {
        let at = self.parts.partition_point(|open| open.start <= image.entry).saturating_sub(1);
        let OpenPart { part, bytes, scale, start } =
            self.parts.get(at).ok_or_else(|| Error::file(&image.path, "there is no such picture"))?;
        let (series, number) = (&part.pictures, image.entry - start);
        let length = part.sides.numbers() * series.numbers.size;
        let bytes = bytes.read(series.at(number), length).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => {
                Error::file(&image.path, "the file was cut off while it was read; start again")
            }
            _ => Error::io("read", &image.path)(error),
        })?;
        let mut samples = Vec::with_capacity(part.sides.numbers());
        for value in series.numbers.values(&bytes) {
            if !scale.holds(value) {
                return Err(Error::file(&image.path, beyond(value, *scale)));
            }
            samples.push(scale.byte(value));
        }
        Ok(part.sides.bmp(&samples))
    }
}

/// Why a picture with this number in it is left out.
fn beyond(value: f64, scale: Scale) -> String {
    match value.is_finite() {
        true => format!(
            "there is a {value} in it, and the other pictures reach from {} to {}; correct it in the array",
            scale.black, scale.white
        ),
        false => format!("there is a number in it that is not finite ({value}); correct it in the array"),
    }
}

/// Refuses more pictures than can be listed, and arrays that do not fit into the memory together once they are
/// unpacked.
fn check_memory(path: &Path, parts: &[Part]) -> Result<()> {
    let count = parts.iter().map(|part| part.pictures.count as u64).fold(0, u64::saturating_add);
    memory::check("pictures in it", count, LISTED_BYTES, 0).map_err(|error| about(path, error))?;
    let unpacked = |part: &Part| match part.pictures.packing {
        Packing::Plain => 0,
        Packing::Gzip(bytes) | Packing::Entry(_, bytes) => bytes,
    };
    let total = parts.iter().map(unpacked).fold(0u64, u64::saturating_add);
    let Some(part) = parts.iter().find(|part| unpacked(part) > 0) else { return Ok(()) };
    memory::require(total, "what is packed in it")
        .map_err(|error| match error {
            Error::Invalid(reason) => {
                Error::Invalid(format!("{reason}; unpacked files are read from the disk, picture by picture"))
            }
            error => error,
        })
        .map_err(|error| about(&part.pictures.file, error))
}

fn note_on_sides(parts: &[(Part, Bytes)]) -> Option<String> {
    let (grey, _) = parts.iter().find(|(part, _)| part.sides.channels == 1)?;
    Some(format!(
        "These pictures are grey: each is spread to three equal channels, and its {} × {} pixels are resized as those \
         of any picture are",
        grey.sides.width, grey.sides.height
    ))
}
