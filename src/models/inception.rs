//! Inception-v3 (Szegedy et al. 2016, <https://arxiv.org/abs/1512.00567>) as it is used for the Fréchet
//! inception distance: the network of `pytorch-fid`'s `fid_inception_v3` up to its last pool, tensor for
//! tensor under its names.
//!
//! It differs from torchvision's: average pools leave the padding out of the mean, the last block pools by
//! maximum, and images are resized to 299×299 bilinearly without antialiasing and given as `2x − 1`.
//! Batch normalisation is folded into the convolutions.

use candle_core::{Result, bail};
use candle_nn::VarBuilder;

use super::folding::folded;
use crate::image_buf::ImageBuf;
use crate::nn::{FrozenConv, Maps, Pool, Window};

/// Side of the images that the network sees.
const SIDE: usize = 299;
/// Of the batch normalisations, torchvision's `BasicConv2d`.
const EPS: f64 = 1e-3;

/// The network.
pub struct Inception {
    blocks: Vec<Block>,
}

impl Inception {
    /// Numbers it gives for an image.
    pub const FEATURE_DIM: usize = 2048;

    /// Takes its tensors from `vb`, on the CPU. Errors: a tensor that is missing or has another shape.
    pub fn new(vb: VarBuilder) -> Result<Self> {
        let at = |name: &str| vb.pp(name);
        let blocks = vec![
            Block(vec![vec![
                conv(&at("Conv2d_1a_3x3"), 3, 32, SHRINKING)?,
                conv(&at("Conv2d_2a_3x3"), 32, 32, window(3, 3, (0, 0)))?,
                conv(&at("Conv2d_2b_3x3"), 32, 64, AROUND)?,
                InceptionLayer::Pool(Pool::Max, SHRINKING),
                conv(&at("Conv2d_3b_1x1"), 64, 80, POINT)?,
                conv(&at("Conv2d_4a_3x3"), 80, 192, window(3, 3, (0, 0)))?,
                InceptionLayer::Pool(Pool::Max, SHRINKING),
            ]]),
            block_a(&at("Mixed_5b"), 192, 32)?,
            block_a(&at("Mixed_5c"), 256, 64)?,
            block_a(&at("Mixed_5d"), 288, 64)?,
            block_b(&at("Mixed_6a"), 288)?,
            block_c(&at("Mixed_6b"), 128)?,
            block_c(&at("Mixed_6c"), 160)?,
            block_c(&at("Mixed_6d"), 160)?,
            block_c(&at("Mixed_6e"), 192)?,
            block_d(&at("Mixed_7a"), 768)?,
            block_e(&at("Mixed_7b"), 1280, Pool::Average)?,
            block_e(&at("Mixed_7c"), 2048, Pool::Max)?,
        ];
        Ok(Self { blocks })
    }

    /// [`Inception::FEATURE_DIM`] numbers for each image, of whatever sizes these are, one image's after
    /// the other's. Runs on this thread.
    pub fn features(&self, images: &[ImageBuf]) -> Result<Vec<f32>> {
        let mut seen = Vec::with_capacity(images.len() * SIDE * SIDE * 3);
        for image in images {
            resize(image.width(), image.height(), |at| f32::from(image.pixels()[at]), &mut seen);
        }
        self.of_resized(images.len(), seen)
    }

    /// Features as by [`Inception::features`], of square pictures of floats in [0, 1], as many pixels a side as said.
    pub fn features_of_floats(&self, pictures: &[Vec<f32>], side: usize) -> Result<Vec<f32>> {
        let mut seen = Vec::with_capacity(pictures.len() * SIDE * SIDE * 3);
        pictures.iter().for_each(|picture| resize(side, side, |at| picture[at] * 255.0, &mut seen));
        self.of_resized(pictures.len(), seen)
    }

    fn of_resized(&self, count: usize, seen: Vec<f32>) -> Result<Vec<f32>> {
        let mut x = Maps::new([count, SIDE, SIDE, 3], seen)?;
        for block in &self.blocks {
            x = block.forward(&x)?;
        }
        Ok(x.means())
    }
}

