//! Layers with PyTorch's names, weight layouts and default initialisation.

use candle_core::{Result, Tensor, Var, bail};
use candle_nn::{Init, VarBuilder};

use super::activation::Activation;
use super::dispatch;
use super::geometry::ConvConfig;
use super::kernels::batch_norm::ChannelMoments;
use super::ops;
use super::spectral::Spectral;
use super::stack_op::{StackLayer, StackNorm};

/// U(−1/√fan_in, 1/√fan_in): PyTorch's default for weights (kaiming_uniform_ with a = √5) and biases.
fn uniform(fan_in: usize) -> Init {
    let bound = 1.0 / (fan_in.max(1) as f64).sqrt();
    Init::Uniform { lo: -bound, up: bound }
}

/// The parts of both convolutions.
#[derive(Clone)]
pub struct Conv {
    pub(super) weight: Tensor,
    pub(super) bias: Option<Tensor>,
    pub(super) op: ops::ConvOp,
    spectral: Option<Spectral>,
}

impl Conv {
    fn new(
        weight_shape: [usize; 2],
        out_channels: usize,
        bias: bool,
        weight_init: Option<Init>,
        mut op: ops::ConvOp,
        vb: &VarBuilder<'_>,
    ) -> Result<Self> {
        let [first, second] = weight_shape;
        let kernel = op.cfg.kernel;
        // PyTorch takes the second dimension for the fan-in of both kinds.
        let init = uniform(second * kernel * kernel);
        let weight_shape = (first, second, kernel, kernel);
        let weight = vb.get_with_hints(weight_shape, "weight", weight_init.unwrap_or(init))?;
        let bias = if bias { Some(vb.get_with_hints(out_channels, "bias", init)?) } else { None };
        if !weight.is_variable() && dispatch::is_fast(&[&weight]) {
            // These weights never change: bring them into the kernels' layout once.
            let packed =
                ops::with_floats([&weight.contiguous()?], |[w]| Ok(op.pack(w, [first, second, kernel])))?;
            op.packed = Some(std::sync::Arc::new(packed));
        }
        Ok(Self { weight, bias, op, spectral: None })
    }

    /// This convolution on the same memory with parameters that take no gradient.
    pub(super) fn detached(&self) -> Self {
        let bias = self.bias.as_ref().map(Tensor::detach);
        Self { weight: self.weight.detach(), bias, ..self.clone() }
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        dispatch::conv(x, &self.weight, self.bias.as_ref(), &self.op)
    }

    /// Weight and bias.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &Tensor> {
        [&self.weight].into_iter().chain(&self.bias)
    }

    /// Whether it is the convolution alone.
    pub(super) fn is_plain(&self) -> bool {
        self.bias.is_none() && self.op.activation == Activation::None
    }

    /// The convolution alone.
    pub(super) fn linear(&self) -> ops::ConvOp {
        ops::ConvOp { activation: Activation::None, packed: None, ..self.op.clone() }
    }

    /// The operation from gradients of what the convolution gives to those of its input.
    pub(super) fn adjoint(&self) -> ops::ConvOp {
        ops::ConvOp { transposed: !self.op.transposed, ..self.linear() }
    }

    /// The layer in a stack.
    pub(super) fn link(&self, norm: Option<StackNorm>) -> StackLayer {
        StackLayer { conv: self.op.clone(), weight: self.weight.clone(), bias: self.bias.clone(), norm }
    }
}

/// `torch.nn.Conv2d` on NHWC, activation fused. Weight (out, in, k, k), bias (out).
#[derive(Clone)]
pub struct Conv2d(Conv);

