//! The dialog that asks how another program's model is read, found by role and label, with a worker's events fed by
//! hand.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/window.rs"]
mod window;

use std::sync::Arc;

use dropped::Dropped;
use eframe::egui;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;

use morphospace::ImageBuf;
use morphospace::config::{
    CodeOutput, DecoderConfig, EncoderConfig, ExtraInput, ExtraKind, ImportedConfig, ModelConfig,
    PictureLayout, Spread, ValueRange,
};
use morphospace::worker::protocol::{
    CodeSpaceOrder, Command, Event, ImportProposal, Job, ModelInfo, ModelSource, RequestId,
};
use window::{LATENT_DIM, Window, model};

const FILE: &str = "/models/decoder.onnx";

fn config() -> ImportedConfig {
    let labels = ExtraInput { name: "labels".into(), shape: Vec::new(), kind: ExtraKind::Label, value: 0.0 };
    ImportedConfig {
        width: 40,
        height: 24,
        channels: 3,
        layout: PictureLayout::ChannelsFirst,
        encoder: Some(EncoderConfig {
            file: "/models/encoder.onnx".into(),
            input: "x".into(),
            range: ValueRange::Signed,
            code: CodeOutput::Gaussian {
                mu: "mu".into(),
                spread: "logvar".into(),
                kind: Spread::LogVariance,
            },
            extra: Vec::new(),
        }),
        decoder: Some(DecoderConfig {
            file: FILE.into(),
            input: "z".into(),
            code_shape: vec![LATENT_DIM],
            output: "y".into(),
            range: ValueRange::Signed,
            extra: vec![labels],
        }),
    }
}

fn proposal(config: ImportedConfig, approved: bool) -> Event {
    let picture = ImageBuf::filled(40, 24, [90, 120, 150]);
    Event::ImportProposed(Box::new(ImportProposal {
        file: FILE.into(),
        config,
        notes: vec!["Its pictures are in −1 … 1, since it ends in Tanh.".into()],
        approved,
        latent_dim: LATENT_DIM,
        parameters: 12_345,
        encoder_outputs: vec!["mu".into(), "logvar".into()],
        decoder_outputs: vec!["y".into()],
        draws: vec![picture.clone(); 8],
        reconstructions: vec![[picture.clone(), picture]; 4],
    }))
}

fn drop_files(window: &mut Window, files: &[&str]) {
    for file in files {
        let dropped: egui::DroppedFileHandle = Arc::new(Dropped(file.into()));
        window.harness.input_mut().dropped_files.push(dropped);
    }
    dropped::look(&mut window.harness);
}

/// The first command since the last call that `wanted` accepts, with its number.
fn command<T>(window: &Window, wanted: impl Fn(Command) -> Option<T>) -> Option<(RequestId, T)> {
    let mut all = window.requests.try_iter().collect::<Vec<_>>().into_iter();
    all.find_map(|request| Some((request.id, wanted(request.command)?)))
}

fn proposed(window: &Window) -> (RequestId, Vec<std::path::PathBuf>) {
    let files = |command| match command {
        Command::ProposeImport(files) => Some(files),
        _ => None,
    };
    command(window, files).unwrap()
}

fn kept(window: &Window) -> (RequestId, ImportedConfig) {
    let config = |command| match command {
        Command::KeepImport { config, .. } => Some(*config),
        _ => None,
    };
    command(window, config).unwrap()
}

#[test]
fn a_reading_is_shown_corrected_and_opened() {
    let mut window = Window::with_model();
    drop_files(&mut window, &[FILE]);
    let (request, files) = proposed(&window);
    assert_eq!(files, [std::path::PathBuf::from(FILE)]);
    window.reply(request, proposal(config(), false));
    for words in ["How is decoder.onnx read?", "Draws from N(0, I)", "Built-in faces, and what comes back"] {
        assert!(window.harness.query_by_label(words).is_some(), "{words}");
    }
    assert!(window.harness.query_by_label_contains("12,345 weights").is_some());
    window.click(Role::ComboBox, "Decoder gives");
    window.click(Role::Button, "0 … 1");
    let previewed = |command| match command {
        Command::PreviewImport { config, .. } => Some(*config),
        _ => None,
    };
    let (request, shown) = command(&window, previewed).unwrap();
    assert_eq!(shown.decoder.as_ref().unwrap().range, ValueRange::Unit);
    // Until its pictures have come it cannot be approved.
    window.click(Role::Button, "Open");
    assert!(command(&window, Some).is_none());
    window.reply(request, proposal(shown.clone(), false));
    // It may be scrolled out of sight, where a pointer would hit what lies there.
    window.harness.get_by_role_and_label(Role::Button, "Built-in").click_accesskit();
    window.harness.run_steps(3);
    window.click(Role::Button, "Open");
    let sent: Vec<Command> = window.commands();
    let kept = sent.iter().find_map(|command| match command {
        Command::KeepImport { config, .. } => Some((**config).clone()),
        _ => None,
    });
    assert_eq!(kept, Some(shown));
    let measures = |command: &Command| matches!(command, Command::Start(Job::MeasureCodeSpace(CodeSpaceOrder { model, .. })) if model.ends_with("decoder.onnx"));
    assert!(sent.iter().any(measures), "the code space is measured on the built-in faces");
    assert!(window.harness.query_by_label("How is decoder.onnx read?").is_none());
}

