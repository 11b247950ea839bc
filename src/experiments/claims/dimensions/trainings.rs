//! The autoencoders that are trained: on one backbone, alike but for their codes.

use std::path::Path;

use super::outcome::Way;
use crate::config::{
    Augmentation, ClaimOrder, DimensionsConfig, ModelConfig, ModelKind, OptimizerKind, TrainConfig,
    defaults_of, learning_rate_of,
};
use crate::experiments::claims::words::upper_first;
use crate::experiments::queue::Training;

/// Sizes of the codes for a look, if nothing is said.
pub const QUICK_SIZES: [usize; 3] = [8, 32, 128];
/// Least side of a grid.
const LEAST_GRID: usize = 4;
/// A few thousand faces are soon known by heart: as in the lecture's tables, mixed pictures teach what adds up.
const AUGMENT: Augmentation = Augmentation { shift: 2, color: 0.1, mix: 0.5 };

/// Settings that hold for all of them.
pub struct Scale {
    pub image_size: usize,
    base_width: usize,
    batch_size: usize,
    steps: usize,
    /// Updates between two measurements, checkpoints and sheets of samples.
    every: usize,
}

const FULL: Scale = Scale { image_size: 64, base_width: 32, batch_size: 64, steps: 1500, every: 250 };
const QUICK: Scale = Scale { image_size: 32, base_width: 16, batch_size: 32, steps: 300, every: 100 };

impl Scale {
    pub fn of(quick: bool) -> &'static Self {
        if quick { &QUICK } else { &FULL }
    }

    fn config(&self, way: Way, size: usize, order: &ClaimOrder, config: &DimensionsConfig) -> TrainConfig {
        let usual = defaults_of(ModelKind::Ae);
        let linear = way == Way::Linear;
        // AdamW comes to the small components of the linear ones many times more slowly.
        let optimizer = OptimizerKind::Muon;
        let mut dataset = usual.dataset.clone();
        dataset.source = order.data.clone();
        if linear {
            // What its best weights are the PCA of.
            dataset.flip = false;
        } else {
            dataset.augment = AUGMENT;
        }
        let model = ModelConfig {
            image_size: self.image_size,
            latent_dim: size,
            latent_grid: if way == Way::Grid { self.grid(size) } else { None },
            linear,
            base_width: self.base_width,
            ..usual.model.clone()
        };
        TrainConfig {
            model,
            dataset,
            steps: config.steps.unwrap_or(self.steps),
            optimizer,
            learning_rate: learning_rate_of(ModelKind::Ae, optimizer),
            batch_size: self.batch_size,
            seed: order.seed,
            validate_every: self.every,
            save_every: self.every,
            sample_every: self.every,
            ..usual
        }
        .completed()
    }

    /// Side of the grid that a code of this size is laid out on: a place for eight pixels of a side, or fewer places
    /// for a small code; none for one that fills no grid.
    fn grid(&self, size: usize) -> Option<usize> {
        let sides = [self.image_size / 8, LEAST_GRID];
        sides.into_iter().find(|side| *side >= LEAST_GRID && size.is_multiple_of(side * side))
    }
}

/// All of them with their kind: the small codes, which are trained as long as the others, first.
pub fn trainings(
    order: &ClaimOrder,
    config: &DimensionsConfig,
    sizes: &[usize],
    runs: &Path,
) -> Vec<(Way, Training)> {
    let scale = Scale::of(order.quick);
    let mut all = Vec::new();
    for size in sizes {
        for way in [Way::Linear, Way::Vector, Way::Grid] {
            if way == Way::Grid && scale.grid(*size).is_none() {
                continue;
            }
            let config = scale.config(way, *size, order, config);
            let slug = way.slug();
            let folder = runs.join(format!("{slug}-{size}-{}px-{}", scale.image_size, config.steps));
            let title = format!("{} with {size} numbers", upper_first(way.label()));
            all.push((way, Training { title, text: way.words().into(), folder, config }));
        }
    }
    all
}

/// Settings that the trainings have in common, in a note.
pub fn words(quick: bool, trainings: &[Training]) -> Option<String> {
    let TrainConfig { model, steps, batch_size, dataset, seed, .. } =
        &trainings.iter().find(|training| !training.config.model.linear)?.config;
    let quick = if quick {
        " Small models and few steps show that the test works, not what autoencoders can do."
    } else {
        ""
    };
    Some(format!(
        "All autoencoders were trained by Muon for {steps} steps of {batch_size} images with seed {seed}: the convolutional \
         ones with base width {}, on pictures mirrored at random and varied by {}; the linear ones on the pictures as \
         they are, as the PCA is fitted to them.{quick}",
        model.base_width, dataset.augment
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Claim, DataSource};

    #[test]
    fn trainings_are_valid_and_differ_in_their_codes_alone() {
        for quick in [true, false] {
            let claim = Claim::Dimensions.usual();
            let (data, models) = (DataSource::BuiltinFaces, Vec::new());
            let order = ClaimOrder { data, models, quick, seed: 3, claim };
            let config = DimensionsConfig { steps: Some(7), ..DimensionsConfig::default() };
            let all = trainings(&order, &config, &[8, 16, 64, 100], Path::new("runs"));
            let grids: Vec<_> = all.iter().filter(|(way, _)| *way == Way::Grid).collect();
            assert_eq!((all.len(), grids.len()), (4 + 4 + 2, 2), "8 and 100 fill no grid");
            let mut folders: Vec<_> = all.iter().map(|(_, training)| training.folder.clone()).collect();
            folders.sort();
            folders.dedup();
            assert_eq!(folders.len(), all.len());
            let (_, first) = &all[1];
            for (way, Training { config, .. }) in &all {
                config.validate().unwrap();
                assert_eq!((config.steps, config.seed, config.model.linear), (7, 3, *way == Way::Linear));
                if *way != Way::Linear {
                    assert_eq!(config.dataset, first.config.dataset);
                    let alike = |c: &TrainConfig| (c.model.base_width, c.batch_size, c.optimizer);
                    assert_eq!(alike(config), alike(&first.config));
                }
            }
        }
    }
}
