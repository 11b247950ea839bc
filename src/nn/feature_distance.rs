//! The distance of pictures in some layers of a network that never changes. Where our own operations compute it is
//! one of them: what passes between its layers is no tensor, no gradient of a weight is computed, and the target goes
//! forward only.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::dispatch;
use super::gradients::hand_over;
use super::kernels::conv::{ConvInput, Gradient, WantedGradients};
use super::kernels::direction::{self, EPS};
use super::kernels::window::{Pool, Window, max_pool_backward, pool};
use super::layers::{Conv, Conv2d};
use super::memory::{build, give_back, take, with_scratch};
use super::ops::with_floats;
use super::stack_op::StackLayer;

/// Layers one after another, in some of which pictures are compared.
#[derive(Clone, Default)]
pub struct FeatureDistance {
    layers: Arc<Vec<FrozenLayer>>,
}

struct FrozenLayer {
    pass: FrozenPass,
    is_compared: bool,
}

enum FrozenPass {
    /// With its bias and activation; the weights are constants.
    Conv { layer: Conv, link: StackLayer },
    /// Maxima of three by three pixels at every other one, without padding.
    MaxPool,
}

const POOL: Window = Window { kernel: (3, 3), stride: 2, padding: (0, 0) };

/// A layer's result, and its shape.
struct FrozenMaps {
    dims: [usize; 4],
    values: Vec<f32>,
}

impl FrozenMaps {
    fn image(&self) -> usize {
        self.dims[1..].iter().product()
    }

    fn channels(&self) -> usize {
        self.dims[3]
    }
}

impl FeatureDistance {
    /// Adds a convolution.
    ///
    /// # Errors
    /// Weights that are variables.
    pub fn conv(mut self, conv: Conv2d, is_compared: bool) -> Result<Self> {
        let layer = Conv::from(conv);
        if layer.parameters().any(Tensor::track_op) {
            bail!("the layers that pictures are compared in are constants");
        }
        let link = layer.link(None);
        self.push(FrozenPass::Conv { layer, link }, is_compared)?;
        Ok(self)
    }

    /// Adds maxima of three by three pixels at every other one, without padding, which are not compared.
    pub fn max_pool(mut self) -> Result<Self> {
        self.push(FrozenPass::MaxPool, false)?;
        Ok(self)
    }

    fn push(&mut self, pass: FrozenPass, is_compared: bool) -> Result<()> {
        match Arc::get_mut(&mut self.layers) {
            Some(layers) => layers.push(FrozenLayer { pass, is_compared }),
            None => bail!("a network in use gets no further layers"),
        }
        Ok(())
    }

    /// `(1/n) Σ_i (1/L) Σ_l (1/P_l) Σ_p ‖u(φ_lp(x_i)) − u(φ_lp(t_i))‖²` with `u(v) = v / √(‖v‖² + C_l·ε)`: the squared
    /// distance of the directions of two pictures' channels at a pixel, its mean over the pixels of a layer, over the
    /// L layers that are compared, and over the batch (LPIPS with all weights 1, Zhang et al. 2018, equation 1,
    /// <https://arxiv.org/abs/1801.03924>). From 0 for equal pictures to 4; about 2 where what is seen has nothing in
    /// common. ε is 1e-4.
    ///
    /// * `x`, `target`: (n, height, width, channels) as the first layer takes it
    /// * returns a scalar; the gradient goes to `x` alone
    pub fn between(&self, x: &Tensor, target: &Tensor) -> Result<Tensor> {
        if x.dims() != target.dims() {
            bail!("pictures to compare need equal shapes, not {:?} and {:?}", x.dims(), target.dims());
        }
        if !self.layers.iter().any(|layer| layer.is_compared) {
            bail!("a distance in features needs a layer to compare in");
        }
        let target = target.detach();
        let weights = self.layers.iter().flat_map(|layer| layer.pass.weights());
        if dispatch::is_fast(&weights.chain([x, &target]).collect::<Vec<_>>()) {
            self.fast(&x.contiguous()?, &target.contiguous()?)
        } else {
            self.composed(x, &target)
        }
    }

    fn compared(&self) -> usize {
        self.layers.iter().filter(|layer| layer.is_compared).count()
    }

    /// Of candle's operations.
    fn composed(&self, x: &Tensor, target: &Tensor) -> Result<Tensor> {
        let direction = |v: &Tensor| -> Result<Tensor> {
            let squared = v.sqr()?.sum_keepdim(D::Minus1)?;
            v.broadcast_div(&(squared + f64::from(EPS) * v.dim(D::Minus1)? as f64)?.sqrt()?)
        };
        let (mut x, mut target) = (x.clone(), target.clone());
        let mut sum = Tensor::zeros((), x.dtype(), x.device())?;
        for layer in self.layers.iter() {
            (x, target) = (layer.pass.composed(&x)?, layer.pass.composed(&target)?);
            if layer.is_compared {
                let squared = (direction(&x)? - direction(&target)?)?.sqr()?.sum(D::Minus1)?;
                sum = (sum + squared.mean_all()?)?;
            }
        }
        sum.affine(1.0 / self.compared() as f64, 0.0)
    }