#[test]
fn what_does_not_fit_is_said_and_cannot_be_opened() {
    let mut window = Window::with_model();
    drop_files(&mut window, &[FILE]);
    let (request, _) = proposed(&window);
    window.reply(request, proposal(config(), false));
    window.click(Role::ComboBox, "Encoder takes");
    window.click(Role::Button, "0 … 255");
    let (request, ()) =
        command(&window, |command| matches!(command, Command::PreviewImport { .. }).then_some(())).unwrap();
    window.reply(request, Event::Failed { message: "its layers do not fit together".into() });
    assert!(window.harness.query_by_label("its layers do not fit together").is_some());
    window.click(Role::Button, "Open");
    assert!(command(&window, Some).is_none());
    window.click(Role::Button, "Cancel");
    assert!(window.harness.query_by_label("How is decoder.onnx read?").is_none());
}

#[test]
fn two_halves_that_are_dropped_together_are_one_model_and_a_known_file_opens_at_once() {
    let mut window = Window::with_model();
    drop_files(&mut window, &[FILE, "/models/encoder.onnx"]);
    let (request, files) = proposed(&window);
    assert_eq!(files.len(), 2);
    window.reply(request, proposal(config(), true));
    let opened = |command| match command {
        Command::OpenModel(ModelSource::File(path)) => Some(path),
        _ => None,
    };
    assert_eq!(command(&window, opened).unwrap().1, std::path::Path::new(FILE));
}

#[test]
fn two_files_that_are_no_pair_are_asked_for_one_after_the_other() {
    let mut window = Window::with_model();
    drop_files(&mut window, &[FILE, "/models/other.onnx"]);
    let (request, _) = proposed(&window);
    window.reply(request, Event::Failed { message: "both are decoders".into() });
    let alone: Vec<RequestId> = window.requests.try_iter().map(|request| request.id).collect();
    assert_eq!(alone.len(), 2);
    window.reply(alone[0], proposal(config(), false));
    let Event::ImportProposed(mut second) = proposal(config(), false) else { panic!() };
    second.file = "/models/other.onnx".into();
    window.reply(alone[1], Event::ImportProposed(second));
    assert!(window.harness.query_by_label("How is decoder.onnx read?").is_some());
    window.click(Role::Button, "Cancel");
    assert!(window.harness.query_by_label("How is other.onnx read?").is_some());
}

#[test]
fn a_class_is_changed_on_explore_and_the_code_stays() {
    let mut window = Window::with_model();
    let source = ModelSource::File(FILE.into());
    let info = |id: u32| {
        let Event::ModelOpened(info) = model(id, "Digits") else { panic!() };
        let imported = Some(Box::new(config()));
        let config = ModelConfig { imported, ..info.config.clone() };
        Event::ModelOpened(Box::new(ModelInfo { source: source.clone(), config, train: None, ..*info }))
    };
    window.tell(info(2));
    window.answer_all();
    window.click(Role::Button, "Random");
    window.answer_all();
    let code = window.values();
    assert!(window.harness.query_by_label("Imported model").is_some());
    window.harness.get_by_role_and_label(Role::SpinButton, "labels").set_value_accesskit(7.0);
    window.harness.run_steps(3);
    let (request, config) = kept(&window);
    assert_eq!(config.extra().next().unwrap().value, 7.0);
    window.reply(request, Event::ImportKept(FILE.into()));
    window.tell(info(3));
    let same = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5;
    assert!(window.values().iter().zip(&code).all(same), "{:?} {code:?}", window.values());
}
