//! Counts as a person types them.

use clap::builder::RangedU64ValueParser;

/// A parser of counts of which none makes no sense.
pub fn at_least_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
}
