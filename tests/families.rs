//! Differences between the kinds of autoencoder, on small pictures: a sparse one's units fall silent, a denoising
//! one repairs what a plain one cannot, free bits keep a KL alive; and each goes on exactly where it stopped.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use candle_core::Device;
use morphospace::config::{Corruption, DataSource, Noise, Split};
use morphospace::export::write_png;
use morphospace::latent::sampling;
use morphospace::measure::{EvaluationOrder, evaluate};
use morphospace::observer::Observer;
use morphospace::report::{EvaluationRow, JobEvent, LatentInfo};
use morphospace::run::TrainedModel;
use morphospace::run::checkpoint::Checkpoint;
use morphospace::train::{Changes, resume, train};
use morphospace::{ImageBuf, random};
use tempfile::TempDir;

use pictures::folder_of_pictures;
use settings::config;

/// A soft disc on a ground that darkens towards the top; place, size and colours differ from seed to seed.
fn disc(seed: usize) -> ImageBuf {
    const SIZE: usize = 32;
    let draws = random::uniform(11, seed as u64, 9);
    let (x, y, radius) = (0.25 + 0.5 * draws[0], 0.25 + 0.5 * draws[1], 0.12 + 0.13 * draws[2]);
    let pixel = |place: usize, c: usize| {
        let (px, py) = ((place % SIZE) as f32 / 31.0, (place / SIZE) as f32 / 31.0);
        let inside = 1.0 / (1.0 + (((px - x).hypot(py - y) - radius) * 40.0).exp());
        let ground = (0.2 + 0.5 * draws[3 + c]) * (0.7 + 0.3 * py);
        ground + inside * (0.2 + 0.6 * draws[6 + c] - ground)
    };
    let pixels: Vec<f32> = (0..SIZE * SIZE * 3).map(|i| pixel(i / 3, i % 3)).collect();
    ImageBuf::from_unit_floats(SIZE, SIZE, &pixels).unwrap()
}

/// Folders of discs to train on and, others, to measure on.
fn discs() -> &'static [TempDir; 2] {
    static DISCS: OnceLock<[TempDir; 2]> = OnceLock::new();
    DISCS.get_or_init(|| {
        [0..300, 300..360].map(|seeds| {
            let folder = TempDir::new().unwrap();
            for seed in seeds {
                write_png(&disc(seed), &folder.path().join(format!("{seed:03}.png"))).unwrap();
            }
            folder
        })
    })
}

/// Trains on discs into a folder of its own.
fn run(options: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let options = format!("--batch-size 32 --lr 5e-3 --validate-every 10000 {options}");
    let config = config(discs()[0].path(), &options.split_whitespace().collect::<Vec<_>>());
    train(&config, &folder.path().join("run"), &mut ()).unwrap();
    folder
}

fn open(run: &TempDir) -> TrainedModel {
    TrainedModel::open(&run.path().join("run"), &Device::Cpu).unwrap()
}

/// Measures on discs that were not trained on.
fn order(checkpoints: Vec<PathBuf>, noise: Option<Noise>) -> EvaluationOrder {
    let data = DataSource::Folder(discs()[1].path().to_owned());
    EvaluationOrder { checkpoints, data, split: Split::All, noise, pca: false, likelihood_samples: None }
}

fn rows(runs: &[&TempDir], noise: Option<Noise>) -> Vec<EvaluationRow> {
    let checkpoints = runs.iter().map(|run| run.path().join("run")).collect();
    evaluate(&order(checkpoints, noise), &mut ()).unwrap()
}

#[test]
fn the_kl_penalty_draws_every_unit_to_the_target_activity() {
    let train =
        |weight: &str| run(&format!("--model sae --sparsity kl:0.05,{weight} --steps 300 --latent-dim 16"));
    let (free, sparse) = (train("0"), train("60"));
    let (busy, inactive) = open(&free).latent.sparsity().unwrap();
    assert!(busy > 0.25, "without a weight the mean activity is {busy}");
    let LatentInfo { center: activity, .. } = open(&sparse).latent;
    assert!(activity.iter().all(|unit| (0.025..0.1).contains(unit)), "{activity:?}");
    let (drawn, silent) = open(&sparse).latent.sparsity().unwrap();
    assert!((drawn - 0.05).abs() < 0.02, "mean activity {drawn}");
    assert!(silent > inactive + 0.4, "{silent} of the units are inactive, {inactive} without the penalty");
    let rows = rows(&[&free, &sparse], None);
    let report = rows[1].sparsity.unwrap();
    assert!((report.mean_activity - 0.05).abs() < 0.02, "on other pictures: {report:?}");
    // Sparse, and still a code.
    let (free, sparse) = (rows[0].metrics.psnr, rows[1].metrics.psnr);
    assert!(sparse > free - 2.0, "{sparse} dB, without the penalty {free} dB");
}

