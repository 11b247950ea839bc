//! An observer between an experiment and its parts.

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::observer::Observer;
use crate::report::JobEvent;

/// Passes everything on but what each part would tell again.
pub struct QuietObserver<'a> {
    observer: &'a mut dyn Observer,
    has_told_skipped: bool,
    warnings: HashSet<String>,
}

impl<'a> QuietObserver<'a> {
    /// Passes on to this one.
    pub fn new(observer: &'a mut dyn Observer) -> Self {
        Self { observer, has_told_skipped: false, warnings: HashSet::new() }
    }
}

impl Observer for QuietObserver<'_> {
    fn inner(&mut self) -> Option<&mut dyn Observer> {
        Some(self.observer)
    }

    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        let told = match &event {
            JobEvent::Started { .. } => true,
            JobEvent::Skipped(_) => std::mem::replace(&mut self.has_told_skipped, true),
            JobEvent::Warning { message } => !self.warnings.insert(message.clone()),
            _ => false,
        };
        if told { ControlFlow::Continue(()) } else { self.observer.event(event) }
    }
}
