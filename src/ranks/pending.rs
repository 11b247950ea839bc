//! Sums that are taken by a thread of their own while something else is computed.

use std::sync::mpsc::{Receiver, Sender as ChannelSender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use super::link::Link;
use super::sums::sum_over;

/// A sum to wait for.
pub struct Pending(State);

enum State {
    Done(Vec<f32>),
    Begun(Receiver<Vec<f32>>),
}

impl Pending {
    /// A sum that is known.
    pub(super) fn done(values: Vec<f32>) -> Self {
        Self(State::Done(values))
    }

    /// The sum, once it is there.
    pub(super) fn wait(self) -> Vec<f32> {
        match self.0 {
            State::Done(values) => values,
            // The thread ends only with the process.
            State::Begun(sum) => sum.recv().unwrap_or_default(),
        }
    }
}

/// Sum to take: the values, the number of ranks, and where the result goes.
type Task = (Vec<f32>, usize, ChannelSender<Vec<f32>>);

/// The way to the thread that takes sums.
pub(super) struct Sender {
    link: Arc<dyn Link>,
    /// None where sums are taken at once.
    tasks: Option<Mutex<ChannelSender<Task>>>,
}

impl Sender {
    /// Sums over this link; by a thread if it may be used while another link is.
    pub fn new(link: Box<dyn Link>, overlaps: bool) -> Self {
        let link: Arc<dyn Link> = Arc::from(link);
        let (sender, tasks) = channel::<Task>();
        let theirs = Arc::clone(&link);
        let work = move || {
            for (values, size, result) in tasks {
                // Nobody may wait for it any more.
                let _ = result.send(sum_over(&*theirs, values, size));
            }
        };
        let has_thread = overlaps && Builder::new().name("ranks".into()).spawn(work).is_ok();
        Self { link, tasks: has_thread.then(|| Mutex::new(sender)) }
    }

    /// Begins a sum.
    pub fn begin(&self, values: Vec<f32>, size: usize) -> Pending {
        let Some(tasks) = &self.tasks else { return Pending::done(sum_over(&*self.link, values, size)) };
        let (result, sum) = channel();
        match tasks.lock().unwrap_or_else(PoisonError::into_inner).send((values, size, result)) {
            Ok(()) => Pending(State::Begun(sum)),
            Err(unsent) => Pending::done(sum_over(&*self.link, unsent.0.0, size)),
        }
    }
}
