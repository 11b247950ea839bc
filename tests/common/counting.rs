//! An allocator that counts, and ends the program where it is asked for more than it may give.

#![allow(dead_code, reason = "each user needs a part")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Begins to count anew; more than `limit` bytes beside those that are taken now end the program.
pub fn begin(limit: usize) {
    let now = NOW.load(Ordering::SeqCst);
    MOST.store(now, Ordering::SeqCst);
    LIMIT.store(now.saturating_add(limit), Ordering::SeqCst);
}

/// The most bytes that were taken at once beside those of the beginning, `before`.
pub fn most_beside(before: usize) -> usize {
    MOST.load(Ordering::SeqCst).saturating_sub(before)
}

/// Bytes that are taken.
pub fn now() -> usize {
    NOW.load(Ordering::SeqCst)
}

fn grow(bytes: usize) {
    let now = NOW.fetch_add(bytes, Ordering::SeqCst).saturating_add(bytes);
    MOST.fetch_max(now, Ordering::SeqCst);
    if now > LIMIT.load(Ordering::SeqCst) {
        // What is printed may take memory too.
        LIMIT.store(usize::MAX, Ordering::SeqCst);
        eprintln!("{bytes} bytes more make {now}, which is more than the input bears out");
        std::process::abort();
    }
}

// SAFETY: all is handed to the system's allocator as it comes.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as our caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as our caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::SeqCst);
        // SAFETY: as our caller.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The system may need both at once.
        grow(size);
        NOW.fetch_sub(layout.size(), Ordering::SeqCst);
        // SAFETY: as our caller.
        unsafe { System.realloc(memory, layout, size) }
    }
}
