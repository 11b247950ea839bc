//! `morphospace bench flow`

use candle_core::Tensor;

use super::work::Work;
use crate::config::FlowShape;
use crate::device::Compute;
use crate::error::Result;
use crate::nn::{AdamW, AdamWConfig, Parameters, backward};
use crate::priors::flow::{FlowNet, matching_loss};
use crate::priors::{Flow, Stored};
use crate::random;

/// The network of a flow on the codes of the model that the window opens with.
const SHAPE: FlowShape = FlowShape { components: 256, width: 480, blocks: 6 };
/// Steps of the solver.
const STEPS: usize = 8;

/// An update of a flow on random codes, its running mean included; or draws by it.
pub fn work(batch_size: usize, sample: bool, compute: Compute) -> Result<Work> {
    // One draw is solved on one thread, as for a slider.
    let threads = if sample && batch_size == 1 { 1 } else { 0 };
    Work::on(compute, batch_size, threads, move |device| {
        let parameters = Parameters::seeded(0, device);
        let net = FlowNet::new(SHAPE, parameters.var_builder())?;
        let tensor = |stream, columns: usize| {
            let values = random::standard_normal(0, stream, batch_size * columns);
            Tensor::from_vec(values, (batch_size, columns), device)
        };
        let (codes, noise) = (tensor(0, SHAPE.components)?, tensor(1, SHAPE.components)?);
        if sample {
            let named =
                |(name, var): (String, candle_core::Var)| (format!("flow.{name}"), var.as_detached_tensor());
            let mut stored: Stored = parameters.all().into_iter().map(named).collect();
            stored.put("spread", Tensor::ones((1, SHAPE.components), noise.dtype(), device)?);
            let flow = Flow::load(&stored, SHAPE, device)?;
            return Ok(Box::new(move || Ok(flow.forward(&noise, STEPS).map(|_| ())?)) as Call);
        }
        let mean = Parameters::seeded(0, device);
        FlowNet::new(SHAPE, mean.var_builder())?;
        let times = Tensor::from_vec(random::uniform(0, 2, batch_size), (batch_size, 1), device)?;
        let mut optimizer = AdamW::new(parameters.trainable(), AdamWConfig::default())?;
        Ok(Box::new(move || {
            let loss = matching_loss(&net, &codes, &noise, &times, None)?;
            optimizer.step(&backward(&loss)?, 1e-4)?;
            Ok(mean.follow(&parameters, 0.999, 100_000)?)
        }) as Call)
    })
}

type Call = Box<dyn FnMut() -> Result<()> + Send>;
