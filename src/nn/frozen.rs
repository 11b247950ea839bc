//! Forward passes of networks that are only used, never trained: convolutions with any batch
//! normalisation folded into them, and pools.
//!
//! A pass runs on the thread that asks for it. Whoever has many images to send through gives each
//! thread some of its own, which costs no waiting at all between layers. Results can be written
//! beside each other into one map, so that concatenating branches costs nothing either.

use candle_core::{Result, bail};

use super::kernels::window::{Pool, Window, add_bias_within, pool, take_patches};
use super::matmul::{Matrix, matmul};
use super::memory::with_scratch;

/// Feature maps of some images: images × height × width × channels.
pub struct Maps {
    pub(super) images: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) values: Vec<f32>,
}

impl Maps {
    /// Maps from values in that order. Errors: another number of values.
    pub fn new([images, height, width, channels]: [usize; 4], values: Vec<f32>) -> Result<Self> {
        if values.len() != images * height * width * channels {
            bail!("{} values are not {images}×{height}×{width}×{channels}", values.len());
        }
        Ok(Self { images, height, width, channels, values })
    }

    /// Maps to be written into, as large as the result of `window` moving over these.
    /// Errors: a window that does not fit.
    pub fn room_for(&self, window: Window, channels: usize) -> Result<Self> {
        let (height, width) = self.positions(window)?;
        let values = vec![0.0; self.images * height * width * channels];
        Ok(Self { images: self.images, height, width, channels, values })
    }

    /// Channels of each pixel.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Adds maps of the same shape. Errors: another shape.
    pub fn add(&mut self, other: &Maps) -> Result<()> {
        let shape = |maps: &Maps| [maps.images, maps.height, maps.width, maps.channels];
        if shape(self) != shape(other) {
            bail!("maps of {:?} cannot be added to maps of {:?}", shape(other), shape(self));
        }
        self.values.iter_mut().zip(&other.values).for_each(|(sum, v)| *sum += v);
        Ok(())
    }

    /// Adds maps of the same sizes and of as many channels or fewer to the first channels of these, and brings all into
    /// the range of an activation. Errors: other sizes, more channels.
    pub fn add_within(&mut self, other: &Maps, ending: Ending) -> Result<()> {
        let sizes = |maps: &Maps| [maps.images, maps.height, maps.width];
        if sizes(self) != sizes(other) || other.channels > self.channels {
            let shape = |maps: &Maps| (sizes(maps), maps.channels);
            bail!("maps of {:?} cannot be added to maps of {:?}", shape(other), shape(self));
        }
        let (least, most) = ending.bounds();
        let pixels = self.values.chunks_exact_mut(self.channels.max(1));
        for (pixel, other) in pixels.zip(other.values.chunks_exact(other.channels.max(1))) {
            pixel.iter_mut().zip(other).for_each(|(sum, v)| *sum += v);
            pixel.iter_mut().for_each(|v| *v = v.clamp(least, most));
        }
        Ok(())
    }

    /// The values: images × height × width × channels.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The mean over each image's pixels: images × channels.
    pub fn means(&self) -> Vec<f32> {
        let pixels = self.height * self.width;
        let mut means = vec![0.0; self.images * self.channels];
        for (mean, image) in
            means.chunks_exact_mut(self.channels).zip(self.values.chunks_exact(pixels * self.channels))
        {
            for pixel in image.chunks_exact(self.channels) {
                mean.iter_mut().zip(pixel).for_each(|(mean, v)| *mean += v);
            }
            mean.iter_mut().for_each(|mean| *mean /= pixels as f32);
        }
        means
    }

    /// The largest value, or the mean of the values inside the image, under each position of the window,
    /// into some channels of `out`, from `first` on. Errors: a window that does not fit, no room for them
    /// there.
    pub fn pool_into(&self, window: Window, kind: Pool, out: &mut Maps, first: usize) -> Result<()> {
        let positions = self.check_room(window, self.channels, out, first)?;
        let sizes = (self.height, self.width, self.channels);
        let image = self.height * self.width * self.channels;
        let out_image = positions.0 * positions.1 * out.channels;
        for (x, y) in self.values.chunks_exact(image).zip(out.values.chunks_exact_mut(out_image)) {
            pool(x, sizes, window, positions, kind, &mut y[first..], out.channels);
        }
        Ok(())
    }

    fn positions(&self, window: Window) -> Result<(usize, usize)> {
        match window.positions(self.height, self.width) {
            Some(positions) => Ok(positions),
            None => bail!("{window:?} does not fit an image of {}×{}", self.height, self.width),
        }
    }

    fn check_room(
        &self,
        window: Window,
        channels: usize,
        out: &Maps,
        first: usize,
    ) -> Result<(usize, usize)> {
        let positions = self.positions(window)?;
        let fits = (out.images, out.height, out.width) == (self.images, positions.0, positions.1);
        if !fits || first + channels > out.channels {
            bail!("{channels} channels of {positions:?} from {first} on do not fit the maps given for them");
        }
        Ok(positions)
    }
}

