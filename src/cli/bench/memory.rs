//! How much memory the process has used.

/// The most memory the process has held at once, in MiB. `None` where the system does not say
/// (only Linux does, in `/proc/self/status`).
pub fn peak_rss_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn the_peak_rises_with_what_is_used() {
        let before = peak_rss_mib().unwrap();
        let block = std::hint::black_box(vec![1u8; 512 << 20]);
        let after = peak_rss_mib().unwrap();
        assert!(after >= 512.0, "{after} MiB with a block of {} bytes", block.len());
        assert!(after >= before);
    }
}
