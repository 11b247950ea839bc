//! The checkpoints inside the program, so that it works at once and offline.

use crate::text;

/// A checkpoint inside the program.
struct Shipped {
    name: &'static str,
    title: &'static str,
    bytes: &'static [u8],
    /// The content of its file of directions.
    directions: Option<&'static str>,
}

/// A checkpoint by its name, which is that of its file, and its title; with its directions if it has some.
macro_rules! shipped {
    ($name:literal, $title:literal) => {
        shipped!($name, $title, None)
    };
    ($name:literal, $title:literal, with directions) => {
        shipped!($name, $title, Some(include_str!(concat!("../../models/", $name, ".directions.json"))))
    };
    ($name:literal, $title:literal, $directions:expr) => {
        Shipped {
            name: $name,
            title: $title,
            bytes: include_bytes!(concat!("../../models/", $name, ".safetensors")),
            directions: $directions,
        }
    };
}

/// The first one is what the window opens with. Their cards lie beside the files in `models/`.
const SHIPPED: &[Shipped] = &[
    shipped!("vae-grid-ffhq-64", "VAE + flow · FFHQ 64", with directions),
    shipped!("vae-ffhq-64", "VAE · FFHQ 64", with directions),
    shipped!("ae-ffhq-64", "AE · FFHQ 64", with directions),
    shipped!("sae-ffhq-64", "SAE · FFHQ 64", with directions),
    shipped!("dae-ffhq-64", "DAE · FFHQ 64", with directions),
    shipped!("dae-grid-ffhq-64", "DAE on a grid · FFHQ 64", with directions),
    shipped!("vae-gan-ffhq-64", "VAE-GAN · FFHQ 64", with directions),
    shipped!("vae-faces-64", "VAE · built-in faces 64", with directions),
    shipped!("dcgan-ffhq-64", "DCGAN · FFHQ 64", with directions),
];

/// The weights of the embedded features' [`FeatureNet`](super::FeatureNet), the heads that it was trained
/// with among them. Their card lies beside the file.
pub static EXTRACTOR: &[u8] = include_bytes!("../../models/extractor-ffhq-64.safetensors");

/// The published weights of [`BlazeFace`](super::BlazeFace). Their card and their licence lie beside the file.
pub static BLAZEFACE: &[u8] = include_bytes!("../../models/blazeface-short-range.safetensors");

/// Their names, the first one being the one to open with.
pub fn names() -> Vec<&'static str> {
    SHIPPED.iter().map(|s| s.name).collect()
}

/// Sentence about a name that is none of theirs, the most similar first.
pub fn unknown(name: &str) -> String {
    format!("model of that name in the program; in it are {}", text::closest_first(name, names()).join(", "))
}

/// The content of the checkpoint file.
pub fn bytes(name: &str) -> Option<&'static [u8]> {
    SHIPPED.iter().find(|s| s.name == name).map(|s| s.bytes)
}

/// The content of the file of directions that comes with it.
pub fn directions(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|s| s.name == name).and_then(|s| s.directions)
}

/// Title in the window.
pub fn title(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|s| s.name == name).map(|s| s.title)
}
