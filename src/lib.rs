//! Morphospace: train autoencoders and look into their latent spaces.
//!
//! The rooms, and who may know whom (downwards only; `tests/architecture` keeps it so, and no circle between files):
//!
//! ```text
//!   gui   cli            know worker, remote, config and plain data; gui never names candle
//!     remote             the same protocol over a pipe: a server for windows elsewhere, and their end of the line
//!     worker             threads and the protocol; knows everything below
//!     experiments        what repeats a claim: the lecture's tables, collapse, smoothness, the embedded extractor
//!     train              the training loop; knows no channel and no window
//!     measure            validation, reconstructions, draws, directions, inversions, and a PCA beside them
//!     interchange        models for other programs: ONNX, PyTorch; knows run and models
//!     run                what a run leaves on disk, and reading it
//!     features           images to feature vectors; knows models, metrics, nn and data
//!     observer           who watches a job and may ask things of it
//!     device             which processor computes, and how exactly; knows nn
//!   priors                 densities of codes; knows nn and latent
//!   layout                 codes on a plane: PCA, UMAP, t-SNE; knows latent and metrics
//!   models  latent  metrics  filters  losses  nn  data
//!   align                  faces in photos and the squares around them; data knows it, it knows models
//!   resample               cropping and resizing
//!   faces                  the renderer of the built-in faces
//!   export                 pictures and films to files
//!   report                 every plain result that crosses the protocol
//!   about  config  table  text  crop  image_buf  random  content  error     plain data, draws, hashes of files
//!   ranks                  one job on many processes; a process by itself is one of one
//!   atomic_file  scratch  own_data  memory  detached  signals     how files are written, what goes away by itself, what
//!                          the system has to say, work that cannot be interrupted
//! ```
//!
//! Data flows one way: command → worker → event → state → panel.

#[cfg(feature = "gui")]
rust_i18n::i18n!("assets/locales");

pub mod about;
pub(crate) mod align;
pub(crate) mod atomic_file;
pub mod cli;
pub mod config;
pub(crate) mod content;
pub(crate) mod crop;
pub mod data;
pub(crate) mod detached;
pub mod device;
pub mod error;
pub mod experiments;
pub mod export;
pub(crate) mod faces;
pub mod features;
pub mod filters;
#[cfg(feature = "gui")]
pub mod gui;
pub(crate) mod image_buf;
pub mod interchange;
pub mod latent;
pub mod layout;
pub mod losses;
pub mod measure;
pub(crate) mod memory;
pub mod metrics;
pub mod models;
pub mod nn;
pub mod observer;
pub(crate) mod own_data;
pub mod priors;
pub mod random;
pub mod ranks;
pub mod remote;
pub mod report;
pub(crate) mod resample;
pub mod run;
pub(crate) mod scratch;
pub mod signals;
pub mod table;
pub(crate) mod text;
pub mod train;
pub mod worker;

pub use error::{Error, Result};
pub use image_buf::ImageBuf;
