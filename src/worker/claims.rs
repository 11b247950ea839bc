//! Outcomes of tests of claims as files.

use std::io::Write;
use std::path::PathBuf;

use crate::atomic_file::{FileKind, write_atomically};
use crate::config::Claim;
use crate::error::{Error, Result};
use crate::export::{draw_pictures, draw_plot, write_png};
use crate::report::ClaimReport;
use crate::table::{Table, TableFormat, render};

/// Writes tables, plots and pictures into a folder, which is made; of long tables each is a CSV of its own. Returns the
/// folder.
pub(super) fn write(claim: Claim, report: &ClaimReport, folder: PathBuf) -> Result<PathBuf> {
    std::fs::create_dir_all(&folder).map_err(Error::io("make the folder", &folder))?;
    let name = claim.key();
    let (long, mut tables): (Vec<Table>, Vec<Table>) =
        report.tables.iter().cloned().partition(Table::is_long);
    if let Some(first) = tables.first_mut() {
        first.notes.extend(
            std::iter::once(&report.measured_on).chain(&report.verdict).filter(|s| !s.is_empty()).cloned(),
        );
    }
    for format in TableFormat::ALL {
        let text = render(&tables, format);
        let file = folder.join(format!("{name}.{}", format.ending()));
        write_atomically(&file, FileKind::from(format), |out| out.write_all(text.as_bytes()))?;
    }
    for table in &long {
        let words = table.title.to_lowercase().replace(' ', "-");
        let text = render(std::slice::from_ref(table), TableFormat::Csv);
        let file = folder.join(format!("{name}-{words}.csv"));
        write_atomically(&file, FileKind::from(TableFormat::Csv), |out| out.write_all(text.as_bytes()))?;
    }
    let numbered = |what: &str, at: usize, of: usize| match of {
        1 => folder.join(format!("{name}-{what}.png")),
        _ => folder.join(format!("{name}-{what}-{}.png", at + 1)),
    };
    for (at, plot) in report.plots.iter().enumerate() {
        write_png(&draw_plot(plot)?, &numbered("plot", at, report.plots.len()))?;
    }
    for (at, pictures) in report.pictures.iter().enumerate() {
        write_png(&draw_pictures(pictures)?, &numbered("pictures", at, report.pictures.len()))?;
    }
    Ok(folder)
}
