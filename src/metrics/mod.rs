//! How well pictures agree: one file a metric, each naming its paper.

use serde::{Deserialize, Serialize};

/// Agreement of two sets of pictures, in [0, 1] pixel values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelMetrics {
    /// Mean squared error per pixel and channel; lower is better.
    pub re: f64,
    /// Mean over images of 10·log10(1/MSE) in dB; higher is better; infinite for identical images.
    #[serde(with = "infinite_as_null")]
    pub psnr: f64,
    /// Mean structural similarity (Wang et al. 2004); higher is better, at most 1.
    pub ssim: f64,
    /// Pictures measured.
    pub n: usize,
}

/// JSON has no infinity: `null` stands for it.
mod infinite_as_null {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if value.is_finite() { serializer.serialize_f64(*value) } else { serializer.serialize_none() }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
    }
}
