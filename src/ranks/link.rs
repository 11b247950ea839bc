//! [`Link`]: what a way to the other ranks can do.

/// A way to the other ranks. Every rank calls the same in the same order, with equally many values.
pub trait Link: Send + Sync {
    /// The values of all ranks, one after another.
    fn gather_f64(&self, own: &[f64]) -> Vec<f64>;

    /// The values of all ranks, one after another.
    fn gather_f32(&self, own: &[f32]) -> Vec<f32>;

    /// The bytes of all ranks, one after another.
    fn gather_u8(&self, own: &[u8]) -> Vec<u8>;

    /// Cuts the values into as many parts as there are ranks, and gives each rank the parts of its number, one after
    /// another.
    fn swap_f32(&self, own: &[f32]) -> Vec<f32>;

    /// The bytes of rank 0; those of the others are dropped.
    fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8>;

    /// Ends all processes.
    fn abort(&self, code: u8) -> !;
}
