//! Formats of image files, by their endings and by how they begin.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use image::ImageFormat;

use crate::report::{Foreign, PassedOver};

/// Name of a table about the images in a folder.
pub const ATTRIBUTES_FILE: &str = "attributes.csv";
/// The image formats that are read, each with the endings that its files usually have, in lower case.
const FORMATS: [(ImageFormat, &[&str]); 6] = [
    (ImageFormat::Jpeg, &["jpg", "jpeg", "jpe", "jfif", "pjpeg", "pjp"]),
    (ImageFormat::Png, &["png", "apng"]),
    (ImageFormat::WebP, &["webp"]),
    (ImageFormat::Bmp, &["bmp", "dib"]),
    (ImageFormat::Gif, &["gif"]),
    (ImageFormat::Tiff, &["tif", "tiff"]),
];
/// Their names, for people.
pub const IMAGE_FORMATS: &str = "JPEG, PNG, WebP, BMP, GIF or TIFF";

/// Endings of what a camera's sensor saw. Most begin as a TIFF does, and its first picture is a thumbnail.
const CAMERA_RAW: [&str; 24] = [
    "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "iiq", "kdc", "mef", "mos", "mrw", "nef", "nrw",
    "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw",
];
/// Endings of archives. Of those that are not zip, only a compressed tar is one.
const ARCHIVES: [&str; 9] = ["zip", "cbz", "tar", "tgz", "tbz2", "txz", "tzst", "7z", "rar"];
const COMPRESSED: [&str; 4] = ["gz", "bz2", "xz", "zst"];
/// Endings that lie beside images by the ten thousand, and that no image has: those files are not opened.
const NO_IMAGES: [&str; 16] = [
    "csv",
    "html",
    "json",
    "jsonl",
    "log",
    "md",
    "npy",
    "npz",
    "pt",
    "pth",
    "safetensors",
    "tsv",
    "txt",
    "xml",
    "xmp",
    "yaml",
];
/// Bytes at the beginning of a file that tell what it is: those of a tar stand at 257.
pub(super) const HEAD: usize = 512;

/// The endings of image files, without the dot.
pub fn image_endings() -> Vec<&'static str> {
    FORMATS.iter().flat_map(|(_, endings)| *endings).copied().collect()
}

/// Whether a file is called like an archive of images, be it one that is read (zip) or one to unpack first.
pub fn has_archive_extension(path: &Path) -> bool {
    let Some(ending) = ending(path) else { return false };
    let is_tar = || path.file_stem().is_some_and(|stem| has_ending(Path::new(stem), &["tar"]));
    ARCHIVES.contains(&&*ending) || (COMPRESSED.contains(&&*ending) && is_tar())
}

/// Whether a file is called like an image.
pub(super) fn has_image_extension(path: &Path) -> bool {
    ending(path).is_some_and(|ending| FORMATS.iter().any(|(_, endings)| endings.contains(&&*ending)))
}

fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    ending(path).is_some_and(|ending| endings.contains(&&*ending))
}

/// The format of an image that begins so, if it is one that is read.
pub(super) fn format_of(head: &[u8]) -> Option<ImageFormat> {
    let format = image::guess_format(head).ok()?;
    // "BM" begins many a text; an image's header has one of a few lengths after it.
    let is_sound = format != ImageFormat::Bmp
        || head
            .get(14..18)
            .is_some_and(|length| matches!(length, [12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]));
    (is_sound && FORMATS.iter().any(|(known, _)| *known == format)).then_some(format)
}

/// Kind of a file without the ending of an image: `None` for an image after all. `head` gives its first [`HEAD`]
/// bytes, or less; it is asked only where the name does not tell.
pub(super) fn foreign<E>(name: &Path, head: impl FnOnce() -> Result<Vec<u8>, E>) -> Option<Foreign> {
    if has_ending(name, &CAMERA_RAW) {
        return Some(Foreign::CameraRaw);
    }
    if has_archive_extension(name) {
        return Some(Foreign::Archive);
    }
    if has_ending(name, &NO_IMAGES) {
        return Some(Foreign::Other);
    }
    let Ok(head) = head() else { return Some(Foreign::Unreadable) };
    if format_of(&head).is_some() {
        return None;
    }
    match foreign_of(&head) {
        // Documents and programs are archives too, and no person calls them so.
        Foreign::Archive if name.extension().is_some() => Some(Foreign::Other),
        foreign => Some(foreign),
    }
}

