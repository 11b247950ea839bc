//! The way out of the worker's threads: an unbounded channel, so that no thread ever waits for its
//! reader, and a call that wakes the reader up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::protocol::{Event, Notice, Severity};

/// Sends events and wakes their reader.
#[derive(Clone)]
pub struct Outbox {
    sender: Sender<Event>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    /// `wake` is called after each event.
    pub fn new(sender: Sender<Event>, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Outbox { sender, wake: Arc::new(wake) }
    }

    /// Tells the reader. When there is none any more, nobody misses the event.
    pub fn send(&self, event: Event) {
        if self.sender.send(event).is_ok() {
            (self.wake)();
        }
    }

    /// Tells a person that what was asked for did not happen.
    pub fn error(&self, message: String) {
        self.send(Event::Notice(Notice { severity: Severity::Error, message }));
    }

    /// Does `work`. A panic in it becomes a notice and `None`, so that the thread lives on. `doing`
    /// completes the sentence "A fault in the program while …".
    pub fn guard<T>(&self, doing: &str, work: impl FnOnce() -> T) -> Option<T> {
        // What `work` leaves half done lives in its own frame; what is shared changes in one step
        // behind locks.
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(value) => Some(value),
            Err(payload) => {
                let reason = payload
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| payload.downcast_ref::<&str>().copied())
                    .unwrap_or("no reason given");
                self.error(format!(
                    "A fault in the program while {doing} ({reason}). What was open before is intact; you \
                     can go on. Please report this."
                ));
                None
            }
        }
    }
}

/// Says that its thread has ended, however it ended.
pub struct Farewell(pub Outbox);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.send(Event::Stopped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_notice() {
        let (sender, events) = crossbeam_channel::unbounded();
        let outbox = Outbox::new(sender, || {});
        assert_eq!(outbox.guard::<()>("testing", || panic!("number {}", 7)), None);
        let Event::Notice(notice) = events.try_recv().unwrap() else { panic!("not a notice") };
        assert_eq!(notice.severity, Severity::Error);
        assert!(notice.message.contains("while testing (number 7)"), "{}", notice.message);
        assert_eq!(outbox.guard("testing", || 3), Some(3));
        assert!(events.try_recv().is_err());
    }
}
