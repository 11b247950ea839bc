//! Depthwise convolutions of networks that are only used.

use candle_core::{Result, bail};

use super::frozen::{Ending, Maps};
use super::kernels::depthwise::{SameWindow, depthwise};

/// A convolution with a kernel of its own for each channel, which never changes. It moves as TensorFlow's padding
/// "SAME" has it.
pub struct FrozenDepthwise {
    window: SameWindow,
    ending: Ending,
    /// Kernel rows × kernel columns × channels.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl FrozenDepthwise {
    /// `weight` is (channels, 1, kernel, kernel) as PyTorch keeps it, `bias` (channels). Errors: a weight of another
    /// size; a stride of 0.
    pub fn new(weight: &[f32], [kernel, stride]: [usize; 2], bias: Vec<f32>, ending: Ending) -> Result<Self> {
        let (channels, taps) = (bias.len(), kernel * kernel);
        if weight.len() != channels * taps || weight.is_empty() || stride == 0 {
            bail!("{} weights are not {channels}×{taps} with a stride of {stride}", weight.len());
        }
        let packed = (0..weight.len()).map(|at| weight[at % channels * taps + at / channels]).collect();
        Ok(Self { window: SameWindow { kernel, stride }, ending, weight: packed, bias })
    }

    /// Errors: maps of other channels, or without a pixel.
    pub fn forward(&self, x: &Maps) -> Result<Maps> {
        let (channels, sizes) = (self.bias.len(), (x.height, x.width));
        if x.channels != channels || x.values.is_empty() {
            bail!("a depthwise convolution of {channels} channels cannot take {}", x.channels);
        }
        let (height, width) = (self.window.positions(x.height), self.window.positions(x.width));
        let mut values = vec![0.0; x.images * height * width * channels];
        let images = x.values.chunks_exact(x.height * x.width * channels);
        for (image, out) in images.zip(values.chunks_exact_mut(height * width * channels)) {
            let bounds = self.ending.bounds();
            depthwise(image, sizes, self.window, &self.weight, &self.bias, bounds, out);
        }
        Maps::new([x.images, height, width, channels], values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_pytorchs_and_each_image_is_by_itself() {
        // Channel 0 takes the pixel to the right, channel 1 the one below.
        let mut weight = [0.0; 18];
        (weight[5], weight[9 + 7]) = (1.0, 1.0);
        let conv = FrozenDepthwise::new(&weight, [3, 1], vec![0.0, 4.5], Ending::Relu6).unwrap();
        let values: Vec<f32> = (0..16).map(|i| i as f32 / 2.0 - 1.0).collect();
        let found = conv.forward(&Maps::new([2, 2, 2, 2], values).unwrap()).unwrap();
        let expected = [0.0, 6.0, 0.0, 6.0, 2.0, 4.5, 0.0, 4.5, 4.0, 6.0, 0.0, 6.0, 6.0, 4.5, 0.0, 4.5];
        assert_eq!(found.values, expected);
        assert!(conv.forward(&Maps::new([1, 2, 2, 3], vec![0.0; 12]).unwrap()).is_err());
        for (weights, channels, stride) in [(17, 2, 1), (18, 3, 1), (18, 2, 0)] {
            let wrong =
                FrozenDepthwise::new(&weight[..weights], [3, stride], vec![0.0; channels], Ending::Linear);
            assert!(wrong.is_err());
        }
    }
}
