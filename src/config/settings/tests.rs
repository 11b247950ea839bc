//! Promises of the table for every setting.

use super::*;
use crate::config::{AdversarialConfig, defaults, help};

fn of(kind: ModelKind) -> TrainConfig {
    let mut config = defaults_of(kind);
    config.sparsity = (kind == ModelKind::Sae).then_some(Sparsity::USUAL);
    config.noise = (kind == ModelKind::Dae).then_some(Corruption::USUAL);
    if Setting::FeatureLoss.belongs_to(kind) {
        config.feature_loss = FeatureLoss::Embedded;
    }
    config
}

/// The command line and the table speak of the same settings.
#[test]
fn every_setting_has_an_option_and_every_option_a_setting() {
    let options = help::options();
    let ids: Vec<&str> = options.get_arguments().map(|argument| argument.get_id().as_str()).collect();
    for setting in Setting::ALL {
        assert!(ids.contains(&setting.name()) && setting.flag().starts_with("--"), "{setting:?}");
        assert!(!setting.label().is_empty() && !setting.about().is_empty(), "{setting:?}");
    }
    let named = |id: &&&str| !Setting::ALL.iter().any(|setting| setting.name() == **id);
    assert_eq!(ids.iter().filter(named).collect::<Vec<_>>(), [&"help"; 0]);
}

/// A setting that a kind does not have is refused in one way, whatever it is and however it was written down.
#[test]
fn what_a_kind_does_not_have_is_refused_alike() {
    let other = |setting: Setting| {
        let mut config = of(ModelKind::ALL.into_iter().find(|kind| setting.belongs_to(*kind)).unwrap());
        config.model.latent_grid = Some(8);
        config.model.linear = true;
        config.model.normalization = Normalization::None;
        config.optimizer = OptimizerKind::Muon;
        config.likelihood = Likelihood::Bernoulli;
        config.kl_schedule = KlSchedule::Warmup(5);
        let yes = Some(true);
        config.adversarial = AdversarialConfig {
            recipe: Some(Recipe::Paper),
            diff_augment: yes,
            relativistic: yes,
            discriminator_norm: Some(DiscriminatorNorm::None),
            ..config.adversarial
        };
        setting.set(&mut config, 0.25);
        config
    };
    let mut refused = 0;
    for kind in ModelKind::ALL {
        for &setting in Setting::ALL.iter().filter(|setting| !setting.belongs_to(kind)) {
            let mut config = of(kind);
            setting.copy(&mut config, &other(setting));
            let message = config.validate().unwrap_err();
            assert_eq!(message, setting.refusal(kind));
            let flag = format!("{} goes with --model ", setting.flag());
            assert!(message.starts_with(kind.with_article()) && message.contains(&flag), "{message}");
            refused += 1;
        }
        of(kind).validate().unwrap();
        of(kind).completed().validate().unwrap();
    }
    assert!(refused > 40);
    assert_eq!(
        Setting::KlWeight.refusal(ModelKind::Ae),
        "an AE has no KL weight; --kl-weight goes with --model vae or vae-gan"
    );
}

#[test]
fn numbers_out_of_range_are_refused_in_a_sentence() {
    for &setting in Setting::ALL {
        let Some(number) = setting.number() else { continue };
        let kind = ModelKind::ALL.into_iter().find(|kind| setting.belongs_to(*kind)).unwrap();
        let NumberRange { least, most, .. } = number.range;
        for value in [least - 1.0, most + 1.0, f64::NAN, f64::INFINITY] {
            let message = setting.check(value).unwrap_err();
            assert!(message.contains(setting.label()) && message.contains("must be"), "{message}");
        }
        let mut config = of(kind);
        // A fraction is none for a count, which becomes 0.
        setting.set(&mut config, -1.0);
        let message = config.validate().unwrap_err();
        assert!(message.contains(" not possible for the "), "{setting:?}: {message}");
        // What stands in the middle of its control can be had.
        let middle = match number.scale {
            NumberScale::Log { least, most, .. } => (least * most).sqrt(),
            NumberScale::Real { most, .. } => most / 2.0,
            NumberScale::Count { most } => (most / 2) as f64,
        };
        setting.check(middle).unwrap();
        setting.set(&mut config, middle);
        assert!((setting.value(&config).unwrap() / middle - 1.0).abs() < 1e-9, "{setting:?}");
    }
}

#[test]
fn an_earlier_run_keeps_nothing_that_its_kind_ignored() {
    let odd = TrainConfig { kl_weight: 3.0, kl_schedule: KlSchedule::Warmup(9), ..of(ModelKind::Ae) };
    odd.validate().unwrap_err();
    assert_eq!(odd.without_ignored(), of(ModelKind::Ae));
    let vae = TrainConfig { kl_weight: 3.0, ..defaults() };
    assert_eq!(vae.clone().without_ignored(), vae);
}
