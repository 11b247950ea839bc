//! A row of the table: sharpness and coverage of a set of pictures.

use super::measured::Sharpness;
use crate::config::ModelKind;
use crate::report::SetMetrics;
use crate::report::quantities::SETS;
use crate::table::Cell;

/// Sharpness and coverage of a set of pictures.
#[derive(Clone, Debug)]
pub struct SharpnessRow {
    pub name: String,
    pub source: Source,
    /// Of the model; none for real images.
    pub family: Option<Family>,
    /// Variance of the Laplacian.
    pub variance: f64,
    /// Variance of the Laplacian over that of the real images.
    pub sharpness: f64,
    /// Log-spectral distance from the real images in dB.
    pub distance: f64,
    /// Energy of the high frequencies over that of the real images.
    pub high: f64,
    /// Of draws.
    pub sets: Option<SetMetrics>,
    pub n: usize,
}

/// Source of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The images that all others are held against.
    Real,
    /// Images of the validation split.
    Other,
    Draws,
    Reconstructions,
}

/// A family of models in the lecture's claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Gan,
    Vae,
    /// Neither of those that the claim is about.
    Neither,
}

impl Family {
    /// The family of a kind of model.
    pub fn of(kind: ModelKind) -> Self {
        match kind {
            kind if kind.is_adversarial() => Family::Gan,
            ModelKind::Vae => Family::Vae,
            _ => Family::Neither,
        }
    }
}

impl Source {
    /// Name in tables.
    pub fn label(self) -> &'static str {
        match self {
            Source::Real => "test images",
            Source::Other => "validation images",
            Source::Draws => "draws",
            Source::Reconstructions => "reconstructions",
        }
    }
}

impl SharpnessRow {
    /// A row without numbers between sets.
    pub fn new(
        name: &str,
        source: Source,
        family: Option<Family>,
        own: &Sharpness,
        real: &Sharpness,
    ) -> Self {
        SharpnessRow {
            name: name.to_owned(),
            source,
            family,
            variance: own.variance,
            sharpness: own.variance / real.variance.max(f64::MIN_POSITIVE),
            distance: own.spectrum.distance(&real.spectrum),
            high: own.spectrum.high() / real.spectrum.high().max(f64::MIN_POSITIVE),
            sets: None,
            n: own.spectrum.n,
        }
    }

    /// A number between sets by the key of its column.
    pub fn set(&self, key: &str) -> Option<f64> {
        let measure = SETS.iter().find(|measure| measure.quantity.column == key)?;
        match (measure.read)(self.sets.as_ref()?) {
            Cell::Number(number) => Some(number),
            _ => None,
        }
    }
}
