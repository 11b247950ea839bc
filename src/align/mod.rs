//! Faces in photos, and the squares around them as FFHQ's pictures are cut.
//!
//! 1. [`BlazeFace`] looks at the whole photo and at overlapping tiles of it, at turned copies where that finds nothing
//!    ([`pyramid`] has the copies, [`detections`] what is kept of what the network says).
//! 2. Each face is looked at again in a square of its own, turned upright and as large as the network likes it, then
//!    four times more, turned a little and mirrored. What most of these looks do not see is no face.
//! 3. [`frame`] makes FFHQ's square of the mean of their points.
//!
//! All of it runs on the thread that asks.

mod detections;
mod frame;
mod pyramid;

use std::sync::OnceLock;

use candle_core::Device;

use crate::crop::{Crop, TurnedSquare};
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::models::{BlazeFace, shipped};
use crate::nn::Parameters;
use crate::report::FoundFace;
pub use detections::Detection;
use detections::{merged, without_doubles};
pub use frame::{Frame, INPUTS};
use pyramid::Pyramid;

/// Score from which on something may be a face; MediaPipe's.
const LEAST: f32 = 0.5;
/// Mean score of the last looks from which on it is one.
const SURE: f32 = 0.6;
/// Most faces of a photo.
const MOST: usize = 16;
/// Side of the square in which a face is looked at again, over that of FFHQ's.
const ROOM: f64 = 1.3;
/// Side of that square the first time, when its place is not as certain.
const FIRST_ROOM: f64 = 1.6;
/// Degrees that the last looks are turned by; each is taken mirrored too.
const TURNS: [f64; 2] = [-10.0, 10.0];
/// Turns in which a photo is looked at where it shows no face upright.
const WHOLE_TURNS: [f64; 5] = [90.0, -90.0, 180.0, -45.0, 45.0];

/// Finds faces.
pub struct Aligner {
    network: BlazeFace,
    frame: Frame,
}

