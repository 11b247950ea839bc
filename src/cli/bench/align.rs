//! `morphospace bench align`: how well faces are found and cut in photos whose right squares are known, and what that
//! is worth to a model; with `--calibrate` the fit of the map from points to FFHQ's squares.
//!
//! A photo is made of an aligned picture of FFHQ: it is laid somewhere into a larger one, sized and turned. Around it
//! it is mirrored, and that fades into its colours far out of focus, as FFHQ's own pictures end at the edges of photos.

use std::path::{Path, PathBuf};
use std::time::Instant;

use candle_core::Device;
use serde::Serialize;

use super::figures::median;
use crate::align::{Aligner, Frame, INPUTS};
use crate::cli::output::{print_json, print_line};
use crate::cli::table;
use crate::config::Split;
use crate::crop::{Crop, TurnedSquare};
use crate::data::decode::read_image;
use crate::data::identity::identities;
use crate::data::source::Source;
use crate::data::split::split_of;
use crate::error::{Error, Result};
use crate::export::write_png;
use crate::image_buf::ImageBuf;
use crate::latent::directions::regression::ridge;
use crate::metrics::pixel_metrics;
use crate::random::RandomStream;
use crate::report::PixelMetrics;
use crate::report::quantities::{PSNR, RE, SSIM};
use crate::resample::{crop_resize, cut_turned};
use crate::run::TrainedModel;

/// Pixels on a side of the photos that are made.
const PHOTO: usize = 512;
/// Side of the face's square, in parts of the photo's.
const SIZES: [f64; 2] = [0.35, 0.75];
/// Degrees that it is turned by, at most.
const TURN: f64 = 30.0;
/// Parts of its side over which a face fades into its surroundings.
const FADE: f64 = 0.2;
/// Penalty of the fit.
const PENALTY: f64 = 1e-3;

#[derive(clap::Args)]
pub struct Options {
    /// Folder of pictures that are aligned as FFHQ's are
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Photos to make: of the test split, or to fit to of the training split
    #[arg(long, default_value_t = 200)]
    count: usize,
    /// Model that reconstructs what was cut
    #[arg(long, default_value = "ae-ffhq-64")]
    model: PathBuf,
    /// Seed of places, sizes and angles
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Fit the map from points to squares to the training split and write it to this file
    #[arg(long, value_name = "FILE")]
    calibrate: Option<PathBuf>,
    /// Write the first photos, with what was cut out of them, as a PNG
    #[arg(long, value_name = "FILE", conflicts_with = "calibrate")]
    sheet: Option<PathBuf>,
}

/// Errors of found squares: median and the value that 19 of 20 stay below.
#[derive(Serialize)]
struct Offsets {
    /// Distance of the centres, in sides of the right square.
    center: [f64; 2],
    /// Degrees.
    angle: [f64; 2],
    /// Parts of the right side.
    size: [f64; 2],
}

#[derive(Serialize)]
struct Alignment {
    n: usize,
    found: usize,
    /// Median per photo, to find the faces in it.
    milliseconds: f64,
    offsets: Offsets,
    rows: Vec<CutRow>,
}

/// Reconstructions of one way to cut.
#[derive(Serialize)]
struct CutRow {
    name: &'static str,
    /// Of the reconstruction beside what was cut.
    #[serde(flatten)]
    metrics: PixelMetrics,
    /// Of what the reconstruction shows of the right square, beside that.
    face: PixelMetrics,
}

/// A made photo and the right square in it.
struct Planted {
    photo: ImageBuf,
    right: TurnedSquare,
}

/// # Errors
/// Pictures or a model that cannot be read; nothing that can be measured; a file that cannot be written.
pub fn run(options: &Options, json: bool) -> Result<()> {
    match &options.calibrate {
        Some(file) => calibrate(options, file),
        None => measure(options, json),
    }
}

