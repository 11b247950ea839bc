use std::path::PathBuf;

use image::codecs::{gif, jpeg, png, tiff, webp};
use image::{ExtendedColorType, ImageEncoder};

use super::*;

/// 3 × 2 pixels that are all different and survive palettes.
const PIXELS: [[u8; 3]; 6] =
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [255, 255, 255], [0, 0, 0]];

fn write(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    // The ending lies on purpose: only the content counts.
    let path = dir.path().join("picture.txt");
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn read(bytes: &[u8]) -> Result<ImageBuf> {
    let (_dir, path) = write(bytes);
    read_image(&path)
}

fn refusal(bytes: &[u8]) -> String {
    let (_dir, path) = write(bytes);
    let message = read_image(&path).unwrap_err().to_string();
    assert!(message.starts_with(&path.display().to_string()), "the file is not named: {message}");
    message
}

fn encoded(format: ImageFormat, image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn picture() -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_raw(3, 2, PIXELS.concat()).unwrap())
}

/// A JPEG of 32 × 16 with a different grey in each corner of 16 × 8: `[top left, top right, bottom
/// left, bottom right]` = 0, 80, 160, 240.
fn quadrants() -> RgbImage {
    RgbImage::from_fn(32, 16, |x, y| image::Rgb([(80 * (x / 16) + 160 * (y / 8)) as u8; 3]))
}

