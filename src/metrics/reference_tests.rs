//! Our numbers against scikit-image's, which `tests/reference/pixel_metrics.py` computed on the pictures
//! that are made again here.

use serde::Deserialize;

use super::psnr::psnr_of_mse;
use super::re::mse;
use super::ssim::ssim;
use super::{PixelMetricsSum, pixel_metrics};
use crate::image_buf::ImageBuf;

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    first: String,
    second: String,
    width: usize,
    height: usize,
    checksums: [u32; 2],
    mse: f64,
    psnr: Option<f64>,
    ssim: f64,
}

impl Case {
    fn pair(&self) -> (ImageBuf, ImageBuf) {
        let make = |recipe: &str| picture(recipe, self.width, self.height);
        (make(&self.first), make(&self.second))
    }
}

fn reference() -> Vec<Case> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/pixel_metrics.json"));
    serde_json::from_str::<Reference>(text).unwrap().cases
}

fn hash_byte(x: i64, y: i64, c: i64, seed: i64) -> i64 {
    const MASK: i64 = 0xFFFF_FFFF;
    let h = (x * 374_761_393 + y * 668_265_263 + c * 2_246_822_519 + seed * 3_266_489_917) & MASK;
    let h = (h ^ (h >> 13)).wrapping_mul(1_274_126_177) & MASK;
    (h ^ (h >> 16)) & 255
}

fn scene(x: i64, y: i64, c: i64) -> i64 {
    let triangle = |v: i64, period: i64| (v.rem_euclid(period) * 510 / period - 255).abs();
    let waves = triangle(x * (c + 3) + y * 2, 90) + triangle(y * 5 - x * (2 - c) + 1000, 140);
    if x * 2 > y + 30 { waves / 2 } else { waves / 3 }
}

/// The pictures of `pixel_metrics.py`.
fn picture(recipe: &str, width: usize, height: usize) -> ImageBuf {
    let (right, bottom) = (width as i64 - 1, height as i64 - 1);
    let value = |x: i64, y: i64, c: i64| match recipe {
        "scene" => scene(x, y, c),
        "shift" => scene(x + 2, y, c),
        "noise" => scene(x, y, c) + hash_byte(x, y, c, 1) % 61 - 30,
        "faint noise" => scene(x, y, c) + hash_byte(x, y, c, 2) % 3 - 1,
        "blur" => {
            let near = (-1..=1).flat_map(|j| (-1..=1).map(move |i| (x + i, y + j)));
            near.map(|(x, y)| scene(x.clamp(0, right), y.clamp(0, bottom), c)).sum::<i64>() / 9
        }
        "inverted" => 255 - scene(x, y, c),
        "hash" => hash_byte(x, y, c, 3),
        "black" => 0,
        "grey" => 128,
        "light grey" => 131,
        other => panic!("no recipe for {other}"),
    };
    let places = (0..=bottom).flat_map(|y| (0..=right).flat_map(move |x| (0..3).map(move |c| (x, y, c))));
    let pixels = places.map(|(x, y, c)| value(x, y, c).clamp(0, 255) as u8).collect();
    ImageBuf::new(width, height, pixels).unwrap()
}

fn checksum(image: &ImageBuf) -> u32 {
    let weighted =
        image.pixels().iter().zip(1u32..).map(|(&byte, place)| u32::from(byte).wrapping_mul(place));
    weighted.fold(0, u32::wrapping_add)
}

#[test]
fn every_number_equals_scikit_image() {
    let cases = reference();
    assert_eq!(cases.len(), 48);
    for case in cases {
        let name = format!("{} / {} {}×{}", case.first, case.second, case.width, case.height);
        let (a, b) = case.pair();
        assert_eq!([checksum(&a), checksum(&b)], case.checksums, "{name}: other pictures");
        let (a, b) = (a.to_unit_floats(), b.to_unit_floats());
        let near = |ours: f64, theirs: f64, what: &str| {
            assert!((ours - theirs).abs() < 1e-9, "{name}: {what} {ours}, scikit-image {theirs}");
        };
        near(mse(&a, &b), case.mse, "MSE");
        match case.psnr {
            Some(theirs) => near(psnr_of_mse(mse(&a, &b)), theirs, "PSNR"),
            None => assert_eq!(psnr_of_mse(mse(&a, &b)), f64::INFINITY, "{name}"),
        }
        near(ssim(&a, &b, case.width, case.height).unwrap(), case.ssim, "SSIM");
    }
}

