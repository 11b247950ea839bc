//! `morphospace bench precision`: what a run loses when a card multiplies less exactly, and what it gains.

use std::ops::ControlFlow;

use indicatif::ProgressBar;
use serde::Serialize;

use super::figures::open;
use super::training::TrainingOptions;
use crate::cli::output::{print_error, print_json, print_line};
use crate::config::{DeviceChoice, DeviceConfig, Precision};
use crate::device::Compute;
use crate::error::{Error, Result};
use crate::nn::{compute_as_on_a_card, multiply_in};
use crate::observer::Observer;
use crate::report::JobEvent;
use crate::train;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    run: TrainingOptions,
    /// Steps of each run
    #[arg(long, default_value_t = 300)]
    steps: usize,
    /// Device; on the CPU the products of a card are imitated, which says how exact they are and not
    /// how fast
    #[arg(long, value_name = "DEVICE", default_value_t)]
    device: DeviceChoice,
}

/// The end of a run.
#[derive(Serialize)]
struct PrecisionRow {
    precision: Precision,
    /// Of weights, batches and noise.
    seed: u64,
    /// Device.
    device: String,
    /// Mean of what was minimised over the last tenth of the steps.
    train_loss: f64,
    /// On the validation images, at the end.
    validation_loss: f64,
    psnr: f64,
    steps_per_second: f64,
}

/// Trains the same model once for each precision, and once more in f32 from another seed: what that changes is
/// what chance changes.
///
/// # Errors
/// As [`train::train`]; a device that cannot be used; images of which none are for validation.
pub fn run(options: &Options, json: bool) -> Result<()> {
    let ways = Precision::ALL.map(|precision| (precision, 0)).into_iter().chain([(Precision::F32, 1)]);
    let mut rows = Vec::new();
    for (precision, seed) in ways {
        let compute = open(DeviceConfig { device: options.device, precision })?;
        let is_imitated = compute.is_cpu();
        if is_imitated {
            compute_as_on_a_card(true);
            multiply_in(precision);
        }
        let row = row(options, precision, seed, compute);
        compute_as_on_a_card(false);
        multiply_in(Precision::F32);
        rows.push(row?);
    }
    if json {
        return print_json(&rows);
    }
    if rows.iter().any(|row| row.device == "CPU") {
        print_error(&"on the CPU a card's products are imitated; how long that takes says nothing of a card");
    }
    for PrecisionRow { precision, seed, train_loss, validation_loss, psnr, steps_per_second, device } in rows
    {
        print_line(&format!(
            "{:<4}  seed {seed}  loss {train_loss:.3}, of validation images {validation_loss:.3}, PSNR {psnr:.3} dB  \
             {steps_per_second:.1} steps/s  {device}",
            precision.label()
        ))?;
    }
    Ok(())
}

fn row(options: &Options, precision: Precision, seed: u64, compute: Compute) -> Result<PrecisionRow> {
    let mut training = options.run.training()?;
    let config = &mut training.config;
    config.steps = options.steps.max(1);
    config.seed = seed;
    for every in [&mut config.validate_every, &mut config.save_every, &mut config.sample_every] {
        *every = config.steps;
    }
    let device = compute.name();
    let bar = ProgressBar::new(config.steps as u64);
    let mut watch = PrecisionObserver { compute, bar, losses: Vec::new(), validation: None };
    let summary = train::train(&training.config, &training.out, &mut watch)?;
    watch.bar.finish_and_clear();
    let Some((validation_loss, psnr)) = watch.validation else {
        return Err(Error::Invalid(format!(
            "{}: none of its images are for validation; give more images",
            options.run.data
        )));
    };
    let last = &watch.losses[watch.losses.len() - watch.losses.len().div_ceil(10)..];
    Ok(PrecisionRow {
        precision,
        seed,
        device,
        train_loss: last.iter().sum::<f64>() / last.len() as f64,
        validation_loss,
        psnr,
        steps_per_second: summary.steps_per_second,
    })
}

struct PrecisionObserver {
    compute: Compute,
    bar: ProgressBar,
    losses: Vec<f64>,
    /// Loss and PSNR.
    validation: Option<(f64, f64)>,
}

impl Observer for PrecisionObserver {
    fn compute(&mut self) -> Result<Compute> {
        Ok(self.compute.clone())
    }

    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        match event {
            JobEvent::Steps(reports) => {
                for report in reports {
                    self.bar.set_position(report.step as u64);
                    self.losses.push(report.loss);
                }
            }
            JobEvent::Validation(report) => self.validation = Some((report.loss, report.metrics.psnr)),
            _ => (),
        }
        ControlFlow::Continue(())
    }
}
