//! Being asked to end from outside: by Ctrl-C, a terminal that closes, a system that shuts down.
//!
//! The first signal asks whoever is at work to save and to end. Those after it change nothing, as a closing terminal
//! and programs like `timeout` send several at once. The one exception is a second Ctrl-C at the keyboard, once a
//! person has been told what it costs. A signal that was ignored when the program began, as a hang-up under `nohup`,
//! stays ignored.

use std::io::Result;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Exit code of a program that a signal has ended, as shells expect it after Ctrl-C.
pub const EXIT_CODE: u8 = 130;
/// After a person was told, so long a second Ctrl-C is taken for an echo of the first.
pub const ECHO: Duration = Duration::from_secs(1);

static HEARD: AtomicBool = AtomicBool::new(false);
static HURRIED: AtomicBool = AtomicBool::new(false);
static LISTENER: Mutex<Listener> = Mutex::new(Listener { told: None });

/// Whether the program has been asked to end.
pub fn are_heard() -> bool {
    HEARD.load(Ordering::SeqCst)
}

/// Whether the program is ending without saving, as after a second Ctrl-C.
#[cfg(feature = "gui")]
pub fn is_hurried() -> bool {
    HURRIED.load(Ordering::SeqCst)
}

/// Has the program end without saving from now on, as a person has chosen.
#[cfg(feature = "gui")]
pub fn hurry() {
    HURRIED.store(true, Ordering::SeqCst);
}

/// Lets a second Ctrl-C end the program at once, from a moment after now on. To be called when a person has been told
/// what is lost then.
pub fn let_hurry() {
    LISTENER.lock().unwrap_or_else(PoisonError::into_inner).told.get_or_insert_with(Instant::now);
}

/// Listens from now on. `first` is called once, at the first signal, on the thread that listens, and has to return at
/// once.
///
/// # Errors
/// The system's error; no signal does anything but what it did before then.
pub fn listen(first: impl FnOnce() + Send + 'static) -> Result<()> {
    let mut first = Some(first);
    system::listen(move |from_keyboard| {
        HEARD.store(true, Ordering::SeqCst);
        if let Some(first) = first.take() {
            first();
        } else if LISTENER
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .hurries(from_keyboard, Instant::now())
        {
            HURRIED.store(true, Ordering::SeqCst);
            std::process::exit(i32::from(EXIT_CODE));
        }
    })
}

/// Takes the end of `input` for a request to end, as when the program at its other end is gone.
///
/// # Errors
/// The system's error, if it has no thread to give.
pub fn end_with(mut input: impl std::io::Read + Send + 'static) -> Result<()> {
    let wait = move || {
        // One that cannot be read has come to its end as well.
        let _ = std::io::copy(&mut input, &mut std::io::sink());
        HEARD.store(true, Ordering::SeqCst);
    };
    std::thread::Builder::new().name("end of input".into()).spawn(wait).map(|_| ())
}

struct Listener {
    /// When a person was told that a second Ctrl-C hurries.
    told: Option<Instant>,
}

impl Listener {
    /// Whether a signal after the first one ends the program at once.
    fn hurries(&self, from_keyboard: bool, now: Instant) -> bool {
        from_keyboard && self.told.is_some_and(|told| now.saturating_duration_since(told) >= ECHO)
    }
}

#[cfg(unix)]
mod system {
    use std::io::Result;
    use std::thread::Builder;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::SignalsInfo;
    use signal_hook::iterator::exfiltrator::origin::WithOrigin;
    use signal_hook::low_level::siginfo::Cause;

    /// Calls `heard` at each signal, with whether it comes from the keyboard.
    pub fn listen(mut heard: impl FnMut(bool) + Send + 'static) -> Result<()> {
        let listened_to = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal));
        let mut signals = SignalsInfo::<WithOrigin>::new(listened_to)?;
        let listen = move || {
            for origin in &mut signals {
                // A terminal is the system; a program that sends a signal is named.
                heard(origin.signal == SIGINT && !matches!(origin.cause, Cause::Sent(_)));
            }
        };
        Builder::new().name("signals".into()).spawn(listen).map(|_| ())
    }

    fn is_ignored(signal: i32) -> bool {
        // SAFETY: a plain structure of numbers and pointers, for which zeros are values.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: nothing is set, and what is written to is such a structure of our own.
        let asked = unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut action) };
        asked == 0 && action.sa_sigaction == libc::SIG_IGN
    }
}

#[cfg(windows)]
mod system {
    use std::io::{Error, Result};

    /// Calls `heard` at each Ctrl-C, and when the console or the system closes.
    pub fn listen(mut heard: impl FnMut(bool) + Send + 'static) -> Result<()> {
        ctrlc::set_handler(move || heard(true)).map_err(Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keyboard_hurries_and_not_before_a_person_could_have_read_what_it_costs() {
        let now = Instant::now();
        let (told, untold) = (Listener { told: Some(now) }, Listener { told: None });
        let later = now + ECHO;
        assert!(told.hurries(true, later));
        assert!(!told.hurries(false, later), "the signals of other programs");
        assert!(!told.hurries(true, now + ECHO / 2), "an echo of the first");
        assert!(!untold.hurries(true, later));
    }
}
