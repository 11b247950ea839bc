//! Pictures in arrays: `.npy` and `.npz` of NumPy, IDX files as those of MNIST, and the binary batches of CIFAR.
//!
//! [`find`] tells which arrays are there by names and headers ([`idx`], [`cifar`], [`numpy`]; [`refusal`] says why one
//! is none of pictures), [`bytes`] reads them picture by picture, or unpacks what is packed into memory, and
//! [`numbers`] makes bytes of their numbers. Every picture is handed on as an uncompressed file of its own ([`sides`]),
//! so that nothing behind the source need know of arrays. [`labels`] are a table beside them.

mod bytes;
mod cifar;
mod find;
mod idx;
pub mod labels;
pub mod npy_header;
mod numbers;
mod numpy;
mod part;
mod range;
mod refusal;
mod set;
mod sides;

pub use find::{ARRAY_ENDINGS, are_pictures, instead_of};
pub(super) use set::Arrays;

#[cfg(test)]
mod tests;
