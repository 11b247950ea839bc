//! The kernels as candle operations with gradients. Contiguous CPU f32 only; `dispatch.rs` sees to it.

use std::sync::{Arc, OnceLock};

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Storage, Tensor, bail};

use super::activation::Activation;
use super::geometry::{ConvConfig, Geometry};
use super::gradients::hand_over;
use super::kernels::batch_norm::{Affine, NormBackward, Normalised};
use super::kernels::conv::{self, BackwardArguments, ConvInput, Gradient, Gradients, WantedGradients};
use super::kernels::im2col::{WeightShape, pack_weight, pack_weight_transposed};
use super::kernels::{elementwise, linear};
use super::memory::give_back;
use super::shared::{self, BatchMoments};

/// The floats of a contiguous CPU tensor.
pub fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(data), Some((from, to))) => Ok(&data[from..to]),
        _ => bail!("the fast operations take contiguous f32 tensors"),
    }
}

/// Runs `work` on the floats of contiguous CPU tensors.
pub fn with_floats<const N: usize, R>(
    tensors: [&Tensor; N],
    work: impl FnOnce([&[f32]; N]) -> Result<R>,
) -> Result<R> {
    let guards = tensors.map(Tensor::storage_and_layout);
    let mut slices = [&[] as &[f32]; N];
    for (slice, (storage, layout)) in slices.iter_mut().zip(&guards) {
        match &**storage {
            Storage::Cpu(storage) => *slice = floats(storage, layout)?,
            _ => bail!("the fast operations take tensors on the CPU"),
        }
    }
    work(slices)
}

/// A weight in the layout that a forward pass multiplies with, kept while the weight cannot change.
pub type PackedWeight = Arc<Vec<f32>>;

/// (Transposed) convolution, bias and activation in one. Weights in PyTorch's layout.
#[derive(Clone)]
pub struct ConvOp {
    pub cfg: ConvConfig,
    pub transposed: bool,
    pub activation: Activation,
    pub packed: Option<PackedWeight>,
}

impl ConvOp {
    /// Sizes, from the shapes of input and weight. Errors: shapes that do not fit each other, nothing to compute.
    pub fn geometry(&self, x: &[usize], weight: &[usize]) -> Result<Geometry> {
        if self.transposed {
            Geometry::of_transposed(x, weight, self.cfg)
        } else {
            Geometry::of_conv(x, weight, self.cfg)
        }
    }

    /// The weight as the forward pass wants it.
    pub fn pack(&self, weight: &[f32], shape: WeightShape) -> Vec<f32> {
        if self.transposed { pack_weight(weight, shape) } else { pack_weight_transposed(weight, shape) }
    }

    fn forward(
        &self,
        x: (&CpuStorage, &Layout),
        weight: (&CpuStorage, &Layout),
        bias: Option<&[f32]>,
    ) -> Result<(CpuStorage, Shape)> {
        let g = self.geometry(x.1.dims(), weight.1.dims())?;
        let data = floats(x.0, x.1)?;
        let packed_now;
        let packed: &[f32] = match &self.packed {
            Some(packed) => packed,
            None => {
                packed_now = self.pack(floats(weight.0, weight.1)?, g.weight());
                &packed_now
            }
        };
        let out = self.run(&g, ConvInput::Plain(data), packed, bias);
        Ok((CpuStorage::F32(out), self.result_shape(&g, x.1.dims()[0])))
    }

    /// The forward pass; `packed` from [`ConvOp::pack`].
    pub fn run(&self, g: &Geometry, x: ConvInput<'_>, packed: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let pass = if self.transposed { conv::up } else { conv::down };
        pass(g, x, packed, bias, self.activation)
    }

    /// The shape of what comes out.
    pub fn result_shape(&self, g: &Geometry, batch: usize) -> Shape {
        match self.transposed {
            true => (batch, g.height, g.width, g.channels).into(),
            false => (batch, g.small_height, g.small_width, g.small_channels).into(),
        }
    }

    fn backward(
        &self,
        x: &Tensor,
        weight: &Tensor,
        y: &Tensor,
        grad: &Tensor,
        wanted: WantedGradients,
    ) -> Result<Gradients> {
        let g = self.geometry(x.dims(), weight.dims())?;
        let grad = grad.contiguous()?;
        with_floats([x, weight, y, &grad], |[x, weight, y, grad]| {
            let gradient = Gradient::Activation { y, grad, activation: self.activation };
            Ok(self.backward_through(&g, ConvInput::Plain(x), weight, gradient, wanted))
        })
    }

