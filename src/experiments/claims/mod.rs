//! Tests of the lecture's claims about what autoencoders are for, a file or folder each.

mod anomalies;
mod denoise;
mod dimensions;
mod kept;
mod probes;
mod same_size;
mod sharpness;
mod subjects;
mod words;

pub use kept::{folder, keep, kept};

use std::time::Instant;

use crate::config::{ClaimConfig, ClaimOrder};
use crate::error::Result;
use crate::observer::Observer;
use crate::report::ClaimReport;

/// Tests a claim.
///
/// # Errors
/// Models, images or features that cannot be read, models that the claim is not about, too few images;
/// [`crate::Error::Cancelled`] when `observer` broke.
pub fn test_claim(order: &ClaimOrder, observer: &mut dyn Observer) -> Result<ClaimReport> {
    let start = Instant::now();
    let report = match &order.claim {
        ClaimConfig::Dimensions(config) => dimensions::test(order, config, observer),
        ClaimConfig::Anomalies(config) => anomalies::test(order, config, observer),
        ClaimConfig::Denoise(config) => denoise::test(order, config, observer),
        ClaimConfig::Probes(config) => probes::test(order, config, observer),
        ClaimConfig::Sharpness(config) => sharpness::test(order, config, observer),
    }?;
    Ok(ClaimReport { seconds: start.elapsed().as_secs_f64(), ..report })
}
