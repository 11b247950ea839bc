//! Schedules of the learning rate and of the weight of the KL over the steps when nobody changes them.

use super::{KlSchedule, LrSchedule, TrainConfig};

/// Share of the run over which the cosine schedule's learning rate rises, and the most steps of it.
const WARMUP_SHARE: usize = 20;
const WARMUP_MOST: usize = 500;
/// The cosine ends at this share of the highest learning rate.
const FINAL_SHARE: f64 = 0.01;

/// Learning rate of the update after `step` others.
pub(super) fn learning_rate_at(config: &TrainConfig, step: usize) -> f64 {
    match config.lr_schedule {
        LrSchedule::Constant => config.learning_rate,
        LrSchedule::Cosine => {
            let warmup = (config.steps / WARMUP_SHARE).min(WARMUP_MOST);
            if step < warmup {
                return config.learning_rate * (step + 1) as f64 / (warmup + 1) as f64;
            }
            let done = (step - warmup) as f64 / (config.steps - warmup).max(1) as f64;
            let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos());
            config.learning_rate * (FINAL_SHARE + (1.0 - FINAL_SHARE) * cosine)
        }
    }
}

/// Weight of the KL in the update after `step` others.
pub(super) fn kl_weight_at(config: &TrainConfig, step: usize) -> f64 {
    match config.kl_schedule {
        KlSchedule::Constant => config.kl_weight,
        KlSchedule::Warmup(steps) => config.kl_weight * (step as f64 / steps.max(1) as f64).min(1.0),
        // Fu et al. 2019, <https://arxiv.org/abs/1903.10145>, equations 6 and 7 with their t − 1 = `step`.
        KlSchedule::Cyclical { cycles, ramp } => {
            let cycles = cycles.max(1);
            let in_cycle = step % config.steps.div_ceil(cycles).max(1);
            let done = in_cycle as f64 / (config.steps as f64 / cycles as f64);
            config.kl_weight * (done / ramp).min(1.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults as config;

    #[test]
    fn the_cosine_rises_and_falls() {
        let config = TrainConfig { steps: 1000, learning_rate: 1.0, ..config() };
        let at = |step| learning_rate_at(&config, step);
        assert!(at(0) > 0.0 && at(0) < 0.05);
        assert!((at(50) - 1.0).abs() < 1e-9);
        assert!((at(525) - 0.505).abs() < 1e-9);
        assert!((at(1000) - 0.01).abs() < 1e-9);
        assert!((0..50).all(|s| at(s) < at(s + 1)) && (50..999).all(|s| at(s) > at(s + 1)));
    }

    #[test]
    fn the_kl_warms_up_to_its_weight() {
        let config = TrainConfig { kl_weight: 2.0, kl_schedule: KlSchedule::Warmup(100), ..config() };
        assert_eq!([0, 50, 100, 500].map(|s| kl_weight_at(&config, s)), [0.0, 1.0, 2.0, 2.0]);
    }

    #[test]
    fn cycles_rise_over_their_ramp_and_begin_again() {
        let of = |steps, cycles, ramp| TrainConfig {
            steps,
            kl_weight: 2.0,
            kl_schedule: KlSchedule::Cyclical { cycles, ramp },
            ..config()
        };
        let four = of(400, 4, 0.5);
        let at = [0, 25, 50, 99, 100, 125, 150, 399].map(|s| kl_weight_at(&four, s));
        assert_eq!(at, [0.0, 1.0, 2.0, 2.0, 0.0, 1.0, 2.0, 2.0]);
        let saw = of(400, 4, 1.0);
        assert_eq!([0, 50, 75, 300, 350].map(|s| kl_weight_at(&saw, s)), [0.0, 1.0, 1.5, 0.0, 1.0]);
        // A length that does not divide: three cycles of 34 steps begin in 100, and none is cut to nothing.
        let uneven = of(100, 3, 0.5);
        let starts: Vec<usize> = (0..100).filter(|s| kl_weight_at(&uneven, *s) == 0.0).collect();
        assert_eq!(starts, [0, 34, 68]);
    }
}
