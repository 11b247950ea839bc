//! The median of a square.

use super::border::{Border, CHANNELS};

/// The median of the `size` × `size` pixels around each one, `size` being odd, each channel by itself.
pub fn median(pixels: &[f32], width: usize, height: usize, size: usize) -> Vec<f32> {
    let rows = Border::Nearest.places(height, size / 2);
    let columns = Border::Nearest.places(width, size / 2);
    let mut out = Vec::with_capacity(pixels.len());
    let mut near = Vec::with_capacity(size * size);
    for rows in rows.windows(size) {
        for columns in columns.windows(size) {
            for channel in 0..CHANNELS {
                near.clear();
                for row in rows {
                    near.extend(
                        columns.iter().map(|column| pixels[(row * width + column) * CHANNELS + channel]),
                    );
                }
                let (_, median, _) = near.select_nth_unstable_by(size * size / 2, f32::total_cmp);
                out.push(*median);
            }
        }
    }
    out
}
