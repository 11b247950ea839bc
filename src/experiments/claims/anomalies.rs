//! `experiment anomalies`.

use crate::config::{AnomaliesConfig, ClaimOrder};
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::report::ClaimReport;

/// Tests the claim.
pub fn test(
    _order: &ClaimOrder,
    _config: &AnomaliesConfig,
    observer: &mut dyn Observer,
) -> Result<ClaimReport> {
    observer.started("…");
    Err(Error::Invalid("this test is not written yet".into()))
}
