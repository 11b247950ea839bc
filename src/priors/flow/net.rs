//! The velocity of a flow: a residual network of linear layers in which time sets the shift, the gain and the gate
//! of each block (the adaptive layer normalisation of Peebles & Xie 2023, <https://arxiv.org/abs/2212.09748>, with
//! multilayer perceptrons for blocks).

use candle_core::{Device, Result, Tensor};
use candle_nn::VarBuilder;

use crate::config::FlowShape;
use crate::nn::{Activation, Linear, add_gated, modulated_norm, silu};

/// Sines and cosines that time is given as.
const FREQUENCIES: usize = 32;
/// Numbers that a block knows of the time.
const TIME_DIM: usize = 128;

struct Block {
    modulation: Linear,
    expand: Linear,
    shrink: Linear,
}

/// `v(x, t)`.
pub struct FlowNet {
    input: Linear,
    time: [Linear; 2],
    blocks: Vec<Block>,
    output: Linear,
}

/// Units that a training update leaves out of each block (Srivastava et al. 2014): a mask (n, 2·width) a block, of
/// 0 and `1 / (1 − rate)`.
pub type DropoutMasks = [Tensor];

impl FlowNet {
    /// Names its tensors `input`, `time.{i}`, `blocks.{i}.modulation`, `blocks.{i}.expand`, `blocks.{i}.shrink` and
    /// `output`. At first it gives 0 everywhere.
    pub fn new(shape: FlowShape, vb: VarBuilder) -> Result<Self> {
        let FlowShape { components, width, blocks } = shape;
        let linear = |from, to, vb| Linear::new(from, to, Activation::None, vb);
        let block = |index: usize| {
            let vb = vb.pp("blocks").pp(index);
            Ok(Block {
                modulation: Linear::of_zeros(TIME_DIM, 3 * width, vb.pp("modulation"))?,
                expand: linear(width, 2 * width, vb.pp("expand"))?,
                shrink: linear(2 * width, width, vb.pp("shrink"))?,
            })
        };
        Ok(Self {
            input: linear(components, width, vb.pp("input"))?,
            time: [
                linear(2 * FREQUENCIES, TIME_DIM, vb.pp("time").pp(0))?,
                linear(TIME_DIM, TIME_DIM, vb.pp("time").pp(1))?,
            ],
            blocks: (0..blocks).map(block).collect::<Result<_>>()?,
            output: Linear::of_zeros(width, components, vb.pp("output"))?,
        })
    }

    /// (n, components) at the times (n, 1), or at one time (1, 1) for all, to their velocities (n, components).
    pub fn forward(&self, x: &Tensor, times: &Tensor, dropout: Option<&DropoutMasks>) -> Result<Tensor> {
        let known = silu(&self.time[0].forward(&embedded(times)?)?)?;
        let known = silu(&self.time[1].forward(&known)?)?;
        let mut h = self.input.forward(x)?;
        for (index, Block { modulation, expand, shrink }) in self.blocks.iter().enumerate() {
            let modulation = modulation.forward(&known)?;
            let mut units = silu(&expand.forward(&modulated_norm(&h, &modulation)?)?)?;
            if let Some(mask) = dropout.and_then(|masks| masks.get(index)) {
                units = (units * mask)?;
            }
            h = add_gated(&h, &shrink.forward(&units)?, &modulation)?;
        }
        let plain = Tensor::zeros((1, 3 * h.dim(1)?), h.dtype(), h.device())?;
        self.output.forward(&modulated_norm(&h, &plain)?)
    }
}

/// Times (n, 1) in [0, 1] as sines and cosines (n, 64) from slow to fast (Vaswani et al. 2017, section 3.5).
fn embedded(times: &Tensor) -> Result<Tensor> {
    let fastest = 100.0f64;
    let slower = |i: usize| (fastest * (-(1000f64.ln()) * i as f64 / FREQUENCIES as f64).exp()) as f32;
    let frequencies: Vec<f32> = (0..FREQUENCIES).map(slower).collect();
    let frequencies = Tensor::from_vec(frequencies, (1, FREQUENCIES), &Device::Cpu)?;
    let angles = times.broadcast_mul(&frequencies.to_device(times.device())?)?;
    Tensor::cat(&[angles.sin()?, angles.cos()?], 1)
}
