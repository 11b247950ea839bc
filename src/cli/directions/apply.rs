//! `morphospace directions apply`

use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::alignment::PhotoOptions;
use crate::cli::code;
use crate::cli::output::{print_json, print_line, usage_error};
use crate::cli::session::WorkerClient;
use crate::error::{Error, Result};
use crate::report::conditioned;
use crate::worker::protocol::{Direction, DirectionSet, Export, ModelInfo, PriorInfo, Query, Slot};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model
    model: PathBuf,
    /// File of directions (.json); those that are kept with the model if not given
    #[arg(long, value_name = "FILE")]
    directions: Option<PathBuf>,
    /// Amounts, as in smile=2,age=-1: the picture before and after beside each other
    #[arg(long, value_delimiter = ',', value_name = "NAME=AMOUNT", required_unless_present = "strip")]
    set: Vec<String>,
    /// Directions to move along one by one: a row of pictures for each
    #[arg(long, value_delimiter = ',', value_name = "NAMES", conflicts_with = "set")]
    strip: Vec<String>,
    /// A strip goes from minus to plus this amount
    #[arg(long, default_value_t = 3.0)]
    span: f32,
    /// Pictures in a strip
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(2..=99))]
    steps: u16,
    /// Directions that stay as they are, as in age,yaw: what is moved becomes orthogonal to them
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    hold: Vec<String>,
    /// Image to start from
    #[arg(long, conflicts_with_all = ["seed", "code"])]
    image: Option<PathBuf>,
    /// Start from the first draw of this seed
    #[arg(long, conflicts_with = "code")]
    seed: Option<u64>,
    #[command(flatten)]
    photo: PhotoOptions,
    /// Start from a code: its numbers with commas between them, or a .npy or JSON file of them; under a learned prior
    /// with noise that noise
    #[arg(long, value_name = "NUMBERS|FILE")]
    code: Option<OsString>,
    /// PNG file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { model, directions, set, strip, span, steps, hold, image, photo, seed, code, out: file } =
        options;
    let wanted: Vec<(String, f32)> = set.iter().map(|text| amount(text)).collect();
    if !(span.is_finite() && span > 0.0) {
        usage_error(format!("a strip cannot go to an amount of {span}"));
    }
    if photo.crop.is_some() && image.is_none() {
        usage_error("--crop goes with --image: it is a part of that");
    }
    let mut session = WorkerClient::start();
    let info = session.open_model(&model)?;
    let known = match &directions {
        Some(file) => session.open_directions(info.id, file)?,
        None => DirectionSet {
            model: info.name.clone(),
            latent_dim: info.config.latent_dim,
            directions: info.directions.clone(),
        },
    };
    let held = hold.iter().map(|name| find(&known, name)).collect::<Result<Vec<_>>>()?;
    let moved = |name: &str| -> Result<(String, Vec<f32>)> {
        let direction = find(&known, name)?;
        let others = held.iter().filter(|other| other.name != direction.name);
        let others: Vec<&[f32]> = others.map(|other| &other.vector[..]).collect();
        Ok((direction.name.clone(), conditioned(&direction.vector, &others)))
    };
    let (from, residual) = match (&image, &code) {
        (Some(image), _) => code::of_photo(&mut session, &info, image, photo)?,
        (None, Some(text)) => (code::read(&mut session, &info, text)?, Vec::new()),
        (None, None) => (start(&mut session, &info, seed)?, Vec::new()),
    };
    let (mut offsets, columns, names) = if strip.is_empty() {
        let mut sum = vec![0.0; info.config.latent_dim];
        let mut names = Vec::new();
        for (name, amount) in &wanted {
            let (name, vector) = moved(name)?;
            add(&mut sum, &vector, *amount);
            names.push((name, *amount));
        }
        (vec![vec![0.0; sum.len()], sum], 2, names)
    } else {
        let mut offsets = Vec::new();
        let mut names = Vec::new();
        for name in &strip {
            let (name, vector) = moved(name)?;
            let last = f32::from(steps - 1);
            let amounts = (0..steps).map(|step| span * (2.0 * f32::from(step) / last - 1.0));
            offsets.extend(amounts.map(|amount| vector.iter().map(|v| v * amount).collect::<Vec<f32>>()));
            names.push((name, span));
        }
        (offsets, usize::from(steps), names)
    };
    offsets.iter_mut().for_each(|offset| add(offset, &residual, 1.0));
    let images = session.ask_images(Slot::Explore, Query::Edit { model: info.id, from, offsets })?;
    let file = session.export(Export::Grid { images, columns, file })?;
    if json {
        let amounts: serde_json::Map<String, serde_json::Value> =
            names.into_iter().map(|(name, amount)| (name, json!(amount))).collect();
        let what = if strip.is_empty() { "set" } else { "strip" };
        let hold: Vec<&str> = held.iter().map(|direction| direction.name.as_str()).collect();
        return print_json(&json!({ "file": file.to_string_lossy(), what: amounts, "hold": hold }));
    }
    if !strip.is_empty() {
        let names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
        print_line(&format!("rows: {} from −{span} to +{span}", names.join(", ")))?;
    }
    print_line(&file.display().to_string())
}

/// `NAME=AMOUNT`.
fn amount(text: &str) -> (String, f32) {
    let parsed = text.split_once('=').and_then(|(name, amount)| {
        let amount: f32 = amount.trim().parse().ok()?;
        (amount.is_finite() && !name.trim().is_empty()).then(|| (name.trim().to_owned(), amount))
    });
    parsed.unwrap_or_else(|| usage_error(format!("'{text}' is no NAME=AMOUNT, as in smile=2")))
}

fn find<'a>(known: &'a DirectionSet, name: &str) -> Result<&'a Direction> {
    known.meant(name).ok_or_else(|| {
        let names: Vec<&str> = known.directions.iter().map(|direction| direction.name.as_str()).collect();
        Error::Invalid(match names.is_empty() {
            true => format!(
                "{} has no directions; `morphospace directions fit` finds some, --directions takes a file",
                known.model
            ),
            false => format!(
                "there is no direction '{name}'; there are {}",
                crate::text::closest_first(name, names).join(", ")
            ),
        })
    })
}

fn add(sum: &mut [f32], vector: &[f32], amount: f32) {
    sum.iter_mut().zip(vector).for_each(|(sum, v)| *sum += amount * v);
}

/// The draw of a seed; without one the centre of the code space, or a draw where the centre is no code that the model
/// has learned.
fn start(session: &mut WorkerClient, info: &ModelInfo, seed: Option<u64>) -> Result<Vec<f32>> {
    let from_noise = !info.config.kind.has_encoder() || info.prior.as_ref().is_some_and(PriorInfo::has_noise);
    match seed.or_else(|| from_noise.then_some(0)) {
        Some(seed) => code::of_draw(session, info, seed),
        None => Ok(info.latent.center.clone()),
    }
}
