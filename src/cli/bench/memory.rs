//! How much memory the process uses. Only Linux says so, in `/proc/self/status`; elsewhere it is `None`.

/// The most memory the process has held at once, in MiB.
pub fn peak_rss_mib() -> Option<f64> {
    status_mib("VmHWM:")
}

/// Memory that only this process has and that the system cannot take back, in MiB.
pub fn rss_anon_mib() -> Option<f64> {
    status_mib("RssAnon:")
}

/// Pages of mapped files, the program's own among them, that the process has looked at, in MiB. The
/// system takes them back when it needs the room.
pub fn rss_file_mib() -> Option<f64> {
    status_mib("RssFile:")
}

fn status_mib(what: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(what))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
