//! Faces that are made of others: children, mixtures, sums.

use std::collections::BTreeSet;

use super::explore::SAMPLE_COUNT;
use super::picture::Picture;
use crate::config::ModelConfig;
use crate::random::RandomStream;
use crate::worker::protocol::{ModelId, Query};

/// Faces that a sum or a mixture is made of.
pub const PARTS: [&str; 3] = ["A", "B", "C"];
/// Numbers of a code that are mixed together, where it does not lie on a grid: the most telling, the next, and so on.
pub const BANDS: usize = 16;

/// A face of one model.
#[derive(Clone, Debug)]
pub struct Face {
    /// Its point.
    pub point: Vec<f32>,
    /// Its picture.
    pub picture: Picture,
}

/// The sheet beneath the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Draws from the prior.
    #[default]
    Samples,
    /// Children of faces that one likes.
    Breed,
    /// Two faces, some parts of the code from one and some from the other.
    Mix,
    /// A − B + C.
    Sum,
}

/// Faces made of others in one model.
#[derive(Clone, Debug, Default)]
pub struct Faces {
    /// The sheet that is shown.
    pub tool: Tool,
    /// The points of the children.
    pub children: Vec<Vec<f32>>,
    /// Their pictures, as far as they are there.
    pub pictures: Vec<Picture>,
    /// The children that one likes.
    pub liked: BTreeSet<usize>,
    /// Of the children, from 0.
    pub generation: u64,
    /// Deviation of the noise that children have beside what they inherit, in that of draws.
    pub mutation: f32,
    /// Faces that a mixture or a sum is made of.
    pub parts: [Option<Face>; 3],
    /// Parts of the code that a mixture has from B: places of a grid, row by row, or [`BANDS`].
    pub from_b: Vec<bool>,
    /// The mixture or sum.
    pub result: Option<Face>,
}

impl Faces {
    /// Parts that the code of a model is mixed by: side of a square of places, or none for bands.
    pub fn grid(config: &ModelConfig) -> Option<usize> {
        config.latent_grid
    }

    /// Ready for a model.
    pub fn new(config: &ModelConfig) -> Self {
        let parts = Self::grid(config).map_or(BANDS, |side| side * side);
        // The upper half of a face, or the most telling numbers.
        let from_b = (0..parts).map(|part| part < parts / 2).collect();
        Faces { from_b, mutation: 0.3, ..Faces::default() }
    }

    /// Puts the first faces on the sheet of children: draws.
    pub fn found(&mut self, draws: &[Vec<f32>]) {
        self.children = draws.to_vec();
        self.pictures.clear();
        self.liked.clear();
        self.generation = 0;
    }

    /// Makes the next generation: each child has every number from one of the parents that one likes, and noise of the
    /// spread of draws added; the mixture is shrunk so that points keep the length of draws. The parents stay in front.
    pub fn breed(&mut self, spread: &[f32]) {
        let parents: Vec<Vec<f32>> =
            self.liked.iter().filter_map(|at| self.children.get(*at).cloned()).collect();
        if parents.is_empty() {
            return;
        }
        self.generation += 1;
        let mut generator = RandomStream::new(self.generation);
        let kept = (1.0 - self.mutation * self.mutation).max(0.0).sqrt();
        let born = SAMPLE_COUNT.saturating_sub(parents.len());
        let mut child = || {
            let number = |dim: usize| {
                let parent = &parents[generator.next_u32() as usize % parents.len()];
                let noise: f32 = generator.normal();
                let spread = spread.get(dim).copied().unwrap_or(1.0);
                kept * parent.get(dim).copied().unwrap_or(0.0) + self.mutation * spread * noise
            };
            (0..parents[0].len()).map(number).collect()
        };
        let children: Vec<Vec<f32>> = (0..born).map(|_| child()).collect();
        let count = parents.len();
        self.children = parents.into_iter().chain(children).collect();
        self.pictures.clear();
        self.liked = (0..count).collect();
    }

    /// The question whose answer the sheet shows; none for samples, or as long as faces are missing. `order` says which
    /// numbers of a code tell most.
    pub fn wanted(&self, model: ModelId, config: &ModelConfig, order: &[usize]) -> Option<Query> {
        let faces = |count: usize| -> Option<Vec<Vec<f32>>> {
            let points = self.parts[..count].iter().map(|face| face.as_ref().map(|face| face.point.clone()));
            points.collect()
        };
        match self.tool {
            Tool::Samples => None,
            Tool::Breed => {
                (!self.children.is_empty()).then(|| Query::Decode { model, codes: self.children.clone() })
            }
            Tool::Mix => {
                let of_b = self.weights_of_b(config, order);
                let of_a = of_b.iter().map(|weight| 1.0 - weight).collect();
                Some(Query::Blend { model, faces: faces(2)?, sums: vec![vec![of_a, of_b]] })
            }
            Tool::Sum => {
                let weights = vec![vec![1.0], vec![-1.0], vec![1.0]];
                Some(Query::Blend { model, faces: faces(3)?, sums: vec![weights] })
            }
        }
    }

    /// For each number of a code 1 where it comes from B, and 0 where it comes from A.
    fn weights_of_b(&self, config: &ModelConfig, order: &[usize]) -> Vec<f32> {
        let part = |part: usize| f32::from(u8::from(self.from_b.get(part).copied().unwrap_or(false)));
        match Self::grid(config) {
            // Channel by channel, each a square of places.
            Some(side) => (0..config.latent_dim).map(|number| part(number % (side * side))).collect(),
            None => {
                let mut weights = vec![0.0; config.latent_dim];
                for (rank, &dim) in order.iter().enumerate() {
                    if let Some(weight) = weights.get_mut(dim) {
                        *weight = part(rank * BANDS / config.latent_dim.max(1));
                    }
                }
                weights
            }
        }
    }
}
