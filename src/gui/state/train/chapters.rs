//! The chapters of a demonstration, in which one can leaf.

use crate::worker::protocol::Chapter;

/// A page of the demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page<'a> {
    /// The demonstration has begun, and nothing has been told yet.
    Beginning,
    /// A chapter, and the step that it began after.
    Chapter(&'a Chapter, usize),
    /// The findings, in a sentence.
    Outcome(&'a str),
}

/// Chapters that were told, the findings, and the page that is read.
#[derive(Clone, Debug, Default)]
pub struct Chapters {
    /// Whether the run is a demonstration.
    demonstrates: bool,
    /// Chapters with the steps that they began after.
    told: Vec<(Chapter, usize)>,
    outcome: Option<String>,
    /// The page that is read; none follows the demonstration.
    at: Option<usize>,
}

impl Chapters {
    /// A demonstration begins.
    pub fn begin(&mut self) {
        *self = Chapters { demonstrates: true, ..Self::default() };
    }

    /// A chapter begins after this step. Whoever reads an earlier one is not disturbed.
    pub fn tell(&mut self, chapter: Chapter, step: usize) {
        self.demonstrates = true;
        self.told.retain(|(other, _)| other.number < chapter.number);
        self.told.push((chapter, step));
        self.at = self.at.filter(|at| at + 1 < self.told.len());
    }

    /// The demonstration is over.
    pub fn conclude(&mut self, outcome: String) {
        self.outcome = Some(outcome);
        self.at = None;
    }

    /// The page that is read; none of a run that demonstrates nothing.
    pub fn page(&self) -> Option<Page<'_>> {
        let last = self.len().checked_sub(1);
        let at = self.at.or(last);
        let page = |at: usize| match self.told.get(at) {
            Some((chapter, step)) => Some(Page::Chapter(chapter, *step)),
            None => self.outcome.as_deref().map(Page::Outcome),
        };
        at.map_or_else(|| self.demonstrates.then_some(Page::Beginning), page)
    }

    /// Whether there is a page before the one that is read, and one after it.
    pub fn can_leaf(&self) -> [bool; 2] {
        let last = self.len().saturating_sub(1);
        let at = self.at.unwrap_or(last);
        [at > 0, at < last]
    }

    /// Goes a page back.
    pub fn back(&mut self) {
        let at = self.at.unwrap_or_else(|| self.len().saturating_sub(1));
        self.at = at.checked_sub(1).or(self.at);
    }

    /// Goes a page on; on the last one it follows the demonstration again.
    pub fn forward(&mut self) {
        self.at = self.at.map(|at| at + 1).filter(|at| at + 1 < self.len());
    }

    fn len(&self) -> usize {
        self.told.len() + usize::from(self.outcome.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chapter(number: usize) -> Chapter {
        Chapter { number, of: 3, title: format!("Part {number}"), text: String::new() }
    }

    fn read(chapters: &Chapters) -> String {
        match chapters.page() {
            None => "nothing".into(),
            Some(Page::Beginning) => "beginning".into(),
            Some(Page::Chapter(chapter, step)) => format!("{} from {step}", chapter.number),
            Some(Page::Outcome(text)) => text.into(),
        }
    }

    #[test]
    fn who_leafs_back_stays_there_until_he_comes_forward() {
        let mut chapters = Chapters::default();
        assert_eq!(read(&chapters), "nothing");
        chapters.begin();
        assert_eq!((read(&chapters), chapters.can_leaf()), ("beginning".into(), [false, false]));
        chapters.back();
        chapters.tell(chapter(0), 0);
        chapters.tell(chapter(1), 400);
        assert_eq!((read(&chapters), chapters.can_leaf()), ("1 from 400".into(), [true, false]));
        chapters.back();
        chapters.back();
        assert_eq!((read(&chapters), chapters.can_leaf()), ("0 from 0".into(), [false, true]));
        chapters.tell(chapter(2), 550);
        assert_eq!(read(&chapters), "0 from 0", "it is still being read");
        chapters.forward();
        chapters.forward();
        assert_eq!(read(&chapters), "2 from 550");
        chapters.conclude("all is well".into());
        assert_eq!((read(&chapters), chapters.can_leaf()), ("all is well".into(), [true, false]));
        chapters.back();
        assert_eq!(read(&chapters), "2 from 550");
    }

    #[test]
    fn a_chapter_that_is_told_again_takes_the_place_of_what_came_after() {
        let mut chapters = Chapters::default();
        (0..3).for_each(|number| chapters.tell(chapter(number), number * 100));
        chapters.tell(chapter(1), 120);
        assert_eq!((read(&chapters), chapters.len()), ("1 from 120".into(), 2));
    }
}
