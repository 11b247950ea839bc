//! Made-up reports of a run, for tests.

use super::Train;
use super::run::Run;
use crate::config::{ModelConfig, ModelKind, Plan, TrainConfig};
use crate::gui::state::State;
use crate::image_buf::ImageBuf;
use crate::worker::protocol::{
    CollapseReport, Event, LatentInfo, LivePictures, ModelInfo, ModelSource, Reply, RunHistory, StepReport,
};

/// The settings of a run.
pub fn config(kind: ModelKind, latent_dim: usize) -> TrainConfig {
    let text = r#"{"kind":"vae","image_size":64,"latent_dim":32,"base_width":32,"normalization":"batch",
        "path":"faces","flip":true,"steps":20000,"batch_size":64,"learning_rate":0.001,"lr_schedule":"cosine",
        "weight_decay":0.0,"seed":0,"kl_weight":1.0,"kl_schedule":"constant","validate_every":500,
        "save_every":1000,"sample_every":1000}"#;
    let config: TrainConfig = serde_json::from_str(text).unwrap();
    TrainConfig { model: ModelConfig { kind, latent_dim, ..config.model }, ..config }
}

/// A report in which `active` of `dims` dimensions carry information, in an order of their own.
pub fn report(step: usize, dims: usize, active: usize) -> CollapseReport {
    let rank = |dim: usize| (dim * 7 + 3) % dims;
    let kl = |dim: usize| {
        let rank = rank(dim);
        if rank < active {
            3.2 * (-1.8 * rank as f32 / active as f32).exp()
        } else {
            0.003 / (1 + rank) as f32
        }
    };
    let part = active as f64 / dims as f64;
    let density = |bin: usize| {
        let at = (f64::from(bin as u32) + 0.5) / 4.0 - 4.0;
        (1e4 * (-at * at / 2.0 / (0.75 + 0.25 * (1.0 - part))).exp()) as u32
    };
    let re = 0.05 - 0.045 * part.sqrt();
    CollapseReport {
        step,
        images: 64,
        kl_per_dim: (0..dims).map(kl).collect(),
        active_units: active,
        histogram: (0..32).map(density).collect(),
        histogram_range: (-4.0, 4.0),
        re,
        re_shuffled: re + 0.07 * part.sqrt(),
    }
}

/// A step with a KL weight.
pub fn step(step: usize, kl_weight: f64) -> StepReport {
    StepReport {
        step,
        steps: 20_000,
        reconstruction: 120.0,
        re: 0.01,
        kl: 20.0,
        kl_weight,
        loss: 140.0,
        learning_rate: 1e-3,
        gradient_norm: 1.0,
        images_per_second: 300.0,
        seconds_left: 100.0,
        ..StepReport::default()
    }
}

/// A run that has left nothing but its settings.
pub fn history() -> RunHistory {
    RunHistory {
        folder: "/runs/a".into(),
        config: config(ModelKind::Vae, 32),
        step: 40,
        changes: Vec::new(),
        forked_from: None,
        names: Vec::new(),
        steps: Vec::new(),
        columns: Vec::new(),
        sheets: Vec::new(),
    }
}

/// Pictures with this many watched photos and codes; those that the model makes differ from step to step.
pub fn pictures(step: usize, photos: usize, pinned: usize) -> LivePictures {
    let shade = |a: usize, b: usize| ImageBuf::filled(16, 16, [(a * 9) as u8, (b * 5) as u8, 90]);
    let made = |count: usize| (0..count).map(|index| shade(index, step)).collect::<Vec<_>>();
    LivePictures {
        step,
        originals: (0..8).map(|index| shade(index, 0)).collect(),
        inputs: Vec::new(),
        reconstructions: made(8),
        shuffled: made(8),
        samples: made(16),
        photos: (0..photos).map(|index| (shade(index, 1), shade(index, step))).collect(),
        pinned: made(pinned),
    }
}

/// Puts a run with these settings in front.
pub fn run(train: &mut Train, kind: ModelKind, latent_dim: usize) -> &mut Run {
    let run = train.add("/runs/a".into());
    let key = run.key;
    run.plan = Some(Plan::new(&config(kind, latent_dim), &[]));
    train.selected = Some(key);
    train.run_mut().unwrap()
}

/// Opens a model with codes of this length and selects it.
pub fn open_model(state: &mut State, latent_dim: usize) {
    let id = latent_dim as u32;
    let source = ModelSource::Shipped(format!("model {id}"));
    let event = Event::ModelOpened(Box::new(ModelInfo {
        id,
        name: format!("Model {id}"),
        source,
        config: config(ModelKind::Vae, latent_dim).model,
        latent: LatentInfo::unmeasured(latent_dim),
        prior: None,
        steps: 1,
        train: None,
        parameters: 1,
        devices: Vec::new(),
        validation: None,
        directions: Vec::new(),
    }));
    state.apply(Reply { to: None, event });
    state.select(id);
}
