//! Things that panels are made of. A widget knows the theme and plain data, no worker.

pub mod code_plot;
pub mod crop_view;
pub mod drop_overlay;
pub mod empty;
pub mod icon;
pub mod latent_slider;
pub mod loss_plot;
pub mod pad;
pub mod picture;
pub mod segmented;
pub mod track;
