//! Pictures as textures on the GPU, kept while they are shown.

use std::collections::HashMap;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use eframe::egui::{Color32, ColorImage, Context, TextureHandle, TextureId, TextureOptions};

use crate::gui::state::picture::Picture;
use crate::gui::theme;
use crate::image_buf::ImageBuf;

/// Frames that a texture outlives its last use.
const KEEP_FRAMES: u64 = 30;

/// Side to which a small picture is enlarged before it is shown smoothly.
const SMOOTH_SIDE: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TextureKey {
    picture: u64,
    /// Bits of the gain of a difference map; none for the picture itself.
    gain: Option<u32>,
    look: TextureSampling,
}

/// Filter by which the pixels of a texture are brought to the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum TextureSampling {
    /// Every pixel a square.
    Crisp,
    /// Enlarged beforehand, then by the texture.
    Smooth,
    /// By the texture alone.
    Small,
}

/// The textures in use.
#[derive(Default)]
pub struct Textures {
    kept: HashMap<TextureKey, (TextureHandle, u64)>,
    frame: u64,
}

impl Textures {
    /// The texture of a picture. `smooth` decides how it is enlarged.
    pub fn picture(&mut self, ctx: &Context, picture: &Picture, smooth: bool) -> TextureId {
        let look = if smooth { TextureSampling::Smooth } else { TextureSampling::Crisp };
        let key = TextureKey { picture: picture.key, gain: None, look };
        self.get(ctx, key, || {
            let enlarged = if smooth { enlarged(&picture.image) } else { None };
            let image = enlarged.as_ref().unwrap_or(&picture.image);
            ColorImage::from_rgb([image.width(), image.height()], image.pixels())
        })
    }

    /// The texture of a picture that is shown at about its own size, of which there are many and often new
    /// ones: it costs no more than its pixels.
    pub fn small(&mut self, ctx: &Context, picture: &Picture) -> TextureId {
        let key = TextureKey { picture: picture.key, gain: None, look: TextureSampling::Small };
        let image = &picture.image;
        self.get(ctx, key, || ColorImage::from_rgb([image.width(), image.height()], image.pixels()))
    }

    /// The texture of a difference map: `values` (rows of the width of `of`, in [0, 1]) times `gain`,
    /// as heat. `of` is the picture that it belongs to.
    pub fn difference(&mut self, ctx: &Context, of: &Picture, values: &[f32], gain: f32) -> TextureId {
        let key = TextureKey { picture: of.key, gain: Some(gain.to_bits()), look: TextureSampling::Crisp };
        self.get(ctx, key, || {
            let (width, height) = (of.image.width(), of.image.height());
            let mut pixels: Vec<Color32> = values.iter().map(|v| theme::heat(v * gain)).collect();
            pixels.resize(width * height, theme::heat(0.0));
            ColorImage::new([width, height], pixels)
        })
    }

    fn get(&mut self, ctx: &Context, key: TextureKey, image: impl FnOnce() -> ColorImage) -> TextureId {
        let frame = self.frame;
        let (handle, used) = self.kept.entry(key).or_insert_with(|| {
            let options = match key.look {
                TextureSampling::Crisp => TextureOptions::NEAREST,
                TextureSampling::Smooth | TextureSampling::Small => TextureOptions::LINEAR,
            };
            (ctx.load_texture("picture", image(), options), frame)
        });
        *used = frame;
        handle.id()
    }

    /// Ends a frame: lets go of textures that have not been used for a while.
    pub fn end_frame(&mut self) {
        self.frame += 1;
        let frame = self.frame;
        self.kept.retain(|_, (_, used)| frame - *used <= KEEP_FRAMES);
    }
}

/// A small picture at several times its size, by bicubic interpolation: the bilinear one of a texture shows
/// its squares when it enlarges this much. None for a picture that is large enough.
fn enlarged(image: &ImageBuf) -> Option<ImageBuf> {
    let (width, height) = (image.width(), image.height());
    let times = SMOOTH_SIDE / width.max(height).max(1);
    if times < 2 {
        return None;
    }
    let narrow = |side: usize| u32::try_from(side).ok();
    let from = ImageRef::new(narrow(width)?, narrow(height)?, image.pixels(), PixelType::U8x3).ok()?;
    let mut to = Image::new(narrow(width * times)?, narrow(height * times)?, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&from, &mut to, &options).ok()?;
    ImageBuf::new(width * times, height * times, to.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_enlarged_and_keep_their_colour() {
        let image = ImageBuf::filled(64, 32, [10, 120, 250]);
        let large = enlarged(&image).unwrap();
        assert_eq!((large.width(), large.height()), (256, 128));
        assert!(large.pixels().chunks(3).all(|pixel| pixel == [10, 120, 250]));
        assert!(enlarged(&ImageBuf::filled(300, 200, [0; 3])).is_none());
    }
}
