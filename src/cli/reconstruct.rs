//! `morphospace reconstruct`

use std::path::{Path, PathBuf};

use super::alignment::PhotoOptions;
use super::image_files::ImageFiles;
use super::output::{print_json, print_line, usage_error};
use super::session::WorkerClient;
use super::table;
use crate::config::{Corruption, Noise};
use crate::error::Result;
use crate::report::trained_on_words;
use crate::worker::protocol::{
    CHECKPOINT_FILE, Crop, Export, ModelId, PictureTable, PixelMetrics, Reconstruction,
};
use crate::worker::shipped_models;

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoints, run folders or names of shipped models, then image files
    #[arg(required = true, num_args = 2.., value_names = ["MODEL", "IMAGE"])]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    photo: PhotoOptions,
    /// Noise on what the model sees: gaussian:SIGMA, salt-pepper:PART or mask:PART
    #[arg(long)]
    noise: Option<Corruption>,
    /// Seed of the noise
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for the pictures: input, noisy input if there is noise, and reconstructions side by side; of several
    /// models or images also contact-sheet.png with a row an image
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { inputs, photo, noise, seed, out } = options;
    let (models, images) = split(&inputs);
    if images.is_empty() {
        usage_error("reconstruct needs image files after the models");
    }
    let mut session = WorkerClient::start();
    let open = |session: &mut WorkerClient, path: &PathBuf| {
        Ok((session.open_model(path)?.id, path.display().to_string()))
    };
    let models =
        models.iter().map(|path| open(&mut session, path)).collect::<Result<Vec<(ModelId, String)>>>()?;
    let mut files = ImageFiles::new(images, &out)?;
    let noise = noise.map(|corruption| Noise { corruption, seed });
    let ids: Vec<ModelId> = models.iter().map(|(id, _)| *id).collect();
    let mut rows = Vec::new();
    let mut sheet = Vec::new();
    for path in images {
        let found = session.reconstruct(&ids, path, photo, noise);
        let Some((found, crop)) = files.usable(found)? else { continue };
        let file = files.picture(path, "reconstruction");
        let pictures = pictures(&found);
        let columns = pictures.len();
        session.export(Export::Grid { columns, images: pictures.clone(), file: file.clone() })?;
        let name = path.to_string_lossy().into_owned();
        sheet.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), pictures));
        rows.extend(found.into_iter().zip(&models).map(|(found, (_, model))| ReconstructedFile {
            name: name.clone(),
            model: model.clone(),
            file: file.clone(),
            metrics: found.metrics,
            noisy_input: found.noisy.map(|noisy| noisy.metrics),
            through_prior: found.through_prior,
            trained_on: found.trained_on,
            crop,
        }));
    }
    let sheet = contact_sheet(sheet, &models, noise.is_some());
    let sheet = match sheet {
        Some(pictures) => {
            let file = files.picture(Path::new("contact"), "sheet");
            Some(session.export(Export::Pictures { pictures, file })?)
        }
        None => None,
    };
    say(&rows, &models, sheet.as_deref(), json)?;
    files.finish()
}

/// The models, which come first, and the images.
fn split(inputs: &[PathBuf]) -> (&[PathBuf], &[PathBuf]) {
    let is_model = |path: &PathBuf| {
        let is_file = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors"));
        let is_shipped =
            || !path.exists() && path.to_str().is_some_and(|name| shipped_models().contains(&name));
        is_file || path.join(CHECKPOINT_FILE).exists() || is_shipped()
    };
    // What stands first is meant as a model, whatever it is.
    let models = 1 + inputs.iter().skip(1).take_while(|path| is_model(path)).count();
    inputs.split_at(models.min(inputs.len()))
}

/// Input, noisy input if there is one, what each model made of it.
fn pictures(found: &[Reconstruction]) -> Vec<crate::ImageBuf> {
    let first = found.first();
    let input = first.map(|first| &first.input);
    let noisy = first.and_then(|first| first.noisy.as_ref()).map(|noisy| &noisy.image);
    input.into_iter().chain(noisy).chain(found.iter().map(|found| &found.output)).cloned().collect()
}

/// The pictures of several images or models, with their names.
fn contact_sheet(
    rows: Vec<(String, Vec<crate::ImageBuf>)>,
    models: &[(ModelId, String)],
    noisy: bool,
) -> Option<PictureTable> {
    let noisy = noisy.then(|| "with noise".to_owned());
    let columns =
        std::iter::once("input".to_owned()).chain(noisy).chain(models.iter().map(|(_, name)| name.clone()));
    let title = "Reconstructions".to_owned();
    let several = rows.len() > 1 || (models.len() > 1 && !rows.is_empty());
    several.then(|| PictureTable { title, columns: columns.collect(), rows })
}

/// Prints the numbers: a row an image and model, then of several images the means of each model.
fn say(
    rows: &[ReconstructedFile],
    models: &[(ModelId, String)],
    sheet: Option<&Path>,
    json: bool,
) -> Result<()> {
    let mean = |model: &String| {
        let of_model = rows.iter().filter(|row| &row.model == model).map(|row| row.metrics);
        PixelMetrics::mean(&of_model.collect::<Vec<_>>())
    };
    let means: Vec<Mean> = models
        .iter()
        .filter_map(|(_, model)| Some(Mean { name: model.clone(), metrics: mean(model)? }))
        .collect();
    if json {
        let sheet = sheet.map(|file| file.to_string_lossy());
        return print_json(&serde_json::json!({ "rows": rows, "models": means, "sheet": sheet }));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let several = models.len() > 1;
    let name = |row: &ReconstructedFile| match several {
        true => format!("{}, {}", row.name, row.model),
        false => row.name.clone(),
    };
    let mut lines = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        // The noise is the same for all models of an image.
        let first = at % models.len().max(1) == 0;
        let noisy = row.noisy_input.as_ref().filter(|_| first);
        lines.extend(noisy.map(|noisy| (vec![format!("{} with noise", row.name)], noisy)));
        lines.push((vec![name(row)], &row.metrics));
    }
    if rows.len() > models.len() {
        lines.extend(means.iter().map(|mean| (vec![format!("mean, {}", mean.name)], &mean.metrics)));
    }
    print_line(&table::of_reports(
        &["image"],
        &table::of_pairs(rows.iter().map(|row| &row.metrics)),
        &lines,
    ))?;
    for row in rows {
        if let Some(words) = trained_on_words(row.trained_on, row.metrics.n) {
            print_line(&format!("{}: {words}", name(row)))?;
        }
    }
    sheet.map_or(Ok(()), |file| print_line(&file.display().to_string()))
}

/// Mean over the images of a model.
#[derive(serde::Serialize)]
struct Mean {
    name: String,
    #[serde(flatten)]
    metrics: PixelMetrics,
}

/// An image through a model.
#[derive(serde::Serialize)]
struct ReconstructedFile {
    name: String,
    model: String,
    #[serde(serialize_with = "crate::text::path")]
    file: PathBuf,
    #[serde(flatten)]
    metrics: PixelMetrics,
    noisy_input: Option<PixelMetrics>,
    /// RE between the reconstruction and what its code gives by way of the noise of a learned prior.
    #[serde(skip_serializing_if = "Option::is_none")]
    through_prior: Option<f64>,
    trained_on: Option<usize>,
    /// The part of the image that the model saw.
    crop: Crop,
}
