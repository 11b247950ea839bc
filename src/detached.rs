//! Work that cannot be interrupted, waited for by somebody who can.
//!
//! The decompositions of faer are single calls of seconds or minutes for matrices of some thousand rows. Loops
//! of our own in their place could be left at any time, but would lose to them in speed or in digits. So they
//! are done on a thread of their own; who waits looks up thirty times a second, and when it turns away the
//! thread is left to come to its end by itself. It holds what it owns until then, so only one works at a
//! time, on cores that it shares with what comes next; the end of the program ends it.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::Duration;

use crate::error::{Error, Result};

/// Time between two looks.
const TICK: Duration = Duration::from_millis(33);

/// Held by the thread that works.
static TURN: Mutex<()> = Mutex::new(());

/// Asked about 30 times a second whether to go on waiting; breaks to give up.
pub type Patience<'a> = &'a mut dyn FnMut() -> ControlFlow<()>;

/// Does `work` on a thread of its own, with as many threads in its rayon pool as here.
///
/// # Errors
/// [`Error::Cancelled`] when `patience` broke; a thread that the system refuses.
///
/// # Panics
/// As `work` does.
pub fn detached<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
    patience: Patience<'_>,
) -> Result<T> {
    let given_up = Arc::new(AtomicBool::new(false));
    let (sender, result) = channel();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(rayon::current_num_threads())
        .thread_name(|index| format!("detached-{index}"))
        .build()
        .map_err(|error| refused(&error))?;
    let body = {
        let given_up = Arc::clone(&given_up);
        move || {
            let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
            if !given_up.load(Ordering::Relaxed) {
                // Nobody may wait any more.
                let _ = sender.send(pool.install(work));
            }
        }
    };
    let thread = Builder::new().name("detached".into()).spawn(body).map_err(|error| refused(&error))?;
    loop {
        match result.recv_timeout(TICK) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => {
                if patience().is_break() {
                    given_up.store(true, Ordering::Relaxed);
                    return Err(Error::Cancelled);
                }
            }
            Err(RecvTimeoutError::Disconnected) => match thread.join() {
                Err(panic) => resume_unwind(panic),
                Ok(()) => return Err(Error::Cancelled),
            },
        }
    }
}

fn refused(error: &dyn std::fmt::Display) -> Error {
    Error::Invalid(format!("the system refuses another thread ({error}); close other programs and try again"))
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn what_cannot_be_interrupted_is_left_and_the_next_waits_its_turn() {
        assert_eq!(detached(|| 6 * 7, &mut || ControlFlow::Continue(())).unwrap(), 42);
        // Without an end before it is told: whoever waited for it here would wait for ever.
        let ((end, ended), (begin, begun)) = (channel::<()>(), channel());
        let work = move || begin.send(()).is_ok() && ended.recv().is_ok();
        let left = detached(work, &mut || match begun.try_recv() {
            Ok(()) => ControlFlow::Break(()),
            Err(_) => ControlFlow::Continue(()),
        });
        assert!(matches!(left, Err(Error::Cancelled)));
        // The next one begins when the last one is done, and can be left before it begins.
        assert!(matches!(detached(|| 1, &mut || ControlFlow::Break(())), Err(Error::Cancelled)));
        end.send(()).unwrap();
        assert_eq!(detached(|| 2, &mut || ControlFlow::Continue(())).unwrap(), 2);
    }

    #[test]
    fn a_fault_in_it_is_a_fault_here() {
        let fault = catch_unwind(|| detached(|| panic!("on purpose"), &mut || ControlFlow::Continue(())));
        assert!(fault.is_err());
    }
}
