//! Training: a loop that one can read in one sitting (`session.rs`; `control.rs` and `saving.rs` are what it
//! does between updates), and one update a family (`step.rs`, `adversarial/`). `monitor.rs` looks at a run for
//! whoever watches, and changes nothing. `prior/` learns a density of the codes of a model once it is trained.

pub mod adversarial;
mod code_map;
mod control;
mod divergence;
mod fork;
mod health;
mod learner;
pub mod memory_check;
mod monitor;
mod out_of_memory;
mod prior;
mod samples;
mod save_clock;
mod saving;
mod session;
#[cfg(test)]
mod shared_tests;
mod snapshot;
mod start;
pub mod step;

pub use fork::{ForkOrder, fork};
pub use out_of_memory::explained;
pub use prior::{PriorOrder, learn_prior};
pub(crate) use start::train_by_script;
pub use start::{Changes, ResumeOrder, TrainOrder, resume, train};
