//! The models of the tables and how each is trained: the autoencoders on one backbone, with codes of one size,
//! alike, by Muon; the adversarial ones as they are usually trained.

use crate::config::{
    Augmentation, Corruption, LectureConfig, ModelConfig, ModelKind, OptimizerKind, Sparsity, TrainConfig,
    defaults_of, learning_rate_of,
};

/// A model that is trained for the tables.
pub struct LecturePart {
    /// Name in the tables.
    pub name: &'static str,
    /// The folder of its run.
    pub folder: String,
    /// Purpose of its training, in a sentence.
    pub words: &'static str,
    /// Its settings.
    pub config: TrainConfig,
}

/// Settings that are not given on the command line.
struct LectureScale {
    image_size: usize,
    latent_dim: usize,
    base_width: usize,
    batch_size: usize,
    steps: usize,
    wide: LargeCode,
    /// Updates of the adversarial models, each of which moves both networks.
    adversarial_steps: usize,
    /// Updates between two measurements, checkpoints and sheets of samples.
    every: usize,
}

/// The DAE with a larger code. On a grid each of its numbers has to know a part of the picture alone, which a network
/// learns in a small part of the time that it needs for a vector as long: after 600 updates unseen faces came back
/// with 29.9 dB, and through a vector with 26.5 after 700 of four times as many images.
struct LargeCode {
    latent_dim: usize,
    /// Pixels of a side to each place of the grid.
    reduction: usize,
    /// Less than what the other DAE removes: it learns to leave out what noise covers, and a larger code is there
    /// to keep that.
    noise: Corruption,
}

/// The lecture's AE has the RE of a PCA with 512 components on faces of 64 × 64 pixels, and its DAE the SSIM of one
/// with some 2,000.
const FULL: LectureScale = LectureScale {
    image_size: 64,
    latent_dim: 512,
    base_width: 32,
    batch_size: 64,
    steps: 2400,
    wide: LargeCode { latent_dim: 2048, reduction: 8, noise: Corruption::Gaussian(0.05) },
    adversarial_steps: 12_000,
    every: 400,
};

const QUICK: LectureScale = LectureScale {
    image_size: 32,
    latent_dim: 64,
    base_width: 8,
    batch_size: 32,
    steps: 300,
    wide: LargeCode { latent_dim: 512, reduction: 4, noise: Corruption::Gaussian(0.05) },
    adversarial_steps: 600,
    every: 100,
};

/// A few thousand faces are soon known by heart. An autoencoder that is not to do worse than a linear one on faces
/// that it has never seen has to learn what adds up, which mixed pictures teach it.
const AUGMENT: Augmentation = Augmentation { shift: 2, color: 0.1, mix: 0.5 };

/// Half of the units are silent on an image. The KL penalty on sigmoids, which is usual elsewhere in the program,
/// learns a large code much more slowly.
const SPARSITY: Sparsity = Sparsity::L1 { weight: 0.02 };

/// Half of what is usual elsewhere in the program: what noise covers cannot be learnt.
const NOISE: Corruption = Corruption::Gaussian(0.1);

/// With a weight of 1 most of a large code is given up, and the reconstructions fall far behind those of an AE,
/// which is not what the lecture's table shows; with 0.1 they are still less like the faces (SSIM .744) than its VAE's.
const KL_WEIGHT: f64 = 0.02;

/// All models in the order of the tables.
pub fn parts(lecture: &LectureConfig) -> Vec<LecturePart> {
    let scale = if lecture.quick { QUICK } else { FULL };
    let part = |kind: ModelKind| LecturePart {
        name: kind.label(),
        folder: kind.label().to_lowercase(),
        words: words(kind),
        config: scale.config(lecture, kind),
    };
    let mut parts = Vec::new();
    for kind in ModelKind::ALL {
        parts.push(part(kind));
        let LargeCode { latent_dim, reduction, noise } = scale.wide;
        let latent_dim = lecture.wide_latent_dim.unwrap_or(latent_dim);
        if kind == ModelKind::Dae && latent_dim > 0 {
            let mut wider = part(kind);
            wider.name = "DAE, wide code";
            wider.folder += "-wide";
            wider.words = "The same with a larger code on a grid, which has room for what the others have to leave out.";
            wider.config.model.latent_dim = latent_dim;
            wider.config.model.latent_grid = Some(wider.config.model.image_size / reduction);
            wider.config.noise = Some(lecture.noise.unwrap_or(noise));
            parts.push(wider);
        }
    }
    parts
}

