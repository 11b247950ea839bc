//! Pictures and a tiny trained model for the tests of several rooms.

use morphospace::ImageBuf;

mod labelled;
pub mod pictures;
pub mod settings;
mod tiny;

pub use labelled::labelled_pictures;
pub use pictures::folder_of_pictures;
pub use tiny::tiny_run;

/// A code of [`tiny_run`]'s model.
pub fn code(seed: usize) -> Vec<f32> {
    (0..8).map(|i| ((seed * 8 + i) as f32).sin() * 2.0).collect()
}

/// Of two pictures of the same size, in steps of 255.
pub fn largest_difference(a: &ImageBuf, b: &ImageBuf) -> u8 {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    a.pixels().iter().zip(b.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}
