//! The bookkeeping of questions: every slot takes the newest answer and never goes back.

use std::collections::BTreeMap;

use crate::worker::protocol::{Command, Query, RequestId, Slot};

/// Which questions are open, per slot.
#[derive(Debug, Default)]
pub struct Asks {
    last: RequestId,
    slots: BTreeMap<Slot, Ticket>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Ticket {
    asked: RequestId,
    settled: RequestId,
}

impl Asks {
    /// No questions; numbers go on from those of `before`.
    pub fn after(before: &Asks) -> Asks {
        Asks { last: before.last, ..Asks::default() }
    }

    /// The command that asks `query`; its number is above every one before.
    pub fn ask(&mut self, slot: Slot, query: Query) -> Command {
        self.last += 1;
        self.slots.entry(slot).or_default().asked = self.last;
        Command::Ask { slot, request: self.last, query }
    }

    /// Whether an answer is worth showing: it is newer than what is shown. An answer to a question
    /// that has been followed by another still counts, so that a picture moves while a slider does.
    pub fn accept(&mut self, slot: Slot, request: RequestId) -> bool {
        let Some(ticket) = self.slots.get_mut(&slot) else { return false };
        let fresh = request > ticket.settled && request <= ticket.asked;
        if fresh {
            ticket.settled = request;
        }
        fresh
    }

    /// Lets nothing that is under way in this slot be shown: it would belong to something else.
    pub fn forget(&mut self, slot: Slot) {
        if let Some(ticket) = self.slots.get_mut(&slot) {
            ticket.settled = ticket.asked;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(asks: &mut Asks, slot: Slot) -> RequestId {
        match asks.ask(slot, Query::Sample { model: 1, count: 1, seed: 0 }) {
            Command::Ask { request, .. } => request,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn answers_only_go_forward() {
        let mut asks = Asks::default();
        let (a, b, c) =
            (ask(&mut asks, Slot::Explore), ask(&mut asks, Slot::Explore), ask(&mut asks, Slot::Explore));
        assert!(a < b && b < c);
        assert!(asks.accept(Slot::Explore, b), "an answer on the way to the newest is shown");
        assert!(!asks.accept(Slot::Explore, a), "an older one is not");
        assert!(!asks.accept(Slot::Explore, b), "nor the same twice");
        assert!(!asks.accept(Slot::Explore, c + 1), "nor one never asked for");
        assert!(asks.accept(Slot::Explore, c));
    }

    #[test]
    fn slots_do_not_mix_and_what_is_forgotten_stays_away() {
        let mut asks = Asks::default();
        let samples = ask(&mut asks, Slot::Samples);
        let walk = ask(&mut asks, Slot::WalkEnd(0));
        assert!(!asks.accept(Slot::WalkEnd(1), walk));
        asks.forget(Slot::Samples);
        assert!(!asks.accept(Slot::Samples, samples));
        assert!(asks.accept(Slot::WalkEnd(0), walk));
    }
}