fn jpeg(image: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg::JpegEncoder::new_with_quality(&mut bytes, 100);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    encoder.write_image(image, image.width(), image.height(), ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// Byte order of the fields of a directory.
#[derive(Clone, Copy, Debug)]
struct ExifLayout {
    big_endian: bool,
    /// Orientation as LONG, as many programs write it, instead of SHORT, as EXIF 2.32, table 4, wants.
    long: bool,
}

const LAYOUTS: [ExifLayout; 4] = [
    ExifLayout { big_endian: false, long: false },
    ExifLayout { big_endian: false, long: true },
    ExifLayout { big_endian: true, long: false },
    ExifLayout { big_endian: true, long: true },
];

impl ExifLayout {
    fn short(self, value: u16) -> [u8; 2] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn long(self, value: u32) -> [u8; 4] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    /// A TIFF header and one directory with these fields of one value each: tag, whether it is LONG, value.
    fn directory(self, fields: &[(u16, bool, u32)]) -> Vec<u8> {
        let mut bytes = if self.big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        bytes.extend(self.short(42));
        bytes.extend(self.long(8));
        bytes.extend(self.short(fields.len() as u16));
        for &(tag, long, value) in fields {
            bytes.extend([self.short(tag), self.short(if long { 4 } else { 3 })].concat());
            bytes.extend(self.long(1));
            match long {
                true => bytes.extend(self.long(value)),
                false => bytes.extend([self.short(value as u16), [0, 0]].concat()),
            }
        }
        bytes.extend(self.long(0));
        bytes
    }

    fn exif(self, orientation: u16) -> Vec<u8> {
        self.directory(&[(0x0112, self.long, orientation.into())])
    }
}

fn exif_orientation(value: u16, big_endian: bool) -> Vec<u8> {
    ExifLayout { big_endian, long: false }.exif(value)
}

fn close(a: u8, b: u8) -> bool {
    a.abs_diff(b) <= 2
}

#[test]
fn every_lossless_format_gives_the_pixels() {
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP, ImageFormat::Gif]
    {
        let image = read(&encoded(format, &picture())).unwrap();
        assert_eq!((image.width(), image.height()), (3, 2), "{format:?}");
        assert_eq!(image.pixels(), PIXELS.concat(), "{format:?}");
    }
}

#[test]
fn jpeg_gives_nearly_the_pixels() {
    let original = quadrants();
    let image = read(&jpeg(&original, None)).unwrap();
    assert_eq!((image.width(), image.height()), (32, 16));
    assert!(image.pixels().iter().zip(original.iter()).all(|(&a, &b)| close(a, b)));
}

/// The corners of the upright picture, from the definition of the tag: it names the sides of the
/// scene at which row 0 and column 0 of the file lie (EXIF 2.32, tag 0x0112): 1 top-left, 2 top-right,
/// 3 bottom-right, 4 bottom-left, 5 left-top, 6 right-top, 7 right-bottom, 8 left-bottom.
const UPRIGHT: [(u16, [u8; 4]); 8] = [
    (1, [0, 80, 160, 240]),
    (2, [80, 0, 240, 160]),
    (3, [240, 160, 80, 0]),
    (4, [160, 240, 0, 80]),
    (5, [0, 160, 80, 240]),
    (6, [160, 0, 240, 80]),
    (7, [240, 80, 160, 0]),
    (8, [80, 240, 0, 160]),
];

/// A file of each format that says how it lies.
fn turned_files(image: &RgbImage, layout: ExifLayout, orientation: u16) -> Vec<(&'static str, Vec<u8>)> {
    let exif = layout.exif(orientation);
    let prefixed = [b"Exif\0\0", &exif[..]].concat();
    let (width, height) = image.dimensions();
    let webp = |exif: Vec<u8>| {
        let mut bytes = Vec::new();
        let mut encoder = webp::WebPEncoder::new_lossless(&mut bytes);
        encoder.set_exif_metadata(exif).unwrap();
        encoder.write_image(image, width, height, ExtendedColorType::Rgb8).unwrap();
        bytes
    };
    let png = |exif: Vec<u8>| {
        let mut bytes = Vec::new();
        let mut encoder = png::PngEncoder::new(&mut bytes);
        encoder.set_exif_metadata(exif).unwrap();
        encoder.write_image(image, width, height, ExtendedColorType::Rgb8).unwrap();
        bytes
    };
    vec![
        ("JPEG", jpeg(image, Some(exif.clone()))),
        ("WebP", webp(exif.clone())),
        ("WebP with a prefix", webp(prefixed.clone())),
        ("PNG", png(exif.clone())),
        ("PNG with a prefix", png(prefixed)),
        ("PNG, behind the pixels", with_late_exif(&encoded(ImageFormat::Png, &image.clone().into()), &exif)),
        ("TIFF", grey_tiff(image, layout, orientation)),
    ]
}

/// An eXIf chunk before the last chunk, which is IEND.
fn with_late_exif(png: &[u8], exif: &[u8]) -> Vec<u8> {
    let (before, end) = png.split_at(png.len() - 12);
    let chunk = [b"eXIf", exif].concat();
    let length = (exif.len() as u32).to_be_bytes();
    [before, &length, &chunk, &crc32(&chunk).to_be_bytes(), end].concat()
}

/// The red channel as a grey TIFF in one strip.
fn grey_tiff(image: &RgbImage, layout: ExifLayout, orientation: u16) -> Vec<u8> {
    let (width, height) = image.dimensions();
    let fields = |strip: u32| {
        let orientation = (0x0112, layout.long, u32::from(orientation));
        let size = [(0x0100, true, width), (0x0101, true, height), (0x0102, false, 8), (0x0103, false, 1)];
        let rest = [(0x0115, false, 1), (0x0116, true, height), (0x0117, true, width * height)];
        [&size[..], &[(0x0106, false, 1), (0x0111, true, strip), orientation], &rest].concat()
    };
    let strip = layout.directory(&fields(0)).len() as u32;
    let mut bytes = layout.directory(&fields(strip));
    bytes.extend(image.pixels().map(|pixel| pixel.0[0]));
    bytes
}

#[test]
fn all_eight_orientations_are_turned_upright_however_they_are_written() {
    for (orientation, corners) in UPRIGHT {
        for layout in LAYOUTS {
            for (format, file) in turned_files(&quadrants(), layout, orientation) {
                let image = read(&file).unwrap();
                let (width, height) = if orientation < 5 { (32, 16) } else { (16, 32) };
                assert_eq!(
                    (image.width(), image.height()),
                    (width, height),
                    "orientation {orientation} of {format}, {layout:?}"
                );
                let at = |x: usize, y: usize| image.pixels()[(y * width + x) * 3];
                let (right, bottom) = (width - 4, height - 4);
                let seen = [at(3, 3), at(right, 3), at(3, bottom), at(right, bottom)];
                assert!(
                    seen.iter().zip(corners).all(|(&a, b)| close(a, b)),
                    "orientation {orientation} of {format}, {layout:?}: {seen:?} instead of {corners:?}"
                );
            }
        }
    }
}

/// If each moved all that follows, these would take hours.
#[test]
fn a_million_prefixes_before_an_orientation_are_passed_over_in_one_go() {
    let image = quadrants();
    let exif = [&b"Exif\0\0".repeat(1 << 20)[..], &exif_orientation(6, true)].concat();
    let turned = read(&with_late_exif(&encoded(ImageFormat::Png, &image.clone().into()), &exif)).unwrap();
    let upright = upright(image, Orientation::Rotate90);
    assert_eq!(turned.pixels(), upright.as_raw());
}

#[test]
fn a_broken_orientation_changes_nothing() {
    for broken in [exif_orientation(9, true), exif_orientation(6, true)[..12].to_vec(), b"??".to_vec()] {
        let image = read(&jpeg(&quadrants(), Some(broken))).unwrap();
        assert_eq!((image.width(), image.height()), (32, 16));
    }
}

#[test]
fn grey_alpha_and_sixteen_bits_become_rgb8() {
    let png = |bytes: &[u8], width: u32, kind: ExtendedColorType| {
        let mut file = Vec::new();
        png::PngEncoder::new(&mut file).write_image(bytes, width, 1, kind).unwrap();
        read(&file).unwrap().pixels().to_vec()
    };
    assert_eq!(png(&[7, 200], 2, ExtendedColorType::L8), [7, 7, 7, 200, 200, 200]);
    // Black: opaque stays, transparent becomes white, 102 of 255 (two fifths) leaves three fifths white.
    assert_eq!(
        png(&[0, 255, 0, 0, 0, 102], 3, ExtendedColorType::La8),
        [0, 0, 0, 255, 255, 255, 153, 153, 153]
    );
    assert_eq!(
        png(&[255, 0, 0, 0, 10, 20, 30, 255], 2, ExtendedColorType::Rgba8),
        [255, 255, 255, 10, 20, 30]
    );
    // 16 bits are native-endian in the encoder's input; 257 * v is exactly v in 8 bits.
    let deep: Vec<u8> = [257u16 * 12, 257 * 34, 257 * 56, 257 * 56 + 129, 0, 65535]
        .iter()
        .flat_map(|v| v.to_ne_bytes())
        .collect();
    assert_eq!(png(&deep, 2, ExtendedColorType::Rgb16), [12, 34, 56, 57, 0, 255]);
    assert_eq!(png(&deep[..4], 2, ExtendedColorType::L16), [12, 12, 12, 34, 34, 34]);
}

/// Rules common to opened and pasted pictures, those in archives and the training images.
#[test]
fn transparency_is_laid_over_white_whatever_the_format() {
    // Opaque red; nothing, with blue behind it; black of which two fifths are there.
    const RGBA: [[u8; 4]; 3] = [[255, 0, 0, 255], [0, 0, 255, 0], [0, 0, 0, 102]];
    let expected = [[255, 0, 0], [255, 255, 255], [153, 153, 153]].concat();
    let image = image::RgbaImage::from_raw(3, 1, RGBA.concat()).unwrap();
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        let decoded = read(&encoded(format, &image.clone().into())).unwrap();
        assert_eq!(decoded.pixels(), expected, "{format:?}");
    }
    let deep = DynamicImage::ImageRgba8(image).into_rgba16();
    assert_eq!(read(&encoded(ImageFormat::Png, &deep.into())).unwrap().pixels(), expected);
    assert_eq!(ImageBuf::from_rgba(3, 1, RGBA.into_iter()).unwrap().pixels(), expected);

    // A palette of red and a transparent blue.
    let mut palette = b"\x89PNG\r\n\x1a\n".to_vec();
    let stored: Vec<u8> = [&[0x78, 0x01, 0x01, 3, 0, !3, !0][..], &[0, 0, 1], &adler32(&[0, 0, 1])].concat();
    let header: Vec<u8> = [&2u32.to_be_bytes()[..], &1u32.to_be_bytes(), &[8, 3, 0, 0, 0]].concat();
    for (kind, content) in [
        (b"IHDR", &header[..]),
        (b"PLTE", &[255, 0, 0, 0, 0, 255]),
        (b"tRNS", &[255, 0]),
        (b"IDAT", &stored),
        (b"IEND", &[]),
    ] {
        let chunk = [&kind[..], content].concat();
        palette.extend((content.len() as u32).to_be_bytes());
        palette.extend(&chunk);
        palette.extend(crc32(&chunk).to_be_bytes());
    }
    assert_eq!(read(&palette).unwrap().pixels(), [255, 0, 0, 255, 255, 255]);

    let mut bytes = Vec::new();
    let frame = image::RgbaImage::from_raw(2, 1, [RGBA[0], RGBA[1]].concat()).unwrap();
    gif::GifEncoder::new(&mut bytes).encode_frame(image::Frame::new(frame)).unwrap();
    assert_eq!(read(&bytes).unwrap().pixels(), [255, 0, 0, 255, 255, 255]);
}

