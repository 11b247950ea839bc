//! Built-in faces: an endless supply, each drawn from named factors, none of them a real person's.
//!
//! A face goes the way [`draw`] (seed and number → [`Factors`]) → [`brushes`] (the head of [`sculpt`] takes
//! its shape), [`hair`] (worn as [`cut`]), [`parts`], [`glasses`] → [`scene`] → [`raster`] (what each sample sees) →
//! [`mod@render`] (which samples a pixel needs) → [`exposure`] (four samples at a time: [`shade`] of each [`surface`]
//! with its painters [`skin`], [`eye`] and [`mouth`]; [`tone`]). [`set`] makes a data set of them.

mod appearance;
mod brushes;
mod cut;
mod draw;
mod exposure;
mod eye;
pub mod factors;
mod glasses;
mod hair;
mod math;
mod mouth;
mod parts;
mod pose;
mod raster;
mod render;
mod scene;
mod sculpt;
pub mod set;
mod shade;
mod skin;
mod surface;
mod tone;
mod wide;

pub use factors::Factors;
pub use render::{render, render_into};

#[cfg(test)]
mod tests;