impl Conv2d {
    /// Reads or creates `weight` and, with `bias`, `bias`.
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        cfg: ConvConfig,
        bias: bool,
        activation: Activation,
        vb: VarBuilder<'_>,
    ) -> Result<Self> {
        let op = ops::ConvOp { cfg, transposed: false, activation, packed: None };
        Conv::new([out_channels, in_channels], out_channels, bias, None, op, &vb).map(Self)
    }

    /// Like [`Conv2d::new`] without a bias, the weight drawn as `weight_init` says.
    pub fn without_bias(
        in_channels: usize,
        out_channels: usize,
        cfg: ConvConfig,
        activation: Activation,
        weight_init: Init,
        vb: VarBuilder<'_>,
    ) -> Result<Self> {
        let op = ops::ConvOp { cfg, transposed: false, activation, packed: None };
        Conv::new([out_channels, in_channels], out_channels, false, Some(weight_init), op, &vb).map(Self)
    }

    /// Like [`Conv2d::without_bias`] with a bias, which begins at 0.
    pub fn with_bias_at_0(
        in_channels: usize,
        out_channels: usize,
        cfg: ConvConfig,
        activation: Activation,
        weight_init: Init,
        vb: VarBuilder<'_>,
    ) -> Result<Self> {
        let bias = vb.get_with_hints(out_channels, "bias", Init::Const(0.0))?;
        let layer = Self::without_bias(in_channels, out_channels, cfg, activation, weight_init, vb)?;
        Ok(Self(Conv { bias: Some(bias), ..layer.0 }))
    }

    /// A layer with a bias whose weight is divided by its largest singular value, see
    /// [`Conv2d::normalized`]; its tensors have the names of `torch.nn.utils.spectral_norm`.
    pub fn spectral(
        in_channels: usize,
        out_channels: usize,
        cfg: ConvConfig,
        activation: Activation,
        weight_init: Init,
        vb: VarBuilder<'_>,
    ) -> Result<Self> {
        let op = ops::ConvOp { cfg, transposed: false, activation, packed: None };
        let shape = (out_channels, in_channels, cfg.kernel, cfg.kernel);
        let weight = vb.get_with_hints(shape, "weight_orig", weight_init)?;
        let bias = Some(vb.get_with_hints(out_channels, "bias", Init::Const(0.0))?);
        let spectral = Some(Spectral::new(out_channels, in_channels * cfg.kernel * cfg.kernel, &vb)?);
        Ok(Self(Conv { weight, bias, op, spectral }))
    }

    /// The layer with the weight that it has after spectral normalisation; itself, if it has none. With
    /// `train` the norm is found more exactly first.
    pub fn normalized(&self, train: bool) -> Result<Self> {
        let Some(spectral) = &self.0.spectral else { return Ok(self.clone()) };
        let weight = spectral.normalize(&self.0.weight, train)?;
        Ok(Self(Conv { weight, spectral: None, ..self.0.clone() }))
    }

    /// This layer on the same memory with parameters that take no gradient: it follows what training
    /// does to this one, and its backward pass goes to its input alone.
    pub fn detached(&self) -> Self {
        Self(self.0.detached())
    }

    /// (batch, height, width, in) to (batch, ⌊(height + 2·padding − kernel) / stride⌋ + 1, …, out).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.0.forward(x)
    }
}

/// `torch.nn.ConvTranspose2d` on NHWC without output padding, activation fused.
/// Weight (in, out, k, k), bias (out).
#[derive(Clone)]
pub struct ConvTranspose2d(Conv);

impl ConvTranspose2d {
    /// Reads or creates `weight` and, with `bias`, `bias`.
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        cfg: ConvConfig,
        bias: bool,
        activation: Activation,
        vb: VarBuilder<'_>,
    ) -> Result<Self> {
        let op = ops::ConvOp { cfg, transposed: true, activation, packed: None };
        Conv::new([in_channels, out_channels], out_channels, bias, None, op, &vb).map(Self)
    }

    /// Like [`ConvTranspose2d::new`] without a bias, the weight drawn as `weight_init` says.
    pub fn without_bias(
        in_channels: usize,
        out_channels: usize,
        cfg: ConvConfig,
        activation: Activation,
        weight_init: Init,
        vb: VarBuilder<'_>,
    ) -> Result<Self> {
        let op = ops::ConvOp { cfg, transposed: true, activation, packed: None };
        Conv::new([in_channels, out_channels], out_channels, false, Some(weight_init), op, &vb).map(Self)
    }

    /// (batch, height, width, in) to (batch, (height − 1)·stride + kernel − 2·padding, …, out).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.0.forward(x)
    }
}

impl From<Conv2d> for Conv {
    fn from(layer: Conv2d) -> Self {
        layer.0
    }
}

impl From<ConvTranspose2d> for Conv {
    fn from(layer: ConvTranspose2d) -> Self {
        layer.0
    }
}

/// `torch.nn.Linear`, activation fused. Weight (out, in), bias (out).
#[derive(Clone)]
pub struct Linear {
    weight: Tensor,
    bias: Tensor,
    activation: Activation,
}

impl Linear {
    /// Reads or creates `weight` and `bias`.
    pub fn new(
        in_features: usize,
        out_features: usize,
        activation: Activation,
        vb: VarBuilder<'_>,
    ) -> Result<Self> {
        Self::beginning((out_features, in_features), uniform(in_features), activation, vb)
    }

