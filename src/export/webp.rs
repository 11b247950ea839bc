//! The container of animated WebP around still ones, which is all that `image` writes.
//! <https://developers.google.com/speed/webp/docs/riff_container>

use std::io::Write;

use image::ExtendedColorType;
use image::codecs::webp::WebPEncoder;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;

/// Pixels along a side that the lossless format can say.
pub const LONGEST_SIDE: usize = 1 << 14;
/// In the header: there is an animation.
const ANIMATED: u8 = 1 << 1;
/// Of a frame: its pixels replace what was there.
const NOT_BLENDED: u8 = 1 << 1;
/// The longest time of a frame in milliseconds: three bytes.
const LONGEST_DELAY: u32 = (1 << 24) - 1;
/// Bytes before the first chunk: `RIFF`, the size, `WEBP`.
const HEAD: usize = 12;

/// The bitstream chunk of each picture, lossless.
///
/// # Errors
/// The encoder's, in a sentence.
pub fn encoded(frames: &[ImageBuf], width: u32, height: u32) -> Result<Vec<Vec<u8>>> {
    let encode = |frame: &ImageBuf| {
        let mut file = Vec::new();
        WebPEncoder::new_lossless(&mut file)
            .encode(frame.pixels(), width, height, ExtendedColorType::Rgb8)
            .map_err(|error| Error::Invalid(format!("a picture cannot be written as WebP: {error}")))?;
        Ok(file.split_off(HEAD.min(file.len())))
    };
    frames.par_iter().map(encode).collect()
}

/// Writes a film of bitstream chunks that repeats for ever, each shown for `delay` milliseconds.
///
/// # Errors
/// An error of `out`; a film that is larger than the format can say.
pub fn write(
    out: &mut impl Write,
    frames: &[&[u8]],
    width: u32,
    height: u32,
    delay: u32,
) -> std::io::Result<()> {
    let mut size = [0; 6];
    size[..3].copy_from_slice(&(width - 1).to_le_bytes()[..3]);
    size[3..].copy_from_slice(&(height - 1).to_le_bytes()[..3]);
    let mut body = b"WEBP".to_vec();
    chunk(&mut body, b"VP8X", &[&[ANIMATED, 0, 0, 0], &size])?;
    // A background of no colour, and no end.
    chunk(&mut body, b"ANIM", &[&[0; 4], &[0; 2]])?;
    let delay = delay.min(LONGEST_DELAY).to_le_bytes();
    for frame in frames {
        chunk(&mut body, b"ANMF", &[&[0; 6], &size, &delay[..3], &[NOT_BLENDED], frame])?;
    }
    out.write_all(b"RIFF")?;
    out.write_all(&length(body.len())?)?;
    out.write_all(&body)
}

/// A chunk: its name, its length, what is in it, and a byte more where that is odd.
fn chunk(out: &mut Vec<u8>, name: &[u8; 4], parts: &[&[u8]]) -> std::io::Result<()> {
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    out.extend(name);
    out.extend(length(bytes)?);
    parts.iter().for_each(|part| out.extend(*part));
    out.extend((bytes % 2 == 1).then_some(0));
    Ok(())
}

fn length(bytes: usize) -> std::io::Result<[u8; 4]> {
    let bytes = u32::try_from(bytes).map_err(|_| std::io::Error::other("WebP holds no film of 4 GB"))?;
    Ok(bytes.to_le_bytes())
}
