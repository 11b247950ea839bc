//! The memory of the machine, asked before much of it is taken: an allocation that fails ends the program.

use crate::error::{Error, Result};
use crate::report::readable_size;

/// Bytes that are there, without asking the system each time that a picture is drawn.
const LITTLE: u128 = 32 << 20;

/// Bytes that a compressed one can stand for at most, as Deflate makes long runs of one byte shorter.
pub const MOST_PACKED: u64 = 1032;

/// Bytes that can still be taken: what the system has available, swap included, or what is left of the limit of
/// the container (cgroup) where that is less. None where the system does not say.
pub fn available() -> Option<u64> {
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_memory();
    let has = system.available_memory().saturating_add(system.free_swap());
    // Not its free memory: that leaves out what is only cached of files.
    let limit = system
        .cgroup_limits()
        .map(|limit| limit.total_memory.saturating_sub(limit.rss).saturating_add(limit.free_swap));
    (has > 0).then(|| limit.map_or(has, |limit| has.min(limit)))
}

/// Refuses what would not fit into the [available] memory. `fixed` bytes are needed whatever the count, and
/// `each` for every one of `count`.
///
/// # Errors
/// A sentence with what would fit, as in "100,000,000,000 draws need 60000.0 GB of memory and 22.3 GB are
/// available; choose at most 37,000,000". `what` names a number of them, as in "draws".
pub fn check(what: &str, count: u64, each: u64, fixed: u64) -> Result<()> {
    match needed(count, each, fixed) <= LITTLE {
        true => Ok(()),
        false => available().map_or(Ok(()), |available| check_within(available, what, count, each, fixed)),
    }
}

/// [`check`] against so many bytes.
pub fn check_within(available: u64, what: &str, count: u64, each: u64, fixed: u64) -> Result<()> {
    let needed = needed(count, each, fixed);
    if needed <= u128::from(available) {
        return Ok(());
    }
    let most = available.saturating_sub(fixed) / each.max(1);
    let way_out = match most {
        0 => "choose a smaller model or smaller images, or close other programs".to_owned(),
        most => format!("choose at most {}", grouped(rounded_down(most))),
    };
    Err(Error::Invalid(format!(
        "{} {what} need {} of memory and {} are available; {way_out}",
        grouped(count),
        readable_size(needed.try_into().unwrap_or(u64::MAX)),
        readable_size(available),
    )))
}

/// Refuses what does not fit into the [available] memory, however it could be made smaller.
///
/// # Errors
/// A sentence that begins with `what` needs it.
pub fn require(bytes: u64, what: &str) -> Result<()> {
    match available().filter(|_| u128::from(bytes) > LITTLE) {
        Some(available) if bytes > available => Err(Error::Invalid(format!(
            "{what} needs {} of memory and {} are available; close other programs, or take a smaller file",
            readable_size(bytes),
            readable_size(available)
        ))),
        _ => Ok(()),
    }
}

/// A vector with room for `len` items and none in it.
///
/// # Errors
/// As [`require`], also where the system refuses the memory.
pub fn with_room<T>(len: usize, what: &str) -> Result<Vec<T>> {
    let bytes = (len as u64).saturating_mul(size_of::<T>() as u64);
    require(bytes, what)?;
    let mut items = Vec::new();
    items.try_reserve_exact(len).map_err(|_| {
        let size = readable_size(bytes);
        Error::Invalid(format!(
            "{what} needs {size} of memory, which the system refuses; close other programs"
        ))
    })?;
    Ok(items)
}

fn needed(count: u64, each: u64, fixed: u64) -> u128 {
    u128::from(count) * u128::from(each) + u128::from(fixed)
}

/// Two digits say enough of what would fit, and leave some room.
fn rounded_down(count: u64) -> u64 {
    let unit = 10u64.pow(count.checked_ilog10().unwrap_or(0).saturating_sub(1));
    count / unit * unit
}

/// As in "12,400".
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let comma = |(at, digit): (usize, char)| {
        let follows = at > 0 && (digits.len() - at).is_multiple_of(3);
        follows.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(comma).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        const GIB: u64 = 1 << 30;
        assert!(check_within(8 * GIB, "draws", 7, GIB, GIB).is_ok());
        let refused =
            |count, each, fixed| check_within(8 * GIB, "draws", count, each, fixed).unwrap_err().to_string();
        assert_eq!(
            refused(123_456_789, 1024, GIB),
            "123,456,789 draws need 127.5 GB of memory and 8.6 GB are available; choose at most 7,300,000"
        );
        assert!(refused(u64::MAX, u64::MAX, u64::MAX).contains("GB"));
        assert!(refused(1, GIB, 8 * GIB).ends_with("close other programs"));
    }

    #[test]
    fn this_machine_has_some_memory() {
        let available = available().unwrap();
        assert!(available > 1 << 20, "{available}");
        assert!(check("numbers", 1, 1, 0).is_ok());
        assert!(check("numbers", u64::MAX, 8, 0).is_err());
        let message = require(u64::MAX, "this array").unwrap_err().to_string();
        assert!(message.starts_with("this array needs") && message.contains("are available"), "{message}");
        assert!(with_room::<u64>(usize::MAX, "this array").is_err());
        assert!(with_room::<f32>(1000, "this array").unwrap().capacity() >= 1000);
    }
}
