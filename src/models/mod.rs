//! One file an architecture.
