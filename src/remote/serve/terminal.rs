//! A terminal between the two ends, as `srun --pty` and `docker run -t` make one: told to pass bytes on as they are.

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, RawFd};

/// Standard input passes bytes as they are as long as this lives, where it is a terminal.
pub struct RawInput(Option<(RawFd, libc::termios)>);

impl RawInput {
    /// Changes it. What is no terminal, or refuses, stays as it is.
    pub fn new() -> Self {
        let input = std::io::stdin().as_raw_fd();
        let mut before = MaybeUninit::<libc::termios>::uninit();
        // SAFETY: the structure is our own, and is read only if the system has filled it.
        if unsafe { libc::tcgetattr(input, before.as_mut_ptr()) } != 0 {
            return RawInput(None);
        }
        // SAFETY: it has been filled, see above.
        let before = unsafe { before.assume_init() };
        let mut raw = before;
        // SAFETY: both take a whole structure of our own and keep nothing of it.
        let changed = unsafe {
            libc::cfmakeraw(&raw mut raw);
            libc::tcsetattr(input, libc::TCSANOW, &raw const raw)
        };
        RawInput((changed == 0).then_some((input, before)))
    }
}

impl Drop for RawInput {
    fn drop(&mut self) {
        if let Some((input, before)) = &self.0 {
            // SAFETY: as above.
            let _ = unsafe { libc::tcsetattr(*input, libc::TCSANOW, std::ptr::from_ref(before)) };
        }
    }
}
