//! Two sets of images or features: which, and what was found between them.

use std::path::{Path, PathBuf};

use rust_i18n::t;
use serde::{Deserialize, Serialize};

use super::form::CompareForm;
use super::order::Measured;
use super::sheet::{RowKind, RowRole, Sheet, SheetRow};
use super::{draws, pixels};
use crate::config::ExtractorSource;
use crate::gui::said::said;
use crate::gui::state::messages::count;
use crate::report::quantities::{PIXELS, SETS};
use crate::table::{Cell, present};
use crate::worker::protocol::{
    ComparisonOrder, Job, LeftOut, PairsOrder, PixelMetrics, SetMetrics, is_feature_file,
};

/// One of the two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetSide {
    /// The real images.
    A,
    /// The set that is compared with it.
    B,
}

/// Equally named images.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    /// Over the names that both sets have.
    pub metrics: PixelMetrics,
    /// Images that only one set has.
    pub unmatched: usize,
    /// Pairs that could not be measured.
    pub left_out: LeftOut,
}

/// Content of a set that is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SetKind {
    /// Features if the file is called so, else images.
    #[default]
    ByName,
    /// Images, also in a file that could be called one of features.
    Images,
}

/// A set as it is remembered from one start to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenSet {
    path: PathBuf,
    kind: SetKind,
    arrays: String,
}

/// The two sets.
#[derive(Debug, Default)]
pub struct TwoSets {
    /// The real images: a folder, archive or arrays of images, or a file of features.
    pub a: Option<PathBuf>,
    /// The set that is compared with it, likewise.
    pub b: Option<PathBuf>,
    /// Their contents.
    kinds: [SetKind; 2],
    /// Names of the arrays in the files, where a person says them.
    pub arrays: [String; 2],
    /// Metrics of equally named images, or why there are none.
    pub pairs: Option<Measured<SetsOrder, Result<Pairs, String>>>,
    /// Metrics of the sets.
    pub sets: Option<Measured<SetsOrder, SetMetrics>>,
}

/// The request.
#[derive(Clone, Debug, PartialEq)]
pub struct SetsOrder {
    /// The real images.
    pub a: PathBuf,
    /// The set that is compared with it.
    pub b: PathBuf,
    /// Whether each is a file of features.
    features: [bool; 2],
    /// Feature extractor.
    pub extractor: Option<ExtractorSource>,
    /// The neighbour that the balls of a manifold reach to.
    pub k: usize,
}

impl TwoSets {
    /// Takes a set that was dropped: into the first free place, or else in place of the second set.
    pub fn take(&mut self, path: PathBuf, kind: SetKind) {
        let side = if self.a.is_none() { SetSide::A } else { SetSide::B };
        self.choose(side, path, kind);
    }

    /// Takes a set for one of the two.
    pub fn choose(&mut self, side: SetSide, path: PathBuf, kind: SetKind) {
        self.arrays[side as usize].clear();
        self.kinds[side as usize] = kind;
        match side {
            SetSide::A => self.a = Some(path),
            SetSide::B => self.b = Some(path),
        }
    }

    /// The sets that are chosen, to be remembered; a name that is not valid text cannot be written down.
    pub fn remembered(&self) -> [Option<ChosenSet>; 2] {
        [SetSide::A, SetSide::B].map(|side| {
            let path = self.side(side).filter(|path| path.to_str().is_some())?.to_owned();
            let (kind, arrays) = (self.kinds[side as usize], self.arrays[side as usize].clone());
            Some(ChosenSet { path, kind, arrays })
        })
    }

    /// Chooses the sets that are remembered.
    pub fn restore(&mut self, remembered: &[Option<ChosenSet>; 2]) {
        for (side, set) in [SetSide::A, SetSide::B].into_iter().zip(remembered) {
            if let Some(ChosenSet { path, kind, arrays }) = set.clone() {
                self.choose(side, path, kind);
                self.arrays[side as usize] = arrays;
            }
        }
    }

    /// One of the two.
    pub fn side(&self, side: SetSide) -> Option<&Path> {
        match side {
            SetSide::A => self.a.as_deref(),
            SetSide::B => self.b.as_deref(),
        }
    }

    /// The field for the arrays of one of the two, if it is a file that can hold several.
    pub fn arrays_mut(&mut self, side: SetSide) -> Option<&mut String> {
        let path = self.side(side).filter(|_| self.kinds[side as usize] == SetKind::ByName)?;
        let ending = path.extension()?;
        ending.eq_ignore_ascii_case("npz").then(|| &mut self.arrays[side as usize])
    }