const POINT: Window = window(1, 1, (0, 0));
/// Three by three at every other pixel, without padding.
const SHRINKING: Window = Window { kernel: (3, 3), stride: 2, padding: (0, 0) };
/// Three by three around every pixel.
const AROUND: Window = window(3, 3, (1, 1));

const fn window(rows: usize, columns: usize, padding: (usize, usize)) -> Window {
    Window { kernel: (rows, columns), stride: 1, padding }
}

/// An oblong window around every pixel.
const fn centred(rows: usize, columns: usize) -> Window {
    window(rows, columns, (rows / 2, columns / 2))
}

enum InceptionLayer {
    Conv(Box<FrozenConv>),
    /// Two convolutions of the same input, their results beside each other.
    Fork(Box<[FrozenConv; 2]>),
    Pool(Pool, Window),
}

impl InceptionLayer {
    fn out_channels(&self, in_channels: usize) -> usize {
        match self {
            InceptionLayer::Conv(conv) => conv.out_channels(),
            InceptionLayer::Fork(pair) => pair.iter().map(FrozenConv::out_channels).sum(),
            InceptionLayer::Pool(..) => in_channels,
        }
    }

    fn window(&self) -> Window {
        match self {
            InceptionLayer::Conv(conv) => conv.window(),
            InceptionLayer::Fork(pair) => pair[0].window(),
            InceptionLayer::Pool(_, window) => *window,
        }
    }

    fn forward(&self, x: &Maps) -> Result<Maps> {
        let mut out = x.room_for(self.window(), self.out_channels(x.channels()))?;
        self.forward_into(x, &mut out, 0)?;
        Ok(out)
    }

    fn forward_into(&self, x: &Maps, out: &mut Maps, first: usize) -> Result<()> {
        match self {
            InceptionLayer::Conv(conv) => conv.forward_into(x, out, first),
            InceptionLayer::Fork(pair) => {
                pair[0].forward_into(x, out, first)?;
                pair[1].forward_into(x, out, first + pair[0].out_channels())
            }
            InceptionLayer::Pool(kind, window) => x.pool_into(*window, *kind, out, first),
        }
    }
}

/// Branches of the same input, whose results lie beside each other.
struct Block(Vec<Vec<InceptionLayer>>);

impl Block {
    fn forward(&self, x: &Maps) -> Result<Maps> {
        let ends = |branch: &Vec<InceptionLayer>| {
            branch.iter().fold(x.channels(), |channels, layer| layer.out_channels(channels))
        };
        let channels = self.0.iter().map(ends).sum();
        let (mut out, mut first) = (None, 0);
        for branch in &self.0 {
            let Some((last, before)) = branch.split_last() else { continue };
            let mut inner = None;
            for layer in before {
                inner = Some(layer.forward(inner.as_ref().unwrap_or(x))?);
            }
            let inner = inner.as_ref().unwrap_or(x);
            let mut room = match out.take() {
                Some(room) => room,
                None => inner.room_for(last.window(), channels)?,
            };
            last.forward_into(inner, &mut room, first)?;
            first += last.out_channels(inner.channels());
            out = Some(room);
        }
        match out {
            Some(out) => Ok(out),
            None => bail!("a block without branches has no result"),
        }
    }
}

fn frozen(vb: &VarBuilder, ins: usize, outs: usize, window: Window) -> Result<FrozenConv> {
    let weight = vb.get((outs, ins, window.kernel.0, window.kernel.1), "conv.weight")?;
    let (weight, bias) = folded(&vb.pp("bn"), &weight, EPS)?;
    FrozenConv::new(&weight, [outs, ins], window, bias)
}

fn conv(vb: &VarBuilder, ins: usize, outs: usize, window: Window) -> Result<InceptionLayer> {
    Ok(InceptionLayer::Conv(Box::new(frozen(vb, ins, outs, window)?)))
}

