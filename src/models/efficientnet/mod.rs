//! EfficientNet-Lite (Tan and Le 2019, <https://arxiv.org/abs/1905.11946>; the variant of Liu 2020 without
//! squeeze-and-excitation and with ReLU6, which runs on small devices) up to its last pool: the network of the package
//! `efficientnet-lite-pytorch`, tensor for tensor under its names.
//!
//! Blocks are inverted bottlenecks (Sandler et al. 2018): a pointwise convolution widens, a depthwise one looks around,
//! another pointwise one, without an activation, narrows. Convolutions are padded as TensorFlow's "SAME" does it. The
//! middle square of an image is resized to the network's size (bilinear, widening with a reduction) and given as
//! (x − 127) / 128 of its bytes, as the networks were trained. Batch normalisation is folded into the convolutions.

#[cfg(test)]
mod tests;

use candle_core::{Result, bail};
use candle_nn::VarBuilder;

use super::folding::folded;
use crate::image_buf::ImageBuf;
use crate::nn::{Ending, FrozenConv, FrozenDepthwise, Maps, Window};

/// Of the batch normalisations.
const EPS: f64 = 1e-3;
/// Channels of the first convolution, and of the last, in every variant.
const STEM: usize = 32;
const HEAD: usize = 1280;

/// A network between the smallest and larger ones: how much wider and deeper, and for which images.
struct Variant {
    width: f64,
    depth: f64,
    side: usize,
}

/// Lite0, Lite1 and Lite2.
const VARIANTS: [Variant; 3] = [
    Variant { width: 1.0, depth: 1.0, side: 224 },
    Variant { width: 1.0, depth: 1.1, side: 240 },
    Variant { width: 1.1, depth: 1.2, side: 260 },
];

/// Blocks one after another; only the first of them has the stride.
struct Stage {
    repeats: usize,
    kernel: usize,
    stride: usize,
    expansion: usize,
    channels: usize,
}

const fn stage(repeats: usize, kernel: usize, stride: usize, expansion: usize, channels: usize) -> Stage {
    Stage { repeats, kernel, stride, expansion, channels }
}

/// Of the smallest network.
const STAGES: [Stage; 7] = [
    stage(1, 3, 1, 1, 16),
    stage(2, 3, 2, 6, 24),
    stage(2, 5, 2, 6, 40),
    stage(3, 3, 2, 6, 80),
    stage(3, 5, 1, 6, 112),
    stage(4, 5, 2, 6, 192),
    stage(1, 3, 1, 6, 320),
];

impl Variant {
    /// Channels of a stage: a multiple of 8 near the wider number, and not below nine tenths of it.
    fn channels(&self, stage: &Stage) -> usize {
        let wanted = stage.channels as f64 * self.width;
        let rounded = ((wanted + 4.0) as usize / 8 * 8).max(8);
        if (rounded as f64) < 0.9 * wanted { rounded + 8 } else { rounded }
    }

    /// Blocks of a stage. The first stage and the last are not deepened.
    fn repeats(&self, number: usize, stage: &Stage) -> usize {
        match number {
            0 | 6 => stage.repeats,
            _ => (stage.repeats as f64 * self.depth).ceil() as usize,
        }
    }

    fn blocks(&self) -> usize {
        STAGES.iter().enumerate().map(|(number, stage)| self.repeats(number, stage)).sum()
    }

    /// The one whose tensors `vb` has.
    fn of(vb: &VarBuilder) -> Result<&'static Variant> {
        let has = |block: usize| vb.contains_tensor(&format!("_blocks.{block}._project_conv.weight"));
        let found = VARIANTS.iter().find(|variant| {
            let head = (HEAD, variant.channels(&STAGES[6]), 1, 1);
            has(variant.blocks() - 1) && !has(variant.blocks()) && vb.get(head, "_conv_head.weight").is_ok()
        });
        match found {
            Some(variant) => Ok(variant),
            None => bail!("it is none of EfficientNet-Lite0, -Lite1 and -Lite2"),
        }
    }
}

/// The network.
pub struct EfficientNet {
    side: usize,
    stem: FrozenConv,
    blocks: Vec<Bottleneck>,
    head: FrozenConv,
}

impl EfficientNet {
    /// Numbers it gives for an image.
    pub const FEATURE_DIM: usize = HEAD;

