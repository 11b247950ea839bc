//! Directions in a code space that mean something, as plain data.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::direction_names;

/// Name of the file beside a checkpoint in a run's folder that holds its directions.
pub const DIRECTIONS_FILE: &str = "directions.json";

/// Origin of a direction.
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
    /// Agreement with the attribute, of a direction that was fitted to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<DirectionQuality>,
    /// Part of the variance of what was decomposed, in [0, 1], of a principal component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance: Option<f64>,
    /// Amounts between which the typical picture stays as near to real faces as pictures without an edit are, and codes
    /// about as near to their mean as those of faces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[f32; 2]>,
}

/// Agreement of a direction with an attribute on faces that it was not fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectionQuality {
    /// Score with which codes tell the attribute.
    #[serde(flatten)]
    pub score: DirectionScore,
    /// Faces that it was measured on.
    pub n: usize,
    /// Change of the attribute in the pictures that an amount of 1 brings, in its standard deviations over faces (of a
    /// yes or no, of its log-odds).
    pub change: f64,
    /// Changes of the other attributes: what else moves.
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

    /// The direction that a person means by a word: its name, or the column that it was fitted to, as in `yaw` for "turn
    /// head"; whatever the case of letters, and with `-` or `_` for a space.
    pub fn meant(&self, word: &str) -> Option<&Direction> {
        let by_column = || self.directions.iter().find(|d| direction_names::means(&d.name, word));
        self.named(word.trim()).or_else(by_column)
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
        let mut names = HashSet::new();
        for Direction { name, vector, .. } in &self.directions {
            if name.trim().is_empty() {
                return Err("a direction needs a name".into());
            }
            if !names.insert(name.to_ascii_lowercase()) {
                return Err(format!("there are two directions called '{name}'"));
            }
            if !vector.iter().all(|number| number.is_finite()) {
                return Err(format!("the direction '{name}' holds values that are not finite numbers"));
            }
        }
        Ok(())
    }
}

/// Directions that were fitted, and facts about the fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectionsFitted {
    /// The directions, in the order of the table's columns or of their part of the variance.
    pub set: DirectionSet,
    /// Codes that they were fitted to; 0 where only weights were looked at.
    pub images: usize,
    /// Attributes of the table that gave no direction, with the reason for each.
    pub left_out: Vec<String>,
    /// Degree to which single numbers of a code stand for single factors, where the true factors are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disentanglement: Option<Disentanglement>,
}

/// Disentanglement of codes in the light of the true factors. All in [0, 1], higher is better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disentanglement {
    /// Mutual information gap (Chen et al. 2018).
    pub mig: f64,
    /// Disentanglement (Eastwood & Williams 2018): each number of a code stands for one factor.
    pub disentanglement: f64,
    /// Completeness (the same): each factor is stood for by one number.
    pub completeness: f64,
    /// Informativeness: mean R² with which the factors are told on faces that nothing was fitted to.
    pub informativeness: f64,
    /// Faces that the gap was measured on.
    pub n: usize,
}

/// A direction less what it shares with others, so that to move along it leaves these as they are: n − Aᵀ(AAᵀ)⁻¹An, with
/// the others as the rows of A (conditional manipulation: InterFaceGAN, Shen et al. 2020,
/// <https://arxiv.org/abs/2005.09635>). It becomes shorter, to nothing where it is a mixture of the others. Those of
/// another length than its own do not count.
pub fn conditioned(direction: &[f32], held: &[&[f32]]) -> Vec<f32> {
    /// Part of a direction below which it says nothing beside those before it.
    const NOTHING: f64 = 1e-6;
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let wide = |vector: &[f32]| vector.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
    // Projections on an orthonormal basis of the others are the same with fewer digits lost.
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let project = |mut vector: Vec<f64>, basis: &[Vec<f64>]| {
        for _ in 0..2 {
            for unit in basis {
                let part = dot(&vector, unit);
                vector.iter_mut().zip(unit).for_each(|(v, u)| *v -= part * u);
            }
        }
        vector
    };
    for other in held.iter().filter(|other| other.len() == direction.len()) {
        let other = wide(other);
        let whole = dot(&other, &other).sqrt();
        let rest = project(other, &basis);
        let length = dot(&rest, &rest).sqrt();
        if length > NOTHING * whole {
            basis.push(rest.iter().map(|v| v / length).collect());
        }
    }
    project(wide(direction), &basis).into_iter().map(|v| v as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conditioned_direction_is_orthogonal_to_what_is_held() {
        let (n, a, b) = ([1.0f32, 2.0, 3.0, 4.0], [1.0f32, 0.0, 0.0, 1.0], [1.0f32, 1.0, 0.0, 1.0]);
        let rest = conditioned(&n, &[&a, &b]);
        for held in [a, b] {
            let product: f32 = rest.iter().zip(held).map(|(r, h)| r * h).sum();
            assert!(product.abs() < 1e-5, "{rest:?}");
        }
        // By the formula: A spans the second axis and (1, 0, 0, 1).
        assert!(rest.iter().zip([-1.5, 0.0, 3.0, 1.5]).all(|(r, e)| (r - e).abs() < 1e-5), "{rest:?}");
        assert_eq!(conditioned(&n, &[]), n);
        // The same twice is no more than once; itself leaves nothing; another length does not count.
        assert_eq!(conditioned(&n, &[&a, &a, &b]), rest);
        assert!(conditioned(&n, &[&n]).iter().all(|v| v.abs() < 1e-5));
        assert_eq!(conditioned(&n, &[&[1.0, 2.0]]), n);
    }
}
