//! Files of [directions](DirectionSet): JSON, a line a direction, with about five digits a number.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::checkpoint::FILE_NAME;
use crate::atomic_file::{FileKind, write_atomically};
use crate::error::{Error, Result};
use crate::own_data;
use crate::report::{DIRECTIONS_FILE, Direction, DirectionSet};

/// No file of directions is longer.
const MOST_BYTES: u64 = 1 << 28;

/// The file beside a checkpoint: `directions.json` in the folder of a run, `NAME.directions.json` beside
/// `NAME.safetensors`.
pub fn beside(checkpoint: &Path) -> PathBuf {
    if checkpoint.is_dir() {
        checkpoint.join(DIRECTIONS_FILE)
    } else if checkpoint.file_name().is_some_and(|name| name == FILE_NAME) {
        checkpoint.with_file_name(DIRECTIONS_FILE)
    } else {
        checkpoint.with_extension(DIRECTIONS_FILE)
    }
}

/// Brings the directions that are kept beside a model along to a copy of it with the same codes; nothing where there
/// are none, or where some lie beside the copy already.
///
/// # Errors
/// A file that cannot be read or written.
pub fn bring_along(from: &Path, to: &Path) -> Result<()> {
    let (kept, copy) = (beside(from), beside(to));
    if !from.exists() || !kept.is_file() || copy.exists() {
        return Ok(());
    }
    let text = std::fs::read(&kept).map_err(Error::io("read", &kept))?;
    write_atomically(&copy, FileKind::Directions, |file| file.write_all(&text))
}

/// The person's own directions of a shipped model, among his data; none where the system has no place for these.
pub fn of_shipped(name: &str) -> Option<PathBuf> {
    Some(own_data::folder()?.join("directions").join(format!("{name}.json")))
}

/// Reads a file of directions for codes of so many numbers.
///
/// # Errors
/// A sentence that names the file, if it cannot be read, is something else or is for another model.
pub fn read(path: &Path, latent_dim: usize) -> Result<DirectionSet> {
    let about = std::fs::metadata(path).map_err(Error::io("read", path))?;
    if !about.is_file() || about.len() > MOST_BYTES {
        return Err(Error::file(path, "this is no file of directions"));
    }
    let text = std::fs::read(path).map_err(Error::io("read", path))?;
    parse(&text, latent_dim).map_err(|reason| Error::file(path, reason))
}

/// Reads the content of such a file. Errors: what is wrong with it.
pub fn parse(text: &[u8], latent_dim: usize) -> Result<DirectionSet, String> {
    let set: DirectionSet = serde_json::from_slice(text)
        .map_err(|error| format!("this is no file of directions: {}", crate::text::quote(error)))?;
    set.validate(latent_dim)?;
    Ok(set)
}

/// Writes a file of directions, whole or not at all.
///
/// # Errors
/// A set that makes no sense; something else in the file's place; what the system says, naming the file.
pub fn write(set: &DirectionSet, path: &Path) -> Result<()> {
    set.validate(set.latent_dim).map_err(Error::Invalid)?;
    let text = text(set).map_err(|error| Error::Invalid(error.to_string()))?;
    write_atomically(path, FileKind::Directions, |file| file.write_all(text.as_bytes()))
}

fn text(set: &DirectionSet) -> serde_json::Result<String> {
    let lines = set.directions.iter().map(|direction| serde_json::to_string(&rounded(direction)));
    let lines = lines.collect::<serde_json::Result<Vec<_>>>()?;
    let (model, latent_dim) = (serde_json::to_string(&set.model)?, set.latent_dim);
    Ok(format!(
        "{{\"model\":{model},\"latent_dim\":{latent_dim},\"directions\":[\n{}\n]}}\n",
        lines.join(",\n")
    ))
}

