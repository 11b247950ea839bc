//! On NASA's portrait of Eileen Collins (public domain), `assets/portrait.jpg`.

use std::path::Path;

use super::*;
use crate::resample::cut_turned;

fn portrait() -> ImageBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/portrait.jpg");
    let decoded = image::open(path).unwrap().to_rgb8();
    ImageBuf::new(decoded.width() as usize, decoded.height() as usize, decoded.into_raw()).unwrap()
}

fn faces(photo: &ImageBuf) -> Vec<TurnedSquare> {
    let faces = Aligner::shipped().unwrap().faces(photo).unwrap();
    faces.iter().map(|face| face.crop.to_square(photo.width(), photo.height())).collect()
}

/// Whether a square is about another: its centre to a twentieth of its side, its side to a tenth, its angle to 5°.
fn is_about(found: TurnedSquare, right: TurnedSquare) -> bool {
    let away = (found.center[0] - right.center[0]).hypot(found.center[1] - right.center[1]);
    let turn = (found.degrees - right.degrees + 180.0).rem_euclid(360.0) - 180.0;
    away < 0.05 * right.side && (found.side / right.side).ln().abs() < 0.1 && turn.abs() < 5.0
}

/// By eye: from the hair to the chin, the eyes in the middle.
fn right() -> TurnedSquare {
    TurnedSquare { center: [141.0, 66.0], side: 105.0, degrees: 2.0 }
}

#[test]
#[cfg_attr(miri, ignore = "no unsafe code, and slow")]
fn the_face_of_the_portrait_is_found_shifted_turned_and_sized() {
    let portrait = portrait();
    let [face] = faces(&portrait)[..] else { panic!("not one face") };
    assert!(is_about(face, right()), "{face:?}");
    for (center, side, degrees) in [
        ([160.0, 120.0], 320.0, 20.0),
        ([130.0, 100.0], 240.0, -25.0),
        ([180.0, 130.0], 420.0, 8.0),
        ([160.0, 110.0], 300.0, 90.0),
        ([160.0, 110.0], 300.0, 180.0),
    ] {
        // A photo that shows this square of the portrait upright shows the face turned the other way.
        let shown = TurnedSquare { center, side, degrees };
        let photo = cut_turned(&portrait, shown, 400);
        let scale = 400.0 / side;
        let (sin, cos) = f64::to_radians(-degrees).sin_cos();
        let [x, y] = [0, 1].map(|axis| (face.center[axis] - center[axis]) * scale);
        let expected = TurnedSquare {
            center: [200.0 + x * cos - y * sin, 200.0 + x * sin + y * cos],
            side: face.side * scale,
            degrees: face.degrees - degrees,
        };
        let found = faces(&photo);
        assert!(
            found.iter().any(|found| is_about(*found, expected)),
            "{shown:?}: {found:?}, not {expected:?}"
        );
    }
}

#[test]
#[cfg_attr(miri, ignore = "no unsafe code, and slow")]
fn two_faces_of_one_photo_are_found_and_the_larger_comes_first() {
    let portrait = portrait();
    let mut photo = ImageBuf::filled(900, 420, [90, 100, 110]);
    let small = crate::resample::fit_within(&portrait, 220);
    photo.paste(&small, 60, 180);
    photo.paste(&portrait, 500, 60);
    let found = faces(&photo);
    assert_eq!(found.len(), 2, "{found:?}");
    let [alone] = faces(&portrait)[..] else { panic!("not one face") };
    let placed = |x: f64, y: f64, scale: f64| TurnedSquare {
        center: [x + alone.center[0] * scale, y + alone.center[1] * scale],
        side: alone.side * scale,
        ..alone
    };
    assert!(is_about(found[0], placed(500.0, 60.0, 1.0)), "{found:?}");
    assert!(is_about(found[1], placed(60.0, 180.0, 220.0 / 320.0)), "{found:?}");
    let largest = Aligner::shipped().unwrap().largest(&photo).unwrap().unwrap();
    assert!(is_about(largest.crop.to_square(900, 420), placed(500.0, 60.0, 1.0)), "{largest:?}");
}

#[test]
#[cfg_attr(miri, ignore = "no unsafe code, and slow")]
fn a_picture_that_is_cut_already_is_taken_whole() {
    let portrait = portrait();
    let [face] = faces(&portrait)[..] else { panic!("not one face") };
    let cut = cut_turned(&portrait, face, 128);
    let found = Aligner::shipped().unwrap().faces(&cut).unwrap();
    assert_eq!(found.first().map(|face| face.crop), Some(Crop::default()), "{found:?}");
    // Beside more of the photo it is not.
    let wide = cut_turned(&portrait, TurnedSquare { side: 1.5 * face.side, ..face }, 192);
    let found = Aligner::shipped().unwrap().faces(&wide).unwrap();
    assert!(found.len() == 1 && (found[0].crop.size - 1.0 / 1.5).abs() < 0.06, "{found:?}");
}

#[test]
#[cfg_attr(miri, ignore = "no unsafe code, and slow")]
fn where_there_is_no_face_none_is_found() {
    let grain = |at: usize| (at.wrapping_mul(0x9E37_79B9).rotate_left(11) >> 7) as u8;
    let noise = ImageBuf::new(300, 200, (0..300 * 200 * 3).map(grain).collect()).unwrap();
    let waves = |at: usize| {
        (128.0 + 100.0 * ((at % 900) as f64 / 70.0).sin() * ((at / 900) as f64 / 31.0).cos()) as u8
    };
    let waves = ImageBuf::new(300, 300, (0..300 * 300 * 3).map(waves).collect()).unwrap();
    for photo in [noise, waves, ImageBuf::filled(640, 480, [0; 3]), ImageBuf::filled(64, 64, [255; 3])] {
        assert_eq!(faces(&photo), []);
        assert_eq!(Aligner::shipped().unwrap().largest(&photo).unwrap(), None);
    }
    for (width, height) in [(1, 1), (1, 10_000), (10_000, 1), (2, 3), (1, 127), (129, 127)] {
        assert_eq!(faces(&ImageBuf::filled(width, height, [60, 90, 20])), [], "{width}×{height}");
    }
}
