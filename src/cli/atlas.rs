//! `morphospace atlas`

use std::path::PathBuf;

use super::alignment::DataOptions;
use super::output::{print_json, print_line, unexpected, usage_error};
use super::session::WorkerClient;
use crate::config::{AtlasSpace, DataSource, LayoutMethod, Split};
use crate::error::{Error, Result};
use crate::table::TableFormat;
use crate::text::closest_first;
use crate::worker::protocol::*;

/// Doublets, strangers and copies that are printed.
const PRINTED: usize = 5;

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model; without one nothing has codes
    model: Option<PathBuf>,
    /// Folder, zip archive or arrays of images, or builtin:faces
    #[arg(long, value_name = "DIR")]
    data: DataSource,
    #[command(flatten)]
    align: DataOptions,
    /// Part of the images
    #[arg(long, value_enum, default_value_t = Split::All)]
    split: Split,
    /// Images at most, evenly taken from all
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// Numbers that the map is made of: codes, pixels, embedded, inception:FILE or efficientnet:FILE [default: codes
    /// with a model, else embedded]
    #[arg(long, value_name = "SPACE")]
    space: Option<AtlasSpace>,
    /// Way to the plane: pca, umap, umap:NEIGHBORS, umap:NEIGHBORS,MIN_DIST, tsne, tsne:PERPLEXITY
    #[arg(long, default_value = "umap")]
    method: LayoutMethod,
    /// Draws from the model among the images
    #[arg(long, value_name = "N", default_value_t = 0)]
    draws: usize,
    /// Reconstruct every image as well, for a column with its error
    #[arg(long)]
    errors: bool,
    /// CSV whose first column names files [default: attributes.csv in the folder, CelebA's attributes, or the labels of
    /// arrays, if there are any]
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Column that the picture is coloured by [default: cluster]
    #[arg(long, value_name = "COLUMN")]
    color: Option<String>,
    /// Seed of draws and layout
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// File for the map: .png for a picture, .csv, .md or .tex for a row a point; may be given twice
    #[arg(long, value_name = "FILE", required = true)]
    out: Vec<PathBuf>,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let is_picture =
        |file: &PathBuf| file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    if let Some(file) = options.out.iter().find(|file| !is_picture(file) && TableFormat::of(file).is_none()) {
        usage_error(format!("a map is written to .png, .csv, .md or .tex, not to {}", file.display()));
    }
    let space = options.space.unwrap_or(match options.model {
        Some(_) => AtlasSpace::Codes,
        None => AtlasSpace::Features(Default::default()),
    });
    let order = AtlasOrder {
        model: options.model,
        data: options.align.of(options.data),
        split: options.split,
        space,
        method: options.method,
        images: options.images,
        draws: options.draws,
        errors: options.errors,
        table: options.table,
        seed: options.seed,
    };
    let mut session = WorkerClient::start();
    let map = match session.job(Job::DrawAtlas(Box::new(order)))? {
        JobResult::AtlasDrawn(map) => *map,
        other => return unexpected(&other),
    };
    let column = match &options.color {
        None => map.column(CLUSTER_COLUMN).or_else(|| map.column(PART_COLUMN)),
        Some(name) => Some(map.column(name).ok_or_else(|| {
            let all: Vec<&str> = map.columns.iter().map(|column| column.name.as_str()).collect();
            Error::Invalid(format!(
                "the map has no column '{name}'; it has {}",
                closest_first(name, all).join(", ")
            ))
        })?),
    };
    for file in &options.out {
        session.export(match is_picture(file) {
            true => Export::Plot { plot: Box::new(map.plot(column)), file: file.clone() },
            false => Export::Atlas { atlas: map.id, points: None, file: file.clone() },
        })?;
    }
    match json {
        true => print_json(&summary(&map, &options.out)),
        false => lines(&map).iter().try_for_each(|line| print_line(line)),
    }
}

