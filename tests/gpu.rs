//! A graphics card and the processor agree. Where there is no card, its operations are run on the processor in
//! place of the fast ones: what a card is told to compute is tested everywhere, and how it computes where there is
//! one. The first says in its output that the second was skipped.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candle_core::{Device, Tensor};
use morphospace::config::{
    CodeUnits, DeviceConfig, DiscriminatorNorm, ModelConfig, ModelKind, Normalization, Precision, Sparsity,
    defaults,
};
use morphospace::device::Compute;
use morphospace::error::Result;
use morphospace::losses::objective::Objective;
use morphospace::losses::{bce_with_logits, reconstruction};
use morphospace::models::{DcganConfig, Discriminator, Generator, Model};
use morphospace::nn::{AdamW, AdamWConfig, Parameters, backward, compute_as_on_a_card, multiply_in};
use morphospace::observer::Observer;
use morphospace::random;
use morphospace::report::JobEvent;
use morphospace::train::adversarial::DiffAugment;
use morphospace::train::train;
use pictures::folder_of_pictures;

/// Definition.
enum Way {
    /// By the fast operations of the processor.
    Fast,
    /// By the operations of a card, on the processor.
    AsOnACard,
    /// The run with the card's coarser products.
    Rounded(Precision),
    /// By a card.
    Card(Compute),
}

impl Way {
    fn compute(&self) -> Compute {
        match self {
            Way::Fast | Way::AsOnACard | Way::Rounded(_) => Compute::cpu(),
            Way::Card(card) => card.clone(),
        }
    }

    /// Does `work` this way; nothing else may go on meanwhile in this process.
    fn run<T>(&self, work: impl FnOnce(&Device) -> T) -> T {
        compute_as_on_a_card(matches!(self, Way::AsOnACard | Way::Rounded(_)));
        multiply_in(if let Way::Rounded(precision) = self { *precision } else { Precision::F32 });
        let result = work(self.compute().device());
        compute_as_on_a_card(false);
        multiply_in(Precision::F32);
        result
    }

    fn name(&self) -> String {
        match self {
            Way::Fast => "the processor".into(),
            Way::AsOnACard => "a card's operations on the processor".into(),
            Way::Rounded(precision) => format!("a card's operations in {}", precision.label()),
            Way::Card(card) => card.name(),
        }
    }
}

/// The tests take turns, since a way is that of the whole process.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The way that is held against [`Way::Fast`].
fn others() -> Vec<Way> {
    let opened = Compute::open(DeviceConfig::default()).unwrap();
    let mut ways = vec![Way::AsOnACard];
    if opened.compute.is_cpu() {
        let why = opened.note.unwrap_or_else(|| "this build cannot use one".into());
        eprintln!("skipped on a graphics card: {why}");
    } else {
        ways.push(Way::Card(opened.compute));
    }
    ways
}

/// Named values.
type Values = BTreeMap<String, Vec<f32>>;

fn floats(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

/// Adds the gradient of each parameter that has one.
fn add_gradients(values: &mut Values, loss: &Tensor, networks: &[(&str, &Parameters)]) {
    let gradients = backward(loss).unwrap();
    for (network, parameters) in networks {
        for (name, var) in parameters.trainable() {
            if let Some(gradient) = gradients.get(&var) {
                values.insert(format!("gradient of {network} {name}"), floats(gradient));
            }
        }
    }
}

fn check(what: &str, found: &Values, expected: &Values) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{what}");
    let largest = |values: &[f32]| values.iter().fold(0f32, |most, v| most.max(v.abs()));
    let gradients = expected.iter().filter(|(name, _)| name.starts_with("gradient"));
    let of_all = gradients.map(|(_, values)| largest(values)).fold(0f32, f32::max);
    assert!(of_all > 0.0, "{what}: there are gradients");
    for (name, expected) in expected {
        let difference = found[name].iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
        // Gradients that cancel to nothing have no digits of their own.
        let limit = match name.starts_with("gradient") {
            true => 1e-3 * largest(expected).max(1e-3 * of_all),
            false => 1e-4 * largest(expected).max(1.0),
        };
        assert!(difference <= limit, "{what}: {name} is off by {difference:e}, more than {limit:e}");
    }
}

