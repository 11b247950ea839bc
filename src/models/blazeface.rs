//! BlazeFace, the short-range network of MediaPipe that finds faces, with points on them, in 128 × 128 pixels.
//! Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond neural face detection on mobile GPUs", arXiv:1907.05047.
//!
//! A 5×5 convolution with stride 2, then sixteen blocks: a 3×3 depthwise convolution, a 1×1 convolution, the block's
//! input (its 2×2 maxima where the stride is 2, zeros in channels that it has not) added, ReLU. 1×1 convolutions read
//! two anchors a cell off the 16×16 maps and six a cell off the 8×8 maps. Padding is TensorFlow's "SAME".
//!
//! Tensor names are `stem`, `blocks.{i}.depthwise`, `blocks.{i}.pointwise`, `scores_8`, `boxes_8`, `scores_16`,
//! `boxes_16`; layouts are PyTorch's. `tests/reference/blazeface.py` makes the file of the published weights.

use candle_core::{Result, bail};
use candle_nn::VarBuilder;

use crate::image_buf::ImageBuf;
use crate::nn::{Ending, FrozenConv, FrozenDepthwise, Maps, Pool, Window};

/// Channels behind the first convolution.
const STEM: usize = 24;
/// Channels behind each block, and its stride.
const BLOCKS: [(usize, usize); 16] = [
    (24, 1),
    (28, 1),
    (32, 2),
    (36, 1),
    (42, 1),
    (48, 2),
    (56, 1),
    (64, 1),
    (72, 1),
    (80, 1),
    (88, 1),
    (96, 2),
    (96, 1),
    (96, 1),
    (96, 1),
    (96, 1),
];
/// The block whose maps the finer anchors are read off.
const FINE: usize = 10;
/// Anchors a cell on the 16 × 16 maps and on the 8 × 8 maps.
const ANCHORS: [usize; 2] = [2, 6];
const POINT: Window = Window { kernel: (1, 1), stride: 1, padding: (0, 0) };
const HALVES: Window = Window { kernel: (2, 2), stride: 2, padding: (0, 0) };

/// The network.
pub struct BlazeFace {
    stem: FrozenConv,
    blocks: Vec<Block>,
    heads: [Head; 2],
}

/// A face as one anchor has it, in parts of the picture's side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceBox {
    /// Probability in [0, 1] that it is a face.
    pub score: f32,
    /// Middle of its box.
    pub center: [f32; 2],
    /// Width and height of its box.
    pub size: [f32; 2],
    /// Points on it, left and right as the viewer sees them: left eye, right eye, tip of the nose, middle of the
    /// mouth, left and right ear.
    pub points: [[f32; 2]; 6],
}

impl BlazeFace {
    /// Pixels on a side of the pictures that it sees.
    pub const SIDE: usize = 128;

    /// Takes its tensors from `vb`. Errors: a tensor that is missing or has another shape.
    pub fn new(vb: VarBuilder) -> Result<Self> {
        let stem = Window { kernel: (5, 5), stride: 2, padding: (0, 0) };
        let stem = conv(&vb.pp("stem"), [3, STEM], stem)?.ending(Ending::Relu);
        let (mut blocks, mut ins) = (Vec::new(), STEM);
        for (index, (outs, stride)) in BLOCKS.into_iter().enumerate() {
            blocks.push(Block::new(&vb.pp("blocks").pp(index), [ins, outs], stride)?);
            ins = outs;
        }
        let fine = Head::new(&vb, 8, BLOCKS[FINE].0, ANCHORS[0])?;
        let coarse = Head::new(&vb, 16, ins, ANCHORS[1])?;
        Ok(Self { stem, blocks, heads: [fine, coarse] })
    }

