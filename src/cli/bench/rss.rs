//! Memory that the process holds. Only Linux says, in `/proc/self/status`; elsewhere it is `None`.

/// Memory that the process holds now, in MiB.
pub fn resident_mib() -> Option<f64> {
    read("VmRSS:")
}

/// The most that the process has held at once, in MiB.
pub fn peak_mib() -> Option<f64> {
    read("VmHWM:")
}

/// Memory that only this process has and the system cannot take back, in MiB.
pub fn anonymous_mib() -> Option<f64> {
    read("RssAnon:")
}

/// Pages of mapped files, the program's own among them, that the process has looked at, in MiB. The
/// system takes them back when it needs the room.
pub fn file_mib() -> Option<f64> {
    read("RssFile:")
}

fn read(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn the_figures_rise_with_what_is_used_and_the_peak_stays() {
        let before = peak_mib().unwrap();
        let block = std::hint::black_box(vec![1u8; 512 << 20]);
        assert!(resident_mib().unwrap() >= 512.0, "with a block of {} bytes", block.len());
        drop(block);
        let after = peak_mib().unwrap();
        assert!(after >= 512.0 && after >= before, "{before} to {after} MiB");
    }
}
