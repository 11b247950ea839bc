//! Directions in a code space that mean something, as plain data.

use serde::{Deserialize, Serialize};

/// Name of the file beside a checkpoint in a run's folder that holds its directions.
pub const DIRECTIONS_FILE: &str = "directions.json";

/// How a direction was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectionMethod {
    /// A regression of codes on a table of attributes.
    Attributes,
    /// Principal components of codes (Härkönen et al. 2020).
    Pca,
    /// Eigenvectors of the first decoder layer's weights (Shen & Zhou 2021).
    Sefa,
    /// The difference between faces that a person chose.
    Yours,
}

/// A direction in the code space of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// As in "smile"; no two of a set alike.
    pub name: String,
    /// Origin.
    pub method: DirectionMethod,
    /// Added to a code by an amount of 1: as long as the standard deviation of codes along it. `latent_dim` numbers.
    pub vector: Vec<f32>,
    /// How well it tells the attribute, of a direction that was fitted to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<DirectionQuality>,
    /// Part of the variance of what was decomposed, in [0, 1], of a principal component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance: Option<f64>,
    /// Amounts between which the typical picture stays as near to real faces as pictures without an edit are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[f32; 2]>,
}

/// Agreement of a direction with an attribute on faces that it was not fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectionQuality {
    /// How well codes tell the attribute.
    #[serde(flatten)]
    pub score: DirectionScore,
    /// Faces that it was measured on.
    pub n: usize,
    /// Change of the attribute in the pictures that an amount of 1 brings, in its standard deviations over faces (of a
    /// yes or no, of its log-odds).
    pub change: f64,
    /// The same of the other attributes: what else moves.
    pub leak: Vec<Leak>,
}

/// Agreement of a prediction with an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectionScore {
    /// Area under the ROC curve, of yes or no: 0.5 by chance, at best 1.
    Auc(f64),
    /// Part of the variance that is told, of an amount: 0 by chance, at best 1.
    R2(f64),
}

/// Change of another attribute that an amount of 1 brings, in its standard deviations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leak {
    /// The attribute.
    pub name: String,
    /// Its change.
    pub change: f64,
}

/// Directions of one model: the content of a file of directions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DirectionSet {
    /// The model that they belong to, for people.
    pub model: String,
    /// Numbers in its codes.
    pub latent_dim: usize,
    /// In the order in which they are shown.
    pub directions: Vec<Direction>,
}

impl DirectionSet {
    /// The direction of this name, whatever the case of its letters.
    pub fn named(&self, name: &str) -> Option<&Direction> {
        self.directions.iter().find(|direction| direction.name.eq_ignore_ascii_case(name))
    }

    /// Says in a sentence what is wrong with it, for codes of so many numbers.
    pub fn validate(&self, latent_dim: usize) -> Result<(), String> {
        let lengths = || self.directions.iter().map(|direction| direction.vector.len());
        if let Some(other) =
            std::iter::once(self.latent_dim).chain(lengths()).find(|length| *length != latent_dim)
        {
            return Err(format!(
                "these directions are for codes of {other} numbers; this model's have {latent_dim}"
            ));
        }
        for (at, Direction { name, vector, .. }) in self.directions.iter().enumerate() {
            if name.trim().is_empty() {
                return Err("a direction needs a name".into());
            }
            if self.directions[..at].iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
                return Err(format!("there are two directions called '{name}'"));
            }
            if !vector.iter().all(|number| number.is_finite()) {
                return Err(format!("the direction '{name}' holds values that are not finite numbers"));
            }
        }
        Ok(())
    }
}
