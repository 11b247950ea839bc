//! A small model of every kind and code layout, with weights that no two layers share.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};
use morphospace::models::Model;
use morphospace::nn::Parameters;
use morphospace::report::LatentInfo;
use morphospace::run::checkpoint::{Checkpoint, Meta};

use super::settings::config;

/// Images in a batch.
pub const BATCH: usize = 3;

/// A model and its name.
pub struct Subject {
    pub name: &'static str,
    pub checkpoint: Checkpoint,
    pub model: Model,
}

/// All kinds, code layouts and normalisations.
pub fn subjects() -> Vec<Subject> {
    let grid = ["--latent-dim", "32", "--latent-grid", "4"];
    let wide = ["--latent-dim", "128", "--latent-grid", "8", "--normalization", "none"];
    let plain = ["--normalization", "none"];
    [
        ("ae", "ae", &[][..]),
        ("ae-plain", "ae", &plain),
        ("ae-grid", "ae", &grid),
        ("ae-linear", "ae", &["--linear", "true"]),
        ("sae-sigmoid", "sae", &["--sparsity", "kl:0.05,10"]),
        ("sae-relu", "sae", &["--sparsity", "l1:0.1"]),
        ("sae-grid", "sae", &grid),
        ("dae", "dae", &[]),
        ("dae-grid-plain", "dae", &wide),
        ("vae", "vae", &[]),
        ("vae-64", "vae", &["--image-size", "64"]),
        ("vae-plain", "vae", &plain),
        ("vae-grid", "vae", &grid),
        ("vae-grid-plain", "vae", &wide),
        ("vae-gan", "vae-gan", &[]),
        ("vae-gan-grid", "vae-gan", &grid),
        ("dcgan", "dcgan", &[]),
        ("dcgan-64", "dcgan", &["--image-size", "64"]),
    ]
    .into_iter()
    .map(|(name, kind, more)| subject(name, kind, more))
    .collect()
}

fn subject(name: &'static str, kind: &str, more: &[&str]) -> Subject {
    let config = config(Path::new("."), &[&["--model", kind], more].concat()).completed();
    config.validate().unwrap();
    let shape = config.model.clone();
    let parameters = Parameters::seeded(5, &Device::Cpu);
    Model::new(&shape, parameters.var_builder()).unwrap();
    let weights: HashMap<String, Tensor> = parameters
        .all()
        .into_iter()
        .map(|(name, var)| (name.clone(), trained(&name, var.as_tensor())))
        .collect();
    let frozen = Parameters::frozen(weights.clone(), &Device::Cpu);
    let model = Model::new(&shape, frozen.var_builder()).unwrap();
    let checkpoint = Checkpoint {
        meta: Meta::new(config, 1, String::new()),
        weights,
        optimizer: HashMap::new(),
        latent: LatentInfo::unmeasured(shape.latent_dim),
        prior: None,
        trained_on: None,
    };
    Subject { name, checkpoint, model }
}

/// Layers of one number a channel begin alike: here each is made different, as training would.
fn trained(name: &str, tensor: &Tensor) -> Tensor {
    let waves = |tensor: &Tensor| {
        let count = tensor.elem_count();
        let phase = name.len() as f32;
        let values: Vec<f32> = (0..count).map(|i| (i as f32 * 1.7 + phase).sin()).collect();
        Tensor::from_vec(values, tensor.dims(), &Device::Cpu).unwrap()
    };
    if tensor.rank() > 1 {
        return (tensor * 3.0).unwrap();
    }
    let (middle, spread) = match name.rsplit_once('.').unwrap().1 {
        "running_var" => (1.0, 0.5),
        "weight" => (1.0, 0.4),
        _ => (0.0, 0.3),
    };
    ((waves(tensor) * spread).unwrap() + middle).unwrap()
}

impl Subject {
    /// Codes in and out of the range of their units: (BATCH, latent_dim).
    pub fn codes(&self) -> Tensor {
        let dim = self.checkpoint.meta.config.model.latent_dim;
        let values: Vec<f32> = (0..BATCH * dim).map(|i| 1.5 * (i as f32 * 0.37).sin()).collect();
        Tensor::from_vec(values, (BATCH, dim), &Device::Cpu).unwrap()
    }

    /// Pictures: (BATCH, size, size, 3) in [0, 1].
    pub fn images(&self) -> Tensor {
        let size = self.checkpoint.meta.config.model.image_size;
        let value = |i: usize| 0.5 + 0.5 * (i as f32 * 0.013).sin() * (i as f32 * 0.71).cos();
        let values: Vec<f32> = (0..BATCH * size * size * 3).map(value).collect();
        Tensor::from_vec(values, (BATCH, size, size, 3), &Device::Cpu).unwrap()
    }

    /// Names of its encoder's outputs and their values for [`Subject::images`]; none without an encoder.
    pub fn encoded(&self) -> Vec<(&'static str, Tensor)> {
        let kind = self.checkpoint.meta.config.model.kind;
        if !kind.has_encoder() {
            return Vec::new();
        }
        let posterior = self.model.encode(&self.images()).unwrap();
        match posterior.log_var {
            Some(log_var) => vec![("mu", posterior.mu), ("log_var", log_var)],
            None => vec![("z", posterior.mu)],
        }
    }

    /// Pictures of [`Subject::codes`]: (BATCH, 3, size, size).
    pub fn decoded(&self) -> Tensor {
        nchw(&self.model.decode(&self.codes()).unwrap())
    }
}

/// NHWC to NCHW.
pub fn nchw(images: &Tensor) -> Tensor {
    images.permute((0, 3, 1, 2)).unwrap().contiguous().unwrap()
}

/// Largest difference of two tensors of one shape.
pub fn largest_difference(a: &Tensor, b: &Tensor) -> f32 {
    assert_eq!(a.dims(), b.dims());
    let off = (a - b).unwrap().abs().unwrap().flatten_all().unwrap();
    off.max(0).unwrap().to_scalar().unwrap()
}
