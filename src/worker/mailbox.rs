//! Where questions wait for the explorer. A question is only worth answering until the next one in its
//! slot, so a slot holds one: the newest. Slots that a hand is moving go before those that only fill a
//! sheet. Nothing here ever blocks the sender.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::protocol::{AtlasSlot, Query, RequestId, Slot, sender_of};

/// Place where a question waits: its slot, and who asks. Of several windows that look at one worker each has slots of
/// its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Post {
    /// Slot of the answer.
    pub slot: Slot,
    sender: u32,
}

impl Post {
    /// The place of a question in a slot, by the request that it came with.
    pub fn new(slot: Slot, request: RequestId) -> Self {
        Post { slot, sender: sender_of(request) }
    }
}

/// A question on its way to the explorer.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Slot of the answer.
    pub slot: Slot,
    /// The request that it came with.
    pub request: RequestId,
    /// The question.
    pub query: Query,
}

impl Question {
    fn post(&self) -> Post {
        Post::new(self.slot, self.request)
    }
}

/// Questions not yet begun, at most one a post.
#[derive(Default)]
pub struct Mailbox {
    state: Mutex<MailboxState>,
    changed: Condvar,
}

#[derive(Default)]
struct MailboxState {
    waiting: BTreeMap<QueuePosition, Question>,
    /// Posts whose answer nobody waits for any more, until the next question in them.
    withdrawn: BTreeSet<Post>,
    closed: bool,
}

/// Where a post stands in the queue: its rank, then the posts' own order.
type QueuePosition = (u8, Post);

fn place(post: Post) -> QueuePosition {
    let rank = match post.slot {
        Slot::Explore => 0,
        Slot::WalkFrame(_) => 1,
        Slot::Reconstruct(_) | Slot::ContactSheet(..) | Slot::Filter(_) => 2,
        Slot::Traversal => 3,
        Slot::WalkKey(..) => 4,
        Slot::WalkFilm(_) => 5,
        Slot::Atlas(AtlasSlot::Cursor | AtlasSlot::Face) => 1,
        Slot::Atlas(AtlasSlot::Photo(_) | AtlasSlot::Taken) => 4,
        Slot::Atlas(AtlasSlot::Pictures | AtlasSlot::Selection) => 7,
        Slot::Atlas(AtlasSlot::Grid) => 8,
        Slot::Preview => 6,
        Slot::Blend | Slot::Direction => 7,
        Slot::Samples | Slot::Draws(_) => 8,
        Slot::Sheet => 9,
        Slot::Invert(_) => 10,
    };
    (rank, post)
}

impl Mailbox {
    /// Leaves a question; one that waits in the same slot is forgotten. So is everything after
    /// [`Mailbox::close`].
    pub fn put(&self, question: Question) {
        let mut state = self.lock();
        if !state.closed {
            let post = question.post();
            state.withdrawn.remove(&post);
            state.waiting.insert(place(post), question);
            self.changed.notify_one();
        }
    }

    /// Forgets the question in a slot, and the one that is being worked on.
    pub fn withdraw(&self, post: Post) {
        let mut state = self.lock();
        state.waiting.remove(&place(post));
        state.withdrawn.insert(post);
    }

    /// Waits for a question and takes the most urgent one. `None` when the mailbox is closed.
    pub fn take(&self) -> Option<Question> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some((_, question)) = state.waiting.pop_first() {
                return Some(question);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes the most urgent question if it goes before those of `post`. Does not wait.
    pub fn take_more_urgent(&self, post: Post) -> Option<Question> {
        let mut state = self.lock();
        let first = state.waiting.first_entry()?;
        let (rank, waiting) = *first.key();
        ((rank, waiting.slot) < (place(post).0, post.slot)).then(|| first.remove())
    }

    /// Whether nobody waits any more for an answer in `post` that is being worked on: a newer question
    /// is here, it was withdrawn, or the mailbox is closed.
    pub fn is_superseded(&self, post: Post) -> bool {
        let state = self.lock();
        state.closed || state.withdrawn.contains(&post) || state.waiting.contains_key(&place(post))
    }

    /// Forgets all questions and lets [`Mailbox::take`] return `None` from now on.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
        self.changed.notify_all();
    }

