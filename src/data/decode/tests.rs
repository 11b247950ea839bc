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

/// A TIFF header and one directory with the single entry 0x0112, a SHORT (EXIF 2.32, table 4).
fn exif_orientation(value: u16, big_endian: bool) -> Vec<u8> {
    let short = |v: u16| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let long = |v: u32| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let mut bytes = if big_endian { b"MM".to_vec() } else { b"II".to_vec() };
    bytes.extend(short(42));
    bytes.extend(long(8));
    bytes.extend(short(1));
    bytes.extend([short(0x0112), short(3)].concat());
    bytes.extend(long(1));
    bytes.extend([short(value), short(0)].concat());
    bytes.extend(long(0));
    bytes
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

#[test]
fn all_eight_orientations_are_turned_upright() {
    for (orientation, corners) in UPRIGHT {
        for big_endian in [false, true] {
            let image = read(&jpeg(&quadrants(), Some(exif_orientation(orientation, big_endian)))).unwrap();
            let (width, height) = if orientation < 5 { (32, 16) } else { (16, 32) };
            assert_eq!((image.width(), image.height()), (width, height), "orientation {orientation}");
            let at = |x: usize, y: usize| image.pixels()[(y * width + x) * 3];
            let (right, bottom) = (width - 4, height - 4);
            let seen = [at(3, 3), at(right, 3), at(3, bottom), at(right, bottom)];
            assert!(
                seen.iter().zip(corners).all(|(&a, b)| close(a, b)),
                "orientation {orientation}: {seen:?} instead of {corners:?}"
            );
        }
    }
}

#[test]
fn png_and_webp_are_turned_too_and_a_broken_tag_changes_nothing() {
    let mut bytes = Vec::new();
    let mut encoder = png::PngEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif_orientation(6, true)).unwrap();
    encoder.write_image(&PIXELS.concat(), 3, 2, ExtendedColorType::Rgb8).unwrap();
    let turned = [PIXELS[3], PIXELS[0], PIXELS[4], PIXELS[1], PIXELS[5], PIXELS[2]].concat();
    assert_eq!(read(&bytes).unwrap().pixels(), turned);

    let mut bytes = Vec::new();
    let mut encoder = webp::WebPEncoder::new_lossless(&mut bytes);
    encoder.set_exif_metadata(exif_orientation(6, false)).unwrap();
    encoder.write_image(&PIXELS.concat(), 3, 2, ExtendedColorType::Rgb8).unwrap();
    assert_eq!(read(&bytes).unwrap().pixels(), turned);

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
