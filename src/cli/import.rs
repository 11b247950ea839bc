//! `morphospace import`

use std::path::PathBuf;
use std::str::FromStr;

use serde_json::json;

use super::alignment::DataOptions;
use super::output::{print_json, print_line, unexpected};
use super::session::WorkerClient;
use super::table;
use crate::config::{DataSource, ExtraKind, ImportedConfig, PictureLayout, ValueRange};
use crate::error::{Error, Result};
use crate::worker::protocol::{CodeSpaceOrder, ImportProposal, Job, JobResult};

#[derive(clap::Args)]
pub struct Options {
    /// Decoder, encoder or autoencoder: .onnx, or a state dict (.pt, .pth, .ckpt, .safetensors) of a network that is
    /// known
    model: PathBuf,
    /// The other half of the model, if it lies in a file of its own and is not found beside the first
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
    /// Range of the numbers that the decoder gives: unit (0 to 1), signed (−1 to 1), bytes, logits or image-net
    #[arg(long, value_name = "RANGE", value_parser = output_range)]
    output_range: Option<ValueRange>,
    /// Range of the numbers that the encoder takes: unit, signed, bytes or image-net
    #[arg(long, value_name = "RANGE", value_parser = input_range)]
    input_range: Option<ValueRange>,
    /// Order of the numbers of a picture: nchw, nhwc or flat
    #[arg(long, value_name = "ORDER", value_parser = layout)]
    layout: Option<PictureLayout>,
    /// Size of the pictures where the file leaves it open
    #[arg(long, value_name = "WIDTHxHEIGHT")]
    size: Option<Size>,
    /// The input of the decoder that takes codes, where there are several
    #[arg(long, value_name = "ARRAY")]
    code_input: Option<String>,
    /// The array of the decoder that holds pictures, where there are several
    #[arg(long, value_name = "ARRAY")]
    picture_output: Option<String>,
    /// An input beside code or picture: a class as NAME=3, noise as NAME=noise:SEED, one number everywhere as
    /// NAME=constant:0.7; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<ExtraValue>,
    /// Measure mean, spread and order of the code's dimensions on these images, in place of N(0, I)
    #[arg(long, value_name = "DATA")]
    data: Option<DataSource>,
    #[command(flatten)]
    align: DataOptions,
}

/// Width and height.
#[derive(Clone, Copy)]
struct Size(usize, usize);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text.split_once(['x', '×']).map(|(width, height)| (width.parse(), height.parse()));
        match sides {
            Some((Ok(width), Ok(height))) => Ok(Size(width, height)),
            _ => Err("write it as in 64x64".into()),
        }
    }
}

/// The value of an input.
#[derive(Clone)]
struct ExtraValue {
    name: String,
    kind: Option<ExtraKind>,
    value: f64,
}

impl FromStr for ExtraValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write it as in labels=3")?;
        let (kind, value) = match value.split_once(':') {
            None => (None, value),
            Some(("noise", value)) => (Some(ExtraKind::Noise), value),
            Some(("constant", value)) => (Some(ExtraKind::Constant), value),
            Some(("class", value)) => (Some(ExtraKind::Label), value),
            Some(("one-hot", value)) => (Some(ExtraKind::OneHot), value),
            Some((other, _)) => {
                return Err(format!("'{other}' is none of class, one-hot, noise and constant"));
            }
        };
        let value = value.parse().map_err(|_| format!("'{value}' is no number"))?;
        Ok(ExtraValue { name: name.to_owned(), kind, value })
    }
}

fn output_range(text: &str) -> Result<ValueRange, String> {
    range_of(text, &ValueRange::ALL)
}

fn input_range(text: &str) -> Result<ValueRange, String> {
    range_of(text, &ValueRange::OF_INPUTS)
}

fn range_of(text: &str, known: &[ValueRange]) -> Result<ValueRange, String> {
    let words: Vec<&str> = known.iter().map(|range| range.word()).collect();
    known
        .iter()
        .copied()
        .find(|range| range.word() == text)
        .ok_or_else(|| format!("it is one of {}", words.join(", ")))
}