/// Convolutions one after another: name, channels of the result, window.
fn branch(vb: &VarBuilder, mut ins: usize, convs: &[(&str, usize, Window)]) -> Result<Vec<InceptionLayer>> {
    let mut layers = Vec::with_capacity(convs.len());
    for (name, outs, window) in convs {
        layers.push(conv(&vb.pp(name), ins, *outs, *window)?);
        ins = *outs;
    }
    Ok(layers)
}

/// A pool and a pointwise convolution.
fn pool_branch(vb: &VarBuilder, kind: Pool, ins: usize, outs: usize) -> Result<Vec<InceptionLayer>> {
    Ok(vec![InceptionLayer::Pool(kind, AROUND), conv(&vb.pp("branch_pool"), ins, outs, POINT)?])
}

/// 35×35 pixels.
fn block_a(vb: &VarBuilder, ins: usize, pool_features: usize) -> Result<Block> {
    Ok(Block(vec![
        branch(vb, ins, &[("branch1x1", 64, POINT)])?,
        branch(vb, ins, &[("branch5x5_1", 48, POINT), ("branch5x5_2", 64, centred(5, 5))])?,
        branch(
            vb,
            ins,
            &[("branch3x3dbl_1", 64, POINT), ("branch3x3dbl_2", 96, AROUND), ("branch3x3dbl_3", 96, AROUND)],
        )?,
        pool_branch(vb, Pool::Average, ins, pool_features)?,
    ]))
}

/// From 35×35 to 17×17 pixels.
fn block_b(vb: &VarBuilder, ins: usize) -> Result<Block> {
    Ok(Block(vec![
        branch(vb, ins, &[("branch3x3", 384, SHRINKING)])?,
        branch(
            vb,
            ins,
            &[
                ("branch3x3dbl_1", 64, POINT),
                ("branch3x3dbl_2", 96, AROUND),
                ("branch3x3dbl_3", 96, SHRINKING),
            ],
        )?,
        vec![InceptionLayer::Pool(Pool::Max, SHRINKING)],
    ]))
}

/// 17×17 pixels, factorised kernels of seven by seven on `inner` channels.
fn block_c(vb: &VarBuilder, inner: usize) -> Result<Block> {
    const INS: usize = 768;
    let (row, column) = (centred(1, 7), centred(7, 1));
    Ok(Block(vec![
        branch(vb, INS, &[("branch1x1", 192, POINT)])?,
        branch(
            vb,
            INS,
            &[("branch7x7_1", inner, POINT), ("branch7x7_2", inner, row), ("branch7x7_3", 192, column)],
        )?,
        branch(
            vb,
            INS,
            &[
                ("branch7x7dbl_1", inner, POINT),
                ("branch7x7dbl_2", inner, column),
                ("branch7x7dbl_3", inner, row),
                ("branch7x7dbl_4", inner, column),
                ("branch7x7dbl_5", 192, row),
            ],
        )?,
        pool_branch(vb, Pool::Average, INS, 192)?,
    ]))
}

/// From 17×17 to 8×8 pixels.
fn block_d(vb: &VarBuilder, ins: usize) -> Result<Block> {
    Ok(Block(vec![
        branch(vb, ins, &[("branch3x3_1", 192, POINT), ("branch3x3_2", 320, SHRINKING)])?,
        branch(
            vb,
            ins,
            &[
                ("branch7x7x3_1", 192, POINT),
                ("branch7x7x3_2", 192, centred(1, 7)),
                ("branch7x7x3_3", 192, centred(7, 1)),
                ("branch7x7x3_4", 192, SHRINKING),
            ],
        )?,
        vec![InceptionLayer::Pool(Pool::Max, SHRINKING)],
    ]))
}

