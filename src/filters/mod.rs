//! Filters that take noise off a picture without having learned anything: what a model that removes noise is held
//! against. Each agrees with SciPy or scikit-image, borders included (`tests/reference/filters.py`).
//!
//! Pictures are height × width × RGB, values in [0, 1], and so is what comes out: every filter takes means or medians
//! of values that are there.

mod border;
mod choice;
mod filter;
mod gaussian;
mod median;
mod non_local_means;

#[cfg(test)]
mod reference_tests;

pub use filter::{Filter, FilterKind};