/// Activation after a layer that never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing.
    Linear,
    /// max(0, v).
    Relu,
    /// min(max(0, v), 6).
    Relu6,
}

impl Ending {
    /// The range that values are brought into.
    pub(super) fn bounds(self) -> (f32, f32) {
        match self {
            Ending::Linear => (f32::NEG_INFINITY, f32::INFINITY),
            Ending::Relu => (0.0, f32::INFINITY),
            Ending::Relu6 => (0.0, 6.0),
        }
    }
}

/// A convolution that never changes, followed by a ReLU unless another ending is asked for.
pub struct FrozenConv {
    window: Window,
    ending: Ending,
    in_channels: usize,
    /// Kernel rows × kernel columns × in × out.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// Floats of patches that are multiplied at once: what stays in the second cache with the product.
const BLOCK: usize = 1 << 17;
/// Positions below which a product is badly shaped, however long its patches are.
const FEWEST_POSITIONS: usize = 256;

impl FrozenConv {
    /// `weight` is (out, in, rows, columns) as PyTorch keeps it, `bias` (out). Errors: a weight of
    /// another size.
    pub fn new(
        weight: &[f32],
        [out, in_channels]: [usize; 2],
        window: Window,
        bias: Vec<f32>,
    ) -> Result<Self> {
        let taps = window.kernel.0 * window.kernel.1;
        if weight.len() != out * in_channels * taps || bias.len() != out || weight.is_empty() {
            bail!("{} weights are not {out}×{in_channels}×{taps}", weight.len());
        }
        let mut packed = vec![0.0; weight.len()];
        for (row, packed) in packed.chunks_exact_mut(out).enumerate() {
            let (tap, channel) = (row / in_channels, row % in_channels);
            for (index, slot) in packed.iter_mut().enumerate() {
                *slot = weight[(index * in_channels + channel) * taps + tap];
            }
        }
        Ok(Self { window, ending: Ending::Relu, in_channels, weight: packed, bias })
    }

    /// This layer with another ending than a ReLU.
    pub fn ending(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }

    /// Its movement.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Channels of the result.
    pub fn out_channels(&self) -> usize {
        self.bias.len()
    }

    /// Errors: maps of other channels, or too small.
    pub fn forward(&self, x: &Maps) -> Result<Maps> {
        let mut out = x.room_for(self.window, self.out_channels())?;
        self.forward_into(x, &mut out, 0)?;
        Ok(out)
    }