#[test]
fn a_grey_jpeg_and_a_grey_tiff_become_rgb8() {
    let mut bytes = Vec::new();
    jpeg::JpegEncoder::new_with_quality(&mut bytes, 100)
        .write_image(&[90; 64], 8, 8, ExtendedColorType::L8)
        .unwrap();
    let image = read(&bytes).unwrap();
    assert_eq!(image.pixels().len(), 192);
    assert!(image.pixels().iter().all(|&value| close(value, 90)));

    let mut bytes = Cursor::new(Vec::new());
    tiff::TiffEncoder::new(&mut bytes).write_image(&[1, 2, 3, 4], 2, 2, ExtendedColorType::L8).unwrap();
    assert_eq!(read(&bytes.into_inner()).unwrap().pixels(), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
}

/// From `tests/reference/data.py` (Pillow 13.0.0).
#[test]
fn the_four_inks_of_print_become_rgb8() {
    let image = read(include_bytes!("../../../tests/reference/cmyk.jpg")).unwrap();
    assert_eq!((image.width(), image.height()), (32, 16));
    for (x, reference) in [(4, [235, 23, 51]), (28, [42, 164, 187])] {
        let at = (8 * 32 + x) * 3;
        let seen = &image.pixels()[at..at + 3];
        assert!(seen.iter().zip(reference).all(|(&a, b)| close(a, b)), "{seen:?} instead of {reference:?}");
    }
}

#[test]
fn a_file_that_is_too_long_is_refused_unread() {
    let (_dir, path) = write(b"");
    // It has this length without taking up room.
    File::options().write(true).open(&path).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
    let message = read_image(&path).unwrap_err().to_string();
    assert!(message.contains("larger than 512 MB; make a smaller copy"), "{message}");
}

#[test]
fn the_first_frame_of_an_animation_is_taken() {
    let mut bytes = Vec::new();
    let mut encoder = gif::GifEncoder::new(&mut bytes);
    for colour in [[200, 0, 0, 255], [0, 200, 0, 255], [0, 0, 200, 255]] {
        encoder
            .encode_frame(image::Frame::new(image::RgbaImage::from_pixel(2, 2, image::Rgba(colour))))
            .unwrap();
    }
    drop(encoder);
    assert_eq!(read(&bytes).unwrap().pixels(), [200, 0, 0].repeat(4));
}

#[test]
fn one_pixel_is_an_image() {
    let pixel = DynamicImage::ImageRgb8(RgbImage::from_pixel(1, 1, image::Rgb([1, 2, 3])));
    assert_eq!(read(&encoded(ImageFormat::Png, &pixel)).unwrap().pixels(), [1, 2, 3]);
}

#[test]
fn what_is_no_image_is_refused_with_a_remedy() {
    assert!(refusal(b"").contains("the file is empty; copy it again"));
    assert!(refusal(b"Dear diary, this is not a photo.").contains("save it as JPEG"));
    // The beginning of a JPEG, of a PNG and of a GIF, and nothing else.
    assert!(refusal(&[0xFF, 0xD8, 0xFF]).contains("cut off"));
    assert!(refusal(b"\x89PNG\r\n\x1a\n").contains("damaged or cut off"));
    assert!(refusal(b"GIF89a").contains("damaged or cut off"));
    // An icon is an image, but of no kind that is read.
    assert!(refusal(&[0, 0, 1, 0, 1, 0, 1, 1, 0, 0]).contains("save it as JPEG"));

    let dir = tempfile::tempdir().unwrap();
    assert!(read_image(dir.path()).unwrap_err().to_string().contains("not a file"));
    let missing = dir.path().join("missing.jpg");
    let message = read_image(&missing).unwrap_err().to_string();
    assert!(message.starts_with(&format!("cannot read {}", missing.display())), "{message}");
}

#[test]
fn a_cut_off_file_of_any_format_is_refused() {
    let noise =
        RgbImage::from_fn(64, 64, |x, y| image::Rgb([(x * 37 + y * 91) as u8, (x * y) as u8, (x ^ y) as u8]));
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP, ImageFormat::Gif]
    {
        let whole = encoded(format, &DynamicImage::ImageRgb8(noise.clone()));
        assert!(read(&whole).is_ok(), "{format:?}");
        refusal(&whole[..whole.len() / 2]);
    }
    let whole = jpeg(&noise, None);
    for kept in [whole.len() - 1, whole.len() - 2, whole.len() / 2, whole.len() / 4] {
        assert!(refusal(&whole[..kept]).contains("cut off"), "{kept} of {} bytes", whole.len());
    }
}