fn layout(text: &str) -> Result<PictureLayout, String> {
    let found = PictureLayout::ALL.into_iter().find(|layout| layout.label().eq_ignore_ascii_case(text));
    found.ok_or_else(|| "it is one of nchw, nhwc and flat".into())
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let mut session = WorkerClient::start();
    let files = [Some(options.model.clone()), options.with.clone()].into_iter().flatten().collect();
    let mut proposal = session.propose_import(files)?;
    let config = corrected(&options, proposal.config.clone())?;
    if config != proposal.config {
        let notes = proposal.notes;
        proposal = ImportProposal { notes, ..session.preview_import(options.model.clone(), config)? };
    }
    session.keep_import(options.model.clone(), proposal.config.clone())?;
    let measured = match options.data {
        None => None,
        Some(data) => {
            let order = CodeSpaceOrder { model: options.model, data: options.align.of(data) };
            match session.job(Job::MeasureCodeSpace(order))? {
                JobResult::CodeSpaceMeasured(measured) => Some(measured),
                other => return unexpected(&other),
            }
        }
    };
    if json {
        return print_json(&json!({
            "file": proposal.file.to_string_lossy(),
            "latent_dim": proposal.latent_dim,
            "parameters": proposal.parameters,
            "reading": proposal.config,
            "notes": proposal.notes,
            "code_space": measured,
        }));
    }
    print_line(&described(&proposal)?)?;
    if let Some(measured) = measured {
        let active = measured
            .active_units
            .map(|active| format!(", {active} of {} dimensions active", measured.latent_dim));
        print_line(&format!(
            "code space measured on {} images{}",
            measured.images,
            active.unwrap_or_default()
        ))?;
    }
    proposal.notes.iter().try_for_each(|note| print_line(note))
}

/// The reading with what the options say.
fn corrected(options: &Options, mut config: ImportedConfig) -> Result<ImportedConfig> {
    let lacks = |part: &str| Error::file(&options.model, format!("there is no {part} in it"));
    if let Some(range) = options.output_range {
        config.decoder.as_mut().ok_or_else(|| lacks("decoder"))?.range = range;
    }
    if let Some(range) = options.input_range {
        config.encoder.as_mut().ok_or_else(|| lacks("encoder"))?.range = range;
    }
    if let Some(name) = &options.code_input {
        config.take_codes_by(name);
        if config.decoder.as_ref().is_none_or(|decoder| decoder.input != *name) {
            return Err(lacks(&format!("input '{name}'")));
        }
    }
    if let Some(name) = &options.picture_output {
        name.clone_into(&mut config.decoder.as_mut().ok_or_else(|| lacks("decoder"))?.output);
    }
    if let Some(layout) = options.layout {
        config.layout = layout;
    }
    if let Some(Size(width, height)) = options.size {
        (config.width, config.height) = (width, height);
    }
    for ExtraValue { name, kind, value } in &options.set {
        let names: Vec<String> = config.extra().map(|extra| extra.name.clone()).collect();
        let extra = config.extra_mut().find(|extra| extra.name == *name).ok_or_else(|| {
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Error::file(
                &options.model,
                format!("it has no input '{name}' beside code and picture; it has {there}"),
            )
        })?;
        extra.kind = kind.unwrap_or(extra.kind);
        extra.value = *value;
    }
    Ok(config)
}

fn described(proposal: &ImportProposal) -> Result<String> {
    let ImportProposal { config, latent_dim, parameters, .. } = proposal;
    let parts = match (&config.encoder, &config.decoder) {
        (Some(_), Some(_)) => "encoder and decoder",
        (Some(_), None) => "encoder alone",
        (None, _) => "decoder alone",
    };
    let colours = if config.channels == 1 { "grey" } else { "RGB" };
    let pictures = format!("{}×{} pixels, {colours}, {}", config.width, config.height, config.layout.label());
    let mut rows = vec![
        ("model", format!("{parts}, {parameters} weights")),
        ("images", pictures),
        ("code", format!("{latent_dim} numbers")),
    ];
    if let Some(decoder) = &config.decoder {
        rows.push(("decoder gives", decoder.range.label().to_owned()));
    }
    if let Some(encoder) = &config.encoder {
        rows.push(("encoder takes", encoder.range.label().to_owned()));
    }
    for extra in config.extra() {
        rows.push(("input", format!("{} = {} ({})", extra.name, extra.value, extra.kind.label())));
    }
    Ok(table::list(&rows))
}
