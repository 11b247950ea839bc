//! A card's memory, and how to tell that there is none left.

use serde::{Deserialize, Serialize};

/// The memory of a card, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceMemory {
    /// Taken, by this program and others.
    pub used: u64,
    /// Bytes in all.
    pub total: u64,
}

/// Whether a computation failed because the device's memory is full, by the words of CUDA's driver, cuBLAS,
/// cuDNN and Metal: candle hands them on as text alone.
pub fn is_out_of_memory(error: &candle_core::Error) -> bool {
    const WORDS: [&str; 6] = [
        "CUDA_ERROR_OUT_OF_MEMORY",
        "CUBLAS_STATUS_ALLOC_FAILED",
        "CUDNN_STATUS_ALLOC_FAILED",
        "ALLOCATION_FAILED",
        "Failed to create metal resource: Buffer",
        "kIOGPUCommandBufferCallbackErrorOutOfMemory",
    ];
    let text = error.to_string();
    WORDS.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use candle_core::Error;

    use super::*;

    #[test]
    fn a_full_memory_is_known_by_its_words() {
        for text in [
            "DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")",
            "CublasError(CUBLAS_STATUS_ALLOC_FAILED)",
            "CudnnError(CUDNN_STATUS_ALLOC_FAILED)",
            "CudnnError(CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED)",
            "Metal error Failed to create metal resource: Buffer",
            "Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)",
        ] {
            assert!(is_out_of_memory(&Error::Msg(text.into())), "{text}");
            // As where RUST_BACKTRACE is set, and on its way through callers.
            assert!(is_out_of_memory(&Error::Msg(text.into()).bt().context("a layer")), "{text}");
        }
        for text in [
            "DriverError(CUDA_ERROR_ILLEGAL_ADDRESS, \"an illegal memory access was encountered\")",
            "CublasError(CUBLAS_STATUS_NOT_INITIALIZED)",
            "shape mismatch in matmul, lhs: [2, 3], rhs: [4, 5]",
            "Failed to create metal resource: ComputePipeline",
        ] {
            assert!(!is_out_of_memory(&Error::Msg(text.into())), "{text}");
        }
    }
}
