//! Pictures and films as files, whole or not at all.

use std::path::Path;

use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{Delay, ExtendedColorType, Frame, ImageEncoder, ImageError, RgbImage, RgbaImage};
use rayon::prelude::*;

use crate::atomic_file::{FileKind, write_atomically};
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;

/// Viewers take less for a mistake and show such a frame for a tenth of a second.
const SHORTEST_DELAY_MS: u32 = 20;
/// From 1 (finest palettes) to 30 (fastest); 10 is what the encoder's authors propose.
const PALETTE_SPEED: i32 = 10;
/// Pixels along a side that a GIF can say.
const LONGEST_GIF_SIDE: usize = u16::MAX as usize;

/// Writes a picture as PNG, without loss.
///
/// # Errors
/// A file that is no PNG in its place or by its name; what the system says, naming the file.
pub fn write_png(image: &ImageBuf, path: &Path) -> Result<()> {
    // An encoder that fails has written nothing that anybody sees.
    let (width, height) = sides(image, u32::MAX as usize)?;
    write_atomically(path, FileKind::Png, |out| {
        let encoder = PngEncoder::new(out);
        encoder.write_image(image.pixels(), width, height, ExtendedColorType::Rgb8).map_err(to_io)
    })
}

/// Writes a film as an endless GIF.
///
/// Each frame stands for `delay_ms` (GIF counts in hundredths of a second; at least 20 ms) and is enlarged
/// `scale` times with a smooth (Catmull-Rom) filter; 1 leaves the pixels as they are. With
/// `there_and_back` the frames between the ends follow once more in reverse, so that the film has no jump.
/// A GIF frame has 256 colours at most, chosen for each frame.
///
/// # Errors
/// No frames, frames of different sizes, sides beyond what a GIF can hold, a file that is no GIF in its
/// place or by its name, or what the system says, naming the file.
pub fn write_gif(
    frames: &[ImageBuf],
    path: &Path,
    delay_ms: u32,
    there_and_back: bool,
    scale: usize,
) -> Result<()> {
    let Some(first) = frames.first() else {
        return Err(Error::Invalid("a film needs at least 1 picture".into()));
    };
    let size = (first.width(), first.height());
    if let Some(other) = frames.iter().find(|frame| (frame.width(), frame.height()) != size) {
        return Err(Error::Invalid(format!(
            "the pictures of a film must be equally large; here are {}×{} and {}×{}",
            size.0,
            size.1,
            other.width(),
            other.height()
        )));
    }
    let scale = scale.max(1);
    sides(first, LONGEST_GIF_SIDE / scale)?;
    let delay = Delay::from_numer_denom_ms(delay_ms.max(SHORTEST_DELAY_MS), 1);
    let film: Vec<RgbaImage> = frames.par_iter().map(|frame| enlarge(frame, scale)).collect::<Result<_>>()?;
    let back = if there_and_back { 1..film.len().saturating_sub(1).max(1) } else { 0..0 };
    let order = film.iter().chain(film[back].iter().rev());
    write_atomically(path, FileKind::Gif, |out| {
        let mut encoder = GifEncoder::new_with_speed(out, PALETTE_SPEED);
        encoder.set_repeat(Repeat::Infinite).map_err(to_io)?;
        let frames = order.map(|picture| Frame::from_parts(picture.clone(), 0, 0, delay));
        encoder.encode_frames(frames).map_err(to_io)
    })
}

/// Width and height as the encoders want them.
fn sides(image: &ImageBuf, longest: usize) -> Result<(u32, u32)> {
    let side = |length: usize| u32::try_from(length).ok().filter(|_| length <= longest);
    side(image.width()).zip(side(image.height())).ok_or_else(|| {
        Error::Invalid(format!("a picture of {}×{} is too large to write", image.width(), image.height()))
    })
}