impl LectureScale {
    fn config(&self, lecture: &LectureConfig, kind: ModelKind) -> TrainConfig {
        let usual = defaults_of(kind);
        let alike = !kind.is_adversarial();
        let mut dataset = usual.dataset.clone();
        dataset.source = lecture.data.clone();
        if alike {
            dataset.augment = lecture.augment.unwrap_or(AUGMENT);
        }
        let optimizer = if alike { OptimizerKind::Muon } else { usual.optimizer };
        let steps = if alike { self.steps } else { self.adversarial_steps };
        let config = TrainConfig {
            model: ModelConfig {
                kind,
                image_size: lecture.image_size.unwrap_or(self.image_size),
                latent_dim: match lecture.latent_dim {
                    Some(latent_dim) => latent_dim,
                    None if alike => self.latent_dim,
                    None => usual.model.latent_dim,
                },
                base_width: lecture.base_width.unwrap_or(self.base_width),
                ..usual.model.clone()
            },
            dataset,
            steps: lecture.steps.unwrap_or(steps),
            optimizer,
            learning_rate: learning_rate_of(kind, optimizer),
            batch_size: self.batch_size,
            seed: lecture.seed,
            kl_weight: match kind {
                ModelKind::Vae => lecture.kl_weight.unwrap_or(KL_WEIGHT),
                _ => usual.kl_weight,
            },
            sparsity: (kind == ModelKind::Sae).then_some(SPARSITY),
            noise: (kind == ModelKind::Dae).then_some(lecture.noise.unwrap_or(NOISE)),
            validate_every: self.every,
            save_every: self.every,
            sample_every: self.every,
            ..usual
        };
        config.completed()
    }
}

fn words(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Ae => {
            "It learns to give back what it is given, through a code that is too small for all of it."
        }
        ModelKind::Sae => "A penalty keeps most of its code silent.",
        ModelKind::Dae => "It is given noisy images and learns to give back the clean ones.",
        ModelKind::Vae => "Its codes are drawn to a Gaussian, so that draws from that can be decoded too.",
        ModelKind::Dcgan => "A generator learns to draw images that a discriminator takes for real ones.",
        ModelKind::VaeGan => {
            "A VAE whose decoder is a generator too, and which compares images as a discriminator sees them."
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        config: LectureConfig,
    }

    fn parts_of(more: &[&str]) -> Vec<LecturePart> {
        parts(&Arguments::parse_from([&["x", "--data", "builtin:faces"], more].concat()).config)
    }

    #[test]
    fn models_differ_in_what_they_are_for_and_in_nothing_else() {
        for more in [
            &[][..],
            &["--quick"],
            &["--steps", "7", "--latent-dim", "9", "--noise", "mask:0.5", "--augment", "shift:2"],
        ] {
            let parts = parts_of(more);
            parts.iter().for_each(|part| part.config.validate().unwrap());
            let folders: Vec<&str> = parts.iter().map(|part| part.folder.as_str()).collect();
            assert_eq!(folders, ["ae", "sae", "dae", "dae-wide", "vae", "dcgan", "vae-gan"]);
            let first = &parts[0].config;
            for LecturePart { folder, config, .. } in &parts {
                let shared = |c: &TrainConfig| (c.model.image_size, c.model.base_width, c.seed);
                assert_eq!(shared(config), shared(first));
                if config.model.kind.is_adversarial() {
                    assert_eq!(config.batch_size, first.batch_size);
                    continue;
                }
                let way = |c: &TrainConfig| (c.optimizer, c.learning_rate, c.lr_schedule);
                assert_eq!(way(config), way(first));
                assert_eq!(config.dataset, first.dataset);
                let alike = |c: &TrainConfig| (c.batch_size, c.steps);
                assert_eq!(alike(config), alike(first));
                if folder != "dae-wide" {
                    let code = |c: &TrainConfig| (c.model.latent_dim, c.model.latent_grid);
                    assert_eq!(code(config), code(first));
                }
            }
            assert!(parts[3].config.model.latent_dim > first.model.latent_dim);
            // Each has its own, unless somebody says which.
            assert_eq!(parts[2].config.noise == parts[3].config.noise, more.contains(&"--noise"));
        }
        assert!(parts_of(&["--wide-latent-dim", "0"]).iter().all(|part| part.folder != "dae-wide"));
    }
}
