//! Bytes of strangers. Every file of the fuzz targets' corpora, and what becomes of it when it is cut off, changed or
//! mixed with others, is taken or refused: no panic, no more memory than it bears out. The fuzz targets in `fuzz` go the
//! same ways for longer.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[allow(dead_code, reason = "of the arrays that other tests read, the seeds need a few")]
#[path = "common/arrays.rs"]
mod arrays;
#[path = "common/counting.rs"]
mod counting;
#[path = "fuzz/entries.rs"]
mod entries;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "fuzz/seeds.rs"]
mod seeds;
#[path = "common/settings.rs"]
mod settings;

use std::panic::{AssertUnwindSafe, catch_unwind};

use counting::Counting;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Changes of each file, if `MORPHOSPACE_CHANGES` does not say how many, and the seed that they are drawn by.
const CHANGES: u64 = 60;
/// Places at which each file is cut off.
const CUTS: usize = 20;

/// Goes a way in, and says with which bytes if it fails.
fn go(name: &str, bytes: &[u8]) {
    let entry = entries::named(name).unwrap();
    counting::begin(entry.most);
    if catch_unwind(AssertUnwindSafe(|| (entry.go)(bytes))).is_err() {
        let file = std::env::temp_dir().join(format!("morphospace-{name}-failed"));
        std::fs::write(&file, bytes).unwrap();
        panic!("{name} fails with the {} bytes in {}", bytes.len(), file.display());
    }
    counting::begin(usize::MAX);
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = seeds::folder().join(name);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// Changes a few bytes somewhere, takes some out, doubles some, or goes on as another file does.
fn changed(bytes: &[u8], other: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..4) {
        if bytes.is_empty() {
            return bytes;
        }
        let at = rng.random_range(0..bytes.len());
        let end = (at + rng.random_range(1..9)).min(bytes.len());
        match rng.random_range(0..7) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][rng.random_range(0..5)],
            2 => bytes[at..end].fill([0, 0x7F, 0xFF][rng.random_range(0..3)]),
            3 => rng.fill_bytes(&mut bytes[at..end]),
            4 => drop(bytes.drain(at..end)),
            5 => {
                let doubled = bytes[at..end].to_vec();
                bytes.splice(at..at, doubled);
            }
            _ => {
                let from = rng.random_range(0..other.len().max(1));
                bytes.splice(at.., other.get(from..).unwrap_or_default().iter().copied());
            }
        }
    }
    bytes
}

fn attack(name: &str) {
    let files = corpus(name);
    let changes = std::env::var("MORPHOSPACE_CHANGES").ok().map_or(CHANGES, |many| many.parse().unwrap());
    let mut rng = ChaCha8Rng::seed_from_u64(changes);
    go(name, b"");
    for bytes in &files {
        go(name, bytes);
        for cut in 0..CUTS {
            go(name, &bytes[..bytes.len() * cut / CUTS]);
        }
        for _ in 0..changes {
            let other = &files[rng.random_range(0..files.len())];
            go(name, &changed(bytes, other, &mut rng));
        }
    }
}

#[test]
fn every_way_in_has_a_corpus_and_a_fuzz_target() {
    let fuzz = seeds::folder().parent().unwrap().to_owned();
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for entry in &entries::ALL {
        assert!(!corpus(entry.name).is_empty(), "{}", entry.name);
        let target = format!("fuzz_targets/{}.rs", entry.name);
        let source = std::fs::read_to_string(fuzz.join(&target)).unwrap();
        assert!(source.contains(&format!("go(\"{}\"", entry.name)) && manifest.contains(&target), "{target}");
    }
    assert_eq!(std::fs::read_dir(fuzz.join("fuzz_targets")).unwrap().count(), entries::ALL.len());
}

/// One test, because all share the count of memory and a folder.
#[test]
fn bytes_of_strangers_are_taken_or_refused() {
    entries::ALL.iter().for_each(|entry| attack(entry.name));
}

/// `cargo test --release --test corpus -- --ignored`
#[test]
#[ignore = "writes the files that the other tests read"]
fn the_seeds_are_written_anew() {
    seeds::write();
}
