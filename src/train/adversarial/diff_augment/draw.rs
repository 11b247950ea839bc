//! One draw, and what it does to a picture on the processor.

/// Augmentation of one picture with values in [−1, 1], in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AugmentationDraw {
    /// Added to each value, in [−½, ½).
    pub brightness: f32,
    /// Times the distance of each channel from the pixel's mean, in [0, 2).
    pub saturation: f32,
    /// Times the distance of each value from the picture's mean, in [½, 1½).
    pub contrast: f32,
    /// Down and to the right, up to an eighth of the side; what comes in is grey.
    pub shift: [isize; 2],
    /// First row and column of the square that is made grey, half the side long; it may stick out.
    pub cut: [isize; 2],
}

impl AugmentationDraw {
    /// Calls `each` with the indices of every pixel that comes through and where it goes.
    pub fn kept(&self, len: usize, width: usize, mut each: impl FnMut(usize, usize)) {
        let (rows, columns) = ((len / (3 * width)) as isize, width as isize);
        let side = [rows / 2, columns / 2];
        for y in 0..rows {
            for x in 0..columns {
                let is_cut =
                    (0..side[0]).contains(&(y - self.cut[0])) && (0..side[1]).contains(&(x - self.cut[1]));
                let (from_y, from_x) = (y - self.shift[0], x - self.shift[1]);
                if !is_cut && (0..rows).contains(&from_y) && (0..columns).contains(&from_x) {
                    each((from_y * columns + from_x) as usize * 3, (y * columns + x) as usize * 3);
                }
            }
        }
    }

    /// Changes a picture.
    pub fn forward(&self, picture: &[f32], result: &mut [f32], width: usize) {
        // In [−1, 1], where grey is 0, and back: of that only the brightness and the grey are seen here.
        let mean = picture.iter().map(|v| f64::from(*v)).sum::<f64>() / picture.len().max(1) as f64;
        let mean = mean as f32 + 0.5 * self.brightness;
        result.fill(0.5);
        self.kept(picture.len(), width, |from, to| {
            let pixel: [f32; 3] = std::array::from_fn(|c| picture[from + c] + 0.5 * self.brightness);
            let grey = (pixel[0] + pixel[1] + pixel[2]) / 3.0;
            for (c, value) in pixel.into_iter().enumerate() {
                let saturated = grey + self.saturation * (value - grey);
                result[to + c] = mean + self.contrast * (saturated - mean);
            }
        });
    }

    /// Goes from a gradient by what [`AugmentationDraw::forward`] gave to one by what it was given.
    pub fn adjoint(&self, gradient: &[f32], result: &mut [f32], width: usize) {
        let mut sum = 0.0f64;
        self.kept(gradient.len(), width, |from, to| {
            let pixel: [f32; 3] = std::array::from_fn(|c| gradient[to + c]);
            sum += pixel.iter().map(|g| f64::from(*g)).sum::<f64>();
            let grey = (pixel[0] + pixel[1] + pixel[2]) / 3.0;
            for (c, value) in pixel.into_iter().enumerate() {
                result[from + c] = self.contrast * (grey + self.saturation * (value - grey));
            }
        });
        // Every value has a part in the mean.
        let through_mean = (1.0 - self.contrast) * (sum / gradient.len().max(1) as f64) as f32;
        result.iter_mut().for_each(|value| *value += through_mean);
    }
}
