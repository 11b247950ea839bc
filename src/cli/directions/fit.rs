//! `morphospace directions fit`

use std::path::PathBuf;

use clap::{ArgAction, ValueEnum};
use serde_json::json;

use super::list::{rows, table};
use crate::cli::alignment::DataOptions;
use crate::cli::counts::at_least_one;
use crate::cli::output::{print_json, print_line, unexpected};
use crate::cli::session::WorkerClient;
use crate::config::{DataSource, DeviceConfig};
use crate::error::Result;
use crate::worker::protocol::{
    DirectionMethod, DirectionsFitted, DirectionsOrder, Disentanglement, Export, Job, JobResult,
};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model
    model: PathBuf,
    /// Folder or zip archive of faces, or builtin:faces; those that the model was trained on if not given. SeFa, and
    /// PCA of a model without an encoder, need none
    #[arg(long, value_name = "DIR")]
    data: Option<DataSource>,
    #[command(flatten)]
    align: DataOptions,
    /// CSV whose first column names files, and whose others say something of them in numbers or words;
    /// if not given, attributes.csv in the folder of the faces, CelebA's attributes, the labels of arrays, or the true
    /// factors of the built-in faces
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Where directions come from
    #[arg(long, value_enum, default_value = "attributes")]
    method: Method,
    /// Columns to make directions of, as in smile,age; all if not given. The others are held all the same
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    only: Vec<String>,
    /// Lead from each category of a column to each other as well
    #[arg(long)]
    pairs: bool,
    /// Directions by PCA or SeFa; 10 if not given
    #[arg(long, value_parser = at_least_one(), value_name = "N")]
    count: Option<usize>,
    /// Faces to fit to, at most
    #[arg(long, default_value_t = DirectionsOrder::IMAGES, value_parser = at_least_one(), value_name = "N")]
    images: usize,
    /// Seed of draws and of random projections
    #[arg(long, default_value_t = 0, action = ArgAction::Set)]
    seed: u64,
    /// JSON file for the directions
    #[arg(long, value_name = "FILE", required_unless_present = "save")]
    out: Option<PathBuf>,
    /// Keep them with the model, in place of those by the same method
    #[arg(long)]
    save: bool,
    #[command(flatten)]
    device: DeviceConfig,
}

/// Methods that need no person to choose faces.
#[derive(Clone, Copy, ValueEnum)]
enum Method {
    /// A regression of codes on a table of attributes
    Attributes,
    /// Principal components of codes, or of what the first layer makes of draws (GANSpace)
    Pca,
    /// Eigenvectors of the first decoder layer's weights (SeFa)
    Sefa,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options {
        model,
        data,
        align,
        table: csv,
        method,
        only,
        pairs,
        count,
        images,
        seed,
        out,
        save,
        device,
    } = options;
    let method = match method {
        Method::Attributes => DirectionMethod::Attributes,
        Method::Pca => DirectionMethod::Pca,
        Method::Sefa => DirectionMethod::Sefa,
    };
    let data = data.map(|data| align.of(data));
    let order =
        DirectionsOrder { model: model.clone(), method, data, table: csv, only, pairs, count, images, seed };
    let mut session = WorkerClient::on(device);
    let fitted = match session.job(Job::FitDirections(order))? {
        JobResult::DirectionsFitted(fitted) => *fitted,
        other => return unexpected(&other),
    };
    let DirectionsFitted { set, images, left_out, disentanglement } = fitted;
    let (listed, words) = (rows(&set.directions), table(&set.directions));
    let mut files = Vec::new();
    if save {
        let info = session.open_model(&model)?;
        let is_new = |name: &str| set.named(name).is_none();
        let mut kept = info.directions;
        kept.retain(|direction| direction.method != method && is_new(&direction.name));
        files.push(session.save_directions(info.id, [set.directions.clone(), kept].concat())?);
    }
    if let Some(file) = out {
        files.push(session.export(Export::Directions { set, file })?);
    }
    let files: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    if json {
        let mut report = json!({ "rows": listed, "images": images, "left_out": left_out, "files": files });
        if let Some(Disentanglement { mig, disentanglement, completeness, informativeness, n }) =
            disentanglement
        {
            report["mig"] = json!(mig);
            report["dci"] = json!({
                "disentanglement": disentanglement,
                "completeness": completeness,
                "informativeness": informativeness,
                "n": n,
            });
        }
        return print_json(&report);
    }
    print_line(&words)?;
    for reason in left_out {
        print_line(&format!("left out: {reason}"))?;
    }
    if let Some(Disentanglement { mig, disentanglement, completeness, informativeness, n }) = disentanglement
    {
        print_line(&format!(
            "MIG {mig:.3}, disentanglement {disentanglement:.3}, completeness {completeness:.3}, informativeness \
             {informativeness:.3} (DCI by lasso), {n} faces"
        ))?;
    }
    files.iter().try_for_each(|file| print_line(file))
}