fn images(n: usize, size: usize, device: &Device) -> Tensor {
    Tensor::from_vec(random::uniform(3, 0, n * size * size * 3), (n, size, size, 3), device).unwrap()
}

fn normal(stream: u64, n: usize, length: usize, device: &Device) -> Tensor {
    Tensor::from_vec(random::standard_normal(3, stream, n * length), (n, length), device).unwrap()
}

#[test]
fn autoencoders_agree_forwards_and_backwards() {
    let _turn = turn();
    let others = others();
    for (kind, code_units) in [
        (ModelKind::Ae, CodeUnits::Linear),
        (ModelKind::Sae, CodeUnits::Sigmoid),
        (ModelKind::Sae, CodeUnits::Relu),
        (ModelKind::Vae, CodeUnits::Linear),
    ] {
        for (normalization, image_size) in [(Normalization::Batch, 32), (Normalization::None, 64)] {
            let config = ModelConfig {
                channels: 3,
                imported: None,
                kind,
                image_size,
                latent_dim: 16,
                latent_grid: None,
                linear: false,
                base_width: 8,
                normalization,
                code_units,
            };
            let sparsity = match code_units {
                CodeUnits::Linear => None,
                CodeUnits::Sigmoid => Some(Sparsity::USUAL),
                CodeUnits::Relu => Some("l1:0.1".parse().unwrap()),
            };
            let objective = Objective { kl_weight: 0.7, free_bits: 0.05, sparsity };
            let work = |device: &Device| -> Values {
                let parameters = Parameters::seeded(1, device);
                let model = Model::new(&config, parameters.var_builder()).unwrap();
                let (x, eps) = (images(8, image_size, device), normal(1, 8, 16, device));
                let forward = model.forward_train(&x, &eps).unwrap();
                let error = reconstruction(&forward.reconstruction, &x).unwrap();
                let (loss, _) = objective.loss(&error, &forward.posterior).unwrap();
                let mut values = Values::from([
                    ("reconstruction".into(), floats(&forward.reconstruction)),
                    ("code".into(), floats(&forward.posterior.mu)),
                    ("used".into(), floats(&model.decode(&model.encode(&x).unwrap().mu).unwrap())),
                ]);
                add_gradients(&mut values, &loss, &[("the model", &parameters)]);
                values
            };
            let expected = Way::Fast.run(work);
            for way in &others {
                let what = format!("{kind:?}, {normalization:?}, {}", way.name());
                check(&what, &way.run(work), &expected);
            }
        }
    }
}

/// The Euclidean distance of all gradients, a share of their length.
fn distance(found: &Values, expected: &Values) -> f64 {
    let square = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v).powi(2)).sum::<f64>();
    let (mut apart, mut length) = (0.0, 0.0);
    for (name, expected) in expected.iter().filter(|(name, _)| name.starts_with("gradient")) {
        apart += square(&mut found[name].iter().zip(expected).map(|(a, b)| a - b));
        length += square(&mut expected.iter().copied());
    }
    (apart / length).sqrt()
}

/// Products of fewer bits leave a gradient that points the same way, those of TF32 nearer to it.
#[test]
fn coarser_products_move_gradients_by_as_much_as_they_leave_out() {
    let _turn = turn();
    let config = ModelConfig { image_size: 32, latent_dim: 16, base_width: 8, ..defaults().model };
    let objective = Objective { kl_weight: 0.7, free_bits: 0.0, sparsity: None };
    let work = |device: &Device| -> Values {
        let parameters = Parameters::seeded(1, device);
        let model = Model::new(&config, parameters.var_builder()).unwrap();
        let (x, eps) = (images(8, 32, device), normal(1, 8, 16, device));
        let forward = model.forward_train(&x, &eps).unwrap();
        let error = reconstruction(&forward.reconstruction, &x).unwrap();
        let (loss, _) = objective.loss(&error, &forward.posterior).unwrap();
        let mut values = Values::new();
        add_gradients(&mut values, &loss, &[("the model", &parameters)]);
        values
    };
    let exact = Way::AsOnACard.run(work);
    let [tf32, bf16] = [Precision::Tf32, Precision::Bf16].map(|precision| {
        let apart = distance(&Way::Rounded(precision).run(work), &exact);
        eprintln!("{}: gradients move by {apart:.2e}", precision.label());
        apart
    });
    // A unit that falls on the other side of 0 moves more than the rounding.
    assert!(tf32 > 1e-4 && 2.0 * tf32 < bf16 && bf16 < 0.2, "{tf32} {bf16}");
}

