//! Morphospace: train autoencoders and look into their latent spaces.
//!
//! The rooms, and who may know whom (downwards only; `tests/architecture.rs` keeps it so):
//!
//! ```text
//!   gui   cli            know worker, config and plain data; gui never names candle
//!     worker             threads and the protocol; knows everything below
//!     train              the training loop; knows no channel and no window
//!     features           images to feature vectors; knows models, metrics, nn and data
//!     device             which processor computes, and how exactly; knows nn
//!   models  latent  metrics  losses  nn  data
//!   export                 pictures and films to files
//!   config  table  image_buf  atomic_file  error     plain data, and how it reaches the disk
//! ```
//!
//! Data flows one way: command → worker → event → state → panel.

pub mod atomic_file;
pub mod cli;
pub mod config;
pub mod data;
pub mod device;
pub mod error;
pub mod export;
pub mod features;
#[cfg(feature = "gui")]
pub mod gui;
pub mod image_buf;
pub mod latent;
pub mod losses;
pub mod metrics;
pub mod models;
pub mod nn;
pub mod table;
pub mod train;
pub mod worker;

pub use error::{Error, Result};
pub use image_buf::ImageBuf;
