//! Runs that threads share, as processes do, against the same run on one.

use std::ops::ControlFlow;
use std::path::Path;

use super::train;
use crate::config::{
    Augmentation, CodeUnits, Corruption, DiscriminatorNorm, FeatureLoss, LrSchedule, ModelKind,
    OptimizerKind, Sparsity, TrainConfig, defaults_of,
};
use crate::observer::Observer;
use crate::ranks::Ranks;
use crate::ranks::threads::on_threads;
use crate::report::{JobEvent, StepReport};

#[derive(Default)]
struct Steps(Vec<StepReport>);

impl Observer for Steps {
    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        if let JobEvent::Steps(reports) = event {
            self.0.extend(reports);
        }
        ControlFlow::Continue(())
    }
}

/// A tiny run of this kind whose batch no number of ranks divides.
fn tiny(kind: ModelKind) -> TrainConfig {
    let mut config = defaults_of(kind);
    config.model.image_size = 32;
    config.model.base_width = 4;
    config.model.latent_dim = 8;
    config.dataset.source = crate::config::DataSource::BuiltinFaces;
    config.dataset.augment = Augmentation { shift: 1, color: 0.1, mix: 0.5 };
    (config.steps, config.batch_size) = (6, 11);
    (config.validate_every, config.save_every, config.sample_every) = (1000, 1000, 1000);
    config
}

/// All numbers of the losses of a step.
fn numbers(step: &StepReport) -> Vec<f64> {
    let mut numbers = vec![step.loss, step.reconstruction, step.kl, step.gradient_norm];
    numbers.extend(step.sparsity.iter().flat_map(|s| [s.penalty, s.mean_activity, s.inactive_share]));
    numbers.extend(step.feature_reconstruction);
    if let Some(terms) = &step.adversarial {
        numbers.extend([terms.real, terms.fake, terms.generator, terms.d_real, terms.d_fake]);
        numbers.extend(terms.r1.iter().chain(&terms.r2).chain(&terms.feature_reconstruction));
    }
    numbers
}

fn steps(ranks: &Ranks, config: &TrainConfig, out: &Path) -> Vec<Vec<f64>> {
    let mut seen = Steps::default();
    ranks.together(|| train(config, out, &mut seen)).unwrap();
    seen.0.iter().map(numbers).collect()
}

/// The losses of a run on two and on three ranks are those on one to this part of them.
fn assert_shared(what: &str, config: &TrainConfig, tolerance: f64) {
    let folder = tempfile::tempdir().unwrap();
    let alone = steps(&Ranks::alone(), config, &folder.path().join("1"));
    assert_eq!(alone.len(), 6, "{what}");
    for size in [2, 3] {
        let out = folder.path().join(size.to_string());
        let shared = on_threads(size, |ranks| steps(ranks, config, &out));
        for of_rank in &shared {
            // To the bit, so that NaN, where a term is none, is equal to itself.
            let bits = |steps: &[Vec<f64>]| steps.concat().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(of_rank), bits(&shared[0]), "{what}: ranks of {size} see different losses");
        }
        for (step, (found, expected)) in shared[0].iter().zip(&alone).enumerate() {
            for (found, expected) in found.iter().zip(expected) {
                let off = (found - expected).abs();
                assert!(
                    off <= tolerance * expected.abs().max(1e-2),
                    "{what} on {size}, step {step}: {found} instead of {expected}"
                );
            }
        }
        assert!(out.join("checkpoint.safetensors").is_file());
    }
}

#[test]
fn autoencoders_of_every_kind_train_as_on_one() {
    assert_shared("AE", &tiny(ModelKind::Ae), 1e-4);
    let sparsity = Some(Sparsity::Kl { target: 0.1, weight: 10.0 });
    let mut sparse = TrainConfig { sparsity, ..tiny(ModelKind::Sae) };
    sparse.model.code_units = CodeUnits::Sigmoid;
    assert_shared("SAE", &sparse, 1e-4);
    let noise = Some(Corruption::SaltPepper(0.2));
    assert_shared("DAE", &TrainConfig { noise, ..tiny(ModelKind::Dae) }, 1e-4);
    let vae = TrainConfig { free_bits: 0.02, ..tiny(ModelKind::Vae) };
    assert_shared("VAE with free bits", &vae, 1e-4);
    let features = TrainConfig { feature_loss: FeatureLoss::Embedded, ..tiny(ModelKind::Vae) };
    assert_shared("VAE with a feature loss", &features, 1e-4);
    let mut grey = tiny(ModelKind::Vae);
    grey.model.channels = 1;
    assert_shared("VAE in grey", &grey, 1e-4);
    let muon = TrainConfig { optimizer: OptimizerKind::Muon, ..tiny(ModelKind::Vae) };
    assert_shared("VAE by Muon", &muon, 1e-4);
}

#[test]
fn adversarial_pairs_train_as_on_one() {
    for kind in [ModelKind::Dcgan, ModelKind::VaeGan] {
        let mut config = tiny(kind);
        config.adversarial.diff_augment = Some(true);
        config.adversarial.ema = Some(0.9);
        let with = |norm, relativistic, penalty: f64| {
            let mut config = config.clone();
            config.adversarial.discriminator_norm = Some(norm);
            config.adversarial.relativistic = Some(relativistic);
            (config.adversarial.r1, config.adversarial.r2) = (Some(penalty), Some(penalty));
            config.adversarial.penalty_every = Some(2);
            config
        };
        assert_shared("batch norm", &with(DiscriminatorNorm::Batch, false, 0.0), 2e-4);
        assert_shared("spectral norm", &with(DiscriminatorNorm::Spectral, false, 0.5), 2e-4);
        assert_shared("pairs", &with(DiscriminatorNorm::None, true, 0.5), 2e-4);
    }
}

#[test]
fn a_run_goes_on_with_another_number_of_ranks() {
    let folder = tempfile::tempdir().unwrap();
    // A schedule would depend on the planned steps.
    let lr_schedule = LrSchedule::Constant;
    let config = TrainConfig { steps: 8, lr_schedule, ..tiny(ModelKind::Vae) };
    let whole = steps(&Ranks::alone(), &config, &folder.path().join("whole"));
    let out = folder.path().join("run");
    let half = TrainConfig { steps: 4, ..config.clone() };
    on_threads(3, |ranks| steps(ranks, &half, &out));
    for (until, size) in [(6, 1), (8, 2)] {
        let more = on_threads(size, |ranks| {
            let mut seen = Steps::default();
            let changes = super::Changes { steps: Some(until), ..Default::default() };
            ranks.together(|| super::resume(&out, changes, &mut seen)).unwrap();
            seen.0.iter().map(numbers).collect::<Vec<_>>()
        });
        for (found, expected) in more[0].iter().zip(&whole[until - 2..until]) {
            assert!((found[0] - expected[0]).abs() < 1e-4 * expected[0], "{found:?} {expected:?}");
        }
    }
}

#[test]
fn a_batch_smaller_than_the_ranks_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let config = TrainConfig { batch_size: 2, ..tiny(ModelKind::Vae) };
    let errors = on_threads(3, |ranks| {
        let trained = ranks.together(|| train(&config, &folder.path().join("run"), &mut ()));
        trained.unwrap_err().to_string()
    });
    assert!(
        errors.iter().all(|error| error.contains("shared by 3 processes") && error.contains("at least 3"))
    );
}