fn enlarge(image: &ImageBuf, scale: usize) -> Result<RgbaImage> {
    let (width, height) = sides(image, LONGEST_GIF_SIDE / scale)?;
    let scale = scale as u32;
    let rgb = RgbImage::from_raw(width, height, image.pixels().to_vec())
        .ok_or_else(|| Error::Invalid(format!("a picture of {width}×{height} has too few pixels")))?;
    let rgb = if scale == 1 {
        rgb
    } else {
        image::imageops::resize(&rgb, width * scale, height * scale, FilterType::CatmullRom)
    };
    Ok(image::DynamicImage::from(rgb).into_rgba8())
}

fn to_io(error: ImageError) -> std::io::Error {
    match error {
        ImageError::IoError(error) => error,
        other => std::io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use image::AnimationDecoder;
    use image::codecs::gif::GifDecoder;
    use image::metadata::LoopCount;

    use super::*;

    fn checkered() -> ImageBuf {
        let value = |i: usize| ((i * 37) % 256) as u8;
        ImageBuf::new(9, 7, (0..9 * 7 * 3).map(value).collect()).unwrap()
    }

    fn film(shades: &[u8]) -> Vec<ImageBuf> {
        shades.iter().map(|&v| ImageBuf::filled(8, 6, [v, v, v])).collect()
    }

    /// Shade, delay in ms and size of each frame.
    fn read_gif(path: &Path) -> Vec<(u8, u32, (u32, u32))> {
        let decoder = GifDecoder::new(BufReader::new(std::fs::File::open(path).unwrap())).unwrap();
        assert!(matches!(decoder.loop_count(), LoopCount::Infinite));
        let frames = decoder.into_frames().collect_frames().unwrap();
        let read = |frame: &Frame| {
            let (ms, denominator) = frame.delay().numer_denom_ms();
            (frame.buffer().get_pixel(1, 1).0[0], ms / denominator, frame.buffer().dimensions())
        };
        frames.iter().map(read).collect()
    }

    #[test]
    fn a_png_holds_the_same_pixels() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        write_png(&checkered(), &path).unwrap();
        let read = image::open(&path).unwrap().into_rgb8();
        assert_eq!(read.dimensions(), (9, 7));
        assert_eq!(read.as_raw(), checkered().pixels());
    }

    #[test]
    fn a_film_goes_there_and_back_without_doubling_its_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("walk.gif");
        let frame = |shade: u8| (shade, 40, (24, 18));
        write_gif(&film(&[10, 90, 170, 250]), &path, 40, true, 3).unwrap();
        assert_eq!(read_gif(&path), [10, 90, 170, 250, 170, 90].map(frame));
        write_gif(&film(&[10, 90]), &path, 40, true, 3).unwrap();
        assert_eq!(read_gif(&path), [10, 90].map(frame));
        write_gif(&film(&[10]), &path, 40, true, 3).unwrap();
        assert_eq!(read_gif(&path), [frame(10)]);
        write_gif(&film(&[10, 90, 170]), &path, 1, false, 0).unwrap();
        assert_eq!(read_gif(&path), [10, 90, 170].map(|shade| (shade, 20, (8, 6))));
    }

    #[test]
    fn a_film_of_nothing_or_of_different_sizes_is_refused_and_no_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("walk.gif");
        assert!(write_gif(&[], &path, 40, true, 1).is_err());
        let mixed = [ImageBuf::filled(8, 6, [0; 3]), ImageBuf::filled(8, 7, [0; 3])];
        let message = write_gif(&mixed, &path, 40, true, 1).unwrap_err().to_string();
        assert!(message.contains("8×6") && message.contains("8×7"), "{message}");
        assert!(write_gif(&film(&[10]), &path, 40, true, 10_000).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let missing = folder.path().join("no/walk.gif");
        let message = write_gif(&film(&[10]), &missing, 40, true, 1).unwrap_err().to_string();
        assert!(message.contains("no/walk.gif"), "{message}");
    }
}
