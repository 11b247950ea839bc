//! The variables of a model, by name.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{CpuStorage, DType, Device, InplaceOp2, Layout, Result, Shape, Tensor, Var, bail};
use candle_nn::init::{FanInOut, NormalOrUniform};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};

use super::dispatch::is_fast;
use super::ops::floats;
use crate::random::{self, streams};

/// Owns the variables that a model's layers ask for while it is built. Clones share them.
#[derive(Clone)]
pub struct Parameters {
    source: Arc<Initialisation>,
    vars: Arc<Mutex<BTreeMap<String, Var>>>,
    device: Device,
}

/// Where a variable's first value comes from.
enum Initialisation {
    /// Drawn from ChaCha8 by this seed and the variable's name.
    Seed(u64),
    /// Given, and copied into variables.
    Given(HashMap<String, Tensor>),
    /// Given, and handed out as constants.
    Frozen(HashMap<String, Tensor>),
}

impl Parameters {
    /// Variables are initialised as their layers say. Each draw depends on the seed and the variable's
    /// full name only, not on the order in which layers are built.
    pub fn seeded(seed: u64, device: &Device) -> Self {
        Self::new(Initialisation::Seed(seed), device)
    }

    /// Variables start from copies of `tensors`. A layer that asks for a tensor that is missing or has
    /// another shape gets an error that names it; tensors that no layer asks for are left out.
    pub fn from_tensors(tensors: HashMap<String, Tensor>, device: &Device) -> Self {
        Self::new(Initialisation::Given(tensors), device)
    }

    /// Like [`Parameters::from_tensors`] for a model that is only used, never trained: its tensors are
    /// constants, so no graph is recorded and weights are packed for the kernels once. There are no
    /// variables; [`Parameters::all`] is empty.
    pub fn frozen(tensors: HashMap<String, Tensor>, device: &Device) -> Self {
        Self::new(Initialisation::Frozen(tensors), device)
    }

    fn new(source: Initialisation, device: &Device) -> Self {
        Self { source: Arc::new(source), vars: Arc::default(), device: device.clone() }
    }

