//! The text of a module.

use crate::atomic_file::PYTHON_MODULE;
use crate::config::ModelConfig;
use crate::interchange::about;
use crate::models::blueprint::{Blueprint, Layer};
use crate::nn::Activation;
use crate::run::checkpoint::Meta;

/// Text of the file. Nothing in it comes from outside of the program: neither names of files nor of data.
pub fn of(meta: &Meta, blueprint: &Blueprint) -> String {
    let config = &meta.config.model;
    let (title, draws) = (about::title(config), about::draws(meta));
    let (images, codes, class) = (about::images(config), about::codes(config), class(config));
    let batch_norm = blueprint.layers().any(|layer| matches!(layer, Layer::BatchNorm { .. }));
    let evaluated = if batch_norm { " Batch norm uses its running statistics." } else { "" };
    let mut text = format!(
        r#""""{title}.

{PYTHON_MODULE} It needs torch alone, and its weights in the file beside it whose name ends in .pt.

Images are {images}. Codes are {codes}.
{draws}
"""

from pathlib import Path

import torch
from torch import nn

WEIGHTS = Path(__file__).with_suffix(".pt")


class {class}(nn.Module):
    def __init__(self):
        super().__init__()
"#
    );
    text += &modules(blueprint);
    let latent_dim = config.latent_dim;
    for name in ["center", "scale"] {
        text += &format!("        self.register_buffer(\"{name}\", torch.empty({latent_dim}))\n");
    }
    if let Some(encoder) = &blueprint.encoder {
        let what = match encoder.heads.len() {
            1 => "Codes of pictures.",
            _ => "Means, which are the codes of pictures, and logarithms of the variances of q(z|image).",
        };
        text += &format!("\n    def encode(self, image):\n        \"\"\"{what}\"\"\"\n");
        let (mut lines, features) = statements(&encoder.features, "image");
        lines.push(format!("x = {features}"));
        let heads = encoder.heads.iter().map(|(_, head)| expression(head, "x"));
        lines.push(format!("return {}", heads.collect::<Vec<_>>().join(", ")));
        text += &indented(&lines);
    }
    text += "\n    def decode(self, z):\n        \"\"\"Pictures of codes.\"\"\"\n";
    let (mut lines, image) = statements(&blueprint.decoder, "z");
    lines.push(format!("return {image}"));
    text += &indented(&lines);
    text += &format!(
        r#"
    def sample(self, n):
        """Pictures of n codes drawn from {}."""
        noise = torch.randn(n, {latent_dim}, device=self.center.device)
        return self.decode(self.center + self.scale * noise)


def load(weights=WEIGHTS, device="cpu"):
    """The model with its weights, ready for use.{evaluated}"""
    model = {class}()
    model.load_state_dict(torch.load(weights, map_location=device, weights_only=True))
    return model.to(device).eval()


if __name__ == "__main__":
    model = load()
    with torch.no_grad():
        image = model.sample(4)
"#,
        gaussian(config)
    );
    let shape = "tuple(image.shape)";
    match &blueprint.encoder {
        None => text += &format!("    print(\"pictures\", {shape})\n"),
        Some(encoder) => {
            let names: Vec<&str> = encoder.heads.iter().map(|(name, _)| *name).collect();
            text += &format!("        {} = model.encode(image)\n", names.join(", "));
            let code = names[0];
            text += &format!("    print(\"pictures\", {shape}, \"codes\", tuple({code}.shape))\n");
        }
    }
    text
}

/// Name of a tensor or layer inside the module: a DCGAN's module is the generator itself.
pub fn short(name: &str) -> &str {
    name.strip_prefix("generator.").unwrap_or(name)
}

fn class(config: &ModelConfig) -> String {
    match config.linear {
        true => "LinearAE".into(),
        false => config.kind.label().replace('-', ""),
    }
}

fn gaussian(config: &ModelConfig) -> &'static str {
    match config.kind.is_generative() {
        true => "N(0, I)",
        false => "a Gaussian with the mean and deviation of each number of the codes of images",
    }
}

/// Lines of `__init__` that make the modules, in the order of the layers.
fn modules(blueprint: &Blueprint) -> String {
    let mut text = String::new();
    let chains = blueprint.encoder.iter().flat_map(|encoder| {
        [&encoder.features[..]].into_iter().chain(encoder.heads.iter().map(|(_, head)| &head[..]))
    });
    for part in chains.chain([&blueprint.decoder[..]]).flat_map(parts) {
        match part {
            Part::Sequence(name, layers) => {
                text += &format!("        self.{name} = nn.Sequential(\n");
                for layer in layers.iter().filter_map(module) {
                    text += &format!("            {layer},\n");
                }
                text += "        )\n";
            }
            Part::One(layer) => {
                if let Some((name, module)) = layer.name().zip(module(layer)) {
                    text += &format!("        self.{} = {module}\n", short(name));
                }
            }
        }
    }
    text
}

/// A layer by itself, or several in an `nn.Sequential`.
enum Part<'a> {
    One(&'a Layer),
    Sequence(&'a str, &'a [Layer]),
}

/// Layers whose names end in a number, with the activations between and behind them, are a sequence.
fn parts(layers: &[Layer]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = layers;
    while let Some(first) = rest.first() {
        let count = match sequence(first) {
            None => {
                parts.push(Part::One(first));
                1
            }
            Some(name) => {
                let belongs =
                    |layer: &&Layer| sequence(layer).is_some() || matches!(layer, Layer::Activation(_));
                let count = rest.iter().take_while(belongs).count();
                parts.push(Part::Sequence(name, &rest[..count]));
                count
            }
        };
        rest = &rest[count..];
    }
    parts
}

/// The sequence that a layer belongs to by its name, as in `encoder` of `encoder.0`.
fn sequence(layer: &Layer) -> Option<&str> {
    layer.name().map(short)?.rsplit_once('.').map(|(sequence, _)| sequence)
}

/// A statement for each layer or sequence but the last, and the expression of that one.
fn statements(layers: &[Layer], input: &str) -> (Vec<String>, String) {
    let mut lines = Vec::new();
    let mut value = input.to_owned();
    for part in parts(layers) {
        if value != input {
            lines.push(format!("x = {value}"));
        }
        let from = if lines.is_empty() { input } else { "x" };
        value = match part {
            Part::One(layer) => applied(layer, from),
            Part::Sequence(name, _) => format!("self.{name}({from})"),
        };
    }
    (lines, value)
}

/// Layers in one expression.
fn expression(layers: &[Layer], input: &str) -> String {
    layers.iter().fold(input.to_owned(), |value, layer| applied(layer, &value))
}

/// A layer applied to a value.
fn applied(layer: &Layer, x: &str) -> String {
    if let Some(name) = layer.name() {
        return format!("self.{}({x})", short(name));
    }
    match layer {
        Layer::Activation(Activation::Relu) => format!("torch.relu({x})"),
        Layer::Activation(Activation::Sigmoid) => format!("torch.sigmoid({x})"),
        Layer::Activation(Activation::Tanh) => format!("torch.tanh({x})"),
        Layer::Activation(Activation::LeakyRelu(slope)) => {
            format!("nn.functional.leaky_relu({x}, {slope})")
        }
        Layer::Affine { scale, shift } => {
            let scaled = if *scale == 1.0 { x.to_owned() } else { format!("{scale} * {x}") };
            let sign = if *shift < 0.0 { '-' } else { '+' };
            format!("{scaled} {sign} {}", shift.abs())
        }
        Layer::Clamp => format!("{x}.clamp(0, 1)"),
        Layer::Flatten => format!("{x}.flatten(1)"),
        Layer::Unflatten([a, b, c]) => format!("{x}.unflatten(1, ({a}, {b}, {c}))"),
        Layer::ChannelsLast => format!("{x}.permute(0, 2, 3, 1)"),
        Layer::ChannelsFirst => format!("{x}.permute(0, 3, 1, 2)"),
        _ => x.to_owned(),
    }
}

/// A layer as a module, if it is one.
fn module(layer: &Layer) -> Option<String> {
    Some(match layer {
        Layer::Conv { channels: [from, to], window, transposed, bias, .. } => {
            let name = if *transposed { "ConvTranspose2d" } else { "Conv2d" };
            let (kernel, stride, padding) = (window.kernel, window.stride, window.padding);
            let bias = if *bias { "" } else { ", bias=False" };
            format!("nn.{name}({from}, {to}, {kernel}, stride={stride}, padding={padding}{bias})")
        }
        Layer::Pointwise { channels: [from, to], .. } => format!("nn.Conv2d({from}, {to}, 1)"),
        Layer::Linear { numbers: [from, to], .. } => format!("nn.Linear({from}, {to})"),
        Layer::BatchNorm { channels, .. } => format!("nn.BatchNorm2d({channels})"),
        Layer::Activation(activation) => match activation {
            Activation::None => "nn.Identity()".into(),
            Activation::Relu => "nn.ReLU()".into(),
            Activation::LeakyRelu(slope) => format!("nn.LeakyReLU({slope})"),
            Activation::Sigmoid => "nn.Sigmoid()".into(),
            Activation::Tanh => "nn.Tanh()".into(),
        },
        _ => return None,
    })
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("        {line}\n")).collect()
}
