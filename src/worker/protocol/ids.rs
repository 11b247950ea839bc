//! Numbers by which the contract names things.

/// Numbers the models that a worker has opened, from 1; never reused.
pub type ModelId = u32;
/// Numbers the photos that a worker has opened, from 1; never reused.
pub type PhotoId = u32;
/// Numbers the maps that a worker keeps, from 1; never reused.
pub type AtlasId = u32;
/// Numbers requests; chosen by the sender, no two alike.
pub type RequestId = u64;
/// Numbers long-running jobs: the request that started one.
pub type JobId = RequestId;
