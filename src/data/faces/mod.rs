//! Built-in faces: an endless supply, each drawn from named factors, none of them a real person's.
//!
//! A face goes the way [`draw`] (seed and number → [`Factors`]) → [`brushes`] (the head of [`sculpt`] takes
//! its shape), [`hair`] (worn as [`cut`]), [`parts`], [`glasses`] → [`scene`] (triangles, and what each sample sees) → [`shade`]
//! with its painters [`skin`], [`eye`] and [`mouth`] → [`render`]. [`set`] makes a data set of them.

mod brushes;
mod cut;
mod draw;
mod eye;
pub mod factors;
mod glasses;
mod hair;
mod look;
mod math;
mod mouth;
mod parts;
mod pose;
mod render;
mod scene;
mod sculpt;
pub mod set;
mod shade;
mod skin;

pub use factors::Factors;
pub use render::{render, render_into};

#[cfg(test)]
mod tests;
