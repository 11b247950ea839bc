//! A batch on its way through convolutions alone, with what the gradients of a penalty on its slopes need.
//!
//! Without batch norm the result of an image depends on no other image, and between its kinks it is linear in the
//! image. So with `h` the derivative of an image's result with respect to what a layer's convolution gives, found by
//! going back once, and `a` the derivative of a layer's input along the slope, found by going forward once, the
//! gradient of `Σ c · result + γ/2 · Σ ‖slope‖²` for the layer's weight is the one product of `c · x + γ · a` with
//! `h`: of the penalty and of the result together, and exact. PyTorch goes backwards through a backward pass
//! for it.

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Result, Tensor, Var, bail};

use super::activation::Activation;
use super::dispatch::{self, is_fast};
use super::kernels::conv::{ConvInput, Gradient, WantedGradients};
use super::kernels::elementwise::{CHUNK, activation_backward, weighed_sum};
use super::layers::{Conv, Conv2d};
use super::memory::build;
use super::ops::with_floats;
use super::reduce::{sum_rows, total};

/// The batch and what each layer has made of it.
pub struct Trace {
    layers: Vec<Conv>,
    /// The batch, and the result of each layer.
    values: Vec<Tensor>,
}

impl Trace {
    /// Sends a batch, NHWC, through the layers.
    pub fn new(layers: impl IntoIterator<Item = Conv2d>, batch: &Tensor) -> Result<Self> {
        let layers: Vec<Conv> = layers.into_iter().map(Conv::from).collect();
        let mut values = vec![batch.detach().contiguous()?];
        for layer in &layers {
            let value = layer.detached().forward(&values[values.len() - 1])?;
            values.push(value);
        }
        Ok(Self { layers, values })
    }

    /// The last layer's result, a constant.
    pub fn result(&self) -> &Tensor {
        &self.values[self.values.len() - 1]
    }

    /// Gradients for results that are one number an image: Σ over the images of the squared slope, and the gradients
    /// of
    /// `Σ c · result + γ/2 · Σ ‖slope‖²` for the layers' parameters.
    ///
    /// * `by_result`: c, (n)
    pub fn gradients(&self, by_result: &Tensor, gamma: f64) -> Result<(Tensor, GradStore)> {
        // Derivatives with respect to what each convolution gives, before bias and activation; the last first.
        let mut back = Vec::with_capacity(self.layers.len());
        let mut slope = self.result().ones_like()?;
        for (layer, values) in self.layers.iter().zip(self.values.windows(2)).rev() {
            let of_conv = through(layer.op.activation, &slope, &values[1])?;
            slope = dispatch::conv(&of_conv, &layer.weight.detach(), None, &layer.adjoint())?;
            back.push(of_conv);
        }
        let squared = total(&slope.sqr()?)?;
        let mut along = slope;
        let mut sums = Sums::default();
        for (layer, values) in self.layers.iter().zip(self.values.windows(2)) {
            let Some(of_conv) = back.pop() else { break };
            let input = weighed(&values[0], by_result, &along, gamma)?;
            sums.add(&layer.weight, weight_gradient(layer, &input, &of_conv)?)?;
            if let Some(bias) = &layer.bias {
                sums.add(bias, column_sums(by_result, &of_conv)?)?;
            }
            if !back.is_empty() {
                let next = dispatch::conv(&along, &layer.weight.detach(), None, &layer.linear())?;
                along = through(layer.op.activation, &next, &values[1])?;
            }
        }
        Ok((squared, sums.store()?))
    }
}

/// Gradients of parameters: of variables as they are, of what is computed from variables by a detour.
#[derive(Default)]
struct Sums {
    direct: Vec<(Tensor, Tensor)>,
    /// Σ parameter · gradient, whose gradient goes on to the variables.
    detour: Option<Tensor>,
}

