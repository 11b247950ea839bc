//! Pictures and films as files, whole or not at all.

mod film;
mod plot;
mod sheet;
mod webp;

use std::path::Path;

use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{ExtendedColorType, ImageEncoder, ImageError, RgbImage};

use crate::atomic_file::{FileKind, write_atomically};
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;

pub use film::{FILMS, Film, write_film};
pub use plot::{draw_pictures, draw_plot};
pub use sheet::sheet;

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

/// A picture at `times` its size, by a smooth (Catmull-Rom) filter; 1 and 0 leave the pixels as they are.
///
/// # Errors
/// A picture that would have more pixels along a side than can be counted in 32 bits.
pub fn enlarged(image: &ImageBuf, times: usize) -> Result<ImageBuf> {
    let times = times.max(1);
    let (width, height) = sides(image, u32::MAX as usize / times)?;
    if times == 1 {
        return Ok(image.clone());
    }
    let unfit = || Error::Invalid(format!("a picture of {width}×{height} has too few pixels"));
    let rgb = RgbImage::from_raw(width, height, image.pixels().to_vec()).ok_or_else(unfit)?;
    let times = times as u32;
    let large = image::imageops::resize(&rgb, width * times, height * times, FilterType::CatmullRom);
    ImageBuf::new(large.width() as usize, large.height() as usize, large.into_raw()).ok_or_else(unfit)
}

/// Width and height as the encoders want them.
fn sides(image: &ImageBuf, longest: usize) -> Result<(u32, u32)> {
    let side = |length: usize| u32::try_from(length).ok().filter(|_| length <= longest);
    side(image.width()).zip(side(image.height())).ok_or_else(|| {
        Error::Invalid(format!("a picture of {}×{} is too large to write", image.width(), image.height()))
    })
}

fn to_io(error: ImageError) -> std::io::Error {
    match error {
        ImageError::IoError(error) => error,
        other => std::io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_holds_the_same_pixels() {
        let value = |i: usize| ((i * 37) % 256) as u8;
        let checkered = ImageBuf::new(9, 7, (0..9 * 7 * 3).map(value).collect()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        write_png(&checkered, &path).unwrap();
        let read = image::open(&path).unwrap().into_rgb8();
        assert_eq!(read.dimensions(), (9, 7));
        assert_eq!(read.as_raw(), checkered.pixels());
    }

    #[test]
    fn an_enlarged_picture_keeps_its_shades() {
        let image = ImageBuf::filled(8, 6, [10, 90, 170]);
        let large = enlarged(&image, 3).unwrap();
        assert_eq!((large.width(), large.height()), (24, 18));
        assert!(large.pixels().chunks(3).all(|pixel| pixel == [10, 90, 170]));
        assert_eq!(enlarged(&image, 0).unwrap(), image);
        assert!(enlarged(&image, usize::MAX).is_err());
    }
}