    /// The faces that its 896 anchors have in a picture of [`BlazeFace::SIDE`] pixels a side with a score of at least
    /// `least`, overlapping ones among them. Runs on this thread. Errors: a picture of another size.
    pub fn faces(&self, image: &ImageBuf, least: f32) -> Result<Vec<FaceBox>> {
        let mut faces = Vec::new();
        for (head, (scores, boxes)) in self.heads.iter().zip(self.raw(image)?) {
            let cells = Self::SIDE / head.stride;
            for (index, (score, values)) in scores.iter().zip(boxes.as_chunks::<16>().0).enumerate() {
                // The clipping is MediaPipe's.
                let score = 1.0 / (1.0 + (-score.clamp(-100.0, 100.0)).exp());
                if score < least {
                    continue;
                }
                let cell = index / head.anchors;
                let middle = [cell % cells, cell / cells].map(|at| (at as f32 + 0.5) / cells as f32);
                let pair = |at: usize| [values[2 * at], values[2 * at + 1]].map(|v| v / Self::SIDE as f32);
                let place = |at: usize| {
                    let [x, y] = pair(at);
                    [middle[0] + x, middle[1] + y]
                };
                let points = std::array::from_fn(|point| place(2 + point));
                faces.push(FaceBox { score, center: place(0), size: pair(1), points });
            }
        }
        Ok(faces)
    }

    /// Logits and boxes of both kinds of anchors, as the network gives them: 16 numbers a box, in pixels from its
    /// anchor's middle.
    fn raw(&self, image: &ImageBuf) -> Result<[(Vec<f32>, Vec<f32>); 2]> {
        let mut x = self.stem.forward(&padded(image)?)?;
        let mut fine = None;
        for (index, block) in self.blocks.iter().enumerate() {
            x = block.forward(x)?;
            if index == FINE {
                fine = Some(self.heads[0].forward(&x)?);
            }
        }
        let coarse = self.heads[1].forward(&x)?;
        match fine {
            Some(fine) => Ok([fine, coarse]),
            None => bail!("the network ends before its finer anchors"),
        }
    }
}

/// The picture in [-1, 1] as the first convolution wants it: of the padding a row lies above and two below.
fn padded(image: &ImageBuf) -> Result<Maps> {
    let side = BlazeFace::SIDE;
    if (image.width(), image.height()) != (side, side) {
        bail!("this network sees squares of {side} pixels, not {}×{}", image.width(), image.height());
    }
    let wide = side + 3;
    let mut values = vec![0.0; wide * wide * 3];
    let rows = values.chunks_exact_mut(wide * 3).skip(1);
    for (row, pixels) in rows.zip(image.pixels().chunks_exact(side * 3)) {
        for (value, byte) in row[3..].iter_mut().zip(pixels) {
            *value = f32::from(*byte) / 127.5 - 1.0;
        }
    }
    Maps::new([1, wide, wide, 3], values)
}

struct Block {
    depthwise: FrozenDepthwise,
    pointwise: FrozenConv,
    stride: usize,
}

impl Block {
    fn new(vb: &VarBuilder, [ins, outs]: [usize; 2], stride: usize) -> Result<Self> {
        let (weight, bias) = tensors(&vb.pp("depthwise"), [1, ins], (3, 3))?;
        let depthwise = FrozenDepthwise::new(&weight, [3, stride], bias, Ending::Linear)?;
        Ok(Self { depthwise, pointwise: conv(&vb.pp("pointwise"), [ins, outs], POINT)?, stride })
    }

    fn forward(&self, x: Maps) -> Result<Maps> {
        let mut out = self.pointwise.forward(&self.depthwise.forward(&x)?)?;
        let skipped = match self.stride {
            1 => x,
            _ => {
                let mut maxima = x.room_for(HALVES, x.channels())?;
                x.pool_into(HALVES, Pool::Max, &mut maxima, 0)?;
                maxima
            }
        };
        out.add_within(&skipped, Ending::Relu)?;
        Ok(out)
    }
}

struct Head {
    scores: FrozenConv,
    boxes: FrozenConv,
    anchors: usize,
    /// Pixels of the picture to a cell.
    stride: usize,
}

impl Head {
    fn new(vb: &VarBuilder, stride: usize, ins: usize, anchors: usize) -> Result<Self> {
        let scores = conv(&vb.pp(format!("scores_{stride}")), [ins, anchors], POINT)?;
        let boxes = conv(&vb.pp(format!("boxes_{stride}")), [ins, 16 * anchors], POINT)?;
        Ok(Self { scores, boxes, anchors, stride })
    }

