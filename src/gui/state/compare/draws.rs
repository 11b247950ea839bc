//! The table of draws against real images, as sets.

use super::form::CompareForm;
use super::order::{Measured, ModelsOrder};
use super::pixels::{cautions, images, lecture_rows, measured_row};
use super::sheet::{Sheet, SheetRow};
use crate::gui::state::messages::count;
use crate::report::quantities::{COPIES, KNOWN, SETS};
use crate::table::{Quantity, present};
use crate::worker::protocol::{CopyCheck, LectureDraws, SampleRow};

/// The table of what was measured, with what the form wants shown beside it.
pub fn sheet(measured: &Measured<ModelsOrder, Vec<SampleRow>>, form: &CompareForm) -> Sheet {
    let Measured { order, found } = measured;
    let (measures, known) =
        (present(SETS, found.iter().map(|row| &row.metrics)), present(KNOWN, found.iter()));
    let sets = measures.iter().map(|measure| measure.quantity);
    let heads: Vec<Quantity> = sets.chain(known.iter().map(|measure| measure.quantity)).collect();
    let measured = |row: &SampleRow| {
        let sets = measures.iter().map(|measure| (measure.read)(&row.metrics));
        let cells = sets.chain(known.iter().map(|measure| (measure.read)(row))).collect();
        measured_row(order.candidate(&row.name), &row.name, &row.drawn_by(), cells)
    };
    let mut rows: Vec<_> = found.iter().map(measured).collect();
    if form.lecture {
        rows.extend(lecture_rows(&heads, LectureDraws::of, LectureDraws::MEASURES));
    }
    // It is the same for all models, and enough to read once.
    let warning = found.iter().find_map(|row| row.metrics.warning());
    let said = found.iter().flat_map(|row| row.cautions().map(|said| (&row.name, said)));
    let notes = warning.into_iter().chain(cautions(order, said)).collect();
    let (title, rows_are) = ("Draws", "Model");
    Sheet { title, caption: caption(order, found), rows_are, heads, rows, notes }
}

/// The table of how near the draws lie to training images, a row a model and what the distances are of; none where that
/// was not asked or cannot be told.
pub fn copies_sheet(measured: &Measured<ModelsOrder, Vec<SampleRow>>) -> Option<Sheet> {
    let Measured { order, found } = measured;
    let row = |row: &SampleRow, check: &CopyCheck| {
        let cells = COPIES.iter().map(|measure| (measure.read)(check)).collect();
        let measured = measured_row(order.candidate(&row.name), &row.name, row.kind.label(), cells);
        SheetRow { name: format!("{}, by {}", measured.name, check.space.label()), ..measured }
    };
    let rows: Vec<_> =
        found.iter().flat_map(|model| model.copies.iter().map(move |check| row(model, check))).collect();
    let (seen_by, heads) =
        (&found.first()?.metrics.features, COPIES.iter().map(|measure| measure.quantity).collect());
    let caption = format!(
        "Distance to the nearest training image, of the draws and of real images that the model was not trained on; \
         features {seen_by}"
    );
    let (title, rows_are, notes) = ("Copies", "Model", Vec::new());
    (!rows.is_empty()).then_some(Sheet { title, caption, rows_are, heads, rows, notes })
}

/// Number of images of a set, as far as that is known.
pub fn counted(images: Option<usize>) -> String {
    images.map_or_else(|| "an unknown number of".into(), count)
}

fn caption(order: &ModelsOrder, found: &[SampleRow]) -> String {
    let Some(SampleRow { metrics, .. }) = found.first() else { return String::new() };
    format!(
        "{} draws from the prior (seed {}) against {} real images, {}; features {}, k {}",
        counted(metrics.n_generated),
        order.seed,
        counted(metrics.n_real),
        images(order),
        metrics.features,
        metrics.k
    )
}
