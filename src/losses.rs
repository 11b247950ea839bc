//! Losses as free functions.
