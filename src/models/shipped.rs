//! The checkpoints inside the program, so that it works at once and offline.

use crate::text;

/// A checkpoint inside the program.
struct Shipped {
    name: &'static str,
    title: &'static str,
    bytes: &'static [u8],
}

/// The first one is what the window opens with. Their cards lie beside the files in `models/`.
const SHIPPED: &[Shipped] = &[
    Shipped {
        name: "vae-ffhq-64",
        title: "VAE · FFHQ 64",
        bytes: include_bytes!("../../models/vae-ffhq-64.safetensors"),
    },
    Shipped {
        name: "vae-ffhq-64-kl-0.3",
        title: "VAE · FFHQ 64 · KL 0.3",
        bytes: include_bytes!("../../models/vae-ffhq-64-kl-0.3.safetensors"),
    },
    Shipped {
        name: "ae-ffhq-64",
        title: "AE · FFHQ 64",
        bytes: include_bytes!("../../models/ae-ffhq-64.safetensors"),
    },
    Shipped {
        name: "sae-ffhq-64",
        title: "SAE · FFHQ 64",
        bytes: include_bytes!("../../models/sae-ffhq-64.safetensors"),
    },
    Shipped {
        name: "dae-ffhq-64",
        title: "DAE · FFHQ 64",
        bytes: include_bytes!("../../models/dae-ffhq-64.safetensors"),
    },
    Shipped {
        name: "dae-grid-ffhq-64",
        title: "DAE on a grid · FFHQ 64",
        bytes: include_bytes!("../../models/dae-grid-ffhq-64.safetensors"),
    },
    Shipped {
        name: "vae-gan-ffhq-64",
        title: "VAE-GAN · FFHQ 64",
        bytes: include_bytes!("../../models/vae-gan-ffhq-64.safetensors"),
    },
    Shipped {
        name: "vae-faces-64",
        title: "VAE · built-in faces 64",
        bytes: include_bytes!("../../models/vae-faces-64.safetensors"),
    },
    Shipped {
        name: "dcgan-ffhq-64",
        title: "DCGAN · FFHQ 64",
        bytes: include_bytes!("../../models/dcgan-ffhq-64.safetensors"),
    },
];

/// The weights of the embedded features' [`FeatureNet`](super::FeatureNet), the heads that it was trained
/// with among them. Their card lies beside the file.
pub static EXTRACTOR: &[u8] = include_bytes!("../../models/extractor-ffhq-64.safetensors");

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

/// Title in the window.
pub fn title(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|s| s.name == name).map(|s| s.title)
}
