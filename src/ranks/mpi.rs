//! [`Link`] by MPI.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mpi::environment::{Threading, Universe, initialize_with_threading};
use mpi::request::{Request, Scope, scope};
use mpi::topology::{Communicator, SimpleCommunicator};
use mpi::traits::{CommunicatorCollectives, Root};

use super::group::Ranks;
use super::link::Link;
use super::peers::{Peers, TICK, own_card};
use super::say::say;
use crate::error::{Error, Result};

/// Kept to the end, at which MPI is left.
static UNIVERSE: Mutex<Option<Universe>> = Mutex::new(None);

/// Time for which whoever waits asks again and again: answers to small questions take less.
const EAGER: Duration = Duration::from_micros(300);
/// Time between two questions after that, so that whoever computes has the core.
const REST: Duration = Duration::from_micros(50);

/// A communicator of its own.
struct MpiLink {
    group: Mutex<Group>,
    peers: Arc<Peers>,
    /// Whether nobody waits for it at once.
    is_patient: bool,
}

struct Group(SimpleCommunicator);

// SAFETY: a handle of MPI is a number or an address that belongs to the process and no thread. With
// `Threading::Multiple`, without which no second thread ever uses one, any thread may call MPI; the lock around a
// group lets one at a time.
unsafe impl Send for Group {}

/// Joins the processes that were started together.
///
/// # Errors
/// If MPI was joined before.
pub(super) fn join() -> Result<Ranks> {
    let (universe, provided) = initialize_with_threading(Threading::Multiple)
        .ok_or_else(|| Error::Invalid("MPI was started twice in one process".into()))?;
    let world = universe.world();
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    *UNIVERSE.lock().unwrap_or_else(PoisonError::into_inner) = Some(universe);
    if size == 1 {
        return Ok(Ranks::alone());
    }
    let mut cards = vec![0u64; 2 * size];
    world.all_gather_into(&own_card()[..], &mut cards[..]);
    let peers = Arc::new(Peers::new(rank, cards.as_chunks().0.to_vec()));
    let link = |is_patient| {
        let group = Mutex::new(Group(world.duplicate()));
        Box::new(MpiLink { group, peers: Arc::clone(&peers), is_patient })
    };
    let (near, far) = (link(false), link(true));
    Ok(Ranks::linked(rank, size, near, far, provided == Threading::Multiple))
}

/// Leaves MPI, which waits for the others.
pub(super) fn leave() {
    drop(UNIVERSE.lock().unwrap_or_else(PoisonError::into_inner).take());
}

impl MpiLink {
    fn group(&self) -> MutexGuard<'_, Group> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for an exchange, and looks meanwhile whether the others live.
    fn complete<'a, D: ?Sized, S: Scope<'a>>(&self, group: &Group, mut request: Request<'a, D, S>) {
        let began = Instant::now();
        let mut looked = began;
        loop {
            match request.test() {
                Ok(_) => return,
                Err(unfinished) => request = unfinished,
            }
            let now = Instant::now();
            if now - began < EAGER && !self.is_patient {
                thread::yield_now();
                continue;
            }
            thread::sleep(REST);
            if now - looked >= TICK {
                looked = now;
                if let Some((missing, mine)) = self.peers.missing() {
                    if mine {
                        say(&format!(
                            "the process of rank {missing} (number {}) has ended, and the job with it. What it has \
                             saved is whole: a training run goes on from its last checkpoint with --resume",
                            self.peers.process(missing)
                        ));
                    }
                    group.0.abort(1);
                }
            }
        }
    }
}

impl Link for MpiLink {
    fn gather_f64(&self, own: &[f64]) -> Vec<f64> {
        let group = self.group();
        let mut all = vec![0.0; own.len() * group.0.size() as usize];
        scope(|scope| self.complete(&group, group.0.immediate_all_gather_into(scope, own, &mut all[..])));
        all
    }

    fn gather_f32(&self, own: &[f32]) -> Vec<f32> {
        let group = self.group();
        let mut all = vec![0.0; own.len() * group.0.size() as usize];
        scope(|scope| self.complete(&group, group.0.immediate_all_gather_into(scope, own, &mut all[..])));
        all
    }

    fn gather_u8(&self, own: &[u8]) -> Vec<u8> {
        let group = self.group();
        let mut all = vec![0; own.len() * group.0.size() as usize];
        scope(|scope| self.complete(&group, group.0.immediate_all_gather_into(scope, own, &mut all[..])));
        all
    }

    fn swap_f32(&self, own: &[f32]) -> Vec<f32> {
        let group = self.group();
        let mut all = vec![0.0; own.len()];
        scope(|scope| self.complete(&group, group.0.immediate_all_to_all_into(scope, own, &mut all[..])));
        all
    }

    fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8> {
        let group = self.group();
        let root = group.0.process_at_rank(0);
        let mut length = [bytes.len() as u64];
        scope(|scope| self.complete(&group, root.immediate_broadcast_into(scope, &mut length[..])));
        let mut bytes = bytes;
        bytes.resize(length[0] as usize, 0);
        scope(|scope| self.complete(&group, root.immediate_broadcast_into(scope, &mut bytes[..])));
        bytes
    }

    fn abort(&self, code: u8) -> ! {
        // Not through the lock, which whoever waits for the others holds.
        SimpleCommunicator::world().abort(i32::from(code))
    }
}
