use std::collections::HashSet;

use super::factors::{Beard, Clothes, Glasses, HairStyle};
use super::*;
use crate::image_buf::ImageBuf;

const SIZE: usize = 64;

/// A face that shows every factor: awake, lips apart, looking at the viewer under an even light.
fn plain() -> Factors {
    Factors {
        eye_openness: 0.72,
        mouth_open: 0.3,
        age: 0.3,
        light_azimuth: 0.0,
        light_warmth: 0.0,
        hair_grey: 0.0,
        makeup: 0.2,
        freckles: 0.0,
        ..Factors::middle()
    }
}

fn index_of(name: &str) -> usize {
    Factors::RANGES.iter().position(|range| range.name == name).unwrap()
}

/// The face with one factor at the ends of its range.
fn ends(base: &Factors, index: usize) -> [Factors; 2] {
    let range = Factors::RANGES[index];
    [range.low, range.high].map(|value| {
        let mut moved = base.clone();
        *moved.values_mut()[index] = value;
        moved
    })
}

/// Of every pixel, the mean over the channels in steps of 255.
fn differences(a: &ImageBuf, b: &ImageBuf) -> Vec<f64> {
    let channels = a.pixels().iter().zip(b.pixels()).map(|(a, b)| f64::from(a.abs_diff(*b)));
    channels.collect::<Vec<_>>().chunks(3).map(|rgb| rgb.iter().sum::<f64>() / 3.0).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn the_same_face_is_the_same_bytes_on_every_thread() {
    let faces: Vec<Factors> = (0..12).map(|index| Factors::draw(7, index)).collect();
    let rendered = || faces.iter().map(|face| render(face, SIZE)).collect::<Vec<_>>();
    let here = rendered();
    let there = std::thread::spawn({
        // In another order, after other sizes: nothing of one face reaches the next.
        let faces = faces.clone();
        move || {
            render(&faces[3], 40);
            let mut back: Vec<_> = faces.iter().rev().map(|face| render(face, SIZE)).collect();
            back.reverse();
            back
        }
    });
    assert_eq!(here, there.join().unwrap());
    assert_eq!(here, rendered());
    assert_eq!(faces, (0..12).map(|index| Factors::draw(7, index)).collect::<Vec<_>>());
}

#[test]
fn every_factor_changes_the_picture() {
    let long = Factors { hair_style: HairStyle::LongParted, ..plain() };
    for (index, range) in Factors::RANGES.iter().enumerate() {
        let base = if range.name.starts_with("hair_") { &long } else { &plain() };
        let [low, high] = ends(base, index).map(|face| render(&face, SIZE));
        let mut middle = base.clone();
        *middle.values_mut()[index] = 0.5 * (range.low + range.high);
        let middle = render(&middle, SIZE);
        // The ends of a circle of hues are one.
        let far = if range.name.ends_with("_hue") { &middle } else { &high };
        let changed = differences(&low, far).iter().filter(|&&d| d >= 4.0).count();
        assert!(changed >= 20, "{} changes {changed} pixels only", range.name);
        assert!(middle != low && middle != high, "{} knows no middle", range.name);
    }
}

#[test]
fn factors_change_what_they_are_called_after() {
    // Left, top, right, bottom of the part of the picture, and how much of the change lies there.
    let (eyes, brows) = ((0.2, 0.34, 0.8, 0.58), (0.2, 0.22, 0.8, 0.52));
    let (nose, mouth) = ((0.33, 0.34, 0.67, 0.76), (0.28, 0.56, 0.72, 1.0));
    let (hair, bottom) = ((0.0, 0.0, 1.0, 0.5), (0.0, 0.8, 1.0, 1.0));
    for (names, (left, top, right, below), share) in [
        (&["gaze_x", "gaze_y", "eye_openness", "eye_colour"][..], eyes, 0.97),
        (&["brow_height", "brow_tilt", "brow_thickness"], brows, 0.97),
        (&["nose_length", "nose_width", "nose_bridge"], nose, 0.95),
        (&["mouth_open", "mouth_width", "lip_fullness"], mouth, 0.97),
        (&["smile"], mouth, 0.80),
        (&["hair_lightness", "hair_redness", "hair_grey", "hair_volume"], hair, 0.95),
        (&["clothes_lightness"], bottom, 0.80),
    ] {
        for name in names {
            let [low, high] = ends(&plain(), index_of(name)).map(|face| render(&face, SIZE));
            let differences = differences(&low, &high);
            let inside = |(index, _): &(usize, &f64)| {
                let x = (index % SIZE) as f64 / SIZE as f64;
                let y = (index / SIZE) as f64 / SIZE as f64;
                (left..right).contains(&x) && (top..below).contains(&y)
            };
            let there: f64 = differences.iter().enumerate().filter(inside).map(|(_, d)| d).sum();
            let found = there / differences.iter().sum::<f64>();
            assert!(found > share, "{name}: only {found:.2} of its change is there");
        }
    }
}

#[test]
fn a_turned_head_is_the_mirror_image_of_one_turned_the_other_way() {
    let base = Factors { hair_style: HairStyle::Bald, roll: 0.0, ..plain() };
    let turned =
        |side: f32| render(&Factors { yaw: 30.0 * side, light_azimuth: 25.0 * side, ..base.clone() }, SIZE);
    let (left, right) = (turned(-1.0), turned(1.0));
    let mut mirrored = Vec::new();
    for row in left.pixels().chunks(SIZE * 3) {
        mirrored.extend(row.chunks(3).rev().flatten());
    }
    let mirrored = ImageBuf::new(SIZE, SIZE, mirrored).unwrap();
    let same = mean(&differences(&mirrored, &right));
    let other = mean(&differences(&left, &right));
    assert!(same < 2.5 && other > 3.0 * same, "mirrored {same:.2}, not mirrored {other:.2}");
}

#[test]
fn every_style_looks_different() {
    let mut faces = Vec::new();
    let hairy = Factors { softness: 0.2, ..plain() };
    faces.extend(HairStyle::ALL.iter().map(|&hair_style| Factors { hair_style, ..hairy.clone() }));
    faces.extend(Glasses::ALL[1..].iter().map(|&glasses| Factors { glasses, ..hairy.clone() }));
    faces.extend(Beard::ALL[1..].iter().map(|&beard| Factors { beard, ..hairy.clone() }));
    faces.extend(Clothes::ALL[1..].iter().map(|&clothes| Factors { clothes, ..hairy.clone() }));
    let pictures: Vec<ImageBuf> = faces.iter().map(|face| render(face, SIZE)).collect();
    for (i, a) in pictures.iter().enumerate() {
        for (j, b) in pictures.iter().enumerate().skip(i + 1) {
            let changed = differences(a, b).iter().filter(|&&d| d >= 6.0).count();
            assert!(changed >= 25, "faces {i} and {j} differ in {changed} pixels only");
        }
    }
}

#[test]
fn a_small_picture_is_the_large_one_seen_from_afar() {
    for index in 0..16 {
        let face = Factors::draw(4, index);
        let (small, large) = (render(&face, SIZE), render(&face, 4 * SIZE));
        let mut shrunk = Vec::new();
        for y in 0..SIZE {
            for x in 0..SIZE {
                for channel in 0..3 {
                    let at = |i: usize| ((4 * y + i / 4) * 4 * SIZE + 4 * x + i % 4) * 3 + channel;
                    let sum: u32 = (0..16).map(|i| u32::from(large.pixels()[at(i)])).sum();
                    shrunk.push((sum / 16) as u8);
                }
            }
        }
        let shrunk = ImageBuf::new(SIZE, SIZE, shrunk).unwrap();
        let difference = mean(&differences(&small, &shrunk));
        assert!(difference < 6.0, "face {index} differs by {difference:.2}");
    }
}

#[test]
fn draws_fill_their_ranges_and_never_leave_them() {
    let faces: Vec<Factors> = (0..3000).map(|index| Factors::draw(1, index)).collect();
    for (index, range) in Factors::RANGES.iter().enumerate() {
        let values: Vec<f32> = faces.iter().map(|face| face.values()[index]).collect();
        let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)));
        assert!(low >= range.low && high <= range.high, "{}: {low} to {high}", range.name);
        let wide = 0.7 * (range.high - range.low);
        assert!(high - low > wide, "{}: only {low} to {high}", range.name);
    }
    fn met<T: PartialEq + Copy>(all: &[T], of: impl Iterator<Item = T>) -> bool {
        let drawn: Vec<T> = of.collect();
        all.iter().all(|style| drawn.contains(style))
    }
    assert!(met(HairStyle::ALL, faces.iter().map(|face| face.hair_style)));
    assert!(met(Glasses::ALL, faces.iter().map(|face| face.glasses)));
    assert!(met(Beard::ALL, faces.iter().map(|face| face.beard)));
    assert!(met(Clothes::ALL, faces.iter().map(|face| face.clothes)));
    assert_ne!(Factors::draw(1, 0), Factors::draw(2, 0));
}

#[test]
fn a_row_of_the_table_has_a_cell_for_every_name() {
    let names: HashSet<&str> = factors::names().collect();
    let cells = Factors::draw(0, 0).cells();
    assert_eq!(names.len(), cells.len());
    assert_eq!(cells.len(), Factors::RANGES.len() + 5);
    let yaw: f32 = cells[index_of("yaw")].parse().unwrap();
    assert_eq!(yaw, Factors::draw(0, 0).yaw);
}
