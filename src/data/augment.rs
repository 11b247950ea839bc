//! Variations of training pictures, so that few photos teach more than themselves. All draws of a picture come
//! from the random numbers that it is given, in a fixed number and order.

use crate::config::Augmentation;
use crate::random::RandomStream;

/// Width of the soft edge between two mixed pictures, in parts of the picture's side.
const EDGE: f32 = 0.15;

/// The draws for one picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variation {
    flip: bool,
    /// Pixels to the right and down.
    shift: [i32; 2],
    gain: [f32; 3],
    /// Whether another picture comes in, the direction of the edge in radians, and how far from the centre it
    /// lies, in parts of the side.
    mix: Option<(f32, f32)>,
}

impl Variation {
    /// Draws one, mirrored left to right if `flip`.
    pub fn draw(augmentation: Augmentation, flip: bool, random: &mut RandomStream) -> Self {
        let reach = augmentation.shift as f32;
        let mut offset = || ((random.unit() * (2.0 * reach + 1.0)).floor() - reach).min(reach) as i32;
        let shift = [offset(), offset()];
        let color = augmentation.color as f32;
        let whole = color * normal(random);
        let gain = std::array::from_fn(|_| (whole + 0.5 * color * normal(random)).exp());
        let (chance, turn, place) = (random.unit(), random.unit(), random.unit());
        let mix =
            (chance < augmentation.mix as f32).then_some((turn * std::f32::consts::TAU, (place - 0.5) * 0.6));
        Self { flip, shift, gain, mix }
    }

    /// The picture `image` (size × size × RGB bytes) so varied, as floats in [0, 1] added to `pixels`.
    pub fn apply(self, image: &[u8], size: usize, pixels: &mut Vec<f32>) {
        let last = size as i32 - 1;
        let source = |at: usize, shift: i32| (at as i32 - shift).clamp(0, last) as usize;
        // Once a picture and not once a pixel.
        let columns: Vec<usize> = (0..size)
            .map(|x| source(x, self.shift[0]))
            .map(|from| if self.flip { size - 1 - from } else { from })
            .collect();
        let values = self.gain.map(|gain| -> [f32; 256] {
            std::array::from_fn(|value| (value as f32 / 255.0 * gain).min(1.0))
        });
        for y in 0..size {
            let row = &image[source(y, self.shift[1]) * size * 3..][..size * 3];
            for from in &columns {
                let pixel = &row[from * 3..][..3];
                pixels.extend(pixel.iter().zip(&values).map(|(value, values)| values[usize::from(*value)]));
            }
        }
    }

    /// Whether [`Variation::blend`] changes anything.
    pub fn is_mixed(self) -> bool {
        self.mix.is_some()
    }

    /// Blends `other` into `picture` beyond a soft straight edge, where this variation wants it.
    pub fn blend(self, picture: &mut [f32], other: &[f32], size: usize) {
        let Some((turn, place)) = self.mix else { return };
        let (sin, cos) = turn.sin_cos();
        let center = 0.5 * (size as f32 - 1.0);
        for (index, (pixel, other)) in picture.chunks_exact_mut(3).zip(other.chunks_exact(3)).enumerate() {
            let (x, y) = ((index % size) as f32 - center, (index / size) as f32 - center);
            let beyond = (x * cos + y * sin) / size as f32 - place;
            let t = (beyond / EDGE + 0.5).clamp(0.0, 1.0);
            let part = t * t * (3.0 - 2.0 * t);
            for (value, other) in pixel.iter_mut().zip(other) {
                *value += part * (other - *value);
            }
        }
    }
}

/// Standard normal, by Box and Muller.
fn normal(random: &mut RandomStream) -> f32 {
    let (radius, angle) = (1.0 - random.unit(), random.unit());
    (-2.0 * radius.ln()).sqrt() * (angle * std::f32::consts::TAU).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 16;

    fn picture() -> Vec<u8> {
        (0..SIZE * SIZE).flat_map(|i| [(i % SIZE) as u8 * 8, (i / SIZE) as u8 * 8, 40]).collect()
    }

    fn varied(augmentation: Augmentation, count: usize) -> Vec<(Variation, Vec<f32>)> {
        let mut random = RandomStream::new(3);
        let one = |_| {
            let variation = Variation::draw(augmentation, false, &mut random);
            let mut pixels = Vec::new();
            variation.apply(&picture(), SIZE, &mut pixels);
            (variation, pixels)
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn nothing_asked_for_changes_nothing() {
        let plain: Vec<f32> = picture().iter().map(|v| f32::from(*v) / 255.0).collect();
        for (variation, mut pixels) in varied(Augmentation::NONE, 20) {
            assert_eq!(pixels, plain);
            variation.blend(&mut pixels, &vec![1.0; plain.len()], SIZE);
            assert_eq!(pixels, plain);
        }
    }

    #[test]
    fn shifts_reach_their_bound_evenly_and_repeat_the_edge() {
        let reach = 2;
        let mut seen = [0; 5];
        for (variation, pixels) in varied(Augmentation { shift: reach, ..Augmentation::NONE }, 1000) {
            let right = variation.shift[0];
            seen[(right + reach as i32) as usize] += 1;
            let columns: Vec<f32> = (0..SIZE).map(|x| (pixels[x * 3] * 255.0 / 8.0).round()).collect();
            let expected = (0..SIZE as i32).map(|x| (x - right).clamp(0, SIZE as i32 - 1) as f32);
            assert!(columns.into_iter().eq(expected), "shifted by {right}");
        }
        // 200 each, with a standard deviation of 13.
        assert!(seen.iter().all(|count| (140..260).contains(count)), "{seen:?}");
    }

    #[test]
    fn colors_vary_around_their_own_and_stay_in_range() {
        let all = varied(Augmentation { color: 0.2, ..Augmentation::NONE }, 2000);
        let logs: Vec<f64> = all.iter().map(|(v, _)| f64::from(v.gain[1]).ln()).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        let variance = logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / logs.len() as f64;
        // Five standard errors around 0 and 0.2² + 0.1² = 0.05.
        assert!(mean.abs() < 0.025 && (variance - 0.05).abs() < 0.008, "{mean} {variance}");
        assert!(all.iter().flat_map(|(_, pixels)| pixels).all(|v| (0.0..=1.0).contains(v)));
    }

    #[test]
    fn a_mix_shows_both_pictures_and_a_soft_edge() {
        let (mut mixed, mut count) = (0, 0);
        for (variation, _) in varied(Augmentation { mix: 0.5, ..Augmentation::NONE }, 400) {
            let mut pixels = vec![0.0; SIZE * SIZE * 3];
            variation.blend(&mut pixels, &vec![1.0; SIZE * SIZE * 3], SIZE);
            count += 1;
            if pixels.iter().any(|v| *v > 0.0) {
                mixed += 1;
                assert!(pixels.contains(&0.0) && pixels.contains(&1.0), "{variation:?}");
                assert!(pixels.iter().any(|v| (0.2..0.8).contains(v)));
            }
        }
        assert!((mixed as f64 / count as f64 - 0.5).abs() < 0.125, "{mixed} of {count}");
    }
}
