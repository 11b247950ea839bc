//! Numbers by which the contract names things.

/// Numbers the models that a worker has opened, from 1; never reused.
pub type ModelId = u32;
/// Numbers the photos that a worker has opened, from 1; never reused.
pub type PhotoId = u32;
/// Numbers the maps that a worker keeps, from 1; never reused.
pub type AtlasId = u32;
/// Numbers requests; chosen by the sender, no two alike. The upper half says who sends, where there are several.
pub type RequestId = u64;

/// The sender of a request; 0 where there is but one.
pub fn sender_of(request: RequestId) -> u32 {
    (request >> 32) as u32
}

/// Numbers long-running jobs: the request that started one.
pub type JobId = RequestId;