#[test]
fn the_l1_penalty_shrinks_the_code_and_switches_units_off() {
    let train =
        |weight: &str| run(&format!("--model sae --sparsity l1:{weight} --steps 300 --latent-dim 16"));
    let (free, sparse) = (train("0"), train("0.3"));
    let rows = rows(&[&free, &sparse], None);
    let (without, with) = (rows[0].sparsity.unwrap(), rows[1].sparsity.unwrap());
    assert!(with.penalty < 0.2 * without.penalty, "{with:?} against {without:?}");
    assert!(with.inactive_share > without.inactive_share + 0.3, "{with:?} against {without:?}");
    assert!(with.inactive_share < 1.0, "some units are left: {with:?}");
}

#[test]
fn a_denoising_autoencoder_beats_a_plain_one_on_noisy_pictures() {
    let corruption = Corruption::Mask(0.5);
    let plain = run("--model ae --steps 500 --latent-dim 64");
    let denoising = run(&format!("--model dae --noise {corruption} --steps 500 --latent-dim 64"));
    let rows = rows(&[&plain, &denoising], Some(Noise { corruption, seed: 5 }));
    let (ae, dae, noisy) = (rows[0].metrics.psnr, rows[1].metrics.psnr, rows[0].noisy_input.unwrap());
    assert_eq!(rows[1].noisy_input, Some(noisy), "both were given the same pictures");
    assert!(dae > ae + 3.0, "{dae} dB, a plain one {ae} dB");
    assert!(dae > noisy.psnr + 6.0, "{dae} dB, the noisy pictures {} dB", noisy.psnr);
}

#[test]
fn free_bits_keep_the_kl_from_vanishing() {
    let nats = |free_bits: &str| {
        let run = run(&format!("--model vae --kl-weight 30 --steps 300 --free-bits {free_bits}"));
        let history = std::fs::read_to_string(run.path().join("run/history.csv")).unwrap();
        let last = history.lines().last().unwrap().split(',').nth(3).unwrap();
        last.parse::<f64>().unwrap()
    };
    let (collapsed, kept) = (nats("0"), nats("0.5"));
    assert!(collapsed < 0.05, "{collapsed} nats under a weight of 30");
    // Of eight dimensions, each is let alone below 0.5 nats; where it comes to rest is up to the decoder.
    assert!(kept > 1.5, "{kept} nats with 0.5 free in each of eight dimensions");
}

/// A DCGAN and a VAE-GAN from the first step to a model that is shared: both draw pictures, one takes photos.
#[test]
fn adversarial_kinds_train_draw_and_leave_their_judge_at_home() {
    for (kind, takes_photos) in [("dcgan", false), ("vae-gan", true)] {
        let run = run(&format!("--model {kind} --lr 1e-3 --steps 40 --latent-dim 8"));
        let path = run.path().join("run");
        let checkpoint = Checkpoint::open(&path).unwrap();
        assert_eq!(checkpoint.meta.moves.unwrap().discriminator, 40);
        assert!(checkpoint.weights.keys().any(|name| name.starts_with("discriminator.main.")));
        let shared = run.path().join("shared.safetensors");
        checkpoint.write_model(&shared).unwrap();
        let shared = Checkpoint::open(&shared).unwrap();
        assert!(!shared.weights.keys().any(|name| name.starts_with("discriminator.")));
        let model = open(&run);
        let pictures = model.decode(&sampling::sample(&model.latent, 4, 1)).unwrap();
        assert!(pictures[0] != pictures[1], "{kind}: draws differ");
        let encoded = model.encode(&[disc(1)]);
        let rows = evaluate(&order(vec![path.clone()], None), &mut ());
        if takes_photos {
            assert_eq!(encoded.unwrap().mu[0].len(), 8);
            assert!(rows.unwrap()[0].metrics.psnr > 5.0);
        } else {
            let message = encoded.unwrap_err().to_string();
            assert!(message.contains("a DCGAN has no encoder"), "{message}");
            assert!(rows.unwrap().is_empty());
        }
        let history = std::fs::read_to_string(path.join("history.csv")).unwrap();
        let (header, lines) = history.split_once('\n').unwrap();
        let column = header.split(',').position(|name| name == "d_real").unwrap();
        for line in lines.lines() {
            let belief: f64 = line.split(',').nth(column).unwrap().parse().unwrap();
            assert!((0.0..=1.0).contains(&belief), "{kind}: {line}");
        }
    }
}

/// Ends a run after some steps.
struct StopAt(usize);

impl Observer for StopAt {
    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        match event {
            JobEvent::Steps(reports) if reports[0].step == self.0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
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