/// Kind of a file that begins so, if it is no image that is read.
pub(super) fn foreign_of(head: &[u8]) -> Foreign {
    const OTHER_IMAGES: [&[u8]; 5] =
        [b"\xFF\x0A", b"\0\0\0\x0CJXL ", b"\0\0\0\x0CjP  ", b"8BPS", b"\0\0\x01\0"];
    const OTHER_ARCHIVES: [&[u8]; 7] = [
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x1F\x8B",
        b"BZh",
        b"\xFD7zXZ\0",
        b"\x28\xB5\x2F\xFD",
        b"7z\xBC\xAF\x27\x1C",
    ];
    let begins = |marks: &[&[u8]]| marks.iter().any(|mark| head.starts_with(mark));
    let is_picture = || {
        let format = image::guess_format(head).ok();
        format.is_some_and(|format| !matches!(format, ImageFormat::Bmp | ImageFormat::Pnm))
    };
    match brands(head) {
        brands if brands.iter().any(|brand| matches!(brand, b"avif" | b"avis")) => Foreign::Avif,
        brands
            if brands
                .iter()
                .any(|brand| matches!(brand, b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"mif1")) =>
        {
            Foreign::Heic
        }
        brands if brands.contains(b"crx ") => Foreign::CameraRaw,
        _ if begins(&OTHER_ARCHIVES) || begins(&[b"Rar!\x1A\x07"]) || is_tar(head) => Foreign::Archive,
        _ if begins(&OTHER_IMAGES) || is_picture() => Foreign::OtherImage,
        _ => Foreign::Other,
    }
}

/// Brands of a file of the ISO base media format (ISO/IEC 14496-12): its own and those that it fits.
fn brands(head: &[u8]) -> Vec<[u8; 4]> {
    let Some(([a, b, c, d, b'f', b't', b'y', b'p'], rest)) = head.split_first_chunk::<8>() else {
        return Vec::new();
    };
    let length = (u32::from_be_bytes([*a, *b, *c, *d]) as usize).saturating_sub(8).min(rest.len());
    rest[..length].as_chunks().0.to_vec()
}

/// Whether a tar begins so.
pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// The first [`HEAD`] bytes, or less.
pub(super) fn head(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(HEAD);
    reader.take(HEAD as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// [`head`] of a file.
pub(super) fn head_of_file(path: &Path) -> std::io::Result<Vec<u8>> {
    head(File::open(path)?)
}

/// Counts what is passed over.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<Foreign, (usize, String)>);

impl Tally {
    /// One more, by its name in the folder or archive.
    pub fn add(&mut self, what: Foreign, name: &str) {
        self.0.entry(what).or_insert_with(|| (0, name.to_owned())).0 += 1;
    }

    pub fn into_list(self) -> Vec<PassedOver> {
        let entries = self.0.into_iter();
        entries.map(|(what, (files, example))| PassedOver { what, files, example }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formats_are_named_as_they_are_read() {
        let named: Vec<String> = FORMATS.iter().map(|(format, _)| format!("{format:?}")).collect();
        let spoken = IMAGE_FORMATS.replace(" or ", ", ");
        let spoken: Vec<&str> = spoken.split(", ").collect();
        assert!(
            named.iter().zip(&spoken).all(|(a, b)| a.eq_ignore_ascii_case(b)) && named.len() == spoken.len()
        );
    }

    #[test]
    fn a_file_is_what_it_begins_as_and_a_name_decides_where_that_would_mislead() {
        let foreign = |name: &str, head: &[u8]| foreign(Path::new(name), || Ok::<_, ()>(head.to_vec()));
        let ftyp = |brands: &[u8]| [&(8 + brands.len() as u32).to_be_bytes()[..], b"ftyp", brands].concat();
        let mut tar = vec![0; HEAD];
        tar[257..262].copy_from_slice(b"ustar");
        let bmp = [&b"BM"[..], &[0; 12], &[40, 0, 0, 0]].concat();
        for (name, head, expected) in [
            ("a", &b"\xFF\xD8\xFF\xE0"[..], None),
            ("a.JPG_large", b"\xFF\xD8\xFF\xE0", None),
            ("a.heic", b"\xFF\xD8\xFF\xE0", None),
            ("a.dat", b"RIFF....WEBP", None),
            ("a", &bmp, None),
            ("a", b"BMW and others, a text", Some(Foreign::Other)),
            ("a", b"P5 is a room", Some(Foreign::Other)),
            ("a.txt", b"\xFF\xD8\xFF\xE0", Some(Foreign::Other)),
            ("a.nef", b"MM\0*", Some(Foreign::CameraRaw)),
            ("a", &ftyp(b"crx \0\0\0\x01crx isom"), Some(Foreign::CameraRaw)),
            ("a.heic", &ftyp(b"heic\0\0\0\0mif1heic"), Some(Foreign::Heic)),
            ("a", &ftyp(b"mif1\0\0\0\0mif1avif"), Some(Foreign::Avif)),
            ("a.avif", b"\0\0\0\x20ftypavif", Some(Foreign::Avif)),
            ("a.mp4", &ftyp(b"isom\0\0\x02\0isomiso2"), Some(Foreign::Other)),
            ("a.jxl", b"\xFF\x0A", Some(Foreign::OtherImage)),
            ("a", b"qoif", Some(Foreign::OtherImage)),
            ("a.zip", b"", Some(Foreign::Archive)),
            ("a.tar.gz", b"", Some(Foreign::Archive)),
            ("a", &tar, Some(Foreign::Archive)),
            ("a.docx", b"PK\x03\x04", Some(Foreign::Other)),
            ("a.json.gz", b"\x1F\x8B", Some(Foreign::Other)),
            ("a.txt", b"", Some(Foreign::Other)),
        ] {
            assert_eq!(foreign(name, head), expected, "{name} {head:?}");
        }
        assert_eq!(super::foreign(Path::new("a"), || Err(())), Some(Foreign::Unreadable));
    }
}
