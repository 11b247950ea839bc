//! Things that panels are made of. A widget knows the theme and plain data, no worker.

pub mod bars;
pub mod card;
pub mod chart;
pub mod code_plot;
pub mod crop_view;
pub mod direction_slider;
pub mod drop_overlay;
pub mod empty;
pub mod filmstrip;
pub mod icon;
pub mod key_lane;
pub mod latent_slider;
pub mod log_track;
pub mod loss_plot;
pub mod middle_cut;
pub mod number_table;
pub mod pad;
pub mod picture;
pub mod plan_curve;
pub mod result_plot;
pub mod result_table;
pub mod segmented;
pub mod sparkline;
pub mod track;
pub mod typed_number;
pub mod wipe;