/// 8×8 pixels.
fn block_e(vb: &VarBuilder, ins: usize, pool: Pool) -> Result<Block> {
    let fork = |name: &str| -> Result<InceptionLayer> {
        let one = |suffix: &str, window| frozen(&vb.pp(format!("{name}{suffix}")), 384, 384, window);
        Ok(InceptionLayer::Fork(Box::new([one("a", centred(1, 3))?, one("b", centred(3, 1))?])))
    };
    let mut single = branch(vb, ins, &[("branch3x3_1", 384, POINT)])?;
    single.push(fork("branch3x3_2")?);
    let mut double = branch(vb, ins, &[("branch3x3dbl_1", 448, POINT), ("branch3x3dbl_2", 384, AROUND)])?;
    double.push(fork("branch3x3dbl_3")?);
    Ok(Block(vec![
        branch(vb, ins, &[("branch1x1", 320, POINT)])?,
        single,
        double,
        pool_branch(vb, pool, ins, 192)?,
    ]))
}

/// Appends an image of values from 0 to 255 (height × width × RGB) at [`SIDE`] squared, in [−1, 1], as PyTorch's
/// `interpolate(mode="bilinear", align_corners=False)` resizes it: two pixels each way, however much
/// smaller the result is.
fn resize(width: usize, height: usize, value: impl Fn(usize) -> f32, out: &mut Vec<f32>) {
    let (rows, columns) = (taps(height), taps(width));
    for (above, below, down) in rows {
        let (above, below) = (above * width * 3, below * width * 3);
        for (left, right, across) in &columns {
            for c in 0..3 {
                let mix = |row: usize| {
                    let (a, b) = (value(row + left * 3 + c), value(row + right * 3 + c));
                    a + (b - a) * across
                };
                let value = mix(above) * (1.0 - down) + mix(below) * down;
                out.push(value * (2.0 / 255.0) - 1.0);
            }
        }
    }
}

/// For each of [`SIDE`] places along a side of this many pixels the two pixels that it lies between, and
/// how near the second is.
fn taps(length: usize) -> Vec<(usize, usize, f32)> {
    let scale = length as f32 / SIDE as f32;
    let place = |at: usize| {
        let from = ((at as f32 + 0.5) * scale - 0.5).max(0.0);
        let first = (from as usize).min(length - 1);
        (first, (first + 1).min(length - 1), from - first as f32)
    };
    (0..SIDE).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resized(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Vec<f32> {
        let pixels =
            (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| [value(x, y); 3]);
        let mut out = Vec::new();
        let image = ImageBuf::new(width, height, pixels.collect()).unwrap();
        resize(width, height, |at| f32::from(image.pixels()[at]), &mut out);
        assert_eq!(out.len(), SIDE * SIDE * 3);
        out
    }

    fn in_range(value: f64) -> f32 {
        (value * 2.0 / 255.0 - 1.0) as f32
    }

    #[test]
    fn an_image_is_resized_from_two_pixels_each_way() {
        let noise = |x: usize, y: usize| ((x * 31 + y * 17) % 251) as u8;
        let same = resized(SIDE, SIDE, noise);
        // Twice as large each way: halfway between the two pixels in the middle of each three or four.
        let halved = resized(2 * SIDE, 2 * SIDE, noise);
        // Three times as wide: the middle one of three, the others being passed over.
        let thinned = resized(3 * SIDE, SIDE, noise);
        // A single pixel is everywhere.
        let flat = resized(1, 2, |_, y| 200 * y as u8);
        for (x, y) in [(0, 0), (1, 0), (17, 230), (SIDE - 1, SIDE - 1)] {
            let at = (y * SIDE + x) * 3;
            let near = |found: &[f32], value: f64| {
                assert!((found[at] - in_range(value)).abs() < 1e-5, "({x}, {y}): {} {value}", found[at]);
            };
            near(&same, noise(x, y).into());
            let four =
                [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| f64::from(noise(2 * x + dx, 2 * y + dy)));
            near(&halved, four.iter().sum::<f64>() / 4.0);
            near(&thinned, noise(3 * x + 1, y).into());
            near(&flat, 200.0 * ((y as f64 + 0.5) * 2.0 / SIDE as f64 - 0.5).clamp(0.0, 1.0));
        }
    }
}