#[test]
fn adversaries_agree_forwards_and_backwards() {
    let _turn = turn();
    let others = others();
    let config = DcganConfig { image_size: 32, latent_dim: 10, base_width: 8, channels: 3 };
    for norm in [DiscriminatorNorm::Batch, DiscriminatorNorm::Spectral, DiscriminatorNorm::None] {
        let work = |device: &Device| -> Values {
            let [for_generator, for_discriminator] = [1, 2].map(|seed| Parameters::seeded(seed, device));
            let generator = Generator::new(config, for_generator.var_builder()).unwrap();
            let vb = for_discriminator.var_builder();
            let discriminator = Discriminator::new(config, norm, vb).unwrap();
            let fakes = generator.forward(&normal(1, 8, 10, device), true).unwrap();
            let seen = DiffAugment::new(1, 2, 0, fakes.dims4().unwrap(), None).apply(&fakes).unwrap();
            // A generator's first pictures are grey, which leaves the units at their kinks: rounding decides there.
            let seen = ((seen + images(8, 32, device)).unwrap() * 0.5).unwrap();
            let judgement = discriminator.evaluate(&seen, true).unwrap();
            let loss = bce_with_logits(&judgement.logits, &judgement.logits.zeros_like().unwrap()).unwrap();
            let mut values = Values::from([
                ("pictures".into(), floats(&fakes)),
                ("logits".into(), floats(&judgement.logits)),
                ("features".into(), floats(&judgement.features)),
            ]);
            if norm != DiscriminatorNorm::Batch {
                let real = images(8, 32, device);
                let trace = discriminator.trace(&real, true).unwrap();
                let by_logit = normal(2, 8, 1, device).flatten_all().unwrap();
                let (squared, gradients) = trace.gradients(&by_logit, 0.5).unwrap();
                values.insert("squared slope".into(), floats(&squared));
                for (name, var) in for_discriminator.trainable() {
                    let gradient = floats(gradients.get(&var).unwrap());
                    values.insert(format!("gradient of a penalty for {name}"), gradient);
                }
            }
            add_gradients(&mut values, &loss, &[("G", &for_generator), ("D", &for_discriminator)]);
            values
        };
        let expected = Way::Fast.run(work);
        for way in &others {
            check(&format!("{norm:?} norm, {}", way.name()), &way.run(work), &expected);
        }
    }
}

