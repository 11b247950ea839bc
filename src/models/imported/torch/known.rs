//! Stacks of layers that people's state dicts are known by: names and shapes of tensors say everything but what has no
//! tensors.

use std::collections::{BTreeSet, HashMap};

use candle_core::{Result, Tensor, bail};

use super::sequence::{LayerPlan, NetworkPlan, side, sides};
use crate::config::ValueRange;
use crate::models::imported::shapes::PictureShape;
use crate::nn::{Activation, ConvConfig};

/// A stack that was recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownStack {
    /// As in "the generator of PyTorch's DCGAN example".
    pub name: &'static str,
    /// From pictures to codes; its heads are the code, or mean and logarithm of the variance.
    pub encoder: Option<NetworkPlan>,
    /// From codes to pictures.
    pub decoder: Option<NetworkPlan>,
    /// Numbers of a code.
    pub latent_dim: usize,
    /// Its pictures.
    pub picture: PictureShape,
    /// Range of their numbers.
    pub range: ValueRange,
}

type Tensors = HashMap<String, Tensor>;

const fn window(kernel: usize, stride: usize, padding: usize) -> ConvConfig {
    ConvConfig { kernel, stride, padding }
}

/// PyTorch's default slope.
const LEAKY: Activation = Activation::LeakyRelu(0.01);

/// The first stack that a state dict fits; none where it fits none.
///
/// # Errors
/// Tensors that are named as one and have other shapes.
pub fn recognise(tensors: &Tensors) -> Result<Option<KnownStack>> {
    let has = |name: &str| tensors.contains_key(name);
    Ok(match () {
        () if has("main.0.weight") && is_conv(tensors, "main.0") => Some(dcgan(tensors)?),
        () if has("fc_mu.weight") && has("decoder_input.weight") && has("final_layer.0.weight") => {
            Some(pytorch_vae(tensors)?)
        }
        () if has("encoder.embedding.weight") && has("encoder.layers.0.0.weight") => Some(pythae(tensors)?),
        () if has("fc1.weight") && has("fc21.weight") && has("fc4.weight") => Some(example_vae(tensors)?),
        () => None,
    })
}

fn is_conv(tensors: &Tensors, name: &str) -> bool {
    tensors.get(&format!("{name}.weight")).is_some_and(|tensor| tensor.rank() == 4)
}

fn is_norm(tensors: &Tensors, name: &str) -> bool {
    tensors.contains_key(&format!("{name}.running_mean"))
}

/// `Sequential(ConvTranspose2d(nz, …, 4, 1, 0), BatchNorm2d, ReLU, ConvTranspose2d(…, 4, 2, 1), …, Tanh)`.
fn dcgan(tensors: &Tensors) -> Result<KnownStack> {
    let number = |name: &String| name.strip_prefix("main.")?.split('.').next()?.parse::<u32>().ok();
    let numbers: BTreeSet<u64> = tensors.keys().filter_map(number).map(u64::from).collect();
    let mut trunk = Vec::new();
    let (mut side, mut channels) = (1, 0);
    let mut latent_dim = None;
    for &at in &numbers {
        let name = format!("main.{at}");
        if is_conv(tensors, &name) {
            let &[from, to, kernel, _] = sides(tensors, &format!("{name}.weight"))? else {
                bail!("{name} is no convolution")
            };
            let first = latent_dim.is_none();
            latent_dim.get_or_insert(from);
            let shape = if first { window(kernel, 1, 0) } else { window(kernel, 2, 1) };
            side = grown(side, shape, 0)?;
            channels = to;
            trunk.push(LayerPlan::ConvTranspose(name, shape, 0));
            if numbers.last() != Some(&at) && !is_norm(tensors, &format!("main.{}", at + 1)) {
                trunk.push(LayerPlan::Activation(Activation::Relu));
            }
        } else if is_norm(tensors, &name) {
            trunk.extend([LayerPlan::Norm(name), LayerPlan::Activation(Activation::Relu)]);
        }
    }
    trunk.push(LayerPlan::Activation(Activation::Tanh));
    let latent_dim = latent_dim.unwrap_or(0);
    trunk.insert(0, LayerPlan::Unflatten([latent_dim, 1, 1]));
    Ok(KnownStack {
        name: "the generator of PyTorch’s DCGAN example",
        encoder: None,
        decoder: Some(NetworkPlan::one(trunk)),
        latent_dim,
        picture: picture(channels, side)?,
        range: ValueRange::Signed,
    })
}

