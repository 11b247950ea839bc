//! The table of reconstructions: RE, PSNR, SSIM, and what else is known of the codes.

use rust_i18n::t;

use super::form::CompareForm;
use super::lecture;
use super::order::{Candidate, Measured, ModelsOrder};
use super::sheet::{RowKind, RowRole, Sheet, SheetRow};
use crate::config::{DataSource, ModelKind, Split};
use crate::gui::said::said;
use crate::gui::state::messages::count;
use crate::report::quantities::{CODES, PIXELS};
use crate::table::{Cell, Measure, Quantity, present};
use crate::worker::protocol::{EvaluationRow, LectureReconstruction, PixelMetrics};

/// Sentences that belong beside the numbers of rows, each once, under the names of all models that it is said of.
pub fn cautions<'a>(order: &ModelsOrder, said: impl Iterator<Item = (&'a String, String)>) -> Vec<String> {
    let mut cautions: Vec<(String, String)> = Vec::new();
    for (checkpoint, sentence) in said {
        let name = order.candidate(checkpoint).map_or(checkpoint, |candidate| &candidate.name);
        match cautions.iter_mut().find(|(_, known)| *known == sentence) {
            Some((names, _)) => *names += &format!(", {name}"),
            None => cautions.push((name.clone(), sentence)),
        }
    }
    cautions.into_iter().map(|(names, sentence)| format!("{names}: {sentence}")).collect()
}

/// The table of what was measured, with what the form wants shown beside it.
pub fn sheet(measured: &Measured<ModelsOrder, Vec<EvaluationRow>>, form: &CompareForm) -> Sheet {
    let Measured { order, found, .. } = measured;
    let codes = present(CODES, found.iter());
    let pixels = PIXELS.iter().map(|measure| measure.quantity);
    let heads: Vec<Quantity> = pixels.chain(codes.iter().map(|measure| measure.quantity)).collect();
    let mut rows = Vec::new();
    let mut baseline = None;
    for row in found {
        if let (Some(noise), Some(noisy)) = (row.noise, row.noisy_input)
            && baseline.replace(noisy) != Some(noisy)
        {
            let help = vec![t!("The noisy images themselves: what a model has to beat").into_owned()];
            let (cells, role) = (numbers(&noisy), RowRole::Baseline);
            rows.push(SheetRow {
                name: t!("Noisy images").into_owned(),
                facts: noise.to_string(),
                help,
                role,
                cells,
            });
        }
        let candidate = order.candidate(&row.name);
        let mut cells = numbers(&row.metrics);
        cells.extend(codes.iter().map(|measure| (measure.read)(row)));
        rows.push(match row.kind {
            Some(kind) => measured_row(candidate, &row.name, kind.label(), cells),
            None => pca_row(&row.name, cells),
        });
    }
    if form.lecture {
        rows.extend(lecture_rows(&heads, LectureReconstruction::of, LectureReconstruction::MEASURES));
    }
    let named = |row: &EvaluationRow| Some(format!("{}: {}", row.name, row.metrics.note()?));
    let said = found.iter().flat_map(|row| row.cautions().map(|said| (&row.name, said)));
    let notes = found.iter().filter_map(named).chain(notes(order)).chain(cautions(order, said));
    let notes = measured.changed().into_iter().chain(notes).collect();
    let (title, rows_are) = ("Reconstructions", RowKind::Model);
    Sheet { title, caption: caption(order, found), rows_are, heads, rows, notes }
}

/// Description of a measurement: how many images of what.
fn caption(order: &ModelsOrder, found: &[EvaluationRow]) -> String {
    let n = found.iter().map(|row| row.metrics.n).max().unwrap_or(0);
    match order.noise {
        None => t!("Mean over %{n} images, %{images}", n = count(n), images = images(order)),
        Some(noise) => t!(
            "Mean over %{n} images, %{images}, given with noise %{noise} (seed %{seed})",
            n = count(n),
            images = images(order),
            noise = noise.corruption,
            seed = noise.seed
        ),
    }
    .into_owned()
}

/// Description of images, as in "the test split of the built-in faces".
pub fn images(order: &ModelsOrder) -> String {
    let data = match &order.data {
        DataSource::BuiltinFaces => t!("the built-in faces").into_owned(),
        data => said(&data.in_words()).into_owned(),
    };
    match order.split {
        Split::All => t!("all of %{data}", data = data),
        Split::Train => t!("the training split of %{data}", data = data),
        Split::Validation => t!("the validation split of %{data}", data = data),
        Split::Test => t!("the test split of %{data}", data = data),
    }
    .into_owned()
}

fn notes(order: &ModelsOrder) -> Vec<String> {
    let encoding = order.candidates.iter().filter(|candidate| candidate.has_encoder());
    let mut sizes: Vec<usize> =
        encoding.filter_map(|candidate| Some(candidate.model.as_ref()?.image_size)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let many = sizes.len() > 1;
    let sizes = many.then(|| {
        let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
        t!(
            "Each model is measured at its own size (%{sizes} pixels); numbers of different sizes cannot be compared",
            sizes = sizes.join(", ")
        )
        .into_owned()
    });
    let without = order.candidates.iter().filter(|candidate| !candidate.has_encoder()).map(|candidate| {
        t!(
            "%{name} has no encoder and so gives no image back; its draws can be measured",
            name = candidate.name
        )
        .into_owned()
    });
    sizes.into_iter().chain(without).collect()
}

/// RE, PSNR and SSIM.
pub fn numbers(metrics: &PixelMetrics) -> Vec<Cell> {
    PIXELS.iter().map(|measure| (measure.read)(metrics)).collect()
}

/// A row about a model.
pub fn measured_row(
    candidate: Option<&Candidate>,
    checkpoint: &str,
    kind: &str,
    cells: Vec<Cell>,
) -> SheetRow {
    let name = candidate.map_or_else(|| checkpoint.to_owned(), |candidate| candidate.name.clone());
    let facts = candidate.map(Candidate::facts).filter(|facts| !facts.is_empty());
    let facts = facts.unwrap_or_else(|| kind.to_owned());
    let mut help = vec![name.clone(), facts.clone()];
    let aim = candidate.and_then(|candidate| candidate.aim.as_ref());
    help.extend(aim.map(|aim| t!("Trained with %{aim}", aim = aim).into_owned()));
    help.push(checkpoint.to_owned());
    SheetRow { name, facts, help, role: RowRole::Measured, cells }
}

/// A row about a PCA.
fn pca_row(name: &str, cells: Vec<Cell>) -> SheetRow {
    let (name, facts) = (name.to_owned(), t!("best linear code of its size").into_owned());
    let help = vec![
        name.clone(),
        t!(
            "Fitted to the training split without mirror images, cut to [0, 1]. An autoencoder that stays below it is \
             too small or was not trained for long enough"
        )
        .into_owned(),
    ];
    SheetRow { name, facts, help, role: RowRole::Baseline, cells }
}

/// The rows of the lecture: of the kinds that it says something `of`.
pub fn lecture_rows<S>(
    heads: &[Quantity],
    of: fn(ModelKind) -> Option<S>,
    measures: &'static [Measure<S>],
) -> impl Iterator<Item = SheetRow> {
    ModelKind::ALL.into_iter().filter_map(move |kind| {
        let name = kind.label();
        Some(SheetRow {
            name: name.to_owned(),
            facts: String::new(),
            help: vec![t!("%{name} of the lecture", name = name).into_owned(), lecture::about().into_owned()],
            role: RowRole::Lecture,
            cells: lecture::cells(&of(kind)?, measures, heads),
        })
    })
}