    fn forward(&self, x: &Maps) -> Result<(Vec<f32>, Vec<f32>)> {
        Ok((self.scores.forward(x)?.into_values(), self.boxes.forward(x)?.into_values()))
    }
}

/// Weight and bias of a convolution; of a depthwise one the channels stand where `outs` does.
fn tensors(vb: &VarBuilder, [ins, outs]: [usize; 2], kernel: (usize, usize)) -> Result<(Vec<f32>, Vec<f32>)> {
    let weight = vb.get((outs, ins, kernel.0, kernel.1), "weight")?.flatten_all()?.to_vec1()?;
    Ok((weight, vb.get(outs, "bias")?.to_vec1()?))
}

fn conv(vb: &VarBuilder, channels: [usize; 2], window: Window) -> Result<FrozenConv> {
    let [ins, outs] = channels;
    let (weight, bias) = tensors(vb, channels, window.kernel)?;
    Ok(FrozenConv::new(&weight, [outs, ins], window, bias)?.ending(Ending::Linear))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use candle_core::Device;

    use super::*;
    use crate::models::shipped;
    use crate::nn::Parameters;

    /// As `tests/reference/blazeface.py` makes them.
    fn picture(number: usize) -> ImageBuf {
        let side = BlazeFace::SIDE as i64;
        let ellipses = [
            (64, 66, 34, 44, 190),
            (50, 56, 8, 4, 60),
            (78, 56, 8, 4, 60),
            (64, 72, 4, 8, 160),
            (64, 88, 14, 4, 90),
        ];
        let value = |y: i64, x: i64, c: i64| match number {
            1 => (x * x / 37 + y * 5 + x * y / 64 + c * 40) % 256,
            _ => ellipses.iter().fold(40 + x / 4 + c * 10, |value, (cx, cy, rx, ry, colour)| {
                match ((x - cx) * ry).pow(2) + ((y - cy) * rx).pow(2) <= (rx * ry).pow(2) {
                    true => colour - c * 20,
                    false => value,
                }
            }),
        };
        let pixels = (0..side * side * 3).map(|at| value(at / (side * 3), at / 3 % side, at % 3) as u8);
        ImageBuf::new(side as usize, side as usize, pixels.collect()).unwrap()
    }

    fn network() -> BlazeFace {
        let tensors = candle_core::safetensors::load_buffer(shipped::BLAZEFACE, &Device::Cpu).unwrap();
        BlazeFace::new(Parameters::frozen(tensors, &Device::Cpu).var_builder()).unwrap()
    }

    /// LiteRT on the published file, `tests/reference/blazeface.py`.
    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code, and slow")]
    fn it_says_what_the_published_network_says() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/blazeface.safetensors");
        let reference = candle_core::safetensors::load(file, &Device::Cpu).unwrap();
        let network = network();
        for number in [0, 1] {
            let found = network.raw(&picture(number)).unwrap();
            for (name, found) in [
                ("scores", found.each_ref().map(|(scores, _)| scores.clone()).concat()),
                ("boxes", found.each_ref().map(|(_, boxes)| boxes.clone()).concat()),
            ] {
                let expected: Vec<f32> =
                    reference[&format!("{name}.{number}")].flatten_all().unwrap().to_vec1().unwrap();
                assert_eq!(found.len(), expected.len());
                let largest = expected.iter().fold(0f32, |most, v| most.max(v.abs()));
                let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < 1e-4 * largest, "{name} of {number}: off by {worst} of {largest}");
            }
        }
        let faces = network.faces(&picture(0), 0.8).unwrap();
        assert!(!faces.is_empty() && network.faces(&picture(1), 0.5).unwrap().is_empty());
        for face in faces {
            let [left, right, _, mouth, ..] = face.points;
            assert!((face.center[0] - 0.5).abs() < 0.05 && left[0] < 0.5 && right[0] > 0.5, "{face:?}");
            assert!(mouth[1] > left[1] + 0.1, "{face:?}");
        }
        assert!(network.faces(&ImageBuf::filled(64, 64, [0; 3]), 0.5).is_err());
    }
}
