//! The lecture's two tables, repeated: models of every kind are trained alike, then measured on images that
//! none of them was trained on, beside a PCA with codes of the same size.
//!
//! Everything is kept in one folder: an ordinary run a model, a file a measurement in `measured/`, and the
//! tables. What is there already is not done again, so that an experiment that was stopped goes on where it was.

mod measure;
mod notes;
mod parts;
mod runs;
mod stored;
mod tables;

use std::io::Write;
use std::path::PathBuf;

use crate::atomic_file::write_atomically;
use crate::config::LectureConfig;
use crate::error::{Error, Result};
use crate::experiments::quiet::QuietObserver;
use crate::observer::Observer;
use crate::report::{Chapter, JobEvent, LectureReport};
use crate::table::{Table, TableFormat, render};
use measure::Measurer;

/// Trains what is not trained yet, measures what is not measured yet, and writes the tables as Markdown, CSV and
/// LaTeX.
///
/// # Errors
/// [`Error::Cancelled`] when the observer ended it; the same call goes on from there then. Otherwise a setting
/// that makes no sense, images or a checkpoint that cannot be read, a run in the folder that was begun with other
/// settings or other images, a folder that cannot be written to, and what training meets.
pub fn repeat_lecture(lecture: &LectureConfig, observer: &mut dyn Observer) -> Result<LectureReport> {
    observer.started("Repeating the lecture's tables");
    let mut narrator = QuietObserver::new(observer);
    let entries = match lecture.models.is_empty() {
        true => runs::trained(lecture, &mut narrator)?,
        false => runs::given(&lecture.models)?,
    };
    let parts = if lecture.models.is_empty() { entries.len() + 1 } else { 1 };
    let narrator: &mut dyn Observer = &mut narrator;
    narrator.tell(JobEvent::Chapter(Chapter {
        number: parts - 1,
        of: parts,
        title: "Measuring".into(),
        text: "Every model is given images that it was not trained on, and those that can draw new ones do."
            .into(),
    }));
    let mut measurer = Measurer::new(lecture, narrator);
    let measured = measurer.measure(&entries)?;
    let tables = tables::tables(lecture, &entries, &measured);
    let files = write(&tables, lecture)?;
    Ok(LectureReport { reconstruction: measured.reconstruction, draws: measured.draws, tables, files })
}

fn write(tables: &[Table], lecture: &LectureConfig) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(&lecture.out).map_err(Error::io("create the folder", &lecture.out))?;
    let one = |format: TableFormat| {
        let file = lecture.out.join(format!("tables.{}", format.ending()));
        let text = render(tables, format);
        write_atomically(&file, format.into(), |out| out.write_all(text.as_bytes()))?;
        Ok(file)
    };
    TableFormat::ALL.into_iter().map(one).collect()
}