    /// Takes its tensors from `vb`, on the CPU; which of the networks it is say the tensors. Errors: a tensor that is
    /// missing or has another shape.
    pub fn new(vb: VarBuilder) -> Result<Self> {
        let variant = Variant::of(&vb)?;
        let stem = Window { kernel: (3, 3), stride: 2, padding: (0, 0) };
        let stem = conv(&vb, ("_conv_stem", "_bn0"), [3, STEM], stem, Ending::Relu6)?;
        let (mut blocks, mut ins) = (Vec::new(), STEM);
        for (number, stage) in STAGES.iter().enumerate() {
            for repeat in 0..variant.repeats(number, stage) {
                let (outs, stride) = (variant.channels(stage), if repeat == 0 { stage.stride } else { 1 });
                let vb = vb.pp(format!("_blocks.{}", blocks.len()));
                blocks.push(Bottleneck::new(&vb, [ins, outs], stage, stride)?);
                ins = outs;
            }
        }
        let head = conv(&vb, ("_conv_head", "_bn1"), [ins, HEAD], POINT, Ending::Relu6)?;
        Ok(Self { side: variant.side, stem, blocks, head })
    }

    /// Side of the images that it sees.
    pub fn side(&self) -> usize {
        self.side
    }

    /// [`EfficientNet::FEATURE_DIM`] numbers for each image, which are squares of [`EfficientNet::side`]: the mean over
    /// the pixels of what the classifier would be given. Runs on this thread.
    pub fn features(&self, images: &[ImageBuf]) -> Result<Vec<f32>> {
        let mut x = self.stem.forward(&padded(images, self.side)?)?;
        for block in &self.blocks {
            x = block.forward(x)?;
        }
        Ok(self.head.forward(&x)?.means())
    }
}

/// The images as the first convolution, which has a stride of 2, wants them: a row below and a column to the right
/// are padding.
fn padded(images: &[ImageBuf], side: usize) -> Result<Maps> {
    let mut values = Vec::with_capacity(images.len() * (side + 1).pow(2) * 3);
    for image in images {
        if (image.width(), image.height()) != (side, side) {
            bail!("this network sees squares of {side} pixels, not {}×{}", image.width(), image.height());
        }
        for row in image.pixels().chunks_exact(side * 3) {
            values.extend(row.iter().map(|byte| (f32::from(*byte) - 127.0) / 128.0));
            values.extend([0.0; 3]);
        }
        values.extend(std::iter::repeat_n(0.0, (side + 1) * 3));
    }
    Maps::new([images.len(), side + 1, side + 1, 3], values)
}

const POINT: Window = Window { kernel: (1, 1), stride: 1, padding: (0, 0) };

/// An inverted bottleneck.
struct Bottleneck {
    expand: Option<FrozenConv>,
    depthwise: FrozenDepthwise,
    project: FrozenConv,
    /// Whether what goes in is added to what comes out.
    is_residual: bool,
}

impl Bottleneck {
    fn new(vb: &VarBuilder, [ins, outs]: [usize; 2], stage: &Stage, stride: usize) -> Result<Self> {
        let (inner, kernel) = (ins * stage.expansion, stage.kernel);
        let expand = match stage.expansion {
            1 => None,
            _ => Some(conv(vb, ("_expand_conv", "_bn0"), [ins, inner], POINT, Ending::Relu6)?),
        };
        let weight = vb.get((inner, 1, kernel, kernel), "_depthwise_conv.weight")?;
        let (weight, bias) = folded(&vb.pp("_bn1"), &weight, EPS)?;
        let depthwise = FrozenDepthwise::new(&weight, [kernel, stride], bias, Ending::Relu6)?;
        let project = conv(vb, ("_project_conv", "_bn2"), [inner, outs], POINT, Ending::Linear)?;
        Ok(Self { expand, depthwise, project, is_residual: stride == 1 && ins == outs })
    }

    fn forward(&self, x: Maps) -> Result<Maps> {
        let wide = self.expand.as_ref().map(|expand| expand.forward(&x)).transpose()?;
        let inner = self.depthwise.forward(wide.as_ref().unwrap_or(&x))?;
        let mut out = self.project.forward(&inner)?;
        if self.is_residual {
            out.add(&x)?;
        }
        Ok(out)
    }
}

fn conv(
    vb: &VarBuilder,
    (name, norm): (&str, &str),
    [ins, outs]: [usize; 2],
    window: Window,
    ending: Ending,
) -> Result<FrozenConv> {
    let weight = vb.pp(name).get((outs, ins, window.kernel.0, window.kernel.1), "weight")?;
    let (weight, bias) = folded(&vb.pp(norm), &weight, EPS)?;
    Ok(FrozenConv::new(&weight, [outs, ins], window, bias)?.ending(ending))
}