    /// [`FrozenConv::forward`] into some channels of `out`, from `first` on. Errors: no room for them
    /// there.
    pub fn forward_into(&self, x: &Maps, out: &mut Maps, first: usize) -> Result<()> {
        if x.channels != self.in_channels {
            bail!("a convolution of {} channels cannot take {}", self.in_channels, x.channels);
        }
        let positions = x.check_room(self.window, self.out_channels(), out, first)?;
        let patch = self.weight.len() / self.out_channels();
        let is_pointwise = self.window == Window { kernel: (1, 1), stride: 1, padding: (0, 0) };
        let at_once = (BLOCK / patch).max(FEWEST_POSITIONS).div_ceil(positions.1);
        let stride = out.channels;
        let row_length = positions.1 * stride;
        let sizes = (x.height, x.width, x.channels);
        for (block, out) in out.values.chunks_mut(at_once * row_length).enumerate() {
            let (first_row, count) = (block * at_once, out.len() / stride);
            let mut product = |patches: &[f32]| {
                let (a, b) = (Matrix::rows(patches, patch), Matrix::rows(&self.weight, self.out_channels()));
                let out = &mut out[first..];
                matmul(count, self.out_channels(), patch, a, b, out, stride, false);
                add_bias_within(out, stride, &self.bias, self.ending.bounds());
            };
            if is_pointwise {
                product(&x.values[first_row * positions.1 * patch..][..count * patch]);
            } else {
                with_scratch([count * patch], |[col]| {
                    take_patches(&x.values, sizes, self.window, positions, first_row, col);
                    product(col);
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_channels_are_added_to_the_first_ones() {
        let mut wide = Maps::new([1, 1, 2, 3], vec![1.0, -2.0, 7.0, -4.0, 5.0, -6.0]).unwrap();
        let narrow = Maps::new([1, 1, 2, 2], vec![0.5, 1.0, 3.0, 3.0]).unwrap();
        wide.add_within(&narrow, Ending::Relu6).unwrap();
        assert_eq!(wide.into_values(), [1.5, 0.0, 6.0, 0.0, 6.0, 0.0]);
        let mut narrow = narrow;
        let wide = Maps::new([1, 1, 2, 3], vec![0.0; 6]).unwrap();
        assert!(narrow.add_within(&wide, Ending::Relu).is_err());
    }

    fn wave(count: usize, period: f32) -> Vec<f32> {
        (0..count).map(|i| (i as f32 / period).sin()).collect()
    }

    /// The definition, in double precision.
    fn plain(x: &Maps, weight: &[f32], [out, ins]: [usize; 2], window: Window, bias: &[f32]) -> Vec<f64> {
        let (down, across) = window.positions(x.height, x.width).unwrap();
        let mut y = Vec::new();
        for position in 0..x.images * down * across {
            let (image, at_y, at_x) =
                (position / (down * across), position / across % down, position % across);
            for o in 0..out {
                let mut sum = f64::from(bias[o]);
                for (ky, kx) in
                    (0..window.kernel.0).flat_map(|ky| (0..window.kernel.1).map(move |kx| (ky, kx)))
                {
                    let at = |at: usize, k: usize, padding: usize, length: usize| {
                        (at * window.stride + k).checked_sub(padding).filter(|v| *v < length)
                    };
                    let row = at(at_y, ky, window.padding.0, x.height);
                    let column = at(at_x, kx, window.padding.1, x.width);
                    let Some((row, column)) = row.zip(column) else { continue };
                    for i in 0..ins {
                        let w = weight[((o * ins + i) * window.kernel.0 + ky) * window.kernel.1 + kx];
                        let v = x.values[((image * x.height + row) * x.width + column) * ins + i];
                        sum += f64::from(w) * f64::from(v);
                    }
                }
                y.push(sum.max(0.0));
            }
        }
        y
    }

    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code, and slow")]
    fn convolutions_equal_the_definition_in_their_channels() {
        for (kernel, stride, padding) in [
            ((1, 1), 1, (0, 0)),
            ((3, 3), 2, (0, 0)),
            ((1, 7), 1, (0, 3)),
            ((7, 1), 1, (3, 0)),
            ((5, 5), 1, (2, 2)),
        ] {
            let window = Window { kernel, stride, padding };
            let (out, ins, taps) = (5, 3, kernel.0 * kernel.1);
            let x = Maps::new([3, 9, 11, ins], wave(3 * 9 * 11 * ins, 2.0)).unwrap();
            let (weight, bias) = (wave(out * ins * taps, 1.3), wave(out, 0.7));
            let conv = FrozenConv::new(&weight, [out, ins], window, bias.clone()).unwrap();
            let expected = plain(&x, &weight, [out, ins], window, &bias);
            let alone = conv.forward(&x).unwrap();
            let mut beside = x.room_for(window, out + 4).unwrap();
            conv.forward_into(&x, &mut beside, 3).unwrap();
            for (index, value) in expected.iter().enumerate() {
                assert!((f64::from(alone.values[index]) - value).abs() < 1e-5, "{window:?}");
                let (row, column) = (index / out, index % out);
                assert_eq!(beside.values[row * (out + 4) + 3 + column], alone.values[index]);
            }
            for row in beside.values.chunks_exact(out + 4) {
                assert!(row[..3] == [0.0; 3] && row[out + 3] == 0.0, "{row:?}");
            }
            assert!(conv.forward_into(&x, &mut beside, 5).is_err());
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let window = Window { kernel: (3, 3), stride: 1, padding: (0, 0) };
        assert!(FrozenConv::new(&[0.0; 26], [1, 3], window, vec![0.0]).is_err());
        assert!(FrozenConv::new(&[0.0; 27], [1, 3], window, vec![0.0; 2]).is_err());
        let conv = FrozenConv::new(&[0.0; 27], [1, 3], window, vec![0.0]).unwrap();
        let maps = |height, channels| Maps::new([1, height, 5, channels], vec![0.0; height * 5 * channels]);
        assert!(conv.forward(&maps(5, 3).unwrap()).is_ok());
        assert!(conv.forward(&maps(5, 2).unwrap()).is_err());
        assert!(conv.forward(&maps(2, 3).unwrap()).is_err());
        assert!(Maps::new([1, 2, 3, 4], vec![0.0; 23]).is_err());
    }

    #[test]
    fn endings_and_sums_are_as_they_say() {
        let maps = |values: [f32; 3]| Maps::new([1, 1, 1, 3], values.to_vec()).unwrap();
        let window = Window { kernel: (1, 1), stride: 1, padding: (0, 0) };
        let x = maps([-8.0, 1.0, 8.0]);
        for (ending, expected) in [
            (Ending::Linear, [-8.0, 2.0, 8.0]),
            (Ending::Relu, [0.0, 2.0, 8.0]),
            (Ending::Relu6, [0.0, 2.0, 6.0]),
        ] {
            let identity = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
            let conv = FrozenConv::new(&identity, [3, 3], window, vec![0.0, 1.0, 0.0]).unwrap();
            let mut found = conv.ending(ending).forward(&x).unwrap();
            assert_eq!(found.values, expected);
            found.add(&x).unwrap();
            assert_eq!(found.values, [expected[0] - 8.0, 3.0, expected[2] + 8.0]);
            assert!(found.add(&Maps::new([1, 1, 3, 1], vec![0.0; 3]).unwrap()).is_err());
        }
    }

    #[test]
    fn means_are_those_of_each_image_and_channel() {
        let maps = Maps::new([2, 1, 2, 2], vec![1.0, 2.0, 3.0, 6.0, 0.0, 1.0, 0.0, 5.0]).unwrap();
        assert_eq!(maps.means(), [2.0, 4.0, 0.0, 3.0]);
    }
}
