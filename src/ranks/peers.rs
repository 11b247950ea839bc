//! The processes of the other ranks, as far as this machine shows them: whoever waits for one that has died would
//! wait for ever.

use std::fs;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

/// Time between two looks.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// Card of a rank's process: where it runs, and its number there.
pub(super) type Card = [u64; 2];

/// The processes of all ranks.
pub(super) struct Peers {
    rank: usize,
    cards: Vec<Card>,
}

/// This process.
pub(super) fn own_card() -> Card {
    // Numbers of processes mean the same within a running system and a space of numbers.
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let place = format!("{} {}", read("/proc/sys/kernel/random/boot_id"), space.display());
    [xxh3_64(place.as_bytes()), u64::from(std::process::id())]
}

impl Peers {
    /// The cards of all ranks in order, and the number of this one.
    pub fn new(rank: usize, cards: Vec<Card>) -> Self {
        Self { rank, cards }
    }

    /// A rank whose process has ended, and whether it is this rank's part to say so: the first one that lives does.
    pub fn missing(&self) -> Option<(usize, bool)> {
        let here = self.cards[self.rank][0];
        let is_gone = |card: &Card| card[0] == here && !lives(card[1]);
        let missing = self.cards.iter().position(is_gone)?;
        let first = self.cards.iter().position(|card| card[0] == here && lives(card[1]));
        Some((missing, first == Some(self.rank)))
    }

    /// The number of a rank's process.
    pub fn process(&self, rank: usize) -> u64 {
        self.cards[rank][1]
    }
}

/// Whether a process of this number is there and is more than an entry in a table that nobody has read yet. Where the
/// system does not say, it is taken to live, and the launcher sees to it.
fn lives(process: u64) -> bool {
    if !fs::exists("/proc/self/stat").unwrap_or(false) {
        return true;
    }
    match fs::read_to_string(format!("/proc/{process}/stat")) {
        // The state comes after the name, which may have brackets in it.
        Ok(stat) => !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X'])),
        Err(_) => false,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_that_has_ended_is_missing_and_the_first_that_lives_says_so() {
        let own = own_card();
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let other = [own[0], u64::from(child.id())];
        let seen = |rank| Peers::new(rank, vec![own, other, own]).missing();
        assert_eq!(seen(0), None);
        child.kill().unwrap();
        // Not yet waited for, it is still in the table.
        let gone = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            seen(0).is_some()
        });
        assert!(gone);
        assert_eq!((seen(0), seen(2)), (Some((1, true)), Some((1, false))));
        child.wait().unwrap();
        assert_eq!(seen(0), Some((1, true)));
        let elsewhere = Peers::new(0, vec![own, [own[0] ^ 1, other[1]]]);
        assert_eq!(elsewhere.missing(), None, "the number says nothing of another machine");
    }
}
