//! Convolutions with batch normalisations between them: the greater part of every network here.

use candle_core::{Result, Tensor};

use super::dispatch;
use super::layers::{BatchNorm2d, Conv};
use super::stack_op::{self, StackNorm};

/// Convolutions and transposed convolutions one after another, each with the batch normalisation after it, if
/// it has one. Trained on the CPU in f32 they are one operation, faster than its layers by themselves and in
/// less memory, whose weights get their gradients from [`backward`](super::backward).
#[derive(Clone)]
pub struct Stack {
    layers: Vec<(Conv, Option<BatchNorm2d>)>,
}

/// Of layers in the order in which they are applied; a `C` is a [`Conv2d`](super::Conv2d) or a
/// [`ConvTranspose2d`](super::ConvTranspose2d).
impl<C: Into<Conv>> FromIterator<(C, Option<BatchNorm2d>)> for Stack {
    fn from_iter<I: IntoIterator<Item = (C, Option<BatchNorm2d>)>>(layers: I) -> Self {
        Self { layers: layers.into_iter().map(|(conv, norm)| (conv.into(), norm)).collect() }
    }
}

impl Stack {
    /// NHWC. With `train` the normalisations go by the batch's own moments, see [`BatchNorm2d::forward`].
    pub fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        if train && self.is_one_operation(x) {
            return self.train(x);
        }
        self.layers.iter().try_fold(x.clone(), |x, (conv, norm)| {
            let y = conv.forward(&x)?;
            match norm {
                Some(norm) => norm.forward(&y, train),
                None => Ok(y),
            }
        })
    }

    /// A weight that is computed from others has its gradient from candle, layer by layer.
    fn is_one_operation(&self, x: &Tensor) -> bool {
        let fits = |(conv, norm): &(Conv, Option<BatchNorm2d>)| {
            let mut tensors = vec![x];
            tensors.extend(conv.parameters());
            tensors.extend(norm.iter().flat_map(BatchNorm2d::parameters));
            dispatch::is_fast(&tensors)
                && tensors[1..].iter().all(|t| t.is_contiguous() && (t.is_variable() || !t.track_op()))
                && (norm.is_none() || conv.is_plain())
        };
        !self.layers.is_empty() && self.layers.iter().all(fits)
    }

    fn train(&self, x: &Tensor) -> Result<Tensor> {
        for norm in self.layers.iter().filter_map(|(_, norm)| norm.as_ref()) {
            norm.check_trainable()?;
        }
        let link = |(conv, norm): &(Conv, Option<BatchNorm2d>)| {
            let norm = norm.as_ref().map(|norm| {
                let [gamma, beta] = norm.parameters().map(Tensor::clone);
                StackNorm { gamma, beta, activation: norm.activation() }
            });
            conv.link(norm)
        };
        let links = self.layers.iter().map(link).collect();
        let (y, moments) = stack_op::forward(links, &x.contiguous()?)?;
        for ((_, norm), moments) in self.layers.iter().zip(moments) {
            if let (Some(norm), Some((moments, values))) = (norm, moments) {
                norm.follow_moments(&moments, values)?;
            }
        }
        Ok(y)
    }
}
