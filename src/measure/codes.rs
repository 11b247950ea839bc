//! Codes of images as files for other programs.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::atlas::{Codes, Images, NamedModel, open_images};
use crate::atomic_file::{FileKind, FilesTogether, write_atomically};
use crate::config::{DataSource, Split};
use crate::error::{Error, Result};
use crate::features::FeatureSet;
use crate::metrics::features::Features;
use crate::observer::Observer;
use crate::report::CodesWritten;
use crate::run::TrainedModel;
use crate::table::csv_field;
use crate::text;

/// Codes of images to write to a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodesOrder {
    /// The checkpoint, the run's folder, or the name of a shipped model.
    pub model: PathBuf,
    /// The images.
    pub data: DataSource,
    /// Part of them.
    pub split: Split,
    /// The file: `.npy` or `.csv`.
    pub out: PathBuf,
}

/// Writes the codes of images, a row each: of a variational model the means.
///
/// * `.npy`: float32, images × `latent_dim`; the names of the images, a line each, go into `NAME.names.txt` beside
///   `NAME.npy`.
/// * `.csv`: `file`, `z0`, `z1` and so on, with all digits.
///
/// # Errors
/// A model without an encoder; what cannot be read or written; no image; [`Error::Cancelled`].
pub fn write_codes(order: &CodesOrder, observer: &mut dyn Observer) -> Result<CodesWritten> {
    let CodesOrder { model, data, split, out } = order;
    // Before minutes of work.
    let kind = FileKind::of(out, "codes are", &[FileKind::Npy, FileKind::Csv])?;
    let names_file = out.with_extension("names.txt");
    if kind == FileKind::Npy {
        FileKind::of(&names_file, "names are", &[FileKind::Names])?;
    }
    observer.started(&format!("Encoding {data}"));
    let compute = observer.compute()?;
    let named = NamedModel::new(TrainedModel::open(model, compute.device())?, model)?;
    if !named.has_encoder() {
        return Err(Error::file(
            model,
            format!("{} has no encoder, so images have no codes in it", named.model.shape().with_article()),
        ));
    }
    let (dataset, indices) = open_images(Some(&named), data, *split, None, observer)?;
    let images = Images { dataset: &dataset, indices: &indices, split: *split };
    let Codes { mu, .. } = named.codes(&images, observer)?;
    let dim = named.model.latent_dim();
    let names: Vec<String> = indices.iter().map(|index| dataset.name(*index).to_owned()).collect();
    let mut files = vec![out.clone()];
    if kind == FileKind::Csv {
        write_csv(&names, &mu, dim, out)?;
    } else {
        // A name that has line feeds in it is still one line.
        let mut both = FilesTogether::default();
        both.add(&names_file, FileKind::Names, |file| {
            names.iter().try_for_each(|name| writeln!(file, "{}", one_line(name)))
        })?;
        let features = Features::from_f32(mu, dim)?;
        let set = FeatureSet { features, names, extractor: None, skipped: Vec::new(), notes: Vec::new() };
        set.add_to(&mut both, out)?;
        both.keep()?;
        files.push(names_file);
    }
    Ok(CodesWritten { n: indices.len(), dim, files })
}

fn one_line(name: &str) -> String {
    if name.contains(['\n', '\r']) { text::line(name) } else { name.to_owned() }
}

fn write_csv(names: &[String], codes: &[f32], dim: usize, file: &Path) -> Result<()> {
    write_atomically(file, FileKind::Csv, |out| {
        out.write_all(b"file")?;
        (0..dim).try_for_each(|number| write!(out, ",z{number}"))?;
        for (name, code) in names.iter().zip(codes.chunks_exact(dim)) {
            write!(out, "\n{}", csv_field(name))?;
            code.iter().try_for_each(|value| write!(out, ",{value}"))?;
        }
        out.write_all(b"\n")
    })
}
