//! Sides and channels of the feature maps between image and code.

use crate::config::ModelConfig;

/// Side of the feature map between the convolutions and a code without a grid.
pub(super) fn feature_side(image_size: usize) -> usize {
    // The side of MNIST's images halves twice.
    if image_size == 28 { 7 } else { 4 }
}

/// The deepest layers have at most this many times the base width.
const MAX_WIDENING: usize = 8;

/// Channels after each halving of the image: 64 pixels and a base width of 32 give 32, 64, 128, 256 on the way to a
/// feature map of 4 × 4.
pub(super) fn widths(image_size: usize, feature_size: usize, base_width: usize) -> Vec<usize> {
    let halvings = (image_size / feature_size).ilog2();
    (0..halvings).map(|level| base_width * (1 << level).min(MAX_WIDENING)).collect()
}

/// [`widths`] of a model.
pub(super) fn widths_of(config: &ModelConfig) -> Vec<usize> {
    widths(config.image_size, feature_size(config), config.base_width)
}

/// Side of the feature map between the convolutions and the code.
pub(super) fn feature_size(config: &ModelConfig) -> usize {
    config.latent_grid.unwrap_or_else(|| feature_side(config.image_size))
}

/// Channels of that feature map.
pub(super) fn feature_channels(config: &ModelConfig) -> usize {
    widths_of(config).last().copied().unwrap_or(config.base_width)
}
