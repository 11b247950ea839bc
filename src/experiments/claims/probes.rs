//! `experiment probes`.

use crate::config::{ClaimOrder, ProbesConfig};
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::report::ClaimReport;

/// Tests the claim.
pub fn test(_order: &ClaimOrder, _config: &ProbesConfig, observer: &mut dyn Observer) -> Result<ClaimReport> {
    observer.started("…");
    Err(Error::Invalid("this test is not written yet".into()))
}