    /// Reads or creates `weight` and `bias`, which are 0 at first: a layer that begins by saying nothing.
    pub fn of_zeros(in_features: usize, out_features: usize, vb: VarBuilder<'_>) -> Result<Self> {
        Self::beginning((out_features, in_features), Init::Const(0.0), Activation::None, vb)
    }

    fn beginning(
        shape: (usize, usize),
        init: Init,
        activation: Activation,
        vb: VarBuilder<'_>,
    ) -> Result<Self> {
        let weight = vb.get_with_hints(shape, "weight", init)?;
        Ok(Self { weight, bias: vb.get_with_hints(shape.0, "bias", init)?, activation })
    }

    /// (batch, in) to (batch, out).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        dispatch::linear(x, &self.weight, &self.bias, self.activation)
    }
}

/// Share of a batch's moments that goes into the running ones.
const MOMENTUM: f64 = 0.1;

/// `torch.nn.BatchNorm2d` on NHWC (or any shape with the channels last) with its defaults, eps 1e-5 and
/// momentum 0.1; activation fused. Weight, bias, running_mean, running_var: (channels).
#[derive(Clone)]
pub struct BatchNorm2d {
    weight: Tensor,
    bias: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    activation: Activation,
}

impl BatchNorm2d {
    /// Reads or creates `weight`, `bias`, `running_mean` and `running_var`.
    pub fn new(channels: usize, activation: Activation, vb: VarBuilder<'_>) -> Result<Self> {
        Self::with_weight(channels, activation, Init::Const(1.0), vb)
    }

    /// Like [`BatchNorm2d::new`], the weight drawn as `weight_init` says.
    pub fn with_weight(
        channels: usize,
        activation: Activation,
        weight_init: Init,
        vb: VarBuilder<'_>,
    ) -> Result<Self> {
        let get = |name, init| vb.get_with_hints(channels, name, init);
        Ok(Self {
            weight: get("weight", weight_init)?,
            bias: get("bias", Init::Const(0.0))?,
            running_mean: get("running_mean", Init::Const(0.0))?,
            running_var: get("running_var", Init::Const(1.0))?,
            activation,
        })
    }

    /// This layer as [`Conv2d::detached`] makes one of a convolution. In training the running moments still follow the
    /// batches.
    pub fn detached(&self) -> Self {
        Self { weight: self.weight.detach(), bias: self.bias.detach(), ..self.clone() }
    }

    /// Keeps the shape. With `train` the batch's own moments normalise (biased variance) and the running
    /// ones take a step towards them (unbiased variance); without, the running ones normalise.
    /// Errors: fewer than two values a channel in training, or running moments that are not variables.
    pub fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let (mean, variance) = (&self.running_mean, &self.running_var);
        if !train {
            return dispatch::batch_norm_eval(x, mean, variance, &self.weight, &self.bias, self.activation);
        }
        self.check_trainable()?;
        let (y, moments) = dispatch::batch_norm_train(x, &self.weight, &self.bias, self.activation)?;
        self.follow(&moments.mean, &moments.variance, moments.values)?;
        Ok(y)
    }

    /// Weight and bias.
    pub(super) fn parameters(&self) -> [&Tensor; 2] {
        [&self.weight, &self.bias]
    }

    pub(super) fn activation(&self) -> Activation {
        self.activation
    }

    pub(super) fn check_trainable(&self) -> Result<()> {
        if !self.running_mean.is_variable() || !self.running_var.is_variable() {
            bail!("a model opened only for use cannot be trained");
        }
        Ok(())
    }

    /// [`BatchNorm2d::follow`] on the CPU.
    pub(super) fn follow_moments(&self, batch: &ChannelMoments, values: usize) -> Result<()> {
        let tensor = |floats: &[f32]| Tensor::from_slice(floats, floats.len(), self.running_mean.device());
        self.follow(&tensor(&batch.mean)?, &tensor(&batch.variance)?, values)
    }

    /// Moves the running moments towards mean and biased variance of so many values of each channel.
    fn follow(&self, mean: &Tensor, variance: &Tensor, values: usize) -> Result<()> {
        let n = values as f64;
        step_towards(&self.running_mean, mean)?;
        step_towards(&self.running_var, &(variance * (n / (n - 1.0)))?)
    }
}

/// `running = (1 − momentum) · running + momentum · batch`, in place.
fn step_towards(running: &Tensor, batch: &Tensor) -> Result<()> {
    // In half precision the batch's moments are f32: round once, at the end.
    let kept = (running.detach().to_dtype(batch.dtype())? * (1.0 - MOMENTUM))?;
    let next = (kept + (batch * MOMENTUM)?)?.to_dtype(running.dtype())?;
    Var::from_tensor(running)?.set(&next)
}
