//! Films as files: GIF, animated WebP, APNG. There is no MP4: no small encoder in Rust is kept up, and each of these
//! plays in every browser.

use std::io::Write;
use std::path::Path;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, RgbImage};

use super::{sides, to_io, webp};
use crate::atomic_file::{FileKind, write_atomically};
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;

/// The kinds of file that hold a film.
pub const FILMS: [FileKind; 3] = [FileKind::Gif, FileKind::WebP, FileKind::Apng];

/// Viewers take less for a mistake and show such a frame for a tenth of a second.
const SHORTEST_DELAY_MS: u32 = 20;
/// Palettes from 1 (finest) to 30 (fastest); 10 is what the encoder's authors propose.
const PALETTE_SPEED: i32 = 10;

/// Pictures that follow each other without end.
pub struct Film<'a> {
    /// The pictures, all of one size.
    pub frames: &'a [ImageBuf],
    /// Time of each in milliseconds; at least 20.
    pub delay_ms: u32,
    /// Whether the pictures between the ends follow once more in reverse, so that the film has no jump.
    pub there_and_back: bool,
}

impl Film<'_> {
    /// The numbers of the pictures in the order in which they are seen.
    fn order(&self) -> impl Iterator<Item = usize> {
        let count = self.frames.len();
        let back = if self.there_and_back { 1..count.saturating_sub(1).max(1) } else { 0..0 };
        (0..count).chain(back.rev())
    }

    /// Width and height of all pictures.
    fn size(&self, longest: usize) -> Result<(u32, u32)> {
        let Some(first) = self.frames.first() else {
            return Err(Error::Invalid("a film needs at least 1 picture".into()));
        };
        let size = (first.width(), first.height());
        if let Some(other) = self.frames.iter().find(|frame| (frame.width(), frame.height()) != size) {
            return Err(Error::Invalid(format!(
                "the pictures of a film must be equally large; here are {}×{} and {}×{}",
                size.0,
                size.1,
                other.width(),
                other.height()
            )));
        }
        sides(first, longest)
    }
}

/// Writes a film that repeats for ever, of one of the kinds in [`FILMS`]. In a GIF each picture has 256 colours at
/// most, chosen for it, and times are hundredths of a second; WebP and APNG lose nothing.
///
/// # Errors
/// No pictures, pictures of different sizes, sides beyond what the format can hold, a file of another kind in its
/// place or by its name, or what the system says, naming the file.
pub fn write_film(film: &Film<'_>, path: &Path, kind: FileKind) -> Result<()> {
    let delay = film.delay_ms.max(SHORTEST_DELAY_MS);
    match kind {
        FileKind::Gif => {
            let (width, height) = film.size(u16::MAX as usize)?;
            write_atomically(path, kind, |out| gif(film, width, height, delay, out))
        }
        FileKind::WebP => {
            let (width, height) = film.size(webp::LONGEST_SIDE)?;
            let encoded = webp::encoded(film.frames, width, height)?;
            let frames: Vec<&[u8]> = film.order().map(|index| encoded[index].as_slice()).collect();
            write_atomically(path, kind, |out| webp::write(out, &frames, width, height, delay))
        }
        FileKind::Apng => {
            let (width, height) = film.size(i32::MAX as usize)?;
            write_atomically(path, kind, |out| {
                apng(film, width, height, delay, out).map_err(|error| match error {
                    png::EncodingError::IoError(error) => error,
                    other => std::io::Error::other(other),
                })
            })
        }
        other => Err(Error::Fault(format!("{other:?} is no kind of film; please report this"))),
    }
}

fn gif(film: &Film<'_>, width: u32, height: u32, delay: u32, out: impl Write) -> std::io::Result<()> {
    let delay = Delay::from_numer_denom_ms(delay, 1);
    let mut encoder = GifEncoder::new_with_speed(out, PALETTE_SPEED);
    encoder.set_repeat(Repeat::Infinite).map_err(to_io)?;
    for index in film.order() {
        let pixels = film.frames[index].pixels().to_vec();
        let rgb = RgbImage::from_raw(width, height, pixels).unwrap_or_default();
        let rgba = image::DynamicImage::from(rgb).into_rgba8();
        encoder.encode_frame(Frame::from_parts(rgba, 0, 0, delay)).map_err(to_io)?;
    }
    Ok(())
}

