//! A worker and those who look at it, for the threads of all connections.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::state::ServerState;
use crate::config::DeviceConfig;
use crate::error::Result;
use crate::remote::messages::{Attached, ServerId, WindowId};
use crate::remote::threads::spawn;
use crate::scratch::ScratchFolder;
use crate::worker::Worker;
use crate::worker::protocol::{Command, Request};

/// Time that connections have to say that the server ends.
const FAREWELL: Duration = Duration::from_millis(200);

/// A worker and those who look at it.
pub struct Server {
    pub id: ServerId,
    pub worker: Worker,
    state: Mutex<ServerState>,
    /// Something waits to be sent, or a connection is not the window's any more.
    pub changed: Condvar,
    /// Where files for the way lie.
    pub scratch: ScratchFolder,
}

impl Server {
    pub fn start() -> Result<Arc<Self>> {
        let server = Arc::new(Server {
            id: RandomState::new().build_hasher().finish(),
            worker: Worker::spawn(|| ()),
            state: Mutex::default(),
            changed: Condvar::new(),
            scratch: ScratchFolder::new()?,
        });
        // It says what it computes on, and takes what there is.
        server.worker.send(Request { id: 0, command: Command::ComputeOn(DeviceConfig::default()) });
        let pump = Arc::clone(&server);
        spawn("events", move || {
            while let Ok(reply) = pump.worker.events().recv() {
                pump.lock().take_reply(reply);
                pump.changed.notify_all();
            }
        })?;
        Ok(server)
    }

    /// Answer to a window that comes.
    pub fn attached(&self, window: WindowId, resumed: bool, received: u64) -> Attached {
        Attached {
            server: self.id,
            window,
            resumed,
            received,
            host: sysinfo::System::host_name().unwrap_or_else(|_| "the other computer".into()),
            runs_folder: crate::own_data::runs_folder(),
        }
    }

    /// A window does not come back.
    pub fn let_go(&self, window: WindowId) {
        let commands = self.lock().leave(window);
        commands.into_iter().for_each(|command| self.worker.send(Request { id: 0, command }));
        self.changed.notify_all();
    }

    /// Lets the worker save what goes on, tells the windows why, and waits for both.
    pub fn end(&self, why: &str) {
        let handle = self.worker.shutdown_handle();
        handle.shut_down();
        handle.wait(Duration::MAX);
        self.lock().end(why);
        self.changed.notify_all();
        // The connections have this long to say so.
        thread::sleep(FAREWELL);
        // Threads that do not end have a part in it, so that nobody drops it.
        self.scratch.remove();
    }

    /// No panic can happen while it is held with something half changed.
    pub fn lock(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
