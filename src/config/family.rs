//! The settings of a run that belong to one kind of model.

use super::{CodeUnits, Corruption, ModelKind, Recipe, Setting, Sparsity, TrainConfig, defaults_of};

impl TrainConfig {
    /// These settings with what the kind of model needs and nobody has said.
    pub fn completed(mut self) -> Self {
        match self.model.kind {
            ModelKind::Sae => self.sparsity = self.sparsity.or(Some(Sparsity::USUAL)),
            ModelKind::Dae => self.noise = self.noise.or(Some(Corruption::USUAL)),
            ModelKind::Ae | ModelKind::Vae | ModelKind::Dcgan | ModelKind::VaeGan => (),
        }
        self.adversarial = self.adversarial.completed(self.model.kind);
        self.model.code_units = self.sparsity.map_or(CodeUnits::Linear, Sparsity::units);
        self
    }

    /// These settings for a model of another kind: what that kind does not have goes, optimiser, learning rate and what
    /// belongs to adversarial training become as it usually has them, the rest stays.
    pub fn of_kind(mut self, kind: ModelKind) -> Self {
        let usual = defaults_of(kind);
        let trained_by =
            [Setting::LearningRate, Setting::LrSchedule, Setting::Optimizer, Setting::WeightDecay];
        let foreign = Setting::ALL.iter().copied().filter(|setting| !setting.belongs_to(kind));
        foreign.chain(trained_by).for_each(|setting| setting.copy(&mut self, &usual));
        self.model.kind = kind;
        self.adversarial = usual.adversarial;
        self.completed()
    }

    /// Aim that sets this run apart from one that minimises the reconstruction error alone, as in
    /// "KL weight 1 (constant)"; none for a plain autoencoder.
    pub fn aim(&self) -> Option<String> {
        if self.model.kind == ModelKind::Dcgan {
            return Some(match self.adversarial.recipe.unwrap_or_default() {
                Recipe::Paper => "recipe of the paper".into(),
                Recipe::Recommended => "recommended recipe".into(),
                Recipe::R3gan => "R3GAN recipe".into(),
            });
        }
        if self.model.kind.is_variational() {
            let free = match self.free_bits {
                0.0 => String::new(),
                nats => format!(", {nats} free nats in each dimension"),
            };
            return Some(format!("KL weight {} ({}){free}", self.kl_weight, self.kl_schedule));
        }
        let sparsity = self.sparsity.map(|sparsity| format!("sparsity {sparsity}"));
        sparsity.or(self.noise.map(|noise| format!("noise {noise}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KlSchedule;

    /// The settings that a checkpoint from before there were other kinds than AE and VAE holds.
    const OLD: &str = r#"{"kind":"vae","image_size":64,"latent_dim":128,"base_width":32,"normalization":"batch",
        "path":"faces","flip":true,"steps":20000,"batch_size":64,"learning_rate":0.001,"lr_schedule":"cosine",
        "weight_decay":0.0,"seed":0,"kl_weight":1.0,"kl_schedule":{"warmup":100},"validate_every":500,
        "save_every":1000,"sample_every":1000}"#;

    fn old() -> TrainConfig {
        serde_json::from_str(OLD).unwrap()
    }

    #[test]
    fn settings_of_old_checkpoints_are_read() {
        let config = old();
        assert_eq!((config.free_bits, config.sparsity, config.noise), (0.0, None, None));
        assert_eq!(config.model.code_units, CodeUnits::Linear);
        assert_eq!(config.clone().completed(), config);
        config.validate().unwrap();
    }

    #[test]
    fn each_kind_is_given_what_it_needs_and_writes_it_down() {
        for (kind, sparsity, noise, units) in [
            (ModelKind::Ae, None, None, CodeUnits::Linear),
            (ModelKind::Sae, Some(Sparsity::USUAL), None, CodeUnits::Sigmoid),
            (ModelKind::Dae, None, Some(Corruption::USUAL), CodeUnits::Linear),
        ] {
            let mut config = old();
            config.model.kind = kind;
            // It has a warm-up of the KL weight, which only these versions took for such a kind.
            let config = config.without_ignored().completed();
            assert_eq!((config.sparsity, config.noise, config.model.code_units), (sparsity, noise, units));
            config.validate().unwrap();
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<TrainConfig>(&text).unwrap(), config);
        }
        let mut rectified = old();
        rectified.model.kind = ModelKind::Sae;
        rectified.sparsity = Some(Sparsity::L1 { weight: 2.0 });
        assert_eq!(rectified.completed().model.code_units, CodeUnits::Relu);
    }

    #[test]
    fn settings_of_a_slider_come_back_from_a_file_as_they_are() {
        for i in 0..2000 {
            let value = 10f64.powf(f64::from(i) / 137.0 - 9.0);
            let mut config = TrainConfig { learning_rate: value, kl_weight: 7.0 * value, ..old() };
            config.kl_schedule = KlSchedule::Cyclical { cycles: 3, ramp: 1.0 / (1.0 + value) };
            let config = config.completed();
            assert!((config.learning_rate / value - 1.0).abs() < 1e-14);
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<TrainConfig>(&text).unwrap(), config);
        }
    }
}