    /// A builder for the layers' constructors, in f32.
    pub fn var_builder(&self) -> VarBuilder<'static> {
        VarBuilder::from_backend(Box::new(self.clone()), DType::F32, self.device.clone())
    }

    /// The variables of an optimiser: everything but the running moments of batch normalisation and the vectors
    /// of
    /// spectral normalisation, by name.
    pub fn trainable(&self) -> Vec<(String, Var)> {
        const FOLLOWING: [&str; 4] = ["running_mean", "running_var", "weight_u", "weight_v"];
        let follows = |name: &str| FOLLOWING.iter().any(|end| name.ends_with(end));
        self.all().into_iter().filter(|(name, _)| !follows(name)).collect()
    }

    /// Every variable that was asked for, by name.
    pub fn all(&self) -> Vec<(String, Var)> {
        self.lock().iter().map(|(name, var)| (name.clone(), var.clone())).collect()
    }

    /// Makes these a running mean of the same variables of another network: `mean = decay · mean + (1 − decay) · raw`,
    /// with a smaller decay in the first updates, when the mean is mostly of first draws.
    pub fn follow(&self, raw: &Parameters, decay: f64, step: usize) -> Result<()> {
        let decay = decay.min((1 + step) as f64 / (10 + step) as f64);
        for ((_, mean), (_, raw)) in self.all().iter().zip(&raw.all()) {
            if is_fast(&[mean, raw]) {
                mean.inplace_op2(&raw.as_detached_tensor(), &Follow { part: (1.0 - decay) as f32 })?;
                continue;
            }
            let next = ((mean.as_detached_tensor() * decay)? + (raw.as_detached_tensor() * (1.0 - decay))?)?;
            mean.set(&next)?;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Var>> {
        // Nothing is left half done in the map when a thread panics.
        self.vars.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `mean += part · (raw − mean)`, in place.
struct Follow {
    part: f32,
}

impl InplaceOp2 for Follow {
    fn name(&self) -> &'static str {
        "running mean"
    }

    fn cpu_fwd(&self, mean: &mut CpuStorage, l1: &Layout, raw: &CpuStorage, l2: &Layout) -> Result<()> {
        let raw = floats(raw, l2)?;
        let (CpuStorage::F32(mean), Some((from, to))) = (mean, l1.contiguous_offsets()) else {
            bail!("the running mean of contiguous f32 variables alone is taken in place");
        };
        mean[from..to].iter_mut().zip(raw).for_each(|(mean, raw)| *mean += self.part * (raw - *mean));
        Ok(())
    }
}

impl SimpleBackend for Parameters {
    fn get(&self, shape: Shape, name: &str, init: Init, dtype: DType, device: &Device) -> Result<Tensor> {
        let mut vars = self.lock();
        if let Some(var) = vars.get(name) {
            check(name, var.shape(), &shape)?;
            return Ok(var.as_tensor().clone());
        }
        let first = match &*self.source {
            Initialisation::Seed(seed) => draw(*seed, name, &shape, init, device)?.to_dtype(dtype)?,
            Initialisation::Given(tensors) => {
                given(tensors, name, &shape)?.to_device(device)?.to_dtype(dtype)?
            }
            Initialisation::Frozen(tensors) => {
                let tensor = given(tensors, name, &shape)?;
                return tensor.to_device(device)?.to_dtype(dtype)?.detach().contiguous();
            }
        };
        // A copy, so that training never changes the tensors that were given.
        let var = Var::from_tensor(&first.detach().contiguous()?.copy()?)?;
        vars.insert(name.to_string(), var.clone());
        Ok(var.into_inner())
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> Result<Tensor> {
        let shape = match &*self.source {
            Initialisation::Seed(_) => bail!("the shape of '{name}' must be given to initialise it"),
            Initialisation::Given(tensors) | Initialisation::Frozen(tensors) => match tensors.get(name) {
                Some(tensor) => tensor.shape().clone(),
                None => bail!("the tensor '{name}' is missing"),
            },
        };
        self.get(shape, name, Init::Const(0.0), dtype, device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        match &*self.source {
            Initialisation::Seed(_) => self.lock().contains_key(name),
            Initialisation::Given(tensors) | Initialisation::Frozen(tensors) => tensors.contains_key(name),
        }
    }
}

fn given<'a>(tensors: &'a HashMap<String, Tensor>, name: &str, shape: &Shape) -> Result<&'a Tensor> {
    let Some(tensor) = tensors.get(name) else {
        bail!("the tensor '{name}' is missing");
    };
    check(name, tensor.shape(), shape)?;
    Ok(tensor)
}

fn check(name: &str, found: &Shape, expected: &Shape) -> Result<()> {
    if found != expected {
        bail!("the tensor '{name}' has the shape {:?} instead of {:?}", found.dims(), expected.dims());
    }
    Ok(())
}

fn draw(seed: u64, name: &str, shape: &Shape, init: Init, device: &Device) -> Result<Tensor> {
    let (stream, n) = (streams::weights(name), shape.elem_count());
    let between = |low: f64, high: f64| -> Vec<f32> {
        random::uniform(seed, stream, n)
            .into_iter()
            .map(|u| (low + f64::from(u) * (high - low)) as f32)
            .collect()
    };
    let normal = |mean: f64, deviation: f64| -> Vec<f32> {
        random::standard_normal(seed, stream, n)
            .into_iter()
            .map(|v| (mean + f64::from(v) * deviation) as f32)
            .collect()
    };
    let values = match init {
        Init::Const(value) => vec![value as f32; n],
        Init::Uniform { lo, up } => between(lo, up),
        Init::Randn { mean, stdev } => normal(mean, stdev),
        Init::Kaiming { dist, fan, non_linearity } => {
            let fan: usize = FanInOut::for_shape(&fan, shape);
            let deviation = non_linearity.gain() / (fan.max(1) as f64).sqrt();
            match dist {
                NormalOrUniform::Uniform => between(-3f64.sqrt() * deviation, 3f64.sqrt() * deviation),
                NormalOrUniform::Normal => normal(0.0, deviation),
            }
        }
    };
    Tensor::from_vec(values, shape, device)
}
