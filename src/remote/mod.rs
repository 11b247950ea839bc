//! The worker on another computer: the same protocol over a pipe, which the system's `ssh` or any other launcher makes.
//!
//! [`serve`] is the other end: a worker that lives on when the line is lost. [`link`] is this one: it finds the line
//! again, and answers questions of a model from a copy of it, so that a slider never waits for the line. What is said is
//! in [`messages`], how it is written in [`frames`].

pub mod frames;
pub mod greeting;
pub mod link;
mod merge;
pub mod messages;
#[cfg(unix)]
pub mod serve;
mod threads;
mod transfer;
