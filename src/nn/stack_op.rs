//! Convolutions one after another as one candle operation. What passes between two layers is no tensor:
//! candle, which fills a gradient with zeros before it adds to it, would touch it four times. Buffers are
//! given back as soon as they are done with, and what a batch normalisation makes of a convolution's
//! result is never in memory as a whole: the next layer computes it when it reads, going forward and back.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

use super::activation::Activation;
use super::dispatch::check_norm;
use super::geometry::Geometry;
use super::gradients::{hand_over, pass_keeps_graph};
use super::kernels::batch_norm::{Affine, NormBackward, Normalised};
use super::kernels::conv::{ConvInput, Gradient, WantedGradients};
use super::memory::give_back;
use super::ops::{ConvOp, with_floats};
use super::shared::{self, BatchMoments};

/// A layer of the stack. Its tensors are contiguous f32 on the CPU, and variables or constants.
pub struct StackLayer {
    /// With a normalisation after it, it has neither bias nor activation.
    pub conv: ConvOp,
    pub weight: Tensor,
    pub bias: Option<Tensor>,
    pub norm: Option<StackNorm>,
}

/// The batch normalisation after a convolution, by the moments of the batch.
pub struct StackNorm {
    pub gamma: Tensor,
    pub beta: Tensor,
    pub activation: Activation,
}

impl StackLayer {
    fn parameters(&self) -> impl Iterator<Item = &Tensor> {
        let norm = self.norm.iter().flat_map(|norm| [&norm.gamma, &norm.beta]);
        [&self.weight].into_iter().chain(&self.bias).chain(norm)
    }

    fn run(&self, g: &Geometry, x: ConvInput<'_>) -> Result<SavedActivations> {
        let bias = self.bias.as_ref().unwrap_or(&self.weight);
        let out = with_floats([&self.weight, bias], |[weight, bias]| {
            let bias = self.bias.as_ref().map(|_| bias);
            if let Some(packed) = &self.conv.packed {
                return Ok(self.conv.run(g, x, packed, bias));
            }
            let packed = self.conv.pack(weight, g.weight());
            let out = self.conv.run(g, x, &packed, bias);
            give_back(packed);
            Ok(out)
        })?;
        let norm = self.norm.as_ref().map(|StackNorm { gamma, beta, activation }| {
            check_norm(out.len(), self.channels(g), gamma.elem_count())?;
            let channels = gamma.elem_count();
            let measured = shared::moments(&out, channels);
            let affine =
                with_floats([gamma, beta], |[gamma, beta]| Ok(Affine::new(&measured.0, gamma, beta)))?;
            Ok::<_, candle_core::Error>(SavedNorm { affine, measured, activation: *activation })
        });
        Ok(SavedActivations { geometry: *g, out, norm: norm.transpose()? })
    }

    fn channels(&self, g: &Geometry) -> usize {
        if self.conv.transposed { g.channels } else { g.small_channels }
    }
}

/// Values that a layer keeps for its backward pass.
struct SavedActivations {
    geometry: Geometry,
    /// Of the convolution; of the last layer, if it has no normalisation, candle keeps it.
    out: Vec<f32>,
    norm: Option<SavedNorm>,
}

struct SavedNorm {
    affine: Affine,
    measured: BatchMoments,
    activation: Activation,
}

impl SavedActivations {
    /// The layer's result, for the next one.
    fn source(&self) -> ConvInput<'_> {
        match &self.norm {
            None => ConvInput::Plain(&self.out),
            Some(norm) => ConvInput::Normalised(norm.of(&self.out)),
        }
    }
}

impl SavedNorm {
    fn of<'a>(&'a self, x: &'a [f32]) -> Normalised<'a> {
        Normalised { x, affine: &self.affine, activation: self.activation }
    }
}

/// Runs the layers on a contiguous NHWC `x`. Returns the result, which goes backward only under
/// [`backward`](super::backward) if one of the weights is a variable, and what each normalisation measured.
pub fn forward(links: Vec<StackLayer>, x: &Tensor) -> Result<(Tensor, Vec<Option<BatchMoments>>)> {
    // candle follows what depends on a variable; one of the weights stands for all.
    let variable = links.iter().flat_map(StackLayer::parameters).find(|t| t.is_variable()).cloned();
    let goes_back = x.track_op() || variable.is_some();
    let mut shape = x.shape().clone();
    let mut kept: Vec<SavedActivations> = Vec::with_capacity(links.len());
    with_floats([x], |[x]| {
        for link in &links {
            let g = link.conv.geometry(shape.dims(), link.weight.dims())?;
            let input = kept.last().map_or(ConvInput::Plain(x), SavedActivations::source);
            let layer = link.run(&g, input)?;
            shape = link.conv.result_shape(&g, shape.dims()[0]);
            if let (Some(before), false) = (kept.last_mut(), goes_back) {
                give_back(std::mem::take(&mut before.out));
            }
            kept.push(layer);
        }
        Ok(())
    })?;
    let Some(last) = kept.last_mut() else { return Ok((x.clone(), Vec::new())) };
    let y = match &last.norm {
        Some(norm) => norm.of(&last.out).whole(),
        None => std::mem::take(&mut last.out),
    };
    let measured = kept.iter().map(|layer| layer.norm.as_ref().map(|norm| norm.measured.clone())).collect();
    if !goes_back {
        return Ok((Tensor::from_vec(y, shape, x.device())?, measured));
    }
    let anchor = variable.unwrap_or_else(|| x.clone());
    let op = Stacked { links, result: Mutex::new(Some((y, shape))), kept: Mutex::new(Some(kept)) };
    Ok((x.apply_op2(&anchor, op)?, measured))
}