    fn fast(&self, x: &Tensor, target: &Tensor) -> Result<Tensor> {
        let shape: [usize; 4] = x.dims4()?.into();
        let targets = with_floats([target], |[target]| self.directions(target, shape))?;
        let seen = with_floats([x], |[x]| self.forward(x, shape))?;
        let distance = self.distance(&seen, &targets, shape[0]);
        let op = FeatureDistanceOp {
            distance,
            layers: self.clone(),
            kept: Mutex::new(Some(KeptFeatures { seen, targets })),
        };
        x.apply_op1(op)
    }

    /// The results of all layers.
    fn forward(&self, x: &[f32], shape: [usize; 4]) -> Result<Vec<FrozenMaps>> {
        let mut seen: Vec<FrozenMaps> = Vec::with_capacity(self.layers.len());
        for layer in self.layers.iter() {
            let (input, dims) = seen.last().map_or((x, shape), |maps| (&maps.values[..], maps.dims));
            let maps = layer.pass.forward(input, dims)?;
            seen.push(maps);
        }
        Ok(seen)
    }

    /// The directions in each layer that is compared.
    fn directions(&self, x: &[f32], shape: [usize; 4]) -> Result<Vec<Vec<f32>>> {
        let mut directions = Vec::with_capacity(self.compared());
        let mut last: Option<FrozenMaps> = None;
        for layer in self.layers.iter() {
            let (input, dims) = last.as_ref().map_or((x, shape), |maps| (&maps.values[..], maps.dims));
            let maps = layer.pass.forward(input, dims)?;
            if layer.is_compared {
                let image = maps.image();
                directions.push(build(maps.values.len(), image, |index, out| {
                    out.copy_from_slice(&maps.values[index * image..][..out.len()]);
                    direction::to_directions(out, maps.channels());
                }));
            }
            if let Some(used) = last.replace(maps) {
                give_back(used.values);
            }
        }
        if let Some(used) = last {
            give_back(used.values);
        }
        Ok(directions)
    }

    /// The distance itself, given the results of all layers and the targets' directions in those that are compared.
    fn distance(&self, seen: &[FrozenMaps], targets: &[Vec<f32>], images: usize) -> f32 {
        let compared = self.layers.iter().zip(seen).filter(|(layer, _)| layer.is_compared);
        let of_layer = |((_, maps), target): ((&FrozenLayer, &FrozenMaps), &Vec<f32>)| {
            let (image, channels) = (maps.image(), maps.channels());
            let of_image = |(v, target): (&[f32], &[f32])| {
                let mut sum = 0.0;
                direction::add_distance(v, target, channels, &mut sum);
                sum
            };
            let pairs = maps.values.par_chunks(image).zip(target.par_chunks(image));
            // In order, so that the same sum comes out every time.
            let sums: Vec<f64> = pairs.map(of_image).collect();
            sums.iter().sum::<f64>() * channels as f64 / image as f64
        };
        let sum: f64 = compared.zip(targets).map(of_layer).sum();
        (sum / (images * self.compared()) as f64) as f32
    }

    /// The gradient of `slope` times the distance with respect to the pictures.
    fn backward(&self, x: &[f32], shape: [usize; 4], kept: KeptFeatures, slope: f32) -> Result<Vec<f32>> {
        let KeptFeatures { mut seen, mut targets } = kept;
        let per_layer = slope / (shape[0] * self.compared()) as f32;
        // The gradient of a layer's result, after the last layer's.
        let mut own: Option<Vec<f32>> = None;
        for layer in self.layers.iter().rev() {
            let Some(maps) = seen.pop() else { bail!("a layer has kept nothing") };
            let (image, channels) = (maps.image(), maps.channels());
            let mut grad = match own.take() {
                Some(grad) => grad,
                None => {
                    let mut none = take(maps.values.len());
                    none.fill(0.0);
                    none
                }
            };
            if layer.is_compared
                && let Some(target) = targets.pop()
            {
                let factor = per_layer * channels as f32 / image as f32;
                let pairs = maps.values.par_chunks(image).zip(target.par_chunks(image));
                grad.par_chunks_mut(image).zip(pairs).for_each(|(grad, (v, target))| {
                    direction::add_distance_gradient(v, target, channels, factor, grad);
                });
                give_back(target);
            }
            let (input, dims) = seen.last().map_or((x, shape), |maps| (&maps.values[..], maps.dims));
            own = Some(layer.pass.backward((input, dims), &maps, &grad)?);
            give_back(grad);
            give_back(maps.values);
        }
        Ok(own.unwrap_or_default())
    }
}

