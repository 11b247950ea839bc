//! The device that jobs compute on, in words.

use rust_i18n::t;

use crate::worker::protocol::{DeviceReport, readable_size};

/// Words for a device, as in "CPU, 2 threads" or "NVIDIA H100 80GB HBM3, 3.1 GiB of 80 GiB".
pub fn in_words(report: &DeviceReport) -> String {
    let name = &report.name;
    match (report.threads, report.memory) {
        (Some(1), _) => t!("%{name}, 1 thread", name = name).into(),
        (Some(threads), _) => t!("%{name}, %{n} threads", name = name, n = threads).into(),
        (None, Some(memory)) => {
            let (used, total) = (readable_size(memory.used), readable_size(memory.total));
            t!("%{name}, %{used} of %{total}", name = name, used = used, total = total).into()
        }
        (None, None) => name.clone(),
    }
}

/// Purpose, and why it is not what was hoped for.
pub fn help(report: Option<&DeviceReport>) -> String {
    let text = t!("What runs train and measure on. The pictures that you explore are computed on the CPU");
    let mut text = text.into_owned();
    if report.is_some_and(|report| report.memory.is_some()) {
        text += &format!(". {}", t!("The memory is that of all programs together"));
    }
    if let Some(why) = report.and_then(|report| report.problem.as_ref().or(report.note.as_ref())) {
        text += &format!(".\n\n{why}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::protocol::DeviceMemory;

    #[test]
    fn a_device_is_named_with_what_it_has() {
        let cpu = |threads| DeviceReport { name: "CPU".into(), threads: Some(threads), ..Default::default() };
        assert_eq!((in_words(&cpu(1)), in_words(&cpu(2))), ("CPU, 1 thread".into(), "CPU, 2 threads".into()));
        let memory = DeviceMemory { used: 3 << 30, total: 80 << 30 };
        let card = DeviceReport { name: "Card".into(), memory: Some(memory), ..Default::default() };
        let (used, total) = (readable_size(memory.used), readable_size(memory.total));
        assert_eq!(in_words(&card), format!("Card, {used} of {total}"));
        assert!(help(Some(&card)).contains("all programs"));
        let without = DeviceReport { note: Some("no driver".into()), ..cpu(2) };
        assert!(help(Some(&without)).ends_with("no driver") && !help(None).contains("all programs"));
        assert_eq!(in_words(&DeviceReport { name: "Metal".into(), ..Default::default() }), "Metal");
    }
}
