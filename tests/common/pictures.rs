//! Pictures that the tests draw themselves.

#[path = "own_cache.rs"]
mod own_cache;

use morphospace::ImageBuf;
use morphospace::export::write_png;
use tempfile::TempDir;

/// A picture of smooth colours that differ from seed to seed.
pub fn picture(width: usize, height: usize, seed: usize) -> ImageBuf {
    let wave =
        |v: usize, period: usize| (((v + 7 * seed) as f32 / period as f32).sin() * 100.0 + 128.0) as u8;
    let pixels = (0..height)
        .flat_map(|y| (0..width).map(move |x| [wave(x, 5 + seed % 3), wave(y, 9), wave(x + y, 13)]))
        .flatten()
        .collect();
    ImageBuf::new(width, height, pixels).unwrap()
}

/// A folder of `count` pictures of 40×36 pixels; what is read from it is cached apart.
pub fn folder_of_pictures(count: usize) -> TempDir {
    own_cache::own_cache();
    let folder = TempDir::new().unwrap();
    for seed in 0..count {
        write_png(&picture(40, 36, seed), &folder.path().join(format!("{seed:03}.png"))).unwrap();
    }
    folder
}