/// The way back. Its second argument is one of the variables: with it candle goes this way also when the
/// input is a constant.
struct Stacked {
    links: Vec<StackLayer>,
    /// The result of `forward`, on its way into a tensor.
    result: Mutex<Option<(Vec<f32>, Shape)>>,
    /// Until a backward pass has used it.
    kept: Mutex<Option<Vec<SavedActivations>>>,
}

impl CustomOp2 for Stacked {
    fn name(&self) -> &'static str {
        "stack of convolutions"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        match self.result.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some((y, shape)) => Ok((CpuStorage::F32(y), shape)),
            None => bail!("the result of a stack is made into a tensor once"),
        }
    }

    fn bwd(
        &self,
        x: &Tensor,
        _: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut keeper = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut kept) = keeper.take() else {
            bail!("a backward pass has gone through these layers before and freed what they had kept for it");
        };
        let grad = grad.contiguous()?;
        let keeps_graph = pass_keeps_graph() == Some(true);
        let mut gone = Vec::new();
        let dx = with_floats([x, y, &grad], |[x_floats, y, grad]| {
            // The gradient of a layer's result, after the last layer's.
            let mut own: Option<Vec<f32>> = None;
            for link in self.links.iter().rev() {
                let Some(layer) = kept.pop() else { bail!("a layer of the stack has kept nothing") };
                let input = kept.last().map_or(ConvInput::Plain(x_floats), SavedActivations::source);
                let is_last = own.is_none();
                let result = if is_last { y } else { &layer.out };
                let wanted = WantedGradients {
                    x: !kept.is_empty() || x.track_op(),
                    weight: link.weight.is_variable(),
                    bias: link.bias.as_ref().is_some_and(Tensor::is_variable),
                };
                let dx = link.backward(&layer, input, result, own.as_deref().unwrap_or(grad), wanted)?;
                if let Some(used) = own.replace(dx.unwrap_or_default()) {
                    give_back(used);
                }
                if keeps_graph {
                    gone.push(layer);
                } else {
                    give_back(layer.out);
                }
            }
            Ok(own.unwrap_or_default())
        })?;
        if keeps_graph {
            gone.reverse();
            *keeper = Some(gone);
        }
        Ok((if x.track_op() { hand_over(Some(dx), x)? } else { None }, None))
    }
}

impl StackLayer {
    /// Hands over the gradients of its parameters and returns that of its input, if it is wanted. `y` is the
    /// layer's result where it has no normalisation.
    fn backward(
        &self,
        kept: &SavedActivations,
        x: ConvInput<'_>,
        y: &[f32],
        grad: &[f32],
        wanted: WantedGradients,
    ) -> Result<Option<Vec<f32>>> {
        let g = &kept.geometry;
        let through = |gradient| {
            with_floats([&self.weight], |[w]| Ok(self.conv.backward_through(g, x, w, gradient, wanted)))
        };
        let grads = match &kept.norm {
            None => through(Gradient::Activation { y, grad, activation: self.conv.activation })?,
            Some(norm) => {
                let back = NormBackward::new(
                    norm.of(&kept.out),
                    &norm.measured.0.variance,
                    grad,
                    false,
                    shared::add_up,
                );
                let grads = through(Gradient::Norm(&back))?;
                if let Some(norm) = &self.norm {
                    give_to_variable(Some(back.dgamma), &norm.gamma)?;
                    give_to_variable(Some(back.dbeta), &norm.beta)?;
                }
                grads
            }
        };
        give_to_variable(grads.weight, &self.weight)?;
        if let Some(bias) = &self.bias {
            give_to_variable(grads.bias, bias)?;
        }
        Ok(grads.x)
    }
}

fn give_to_variable(gradient: Option<Vec<f32>>, of: &Tensor) -> Result<()> {
    if of.is_variable() && hand_over(gradient, of)?.is_some() {
        bail!("the weights of a stack get their gradients from `nn::backward`, not from candle's own");
    }
    Ok(())
}
