//! f32 CPU kernels on plain slices, NHWC. They know nothing of tensors; slices of the wrong length
//! panic.

#[cfg(test)]
mod adjoint_tests;

pub mod adam;
pub mod batch_norm;
pub mod conv;
pub mod depthwise;
pub mod direction;
pub mod elementwise;
pub mod im2col;
pub mod linear;
pub mod modulated;
pub mod momentum;
pub mod window;
