//! Directions that are kept with models.

use std::path::{Path, PathBuf};

use super::protocol::{Direction, DirectionSet};
use crate::error::{Error, Result};
use crate::models::shipped;
use crate::run::directions_file;

/// Place of the directions of a model.
pub enum Sidecar {
    /// Beside a checkpoint file, or in a run's folder.
    Beside(PathBuf),
    /// Of the shipped model of this name: the person's own, else those that come with it.
    OfShipped(String),
}

impl Sidecar {
    /// The directions for codes of so many numbers, none where none are kept; with a sentence where there is something
    /// that cannot be used.
    pub fn read(&self, latent_dim: usize) -> (Vec<Direction>, Option<String>) {
        let own = self.file().filter(|file| file.exists());
        let (found, origin) = match (&own, self) {
            (Some(file), _) => (directions_file::read(file, latent_dim), String::new()),
            (None, Sidecar::Beside(_)) => return (Vec::new(), None),
            (None, Sidecar::OfShipped(name)) => match shipped::directions(name) {
                None => return (Vec::new(), None),
                Some(text) => {
                    let set = directions_file::parse(text.as_bytes(), latent_dim).map_err(Error::Invalid);
                    (set, format!("{name}: "))
                }
            },
        };
        match found {
            Ok(set) => (set.directions, None),
            Err(error) => {
                (Vec::new(), Some(format!("The model's directions cannot be used: {origin}{error}")))
            }
        }
    }

    /// Keeps directions. Returns the file.
    ///
    /// # Errors
    /// Directions that make no sense for codes of so many numbers; a file that cannot be written.
    pub fn write(&self, directions: Vec<Direction>, latent_dim: usize) -> Result<PathBuf> {
        let nowhere = || Error::Invalid("this system says no place for a person's own data".into());
        let file = self.file().ok_or_else(nowhere)?;
        let set = DirectionSet { model: self.model(), latent_dim, directions };
        if let (Sidecar::OfShipped(_), Some(folder)) = (self, file.parent()) {
            std::fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
        }
        directions_file::write(&set, &file)?;
        Ok(file)
    }

    fn file(&self) -> Option<PathBuf> {
        match self {
            Sidecar::Beside(checkpoint) => Some(directions_file::beside(checkpoint)),
            Sidecar::OfShipped(name) => directions_file::of_shipped(name),
        }
    }

    /// The model's name, for people who read the file.
    fn model(&self) -> String {
        match self {
            Sidecar::Beside(checkpoint) => {
                let named = if checkpoint.is_dir() { checkpoint.file_name() } else { checkpoint.file_stem() };
                named.unwrap_or(Path::as_os_str(checkpoint)).to_string_lossy().into_owned()
            }
            Sidecar::OfShipped(name) => name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::checkpoint::Checkpoint;

    #[test]
    fn what_comes_with_a_shipped_model_fits_it_and_says_what_it_does() {
        let names = shipped::names();
        let with: Vec<&str> = names.into_iter().filter(|name| shipped::directions(name).is_some()).collect();
        assert!(!with.is_empty());
        for name in with {
            let model = Checkpoint::open(Path::new(name)).unwrap().meta.config.model;
            let text = shipped::directions(name).unwrap();
            let set = directions_file::parse(text.as_bytes(), model.latent_dim).unwrap();
            assert!(set.model == name && set.directions.len() > 3, "{name}");
            let measured = |direction: &Direction| direction.quality.is_some() && direction.range.is_some();
            assert!(set.directions.iter().all(measured), "{name}");
        }
    }
}