fn apng(
    film: &Film<'_>,
    width: u32,
    height: u32,
    delay: u32,
    out: impl Write,
) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_animated(film.order().count() as u32, 0)?;
    encoder.set_frame_delay(delay.try_into().unwrap_or(u16::MAX), 1000)?;
    let mut writer = encoder.write_header()?;
    film.order().try_for_each(|index| writer.write_image_data(film.frames[index].pixels()))?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::BufReader;

    use image::AnimationDecoder;
    use image::codecs::gif::GifDecoder;
    use image::codecs::png::PngDecoder;
    use image::codecs::webp::WebPDecoder;

    use super::*;

    fn shades(shades: &[u8]) -> Vec<ImageBuf> {
        shades.iter().map(|&v| ImageBuf::filled(8, 6, [v, v, v])).collect()
    }

    /// Shade, delay in ms and size of each frame.
    fn read(path: &Path, kind: FileKind) -> Vec<(u8, u32, (u32, u32))> {
        let file = BufReader::new(File::open(path).unwrap());
        let frames = match kind {
            FileKind::Gif => GifDecoder::new(file).unwrap().into_frames(),
            FileKind::WebP => WebPDecoder::new(file).unwrap().into_frames(),
            _ => PngDecoder::new(file).unwrap().apng().unwrap().into_frames(),
        };
        let read = |frame: Frame| {
            let (ms, denominator) = frame.delay().numer_denom_ms();
            (frame.buffer().get_pixel(1, 1).0[0], ms / denominator, frame.buffer().dimensions())
        };
        frames.collect_frames().unwrap().into_iter().map(read).collect()
    }

    #[test]
    fn a_film_goes_there_and_back_without_doubling_its_ends() {
        let folder = tempfile::tempdir().unwrap();
        for (kind, name) in FILMS.into_iter().zip(["walk.gif", "walk.webp", "walk.apng"]) {
            let path = folder.path().join(name);
            let written = |values: &[u8], delay_ms: u32, there_and_back: bool| {
                let film = Film { frames: &shades(values), delay_ms, there_and_back };
                write_film(&film, &path, kind).unwrap();
                read(&path, kind)
            };
            let frame = |shade: u8| (shade, 40, (8, 6));
            assert_eq!(written(&[10, 90, 170, 250], 40, true), [10, 90, 170, 250, 170, 90].map(frame));
            assert_eq!(written(&[10, 90], 40, true), [10, 90].map(frame));
            assert_eq!(written(&[10], 40, true), [frame(10)]);
            assert_eq!(written(&[10, 90, 170], 1, false), [10, 90, 170].map(|shade| (shade, 20, (8, 6))));
        }
    }

    #[test]
    fn webp_and_apng_lose_nothing() {
        let value = |i: usize| ((i * 37 + i / 7 * 91) % 256) as u8;
        let frames = [0, 1]
            .map(|shift| ImageBuf::new(9, 7, (0..9 * 7 * 3).map(|i| value(i + shift)).collect()).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let film = Film { frames: &frames, delay_ms: 40, there_and_back: false };
        let files = [FileKind::WebP, FileKind::Apng].map(|kind| {
            let path = folder.path().join(if kind == FileKind::WebP { "a.webp" } else { "a.apng" });
            write_film(&film, &path, kind).unwrap();
            BufReader::new(File::open(path).unwrap())
        });
        let [webp, apng] = files;
        for found in [
            WebPDecoder::new(webp).unwrap().into_frames().collect_frames().unwrap(),
            PngDecoder::new(apng).unwrap().apng().unwrap().into_frames().collect_frames().unwrap(),
        ] {
            assert_eq!(found.len(), 2);
            for (frame, image) in found.into_iter().zip(&frames) {
                let rgb = image::DynamicImage::from(frame.into_buffer()).into_rgb8();
                assert_eq!(rgb.as_raw(), image.pixels());
            }
        }
    }

    #[test]
    fn a_film_of_nothing_or_of_different_sizes_is_refused_and_no_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |frames: &[ImageBuf], name: &str| {
            let film = Film { frames, delay_ms: 40, there_and_back: true };
            write_film(&film, &folder.path().join(name), FileKind::Gif).unwrap_err().to_string()
        };
        assert!(refused(&[], "walk.gif").contains("at least 1 picture"));
        let mixed = [ImageBuf::filled(8, 6, [0; 3]), ImageBuf::filled(8, 7, [0; 3])];
        let message = refused(&mixed, "walk.gif");
        assert!(message.contains("8×6") && message.contains("8×7"), "{message}");
        assert!(refused(&[ImageBuf::filled(70_000, 1, [0; 3])], "walk.gif").contains("too large"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let message = refused(&shades(&[10]), "no/walk.gif");
        assert!(message.contains("no/walk.gif"), "{message}");
    }
}