    /// One of the two as the worker and the command line name it.
    fn named(&self, side: SetSide) -> Option<PathBuf> {
        let path = self.side(side)?;
        let arrays = self.arrays[side as usize].trim();
        if arrays.is_empty() {
            return Some(path.to_owned());
        }
        let mut named = path.as_os_str().to_owned();
        named.push(":");
        named.push(arrays);
        Some(named.into())
    }

    /// Order of a measurement; none before both sets are chosen.
    pub fn order(&self, form: &CompareForm) -> Option<SetsOrder> {
        let (a, b) = (self.named(SetSide::A)?, self.named(SetSide::B)?);
        let are_features = |(path, kind)| kind == SetKind::ByName && is_feature_file(path);
        let [kind_a, kind_b] = self.kinds;
        let features = [(&*a, kind_a), (&*b, kind_b)].map(are_features);
        Some(SetsOrder { a, b, features, extractor: form.extractor(), k: form.k })
    }

    /// Obstacle to comparing the sets, in a sentence.
    pub fn problem(&self, form: &CompareForm) -> Option<String> {
        let Some(order) = self.order(form) else {
            return Some(t!("Choose two sets: folders, archives, arrays or files of features").into_owned());
        };
        if !order.needs_extractor() {
            return None;
        }
        form.extractor_problem().or_else(|| {
            (order.features.contains(&true) && order.extractor.is_none())
                .then(|| t!("One set is images; choose features to compare them by").into_owned())
        })
    }
}

impl SetsOrder {
    /// Whether something has to see images so that they can be compared as sets.
    pub fn needs_extractor(&self) -> bool {
        self.features != [true; 2]
    }

    /// The job that compares them as sets.
    pub fn sets(&self) -> Option<Job> {
        let SetsOrder { a, b, extractor, k, .. } = self.clone();
        let possible = extractor.is_some() || !self.needs_extractor();
        // What is chosen for images says nothing about files.
        let extractor = extractor.filter(|_| self.needs_extractor());
        possible.then_some(Job::CompareSets(ComparisonOrder { a, b, extractor, k }))
    }

    /// The job that compares equally named images.
    pub fn pairs(&self) -> Option<Job> {
        let (a, b) = (self.a.clone(), self.b.clone());
        (self.features == [false; 2]).then_some(Job::Compare(PairsOrder { a, b }))
    }
}

/// The table of what was found between equally named images.
pub fn pairs_sheet(order: &SetsOrder, pairs: &Pairs) -> Sheet {
    let n = pairs.metrics.n;
    let unmatched = match pairs.unmatched {
        0 => None,
        1 => Some(t!("One image has no partner of the same name and was left out").into_owned()),
        n => Some(
            t!("%{n} images have no partner of the same name and were left out", n = count(n)).into_owned(),
        ),
    };
    let notes = [pairs.metrics.note(), pairs.left_out.note(), unmatched].into_iter().flatten().collect();
    Sheet {
        title: "In pairs",
        caption: t!("Mean over %{n} pairs of equally named images", n = count(n)).into_owned(),
        rows_are: RowKind::Set,
        heads: PIXELS.iter().map(|measure| measure.quantity).collect(),
        rows: vec![row(order, pixels::numbers(&pairs.metrics))],
        notes,
    }
}

/// The table of what was found between the sets.
pub fn sets_sheet(order: &SetsOrder, metrics: &SetMetrics) -> Sheet {
    let second = draws::counted(metrics.n_generated);
    let first = metrics.n_real.map_or_else(|| t!("an unknown number").into_owned(), count);
    let features = match metrics.not_available {
        None => format!("{}, k {}", said(&metrics.features), metrics.k),
        Some(_) => said(&metrics.features).into_owned(),
    };
    let caption = t!(
        "%{second} images of the second set against %{first} of the first; features %{features}",
        second = second,
        first = first,
        features = features
    )
    .into_owned();
    let measures = present(SETS, std::iter::once(metrics));
    Sheet {
        title: "As sets",
        caption,
        rows_are: RowKind::Set,
        heads: measures.iter().map(|measure| measure.quantity).collect(),
        rows: vec![row(order, measures.iter().map(|measure| (measure.read)(metrics)).collect())],
        notes: metrics.not_available.iter().cloned().chain(draws::few(metrics)).collect(),
    }
}

fn row(order: &SetsOrder, cells: Vec<Cell>) -> SheetRow {
    let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let help =
        vec![order.b.display().to_string(), t!("against %{other}", other = order.a.display()).into_owned()];
    let facts = t!("against %{other}", other = name(&order.a)).into_owned();
    SheetRow { name: name(&order.b), facts, help, role: RowRole::Measured, cells }
}
