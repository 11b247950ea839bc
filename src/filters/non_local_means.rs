//! Non-local means.
//!
//! Buades, Coll, Morel: "A non-local algorithm for image denoising", CVPR 2005, doi:10.1109/CVPR.2005.38; the noise
//! that is expected in a difference is taken off it as in their "Non-Local Means Denoising", Image Processing On Line
//! 1 (2011), doi:10.5201/ipol.2011.bcm_nlm. All pixels of a patch count alike (Darbon et al. 2008,
//! doi:10.1109/ISBI.2008.4541250), so that the distances of all patches at one shift are running sums. Equals
//! scikit-image's `denoise_nl_means(fast_mode=True, channel_axis=-1)` in double precision: patches there have one row
//! and one column less than their size says, on the upper and the left side, while h is as for all of them, and the
//! exponential is Schraudolph's approximation.

use super::border::{Border, CHANNELS};

/// Distance beyond which a patch does not count at all.
const CUTOFF: f64 = 5.0;

/// Settings as those of [`super::Filter::NonLocalMeans`].
#[derive(Clone, Copy)]
pub struct Settings {
    pub patch: usize,
    pub distance: usize,
    pub h: f64,
    pub sigma: f64,
}

/// Each pixel as the mean of those within reach, each with the weight exp(−d), where d is the squared difference of
/// their patches less 2σ² for each number in one, over h² and three times the square of the patch's size.
pub fn means(pixels: &[f32], width: usize, height: usize, settings: Settings) -> Vec<f32> {
    let Settings { patch, distance, h, sigma } = settings;
    let margin = patch / 2 + distance;
    let planes = Planes::new(pixels, width, height, margin);
    let count = (CHANNELS * patch * patch) as f64;
    let scale = 1.0 / (count * h * h);
    let expected = 2.0 * sigma * sigma * CHANNELS as f64;
    let mut sums = vec![0.0; width * height * CHANNELS];
    let mut weights = vec![0.0; width * height];
    // Pixels of a side of a patch as it is summed, and of the picture with as much around it as that needs.
    let side = patch - 1;
    let (across, down) = (width + side - 1, height + side - 1);
    let mut unlike = vec![0.0; across * down];
    let mut columns = vec![0.0; across];
    let mut line = vec![0.0; width];
    for shift in shifts(distance) {
        planes.differences(shift, distance + 1, (across, down), expected, &mut unlike);
        columns.fill(0.0);
        for row in unlike.chunks_exact(across).take(side - 1) {
            add(&mut columns, row);
        }
        for y in 0..height {
            add(&mut columns, &unlike[(y + side - 1) * across..][..across]);
            line.copy_from_slice(&columns[..width]);
            for tap in 1..side {
                add(&mut line, &columns[tap..][..width]);
            }
            line.iter_mut().for_each(|unlike| *unlike = weight(unlike.max(0.0) * scale));
            add(&mut weights[y * width..][..width], &line);
            for channel in 0..CHANNELS {
                let other =
                    planes.row(channel, shifted(y + margin, shift.0), shifted(margin, shift.1), width);
                let sums = &mut sums[(channel * height + y) * width..][..width];
                for ((sum, weight), value) in sums.iter_mut().zip(&line).zip(other) {
                    *sum += weight * value;
                }
            }
            let leaving = &unlike[y * across..][..across];
            columns.iter_mut().zip(leaving).for_each(|(column, value)| *column -= value);
        }
    }
    let mut out = vec![0.0; pixels.len()];
    for (channel, sums) in sums.chunks_exact(width * height).enumerate() {
        let out = out.iter_mut().skip(channel).step_by(CHANNELS);
        for ((out, sum), weight) in out.zip(sums).zip(&weights) {
            *out = (sum / weight) as f32;
        }
    }
    out
}

/// exp(−`distance`), and nothing beyond [`CUTOFF`]: Schraudolph, "A Fast, Compact Approximation of the Exponential
/// Function", Neural Computation 11 (1999), doi:10.1162/089976699300016467, which writes the argument into the
/// exponent of a number, with his constant for the least mean squared error. It is off by up to 4 %.
fn weight(distance: f64) -> f64 {
    /// 2²⁰ / ln 2.
    const PER_UNIT: f64 = 1_512_775.395_195_185_7;
    const OF_ZERO: f64 = 1_072_632_447.0;
    /// A number so large that its last bits count ones.
    const ONES: f64 = 6_755_399_441_055_744.0;
    let high = PER_UNIT * -distance.min(CUTOFF) + OF_ZERO + ONES;
    let exponential = f64::from_bits(high.to_bits() << 32);
    if distance > CUTOFF { 0.0 } else { exponential }
}

/// Everywhere that another patch can be, rows and columns.
fn shifts(distance: usize) -> impl Iterator<Item = (isize, isize)> {
    let reach = distance as isize;
    (-reach..=reach).flat_map(move |y| (-reach..=reach).map(move |x| (y, x)))
}

/// A place and a shift that does not lead out of the picture with its margin.
fn shifted(at: usize, by: isize) -> usize {
    at.wrapping_add_signed(by)
}

fn add(sum: &mut [f64], values: &[f64]) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

/// The channels of a picture, each with a margin around it.
struct Planes {
    values: Vec<f64>,
    width: usize,
    height: usize,
}

impl Planes {
    fn new(pixels: &[f32], width: usize, height: usize, margin: usize) -> Self {
        let (rows, columns) = (Border::Mirror.places(height, margin), Border::Mirror.places(width, margin));
        let mut values = Vec::with_capacity(CHANNELS * rows.len() * columns.len());
        for channel in 0..CHANNELS {
            for row in &rows {
                let line = columns.iter().map(|column| pixels[(row * width + column) * CHANNELS + channel]);
                values.extend(line.map(f64::from));
            }
        }
        Planes { values, width: columns.len(), height: rows.len() }
    }

    fn row(&self, channel: usize, y: usize, x: usize, length: usize) -> &[f64] {
        &self.values[(channel * self.height + y) * self.width + x..][..length]
    }

    /// Squared differences of all channels from the same picture shifted, less what noise makes of them, from
    /// `first` rows and columns on.
    fn differences(
        &self,
        (down, across): (isize, isize),
        first: usize,
        (width, height): (usize, usize),
        expected: f64,
        out: &mut [f64],
    ) {
        out.fill(-expected);
        for (y, out) in out.chunks_exact_mut(width).enumerate().take(height) {
            for channel in 0..CHANNELS {
                let own = self.row(channel, first + y, first, width);
                let other = self.row(channel, shifted(first + y, down), shifted(first, across), width);
                for ((out, own), other) in out.iter_mut().zip(own).zip(other) {
                    *out += (own - other) * (own - other);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_the_exponential_within_four_percent_and_end() {
        for distance in (0..=500).map(|at| f64::from(at) / 100.0) {
            let off = weight(distance) / (-distance).exp() - 1.0;
            assert!(off.abs() < 0.04, "{distance}: {off}");
        }
        assert_eq!(weight(5.000_001), 0.0);
        assert_eq!(weight(f64::MAX), 0.0);
    }
}