fn measure(options: &Options, json: bool) -> Result<()> {
    let model = TrainedModel::open(&options.model, &Device::Cpu)?;
    let size = model.image_size();
    let aligner = Aligner::shipped()?;
    let (mut times, mut offsets) = (Vec::new(), [const { Vec::new() }; 3]);
    let (mut cuts, mut all_crops, mut rights) =
        ([const { Vec::new() }; 3], [const { Vec::new() }; 3], Vec::new());
    let (mut n, mut sheet) = (0, Vec::new());
    for planted in photos(options, Split::Test)? {
        let Planted { photo, right } = planted?;
        n += 1;
        let began = Instant::now();
        let faces = aligner.faces(&photo)?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        let right_crop = Crop::of_square(right, PHOTO, PHOTO);
        let found = faces.first().map(|face| face.crop);
        if let Some(crop) = found {
            let square = crop.to_square(PHOTO, PHOTO);
            let away = [0, 1].map(|axis| square.center[axis] - right.center[axis]);
            let turn = (square.degrees - right.degrees + 180.0).rem_euclid(360.0) - 180.0;
            offsets[0].push(away[0].hypot(away[1]) / right.side);
            offsets[1].push(turn.abs());
            offsets[2].push((square.side / right.side - 1.0).abs());
        }
        let crops = [Crop::default(), found.unwrap_or_default(), right_crop];
        let squares = crops.map(|crop| crop_resize(&photo, crop, size));
        if sheet.len() < 8 * 4 {
            sheet.push(crop_resize(&photo, Crop::default(), 2 * size));
            sheet.extend(squares.iter().cloned());
        }
        cuts.iter_mut().zip(squares).for_each(|(cut, square)| cut.push(square));
        all_crops.iter_mut().zip(crops).for_each(|(all, crop)| all.push(crop.to_square(PHOTO, PHOTO)));
        rights.push(right);
    }
    if let (Some(file), Some(sheet)) = (&options.sheet, ImageBuf::grid(&sheet, 4, 4, [32; 3])) {
        write_png(&sheet, file)?;
    }
    let both = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let high = values.get((values.len() * 95 / 100).min(values.len().saturating_sub(1)));
        [median(values.clone()), high.copied().unwrap_or(f64::NAN)]
    };
    let found = offsets[0].len();
    let [center, angle, by_size] = offsets.map(both);
    let mut rows = Vec::new();
    let right_cuts = cuts[2].clone();
    let ways = ["middle square", "aligned", "right square"].into_iter().zip(cuts).zip(all_crops);
    for ((name, cut), crops) in ways {
        let mut outputs = Vec::new();
        for squares in cut.chunks(32) {
            let codes = model.encode(squares)?.mu;
            outputs.extend(model.decode(&codes)?);
        }
        let in_right = outputs.iter().zip(crops.iter().zip(&rights));
        let seen =
            in_right.map(|(output, (crop, right))| cut_turned(output, within(*right, *crop, size), size));
        let faces: Vec<_> = right_cuts.iter().cloned().zip(seen).collect();
        let pairs: Vec<_> = cut.into_iter().zip(outputs).collect();
        rows.push(CutRow { name, metrics: pixel_metrics(&pairs)?, face: pixel_metrics(&faces)? });
    }
    let alignment = Alignment {
        n,
        found,
        milliseconds: median(times),
        offsets: Offsets { center, angle, size: by_size },
        rows,
    };
    if json { print_json(&alignment) } else { print_line(&in_words(&alignment)) }
}

/// A square of a photo in the picture, `size` pixels a side, of another.
fn within(square: TurnedSquare, of: TurnedSquare, size: usize) -> TurnedSquare {
    let (sin, cos) = of.degrees.to_radians().sin_cos();
    let scale = size as f64 / of.side;
    let [x, y] = [0, 1].map(|axis| (square.center[axis] - of.center[axis]) * scale);
    let middle = size as f64 / 2.0;
    TurnedSquare {
        center: [middle + x * cos + y * sin, middle + y * cos - x * sin],
        side: square.side * scale,
        degrees: square.degrees - of.degrees,
    }
}

fn in_words(alignment: &Alignment) -> String {
    let Alignment { n, found, milliseconds, offsets, rows } = alignment;
    let mut lines = vec![
        ["cut", "RE ↓", "PSNR ↑", "SSIM ↑", "RE of the face ↓", "PSNR ↑", "SSIM ↑"]
            .map(str::to_owned)
            .to_vec(),
    ];
    lines.extend(rows.iter().map(|CutRow { name, metrics, face }| {
        let numbers = [metrics, face]
            .map(|PixelMetrics { re, psnr, ssim, .. }| [RE.shown(*re), PSNR.shown(*psnr), SSIM.shown(*ssim)]);
        std::iter::once((*name).to_owned()).chain(numbers.into_iter().flatten()).collect()
    }));
    let Offsets { center, angle, size } = offsets;
    format!(
        "{}\n{found} of {n} faces found, {milliseconds:.1} ms a photo; median and 95 % of the errors: centre {:.3} and \
         {:.3} sides, angle {:.2}° and {:.2}°, size {:.1} and {:.1} %",
        table::align(&lines),
        center[0],
        center[1],
        angle[0],
        angle[1],
        100.0 * size[0],
        100.0 * size[1]
    )
}

