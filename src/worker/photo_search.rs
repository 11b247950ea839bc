//! A search for the code of a photo, and its news.

use std::time::Instant;

use super::photos::{agreement, point_and_residual, with_noise};
use super::protocol::{Crop, InversionConfig, InversionProgress, NoisyInput, PixelMetrics};
use crate::config::Noise;
use crate::error::{Error, Result};
use crate::image_buf::{ImageBuf, difference};
use crate::measure::inversion::Inversion;
use crate::run::TrainedModel;

/// A search that is under way.
pub struct PhotoSearch<'a> {
    model: &'a TrainedModel,
    input: ImageBuf,
    noisy: Option<NoisyInput>,
    inversion: Inversion<'a>,
    start: PixelMetrics,
    curve: Vec<f32>,
    steps: usize,
    began: Instant,
}

impl<'a> PhotoSearch<'a> {
    /// Begins a search for the part `crop` of a photo, of which it sees a noisy one where there is noise.
    ///
    /// # Errors
    /// As of [`Inversion::new`] and [`with_noise`].
    pub fn new(
        model: &'a TrainedModel,
        photo: &ImageBuf,
        crop: Crop,
        noise: Option<Noise>,
        config: InversionConfig,
    ) -> Result<Self> {
        let began = Instant::now();
        let input = model.seen(photo, crop)?;
        let InversionConfig { steps, prior_weight, seed } = config;
        let noisy = with_noise(&input, noise)?;
        let seen = noisy.as_ref().map_or(&input, |noisy| &noisy.image);
        let inversion = Inversion::new(model, seen, steps, prior_weight, seed)?;
        let start = agreement(&input, &picture(model, &inversion)?)?;
        let curve = vec![inversion.best().re as f32];
        Ok(Self { model, input, noisy, inversion, start, curve, steps, began })
    }

    /// Whether it is over.
    pub fn is_finished(&self) -> bool {
        self.inversion.is_finished()
    }

    /// Goes a step.
    ///
    /// # Errors
    /// As of [`Inversion::step`].
    pub fn step(&mut self) -> Result<()> {
        self.inversion.step()?;
        self.curve.push(self.inversion.best().re as f32);
        Ok(())
    }

    /// Progress now.
    ///
    /// # Errors
    /// A model that fails.
    pub fn news(&self) -> Result<InversionProgress> {
        let output = picture(self.model, &self.inversion)?;
        let code = self.inversion.best().code.clone();
        let (code, residual) = match self.is_finished() {
            true => point_and_residual(self.model, code)?,
            false => (code, Vec::new()),
        };
        Ok(InversionProgress {
            step: self.inversion.done(),
            steps: self.steps,
            difference: difference(&self.input, &output),
            metrics: agreement(&self.input, &output)?,
            input: self.input.clone(),
            noisy: self.noisy.clone(),
            output,
            code,
            residual,
            start: self.start,
            curve: self.curve.clone(),
            prior_distance: self.inversion.prior_distance(),
            seconds: self.began.elapsed().as_secs_f64(),
        })
    }
}

fn picture(model: &TrainedModel, inversion: &Inversion<'_>) -> Result<ImageBuf> {
    let pictures = model.decode(std::slice::from_ref(&inversion.best().code))?;
    pictures.into_iter().next().ok_or_else(|| Error::Invalid("the model gave no picture".into()))
}