impl FrozenPass {
    fn weights(&self) -> impl Iterator<Item = &Tensor> {
        let layer = match self {
            FrozenPass::Conv { layer, .. } => Some(layer),
            FrozenPass::MaxPool => None,
        };
        layer.into_iter().flat_map(Conv::parameters)
    }

    fn composed(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            FrozenPass::Conv { layer, .. } => layer.forward(x),
            FrozenPass::MaxPool => {
                let along = |x: &Tensor, dim: usize| -> Result<Tensor> {
                    let positions = positions(x.dim(dim)?)? as u32;
                    let at = |first: u32| -> Result<Tensor> {
                        let last = first + 2 * (positions - 1);
                        x.index_select(&Tensor::arange_step(first, last + 1, 2, x.device())?, dim)
                    };
                    at(0)?.maximum(&at(1)?)?.maximum(&at(2)?)
                };
                along(&along(x, 1)?, 2)
            }
        }
    }

    fn forward(&self, x: &[f32], dims: [usize; 4]) -> Result<FrozenMaps> {
        match self {
            FrozenPass::Conv { link, .. } => {
                let g = link.conv.geometry(&dims, link.weight.dims())?;
                let bias = link.bias.as_ref().unwrap_or(&link.weight);
                let values = with_floats([&link.weight, bias], |[weight, bias]| {
                    let bias = link.bias.as_ref().map(|_| bias);
                    Ok(match &link.conv.packed {
                        Some(packed) => link.conv.run(&g, ConvInput::Plain(x), packed, bias),
                        None => {
                            let packed = link.conv.pack(weight, g.weight());
                            link.conv.run(&g, ConvInput::Plain(x), &packed, bias)
                        }
                    })
                })?;
                let dims = [dims[0], g.small_height, g.small_width, g.small_channels];
                Ok(FrozenMaps { dims, values })
            }
            FrozenPass::MaxPool => {
                let [n, height, width, channels] = dims;
                let (down, across) = (positions(height)?, positions(width)?);
                let (image, out) = (height * width * channels, down * across * channels);
                let values = build(n * out, out, |index, out| {
                    let x = &x[index * image..][..image];
                    pool(x, (height, width, channels), POOL, (down, across), Pool::Max, out, channels);
                });
                Ok(FrozenMaps { dims: [n, down, across, channels], values })
            }
        }
    }

    /// The gradient of the input, given that of the result `y`.
    fn backward(&self, (x, dims): (&[f32], [usize; 4]), y: &FrozenMaps, grad: &[f32]) -> Result<Vec<f32>> {
        match self {
            FrozenPass::Conv { link, .. } => {
                let g = link.conv.geometry(&dims, link.weight.dims())?;
                let gradient = Gradient::Activation { y: &y.values, grad, activation: link.conv.activation };
                let wanted = WantedGradients { x: true, weight: false, bias: false };
                with_floats([&link.weight], |[weight]| {
                    let input = ConvInput::Plain(x);
                    Ok(link.conv.backward_through(&g, input, weight, gradient, wanted).x.unwrap_or_default())
                })
            }
            FrozenPass::MaxPool => {
                let [_, height, width, channels] = dims;
                let sizes = (height, width, channels);
                let (image, out) = (height * width * channels, y.image());
                Ok(build(x.len(), image, |index, dx| {
                    let (x, results) = (&x[index * image..][..image], index * out..(index + 1) * out);
                    let (grad, y_of) = (&grad[results.clone()], &y.values[results]);
                    with_scratch([channels], |[open]| {
                        max_pool_backward(x, sizes, POOL, (y.dims[1], y.dims[2]), y_of, grad, dx, open);
                    });
                }))
            }
        }
    }
}

/// Of the pool along a side.
fn positions(length: usize) -> Result<usize> {
    match POOL.positions(length, length) {
        Some((positions, _)) => Ok(positions),
        None => bail!("maps of {length} pixels on a side are too small for this network"),
    }
}

/// Values that the way back needs.
struct KeptFeatures {
    seen: Vec<FrozenMaps>,
    targets: Vec<Vec<f32>>,
}

/// The way back.
struct FeatureDistanceOp {
    distance: f32,
    layers: FeatureDistance,
    /// Until a backward pass has used it.
    kept: Mutex<Option<KeptFeatures>>,
}

