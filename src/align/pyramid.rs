//! A photo at several sizes.

use crate::crop::TurnedSquare;
use crate::image_buf::ImageBuf;
use crate::models::BlazeFace;
use crate::resample::{cut_turned, fit_within};

/// Copies of a photo: as it is, then from the coarsest on those whose longer side is 1, 2, 4 and 8 times what the
/// network sees.
pub(super) struct Pyramid<'a> {
    photo: &'a ImageBuf,
    copies: [Option<ImageBuf>; LEVELS],
}

const LEVELS: usize = 4;
const SIDE: usize = BlazeFace::SIDE;
/// Pixels from a tile to the next, at most. A face that is larger than the overlap and lies across an edge is seen in
/// the coarser copy.
const STEP: usize = SIDE * 3 / 4;

impl<'a> Pyramid<'a> {
    /// The copies of a photo; they are made when they are needed.
    pub fn of(photo: &'a ImageBuf) -> Self {
        Pyramid { photo, copies: Default::default() }
    }

    /// Whether a place lies in the photo.
    pub fn has(&self, [x, y]: [f64; 2]) -> bool {
        (0.0..=self.photo.width() as f64).contains(&x) && (0.0..=self.photo.height() as f64).contains(&y)
    }

    /// The square around the middle whose side is so many times the photo's longer one, turned.
    pub fn around(&self, times: f64, degrees: f64) -> TurnedSquare {
        let sides = [self.photo.width() as f64, self.photo.height() as f64];
        TurnedSquare { center: sides.map(|side| side / 2.0), side: times * sides[0].max(sides[1]), degrees }
    }

    /// Overlapping squares of what the network sees, that cover the copy of a level (black where the photo ends), each
    /// with the square of the photo that it shows. None where the photo is too small for a copy that differs from the
    /// coarser one.
    pub fn tiles(&mut self, level: usize) -> Vec<(ImageBuf, TurnedSquare)> {
        let long = self.photo.width().max(self.photo.height());
        if level > 0 && long * 4 < (SIDE << level) * 3 {
            return Vec::new();
        }
        let scale = self.scale(level);
        let copy = self.copy(level);
        let origins = |length: usize| -> Vec<i64> {
            if length <= SIDE {
                return vec![-((SIDE - length) as i64 / 2)];
            }
            let steps = (length - SIDE).div_ceil(STEP);
            (0..=steps).map(|step| ((length - SIDE) * step / steps) as i64).collect()
        };
        let mut tiles = Vec::new();
        for top in origins(copy.height()) {
            for left in origins(copy.width()) {
                let center = [left, top].map(|at| at as f64 + SIDE as f64 / 2.0);
                let square = TurnedSquare {
                    center: [center[0] / scale[0], center[1] / scale[1]],
                    side: SIDE as f64 / (scale[0] * scale[1]).sqrt(),
                    degrees: 0.0,
                };
                tiles.push((tile(copy, left, top), square));
            }
        }
        tiles
    }

    /// A square of the photo as so many pixels a side, out of the coarsest copy that has as many.
    pub fn cut(&mut self, square: TurnedSquare, size: usize) -> ImageBuf {
        let long = self.photo.width().max(self.photo.height()) as f64;
        let enough = |level: &usize| (SIDE << level) as f64 / long * square.side >= size as f64;
        let Some(level) = (0..LEVELS).find(|level| enough(level) && (SIDE << level) as f64 <= long) else {
            return cut_turned(self.photo, square, size);
        };
        let scale = self.scale(level);
        let center = [square.center[0] * scale[0], square.center[1] * scale[1]];
        let side = square.side * (scale[0] * scale[1]).sqrt();
        cut_turned(self.copy(level), TurnedSquare { center, side, ..square }, size)
    }

    fn copy(&mut self, level: usize) -> &ImageBuf {
        if self.copies[level].is_none() {
            // Of the next finer one there is, which is smaller than the photo.
            let finer = self.copies[level..].iter().flatten().next().unwrap_or(self.photo);
            self.copies[level] = Some(fit_within(finer, SIDE << level));
        }
        self.copies[level].as_ref().unwrap_or(self.photo)
    }

    /// Of a copy, over the photo, across and down.
    fn scale(&mut self, level: usize) -> [f64; 2] {
        let (width, height) = (self.photo.width() as f64, self.photo.height() as f64);
        let copy = self.copy(level);
        [copy.width() as f64 / width, copy.height() as f64 / height]
    }
}

/// Part of a picture that the network sees, from a place on; black where there is none.
fn tile(picture: &ImageBuf, left: i64, top: i64) -> ImageBuf {
    let mut pixels = vec![0; SIDE * SIDE * 3];
    let (width, height) = (picture.width() as i64, picture.height() as i64);
    let (from, to) = (left.max(0), (left + SIDE as i64).min(width));
    for y in top.max(0)..(top + SIDE as i64).min(height) {
        let line = &picture.pixels()[3 * (y * width + from) as usize..3 * (y * width + to) as usize];
        let at = 3 * ((y - top) * SIDE as i64 + from - left) as usize;
        pixels[at..at + line.len()].copy_from_slice(line);
    }
    ImageBuf::new(SIDE, SIDE, pixels).expect("the buffer was made for this size")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_photo_and_say_where_they_lie() {
        let photo = ImageBuf::filled(1024, 300, [9; 3]);
        let mut pyramid = Pyramid::of(&photo);
        let tiles = pyramid.tiles(0);
        assert_eq!(tiles.len(), 1);
        let (tile, square) = &tiles[0];
        assert!((square.side - 1024.0).abs() < 8.0 && (square.center[0] - 512.0).abs() < 1.0);
        assert!((square.center[1] - 150.0).abs() < 8.0, "{square:?}");
        let at = |x: usize, y: usize| tile.pixels()[3 * (y * SIDE + x)];
        assert_eq!((at(5, 0), at(5, 64), at(127, 64), at(64, 127)), (0, 9, 9, 0));
        assert_eq!((pyramid.tiles(1).len(), pyramid.tiles(2).len()), (3, 10));
        // A photo that is as small as the network's pictures has no finer copy.
        let small = ImageBuf::filled(100, 100, [9; 3]);
        assert_eq!([0, 1, 2].map(|level| Pyramid::of(&small).tiles(level).len()), [1, 0, 0]);
        for (width, height) in [(1, 1), (1, 10_000), (10_000, 1), (3, 200)] {
            let photo = ImageBuf::filled(width, height, [9; 3]);
            let mut pyramid = Pyramid::of(&photo);
            for level in 0..3 {
                pyramid.tiles(level).iter().for_each(|(tile, _)| assert_eq!(tile.width(), SIDE));
            }
            let around = pyramid.around(1.25, 45.0);
            assert_eq!(pyramid.cut(around, 16), ImageBuf::filled(16, 16, [9; 3]));
        }
    }
}