fn summary(map: &AtlasMap, out: &[PathBuf]) -> serde_json::Value {
    let LayoutQuality { trustworthiness, continuity, k, n } = map.quality;
    let name = |point: u32| map.name(point as usize);
    let pairs = map.doublets.pairs.iter().take_while(|pair| pair.re < map.doublets.limit);
    serde_json::json!({
        "n": map.points.len(),
        "images": map.images,
        "draws": map.points.len() - map.images,
        "space": map.space,
        "dim": map.dim,
        "method": map.method.slug(),
        "trustworthiness": trustworthiness,
        "continuity": continuity,
        "neighbors": k,
        "points_compared": n,
        "variance": map.variance,
        "seconds": map.seconds,
        "clusters": map.clusters.iter()
            .map(|cluster| serde_json::json!({"name": cluster.label, "n": cluster.n, "at": cluster.at}))
            .collect::<Vec<_>>(),
        "labels": map.labels.iter()
            .map(|label| serde_json::json!({"name": label.text, "at": label.at}))
            .collect::<Vec<_>>(),
        "doublets": pairs
            .map(|pair| serde_json::json!({"names": pair.points.map(name), "re": pair.re, "across": pair.across}))
            .collect::<Vec<_>>(),
        "test_in_training": map.doublets.test_in_training,
        "validation_in_training": map.doublets.validation_in_training,
        "strangers": map.strangers.iter()
            .map(|stranger| serde_json::json!({"name": name(stranger.point), "isolation": stranger.isolation}))
            .collect::<Vec<_>>(),
        "copies": map.copies.as_ref().map(|copies| serde_json::json!({
            "suspicious": copies.suspicious,
            "real_nearest": copies.real[0],
            "real_nearest_hundredth": copies.real[1],
            "draws": copies.draws.iter()
                .map(|draw| serde_json::json!({
                    "draw": name(draw.draw), "image": name(draw.image), "distance": draw.distance,
                }))
                .collect::<Vec<_>>(),
        })),
        "files": out,
    })
}

fn lines(map: &AtlasMap) -> Vec<String> {
    let LayoutQuality { trustworthiness, continuity, k, n } = map.quality;
    let name = |point: u32| map.name(point as usize);
    let (points, draws) = (map.points.len(), map.points.len() - map.images);
    let mut lines = vec![
        format!(
            "{} of {}: {} images, {draws} draws, {:.1} s",
            map.method.label(),
            map.space,
            map.images,
            map.seconds
        ),
        format!(
            "trustworthiness {trustworthiness:.4}, continuity {continuity:.4} ({k} neighbours of {n} of {points} points)"
        ),
    ];
    lines.extend(map.variance.map(|[a, b]| {
        format!("the two components hold {:.1} % and {:.1} % of the variance", 100.0 * a, 100.0 * b)
    }));
    lines.extend(map.clusters.iter().map(|cluster| format!("  {:>6}  {}", cluster.n, cluster.label)));
    if map.clusters.is_empty() && !map.labels.is_empty() {
        let names: Vec<&str> = map.labels.iter().map(|label| label.text.as_str()).collect();
        lines.push(format!("no clusters; places of {}", names.join(", ")));
    }
    let doublets = &map.doublets;
    let found = doublets.pairs.iter().take_while(|pair| pair.re < doublets.limit).count();
    lines.push(format!(
        "doublets (RE below {}): {found}; {} test and {} validation images have one in the training part",
        doublets.limit, doublets.test_in_training, doublets.validation_in_training
    ));
    lines.extend(doublets.pairs.iter().take(found.min(PRINTED)).map(|pair| {
        let [a, b] = pair.points.map(name);
        format!("  {a}  {b}  RE {:.5}", pair.re)
    }));
    lines.push("strangers:".into());
    lines.extend(map.strangers.iter().take(PRINTED).map(|stranger| {
        format!("  {}  {:.1} times as far from the others as usual", name(stranger.point), stranger.isolation)
    }));
    lines.extend(map.copies.iter().map(|copies| copies.verdict.clone()));
    lines
}