impl Aligner {
    /// The one inside the program.
    ///
    /// # Errors
    /// If what is inside the program is damaged.
    pub fn shipped() -> Result<&'static Aligner> {
        static SHIPPED: OnceLock<std::result::Result<Aligner, String>> = OnceLock::new();
        let aligner = SHIPPED.get_or_init(|| {
            let tensors = candle_core::safetensors::load_buffer(shipped::BLAZEFACE, &Device::Cpu);
            let tensors = tensors.map_err(|error| error.to_string())?;
            let network = BlazeFace::new(Parameters::frozen(tensors, &Device::Cpu).var_builder());
            Ok(Aligner { network: network.map_err(|error| error.to_string())?, frame: Frame::shipped()? })
        });
        aligner.as_ref().map_err(|reason| Error::Fault(format!("the network that finds faces: {reason}")))
    }

    /// The faces in a photo, the most prominent first: a face counts for its size, and at the edge half as much as in
    /// the middle. A square photo that already is as FFHQ's are, as well as can be told, is taken whole.
    ///
    /// # Errors
    /// A network that fails.
    pub fn faces(&self, photo: &ImageBuf) -> Result<Vec<FoundFace>> {
        self.found(photo, false)
    }

    /// The largest face in a photo, none if none is found.
    ///
    /// # Errors
    /// As [`Aligner::faces`].
    pub fn largest(&self, photo: &ImageBuf) -> Result<Option<FoundFace>> {
        let faces = self.found(photo, true)?;
        Ok(faces.into_iter().max_by(|a, b| a.crop.size.total_cmp(&b.crop.size)))
    }

    /// With `whole`, smaller faces are not sought where the whole photo shows some.
    fn found(&self, photo: &ImageBuf, whole: bool) -> Result<Vec<FoundFace>> {
        let mut pyramid = Pyramid::of(photo);
        let mut faces = Vec::new();
        for look in 0..3 {
            let seen = match look {
                0 => self.seen_upright(&mut pyramid, whole)?,
                1 => self.seen_turned(&mut pyramid)?,
                // Else they were looked at.
                _ if !whole => break,
                _ => self.seen_in_tiles(&mut pyramid, 2)?,
            };
            faces = self.confirmed(&mut pyramid, seen)?;
            if !faces.is_empty() {
                break;
            }
        }
        let (width, height) = (photo.width(), photo.height());
        let half_diagonal = (width as f64).hypot(height as f64) / 2.0;
        let weight = |(square, _): &(TurnedSquare, f32)| {
            let away = (square.center[0] - width as f64 / 2.0).hypot(square.center[1] - height as f64 / 2.0);
            square.side * (1.0 - 0.5 * away / half_diagonal)
        };
        faces.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        let crop = |square| match is_whole(square, width, height) {
            true => Crop::default(),
            false => rounded(Crop::of_square(square, width, height)),
        };
        Ok(faces.into_iter().map(|(square, score)| FoundFace { crop: crop(square), score }).collect())
    }

    /// Faces that the network sees in the whole photo, and in its tiles.
    fn seen_upright(&self, pyramid: &mut Pyramid, whole: bool) -> Result<Vec<Detection>> {
        let mut seen = self.seen_in_tiles(pyramid, 0)?;
        if seen.is_empty() {
            // A face that fills a picture is seen better from farther away, one in a tiny picture from nearer by.
            seen = self.look(pyramid, pyramid.around(1.25, 0.0), false)?;
        }
        if !whole || seen.is_empty() {
            seen.extend(self.seen_in_tiles(pyramid, 1)?);
        }
        if !whole {
            seen.extend(self.seen_in_tiles(pyramid, 2)?);
        }
        Ok(seen)
    }

    fn seen_in_tiles(&self, pyramid: &mut Pyramid, level: usize) -> Result<Vec<Detection>> {
        let mut seen = Vec::new();
        for (tile, square) in pyramid.tiles(level) {
            let faces = merged(&self.network.faces(&tile, LEAST)?);
            seen.extend(faces.iter().map(|face| Detection::placed(face, square)));
        }
        seen.retain(|face| pyramid.has(face.center));
        Ok(seen)
    }

    fn seen_turned(&self, pyramid: &mut Pyramid) -> Result<Vec<Detection>> {
        let mut seen = Vec::new();
        for degrees in WHOLE_TURNS {
            let square = pyramid.around(1.0, degrees);
            seen.extend(self.look(pyramid, square, false)?);
        }
        seen.retain(|face| pyramid.has(face.center));
        Ok(seen)
    }

    /// FFHQ's squares of those that are faces, with their scores.
    fn confirmed(&self, pyramid: &mut Pyramid, seen: Vec<Detection>) -> Result<Vec<(TurnedSquare, f32)>> {
        let mut faces = Vec::new();
        for seen in without_doubles(seen).into_iter().take(MOST) {
            if let Some((looks, score)) = self.looked_at_again(pyramid, &seen)? {
                faces.push((self.frame.square(&looks), score));
            }
        }
        // One face may have been seen in two tiles, and twice only before it was looked at again.
        let mut kept: Vec<(TurnedSquare, f32)> = Vec::new();
        for (square, score) in faces {
            let apart = |other: &TurnedSquare| {
                let [x, y] = [0, 1].map(|axis| other.center[axis] - square.center[axis]);
                x.hypot(y) > 0.35 * other.side.max(square.side)
            };
            if pyramid.has(square.center) && kept.iter().all(|(other, _)| apart(other)) {
                kept.push((square, score));
            }
        }
        Ok(kept)
    }

    /// The mean of what the last looks see of a face, and of their scores; none if they do not see one.
    fn looked_at_again(&self, pyramid: &mut Pyramid, seen: &Detection) -> Result<Option<(Detection, f32)>> {
        let first = Frame::plain_square(seen);
        let Some(nearer) = self.nearest(pyramid, grown(first, FIRST_ROOM, 0.0), false)? else {
            return Ok(None);
        };
        let square = Frame::plain_square(&nearer);
        let mut looks = Vec::new();
        for turn in TURNS {
            for mirrored in [false, true] {
                looks.extend(self.nearest(pyramid, grown(square, ROOM, turn), mirrored)?);
            }
        }
        let score = looks.iter().map(|look| look.score).sum::<f32>() / (2 * TURNS.len()) as f32;
        if score < SURE {
            return Ok(None);
        }
        Ok(Detection::mean(&looks).map(|mean| (mean, score)))
    }

    /// The face that is nearest to the middle of a square.
    fn nearest(
        &self,
        pyramid: &mut Pyramid,
        square: TurnedSquare,
        mirrored: bool,
    ) -> Result<Option<Detection>> {
        let away = |face: &Detection| {
            let [x, y] = [0, 1].map(|axis| face.center[axis] - square.center[axis]);
            x.hypot(y) / square.side
        };
        let seen = self.look(pyramid, square, mirrored)?.into_iter().filter(|face| away(face) < 0.25);
        let worth = |face: &Detection| f64::from(face.score) - 2.0 * away(face);
        Ok(seen.max_by(|a, b| worth(a).total_cmp(&worth(b))))
    }

    fn look(&self, pyramid: &mut Pyramid, square: TurnedSquare, mirrored: bool) -> Result<Vec<Detection>> {
        let picture = pyramid.cut(square, BlazeFace::SIDE);
        let faces = match mirrored {
            false => merged(&self.network.faces(&picture, LEAST)?),
            true => {
                let faces = merged(&self.network.faces(&flipped(&picture), LEAST)?);
                faces.iter().map(detections::mirrored).collect()
            }
        };
        Ok(faces.iter().map(|face| Detection::placed(face, square)).collect())
    }

    /// Input of a fit of [`Frame`]: the mean of the last looks at the face of a square that is about right; none if
    /// they do not see it.
    ///
    /// # Errors
    /// As [`Aligner::faces`].
    pub fn points_in(&self, photo: &ImageBuf, about: TurnedSquare) -> Result<Option<Detection>> {
        let mut pyramid = Pyramid::of(photo);
        let Some(seen) = self.nearest(&mut pyramid, grown(about, FIRST_ROOM, 0.0), false)? else {
            return Ok(None);
        };
        Ok(self.looked_at_again(&mut pyramid, &seen)?.map(|(mean, _)| mean))
    }
}

