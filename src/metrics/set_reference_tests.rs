//! Metrics of sets against pytorch-fid, prdc, clean-fid and torch-fidelity, on features that both sides make with
//! the same integer arithmetic. The numbers come from `tests/reference/set_metrics.py` and `kid.py`.

use std::ops::ControlFlow;

use serde::Deserialize;

use super::features::Features;
use super::kid::{Kid, kernel_distance};
use super::sets::RealSet;
use crate::report::SetMetrics;

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

/// Of each set: images, seed, spread, shift, period.
#[derive(Deserialize)]
struct Case {
    name: String,
    dim: usize,
    k: usize,
    real: [i64; 5],
    generated: [i64; 5],
    checksums: [i64; 2],
    fid: f64,
    precision: f64,
    recall: f64,
    density: f64,
    coverage: f64,
}

fn hash_byte(a: i64, b: i64, c: i64, seed: i64) -> i64 {
    let part = |v: i64, factor: u32| (v as u32).wrapping_mul(factor);
    let mut h = part(a, 374_761_393)
        .wrapping_add(part(b, 668_265_263))
        .wrapping_add(part(c, 2_246_822_519))
        .wrapping_add(part(seed, 3_266_489_917));
    h = (h ^ (h >> 13)).wrapping_mul(1_274_126_177);
    i64::from((h ^ (h >> 16)) & 255)
}

/// Eighths.
fn eighths(dim: usize, [images, seed, spread, shift, period]: [i64; 5]) -> Vec<i64> {
    let value = |image: i64, feature: i64| {
        let image = if period > 0 { image % period } else { image };
        let hidden = |m| (hash_byte(image, m, 0, seed) % 17 - 8) * spread;
        let mixed: i64 = (0..6).map(|m| hidden(m) * (hash_byte(m, feature, 1, 99) % 5 - 2)).sum();
        let noise = hash_byte(image, feature, 2, seed) % 7 - 3;
        mixed + noise + if feature % 3 == 0 { shift } else { 0 }
    };
    (0..images).flat_map(|image| (0..dim as i64).map(move |feature| value(image, feature))).collect()
}

fn measure(real: &Features, generated: &Features, k: usize) -> SetMetrics {
    let mut go_on = |_| ControlFlow::Continue(());
    RealSet::new(real, "numbers", k, &mut go_on).unwrap().measure(generated, &mut go_on).unwrap()
}

#[test]
fn sets_measure_as_pytorch_fid_and_prdc_do() {
    let text = include_str!("../../tests/reference/set_metrics.json");
    let cases = serde_json::from_str::<Reference>(text).unwrap().cases;
    assert_eq!(cases.len(), 8);
    for case in cases {
        let sets = [case.real, case.generated].map(|set| eighths(case.dim, set));
        assert_eq!(sets.each_ref().map(|set| set.iter().sum::<i64>()), case.checksums, "{}", case.name);
        let single = |set: &Vec<i64>| {
            Features::from_f32(set.iter().map(|v| *v as f32 / 8.0).collect(), case.dim).unwrap()
        };
        let double = |set: &Vec<i64>| {
            Features::from_f64(set.iter().map(|v| *v as f64 / 8.0).collect(), case.dim).unwrap()
        };
        let found = measure(&single(&sets[0]), &single(&sets[1]), case.k);
        let close = |found: f64, expected: f64, tolerance: f64| {
            assert!(
                (found - expected).abs() <= tolerance * expected.abs(),
                "{}: {found} {expected}",
                case.name
            );
        };
        // SciPy's root of a singular product is good to about 1e-5 itself.
        close(found.fid, case.fid, 1e-4);
        close(found.precision.unwrap(), case.precision, 1e-12);
        close(found.recall.unwrap(), case.recall, 1e-12);
        close(found.density.unwrap(), case.density, 1e-12);
        close(found.coverage.unwrap(), case.coverage, 1e-12);
        assert_eq!(measure(&double(&sets[0]), &double(&sets[1]), case.k), found, "{}", case.name);
        // The distance is the same both ways, and precision and recall change places.
        let turned = measure(&single(&sets[1]), &single(&sets[0]), case.k);
        close(turned.fid, found.fid, 1e-9);
        assert_eq!((turned.precision, turned.recall), (found.recall, found.precision), "{}", case.name);
    }
}

#[test]
fn the_kernel_distance_is_that_of_clean_fid_and_torch_fidelity() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        dim: usize,
        real: [i64; 5],
        generated: [i64; 5],
        checksums: [i64; 2],
        kid: f64,
        kid_std: f64,
    }
    #[derive(Deserialize)]
    struct Reference {
        cases: Vec<Case>,
    }
    let text = include_str!("../../tests/reference/kid.json");
    let cases = serde_json::from_str::<Reference>(text).unwrap().cases;
    assert_eq!(cases.len(), 7);
    for Case { name, dim, real, generated, checksums, kid, kid_std } in cases {
        let sets = [real, generated].map(|set| eighths(dim, set));
        assert_eq!(sets.each_ref().map(|set| set.iter().sum::<i64>()), checksums, "{name}");
        let sets =
            sets.map(|set| Features::from_f64(set.iter().map(|v| *v as f64 / 8.0).collect(), dim).unwrap());
        let found = kernel_distance(&sets[0], &sets[1], &mut |_| ControlFlow::Continue(())).unwrap();
        let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-6 * expected.abs();
        assert!(close(found.mean, kid), "{name}: {found:?} {kid}");
        match found.std {
            Some(std) => assert!(close(std, kid_std), "{name}: {found:?} {kid_std}"),
            // A hundred times the same subsets.
            None => assert_eq!((sets[0].len(), kid_std), (sets[1].len(), 0.0), "{name}"),
        }
    }
}

#[test]
fn a_kernel_distance_needs_two_images_and_the_same_features() {
    let set = |n: usize, dim: usize| Features::from_f32(vec![0.5; n * dim], dim).unwrap();
    let distance = |a: &Features, b: &Features| kernel_distance(a, b, &mut |_| ControlFlow::Continue(()));
    assert!(distance(&set(1, 4), &set(9, 4)).unwrap_err().to_string().contains("two images"));
    assert!(distance(&set(9, 4), &set(9, 3)).unwrap_err().to_string().contains("4 and of 3"));
    // All images alike: no distance, and none of it varies.
    assert_eq!(distance(&set(5, 4), &set(9, 4)).unwrap(), Kid { mean: 0.0, std: Some(0.0) });
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let set = |seed| {
        let values = eighths(16, [700, seed, 1, 0, 0]).into_iter().map(|v| v as f32 / 8.0).collect();
        Features::from_f32(values, 16).unwrap()
    };
    let (real, generated) = (set(1), set(2));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| measure(&real, &generated, 3))
    };
    let (one, three) = (on(1), on(3));
    assert!((one.fid - three.fid).abs() < 1e-12 * one.fid);
    assert_eq!(SetMetrics { fid: one.fid, ..three }, one);
}