#[test]
fn only_the_end_of_the_photo_itself_ends_a_jpeg() {
    // The EXIF block holds something that looks like a thumbnail with its own end marker.
    let mut exif = exif_orientation(1, true);
    exif.extend([0xFF, 0xD8, 0xFF, 0xD9]);
    let whole = jpeg(&quadrants(), Some(exif));
    assert!(read(&whole).is_ok());
    assert!(refusal(&whole[..whole.len() - 10]).contains("cut off"));
    // Phones append a film after the photo.
    let mut with_film = whole.clone();
    with_film.extend(b"\0\0\0\x18ftypmp42 and so on");
    assert_eq!(read(&with_film).unwrap(), read(&whole).unwrap());
}

#[test]
fn a_decompression_bomb_is_refused_before_it_goes_off() {
    // A PNG header that claims 40,000 × 40,000 pixels, with an empty body. The CRC of IHDR is right.
    let mut header = b"IHDR".to_vec();
    header.extend(40_000u32.to_be_bytes());
    header.extend(40_000u32.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\r".to_vec();
    bomb.extend(&header);
    bomb.extend(crc32(&header).to_be_bytes());
    bomb.extend([0, 0, 0, 0]);
    bomb.extend(b"IDAT");
    bomb.extend(crc32(b"IDAT").to_be_bytes());
    let message = refusal(&bomb);
    assert!(message.contains("40000 × 40000 pixels are more than the 64 megapixels"), "{message}");

    let mut jpeg = jpeg(&quadrants(), None);
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    assert!(refusal(&jpeg).contains("65535 × 65535 pixels are more"));
}

/// CRC-32 as in PNG, annex D.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// Adler-32 as in RFC 1950.
fn adler32(bytes: &[u8]) -> [u8; 4] {
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65521;
        (a, (b + a) % 65521)
    });
    ((b << 16) | a).to_be_bytes()
}

/// The words of a library can be as long as the file.
#[test]
fn what_a_decoder_says_is_cut_short() {
    let words = "0, ".repeat(100_000);
    let long = ImageError::Decoding(image::error::DecodingError::new(ImageFormat::Tiff.into(), words));
    let said = sentence(&long);
    assert!(said.chars().count() < 400 && said.ends_with("copy the file again or remove it"), "{said}");
}