#[test]
fn the_optimiser_agrees_and_its_state_moves_between_devices() {
    let _turn = turn();
    let config = AdamWConfig { weight_decay: 0.1, ..AdamWConfig::default() };
    let shapes = [(3, 5), (64, 16), (1, 1)];
    // Steps in which not all of them move.
    let moves = |step: u64, at: usize| step < 3 || at != 1;
    let steps = |optimizer: &mut AdamW, vars: &[candle_core::Var], from: u64, device: &Device| -> Vec<f64> {
        let step = |step: u64| {
            let weighed = |(at, (rows, columns)): (usize, &(usize, usize))| {
                let by = normal(10 * step + at as u64, *rows, *columns, device);
                moves(step, at).then(|| (vars[at].as_tensor() * by).unwrap().sum_all().unwrap())
            };
            let terms: Vec<Tensor> = shapes.iter().enumerate().filter_map(weighed).collect();
            let loss = Tensor::stack(&terms, 0).unwrap().sum_all().unwrap();
            optimizer.step(&loss.backward().unwrap(), 1e-2).unwrap()
        };
        (from..from + 3).map(step).collect()
    };
    let new = |device: &Device| {
        let of = |(at, (rows, columns)): (usize, &(usize, usize))| {
            candle_core::Var::from_tensor(&normal(100 + at as u64, *rows, *columns, device)).unwrap()
        };
        let vars: Vec<candle_core::Var> = shapes.iter().enumerate().map(of).collect();
        let named = vars.iter().enumerate().map(|(at, var)| (format!("v{at}"), var.clone())).collect();
        (AdamW::new(named, config).unwrap(), vars)
    };
    let whole = Way::Fast.run(|device| {
        let (mut optimizer, vars) = new(device);
        let norms = [steps(&mut optimizer, &vars, 0, device), steps(&mut optimizer, &vars, 3, device)];
        (norms.concat(), vars.iter().map(|var| floats(var)).collect::<Vec<_>>())
    });
    for way in others() {
        let (state, halfway, mut norms) = way.run(|device| {
            let (mut optimizer, vars) = new(device);
            let norms = steps(&mut optimizer, &vars, 0, device);
            let to_cpu = |t: &Tensor| t.to_device(&Device::Cpu).unwrap();
            let state =
                optimizer.state().unwrap().iter().map(|(name, t)| (name.clone(), to_cpu(t))).collect();
            (state, vars.iter().map(|var| to_cpu(var)).collect::<Vec<_>>(), norms)
        });
        let rest = Way::Fast.run(|device| {
            let (mut optimizer, vars) = new(device);
            vars.iter().zip(&halfway).for_each(|(var, value)| var.set(value).unwrap());
            optimizer.load_state(&state, 3).unwrap();
            norms.extend(steps(&mut optimizer, &vars, 3, device));
            vars.iter().map(|var| floats(var)).collect::<Vec<_>>()
        });
        for (found, expected) in rest.iter().flatten().zip(whole.1.iter().flatten()) {
            assert!((found - expected).abs() < 1e-5, "{}: {found} {expected}", way.name());
        }
        for (found, expected) in norms.iter().zip(&whole.0) {
            assert!((found - expected).abs() < 1e-5 * expected, "{}: {found} {expected}", way.name());
        }
    }
}

/// Updates of a run on a card, and of one that shows the same operations on the processor, which are slow there.
const STEPS: [usize; 2] = [200, 20];

/// The losses of a run, step by step: what is minimised and, of adversaries, the discriminator's.
struct Curve {
    compute: Compute,
    losses: Vec<[f64; 2]>,
}

impl Observer for Curve {
    fn compute(&mut self) -> Result<Compute> {
        Ok(self.compute.clone())
    }

    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        if let JobEvent::Steps(reports) = event {
            self.losses.extend(reports.iter().map(|report| {
                [report.loss, report.adversarial.map_or(0.0, |terms| terms.real + terms.fake)]
            }));
        }
        ControlFlow::Continue(())
    }
}

#[test]
fn runs_of_every_kind_lose_alike() {
    let _turn = turn();
    let (others, data) = (others(), folder_of_pictures(48));
    for kind in ["ae", "sae", "dae", "vae", "dcgan", "vae-gan"] {
        let curve = |way: &Way, steps: usize| {
            let steps = steps.to_string();
            let options = ["--model", kind, "--steps", &steps, "--validate-every", "100"];
            let config = settings::config(data.path(), &options);
            let folder = tempfile::tempdir().unwrap();
            let mut curve = Curve { compute: way.compute(), losses: Vec::new() };
            way.run(|_| train(&config, &folder.path().join("run"), &mut curve)).unwrap();
            curve.losses
        };
        for way in &others {
            let steps = STEPS[usize::from(matches!(way, Way::AsOnACard))];
            let [found, expected] = [way, &Way::Fast].map(|way| curve(way, steps));
            assert_eq!(expected.len(), steps);
            for of in [0, 1] {
                let (first, end) =
                    (|c: &[[f64; 2]]| c[0][of], |c: &[[f64; 2]]| mean(&c[steps / 4 * 3..], of));
                let what = format!("{kind}, loss {of}, {}", way.name());
                near(&format!("{what}, first step"), first(&found), first(&expected), 1e-4);
                let noise = if kind.ends_with("gan") { 0.2 } else { 0.03 };
                near(&format!("{what}, mean of the last quarter"), end(&found), end(&expected), noise);
            }
        }
    }
}

fn mean(losses: &[[f64; 2]], of: usize) -> f64 {
    losses.iter().map(|loss| loss[of]).sum::<f64>() / losses.len() as f64
}

fn near(what: &str, found: f64, expected: f64, share: f64) {
    eprintln!("{what}: {found} and {expected}");
    assert!((found - expected).abs() <= share * expected.abs(), "{what}: {found} instead of {expected}");
}
