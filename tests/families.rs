//! What sets the kinds of autoencoder apart, on small pictures: a sparse one's units fall silent, a denoising
//! one repairs what a plain one cannot, free bits keep a KL alive; and each goes on exactly where it stopped.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use candle_core::Device;
use morphospace::config::{Corruption, DataSource, Noise, Split};
use morphospace::train::checkpoint::Checkpoint;
use morphospace::train::report::EvaluationRow;
use morphospace::train::{Changes, Observer, StepReport, TrainedModel, evaluate, resume, train};
use tempfile::TempDir;

use pictures::folder_of_pictures;
use settings::config;

/// Trains into a folder of its own.
fn run(data: &Path, options: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let options: Vec<&str> = options.split_whitespace().collect();
    train(&config(data, &options), &folder.path().join("run"), &mut ()).unwrap();
    folder
}

fn open(run: &TempDir) -> TrainedModel {
    TrainedModel::open(&run.path().join("run"), &Device::Cpu).unwrap()
}

fn rows(runs: &[&TempDir], data: &Path, noise: Option<Noise>) -> Vec<EvaluationRow> {
    let runs: Vec<_> = runs.iter().map(|run| run.path().join("run")).collect();
    evaluate(&runs, &DataSource::Folder(data.to_owned()), Split::Test, noise, &mut ()).unwrap()
}

#[test]
fn the_kl_penalty_draws_every_unit_to_the_target_activity() {
    let data = folder_of_pictures(200);
    let train = |sparsity: &str| {
        run(data.path(), &format!("--model sae --sparsity {sparsity} --steps 300 --batch-size 32 --lr 3e-3"))
    };
    let (free, sparse) = (train("kl:0.05,0"), train("kl:0.05,20"));
    let (without, with) = (open(&free), open(&sparse));
    let (activity, inactive) = without.latent.sparsity().unwrap();
    assert!(activity > 0.25, "without a weight the units are busy: {activity}");
    let (drawn, silent) = with.latent.sparsity().unwrap();
    assert!((drawn - 0.05).abs() < 0.015, "mean activity {drawn}");
    assert!(with.latent.center.iter().all(|unit| (unit - 0.05).abs() < 0.05), "{:?}", with.latent.center);
    assert!(silent > inactive + 0.3, "{silent} of the units are inactive, {inactive} without the penalty");
    // Sparse, and still a code: what it keeps is far better than a picture that is always the same.
    let row = &rows(&[&sparse], data.path(), None)[0];
    assert!(row.metrics.psnr > 12.0, "{row:?}");
    let report = row.sparsity.unwrap();
    assert!((report.mean_activity - 0.05).abs() < 0.02, "the test images agree: {report:?}");
}

#[test]
fn the_l1_penalty_shrinks_the_code_and_switches_units_off() {
    let data = folder_of_pictures(200);
    let train = |weight: &str| {
        run(data.path(), &format!("--model sae --sparsity l1:{weight} --steps 300 --batch-size 32 --lr 3e-3"))
    };
    let (free, sparse) = (train("0"), train("10"));
    let rows = rows(&[&free, &sparse], data.path(), None);
    let (without, with) = (rows[0].sparsity.unwrap(), rows[1].sparsity.unwrap());
    assert!(with.penalty < 0.5 * without.penalty, "{with:?} against {without:?}");
    assert!(with.inactive_share > without.inactive_share + 0.1, "{with:?} against {without:?}");
}

#[test]
fn a_denoising_autoencoder_beats_a_plain_one_on_noisy_pictures() {
    let data = folder_of_pictures(200);
    let steps = "--steps 400 --batch-size 32 --lr 3e-3 --latent-dim 16";
    let plain = run(data.path(), &format!("--model ae {steps}"));
    for corruption in [Corruption::Gaussian(0.3), Corruption::SaltPepper(0.3), Corruption::Mask(0.4)] {
        let denoising = run(data.path(), &format!("--model dae --noise {corruption} {steps}"));
        let rows = rows(&[&plain, &denoising], data.path(), Some(Noise { corruption, seed: 5 }));
        let (ae, dae) = (rows[0].metrics.psnr, rows[1].metrics.psnr);
        let noisy = rows[0].noisy_input.unwrap();
        assert_eq!(rows[1].noisy_input, Some(noisy), "both were given the same pictures");
        assert!(dae > ae + 1.0, "{corruption}: {dae} dB, plain {ae} dB");
        assert!(dae > noisy.psnr + 1.0, "{corruption}: {dae} dB, noisy input {} dB", noisy.psnr);
    }
}

#[test]
fn free_bits_keep_the_kl_from_vanishing() {
    let data = folder_of_pictures(100);
    let train = |free_bits: &str| {
        let options = "--model vae --kl-weight 300 --steps 300 --batch-size 32 --lr 3e-3";
        run(data.path(), &format!("{options} --free-bits {free_bits}"))
    };
    let nats = |run: &TempDir| open(run).latent.kl.iter().sum::<f32>();
    let (collapsed, kept) = (nats(&train("0")), nats(&train("0.5")));
    // Eight dimensions; on other images than those of a batch the floor of 0.5 is not kept to the letter.
    assert!(collapsed < 0.5, "{collapsed} nats under a weight of 300");
    assert!(kept > 0.8 * 0.5 * 8.0, "{kept} nats with 8 · 0.5 free");
}

/// Ends a run after some steps.
struct StopAt(usize);

impl Observer for StopAt {
    fn step(&mut self, report: &StepReport) -> ControlFlow<()> {
        if report.step == self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn every_kind_resumes_to_the_weights_of_a_run_that_was_never_stopped() {
    let data = folder_of_pictures(40);
    for kind in [
        "ae",
        "sae --sparsity kl:0.1,5",
        "sae --sparsity l1:1",
        "dae --noise gaussian:0.2",
        "dae --noise salt-pepper:0.2",
        "vae --kl-schedule cyclical:3,0.5 --free-bits 0.1",
    ] {
        let folder = TempDir::new().unwrap();
        let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
        let options = format!("--model {kind} --steps 12 --validate-every 4");
        let config = config(data.path(), &options.split_whitespace().collect::<Vec<_>>());
        train(&config, &whole, &mut ()).unwrap();
        train(&config, &stopped, &mut StopAt(5)).unwrap_err();
        resume(&stopped, Changes::default(), &mut ()).unwrap();
        let read = |run: &Path| std::fs::read_to_string(run.join("history.csv")).unwrap();
        assert_eq!(read(&whole), read(&stopped), "{kind}");
        let tensors = |run: &Path| {
            let Checkpoint { weights, optimizer, .. } = Checkpoint::open(run).unwrap();
            let plain = |t: candle_core::Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            weights.into_iter().chain(optimizer).map(|(n, t)| (n, plain(t))).collect::<BTreeMap<_, _>>()
        };
        assert!(tensors(&whole) == tensors(&stopped), "{kind}: the weights differ");
    }
}
