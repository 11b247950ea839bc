//! Networks of other programs, whatever runs them, and the readings of their files.

use candle_core::{Result, Tensor};

use crate::config::ImportedConfig;

/// A network of another program.
pub trait Network: Send + Sync {
    /// Its outputs, each (n, …), for an input of (n, …).
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>>;

    /// Numbers that it has learned.
    fn parameters(&self) -> usize;
}

/// A reading of a file, and sentences that say why it is so.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// The reading.
    pub config: ImportedConfig,
    /// Sentences for people.
    pub notes: Vec<String>,
}
