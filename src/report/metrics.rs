//! Numbers of pictures in pairs and as sets; [`crate::metrics`] measures them.

use serde::{Deserialize, Serialize};

/// Images below which the numbers of a set say little: FID is biased upwards by few images.
pub const FEWEST_IMAGES: usize = 2048;

/// Agreement of two sets of pictures, in [0, 1] pixel values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelMetrics {
    /// Mean squared error per pixel and channel; lower is better.
    pub re: f64,
    /// Mean over images of 10·log10(1/MSE) in dB; higher is better. Identical images, which have no finite one, are not
    /// in the mean; infinite where there are no others.
    #[serde(with = "infinite_as_null")]
    pub psnr: f64,
    /// Mean structural similarity (Wang et al. 2004); higher is better, at most 1.
    pub ssim: f64,
    /// Pictures measured.
    pub n: usize,
    /// Of these the identical ones.
    #[serde(default)]
    pub identical: usize,
}

impl PixelMetrics {
    /// The metrics of pictures that were measured one by one, each as in `parts`; none of nothing.
    pub fn mean(parts: &[PixelMetrics]) -> Option<PixelMetrics> {
        let n: usize = parts.iter().map(|part| part.n).sum();
        let identical = parts.iter().map(|part| part.identical).sum();
        let mean = |value: fn(&PixelMetrics) -> f64| {
            parts.iter().map(|part| value(part) * part.n as f64).sum::<f64>() / n as f64
        };
        let differing = parts.iter().filter(|part| part.psnr.is_finite());
        let weights: f64 = differing.clone().map(|part| (part.n - part.identical.min(part.n)) as f64).sum();
        let psnr =
            differing.map(|part| part.psnr * (part.n - part.identical.min(part.n)) as f64).sum::<f64>();
        let psnr = if weights > 0.0 { psnr / weights } else { f64::INFINITY };
        (n > 0).then(|| PixelMetrics {
            re: mean(|part| part.re),
            psnr,
            ssim: mean(|part| part.ssim),
            n,
            identical,
        })
    }

    /// A note beside a PSNR that not all pictures are in.
    pub fn note(&self) -> Option<String> {
        let pairs = match self.identical {
            1 => "1 identical pair".to_owned(),
            n => format!("{n} identical pairs"),
        };
        (0 < self.identical && self.identical < self.n)
            .then(|| format!("{pairs} of {}: the PSNR is the mean over the others", self.n))
    }
}

/// Pairs of images that could not be measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Their number.
    pub count: usize,
    /// The first of them, with the reason; at most [`LeftOut::NAMED`].
    pub names: Vec<String>,
}

impl LeftOut {
    /// Most that are named.
    pub const NAMED: usize = 8;

    /// One more.
    pub fn push(&mut self, name: String) {
        self.count += 1;
        if self.names.len() < Self::NAMED {
            self.names.push(name);
        }
    }

    /// Words for it; none where nothing was left out.
    pub fn note(&self) -> Option<String> {
        let names = self.names.join("; ");
        let more = self.count.saturating_sub(self.names.len());
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        match self.count {
            0 => None,
            1 => Some(format!("One pair was left out: {names}")),
            n => Some(format!("{n} pairs were left out: {names}{more}")),
        }
    }
}

/// Numbers between a set of real and a set of generated images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetMetrics {
    /// Fréchet distance of the features (Heusel et al. 2017), which is the FID only with the features of
    /// that name; lower is better.
    pub fid: f64,
    /// Kernel distance (Bińkowski et al. 2018), likewise the KID only with Inception's features; lower is better, and
    /// 0 is what sets of one distribution have in the mean. None, as all after it that are measured, where of one set
    /// only the mean and covariance are known.
    pub kid: Option<f64>,
    /// Its standard deviation over the pairs of subsets that it is the mean of; none where there is only one.
    pub kid_std: Option<f64>,
    /// Share of the generated images on the manifold of the real ones (Kynkäänniemi et al. 2019); higher is
    /// better.
    pub precision: Option<f64>,
    /// Share of the real images on the manifold of the generated ones; higher is better.
    pub recall: Option<f64>,
    /// Real balls that a generated image lies in, over k (Naeem et al. 2020); higher is better, and 1 is
    /// what real images have.
    pub density: Option<f64>,
    /// Share of the real images with a generated one in their ball; higher is better.
    pub coverage: Option<f64>,
    /// The balls reach to this neighbour.
    pub k: usize,
    /// Real images; none where statistics do not say of how many they are.
    pub n_real: Option<usize>,
    /// Generated images, likewise.
    pub n_generated: Option<usize>,
    /// Feature extractor.
    pub features: String,
    /// Why there is nothing but the Fréchet distance, in a sentence; none where all was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_available: Option<String>,
}

impl SetMetrics {
    /// Images of the smaller set, as far as that is known.
    pub fn fewest(&self) -> Option<usize> {
        self.n_real.into_iter().chain(self.n_generated).min()
    }

    /// Warning beside numbers of so few images; none when there are enough.
    pub fn warning(&self) -> Option<String> {
        let fewest = self.fewest()?;
        (fewest < FEWEST_IMAGES).then(|| {
            format!(
                "{fewest} images are few: below {FEWEST_IMAGES} the Fréchet distance comes out too high and the other \
                 numbers are uncertain; compare only with numbers of equally many images"
            )
        })
    }
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
