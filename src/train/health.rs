//! Whether a run has exploded although its numbers are still finite.
//!
//! It must not be mistaken for a KL weight turned up or down by orders of magnitude, a collapsed posterior, the
//! first updates of a run. The loss says nothing, as it jumps with its weights. So each term is held against
//! what no training in order gives, whatever its weights:
//!
//! * A decoder that ignores its codes can at least show a plain grey picture, and every collapsed one does
//!   better. Pictures much further from the photos than that come from a network that has burst: its last
//!   sigmoids are stuck at 0 and 1.
//! * A KL of a million nats in each dimension stands for codes about 1,400 standard deviations of the prior away
//!   from it.
//!
//! Single updates may go astray and come back; a hundred on end do not.

use crate::config::ModelKind;
use crate::losses::objective::Terms;
use crate::ranks::here;

/// Updates on end after which it counts.
const PATIENCE: usize = 100;
/// So many times the error of grey pictures, and so much per pixel and channel on top for sets of pictures that
/// are nearly grey themselves.
const TIMES_GREY: f64 = 2.0;
const ABOVE_GREY: f64 = 0.05;
/// Nats in each dimension.
const MOST_KL: f64 = 1e6;

/// Health of training lately.
pub(super) struct Health {
    /// Reconstruction term that is out of order.
    most_reconstruction: f64,
    /// KL that is out of order.
    most_kl: f64,
    /// Updates on end that were.
    astray: usize,
}

impl Health {
    /// A watch over a run on pictures like these: pixels in [0, 1] of `images` pictures.
    ///
    /// An adversarial kind has no bound for its pictures: they are to look real, not to be near the photos.
    pub fn new(pixels: &[f32], images: usize, latent_dim: usize, kind: ModelKind) -> Self {
        let grey: f64 = pixels.iter().map(|value| f64::from(value - 0.5).powi(2)).sum();
        let most = TIMES_GREY * grey + ABOVE_GREY * pixels.len() as f64;
        Self {
            most_reconstruction: if kind.is_adversarial() {
                f64::INFINITY
            } else {
                most / images.max(1) as f64
            },
            most_kl: MOST_KL * latent_dim as f64,
            astray: 0,
        }
    }

    /// Makes it that of the pictures of all ranks, of which each has so many.
    pub fn of_all_ranks(self, images: usize) -> Self {
        let mut most = [self.most_reconstruction];
        here().weigh(images, &mut most);
        Self { most_reconstruction: most[0], ..self }
    }

    /// Takes in the terms of an update. `false` when the run has exploded.
    #[must_use]
    pub fn record(&mut self, terms: &Terms) -> bool {
        let in_order = terms.reconstruction <= self.most_reconstruction && terms.kl <= self.most_kl;
        self.astray = if in_order { 0 } else { self.astray + 1 };
        self.astray < PATIENCE
    }

    /// Whether the last update was in order.
    pub fn is_good(&self) -> bool {
        self.astray == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(reconstruction: f64, kl: f64) -> Terms {
        Terms { reconstruction, kl, sparsity: None, features: None, loss: reconstruction + kl }
    }

    #[test]
    fn a_hundred_updates_worse_than_grey_pictures_count_and_single_ones_do_not() {
        // Two pictures of 10 values each; black and white alternate: grey is off by 0.25 a value.
        let pixels: Vec<f32> = (0..20).map(|i| (i % 2) as f32).collect();
        let mut health = Health::new(&pixels, 2, 4, ModelKind::Vae);
        assert!(health.record(&terms(2.5, 0.0)) && health.is_good(), "grey itself");
        assert!(health.record(&terms(5.4, 3e6)) && health.is_good());
        for _ in 0..3 {
            for _ in 1..PATIENCE {
                assert!(health.record(&terms(5.6, 0.0)) && !health.is_good());
            }
            assert!(health.record(&terms(1.0, 0.0)) && health.is_good());
        }
        for _ in 1..PATIENCE {
            assert!(health.record(&terms(1.0, 5e6)) && !health.is_good());
        }
        assert!(!health.record(&terms(5.6, 0.0)));
    }
}
