//! The way out of the worker's threads: an unbounded channel, so that no thread ever waits for its
//! reader, and a call that wakes the reader up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::protocol::{Event, Reply, RequestId};
use crate::error::{Error, Result};

/// Sends events and wakes their reader.
#[derive(Clone)]
pub struct Outbox {
    sender: Sender<Reply>,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// The request that is being done.
    to: Option<RequestId>,
}

impl Outbox {
    /// An outbox for what nobody has asked for. `wake` is called after each event.
    pub fn new(sender: Sender<Reply>, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Outbox { sender, wake: Arc::new(wake), to: None }
    }

    /// An outbox for replies to a request.
    pub fn to(&self, request: RequestId) -> Self {
        Outbox { to: Some(request), ..self.clone() }
    }

    /// Tells the reader. When there is none any more, nobody misses the event.
    pub fn send(&self, event: Event) {
        if self.sender.send(Reply { to: self.to, event }).is_ok() {
            (self.wake)();
        }
    }

    /// Tells that the request could not be done.
    pub fn fail(&self, message: String) {
        self.send(Event::Failed { message });
    }
}

/// Does `work`. A panic in it becomes an error, so that the thread lives on. `doing` completes the sentence
/// "A fault in the program while …".
///
/// # Errors
/// Errors of `work`, or the panic as a sentence for people.
pub fn guard<T>(doing: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    // What `work` leaves half done lives in its own frame; what is shared changes in one step behind locks.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let reason = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        Err(Error::Fault(format!(
            "A fault in the program while {doing} ({reason}). What was open before is intact; you can go on. \
             Please report this."
        )))
    })
}

/// Says that its thread has ended, however it ended.
pub struct EndNotice(pub Outbox);

impl Drop for EndNotice {
    fn drop(&mut self) {
        self.0.send(Event::Stopped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let error = guard::<()>("testing", || panic!("number {}", 7)).unwrap_err().to_string();
        assert!(error.contains("while testing (number 7)"), "{error}");
        assert_eq!(guard("testing", || Ok(3)).unwrap(), 3);
    }

    #[test]
    fn every_event_names_the_request_it_is_about() {
        let (sender, replies) = crossbeam_channel::unbounded();
        let outbox = Outbox::new(sender, || {});
        outbox.to(7).fail("no".into());
        outbox.send(Event::Idle);
        assert_eq!(replies.try_iter().map(|reply| reply.to).collect::<Vec<_>>(), [Some(7), None]);
    }
}
