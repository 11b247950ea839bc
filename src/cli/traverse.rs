//! `morphospace traverse`

use std::ffi::OsString;
use std::path::PathBuf;

use super::alignment::PhotoOptions;
use super::code;
use super::output::{print_json, print_line, usage_error};
use super::session::WorkerClient;
use crate::error::{Error, Result};
use crate::worker::protocol::{Export, Query, Slot};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model
    checkpoint: PathBuf,
    /// Image to start from; without it the centre of the code space
    #[arg(long, conflicts_with = "code")]
    image: Option<PathBuf>,
    #[command(flatten)]
    photo: PhotoOptions,
    /// Code to start from: its numbers with commas between them, or a .npy or JSON file of them; under a learned prior
    /// with noise that noise
    #[arg(long, value_name = "NUMBERS|FILE")]
    code: Option<OsString>,
    /// Dimensions to move, as in 0,3,7; without them the eight that matter most
    #[arg(long, value_delimiter = ',')]
    dims: Vec<usize>,
    /// From minus to plus this many standard deviations
    #[arg(long, default_value_t = 3.0)]
    span: f32,
    /// Pictures in a row
    #[arg(long, default_value_t = 9)]
    steps: usize,
    /// PNG file: a row a dimension
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Rows when no dimension is named.
const DEFAULT_ROWS: usize = 8;

pub fn run(options: Options, json: bool) -> Result<()> {
    if options.photo.crop.is_some() && options.image.is_none() {
        usage_error("--crop goes with --image: it is a part of that");
    }
    let mut session = WorkerClient::start();
    let info = session.open_model(&options.checkpoint)?;
    let latent_dim = info.config.latent_dim;
    let dims = match options.dims.is_empty() {
        true => info.latent.by_effect().into_iter().take(DEFAULT_ROWS).collect(),
        false => options.dims,
    };
    if let Some(dim) = dims.iter().find(|dim| **dim >= latent_dim) {
        return Err(Error::Invalid(format!(
            "there is no dimension {dim}: this model has {latent_dim}, numbered from 0"
        )));
    }
    let (code, shift) = match (&options.image, &options.code) {
        (Some(image), _) => code::of_photo(&mut session, &info, image, options.photo)?,
        (None, Some(text)) => (code::read(&mut session, &info, text)?, Vec::new()),
        (None, None) => (info.latent.center.clone(), Vec::new()),
    };
    let (span, steps) = (options.span, options.steps);
    let mut images = Vec::new();
    for &dim in &dims {
        let query =
            Query::Traverse { model: info.id, code: code.clone(), dim, span, steps, shift: shift.clone() };
        images.extend(session.ask_images(Slot::Traversal, query)?);
    }
    let file = session.export(Export::Grid { images, columns: steps, file: options.out })?;
    match json {
        true => print_json(&serde_json::json!({ "file": file.to_string_lossy(), "dims": dims })),
        false => print_line(&format!("rows: dimensions {dims:?}\n{}", file.display())),
    }
}
