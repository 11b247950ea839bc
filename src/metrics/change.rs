//! Change from each picture of a film to the next.

use super::re::mse;
use crate::image_buf::ImageBuf;

/// Mean squared difference between successive pictures per pixel and channel, in [0, 1]; in a loop also from the last
/// to the first.
pub fn of_pictures(images: &[ImageBuf], looped: bool) -> Vec<f64> {
    let floats: Vec<Vec<f32>> = images.iter().map(ImageBuf::to_unit_floats).collect();
    steps(&floats, looped, |a, b| mse(a, b))
}

/// Euclidean distance between successive rows of `dim` features; in a loop also from the last to the first.
pub fn of_features(features: &[f32], dim: usize, looped: bool) -> Vec<f64> {
    let rows: Vec<&[f32]> = features.chunks_exact(dim.max(1)).collect();
    // The mean over the numbers is their sum over how many there are.
    steps(&rows, looped, |a, b| (mse(a, b) * dim as f64).sqrt())
}

fn steps<T>(items: &[T], looped: bool, difference: impl Fn(&T, &T) -> f64) -> Vec<f64> {
    let ends = items.last().zip(items.first()).filter(|_| looped);
    let pairs = items.windows(2).map(|pair| (&pair[0], &pair[1])).chain(ends);
    pairs.map(|(a, b)| difference(a, b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_is_that_from_each_picture_to_the_next() {
        let images = [0, 51, 255].map(|v| ImageBuf::filled(2, 2, [v, v, v]));
        let found = of_pictures(&images, false);
        assert!((found[0] - 0.04).abs() < 1e-7 && (found[1] - 0.64).abs() < 1e-7 && found.len() == 2);
        let around = of_pictures(&images, true);
        assert!(around[..2] == found[..] && (around[2] - 1.0).abs() < 1e-7);
        let distances = of_features(&[0.0, 0.0, 3.0, 4.0, 3.0, 0.0], 2, true);
        assert!(distances.iter().zip([5.0, 4.0, 3.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{distances:?}");
        assert!(of_pictures(&[], true).is_empty());
    }
}
