//! The end of the window from outside, by a signal or a display that is gone: a run that goes on saves itself first,
//! whatever has become of the window.

use std::io::Write;
#[cfg(unix)]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use eframe::egui::Context;

use crate::signals;
use crate::worker::{ShutdownHandle, Worker};

/// A window that has not closed so long after the run was saved does not answer any more.
const PATIENCE: Duration = Duration::from_secs(5);

/// The worker that the window talks to, at hand for whatever ends the window.
#[derive(Clone, Default)]
pub struct Ending(Arc<Mutex<Option<ShutdownHandle>>>);

impl Ending {
    /// Takes this one for the worker from now on.
    pub fn is_of(&self, worker: &Worker) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(worker.shutdown_handle());
    }

    /// Lets the run save itself and the window close at a signal; if it does not close, ends the program.
    pub fn listen(&self, ctx: &Context) {
        let (ending, ctx) = (self.clone(), ctx.clone());
        let end = move || {
            ctx.request_repaint();
            ending.save();
            ctx.request_repaint();
            thread::sleep(PATIENCE);
            std::process::exit(i32::from(signals::EXIT_CODE));
        };
        let listening = signals::listen(|| drop(thread::Builder::new().name("ending".into()).spawn(end)));
        if let Err(error) = listening {
            say(&format!("morphospace: a signal will end the window without saving: {error}"));
        }
    }

    /// Has the run saved also where a library ends the program, as Xlib does when its display is gone.
    #[cfg(unix)]
    pub fn save_at_exit(&self) {
        static LAST: OnceLock<Ending> = OnceLock::new();
        extern "C" fn save() {
            if let Some(ending) = LAST.get().filter(|_| !signals::is_hurried()) {
                ending.save();
            }
        }
        if LAST.set(self.clone()).is_ok() {
            // SAFETY: the function takes nothing, unwinds nowhere and lives as long as the program.
            unsafe { libc::atexit(save) };
        }
    }

    /// Ends the worker, and returns when a run that went on is saved.
    pub fn save(&self) {
        let Some(handle) = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone() else { return };
        handle.shut_down();
        if !handle.wait(signals::ECHO) {
            say("saving…; press Ctrl-C again to lose what was done since the last save");
            signals::let_hurry();
            handle.wait(Duration::MAX);
        }
    }
}

/// On the terminal that the window was opened from, if there is one.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