#[test]
fn ssim_is_one_for_equals_and_the_same_both_ways() {
    for case in reference() {
        let (a, b) = case.pair();
        let (a, b) = (a.to_unit_floats(), b.to_unit_floats());
        let between = |a, b| ssim(a, b, case.width, case.height).unwrap();
        assert_eq!(between(&a, &a), 1.0);
        assert_eq!(between(&a, &b), between(&b, &a));
    }
}

#[test]
fn a_set_is_the_mean_of_its_pictures_in_one_batch_or_several() {
    let same_size = |case: &Case| case.width == 64 && case.first != case.second;
    let cases: Vec<Case> = reference().into_iter().filter(same_size).collect();
    let pairs: Vec<_> = cases.iter().map(Case::pair).collect();
    let n = cases.len() as f64;
    let means = pixel_metrics(&pairs).unwrap();
    assert_eq!(means.n, cases.len());
    assert!((means.re - cases.iter().map(|c| c.mse).sum::<f64>() / n).abs() < 1e-9);
    assert!((means.psnr - cases.iter().map(|c| c.psnr.unwrap()).sum::<f64>() / n).abs() < 1e-9);
    assert!((means.ssim - cases.iter().map(|c| c.ssim).sum::<f64>() / n).abs() < 1e-9);

    let floats = |pairs: &[(ImageBuf, ImageBuf)]| -> (Vec<f32>, Vec<f32>) {
        let a = pairs.iter().flat_map(|(a, _)| a.to_unit_floats()).collect();
        (a, pairs.iter().flat_map(|(_, b)| b.to_unit_floats()).collect())
    };
    let mut sum = PixelMetricsSum::default();
    assert_eq!(sum.finish(), None);
    for batch in pairs.chunks(4) {
        let (a, b) = floats(batch);
        sum.add(&a, &b, 64, 64).unwrap();
    }
    assert_eq!(sum.finish(), Some(means));

    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(one_thread.install(|| pixel_metrics(&pairs)).unwrap(), means);
}

#[test]
fn an_identical_pair_is_not_in_the_mean_psnr_and_only_such_pairs_make_it_infinite() {
    let [same, noisy] = ["scene", "noise"].map(|other| (picture("scene", 20, 20), picture(other, 20, 20)));
    let alone = pixel_metrics(std::slice::from_ref(&noisy)).unwrap();
    let both = pixel_metrics(&[same.clone(), noisy]).unwrap();
    assert_eq!((both.psnr, both.n, both.identical), (alone.psnr, 2, 1));
    assert_eq!((both.re, alone.note()), (alone.re / 2.0, None));
    let found = pixel_metrics(&[same]).unwrap();
    assert_eq!((found.psnr, found.note()), (f64::INFINITY, None));
    let json = serde_json::to_string(&found).unwrap();
    assert!(json.contains(r#""psnr":null"#) && json.contains(r#""identical":1"#), "{json}");
    assert_eq!(serde_json::from_str::<crate::report::PixelMetrics>(&json).unwrap(), found);
    // What was written before they were counted.
    let old = r#"{"re":0.0,"psnr":null,"ssim":1.0,"n":1}"#;
    assert_eq!(serde_json::from_str::<crate::report::PixelMetrics>(old).unwrap().identical, 0);
}

#[test]
fn what_cannot_be_measured_is_refused_and_not_added() {
    assert!(pixel_metrics(&[]).is_err());
    let unequal = (ImageBuf::filled(20, 20, [0; 3]), ImageBuf::filled(20, 21, [0; 3]));
    let message = pixel_metrics(&[unequal]).unwrap_err().to_string();
    assert!(message.contains("20×20") && message.contains("20×21"), "{message}");

    let mut sum = PixelMetricsSum::default();
    let good = vec![0.5; 12 * 12 * 3];
    let mut bad = good.clone();
    bad[7] = f32::NAN;
    assert!(sum.add(&good, &bad, 12, 12).is_err());
    assert!(sum.add(&good, &good[3..], 12, 12).is_err());
    assert!(sum.add(&good[3..], &good[3..], 12, 12).is_err());
    assert!(sum.add(&[], &[], 0, 0).is_err());
    assert_eq!(sum.finish(), None);
    sum.add(&good, &good, 12, 12).unwrap();
    assert_eq!(sum.finish().unwrap().n, 1);
}
