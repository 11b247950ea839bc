//! The table of draws against real images, as sets.

use rust_i18n::t;

use super::form::CompareForm;
use super::order::{Measured, ModelsOrder};
use super::pixels::{cautions, images, lecture_rows, measured_row};
use super::sheet::{RowKind, Sheet, SheetRow};
use crate::gui::said::said;
use crate::gui::state::messages::count;
use crate::report::quantities::{COPIES, KNOWN, SETS};
use crate::table::{Quantity, present};
use crate::worker::protocol::{CopyCheck, CopySpace, FEWEST_IMAGES, LectureDraws, SampleRow, SetMetrics};

/// The table of what was measured, with what the form wants shown beside it.
pub fn sheet(measured: &Measured<ModelsOrder, Vec<SampleRow>>, form: &CompareForm) -> Sheet {
    let Measured { order, found, .. } = measured;
    let changed = measured.changed();
    let (measures, known) =
        (present(SETS, found.iter().map(|row| &row.metrics)), present(KNOWN, found.iter()));
    let sets = measures.iter().map(|measure| measure.quantity);
    let heads: Vec<Quantity> = sets.chain(known.iter().map(|measure| measure.quantity)).collect();
    let measured = |row: &SampleRow| {
        let sets = measures.iter().map(|measure| (measure.read)(&row.metrics));
        let cells = sets.chain(known.iter().map(|measure| (measure.read)(row))).collect();
        measured_row(order.candidate(&row.name), &row.name, &said(&row.drawn_by()), cells)
    };
    let mut rows: Vec<_> = found.iter().map(measured).collect();
    if form.lecture {
        rows.extend(lecture_rows(&heads, LectureDraws::of, LectureDraws::MEASURES));
    }
    // It is the same for all models, and enough to read once.
    let warning = found.iter().find_map(|row| few(&row.metrics));
    let said = found.iter().flat_map(|row| row.cautions().map(|said| (&row.name, said)));
    let notes = changed.into_iter().chain(warning).chain(cautions(order, said)).collect();
    let (title, rows_are) = ("Draws", RowKind::Model);
    Sheet { title, caption: caption(order, found), rows_are, heads, rows, notes }
}

/// The table of how near the draws lie to training images, a row a model and what the distances are of; none where that
/// was not asked or cannot be told.
pub fn copies_sheet(measured: &Measured<ModelsOrder, Vec<SampleRow>>) -> Option<Sheet> {
    let Measured { order, found, .. } = measured;
    let row = |row: &SampleRow, check: &CopyCheck| {
        let cells = COPIES.iter().map(|measure| (measure.read)(check)).collect();
        let measured = measured_row(order.candidate(&row.name), &row.name, row.kind.label(), cells);
        let name = match check.space {
            CopySpace::Features => t!("%{name}, by features", name = measured.name),
            CopySpace::Codes => t!("%{name}, by codes", name = measured.name),
        };
        SheetRow { name: name.into_owned(), ..measured }
    };
    let rows: Vec<_> =
        found.iter().flat_map(|model| model.copies.iter().map(move |check| row(model, check))).collect();
    let (seen_by, heads) =
        (&found.first()?.metrics.features, COPIES.iter().map(|measure| measure.quantity).collect());
    let caption = t!(
        "Distance to the nearest training image, of the draws and of real images that the model was not trained on; \
         features %{features}",
        features = seen_by
    )
    .into_owned();
    let (title, rows_are, notes) = ("Copies", RowKind::Model, Vec::new());
    (!rows.is_empty()).then_some(Sheet { title, caption, rows_are, heads, rows, notes })
}

/// Warning beside numbers of few images; none when there are enough.
pub fn few(metrics: &SetMetrics) -> Option<String> {
    let fewest = metrics.fewest().filter(|fewest| *fewest < FEWEST_IMAGES)?;
    let words = t!(
        "%{n} images are few: below %{enough} the Fréchet distance comes out too high and the other numbers are \
         uncertain; compare only with numbers of equally many images",
        n = fewest,
        enough = FEWEST_IMAGES
    );
    Some(words.into_owned())
}

/// Number of images of a set, as far as that is known.
pub fn counted(images: Option<usize>) -> String {
    images.map_or_else(|| t!("an unknown number of").into_owned(), count)
}

fn caption(order: &ModelsOrder, found: &[SampleRow]) -> String {
    let Some(SampleRow { metrics, .. }) = found.first() else { return String::new() };
    t!(
        "%{draws} draws from the prior (seed %{seed}) against %{real} real images, %{images}; features %{features}, k \
         %{k}",
        draws = counted(metrics.n_generated),
        seed = order.seed,
        real = counted(metrics.n_real),
        images = images(order),
        features = metrics.features,
        k = metrics.k
    )
    .into_owned()
}