/// PyTorch-VAE's `VanillaVAE` and those built like it.
fn pytorch_vae(tensors: &Tensors) -> Result<KnownStack> {
    let depth = |prefix: &str| (0..).take_while(|at| is_conv(tensors, &format!("{prefix}.{at}.0"))).count();
    let (down, up) = (depth("encoder"), depth("decoder"));
    let halving = window(3, 2, 1);
    let mut trunk = Vec::new();
    for at in 0..down {
        trunk.push(LayerPlan::Conv(format!("encoder.{at}.0"), halving));
        trunk.push(LayerPlan::Norm(format!("encoder.{at}.1")));
        trunk.push(LayerPlan::Activation(LEAKY));
    }
    trunk.push(LayerPlan::Flatten);
    let heads = ["fc_mu", "fc_var"].map(|name| vec![LayerPlan::Linear(name.into())]).into();
    let &[features, latent_dim] = sides(tensors, "decoder_input.weight")? else {
        bail!("decoder_input is no layer")
    };
    let deepest = side(tensors, if up == 0 { "final_layer.0.weight" } else { "decoder.0.0.weight" }, 0)?;
    let mut map = square_side(features, deepest)?;
    let mut layers =
        vec![LayerPlan::Linear("decoder_input".into()), LayerPlan::Unflatten([deepest, map, map])];
    let names = (0..up).map(|at| format!("decoder.{at}")).chain(["final_layer".into()]);
    for name in names {
        layers.push(LayerPlan::ConvTranspose(format!("{name}.0"), halving, 1));
        layers.push(LayerPlan::Norm(format!("{name}.1")));
        layers.push(LayerPlan::Activation(LEAKY));
        map = grown(map, halving, 1)?;
    }
    layers.push(LayerPlan::Conv("final_layer.3".into(), window(3, 1, 1)));
    layers.push(LayerPlan::Activation(Activation::Tanh));
    let channels = side(tensors, "final_layer.3.weight", 0)?;
    Ok(KnownStack {
        name: "a VAE of PyTorch-VAE",
        encoder: Some(NetworkPlan { trunk, heads }),
        decoder: Some(NetworkPlan::one(layers)),
        latent_dim,
        picture: picture(channels, map)?,
        range: ValueRange::Signed,
    })
}

