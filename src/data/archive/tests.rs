use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::data::source::Source;

fn png(value: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::GrayImage::from_pixel(8, 8, image::Luma([value]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// The bytes of an archive with these files, each packed with Deflate.
fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("photos.zip");
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn opened(path: &Path) -> Result<Source> {
    Source::open(path, &mut |_| ControlFlow::Continue(()))
}

fn names(source: &Source) -> Vec<&str> {
    source.images().iter().map(|image| image.name.as_str()).collect()
}

/// Sets a byte of the record of the first file, here and in the table of contents.
fn patch(zip: &mut [u8], local: usize, central: usize, value: u8) {
    let table = zip.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    zip[local] = value;
    zip[table + central] = value;
}

#[test]
fn an_archive_opens_like_a_folder() {
    let (a, b) = (png(1), png(2));
    let files: [(&str, &[u8]); 8] = [
        ("b.PNG", &b),
        ("deep/er/a.png", &a),
        ("notes.txt", b"no"),
        (".hidden/c.png", &a),
        ("__MACOSX/._b.png", &a),
        ("folder.png/", b""),
        ("win\\dows.png", &a),
        ("../../etc/outside.png", &a),
    ];
    let (_dir, path) = written(&packed(&files));
    let source = opened(&path).unwrap();
    assert_eq!(names(&source), ["b.PNG", "deep/er/a.png", "etc/outside.png", "win/dows.png"]);
    assert_eq!(source.skipped(), []);
    let passed_over = source.passed_over();
    assert_eq!((passed_over.len(), passed_over[0].files, &*passed_over[0].example), (1, 1, "notes.txt"));
    assert_eq!(source.read(&source.images()[0]).unwrap(), b);
    assert_eq!(source.read(&source.images()[1]).unwrap(), a);
    assert_eq!(source.images()[1].path, path.join("deep/er/a.png"));
    assert!(!path.parent().unwrap().join("etc").exists(), "nothing is unpacked");
}

#[test]
fn names_that_are_not_utf8_and_names_that_come_twice_are_told_apart() {
    let picture = png(3);
    let mut zip = packed(&[("x.png", &picture), ("a.png", &png(1)), ("./a.png", &png(2))]);
    // 0x82 is é in the code page of DOS, and no UTF-8; the flag that claims UTF-8 is not set.
    patch(&mut zip, 30, 46, 0x82);
    let (_dir, path) = written(&zip);
    let source = opened(&path).unwrap();
    assert_eq!(names(&source), ["a.png", "é.png"]);
    assert_eq!(source.read(&source.images()[0]).unwrap(), png(2));
    assert_eq!(source.skipped().len(), 1);
    assert!(source.skipped()[0].reason.contains("the same name"), "{:?}", source.skipped());
    assert_eq!(normal_name(b"\xFF/a.jpg", None), "\\xFF/a.jpg");
}

#[test]
fn what_is_no_archive_or_not_whole_is_one_sentence_with_a_remedy() {
    let zip = packed(&[("a.png", &png(1)), ("b.png", &png(2))]);
    let refusal = |bytes: &[u8]| {
        let (_dir, path) = written(bytes);
        let message = opened(&path).err().unwrap().to_string();
        assert!(message.starts_with(&path.display().to_string()), "{message}");
        assert_eq!(message.lines().count(), 1);
        message
    };
    for kept in [zip.len() - 1, zip.len() / 2, 40] {
        assert!(refusal(&zip[..kept]).contains("damaged or cut off"), "{kept} of {} bytes", zip.len());
    }
    assert!(refusal(b"").contains("not a zip archive"));
    assert!(refusal(b"Dear diary").contains("not a zip archive"));
    assert!(refusal(&packed(&[])).contains("holds no images"));
    assert!(refusal(&packed(&[("a.txt", b"a")])).contains("holds no images"));
    let inner = refusal(&packed(&[("deep/photos.zip", &zip)]));
    assert!(inner.ends_with("unpack deep/photos.zip, an archive in it, and open that folder"), "{inner}");
}

#[test]
fn an_entry_that_cannot_be_read_costs_only_itself() {
    let first = |zip: Vec<u8>| {
        let (_dir, path) = written(&zip);
        let source = opened(&path).unwrap();
        assert!(source.read(&source.images()[1]).is_ok());
        let error = source.read(&source.images()[0]).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error:?}");
        error.to_string()
    };
    let zip = || packed(&[("a.png", &png(1)), ("b.png", &png(2))]);

    let mut encrypted = zip();
    patch(&mut encrypted, 6, 8, 1);
    let message = first(encrypted);
    assert!(message.contains("a.png: it is encrypted; unpack"), "{message}");

    // 12 is bzip2.
    let mut foreign = zip();
    patch(&mut foreign, 8, 10, 12);
    let message = first(foreign);
    assert!(message.contains("packed in a way that cannot be read"), "{message}");

    let mut damaged = zip();
    damaged[40] ^= 0xFF;
    let message = first(damaged);
    assert!(message.contains("damaged in the archive"), "{message}");
}

#[test]
fn a_bomb_is_refused_by_its_claim_and_by_what_it_gives() {
    // It claims 4 GB less one byte.
    let mut zip = packed(&[("a.png", &png(1)), ("b.png", &png(2))]);
    for byte in 0..4 {
        patch(&mut zip, 22 + byte, 24 + byte, if byte == 0 { 0xFE } else { 0xFF });
    }
    let (_dir, path) = written(&zip);
    let source = opened(&path).unwrap();
    let message = source.read(&source.images()[0]).unwrap_err().to_string();
    assert!(message.contains("larger than 512 MB"), "{message}");

    let endless = std::io::repeat(0);
    assert_eq!(read_limited(endless, 10, 1000).unwrap(), None);
    assert_eq!(read_limited(&[7; 1000][..], 0, 1000).unwrap().unwrap().len(), 1000);
}

#[test]
fn content_decides_in_an_archive_too() {
    let picture = png(5);
    let files: [(&str, &[u8]); 3] =
        [("a", &picture), ("b.jpg_large", &picture), ("c.heic", b"\0\0\0\x14ftypheic\0\0\0\0heic")];
    let (_dir, path) = written(&packed(&files));
    let source = opened(&path).unwrap();
    assert_eq!(names(&source), ["a", "b.jpg_large"]);
    assert_eq!(source.passed_over()[0].what, crate::report::Foreign::Heic);
}

#[test]
fn archives_that_are_not_zip_say_what_to_do() {
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    for bytes in [&tar[..], b"\x1F\x8B\x08 and so on", b"Rar!\x1A\x07", b"7z\xBC\xAF\x27\x1C"] {
        let (_dir, path) = written(bytes);
        let message = opened(&path).err().unwrap().to_string();
        assert!(message.contains("not a zip") && message.contains("unpack it"), "{message}");
    }
}