    /// A panic elsewhere cannot leave the state half changed, so poisoning means nothing here.
    fn lock(&self) -> MutexGuard<'_, MailboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    fn question(slot: Slot, request: RequestId) -> Question {
        Question { slot, request, query: Query::Decode { model: 1, codes: Vec::new() } }
    }

    fn post(slot: Slot) -> Post {
        Post::new(slot, 0)
    }

    #[test]
    fn each_sender_has_slots_of_its_own() {
        let (mailbox, other) = (Mailbox::default(), 1 << 32);
        mailbox.put(question(Slot::Sheet, 1));
        mailbox.put(question(Slot::Sheet, other | 1));
        mailbox.put(question(Slot::Sheet, other | 2));
        assert!(
            mailbox.take_more_urgent(Post::new(Slot::Sheet, 1)).is_none(),
            "no window goes before another"
        );
        mailbox.withdraw(Post::new(Slot::Sheet, 1));
        assert_eq!(mailbox.take().unwrap().request, other | 2);
    }

    #[test]
    fn a_newer_question_replaces_the_one_in_its_slot_only() {
        let mailbox = Mailbox::default();
        for request in 1..=5 {
            mailbox.put(question(Slot::Explore, request));
            mailbox.put(question(Slot::WalkKey(1, request as u32 % 2), request));
        }
        let taken: Vec<_> = (0..3)
            .map(|_| mailbox.take().unwrap())
            .map(|question| (question.slot, question.request))
            .collect();
        assert_eq!(taken, [(Slot::Explore, 5), (Slot::WalkKey(1, 0), 4), (Slot::WalkKey(1, 1), 5)]);
        assert!(!mailbox.is_superseded(post(Slot::Explore)));
    }

    #[test]
    fn what_a_hand_moves_goes_first() {
        let order = [
            Slot::Explore,
            Slot::WalkFrame(2),
            Slot::Reconstruct(1),
            Slot::Reconstruct(2),
            Slot::Traversal,
            Slot::WalkKey(1, 1),
            Slot::WalkKey(2, 0),
            Slot::WalkFilm(1),
            Slot::Samples,
            Slot::Sheet,
        ];
        let mailbox = Mailbox::default();
        order.iter().rev().for_each(|slot| mailbox.put(question(*slot, 1)));
        for slot in order {
            assert_eq!(mailbox.take().unwrap().slot, slot);
        }
    }

    #[test]
    fn only_more_urgent_questions_interrupt() {
        let mailbox = Mailbox::default();
        mailbox.put(question(Slot::Samples, 1));
        mailbox.put(question(Slot::WalkFilm(1), 2));
        assert_eq!(mailbox.take_more_urgent(post(Slot::WalkFilm(1))), None);
        assert_eq!(mailbox.take_more_urgent(post(Slot::Samples)), Some(question(Slot::WalkFilm(1), 2)));
        assert_eq!(mailbox.take_more_urgent(post(Slot::Samples)), None);
        assert!(mailbox.is_superseded(post(Slot::Samples)));
    }

    #[test]
    fn a_question_is_withdrawn_until_the_next_in_its_slot() {
        let mailbox = Mailbox::default();
        mailbox.put(question(Slot::Invert(1), 1));
        mailbox.put(question(Slot::Invert(2), 2));
        mailbox.withdraw(post(Slot::Invert(1)));
        assert!(mailbox.is_superseded(post(Slot::Invert(1))), "the one being worked on ends");
        assert_eq!(mailbox.take().unwrap().slot, Slot::Invert(2));
        mailbox.put(question(Slot::Invert(1), 3));
        assert_eq!(mailbox.take().unwrap().request, 3);
        assert!(!mailbox.is_superseded(post(Slot::Invert(1))));
    }

    #[test]
    fn closing_wakes_the_taker_and_forgets_the_rest() {
        let mailbox = Arc::new(Mailbox::default());
        let taker = std::thread::spawn({
            let mailbox = Arc::clone(&mailbox);
            move || mailbox.take()
        });
        std::thread::sleep(Duration::from_millis(20));
        mailbox.close();
        assert_eq!(taker.join().unwrap(), None);
        mailbox.put(question(Slot::Explore, 1));
        assert_eq!(mailbox.take(), None);
        assert!(mailbox.is_superseded(post(Slot::Explore)));
    }

    /// Eight senders on eight slots: each slot's questions come out in order, without repetition, and
    /// the last one of each slot always comes out.
    #[test]
    fn many_senders_lose_no_last_question() {
        const LAST: RequestId = 2000;
        let mailbox = Mailbox::default();
        std::thread::scope(|scope| {
            for sender in 0..8u32 {
                let mailbox = &mailbox;
                scope.spawn(move || {
                    for request in 1..=LAST {
                        mailbox.put(question(Slot::WalkKey(1, sender), request));
                        if request % 64 == u64::from(sender) {
                            std::thread::yield_now();
                        }
                    }
                });
            }
            let mut seen = [0; 8];
            while seen.iter().any(|request| *request < LAST) {
                let question = mailbox.take().unwrap();
                let Slot::WalkKey(_, sender) = question.slot else { panic!("a slot that nobody used") };
                let last = &mut seen[sender as usize];
                assert!(question.request > *last, "{} after {last} in slot {sender}", question.request);
                *last = question.request;
            }
            assert_eq!(mailbox.take_more_urgent(post(Slot::Samples)), None);
        });
    }
}
