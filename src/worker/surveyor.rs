//! Counting of the images of a data set, on a thread of its own: a folder on a slow disk takes its time to list, and
//! photos are opened meanwhile.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Builder;

use super::outbox::{Outbox, guard};
use super::protocol::Event;
use crate::config::DataSource;
use crate::data::survey::survey;
use crate::error::Error;

/// Counts one data set at a time: the one that was asked for last. Dropping it ends the count.
#[derive(Default)]
pub struct Surveyor {
    /// The number of the newest count.
    newest: Arc<AtomicU64>,
}

impl Surveyor {
    /// Begins to count; what was counted before is left.
    pub fn begin(&self, data: DataSource, outbox: Outbox) {
        let own = self.newest.fetch_add(1, Ordering::SeqCst) + 1;
        let newest = Arc::clone(&self.newest);
        let refused = outbox.clone();
        let count = move || {
            let is_wanted = || newest.load(Ordering::SeqCst) == own;
            let mut observer =
                |_| if is_wanted() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
            match guard("counting images", || survey(&data, &mut observer)) {
                Ok(survey) if is_wanted() => outbox.send(Event::Surveyed { data, survey }),
                Err(error) if is_wanted() && !matches!(error, Error::Cancelled) => {
                    outbox.fail(error.to_string())
                }
                _ => (),
            }
        };
        if let Err(error) = Builder::new().name("survey".into()).spawn(count) {
            refused
                .fail(format!("The images cannot be counted: the system refuses another thread ({error})"));
        }
    }
}

impl Drop for Surveyor {
    fn drop(&mut self) {
        self.newest.fetch_add(1, Ordering::SeqCst);
    }
}
