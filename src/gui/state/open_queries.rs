//! The bookkeeping of questions: every slot takes the newest answer and never goes back.

use std::collections::BTreeMap;

use crate::worker::protocol::{RequestId, Slot};

/// Open questions, per slot.
#[derive(Debug, Default)]
pub struct OpenQueries {
    slots: BTreeMap<Slot, Ticket>,
    /// The slots of questions that may still be answered, and of the last that was.
    open: BTreeMap<RequestId, Slot>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Ticket {
    asked: RequestId,
    settled: RequestId,
}

impl OpenQueries {
    /// A question was asked; its number is above every one before.
    pub fn ask(&mut self, slot: Slot, request: RequestId) {
        self.slots.entry(slot).or_default().asked = request;
        self.open.insert(request, slot);
    }

    /// The slot of a question that may still be answered, or was the last to be.
    pub fn slot(&self, request: RequestId) -> Option<Slot> {
        self.open.get(&request).copied()
    }

    /// Whether an answer is worth showing: it is newer than what is shown. An answer to a question
    /// that has been followed by another still counts, so that a picture moves while a slider does.
    /// `more` says that others to the same question follow this one.
    pub fn accept(&mut self, slot: Slot, request: RequestId, more: bool) -> bool {
        // Answers of a slot arrive in order: what was asked before will not be answered any more.
        self.open.retain(|open, of| *of != slot || *open >= request);
        let Some(ticket) = self.slots.get_mut(&slot) else { return false };
        let fresh = request > ticket.settled && request <= ticket.asked;
        if fresh {
            ticket.settled = if more { request - 1 } else { request };
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

    fn ask(queries: &mut OpenQueries, slot: Slot, request: RequestId) -> RequestId {
        queries.ask(slot, request);
        request
    }

    #[test]
    fn answers_only_go_forward() {
        let mut queries = OpenQueries::default();
        let [a, b, c] = [1, 2, 3].map(|request| ask(&mut queries, Slot::Explore, request));
        assert_eq!(queries.slot(a), Some(Slot::Explore));
        assert!(queries.accept(Slot::Explore, b, false), "an answer on the way to the newest is shown");
        assert!(!queries.accept(Slot::Explore, a, false), "an older one is not");
        assert!(!queries.accept(Slot::Explore, b, false), "nor the same twice");
        assert!(!queries.accept(Slot::Explore, c + 1, false), "nor one never asked for");
        assert!(queries.accept(Slot::Explore, c, false));
        assert_eq!(queries.slot(a), None);
    }

    #[test]
    fn a_question_may_have_many_answers() {
        let mut queries = OpenQueries::default();
        let first = ask(&mut queries, Slot::Invert(1), 1);
        assert!(queries.accept(Slot::Invert(1), first, true));
        assert!(queries.accept(Slot::Invert(1), first, true));
        let second = ask(&mut queries, Slot::Invert(1), 2);
        assert!(queries.accept(Slot::Invert(1), first, true), "as long as the next one has none");
        assert!(queries.accept(Slot::Invert(1), second, true));
        assert!(!queries.accept(Slot::Invert(1), first, true));
        assert!(queries.accept(Slot::Invert(1), second, false));
        assert!(!queries.accept(Slot::Invert(1), second, true), "it was the last");
    }

    #[test]
    fn slots_do_not_mix_and_what_is_forgotten_stays_away() {
        let mut queries = OpenQueries::default();
        let samples = ask(&mut queries, Slot::Samples, 1);
        let walk = ask(&mut queries, Slot::WalkKey(1, 0), 2);
        assert!(!queries.accept(Slot::WalkKey(1, 1), walk, false));
        queries.forget(Slot::Samples);
        assert!(!queries.accept(Slot::Samples, samples, false));
        assert!(queries.accept(Slot::WalkKey(1, 0), walk, false));
    }
}