    /// The backward pass; `weight` in PyTorch's layout.
    pub fn backward_through(
        &self,
        g: &Geometry,
        x: ConvInput<'_>,
        weight: &[f32],
        gradient: Gradient<'_>,
        wanted: WantedGradients,
    ) -> Gradients {
        let packed = match (wanted.x, self.transposed) {
            (false, _) => Vec::new(),
            (true, true) => pack_weight_transposed(weight, g.weight()),
            (true, false) => pack_weight(weight, g.weight()),
        };
        let layer =
            BackwardArguments { geometry: g, transposed: self.transposed, x, weight: &packed, gradient };
        let gradients = conv::backward(&layer, wanted);
        give_back(packed);
        gradients
    }
}

impl CustomOp2 for ConvOp {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward((s1, l1), (s2, l2), None)
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let wanted = WantedGradients { x: x.track_op(), weight: w.track_op(), bias: false };
        let grads = self.backward(x, w, y, grad, wanted)?;
        Ok((hand_over(grads.x, x)?, hand_over(grads.weight, w)?))
    }
}

impl CustomOp3 for ConvOp {
    fn name(&self) -> &'static str {
        "convolution with bias"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward((s1, l1), (s2, l2), Some(floats(s3, l3)?))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let wanted = WantedGradients { x: x.track_op(), weight: w.track_op(), bias: b.track_op() };
        let grads = self.backward(x, w, y, grad, wanted)?;
        Ok((hand_over(grads.x, x)?, hand_over(grads.weight, w)?, hand_over(grads.bias, b)?))
    }
}

/// Product with the transposed weight, bias and activation in one.
pub struct LinearOp(pub Activation);

impl CustomOp3 for LinearOp {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, inputs) = l1.shape().dims2()?;
        let (outputs, expected) = l2.shape().dims2()?;
        if inputs != expected || inputs == 0 {
            bail!("this layer takes {expected} features; its input has {inputs}");
        }
        let y = linear::forward(floats(s1, l1)?, inputs, floats(s2, l2)?, floats(s3, l3)?, self.0);
        Ok((CpuStorage::F32(y), (batch, outputs).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (outputs, inputs) = w.dims2()?;
        let wanted = WantedGradients { x: x.track_op(), weight: w.track_op(), bias: b.track_op() };
        let grad = grad.contiguous()?;
        let grads = with_floats([x, w, y, &grad], |[xs, ws, ys, grads]| {
            Ok(linear::backward(xs, inputs, ws, outputs, ys, grads, self.0, wanted))
        })?;
        Ok((hand_over(grads.x, x)?, hand_over(grads.weight, w)?, hand_over(grads.bias, b)?))
    }
}

/// Batch normalisation, activation fused: by the moments that are `given`, or else by the batch's own,
/// which are then left in `moments`. The batch is that of all ranks.
pub struct BatchNorm {
    pub activation: Activation,
    pub given: bool,
    pub moments: Arc<OnceLock<BatchMoments>>,
}

impl CustomOp3 for BatchNorm {
    fn name(&self) -> &'static str {
        "batch normalisation"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, gamma, beta) = (floats(s1, l1)?, floats(s2, l2)?, floats(s3, l3)?);
        let (moments, _) = self.moments.get_or_init(|| shared::moments(x, gamma.len()));
        let affine = Affine::new(moments, gamma, beta);
        let y = Normalised { x, affine: &affine, activation: self.activation }.whole();
        Ok((CpuStorage::F32(y), l1.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        beta: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some((moments, _)) = self.moments.get() else {
            bail!("batch normalisation went backward before forward");
        };
        let grad = grad.contiguous()?;
        let (dx, dgamma, dbeta) = with_floats([x, gamma, beta, &grad], |[x, gamma, beta, grad]| {
            let affine = Affine::new(moments, gamma, beta);
            let norm = Normalised { x, affine: &affine, activation: self.activation };
            let back = NormBackward::new(norm, &moments.variance, grad, self.given, shared::add_up);
            Ok((back.whole_input(), back.dgamma, back.dbeta))
        })?;
        Ok((hand_over(Some(dx), x)?, hand_over(Some(dgamma), gamma)?, hand_over(Some(dbeta), beta)?))
    }
}

/// Σ (x − target)² with a gradient for x only.
pub struct SquaredError;

impl CustomOp2 for SquaredError {
    fn name(&self) -> &'static str {
        "squared error"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let sum = elementwise::squared_error(floats(s1, l1)?, floats(s2, l2)?);
        Ok((CpuStorage::F32(vec![sum as f32]), Shape::from(())))
    }

    fn bwd(
        &self,
        x: &Tensor,
        target: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let factor = 2.0 * grad.to_scalar::<f32>()?;
        let dx = with_floats([x, target], |[x, target]| {
            Ok(elementwise::squared_error_backward(x, target, factor))
        })?;
        Ok((hand_over(Some(dx), x)?, None))
    }
}
