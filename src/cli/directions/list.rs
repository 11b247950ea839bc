//! `morphospace directions list`, and the table of directions for people and for scripts.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::output::{print_json, print_line};
use crate::cli::session::WorkerClient;
use crate::cli::table::align;
use crate::error::{Error, Result};
use crate::worker::protocol::{Direction, DirectionMethod, DirectionScore, DirectionSet, Leak};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder, the name of a shipped model, or a file of directions (.json)
    model: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let path = options.model;
    let directions = match path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        true => read(&path)?.directions,
        false => WorkerClient::start().open_model(&path)?.directions,
    };
    match json {
        true => print_json(&json!({ "rows": rows(&directions) })),
        false if directions.is_empty() => {
            print_line("no directions; `morphospace directions fit` finds some")
        }
        false => print_line(&table(&directions)),
    }
}

/// A file of directions, whatever the model.
fn read(path: &Path) -> Result<DirectionSet> {
    let text = std::fs::read(path).map_err(Error::io("read", path))?;
    let set: DirectionSet = serde_json::from_slice(&text)
        .map_err(|error| Error::file(path, format!("this is no file of directions: {error}")))?;
    set.validate(set.latent_dim).map_err(|reason| Error::file(path, reason))?;
    Ok(set)
}

/// All of each direction but its vector.
pub fn rows(directions: &[Direction]) -> Vec<Value> {
    let row = |direction: &Direction| {
        let Direction { name, method, quality, variance, range, .. } = direction;
        let mut row = json!({ "name": name, "method": method });
        if let (Some(quality), Some(row)) = (quality, row.as_object_mut()) {
            let (key, score) = match quality.score {
                DirectionScore::Auc(auc) => ("auc", auc),
                DirectionScore::R2(r2) => ("r2", r2),
            };
            row.insert(key.into(), json!(score));
            row.insert("n".into(), json!(quality.n));
            row.insert("change".into(), json!(quality.change));
            row.insert("leak".into(), json!(quality.leak));
        }
        if let Some(variance) = variance {
            row["variance"] = json!(variance);
        }
        if let Some(range) = range {
            row["range"] = json!(range);
        }
        row
    };
    directions.iter().map(row).collect()
}

/// A table for people.
pub fn table(directions: &[Direction]) -> String {
    let head = ["direction", "found by", "told", "change", "else changes most", "from", "to"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for Direction { name, method, quality, variance, range, .. } in directions {
        let told = match (quality.as_ref().map(|quality| quality.score), variance) {
            (Some(DirectionScore::Auc(auc)), _) => format!("AUC {auc:.3}"),
            (Some(DirectionScore::R2(r2)), _) => format!("R² {r2:.3}"),
            (None, Some(share)) => format!("{:.1} % of variance", 100.0 * share),
            (None, None) => String::new(),
        };
        let leaks = quality.iter().flat_map(|quality| &quality.leak);
        let most = leaks.max_by(|a, b| a.change.abs().total_cmp(&b.change.abs()));
        let end = |at: usize| range.map_or_else(String::new, |range| format!("{:+}", range[at]));
        lines.push(vec![
            name.clone(),
            label(*method).to_owned(),
            told,
            quality.as_ref().map_or_else(String::new, |quality| format!("{:+.2}", quality.change)),
            most.map_or_else(String::new, |Leak { name, change }| format!("{name} {change:+.2}")),
            end(0),
            end(1),
        ]);
    }
    align(&lines)
}

fn label(method: DirectionMethod) -> &'static str {
    match method {
        DirectionMethod::Attributes => "attributes",
        DirectionMethod::Pca => "PCA",
        DirectionMethod::Sefa => "SeFa",
        DirectionMethod::Yours => "you",
    }
}