fn calibrate(options: &Options, file: &Path) -> Result<()> {
    let aligner = Aligner::shipped()?;
    let (mut inputs, mut outputs) = (Vec::new(), [const { Vec::new() }; 4]);
    let mut n = 0;
    for planted in photos(options, Split::Train)? {
        let Planted { photo, right } = planted?;
        n += 1;
        let Some(looked) = aligner.points_in(&photo, right)? else { continue };
        // Mirrored too, so that neither side is preferred.
        let mirror = TurnedSquare {
            center: [PHOTO as f64 - right.center[0], right.center[1]],
            degrees: -right.degrees,
            ..right
        };
        for (looked, right) in [(looked, right), (looked.mirrored(PHOTO as f64), mirror)] {
            let all = Frame::inputs(&looked, Frame::plain_square(&looked));
            inputs.push(all[..INPUTS - 1].iter().map(|value| *value as f32).collect::<Vec<f32>>());
            for (column, output) in outputs.iter_mut().zip(Frame::outputs(&looked, right)) {
                column.push(output);
            }
        }
    }
    let mut frame = Frame { weights: [[0.0; INPUTS]; 4] };
    for (row, y) in frame.weights.iter_mut().zip(&outputs) {
        let fit = ridge(&inputs, y, PENALTY)?;
        let weights = fit.weights.iter().copied().chain([fit.intercept]);
        row.iter_mut().zip(weights).for_each(|(slot, weight)| *slot = (weight * 1e6).round() / 1e6);
    }
    let text = serde_json::to_string(&frame).map_err(|error| Error::Invalid(error.to_string()))?;
    std::fs::write(file, text.replace("],[", "],\n[") + "\n").map_err(Error::io("write", file))?;
    print_line(&format!("fitted to {} of {n} faces\n{}", inputs.len() / 2, file.display()))
}

/// The photos of a part of the pictures, made when they are asked for.
fn photos(options: &Options, split: Split) -> Result<impl Iterator<Item = Result<Planted>>> {
    let source = Source::open(&options.data, &mut |_| std::ops::ControlFlow::Continue(()))?;
    let names = identities(source.images().iter().map(|image| image.name.as_str()));
    let listed = source.images().iter().zip(names).filter(|(_, name)| split_of(name) == split);
    let files: Vec<PathBuf> = listed.map(|(image, _)| image.path.clone()).take(options.count).collect();
    if files.is_empty() {
        let reason = format!("no picture of it is in the {} split", split.label());
        return Err(Error::file(&options.data, reason));
    }
    let seed = options.seed;
    Ok(files.into_iter().enumerate().map(move |(number, file)| {
        let face = read_image(&file)?;
        Ok(planted(&face, &mut RandomStream::of_stream(seed, number as u64)))
    }))
}

/// A photo with a face somewhere in it.
fn planted(face: &ImageBuf, draws: &mut RandomStream) -> Planted {
    let mut between = |low: f64, high: f64| low + (high - low) * f64::from(draws.unit());
    let side = PHOTO as f64 * between(SIZES[0], SIZES[1]);
    let degrees = between(-TURN, TURN);
    let (low, high) = (0.5 * side, PHOTO as f64 - 0.5 * side);
    let right = TurnedSquare { center: [between(low, high), between(low, high)], side, degrees };
    // The whole photo, in pixels of the face.
    let scale = face.width() as f64 / side;
    let (sin, cos) = degrees.to_radians().sin_cos();
    let in_face = |x: f64, y: f64| {
        let [x, y] = [x - right.center[0], y - right.center[1]].map(|v| v * scale);
        let middle = [face.width() as f64 / 2.0, face.height() as f64 / 2.0];
        [middle[0] + x * cos + y * sin, middle[1] + y * cos - x * sin]
    };
    let whole = |parts: f64| TurnedSquare {
        center: in_face(PHOTO as f64 / 2.0, PHOTO as f64 / 2.0).map(|v| v * parts),
        side: PHOTO as f64 * scale * parts,
        degrees: -degrees,
    };
    let near = cut_turned(face, whole(1.0), PHOTO);
    let blurred = crop_resize(face, Crop::default(), 6);
    let far = cut_turned(&blurred, whole(6.0 / face.width() as f64), PHOTO);
    let mut pixels = Vec::with_capacity(PHOTO * PHOTO * 3);
    for (at, (near, far)) in near.pixels().iter().zip(far.pixels()).enumerate() {
        let (x, y) = (at / 3 % PHOTO, at / 3 / PHOTO);
        let place = in_face(x as f64 + 0.5, y as f64 + 0.5);
        let beyond = |v: f64| (-v).max(v - face.width() as f64).max(0.0) / face.width() as f64;
        let part = (beyond(place[0]).hypot(beyond(place[1])) / FADE).min(1.0);
        pixels.push((f64::from(*near) * (1.0 - part) + f64::from(*far) * part).round() as u8);
    }
    let photo = ImageBuf::new(PHOTO, PHOTO, pixels).expect("as many pixels were made");
    Planted { photo, right }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_square_of_a_made_photo_is_the_picture() {
        let value = |x: usize, y: usize| ((x * 2 + y) % 200 + 20) as u8;
        let pixels = (0..128 * 128 * 3).map(|at| value(at / 3 % 128, at / 3 / 128)).collect();
        let smooth = ImageBuf::new(128, 128, pixels).unwrap();
        for number in 0..3 {
            let Planted { photo, right } = planted(&smooth, &mut RandomStream::of_stream(0, number));
            let found = cut_turned(&photo, right, 32);
            let expected = crop_resize(&smooth, Crop::default(), 32);
            let difference: f64 =
                found.pixels().iter().zip(expected.pixels()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
            assert!(difference / (32.0 * 32.0 * 3.0) < 6.0, "{difference}");
        }
    }
}