/// With five digits: a step of an edit is no finer, and a file of 512 numbers a direction stays small.
fn rounded(direction: &Direction) -> Direction {
    let mut direction = direction.clone();
    let round = |value: f64| format!("{value:.4e}").parse().unwrap_or(value);
    direction.vector.iter_mut().for_each(|value| {
        *value = format!("{value:.4e}").parse().unwrap_or(*value);
    });
    direction.variance = direction.variance.map(round);
    if let Some(quality) = &mut direction.quality {
        use crate::report::DirectionScore::{Auc, R2};
        quality.score = match quality.score {
            Auc(value) => Auc(round(value)),
            R2(value) => R2(round(value)),
        };
        quality.change = round(quality.change);
        quality.leak.iter_mut().for_each(|leak| leak.change = round(leak.change));
    }
    direction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{DirectionMethod, DirectionQuality, DirectionScore, Leak};

    #[test]
    fn directions_go_along_with_a_copy_of_the_model_and_over_none() {
        let folder = tempfile::tempdir().unwrap();
        let (run, model) = (folder.path().join("run"), folder.path().join("shared.safetensors"));
        bring_along(&run, &model).unwrap();
        std::fs::create_dir(&run).unwrap();
        bring_along(&run, &model).unwrap();
        assert!(!beside(&model).exists(), "there were none");
        write(&set(), &beside(&run)).unwrap();
        bring_along(&run, &model).unwrap();
        assert_eq!(read(&beside(&model), 2).unwrap(), read(&beside(&run), 2).unwrap());
        std::fs::write(beside(&model), "mine").unwrap();
        bring_along(&run, &model).unwrap();
        assert_eq!(std::fs::read_to_string(beside(&model)).unwrap(), "mine");
    }

    fn set() -> DirectionSet {
        let direction = |name: &str, vector: Vec<f32>| Direction {
            name: name.into(),
            method: DirectionMethod::Attributes,
            vector,
            quality: Some(DirectionQuality {
                score: DirectionScore::Auc(0.91234567),
                n: 202,
                change: 0.7,
                leak: vec![Leak { name: "age".into(), change: -0.000012345678 }],
            }),
            variance: None,
            range: Some([-3.0, 2.5]),
        };
        let directions =
            vec![direction("smile \"wide\"", vec![0.123_456_79, -1e-9]), direction("age", vec![0.0, 7.0])];
        DirectionSet { model: "a\nmodel".into(), latent_dim: 2, directions }
    }

    #[test]
    fn a_set_comes_back_with_five_digits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        write(&set(), &path).unwrap();
        let back = read(&path, 2).unwrap();
        let first = &back.directions[0];
        assert_eq!((back.model.as_str(), first.name.as_str()), ("a\nmodel", "smile \"wide\""));
        assert_eq!(first.vector, [0.12346, -1e-9]);
        let quality = first.quality.as_ref().unwrap();
        assert_eq!(quality.score, DirectionScore::Auc(0.91235));
        assert_eq!(quality.leak[0].change, -1.2346e-5);
        assert_eq!((first.range, back.directions[1].vector.clone()), (Some([-3.0, 2.5]), vec![0.0, 7.0]));
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 4);
        // Again over itself, and to the letter.
        write(&back, &path).unwrap();
        assert_eq!(read(&path, 2).unwrap(), back);
    }

    #[test]
    fn what_is_no_set_of_the_model_is_refused_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        let refused = |text: &str, dim: usize| {
            std::fs::write(&path, text).unwrap();
            read(&path, dim).unwrap_err().to_string()
        };
        let good = text(&set()).unwrap();
        assert!(refused(&good, 3).contains("for codes of 2 numbers; this model's have 3"));
        assert!(refused(&good[..good.len() / 2], 2).contains("no file of directions"));
        assert!(refused("[]", 2).contains("x.json"));
        assert!(
            refused(&good.replace("\"age\",\"method\"", "\"SMILE \\\"wide\\\"\",\"method\""), 2)
                .contains("two directions")
        );
        assert!(read(&folder.path().join("none.json"), 2).unwrap_err().to_string().contains("none.json"));
        assert!(read(folder.path(), 2).unwrap_err().to_string().contains("no file of directions"));
        // Something precious is not written over.
        std::fs::write(&path, "{\"precious\": 1}").unwrap();
        assert!(write(&set(), &path).unwrap_err().to_string().contains("would be lost"));
    }

    #[test]
    fn the_file_lies_beside_the_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path();
        assert_eq!(beside(run), run.join("directions.json"));
        assert_eq!(beside(&run.join("checkpoint.safetensors")), run.join("directions.json"));
        assert_eq!(beside(&run.join("a.b.safetensors")), run.join("a.b.directions.json"));
    }
}
