//! The memory that pictures take which claim to be more than they are. A binary of its own, whose allocator counts.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/counting.rs"]
mod counting;

use std::path::Path;

use counting::Counting;
use morphospace::ImageBuf;
use morphospace::data::decode_image;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MB: usize = 1 << 20;

/// Result of decoding, and the most memory that it took at once beside the file itself, in MB.
fn decoded(file: Vec<u8>) -> (Result<ImageBuf, String>, usize) {
    let before = counting::now();
    counting::begin(usize::MAX);
    let image = decode_image(Path::new("hostile"), file).map_err(|error| error.to_string());
    (image, counting::most_beside(before) / MB)
}

/// One test, because all share the count.
#[test]
fn no_picture_takes_more_memory_than_its_header_promises_and_a_little() {
    // A colour profile of half a gigabyte of zeros is left out; the picture is seen.
    let profile = [&b"icc\0\0"[..], &zeros_deflated(512 * MB)].concat();
    let (image, most) = decoded(png(&[(b"iCCP", &profile)]));
    assert_eq!(image.unwrap(), ImageBuf::filled(1, 1, [7; 3]));
    assert!(most < 200, "a colour profile took {most} MB");

    // A text as long.
    let text = [&b"Comment\0\0"[..], &zeros_deflated(512 * MB)].concat();
    let (image, most) = decoded(png(&[(b"zTXt", &text), (b"zTXt", &text)]));
    assert!(image.is_ok() && most < 100, "a text took {most} MB: {image:?}");

    // A frame of a gigabyte on a screen of one pixel.
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    gif.extend(b"\x2C\0\0\0\0\0\x40\0\x40\0\x02\x02\x4C\x01\0\x3B");
    let (image, most) = decoded(gif);
    assert!(image.unwrap_err().contains("too much memory") && most < 100, "a frame took {most} MB");

    // A strip of four gigabytes, and a table of as many strips.
    for (strips, bytes_a_strip) in [(1, u32::MAX), (1 << 28, 1)] {
        let (image, most) = decoded(tiff(strips, bytes_a_strip));
        assert!(image.is_err() && most < 300, "{strips} strips took {most} MB");
    }

    // A canvas of one pixel around a picture of 268 megapixels.
    let (image, most) = decoded(webp(16383));
    assert!(image.is_err() && most < 450, "a frame took {most} MB");

    // Headers with nothing behind them.
    let (image, most) = decoded(bmp(60_000, 60_000));
    assert!(image.unwrap_err().contains("megapixels") && most < 10, "a header took {most} MB");
    let (image, most) = decoded(bmp(6000, 6000));
    assert!(image.is_err() && most < 250, "pixels that are not there took {most} MB");
    let (_, most) = decoded(progressive_jpeg(4096, 4096));
    assert!(most < 500, "coefficients took {most} MB");
}

/// As zlib would pack zeros: each further 258 of them take 13 bits.
fn zeros_deflated(bytes: usize) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let (mut bits, mut count) = (0u64, 0);
    let mut put = |value: u64, length: u32, out: &mut Vec<u8>| {
        bits |= value << count;
        count += length;
        while count >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            count -= 8;
        }
    };
    // The last block, in fixed codes; a zero; then "258 bytes from one byte back" (RFC 1951, 3.2.6).
    put(0b011, 3, &mut out);
    put(0b0000_1100, 8, &mut out);
    for _ in 0..bytes / 258 {
        put(0b1010_0011, 8, &mut out);
        put(0, 5, &mut out);
    }
    put(0, 7 + 7, &mut out);
    out
}

/// A grey pixel with these chunks before it.
fn png(extra: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut file);
    image::ImageEncoder::write_image(encoder, &[7], 1, 1, image::ExtendedColorType::L8).unwrap();
    let rest = file.split_off(33); // signature and IHDR
    for (kind, content) in extra {
        file.extend((content.len() as u32).to_be_bytes());
        let chunk = [&kind[..], content].concat();
        file.extend(&chunk);
        file.extend(crc32(&chunk).to_be_bytes());
    }
    file.extend(rest);
    file
}

/// CRC-32 as in PNG, annex D.
fn crc32(bytes: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256u32)
        .map(|byte| (0..8).fold(byte, |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())))
        .collect();
    !bytes.iter().fold(u32::MAX, |crc, &byte| (crc >> 8) ^ table[((crc ^ u32::from(byte)) & 255) as usize])
}

/// 8 × 8 grey pixels in so many strips of so many bytes.
fn tiff(strips: u32, bytes_a_strip: u32) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    let fields: [(u16, u16, u32, u32); 9] = [
        (256, 4, 1, 8),
        (257, 4, 1, 8),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, strips, 8),
        (277, 3, 1, 1),
        (278, 4, 1, 8),
        (279, 4, strips, bytes_a_strip),
    ];
    file.extend((fields.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in fields {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file
}

/// A canvas of one pixel; in it a key frame of VP8 with sides this long (RFC 6386, 9.1).
fn webp(side: u16) -> Vec<u8> {
    let mut frame = vec![0x10 | 0x40, 0x10, 0, 0x9D, 0x01, 0x2A];
    frame.extend([side.to_le_bytes(), side.to_le_bytes()].concat());
    frame.resize(4096, 0);
    let chunk = |kind: &[u8], content: &[u8]| [kind, &(content.len() as u32).to_le_bytes(), content].concat();
    let body = [b"WEBP".to_vec(), chunk(b"VP8X", &[0; 10]), chunk(b"VP8 ", &frame)].concat();
    chunk(b"RIFF", &body)
}

fn bmp(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"BM".to_vec();
    for number in [54, 0, 54, 40, width, height] {
        file.extend(number.to_le_bytes());
    }
    file.extend([1, 0, 24, 0]);
    file.resize(54, 0);
    file
}

/// A frame in three components, of which no scan follows.
fn progressive_jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8, 0xFF, 0xC2, 0, 17, 8];
    file.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
    file.extend([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    // Tables of one short code each, and a scan of nothing.
    file.extend([0xFF, 0xDB, 0, 67, 0]);
    file.extend([1; 64]);
    file.extend([0xFF, 0xC4, 0, 20, 0, 1]);
    file.extend([0; 15]);
    file.push(0);
    file.extend([0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0]);
    file.extend([0; 64]);
    file.extend([0xFF, 0xD9]);
    file
}
