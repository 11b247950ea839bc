//! `morphospace bench faces`: how fast built-in faces are rendered.

use rayon::prelude::*;

use super::work::Work;
use crate::error::{Error, Result};
use crate::faces::{Factors, render_into};

/// Rendering the first `count` faces of seed 0 on all cores.
///
/// # Errors
/// If there is nothing to render, or the pictures would be too large.
pub fn work(count: usize, image_size: usize) -> Result<Work> {
    if count == 0 || !(1..=1024).contains(&image_size) {
        return Err(Error::Invalid("choose at least 1 face and a size of 1 to 1024".into()));
    }
    Work::new(count, 0, || {
        Ok(move || {
            let buffer = || vec![0; image_size * image_size * 3];
            (0..count as u64).into_par_iter().for_each_init(buffer, |pixels, index| {
                render_into(&Factors::draw(0, index), image_size, pixels)
            });
            Ok(())
        })
    })
}
