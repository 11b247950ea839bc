//! One job on many processes, the *ranks* of MPI: how many there are, which one this is, and what they tell each other.
//!
//! Started by `mpirun` or `srun`, every process runs the same program on a share of each batch. What they exchange is
//! added up here in the order of the ranks, and not by `MPI_Allreduce`: so the bits of a sum depend on the number of
//! ranks alone, whichever algorithm a library chooses, and are the same on every rank, whose weights therefore stay
//! the same without being sent. A sum of many numbers goes in two exchanges, as in a reduce-scatter and an all-gather:
//! each rank adds up one part of it for all.
//!
//! A build without cargo's feature `mpi`, and a process that was started by itself, is one rank of one, for which
//! every operation here is nothing.

// What a build for one process has no use for.
#[cfg_attr(not(feature = "mpi"), allow(dead_code))]
mod group;
mod launch;
#[cfg_attr(not(feature = "mpi"), allow(dead_code))]
mod link;
#[cfg(feature = "mpi")]
mod mpi;
#[cfg(feature = "mpi")]
mod peers;
#[cfg_attr(not(feature = "mpi"), allow(dead_code))]
mod pending;
mod say;
mod sums;
#[cfg(test)]
pub(crate) mod threads;

pub use group::{Exchanged, Ranks, here};
pub use launch::{agree_to_end, finish, joined, local_rank, start};
pub use pending::Pending;

#[cfg(test)]
mod tests {
    use super::sums::SMALL;
    use super::threads::on_threads;
    use super::*;

    #[test]
    fn shares_lie_end_to_end_and_differ_by_one() {
        for size in 1..7 {
            for total in [0, 1, 5, 6, 64, 1001] {
                let ranks = |rank| Ranks::unlinked(rank, size);
                let shares: Vec<_> = (0..size).map(|rank| ranks(rank).share(total)).collect();
                assert_eq!((shares[0].start, shares[size - 1].end), (0, total));
                assert!(shares.windows(2).all(|pair| pair[0].end == pair[1].start));
                let lengths = shares.iter().map(ExactSizeIterator::len);
                assert!(lengths.clone().max().unwrap() - lengths.min().unwrap() <= 1);
            }
        }
    }

    /// Numbers whose sum depends on the order: each rank has the bits of the sum in the order of ranks.
    #[test]
    fn sums_are_taken_in_the_order_of_ranks() {
        let value = |rank: usize, index: usize| 1e7f32 / (1.0 + rank as f32) + index as f32 * 0.37;
        for (size, length) in [(1, 3), (2, 5), (3, SMALL), (3, SMALL + 5), (4, 5000)] {
            let expected: Vec<f32> =
                (0..length).map(|i| (1..size).fold(value(0, i), |sum, rank| sum + value(rank, i))).collect();
            let sums = on_threads(size, |ranks| {
                let own = (0..length).map(|i| value(ranks.rank(), i)).collect();
                let more = ranks.sum_later(own);
                let mut wide = [ranks.rank() as f64, 1.0];
                ranks.sum(&mut wide);
                assert_eq!(wide, [(size * (size - 1) / 2) as f64, size as f64]);
                ranks.wait_for(vec![more]).remove(0)
            });
            assert!(sums.iter().all(|sum| *sum == expected), "{size} ranks, {length} numbers");
        }
    }

    #[test]
    fn what_is_gathered_may_be_of_any_length_and_rank_0_is_heard() {
        let gathered = on_threads(3, |ranks| {
            let all = ranks.gather(vec![ranks.rank() as f32; 2 * ranks.rank()]);
            assert_eq!(ranks.broadcast(vec![ranks.rank() as u8 + 7; 3]), [7; 3]);
            assert!(ranks.any(ranks.rank() == 2) && !ranks.any(false));
            assert_eq!(ranks.gather_all(ranks.rank().to_string()).unwrap(), ["0", "1", "2"]);
            all
        });
        assert!(gathered.iter().all(|all| *all == [vec![], vec![1.0; 2], vec![2.0; 4]]));
    }

    #[test]
    fn work_is_shared_where_it_is_said() {
        assert!(here().is_alone() && joined().is_alone());
        on_threads(2, |ranks| {
            ranks.together(|| {
                assert_eq!(here().size(), 2);
                Ranks::alone().together(|| assert!(here().is_alone()));
                assert_eq!(here().rank(), ranks.rank());
            });
        });
    }
}
