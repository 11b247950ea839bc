//! Ranks that are threads of one process: the same sums as on many processes, for tests.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use super::group::Ranks;
use super::link::Link;

/// A place for what each rank has to say, and a barrier before it is read and after.
struct Board {
    places: Vec<Mutex<Vec<u8>>>,
    barrier: Barrier,
}

struct ThreadLink {
    board: Arc<Board>,
    rank: usize,
}

impl ThreadLink {
    fn gather(&self, own: Vec<u8>) -> Vec<Vec<u8>> {
        *self.board.places[self.rank].lock().unwrap() = own;
        self.board.barrier.wait();
        let all = self.board.places.iter().map(|place| place.lock().unwrap().clone()).collect();
        self.board.barrier.wait();
        all
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn bytes(floats: &[f32]) -> Vec<u8> {
    floats.iter().flat_map(|value| value.to_le_bytes()).collect()
}

impl Link for ThreadLink {
    fn gather_f64(&self, own: &[f64]) -> Vec<f64> {
        let all = self.gather(own.iter().flat_map(|value| value.to_le_bytes()).collect()).concat();
        all.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
    }

    fn gather_f32(&self, own: &[f32]) -> Vec<f32> {
        floats(&self.gather(bytes(own)).concat())
    }

    fn gather_u8(&self, own: &[u8]) -> Vec<u8> {
        self.gather(own.to_vec()).concat()
    }

    fn swap_f32(&self, own: &[f32]) -> Vec<f32> {
        let part = own.len() / self.board.places.len();
        let all = self.gather(bytes(own));
        all.iter().flat_map(|of_rank| floats(of_rank)[part * self.rank..][..part].to_vec()).collect()
    }

    fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.gather(bytes).swap_remove(0)
    }

    fn abort(&self, code: u8) -> ! {
        panic!("rank {} ends all with {code}", self.rank)
    }
}

/// Runs `work` on so many ranks. Returns their results in order.
pub fn on_threads<R: Send>(size: usize, work: impl Fn(&Ranks) -> R + Sync) -> Vec<R> {
    if size == 1 {
        return vec![work(&Ranks::alone())];
    }
    let board = || {
        let places = (0..size).map(|_| Mutex::default()).collect();
        Arc::new(Board { places, barrier: Barrier::new(size) })
    };
    let boards = [board(), board()];
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..size)
            .map(|rank| {
                let link = |board: &Arc<Board>| Box::new(ThreadLink { board: board.clone(), rank });
                let ranks = Ranks::linked(rank, size, link(&boards[0]), link(&boards[1]), true);
                scope.spawn(move || work(&ranks))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
