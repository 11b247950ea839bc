//! The tick that has faces cut out of the photos of a data set.

use eframe::egui::Ui;
use rust_i18n::t;

use super::train::fields::{FieldHelp, row};
use crate::config::{Alignment, DataSource};
use crate::gui::widgets::tick_box;

/// Shows it for a folder or an archive. Returns the data set to take instead when it is clicked.
pub fn tick(ui: &mut Ui, help: &mut FieldHelp, data: &DataSource) -> Option<DataSource> {
    data.folder()?;
    let about = t!(
        "Of each photo its largest face, turned upright and cut as FFHQ's pictures are, in place of the middle square. Photos in which no face is found are left out. Not for pictures that are aligned already"
    );
    let mut ticked = data.alignment() == Alignment::Face;
    let clicked =
        row(ui, help, &t!("Faces"), &about, |ui| tick_box::show(ui, &mut ticked, t!("find and align")))
            .clicked();
    let alignment = if ticked { Alignment::Face } else { Alignment::None };
    clicked.then(|| data.clone().aligned(alignment))
}
