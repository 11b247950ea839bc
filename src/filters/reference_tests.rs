//! Our filters against SciPy's and scikit-image's, which `tests/reference/filters.py` ran on the same pictures.

use safetensors::SafeTensors;

use super::filter::Filter;

/// The filter of a name in the file, as in "median:3".
fn filter(name: &str) -> Filter {
    let (kind, settings) = name.split_once(':').unwrap();
    let numbers: Vec<f64> = settings.split(',').map(|number| number.parse().unwrap()).collect();
    match (kind, numbers.as_slice()) {
        ("median", [size]) => Filter::Median { size: *size as usize },
        ("gaussian", [sigma]) => Filter::Gaussian { sigma: *sigma },
        ("means", [patch, distance, h, sigma]) => Filter::NonLocalMeans {
            patch: *patch as usize,
            distance: *distance as usize,
            h: *h,
            sigma: *sigma,
        },
        _ => panic!("no filter for {name}"),
    }
}

#[test]
fn filters_agree_with_scipy_and_scikit_image() {
    let bytes = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/filters.safetensors"));
    let file = SafeTensors::deserialize(bytes).unwrap();
    let values = |name: &str| -> Vec<f32> {
        let data = file.tensor(name).unwrap().data();
        data.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    let mut compared = 0;
    for name in file.names().into_iter().filter(|name| name.contains('/')) {
        let (picture, how) = name.split_once('/').unwrap();
        let shape = file.tensor(picture).unwrap().shape().to_vec();
        let ours = filter(how).apply(&values(picture), shape[1], shape[0]).unwrap();
        let theirs = values(name);
        let off = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert_eq!(ours.len(), theirs.len());
        assert!(off < 2e-6, "{name}: {off}");
        compared += 1;
    }
    assert_eq!(compared, 4 * 9);
}
