//! Pictures of what the window shows.

use eframe::egui::{ColorImage, Context, Rect};

use crate::image_buf::ImageBuf;

/// Has the next frame photographed, and gives `done` the part of it that lies in `part` (in points), on
/// whatever thread the pixels arrive; none where nothing of it is in the window.
pub fn take(ctx: &Context, part: Rect, done: impl FnOnce(Option<ImageBuf>) + Send + 'static) {
    let scale = ctx.pixels_per_point();
    let awake = ctx.clone();
    ctx.request_screenshot(move |window| {
        done(cropped(&window, part, scale));
        awake.request_repaint();
    });
}

fn cropped(window: &ColorImage, part: Rect, scale: f32) -> Option<ImageBuf> {
    let side = |from: f32, to: f32, whole: usize| {
        let place = |points: f32| ((points * scale).round().max(0.0) as usize).min(whole);
        (place(from), place(to).saturating_sub(place(from)))
    };
    let (x, width) = side(part.left(), part.right(), window.width());
    let (y, height) = side(part.top(), part.bottom(), window.height());
    let rows = window.pixels.chunks_exact(window.width().max(1)).skip(y).take(height);
    let pixels = rows.flat_map(|row| &row[x..x + width]);
    let bytes = pixels.flat_map(|pixel| pixel.to_array().into_iter().take(3)).collect();
    ImageBuf::new(width, height, bytes)
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Color32, pos2};

    use super::*;

    #[test]
    fn the_part_is_cut_out_in_pixels_and_ends_at_the_window() {
        let pixel = |i: usize| Color32::from_rgb((i % 6) as u8, (i / 6) as u8, 7);
        let window = ColorImage::new([6, 4], (0..24).map(pixel).collect());
        let part = |x0, y0, x1, y1| Rect::from_min_max(pos2(x0, y0), pos2(x1, y1));
        let cut = cropped(&window, part(1.0, 0.5, 2.0, 1.5), 2.0).unwrap();
        assert_eq!((cut.width(), cut.height()), (2, 2));
        assert_eq!(cut.pixels(), [2, 1, 7, 3, 1, 7, 2, 2, 7, 3, 2, 7]);
        let cut = cropped(&window, part(-5.0, -5.0, 50.0, 50.0), 1.0).unwrap();
        assert_eq!((cut.width(), cut.height()), (6, 4));
        assert!(cropped(&window, part(7.0, 0.0, 9.0, 2.0), 1.0).is_none());
    }
}
