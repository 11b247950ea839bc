//! Sentences that other rooms say in English (errors, warnings, verdicts, notes), in the language of the window. The
//! worker and the command line have no language: a sentence is recognised when it is shown.
//!
//! A key of `assets/locales/said` is a format string of the code with its places numbered, as in
//! `cannot read %{0}: %{1}`. Of the keys that fit a sentence the one that knows most of it is taken, and its values are
//! put into the translation: those marked there as `%{~1}` are sentences to be recognised themselves, `%{&1}` is a list
//! of such, the others are names, numbers, words of other programs. What is not recognised stays English.

mod book;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::language::Language;
use crate::worker::protocol::{Event, JobEvent};
use book::Book;

/// Sentences that are remembered from frame to frame.
const MOST_REMEMBERED: usize = 2048;

static BOOKS: LazyLock<Vec<(Language, Book)>> = LazyLock::new(|| {
    let messages = |language: Language| crate::_rust_i18n_backend().messages_for_locale(language.tag());
    let written = |language: &Language| {
        let messages = messages(*language)?;
        Some((*language, Book::new(messages.iter().map(|(key, text)| (&**key, &**text)))))
    };
    Language::ALL.iter().filter_map(written).collect()
});

thread_local! {
    /// Translations of the sentences of the last frames, in the language that they were shown in.
    static REMEMBERED: RefCell<(Language, HashMap<String, Option<String>>)> = RefCell::default();
}

/// A sentence of another room in the language in use.
pub fn said(english: &str) -> Cow<'_, str> {
    let tag = rust_i18n::locale();
    let in_use = |(language, _): &&(Language, Book)| language.tag() == &*tag;
    // The words are written in English, and nobody reads on for that long.
    if &*tag == Language::English.tag() || english.len() > book::LONGEST {
        return Cow::Borrowed(english);
    }
    let Some((language, book)) = BOOKS.iter().find(in_use) else { return Cow::Borrowed(english) };
    let found = REMEMBERED.with_borrow_mut(|(of, known)| {
        if of != language || known.len() >= MOST_REMEMBERED {
            known.clear();
            *of = *language;
        }
        if let Some(found) = known.get(english) {
            return found.clone();
        }
        let found = book.translate(english);
        known.insert(english.to_owned(), found.clone());
        found
    });
    found.map_or(Cow::Borrowed(english), Cow::Owned)
}

/// News of the worker, with its sentences in the language in use. Results stay as they are: they are kept from one
/// start to the next and written to files, and their words are translated where they are shown.
pub(crate) fn event(event: Event) -> Event {
    match event {
        Event::Failed { message } => Event::Failed { message: owned(message) },
        Event::Warning { message } => Event::Warning { message: owned(message) },
        Event::Busy { what } => Event::Busy { what: owned(what) },
        Event::Device(mut report) => {
            report.note = report.note.map(owned);
            report.problem = report.problem.map(owned);
            Event::Device(report)
        }
        Event::ImportProposed(mut proposal) => {
            proposal.notes = proposal.notes.into_iter().map(owned).collect();
            Event::ImportProposed(proposal)
        }
        Event::Job(job) => Event::Job(of_job(job)),
        event => event,
    }
}

fn of_job(event: JobEvent) -> JobEvent {
    match event {
        JobEvent::Started { title } => JobEvent::Started { title: owned(title) },
        JobEvent::Warning { message } => JobEvent::Warning { message: owned(message) },
        JobEvent::Failed { message } => JobEvent::Failed { message: owned(message) },
        JobEvent::Progress(mut progress) => {
            progress.what = owned(progress.what);
            JobEvent::Progress(progress)
        }
        JobEvent::Skipped(mut files) => {
            files.iter_mut().for_each(|file| file.reason = owned(std::mem::take(&mut file.reason)));
            JobEvent::Skipped(files)
        }
        event => event,
    }
}

fn owned(english: String) -> String {
    said(&english).into_owned()
}
