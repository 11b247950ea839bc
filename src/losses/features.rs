//! The feature term of a loss: how differently reconstruction and picture look to a network.

use candle_core::{Result, Tensor};

use super::objective::Terms;
use crate::models::PerceptualNet;

/// A feature term: the network that looks, and the term's weight.
#[derive(Clone, Copy)]
pub struct FeatureTerm<'a> {
    /// The network.
    pub network: &'a PerceptualNet,
    /// Weight in the loss.
    pub weight: f64,
}

impl FeatureTerm<'_> {
    /// The term before its weight: `s · H · W · 3 · D`, where `D` is the distance of the pictures in the network's
    /// features, in [0, 4] and a mean over pixels and layers ([`PerceptualNet::distance`]), and `s` the network's own
    /// factor ([`PerceptualNet::scale`]). So it is a sum over pixels and channels and a mean over the batch as the
    /// squared error is, and its weight means the same for every network, image size and batch size (the feature
    /// reconstruction of Johnson et al. 2016, <https://arxiv.org/abs/1603.08155>, and of Hou et al. 2017,
    /// <https://arxiv.org/abs/1610.00291>, with the distance of Zhang et al. 2018,
    /// <https://arxiv.org/abs/1801.03924>).
    ///
    /// * `reconstruction`, `target`: (n, height, width, 3) in [0, 1]
    /// * returns a scalar; the gradient goes to `reconstruction` alone
    pub fn of(&self, reconstruction: &Tensor, target: &Tensor) -> Result<Tensor> {
        let (_, height, width, channels) = target.dims4()?;
        let values = (height * width * channels) as f64;
        self.network.distance(reconstruction, target)?.affine(self.network.scale() * values, 0.0)
    }

    /// Adds the weighed term, a scalar, to a loss and its terms.
    pub fn join(&self, term: &Tensor, loss: &Tensor, terms: &mut Terms) -> Result<Tensor> {
        let loss = (loss + term.affine(self.weight, 0.0)?)?;
        let scalar = |t: &Tensor| t.to_scalar::<f32>().map(f64::from);
        (terms.features, terms.loss) = (Some(scalar(term)?), scalar(&loss)?);
        Ok(loss)
    }
}
