//! Pictures that are no photos, made from a seed.

use crate::error::{Error, Result};
use crate::experiments::extractor::distortion::bilinear;
use crate::image_buf::ImageBuf;
use crate::random::{Purpose, RandomStream};

/// A kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texture {
    /// One colour.
    Flat,
    /// From one colour to another in a straight line.
    Gradient,
    /// Stripes of two colours at any angle.
    Stripes,
    /// Squares of two colours.
    Checkers,
    /// Value noise of several sizes between two colours (Perlin 1985).
    Clouds,
    /// Every value by itself, uniform in [0, 1].
    Noise,
}

type Color = [f32; 3];

impl Texture {
    /// All of them; the first two are those that hardly have anything in them.
    pub const ALL: [Texture; 6] = [
        Texture::Flat,
        Texture::Gradient,
        Texture::Stripes,
        Texture::Checkers,
        Texture::Clouds,
        Texture::Noise,
    ];

    /// Name, as in "flat colours".
    pub fn name(self) -> &'static str {
        match self {
            Texture::Flat => "flat colours",
            Texture::Gradient => "gradients",
            Texture::Stripes => "stripes",
            Texture::Checkers => "checkers",
            Texture::Clouds => "clouds",
            Texture::Noise => "noise",
        }
    }

    /// Whether there is hardly anything in it.
    pub fn is_simple(self) -> bool {
        matches!(self, Texture::Flat | Texture::Gradient)
    }

    /// Picture `number` of a seed, a square of `side` pixels.
    ///
    /// # Errors
    /// A side of 0.
    pub fn picture(self, side: usize, seed: u64, number: usize) -> Result<ImageBuf> {
        let stream = (self as u64) << 32 | number as u64;
        let mut generator = RandomStream::of_purpose(seed, Purpose::Anomaly, stream);
        let mut color = || -> Color { std::array::from_fn(|_| generator.unit()) };
        let (a, b) = (color(), color());
        let angle = generator.unit() * std::f32::consts::PI;
        let size = generator.unit();
        let (across, down) = (angle.cos(), angle.sin());
        // From −1 to 1 over the picture.
        let place = |at: usize| 2.0 * (at as f32 + 0.5) / side as f32 - 1.0;
        let along = |x: usize, y: usize| place(x) * across + place(y) * down;
        let pixel: Box<dyn Fn(usize, usize) -> Color> = match self {
            Texture::Flat => Box::new(move |_, _| a),
            Texture::Gradient => Box::new(move |x, y| mix(a, b, 0.5 + along(x, y) / 2f32.sqrt() / 2.0)),
            Texture::Stripes => {
                let count = 2.0 + 8.0 * size;
                Box::new(move |x, y| if (along(x, y) * count).rem_euclid(2.0) < 1.0 { a } else { b })
            }
            Texture::Checkers => {
                let cell = 2.0 + size * (side as f32 / 5.0 - 2.0).max(0.0);
                let odd = move |at: usize| (at as f32 / cell) as usize % 2;
                Box::new(move |x, y| if odd(x) == odd(y) { a } else { b })
            }
            Texture::Clouds => {
                const FINEST: usize = 17;
                let values: Vec<f32> = (0..FINEST * FINEST).map(|_| generator.unit()).collect();
                let value = move |x: usize, y: usize| {
                    let octave = |step: usize| {
                        let points = (FINEST - 1) / step + 1;
                        let at = |place: f32| (place + 1.0) / 2.0 * (points - 1) as f32;
                        let grid = |row: usize, column: usize| values[row * step * FINEST + column * step];
                        bilinear(at(place(x)), at(place(y)), points, points, grid)
                    };
                    (8.0 * octave(8) + 4.0 * octave(4) + 2.0 * octave(2) + octave(1)) / 15.0
                };
                Box::new(move |x, y| mix(a, b, value(x, y)))
            }
            Texture::Noise => {
                let values: Vec<Color> =
                    (0..side * side).map(|_| std::array::from_fn(|_| generator.unit())).collect();
                Box::new(move |x, y| values[y * side + x])
            }
        };
        let pixels: Vec<f32> =
            (0..side).flat_map(|y| (0..side).flat_map(|x| pixel(x, y)).collect::<Vec<_>>()).collect();
        ImageBuf::from_unit_floats(side, side, &pixels)
            .ok_or_else(|| Error::Invalid("a picture needs a pixel at least".into()))
    }
}

fn mix(a: Color, b: Color, part: f32) -> Color {
    std::array::from_fn(|channel| a[channel] + (b[channel] - a[channel]) * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_what_it_is_called_and_each_number_another() {
        for texture in Texture::ALL {
            let picture = |number| texture.picture(32, 5, number).unwrap();
            assert_eq!(picture(3), picture(3));
            assert_ne!(picture(3), picture(4), "{}", texture.name());
            let image = picture(0);
            let mut colors: Vec<&[u8]> = image.pixels().chunks_exact(3).collect();
            colors.sort();
            colors.dedup();
            let expected = match texture {
                Texture::Flat => 1..=1,
                Texture::Stripes | Texture::Checkers => 2..=2,
                Texture::Gradient | Texture::Clouds => 16..=1024,
                Texture::Noise => 1020..=1024,
            };
            assert!(expected.contains(&colors.len()), "{}: {}", texture.name(), colors.len());
        }
        assert!(Texture::Flat.picture(0, 0, 0).is_err());
    }
}