fn grown(square: TurnedSquare, room: f64, turn: f64) -> TurnedSquare {
    TurnedSquare { side: square.side * room, degrees: square.degrees + turn, ..square }
}

fn flipped(picture: &ImageBuf) -> ImageBuf {
    let (width, height) = (picture.width(), picture.height());
    let rows = picture.pixels().chunks_exact(3 * width);
    let pixels = rows.flat_map(|row| row.as_chunks::<3>().0.iter().rev().flatten().copied()).collect();
    ImageBuf::new(width, height, pixels).expect("as many pixels as before")
}

/// Whether a square photo is about this square. The bounds are about what 19 of 20 faces of FFHQ are found within of
/// the whole picture, see the card of the weights.
fn is_whole(square: TurnedSquare, width: usize, height: usize) -> bool {
    let (short, long) = (width.min(height) as f64, width.max(height) as f64);
    let off = |axis: usize, length: usize| (square.center[axis] - length as f64 / 2.0).abs() < 0.03 * short;
    long <= 1.02 * short
        && off(0, width)
        && off(1, height)
        && (square.side / short).ln().abs() < 0.12
        && square.degrees.abs() < 4.0
}

/// Digits that a person can read, finer than the network sees.
fn rounded(crop: Crop) -> Crop {
    let to = |value: f32, digits: f32| (value * digits).round() / digits;
    // Upright squares are held inside the photo.
    let angle = if to(crop.angle, 10.0) == 0.0 { 0.1 } else { to(crop.angle, 10.0) };
    let part = |value| to(value, 1e4);
    Crop { center_x: part(crop.center_x), center_y: part(crop.center_y), size: part(crop.size), angle }
}

#[cfg(test)]
mod tests;