impl CustomOp1 for FeatureDistanceOp {
    fn name(&self) -> &'static str {
        "distance in features"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(vec![self.distance]), Shape::from(())))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let Some(kept) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            bail!("a backward pass has gone through this distance before and freed what it had kept for it");
        };
        let (slope, shape) = (grad.to_scalar::<f32>()?, x.dims4()?.into());
        let dx = with_floats([x], |[x]| self.layers.backward(x, shape, kept, slope))?;
        hand_over(Some(dx), x)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use candle_core::{Device, Var};

    use super::*;
    use crate::nn::{Activation, ConvConfig, Parameters};
    use crate::random;

    fn tensor(stream: u64, shape: &[usize]) -> Tensor {
        let values = random::standard_normal(1, stream, shape.iter().product());
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    fn conv(stream: u64, ins: usize, outs: usize, cfg: ConvConfig, activation: Activation) -> Conv2d {
        let scale = (2.0 / (ins * cfg.kernel * cfg.kernel) as f64).sqrt();
        let weight = (tensor(stream, &[outs, ins, cfg.kernel, cfg.kernel]) * scale).unwrap();
        let bias = (tensor(stream + 1, &[outs]) * 0.1).unwrap();
        let tensors = HashMap::from([("weight".to_owned(), weight), ("bias".to_owned(), bias)]);
        let frozen = Parameters::frozen(tensors, &Device::Cpu);
        Conv2d::new(ins, outs, cfg, true, activation, frozen.var_builder()).unwrap()
    }

    /// Both activations, all strides and paddings in use, a number of channels that is no multiple of eight, a pool
    /// of maps with an odd and an even side.
    fn network() -> FeatureDistance {
        let cfg = |kernel, stride, padding| ConvConfig { kernel, stride, padding };
        FeatureDistance::default()
            .conv(conv(10, 3, 12, cfg(3, 2, 0), Activation::Relu), true)
            .unwrap()
            .conv(conv(20, 12, 8, cfg(3, 1, 1), Activation::LeakyRelu(0.2)), false)
            .unwrap()
            .max_pool()
            .unwrap()
            .conv(conv(30, 8, 20, cfg(1, 1, 0), Activation::Relu), true)
            .unwrap()
            .conv(conv(40, 20, 16, cfg(4, 2, 1), Activation::LeakyRelu(0.2)), true)
            .unwrap()
    }

    fn scalar(t: &Tensor) -> f64 {
        f64::from(t.to_scalar::<f32>().unwrap())
    }

    #[test]
    fn both_ways_give_the_same_distance_and_gradient() {
        let network = network();
        let x = Var::from_tensor(&tensor(1, &[3, 19, 22, 3])).unwrap();
        let target = (x.as_tensor() + (tensor(2, &[3, 19, 22, 3]) * 0.5).unwrap()).unwrap().detach();
        let of = |distance: Tensor| {
            let gradient = distance.affine(3.0, 0.0).unwrap().backward().unwrap().get(&x).unwrap().clone();
            (scalar(&distance), gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap())
        };
        let (ours, gradient) = of(network.between(&x, &target).unwrap());
        let (theirs, expected) = of(network.composed(&x, &target).unwrap());
        assert!((0.05..2.0).contains(&theirs), "{theirs}");
        assert!((ours - theirs).abs() < 1e-6 * theirs, "{ours} instead of {theirs}");
        let largest = expected.iter().fold(0.0, |most: f32, v| most.max(v.abs()));
        for (found, expected) in gradient.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-5 * largest, "{found} instead of {expected} of {largest}");
        }
    }

    #[test]
    fn equal_pictures_have_no_distance_and_no_slope() {
        let x = Var::from_tensor(&tensor(1, &[2, 20, 20, 3])).unwrap();
        let distance = network().between(&x, &x.as_tensor().copy().unwrap()).unwrap();
        let gradient = distance.backward().unwrap().get(&x).unwrap().abs().unwrap().max_all().unwrap();
        assert!(scalar(&distance) < 1e-10 && scalar(&gradient) < 1e-6);
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        let network = network();
        let x = tensor(1, &[2, 20, 20, 3]);
        assert!(network.between(&x, &tensor(1, &[2, 20, 21, 3])).is_err());
        assert!(network.between(&x.narrow(1, 0, 4).unwrap(), &x.narrow(1, 0, 4).unwrap()).is_err());
        assert!(FeatureDistance::default().between(&x, &x).is_err());
        let variables = Parameters::seeded(1, &Device::Cpu);
        let cfg = ConvConfig { kernel: 3, stride: 1, padding: 1 };
        let learning = Conv2d::new(3, 4, cfg, true, Activation::Relu, variables.var_builder()).unwrap();
        assert!(FeatureDistance::default().conv(learning, true).is_err());
    }
}
