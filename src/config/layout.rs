//! The ways in which codes are laid out on a plane.

use serde::{Deserialize, Serialize};

/// Most neighbours of a point that a layout may look at; a map of more shows no more, and takes memory for each.
const MOST_NEIGHBORS: usize = 200;

/// Method that lays codes out on a plane. Written as `pca`, `umap:NEIGHBORS,MIN_DIST` or `tsne:PERPLEXITY`; the
/// numbers may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayoutMethod {
    /// The plane of the largest variance (Pearson 1901).
    Pca,
    /// Uniform manifold approximation and projection (McInnes, Healy, Melville 2018).
    Umap {
        /// Points of a neighbourhood, the one in its middle counted.
        neighbors: usize,
        /// Distance on the map below which neighbours are not drawn closer together, of about 1 between neighbours.
        min_dist: f32,
    },
    /// t-distributed stochastic neighbour embedding (van der Maaten & Hinton 2008).
    Tsne {
        /// Number of neighbours that a point has, in effect.
        perplexity: f32,
    },
}

impl LayoutMethod {
    /// UMAP with the numbers that its authors take.
    pub const UMAP: LayoutMethod =
        LayoutMethod::Umap { neighbors: LayoutMethod::NEIGHBORS, min_dist: LayoutMethod::MIN_DIST };
    /// t-SNE with the perplexity that scikit-learn takes.
    pub const TSNE: LayoutMethod = LayoutMethod::Tsne { perplexity: LayoutMethod::PERPLEXITY };
    /// Neighbours of UMAP.
    pub const NEIGHBORS: usize = 15;
    /// Least distance of UMAP.
    pub const MIN_DIST: f32 = 0.1;
    /// Perplexity of t-SNE.
    pub const PERPLEXITY: f32 = 30.0;
    /// Each method with its usual numbers.
    pub const ALL: [LayoutMethod; 3] = [LayoutMethod::Pca, LayoutMethod::UMAP, LayoutMethod::TSNE];

    /// Its name in the literature.
    pub fn label(self) -> &'static str {
        match self {
            LayoutMethod::Pca => "PCA",
            LayoutMethod::Umap { .. } => "UMAP",
            LayoutMethod::Tsne { .. } => "t-SNE",
        }
    }

    /// Its name in files and on the command line.
    pub fn slug(self) -> &'static str {
        match self {
            LayoutMethod::Pca => "pca",
            LayoutMethod::Umap { .. } => "umap",
            LayoutMethod::Tsne { .. } => "tsne",
        }
    }

    /// Says in one sentence what is wrong with the numbers, if anything is.
    pub fn validate(self) -> Result<(), String> {
        match self {
            LayoutMethod::Umap { neighbors, .. } if !(2..=MOST_NEIGHBORS).contains(&neighbors) => {
                Err(format!(
                    "UMAP with {neighbors} neighbours is not possible; choose from 2 to {MOST_NEIGHBORS}"
                ))
            }
            LayoutMethod::Umap { min_dist, .. } if !(0.0..=1.0).contains(&min_dist) => {
                Err(format!("a least distance of {min_dist} is not possible for UMAP; choose from 0 to 1"))
            }
            LayoutMethod::Tsne { perplexity }
                if !(2.0..=MOST_NEIGHBORS as f32 / 2.0).contains(&perplexity) =>
            {
                Err(format!(
                    "t-SNE with a perplexity of {perplexity} is not possible; choose from 2 to {}",
                    MOST_NEIGHBORS / 2
                ))
            }
            _ => Ok(()),
        }
    }
}

impl Default for LayoutMethod {
    fn default() -> Self {
        LayoutMethod::UMAP
    }
}

impl std::str::FromStr for LayoutMethod {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let method = match text.split_once(':') {
            None => LayoutMethod::ALL.into_iter().find(|method| method.slug() == text),
            Some(("umap", numbers)) => {
                let (neighbors, min_dist) = match numbers.split_once(',') {
                    Some((neighbors, min_dist)) => (neighbors, min_dist.parse().ok()),
                    None => (numbers, Some(LayoutMethod::MIN_DIST)),
                };
                let neighbors = neighbors.parse().ok();
                neighbors
                    .zip(min_dist)
                    .map(|(neighbors, min_dist)| LayoutMethod::Umap { neighbors, min_dist })
            }
            Some(("tsne", perplexity)) => {
                perplexity.parse().ok().map(|perplexity| LayoutMethod::Tsne { perplexity })
            }
            Some(_) => None,
        };
        let method = method.ok_or_else(|| {
            format!(
                "'{text}' is not a layout; there is pca, umap, umap:NEIGHBORS, umap:NEIGHBORS,MIN_DIST, tsne and \
                 tsne:PERPLEXITY, as in umap:15,0.1"
            )
        })?;
        method.validate()?;
        Ok(method)
    }
}

impl std::fmt::Display for LayoutMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            usual if LayoutMethod::ALL.contains(usual) => f.write_str(usual.slug()),
            LayoutMethod::Pca => f.write_str("pca"),
            LayoutMethod::Umap { neighbors, min_dist } => write!(f, "umap:{neighbors},{min_dist}"),
            LayoutMethod::Tsne { perplexity } => write!(f, "tsne:{perplexity}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_read_as_they_are_written() {
        for method in LayoutMethod::ALL {
            assert_eq!(method.to_string().parse(), Ok(method));
            assert_eq!(method.slug().parse(), Ok(method));
            let json = serde_json::to_string(&method).unwrap();
            assert_eq!(serde_json::from_str::<LayoutMethod>(&json).unwrap(), method);
        }
        assert_eq!("umap:5,0.25".parse(), Ok(LayoutMethod::Umap { neighbors: 5, min_dist: 0.25 }));
        assert_eq!("umap:5".parse(), Ok(LayoutMethod::Umap { neighbors: 5, min_dist: 0.1 }));
        assert_eq!("tsne:12.5".parse(), Ok(LayoutMethod::Tsne { perplexity: 12.5 }));
    }

    #[test]
    fn impossible_layouts_are_refused_in_a_sentence() {
        let refused = |text: &str| text.parse::<LayoutMethod>().unwrap_err();
        for text in ["", "map", "umap:", "umap:3,", "tsne:", "tsne:x", "pca:2"] {
            assert!(refused(text).contains("is not a layout"), "{text}");
        }
        assert!(refused("umap:1,0.1").contains("choose from 2 to 200"));
        assert!(refused("umap:15,NaN").contains("choose from 0 to 1"));
        assert!(refused("tsne:1").contains("choose from 2 to 100"));
        assert!(refused("tsne:NaN").contains("choose from 2 to 100"));
    }
}