/// The VAEs and AEs of pythae: its default of linear layers, and those for MNIST, CIFAR and CelebA.
fn pythae(tensors: &Tensors) -> Result<KnownStack> {
    let relu = || LayerPlan::Activation(Activation::Relu);
    let variational = tensors.contains_key("encoder.log_var.weight");
    let mut heads = vec![vec![LayerPlan::Linear("encoder.embedding".into())]];
    if variational {
        heads.push(vec![LayerPlan::Linear("encoder.log_var".into())]);
    }
    let latent_dim = side(tensors, "encoder.embedding.weight", 0)?;
    if !is_conv(tensors, "encoder.layers.0.0") {
        let numbers = side(tensors, "encoder.layers.0.0.weight", 1)?;
        let Some(picture) = PictureShape::of(&[numbers]) else {
            bail!("pictures of {numbers} numbers are no squares in grey or colour")
        };
        let trunk = vec![LayerPlan::Linear("encoder.layers.0.0".into()), relu()];
        let decoder = vec![
            LayerPlan::Linear("decoder.layers.0.0".into()),
            relu(),
            LayerPlan::Linear("decoder.layers.1.0".into()),
            LayerPlan::Activation(Activation::Sigmoid),
        ];
        return Ok(KnownStack {
            name: "a VAE or AE of pythae, of linear layers",
            encoder: Some(NetworkPlan { trunk, heads }),
            decoder: Some(NetworkPlan::one(decoder)),
            latent_dim,
            picture,
            range: ValueRange::Unit,
        });
    }
    let mut trunk = Vec::new();
    let down = (0..).take_while(|at| is_conv(tensors, &format!("encoder.layers.{at}.0"))).count();
    for at in 0..down {
        trunk.push(LayerPlan::Conv(format!("encoder.layers.{at}.0"), window(4, 2, 1)));
        trunk.push(LayerPlan::Norm(format!("encoder.layers.{at}.1")));
        trunk.push(relu());
    }
    trunk.push(LayerPlan::Flatten);
    // The first layer is alone in some and in a Sequential in others.
    let first = ["decoder.layers.0.0", "decoder.layers.0"];
    let first = first.into_iter().find(|name| tensors.contains_key(&format!("{name}.weight")));
    let Some(first) = first else { bail!("the tensor decoder.layers.0.weight is missing") };
    let features = side(tensors, &format!("{first}.weight"), 0)?;
    let [deepest, kernel] = [0, 2].map(|at| side(tensors, "decoder.layers.1.0.weight", at));
    let (deepest, kernel) = (deepest?, kernel?);
    // Window and output padding of each layer, by the kernel.
    let windows: &[(ConvConfig, usize)] = match kernel {
        3 => &[(window(3, 2, 1), 0), (window(3, 2, 1), 1), (window(3, 2, 1), 1)],
        4 => &[(window(4, 2, 1), 0), (window(4, 2, 1), 1), (window(4, 1, 2), 0)],
        5 => &[(window(5, 2, 2), 0), (window(5, 2, 1), 0), (window(5, 2, 2), 1), (window(5, 1, 1), 0)],
        _ => bail!("its decoder has kernels of {kernel} pixels, as none of pythae’s has"),
    };
    let mut map = square_side(features, deepest)?;
    let mut layers = vec![LayerPlan::Linear(first.into()), LayerPlan::Unflatten([deepest, map, map])];
    let mut channels = deepest;
    for (at, (shape, output_padding)) in windows.iter().enumerate() {
        let name = format!("decoder.layers.{}", at + 1);
        channels = side(tensors, &format!("{name}.0.weight"), 1)?;
        layers.push(LayerPlan::ConvTranspose(format!("{name}.0"), *shape, *output_padding));
        map = grown(map, *shape, *output_padding)?;
        match at + 1 == windows.len() {
            true => layers.push(LayerPlan::Activation(Activation::Sigmoid)),
            false => layers.extend([LayerPlan::Norm(format!("{name}.1")), relu()]),
        }
    }
    Ok(KnownStack {
        name: "a VAE or AE of pythae, of convolutions",
        encoder: Some(NetworkPlan { trunk, heads }),
        decoder: Some(NetworkPlan::one(layers)),
        latent_dim,
        picture: picture(channels, map)?,
        range: ValueRange::Unit,
    })
}

/// The VAE of PyTorch's examples.
fn example_vae(tensors: &Tensors) -> Result<KnownStack> {
    let linear = |name: &str| LayerPlan::Linear(name.into());
    let relu = || LayerPlan::Activation(Activation::Relu);
    let numbers = side(tensors, "fc1.weight", 1)?;
    let Some(picture) = PictureShape::of(&[numbers]) else {
        bail!("pictures of {numbers} numbers are no squares in grey or colour")
    };
    let decoder = vec![linear("fc3"), relu(), linear("fc4"), LayerPlan::Activation(Activation::Sigmoid)];
    Ok(KnownStack {
        name: "the VAE of PyTorch’s examples",
        encoder: Some(NetworkPlan {
            trunk: vec![linear("fc1"), relu()],
            heads: vec![vec![linear("fc21")], vec![linear("fc22")]],
        }),
        decoder: Some(NetworkPlan::one(decoder)),
        latent_dim: side(tensors, "fc21.weight", 0)?,
        picture,
        range: ValueRange::Unit,
    })
}

/// Side behind a transposed convolution.
fn grown(side: usize, window: ConvConfig, output_padding: usize) -> Result<usize> {
    let grown = side.saturating_sub(1).saturating_mul(window.stride);
    let grown = grown.saturating_add(window.kernel).saturating_add(output_padding);
    match grown.checked_sub(2 * window.padding).filter(|side| (1..=crate::config::MOST_SIDE).contains(side)) {
        Some(side) => Ok(side),
        None => bail!("its pictures would have {grown} pixels on a side"),
    }
}

/// Side of a square map of features with so many channels.
fn square_side(features: usize, channels: usize) -> Result<usize> {
    let side = (features / channels.max(1)).isqrt();
    match side * side * channels == features && side > 0 {
        true => Ok(side),
        false => bail!("{features} numbers make no square map of {channels} channels"),
    }
}

fn picture(channels: usize, side: usize) -> Result<PictureShape> {
    match PictureShape::of(&[channels, side, side]) {
        Some(shape) => Ok(shape),
        None => bail!("arrays of {channels} × {side} × {side} are no pictures"),
    }
}
