//! A map of very many points on a plane, drawn by the processor so that half a million of them can be moved and
//! zoomed without a graphics card.
//!
//! The dots are no shapes of egui: [`render`] paints a view into a picture, [`painter`] has that done within the
//! frame while it is quick and on a thread of its own when not, and [`widget`] shows the newest picture moved
//! and scaled to where the view is by now. So a frame costs the same however many points there are.

pub mod bounds;
pub mod cells;
pub mod coloring;
pub mod density;
pub mod gestures;
pub mod index;
pub mod marks;
pub mod overlay;
pub mod painter;
pub mod pictures;
pub mod points;
pub mod raster;
pub mod render;
pub mod view;
pub mod widget;

#[cfg(test)]
mod tests;