impl Sums {
    fn add(&mut self, parameter: &Tensor, gradient: Tensor) -> Result<()> {
        if parameter.is_variable() {
            self.direct.push((parameter.clone(), gradient));
            return Ok(());
        }
        let product = total(&(parameter * gradient)?)?;
        self.detour = Some(match self.detour.take() {
            Some(sum) => (sum + product)?,
            None => product,
        });
        Ok(())
    }

    fn store(self) -> Result<GradStore> {
        let nothing = || Tensor::zeros((), DType::F32, &Device::Cpu);
        let mut store = self.detour.map_or_else(nothing, Ok)?.backward()?;
        for (parameter, gradient) in self.direct {
            store.insert(&parameter, gradient);
        }
        Ok(store)
    }
}

/// `gradient · activation'`, from the activation's result.
fn through(activation: Activation, gradient: &Tensor, result: &Tensor) -> Result<Tensor> {
    let Activation::LeakyRelu(leak) = activation else {
        if activation == Activation::None {
            return Ok(gradient.clone());
        }
        bail!("a trace goes through leaky activations alone");
    };
    if is_fast(&[gradient, result]) {
        let gradient = gradient.contiguous()?;
        let out = with_floats([&gradient, result], |[gradient, result]| {
            Ok(build(gradient.len(), CHUNK, |index, out| {
                let from = index * CHUNK;
                let range = from..from + out.len();
                activation_backward(&gradient[range.clone()], &result[range], out, activation);
            }))
        })?;
        return Tensor::from_vec(out, result.shape(), result.device());
    }
    // 1 where the activation let its input through, the leak elsewhere.
    let open = result.gt(0.0)?.to_dtype(result.dtype())?;
    gradient * open.affine(1.0 - f64::from(leak), f64::from(leak))?
}

/// `c · x + γ · a`, c a number an image.
fn weighed(x: &Tensor, by_image: &Tensor, along: &Tensor, gamma: f64) -> Result<Tensor> {
    let n = x.dim(0)?;
    if is_fast(&[x, by_image, along]) {
        let (by_image, along) = (by_image.contiguous()?, along.contiguous()?);
        let size = x.elem_count() / n;
        let out = with_floats([x, &by_image, &along], |[x, by_image, along]| {
            Ok(build(x.len(), size, |image, out| {
                let range = image * size..image * size + out.len();
                weighed_sum(&x[range.clone()], by_image[image], &along[range], gamma as f32, out);
            }))
        })?;
        return Tensor::from_vec(out, x.shape(), x.device());
    }
    x.broadcast_mul(&by_image.reshape((n, 1, 1, 1))?)? + along.affine(gamma, 0.0)?
}

/// The gradient of `Σ convolution(x) · gradient` for the weight.
fn weight_gradient(layer: &Conv, x: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    let (weight, op) = (layer.weight.detach(), layer.linear());
    if is_fast(&[x, &weight, gradient]) {
        let geometry = op.geometry(x.dims(), weight.dims())?;
        let (x, gradient) = (x.contiguous()?, gradient.contiguous()?);
        let out = with_floats([&x, &gradient], |[x, grad]| {
            let wanted = WantedGradients { x: false, weight: true, bias: false };
            let gradient = Gradient::Activation { y: grad, grad, activation: Activation::None };
            Ok(op.backward_through(&geometry, ConvInput::Plain(x), &[], gradient, wanted).weight)
        })?;
        return Tensor::from_vec(out.unwrap_or_default(), weight.shape(), weight.device());
    }
    let weight = Var::from_tensor(&weight)?;
    let sum = (dispatch::conv(x, &weight, None, &op)? * gradient)?.sum_all()?;
    match sum.backward()?.get(&weight) {
        Some(gradient) => Ok(gradient.detach()),
        None => bail!("a convolution does not depend on its weight"),
    }
}

/// Σ over images and places of `c · gradient`, c a number an image: (channels).
fn column_sums(by_image: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    let (n, height, width, channels) = gradient.dims4()?;
    let over_images = by_image.reshape((1, n))?.matmul(&gradient.reshape((n, height * width * channels))?)?;
    sum_rows(&over_images.reshape((height * width, channels))?)
}
