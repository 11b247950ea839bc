//! Whether this process was started as one of many, and joining and leaving them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::group::{self, Ranks};
use super::say::say;
use crate::error::{Error, Result};
use crate::signals::EXIT_CODE;

static WORLD: OnceLock<Ranks> = OnceLock::new();

/// Variables in which a launcher says how many processes it has started: Open MPI's `mpirun`, that of MPICH and
/// Intel, `srun` with PMI.
const SIZES: [&str; 2] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];
/// The variable of launchers that speak PMIx, as `srun --mpi=pmix`, and say no number in another.
#[cfg(feature = "mpi")]
const PMIX: &str = "PMIX_RANK";

/// The ranks that a job on this thread is to share its work among: those [here](super::here), or else all that were
/// started.
pub fn joined() -> Ranks {
    group::set_here().unwrap_or_else(world)
}

/// All ranks that were started; this process by itself before [`start`].
fn world() -> Ranks {
    WORLD.get().cloned().unwrap_or_else(Ranks::alone)
}

/// Variables in which a launcher says the number of a process among those on its machine.
const LOCAL_RANKS: [&str; 3] = ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"];

/// The number of this rank among those on its machine; 0 for a process by itself.
pub fn local_rank() -> usize {
    if world().is_alone() {
        return 0;
    }
    LOCAL_RANKS.iter().find_map(|name| std::env::var(name).ok()?.parse().ok()).unwrap_or(0)
}

fn announced_size() -> Option<usize> {
    SIZES.iter().find_map(|name| std::env::var(name).ok()?.parse().ok())
}

/// Joins the processes that a launcher has started together with this one, if one has.
///
/// # Errors
/// If there are several and this build, or the work of this name, is for one.
pub fn start(work: &str, is_shared: bool) -> Result<Ranks> {
    let ranks = join()?;
    if !is_shared && !ranks.is_alone() {
        return Err(Error::Invalid(format!(
            "{work} works in one process; start it without mpirun. train, evaluate and features share their work \
             among many"
        )));
    }
    Ok(ranks)
}

#[cfg(not(feature = "mpi"))]
fn join() -> Result<Ranks> {
    match announced_size() {
        Some(size) if size > 1 => Err(Error::Invalid(format!(
            "this program was started as one of {size} processes and was built to work in one; build it with cargo's \
             feature mpi"
        ))),
        _ => Ok(Ranks::alone()),
    }
}

#[cfg(feature = "mpi")]
fn join() -> Result<Ranks> {
    // By itself it has nothing to ask MPI for, whose start takes a while and may fail where no launcher is.
    if announced_size().is_none_or(|size| size < 2) && std::env::var_os(PMIX).is_none() {
        return Ok(Ranks::alone());
    }
    let ranks = super::mpi::join()?;
    Ok(WORLD.get_or_init(|| ranks).clone())
}

/// Whether all ranks end their work before its time in the same step.
static AGREED: AtomicBool = AtomicBool::new(false);

/// All ranks have agreed to end before their work is done.
pub fn agree_to_end() {
    AGREED.store(true, Ordering::Relaxed);
}

/// Leaves the others after the same work. Whoever has failed alone ends them; rank 0 has said what it met, or says it
/// when it fails in the same way, which is waited for.
pub fn finish(outcome: &Result<()>) {
    let ranks = world();
    if ranks.is_alone() {
        return;
    }
    match outcome {
        Err(Error::Cancelled) if !AGREED.load(Ordering::Relaxed) => ranks.abort(EXIT_CODE),
        Ok(()) | Err(Error::Cancelled) => {
            ranks.barrier();
            #[cfg(feature = "mpi")]
            super::mpi::leave();
        }
        Err(error) => {
            if !ranks.is_first() {
                std::thread::sleep(LATEST);
                say(&format!("rank {}: {error}", ranks.rank()));
            }
            ranks.abort(1)
        }
    }
}

/// Time in which rank 0 has said what all ranks have met.
const LATEST: Duration = Duration::from_secs(3);
