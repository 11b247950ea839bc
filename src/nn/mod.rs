//! Additions to candle: fast operations, their layers, an optimiser whose state can be saved.
//!
//! Images are NHWC (batch, height, width, channels); weights keep PyTorch's names and layouts. On the
//! CPU in f32 every layer is one custom operation with bias and activation fused; everywhere else
//! (`dispatch.rs` decides) it is made of those of candle's own operations that are fast on a graphics card
//! (`fallback.rs` says which).

mod activation;
mod composed;
mod depthwise;
mod dispatch;
mod exchange;
mod fallback;
mod feature_distance;
mod frozen;
mod geometry;
mod gradients;
mod kernels;
mod layers;
mod matmul;
mod memory;
mod modulated;
#[cfg(feature = "nccl")]
mod nccl;
mod ops;
mod optimizer;
mod parameters;
mod precision;
mod reduce;
mod shared;
mod simd;
mod spectral;
mod stack;
mod stack_op;
mod trace;

pub use activation::Activation;
pub use depthwise::FrozenDepthwise;
pub use dispatch::{compute_as_on_a_card, is_fast, squared_error_sum};
pub use feature_distance::FeatureDistance;
pub use frozen::{Ending, FrozenConv, Maps};
pub use geometry::ConvConfig;
pub use gradients::{backward, backward_keeping_graph, backward_shared, sum_gradients};
pub use kernels::window::{Pool, Window};
pub use layers::{BatchNorm2d, Conv2d, ConvTranspose2d, Linear};
pub use memory::free_buffers;
pub use modulated::{add_gated, modulated_norm, silu};
pub use optimizer::{AdamW, AdamWConfig, Optimizer};
pub use parameters::Parameters;
pub use precision::multiply_in;
pub use reduce::total;
pub use shared::batch_mean;
pub use stack::Stack;
pub use trace::Trace;
